// Generated from server/protocol/live.py by `python -m server.protocol.generate`. Do not edit.

export const PROTOCOL_VERSION = 1;

/** Why the server closed the connection. */
export const CLOSING = {
    /** The client said goodbye. */
    NORMAL: 1000,
    /** A frame broke RFC 6455: unmasked, reserved bits, an unknown opcode, a lost fragment. */
    PROTOCOL_ERROR: 1002,
    /** A binary message: all messages are JSON text. */
    NOT_TEXT: 1003,
    /** A text message that is not UTF-8. */
    BAD_TEXT: 1007,
    /** Too many messages, pings or fragments, after `rate_limited` was not heeded. */
    ABUSE: 1008,
    /** A message above the hard limit. */
    TOO_BIG: 1009,
    /** A fault of the server. */
    FAILED: 1011,
    /** The server restarts; a `bye` came before. */
    RESTART: 1012,
    /** No ticket within 5 s, a bad ticket, or a session that ended: fetch a new ticket. */
    NOT_RECOGNISED: 4401,
    /** The reader fell too far behind: come back and follow from the last number seen. */
    RESYNC: 4409,
    /** This version of the protocol is not spoken any more: load the page again, do not reconnect. */
    OUTDATED: 4426,
    /** Too many connections of one session: do not reconnect before another page is closed. */
    TOO_MANY: 4429,
} as const;

/** The first message, within 5 s: a one-use ticket from ``POST /live/ticket``. */
export interface Hello {
    readonly type: "hello";
    readonly ticket: string;
    readonly version: number;
}

/** Follow a topic from event ``after`` (the number printed in the page). Answered by the missing events or by a snapshot. */
export interface Follow {
    readonly type: "follow";
    readonly topic: string;
    readonly after: number;
    readonly role?: "public" | "moderator";
}

/** Hear no more of a topic. */
export interface Unfollow {
    readonly type: "unfollow";
    readonly topic: string;
}

/** Cast or change one's vote. ``choice`` is the position of the option in the question. */
export interface Vote {
    readonly type: "vote";
    readonly id: string;
    readonly question: number;
    readonly choice: number;
}

/** Send an opinion on one node of the draft, or on the whole of it when ``node`` is null. */
export interface Contribute {
    readonly type: "contribute";
    readonly id: string;
    readonly consultation: number;
    readonly node: string | null;
    readonly text: string;
    readonly name: string;
}

/** Take back one's own contribution. */
export interface Withdraw {
    readonly type: "withdraw";
    readonly id: string;
    readonly contribution: number;
}

/** A moderator's ruling on one contribution: ``hide`` names the rule broken and a reason the author will read. */
export interface Rule {
    readonly type: "rule";
    readonly id: string;
    readonly contribution: number;
    readonly ruling: "publish" | "hide" | "restore";
    readonly rule?: string | null;
    readonly reason?: string;
}

/** A contribution as its readers may know it. ``state`` is ``visible`` for the public; moderators and authors see the others. ``node`` is the exact node it speaks of (a khoản, say; null for the whole draft), ``label`` that node's name for readers, and ``place`` the điều or annex under which the page lists it (null for the whole draft). */
export interface Contribution {
    readonly id: number;
    readonly node: string | null;
    readonly place: string | null;
    readonly label: string;
    readonly name: string;
    readonly kind: string;
    readonly verified: boolean;
    readonly text: string;
    readonly at: string;
    readonly state: "visible" | "waiting" | "hidden" | "withdrawn";
}

/** One list of contributions: a điều or annex of the draft, or the whole when ``place`` is null. The newest come first. */
export interface Place {
    readonly place: string | null;
    readonly total: number;
    readonly newest: readonly Contribution[];
}

/** The ticket was good. ``signed_in`` says whether commands can be sent. */
export interface Welcome {
    readonly type: "welcome";
    readonly signedIn: boolean;
}

/** All that a reader's page shows of a topic, in place of events that are too old to be sent one by one. */
export interface Snapshot {
    readonly type: "snapshot";
    readonly topic: string;
    readonly seq: number;
    readonly phase: string;
    readonly opensAt: string | null;
    readonly closesAt: string | null;
    readonly places: readonly Place[];
}

/** A contribution became visible to this reader, or its state changed; ``total`` counts the visible ones at its place. */
export interface Shown {
    readonly type: "shown";
    readonly topic: string;
    readonly seq: number;
    readonly contribution: Contribution;
    readonly total: number;
}

/** A contribution is no longer visible to this reader. */
export interface Gone {
    readonly type: "gone";
    readonly topic: string;
    readonly seq: number;
    readonly contribution: number;
    readonly place: string | null;
    readonly total: number;
}

/** The consultation was opened, closed, or its dates moved (UTC, ISO 8601). */
export interface PhaseChanged {
    readonly type: "phaseChanged";
    readonly topic: string;
    readonly seq: number;
    readonly phase: string;
    readonly opensAt: string | null;
    readonly closesAt: string | null;
}

/** An event of which this reader may know only that it happened: it keeps the numbers gapless. */
export interface Passed {
    readonly type: "passed";
    readonly topic: string;
    readonly seq: number;
}

/** To an author: what became of one's contribution, and why. */
export interface Ruled {
    readonly type: "ruled";
    readonly topic: string;
    readonly seq: number;
    readonly contribution: number;
    readonly state: "visible" | "waiting" | "hidden" | "withdrawn";
    readonly rule: string | null;
    readonly reason: string;
}

/** The newest totals of the questions named: question id (as text) to the number of people per option. */
export interface Tally {
    readonly type: "tally";
    readonly topic: string;
    readonly version: number;
    readonly totals: Readonly<Record<string, readonly number[]>>;
}

/** The command is recorded, durably. ``contribution`` and ``state`` answer ``contribute``. */
export interface Done {
    readonly type: "done";
    readonly id: string;
    readonly contribution: number | null;
    readonly state: string | null;
}

/** The command changed nothing. ``code`` is stable; ``message`` is a sentence in the reader's language. */
export interface RefusedCommand {
    readonly type: "refused";
    readonly id: string | null;
    readonly code: string;
    readonly message: string;
    readonly retryAfterS: number | null;
}

/** The server is about to close: come back after this many seconds, with a jitter of one's own. */
export interface Bye {
    readonly type: "bye";
    readonly reason: string;
    readonly retryAfterS: number;
}

export type Command = Vote | Contribute | Withdraw | Rule;

export type FromClient = Hello | Follow | Unfollow | Vote | Contribute | Withdraw | Rule;

export type ToReader = Shown | Gone | PhaseChanged | Passed | Ruled;

export type FromServer = Welcome | Snapshot | Shown | Gone | PhaseChanged | Passed | Ruled | Tally | Done | RefusedCommand | Bye;
