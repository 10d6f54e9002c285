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

/** Follow a topic from event ``after`` (the number printed in the page). Answered by the missing events or by a snapshot. ``tab`` is for rooms: a random word that one page makes for itself and keeps over its reconnections. It tells the tabs of one person apart, and while a tab that has entered follows its room, its member is connected. A room gives no role. */
export interface Follow {
    readonly type: "follow";
    readonly topic: string;
    readonly after: number;
    readonly role?: "public" | "moderator";
    readonly tab?: string | null;
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

/** Answer a question of several choices, of an order (the first place first) or of words, or change one's answer to it. Single choices and scales are answered by ``vote``. */
export interface Respond {
    readonly type: "respond";
    readonly id: string;
    readonly question: number;
    readonly choices?: readonly number[];
    readonly text?: string;
}

/** Send an opinion on one node of the draft's ``version``, or on the whole of it when ``node`` is null; or an answer to another contribution (``parent``). ``quote`` is words of the node, with what stands before and after them. */
export interface Contribute {
    readonly type: "contribute";
    readonly id: string;
    readonly consultation: number;
    readonly node: string | null;
    readonly text: string;
    readonly name: string;
    readonly version?: number;
    readonly quote?: string;
    readonly before?: string;
    readonly after?: string;
    readonly parent?: number | null;
    readonly side?: "for" | "against" | "neutral" | null;
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

/** Enter a room that one follows with a ``tab``, or knock where there is a lobby; answered by ``done`` with the ``state`` ``inside`` or ``waiting``. Whoever is inside by another tab takes the place over. ``name`` is for who has no name on the site. */
export interface Enter {
    readonly type: "enter";
    readonly id: string;
    readonly room: number;
    readonly name?: string;
}

/** Go out of the room, or stop waiting. */
export interface Leave {
    readonly type: "leave";
    readonly id: string;
    readonly room: number;
}

/** Ask for the word. */
export interface RaiseHand {
    readonly type: "raiseHand";
    readonly id: string;
    readonly room: number;
}

/** Lower one's own hand (``who`` null), or as a host another's. */
export interface LowerHand {
    readonly type: "lowerHand";
    readonly id: string;
    readonly room: number;
    readonly who?: string | null;
}

/** Write a line in the chat. */
export interface Say {
    readonly type: "say";
    readonly id: string;
    readonly room: number;
    readonly text: string;
}

/** Show a sign that is not kept. */
export interface React {
    readonly type: "react";
    readonly id: string;
    readonly room: number;
    readonly reaction: "applause" | "agree" | "heart" | "laugh" | "surprise" | "thanks";
}

/** Ask for a pass to the media engine; answered by ``mediaPass``. A new one is needed for every new connection to it. */
export interface AskMedia {
    readonly type: "askMedia";
    readonly id: string;
    readonly room: number;
}

/** Ask for the lines of the chat before line ``before``; answered by ``chatPage``. */
export interface ReadChat {
    readonly type: "readChat";
    readonly id: string;
    readonly room: number;
    readonly before: number;
}

/** A host lets in one who waits, or all when ``who`` is null. */
export interface Admit {
    readonly type: "admit";
    readonly id: string;
    readonly room: number;
    readonly who: string | null;
}

/** A host does not let in one who waits. */
export interface TurnAway {
    readonly type: "turnAway";
    readonly id: string;
    readonly room: number;
    readonly who: string;
}

/** A host says whether guests must wait to be let in, in this meeting. */
export interface SetLobby {
    readonly type: "setLobby";
    readonly id: string;
    readonly room: number;
    readonly on: boolean;
}

/** A host turns off one source of a member's, who may turn it on again. */
export interface Mute {
    readonly type: "mute";
    readonly id: string;
    readonly room: number;
    readonly who: string;
    readonly source: "microphone" | "camera" | "screen_share";
}

/** A host removes a member from the meeting. */
export interface Remove {
    readonly type: "remove";
    readonly id: string;
    readonly room: number;
    readonly who: string;
}

/** A host ends the meeting for all. */
export interface EndMeeting {
    readonly type: "endMeeting";
    readonly id: string;
    readonly room: number;
}

/** A contribution as its readers may know it. ``state`` is ``visible`` for the public; moderators and authors see the others. ``node`` is the exact node it speaks of (a khoản, say; null for the whole draft), ``label`` that node's name for readers, and ``place`` the điều or annex under which the page lists it (null for the whole draft). ``parent`` is the contribution that it answers; no total counts it then. It was given on the draft's ``version``, perhaps on words of it (``quote``), with other wording if it ``suggests`` some. ``supports`` are people, ``replies`` visible answers, both as they were when this was told. ``source`` says, in Vietnamese, where what officers entered comes from. */
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
    readonly parent: number | null;
    readonly version: number;
    readonly side: "for" | "against" | "neutral" | "";
    readonly quote: string;
    readonly suggests: boolean;
    readonly channel: "online" | "assisted" | "imported";
    readonly edited: boolean;
    readonly supports: number;
    readonly replies: number;
    readonly source: string;
}

/** One list of contributions: a điều or annex of the draft, or the whole when ``place`` is null. The newest come first. */
export interface Place {
    readonly place: string | null;
    readonly total: number;
    readonly newest: readonly Contribution[];
}

/** A question that is opened and closed while people are consulted. ``labels`` are its options, of a scale its steps; of several at most ``most`` are chosen. About the ``whole`` draft only who has opened its text may answer. */
export interface Poll {
    readonly id: number;
    readonly state: "open" | "closed";
    readonly kind: "single" | "several" | "rank" | "scale" | "text";
    readonly text: string;
    readonly labels: readonly string[];
    readonly most: number | null;
    readonly whole: boolean;
}

/** Somebody inside. ``who`` is also the identity towards the media engine (``p12`` a person, ``g7`` a guest). ``connected`` is false while the way to this site is lost: a minute later the member has left. ``hand`` is null or the number of the raised hand; hands are taken in the order of these numbers. */
export interface Member {
    readonly who: string;
    readonly name: string;
    readonly role: "host" | "member" | "guest";
    readonly connected: boolean;
    readonly hand: number | null;
}

/** Somebody who knocked (UTC, ISO 8601) and waits. */
export interface Waiting {
    readonly who: string;
    readonly name: string;
    readonly since: string;
    readonly connected: boolean;
}

/** The reader in the room. ``elsewhere``: inside by another tab, ``enter`` brings the place here. ``turned_away`` and ``removed`` may knock again; ``lobby`` says whether ``enter`` would mean to wait now. ``name`` is empty when it must be asked for. */
export interface Me {
    readonly who: string;
    readonly name: string;
    readonly role: "host" | "member" | "guest";
    readonly standing: "outside" | "waiting" | "inside" | "elsewhere" | "turned_away" | "removed";
    readonly lobby: boolean;
}

/** A line of the chat (``at``: UTC, ISO 8601). */
export interface Line {
    readonly id: number;
    readonly who: string;
    readonly name: string;
    readonly at: string;
    readonly text: string;
}

/** The ticket was good. ``signed_in`` says whether commands can be sent outside rooms. */
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
    readonly polls: readonly Poll[];
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

/** A poll was opened, or closed: from then on its totals may be told. */
export interface PollChanged {
    readonly type: "pollChanged";
    readonly topic: string;
    readonly seq: number;
    readonly poll: Poll;
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

/** The newest totals of the questions named: question id (as text) to people per option. Of several choices the last number is all who answered; of an order of n options there are n for each place, the first place first, and last all who answered; of words there is only that. */
export interface Tally {
    readonly type: "tally";
    readonly topic: string;
    readonly version: number;
    readonly totals: Readonly<Record<string, readonly number[]>>;
}

/** A room as its reader may know it: who is not inside knows ``title``, ``phase``, ``started_at`` and ``me``, and the lists are empty. ``phase`` is ``idle`` before the first meeting, then ``running`` or ``ended``, until the next begins. ``lobby`` says whether guests must wait, ``waiting`` is for hosts. ``chat`` holds the newest lines, the oldest of them first; ``earlier`` says whether there are lines before. */
export interface RoomState {
    readonly type: "roomState";
    readonly topic: string;
    readonly seq: number;
    readonly title: string;
    readonly phase: "idle" | "running" | "ended";
    readonly startedAt: string | null;
    readonly me: Me;
    readonly lobby: boolean;
    readonly members: readonly Member[];
    readonly waiting: readonly Waiting[];
    readonly chat: readonly Line[];
    readonly earlier: boolean;
}

/** What one event changes in the ``roomState`` of its reader; null means unchanged. ``members`` are those who came or changed, ``left`` those who are no longer inside, ``waiting`` is the whole list, ``said`` are new lines. Who enters, leaves or finds another meeting, and everyone at its end, gets a new ``roomState`` in its place. */
export interface RoomChanged {
    readonly type: "roomChanged";
    readonly topic: string;
    readonly seq: number;
    readonly title: string | null;
    readonly me: Me | null;
    readonly lobby: boolean | null;
    readonly members: readonly Member[];
    readonly left: readonly string[];
    readonly waiting: readonly Waiting[] | null;
    readonly said: readonly Line[];
}

/** A member shows a sign. It has no number and is not repeated. */
export interface Reacted {
    readonly type: "reacted";
    readonly topic: string;
    readonly who: string;
    readonly reaction: "applause" | "agree" | "heart" | "laugh" | "surprise" | "thanks";
}

/** The command is recorded, durably. ``contribution`` and ``state`` answer ``contribute``, ``state`` also ``enter``. */
export interface Done {
    readonly type: "done";
    readonly id: string;
    readonly contribution: number | null;
    readonly state: string | null;
}

/** Answers ``askMedia``: connect to ``url`` (empty: this site's own origin) with ``token`` within ``expires_in_s``. */
export interface MediaPass {
    readonly type: "mediaPass";
    readonly id: string;
    readonly url: string;
    readonly token: string;
    readonly expiresInS: number;
}

/** Answers ``readChat``: at most 50 lines, the oldest first, and whether there are lines before. */
export interface ChatPage {
    readonly type: "chatPage";
    readonly id: string;
    readonly lines: readonly Line[];
    readonly earlier: boolean;
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

export type ForRoom = Enter | Leave | RaiseHand | LowerHand | Say | React | AskMedia | ReadChat | Admit | TurnAway | SetLobby | Mute | Remove | EndMeeting;

export type Command = Vote | Respond | Contribute | Withdraw | Rule | Enter | Leave | RaiseHand | LowerHand | Say | React | AskMedia | ReadChat | Admit | TurnAway | SetLobby | Mute | Remove | EndMeeting;

export type FromClient = Hello | Follow | Unfollow | Vote | Respond | Contribute | Withdraw | Rule | Enter | Leave | RaiseHand | LowerHand | Say | React | AskMedia | ReadChat | Admit | TurnAway | SetLobby | Mute | Remove | EndMeeting;

export type ToReader = Shown | Gone | PhaseChanged | PollChanged | Passed | Ruled;

export type ToMember = RoomState | RoomChanged | Reacted;

export type FromServer = Welcome | Snapshot | Shown | Gone | PhaseChanged | PollChanged | Passed | Ruled | Tally | RoomState | RoomChanged | Reacted | Done | MediaPass | ChatPage | RefusedCommand | Bye;
