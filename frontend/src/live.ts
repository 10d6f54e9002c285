/**
 * The page's one connection to `/live`: it follows topics without a gap or a duplicate, sends commands until they are answered, and comes
 * back by itself after every loss. It knows no elements; what happens on a page is in `elements/`.
 */
import {
    type ChatPage,
    CLOSING,
    type Command,
    type Done,
    type Follow,
    type FromClient,
    type FromServer,
    type MediaPass,
    PROTOCOL_VERSION,
    type RefusedCommand,
    type ToVoter,
    type Vote,
} from "../protocol.gen";

/** `connecting` only until the first connection stands or fails. */
export type State = "connecting" | "live" | "reconnecting" | "offline" | "outdated";
export type Role = "public" | "moderator";
export type Answer = Done | MediaPass | ChatPage | RefusedCommand;
/** What answers a command of this type. */
export type AnswerTo<C> =
    | RefusedCommand
    | (C extends { type: "askMedia" } ? MediaPass : C extends { type: "readChat" } ? ChatPage : Done);
export type Told = Exclude<FromServer, Answer | { type: "welcome" | "bye" }>;
/** As whom a topic is followed: by a role in a consultation, by a tab in a room. */
export type As = Pick<Follow, "role" | "tab">;

interface Topic {
    seq: number;
    readonly as: As;
    /** Asked for from `seq`, and not answered yet: numbers further on are left for the answer. */
    asking: boolean;
}

interface Pending {
    readonly command: Command;
    readonly answer: (answer: Answer) => void;
    tries: number;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const CONNECT_MS = 10_000;
/** After this silence the connection is probed: browsers do not show the server's pings to a page. */
const SILENCE_MS = 30_000;
const PROBE_MS = 5_000;
/** So many failures in a row are called offline rather than reconnecting. */
const PATIENCE = 4;

export class Live {
    state: State = "connecting";
    /** When the page last knew to be complete. */
    currentAt = new Date();
    readonly #topics = new Map<string, Topic>();
    readonly #pending = new Map<string, Pending>();
    readonly #told = new Set<(message: Told) => void>();
    readonly #watching = new Set<() => void>();
    #socket: WebSocket | null = null;
    #welcome = false;
    #failures = 0;
    #retry = 0;
    #pulse = 0;
    #heardAt = 0;
    #probing = false;
    #byeWaitMs = 0;
    /** What the server's clock showed when that of this page began, in milliseconds. */
    #clock = performance.timeOrigin;

    /** `otherwise` is what to say of a refusal that comes without words. */
    constructor(readonly otherwise: () => string) {}

    /** What the server's clock shows, in milliseconds: all deadlines are its own. Setting the clock of the computer moves nothing here. */
    get now(): number {
        return this.#clock + performance.now();
    }

    /** Hear every message about the followed topics, once each and in order. */
    listen(told: (message: Told) => void): void {
        this.#told.add(told);
    }

    /** Hear of each change of `state`. */
    watch(changed: () => void): void {
        this.#watching.add(changed);
        changed();
    }

    follow(topic: string, seq: number, as: As): void {
        this.#topics.set(topic, { seq, as, asking: false });
    }

    /** Connect, and stay connected for as long as the page lives. */
    start(): void {
        addEventListener("offline", () => this.#lose());
        addEventListener("online", () => this.#hurry());
        addEventListener("pageshow", (event) => event.persisted && this.#hurry());
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") this.#hurry();
        });
        this.#connect();
    }

    /** Send a command until it is answered, over however many connections that takes. A later vote replaces one still unanswered. */
    send<C extends Command>(command: C): Promise<AnswerTo<C>> {
        if (command.type === "vote") this.#forgetVote(command);
        return new Promise((answer) => {
            this.#pending.set(command.id, { command, answer: (given) => answer(given as AnswerTo<C>), tries: 0 });
            if (this.#welcome) this.#write(command);
            setTimeout(() => this.#pending.has(command.id) && this.#probe(), PROBE_MS);
        });
    }

    #forgetVote(newer: Vote): void {
        for (const [id, { command }] of this.#pending)
            if (command.type === "vote" && command.question === newer.question) this.#pending.delete(id);
    }

    async #connect(): Promise<void> {
        clearTimeout(this.#retry);
        this.#retry = 0;
        this.#byeWaitMs = 0;
        let socket: WebSocket;
        try {
            const asked = performance.now();
            const { ticket, at } = await takeTicket();
            // The answer was written somewhere between asking and now.
            if (at) this.#clock = Date.parse(at) - (asked + performance.now()) / 2;
            socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/live`);
            this.#socket = socket;
            const slow = setTimeout(() => socket.close(), CONNECT_MS);
            socket.onopen = () => {
                clearTimeout(slow);
                this.#write({ type: "hello", ticket, version: PROTOCOL_VERSION });
                for (const topic of this.#topics.keys()) this.#ask(topic);
            };
        } catch (failure) {
            this.#again(failure instanceof Busy ? failure.waitMs : 0);
            return;
        }
        socket.onmessage = ({ data }) => {
            if (socket === this.#socket) this.#hear(JSON.parse(data));
        };
        socket.onclose = ({ code }) => {
            if (socket === this.#socket) this.#closed(code);
        };
    }

    #closed(code: number): void {
        this.#socket = null;
        this.#welcome = false;
        clearInterval(this.#pulse);
        if (code === CLOSING.OUTDATED) this.#become("outdated");
        else if (code === CLOSING.TOO_MANY) this.#again(60_000);
        else this.#again(this.#byeWaitMs);
    }

    /** Come back later: after the time the server asked for, or with jittered exponential back-off. */
    #again(askedMs: number): void {
        this.#failures += 1;
        this.#become(!navigator.onLine || this.#failures > PATIENCE ? "offline" : "reconnecting");
        const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1));
        const wait = (askedMs || longest / 2) + Math.random() * Math.max(longest / 2, askedMs / 2);
        clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#connect(), wait);
    }

    /** The network is back or the reader looks again: no reason to wait any longer, nor to believe an old connection. */
    #hurry(): void {
        if (this.state === "outdated") return;
        if (this.#socket) this.#probe();
        else if (this.#retry) this.#connect();
    }

    /** Give the connection up as lost. */
    #lose(): void {
        const socket = this.#socket;
        if (socket) {
            this.#closed(0);
            socket.close();
        } else if (this.state !== "outdated") {
            this.#become("offline");
        }
    }

    #ask(name: string): void {
        const topic = this.#topics.get(name);
        if (!topic) return;
        topic.asking = true;
        this.#write({ type: "follow", topic: name, after: topic.seq, ...topic.as });
    }

    /** Following again is always answered, so that silence afterwards means that the connection is dead. */
    #probe(): void {
        const socket = this.#socket;
        if (!socket || !this.#welcome || this.#probing) return;
        this.#probing = true;
        const before = this.#heardAt;
        for (const topic of this.#topics.keys()) this.#ask(topic);
        setTimeout(() => {
            this.#probing = false;
            if (socket === this.#socket && before === this.#heardAt) this.#lose();
        }, PROBE_MS);
    }

    #hear(message: FromServer): void {
        this.#heardAt = performance.now();
        switch (message.type) {
            case "welcome":
                this.#welcome = true;
                this.#pulse = setInterval(() => {
                    const silent = performance.now() - this.#heardAt > SILENCE_MS;
                    if (silent && document.visibilityState === "visible") this.#probe();
                }, PROBE_MS);
                for (const { command } of this.#pending.values()) this.#write(command);
                if (!this.#topics.size) this.#complete();
                return;
            case "done":
            case "mediaPass":
            case "chatPage":
                this.#answered(message);
                return;
            case "refused":
                if (message.code === "rate_limited") this.#patient(message);
                else this.#answered(message);
                return;
            case "bye":
                this.#byeWaitMs = message.retryAfterS * 1000;
                return;
            case "tally":
            case "reacted":
            case "pageShown":
            case "conclusions":
            case "motionShown":
            case "myBallots":
            case "handsAsked":
            case "handShown":
                this.#tell(message);
                return;
            default:
                this.#inOrder(message);
        }
    }

    #inOrder(message: Exclude<Told, ToVoter | { type: "tally" | "reacted" | "pageShown" | "conclusions" }>): void {
        const topic = this.#topics.get(message.topic);
        if (!topic) return;
        // A ruling repeats the number of the event that caused it.
        if (message.type === "ruled") {
            this.#tell(message);
            return;
        }
        if (message.type === "snapshot" || message.type === "roomState" || message.seq === topic.seq + 1) {
            topic.seq = message.seq;
            this.#tell(message);
        } else if (message.seq > topic.seq && !topic.asking) {
            this.#ask(message.topic);
            return;
        } else if (message.seq > topic.seq) {
            return;
        }
        topic.asking = false;
        if ([...this.#topics.values()].every(({ asking }) => !asking)) this.#complete();
    }

    #complete(): void {
        this.#failures = 0;
        this.currentAt = new Date();
        this.#become("live");
    }

    #answered(answer: Answer): void {
        if (answer.id === null) return;
        const wordless = answer.type === "refused" && !answer.message?.trim();
        this.#pending.get(answer.id)?.answer(wordless ? { ...answer, message: this.otherwise() } : answer);
        this.#pending.delete(answer.id);
    }

    /** Too fast: the same commands once more when the server allows it, and the refusal only if that goes on. */
    #patient(refusal: RefusedCommand): void {
        const waitMs = (refusal.retryAfterS ?? 1) * 1000;
        for (const [id, pending] of this.#pending) {
            if (refusal.id !== null && refusal.id !== id) continue;
            pending.tries += 1;
            if (pending.tries > 3) this.#answered({ ...refusal, id });
            else setTimeout(() => this.#pending.has(id) && this.#welcome && this.#write(pending.command), waitMs);
        }
    }

    #write(message: FromClient): void {
        if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
    }

    #tell(message: Told): void {
        for (const told of this.#told) told(message);
    }

    #become(state: State): void {
        if (this.state === "live" && state !== "live") this.currentAt = new Date();
        this.state = state;
        for (const changed of this.#watching) changed();
    }
}

class Busy extends Error {
    constructor(readonly waitMs: number) {
        super();
    }
}

/** A one-use ticket for this page's session, or for the guest of the room whose page this is. */
async function takeTicket(): Promise<{ ticket: string; at?: string }> {
    const abort = new AbortController();
    const slow = setTimeout(() => abort.abort(), CONNECT_MS);
    const room = document.querySelector<HTMLElement>("[data-room]")?.dataset.room;
    try {
        const answer = await fetch("/live/ticket", {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: room ? `{"room":${Number(room)}}` : "{}",
            signal: abort.signal,
        });
        if (!answer.ok) throw new Busy(Number(answer.headers.get("retry-after") ?? 0) * 1000);
        return await answer.json();
    } finally {
        clearTimeout(slow);
    }
}
