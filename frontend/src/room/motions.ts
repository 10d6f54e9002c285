/** The motions of the room as the server tells them, what the viewer may still do about each, and a quick show of hands. */
import type { ForMotion, Mandate, MotionShown } from "../../protocol.gen";
import type { AnswerTo, Live, Told } from "../live";

/** A command as the page writes it: the room and the id are added when it is sent. */
export type MotionOrder = ForMotion extends infer One
    ? One extends ForMotion
        ? Omit<One, "id" | "room">
        : never
    : never;

/** What was voted in secret from this page: only here is it known. */
export interface Receipt {
    readonly tracker: string;
    readonly choice: number | null;
}

export interface Hands {
    readonly text: string;
    readonly shown: ReadonlyMap<string, number>;
}

/** What happened to a motion before the eyes of who is here, to be said aloud. */
export interface MotionNews {
    readonly what: "opened" | "delayed" | "ended" | "withdrawn";
    readonly motion: MotionShown;
}

export class Motions {
    hands: Hands | null = null;
    readonly #topic: string;
    readonly #known = new Map<number, MotionShown>();
    readonly #mandates = new Map<number, readonly Mandate[]>();
    readonly #aside = new Set<number>();
    readonly #trackers = new Map<string, string>();
    /** The vote that ended last while one was here, until its card is closed. */
    #ended = 0;

    constructor(
        readonly live: Live,
        readonly room: number,
        readonly newId: () => string,
        readonly changed: (news: MotionNews | null) => void,
    ) {
        this.#topic = `room/${room}`;
        live.listen((message) => this.#hear(message));
    }

    send<O extends MotionOrder>(order: O): Promise<AnswerTo<ForMotion>> {
        return this.live.send({ ...order, id: this.newId(), room: this.room } as ForMotion);
    }

    /** All that is known as the page of votes lists it: what is open by its deadline, drafts, then what is over, the newest first. */
    get list(): MotionShown[] {
        return [...this.#known.values()].sort(
            (one, other) => place(one) - place(other) || when(one) - when(other) || other.motion - one.motion,
        );
    }

    one(motion: number): MotionShown | undefined {
        return this.#known.get(motion);
    }

    mandates(motion: number): readonly Mandate[] {
        return this.#mandates.get(motion) ?? [];
    }

    /**
     * The open motion that is to lie on top: of those on which the viewer could vote and which were not put aside the one that closes
     * first. A slip has days: it lies on top while no vote of the meeting is open, and until it is answered.
     */
    get asked(): MotionShown | null {
        const waits = ({ motion, slip }: MotionShown) =>
            !this.#aside.has(motion) && this.mandates(motion).some(({ voted }) => !(slip && voted));
        const closes = (one: MotionShown) => (one.slip ? Number.MAX_VALUE : Date.parse(one.closesAt ?? ""));
        const open = this.list.filter((one) => one.phase === "open" && waits(one));
        return open.sort((one, other) => closes(one) - closes(other))[0] ?? null;
    }

    /** The motion whose result everybody here is shown, whether they voted or not. */
    get ended(): MotionShown | null {
        return this.#known.get(this.#ended) ?? null;
    }

    closeEnded(): void {
        this.#ended = 0;
        this.changed(null);
    }

    putAside(motion: number, aside: boolean): void {
        if (aside) this.#aside.add(motion);
        else this.#aside.delete(motion);
        this.changed(null);
    }

    /** The mark of a secret vote, made here once and kept, so that a vote sent again is the same. */
    tracker(motion: number, member: string): string {
        const key = `${motion}/${member}`;
        const made =
            this.#trackers.get(key) ??
            [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        this.#trackers.set(key, made);
        return made;
    }

    /** Nothing is known any more of a meeting that one is not in. */
    forget(): void {
        this.#known.clear();
        this.#mandates.clear();
        this.#ended = 0;
        this.hands = null;
    }

    #hear(message: Told): void {
        if (!("topic" in message) || message.topic !== this.#topic) return;
        if (message.type === "motionShown") {
            const news = newsOf(this.#known.get(message.motion), message);
            this.#known.set(message.motion, message);
            if (news?.what === "ended") this.#ended = message.motion;
            if (news?.what === "opened") this.#ended = 0;
            this.changed(news);
        } else if (message.type === "myBallots") {
            this.#mandates.set(message.motion, message.mandates);
            this.changed(null);
        } else if (message.type === "handsAsked") {
            this.hands = message.text ? { text: message.text, shown: new Map() } : null;
            this.changed(null);
        } else if (message.type === "handShown" && this.hands) {
            const shown = new Map(this.hands.shown);
            if (message.choice === null) shown.delete(message.who);
            else shown.set(message.who, message.choice);
            this.hands = { ...this.hands, shown };
            this.changed(null);
        } else if (message.type === "roomState" && message.me.standing !== "inside") {
            this.forget();
        }
    }
}

const PENDING: readonly MotionShown["phase"][] = ["open", "closed", "drafted"];

/** Where a motion stands in the list: what is not over comes first. */
function place({ phase }: MotionShown): number {
    const at = PENDING.indexOf(phase);
    return at < 0 ? PENDING.length : at;
}

/** Of motions in one place the one with the least stands first. */
const when = (one: MotionShown): number =>
    PENDING.includes(one.phase)
        ? Date.parse(one.closesAt ?? "") || 0
        : -(Date.parse(one.closedAt ?? one.openedAt ?? "") || 0);

function newsOf(before: MotionShown | undefined, now: MotionShown): MotionNews | null {
    const what = whatHappened(before, now);
    return what && { what, motion: now };
}

function whatHappened(before: MotionShown | undefined, now: MotionShown): MotionNews["what"] | null {
    if (now.phase === "open") {
        if (before?.phase !== "open") return "opened";
        return before.closesAt === now.closesAt ? null : "delayed";
    }
    if (before?.phase !== "open" && before?.phase !== "closed") return null;
    if (now.phase === "withdrawn") return "withdrawn";
    return now.result?.line ? "ended" : null;
}

/** The names of what one can vote for; for or against where there are no options. */
export function labels(options: readonly string[], plain: readonly [string, string]): readonly string[] {
    return options.length ? options : plain;
}
