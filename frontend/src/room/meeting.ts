/** The meeting as the server tells it: who is inside, whose hand is raised, who waits, what was said. Media has no part in it. */
import type { ForRoom, Line, Member, RoomChanged, RoomState } from "../../protocol.gen";
import type { AnswerTo, Live, Told } from "../live";

/** A command as the page writes it: the room and the id are added when it is sent. */
export type Order = ForRoom extends infer One ? (One extends ForRoom ? Omit<One, "id" | "room"> : never) : never;

/** What has happened, for who listens instead of looking. */
export type News =
    | {
          readonly kind: "joined" | "left" | "hand" | "lost" | "back" | "waits";
          readonly who: string;
          readonly name: string;
      }
    | { readonly kind: "said"; readonly line: Line }
    | { readonly kind: "reacted"; readonly who: string; readonly reaction: string }
    | {
          readonly kind: "standing";
          readonly from: RoomState["me"]["standing"];
          readonly to: RoomState["me"]["standing"];
      };

const SIGN_MS = 5000;
/** So many of its newest lines the server tells of each kind. */
const LINES_TOLD = 50;

export class Meeting {
    state: RoomState | null = null;
    /** The sign that each member shows now. */
    readonly signs = new Map<string, string>();
    readonly #topic: string;
    /** The first line to which has been read back; 0 before that. */
    #readTo = 0;

    constructor(
        readonly live: Live,
        readonly room: number,
        readonly newId: () => string,
        readonly told: (news: readonly News[]) => void,
    ) {
        this.#topic = `room/${room}`;
        live.listen((message) => this.#hear(message));
        live.follow(this.#topic, -1, { tab: newId() });
        live.start();
    }

    send<O extends Order>(order: O): Promise<AnswerTo<O>> {
        return this.live.send({ ...order, id: this.newId(), room: this.room } as ForRoom) as Promise<AnswerTo<O>>;
    }

    /** All lines that one may read and that are known, whoever they are for, the oldest first. */
    get lines(): readonly Line[] {
        const { chat = [], letters = [] } = this.state ?? {};
        return letters.length ? [...chat, ...letters].sort((one, other) => one.id - other.id) : chat;
    }

    /** Whether there may be lines before those that are known. */
    get earlier(): boolean {
        return (
            this.state !== null && (this.state.earlier || (!this.#readTo && this.state.letters.length >= LINES_TOLD))
        );
    }

    /** Lines of the chat before those that are known. Why the server refused, if it did. */
    async readBack(): Promise<string> {
        const { chat = [], letters = [], earlier } = this.state ?? {};
        const first = Math.max((earlier && chat[0]?.id) || 0, (letters.length >= LINES_TOLD && letters[0]?.id) || 0);
        const before = this.#readTo || first;
        if (!before) return "";
        const answer = await this.send({ type: "readChat", before });
        if (answer.type === "refused") return answer.message;
        if (!this.state) return "";
        this.#readTo = answer.lines[0]?.id ?? before;
        this.state = {
            ...this.state,
            chat: together(
                answer.lines.filter((line) => !line.private),
                this.state.chat,
            ),
            letters: together(
                answer.lines.filter((line) => line.private),
                this.state.letters,
            ),
            earlier: answer.earlier,
        };
        this.told([]);
        return "";
    }

    /** Members with a raised hand, in the order of the queue. */
    get hands(): Member[] {
        const { members = [], queue = [] } = this.state ?? {};
        const raised = new Set(queue.map(({ who }) => who));
        return [...raised].flatMap((who) => members.find((member) => member.who === who) ?? []);
    }

    #hear(message: Told): void {
        if (!("topic" in message) || message.topic !== this.#topic) return;
        const before = this.state;
        if (message.type === "roomState") {
            this.state = withOlderLines(before, message);
            if (this.state === message) this.#readTo = 0;
        } else if (message.type === "roomChanged" && before) this.state = applied(before, message);
        else if (message.type === "reacted") {
            this.#show(message.who, message.reaction);
            this.told([{ kind: "reacted", who: message.who, reaction: message.reaction }]);
            return;
        } else return;
        if (this.state) this.told(newsOf(before, this.state));
    }

    #show(who: string, reaction: string): void {
        this.signs.set(who, reaction);
        setTimeout(() => {
            if (this.signs.get(who) === reaction) this.signs.delete(who);
            this.told([]);
        }, SIGN_MS);
    }
}

/** The state after a change. Pure. */
export function applied(state: RoomState, change: RoomChanged): RoomState {
    const fresh = new Map(change.members.map((member) => [member.who, member]));
    const gone = new Set(change.left);
    const stay = state.members.filter(({ who }) => !gone.has(who)).map((member) => fresh.get(member.who) ?? member);
    const known = new Set(stay.map(({ who }) => who));
    return {
        ...state,
        seq: change.seq,
        title: change.title ?? state.title,
        me: change.me ?? state.me,
        lobby: change.lobby ?? state.lobby,
        members: [...stay, ...change.members.filter(({ who }) => !known.has(who))],
        waiting: change.waiting ?? state.waiting,
        chat: withLines(state.chat, change.said),
        roll: change.roll ?? state.roll,
        agenda: change.agenda ?? state.agenda,
        queue: change.queue ?? state.queue,
        procedure: change.procedure ?? state.procedure,
        spoken: change.spoken ?? state.spoken,
        groups: change.groups ?? state.groups,
        letters: withLines(state.letters, change.written),
    };
}

/** A new state brings only the newest lines: those of the same meeting that were read before stay. */
function withOlderLines(before: RoomState | null, state: RoomState): RoomState {
    if (before?.me.standing !== "inside" || state.me.standing !== "inside") return state;
    if (before.startedAt !== state.startedAt) return state;
    const [chat, letters] = [joined(before.chat, state.chat), joined(before.letters, state.letters)];
    if (!chat || !letters) return state;
    return { ...state, chat, letters, earlier: before.earlier };
}

/** Known lines with the newest ones; nothing where there may be others between them. */
function joined(known: readonly Line[], newest: readonly Line[]): readonly Line[] | null {
    const first = newest[0];
    if (first && newest.length >= LINES_TOLD && !known.some(({ id }) => id === first.id)) return null;
    return together(known, newest);
}

/** Lines of two lists in their order, each once. */
function together(some: readonly Line[], others: readonly Line[]): readonly Line[] {
    return [...new Map([...some, ...others].map((line) => [line.id, line])).values()].sort(
        (one, other) => one.id - other.id,
    );
}

function withLines(lines: readonly Line[], said: readonly Line[]): readonly Line[] {
    const last = lines[lines.length - 1]?.id ?? 0;
    return [...lines, ...said.filter(({ id }) => id > last)];
}

/** What differs between two states, as news. Nothing is news to who has just come. Pure. */
export function newsOf(before: RoomState | null, after: RoomState): News[] {
    if (!before) return [];
    const news: News[] = [];
    if (before.me.standing !== after.me.standing)
        news.push({ kind: "standing", from: before.me.standing, to: after.me.standing });
    if (before.me.standing !== "inside" || after.me.standing !== "inside") return news;
    const old = new Map(before.members.map((member) => [member.who, member]));
    for (const member of after.members) {
        const { who, name } = member;
        const was = old.get(who);
        old.delete(who);
        if (who === after.me.who) continue;
        if (!was) news.push({ kind: "joined", who, name });
        else if (was.connected !== member.connected) news.push({ kind: member.connected ? "back" : "lost", who, name });
        if (member.hand !== null && (was?.hand ?? null) === null) news.push({ kind: "hand", who, name });
    }
    for (const { who, name } of old.values()) if (who !== after.me.who) news.push({ kind: "left", who, name });
    const knocked = new Set(before.waiting.map(({ who }) => who));
    for (const { who, name } of after.waiting) if (!knocked.has(who)) news.push({ kind: "waits", who, name });
    const last = (lines: readonly Line[]) => lines[lines.length - 1]?.id ?? 0;
    for (const line of after.chat) if (line.id > last(before.chat)) news.push({ kind: "said", line });
    for (const line of after.letters) if (line.id > last(before.letters)) news.push({ kind: "said", line });
    return news;
}
