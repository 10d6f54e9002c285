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

/** Write a line in the chat: to all, or to whom ``to`` says; ``who`` is the person to whom it is private. Who reads it is settled then: nobody else ever gets it. */
export interface Say {
    readonly type: "say";
    readonly id: string;
    readonly room: number;
    readonly text: string;
    readonly to?: "groups" | "group" | "person" | "desk" | "technicians" | "agency" | null;
    readonly who?: string | null;
}

/** Show a sign that is not kept. */
export interface React {
    readonly type: "react";
    readonly id: string;
    readonly room: number;
    readonly reaction: "applause" | "agree" | "heart" | "laugh" | "surprise" | "thanks";
}

/** Show page ``page`` (from 1) of a paper to those who follow it; 0: show no more. The presenter of the item under way shows its papers, who leads the meeting any. It is not kept: who presents shows the page again to those who come. */
export interface ShowPage {
    readonly type: "showPage";
    readonly id: string;
    readonly room: number;
    readonly paper: number;
    readonly page: number;
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

/** Press *present*. */
export interface Attend {
    readonly type: "attend";
    readonly id: string;
    readonly room: number;
}

/** Preside: the chair at any time, others of the line while nobody does. */
export interface TakeChair {
    readonly type: "takeChair";
    readonly id: string;
    readonly room: number;
}

/** Ask for the word, once for each kind. Raised again with another side, the hand keeps its place. */
export interface RaiseHand {
    readonly type: "raiseHand";
    readonly id: string;
    readonly room: number;
    readonly kind?: "statement" | "reply" | "point_of_order";
    readonly side?: "for" | "against" | null;
}

/** Lower one's own hands (``who`` null), or another's as one who keeps the door; or only the one of this number. */
export interface LowerHand {
    readonly type: "lowerHand";
    readonly id: string;
    readonly room: number;
    readonly who?: string | null;
    readonly number?: number | null;
}

/** The speaker gives the floor back. */
export interface YieldFloor {
    readonly type: "yieldFloor";
    readonly id: string;
    readonly room: number;
}

/** A new item, before item ``before`` or at the end. */
export interface AddItem {
    readonly type: "addItem";
    readonly id: string;
    readonly room: number;
    readonly plan: Plan;
    readonly before?: number | null;
}

/** Plan an item otherwise. */
export interface EditItem {
    readonly type: "editItem";
    readonly id: string;
    readonly room: number;
    readonly item: number;
    readonly plan: Plan;
}

/** Put an item before item ``before``, or at the end. */
export interface MoveItem {
    readonly type: "moveItem";
    readonly id: string;
    readonly room: number;
    readonly item: number;
    readonly before?: number | null;
}

/** Take an item off that was never begun. */
export interface RemoveItem {
    readonly type: "removeItem";
    readonly id: string;
    readonly room: number;
    readonly item: number;
}

/** Who presides lets another of the line preside. */
export interface GiveChair {
    readonly type: "giveChair";
    readonly id: string;
    readonly room: number;
    readonly to: string;
}

/** Begin an item, also one that was finished; the one under way is finished. */
export interface GoTo {
    readonly type: "goTo";
    readonly id: string;
    readonly room: number;
    readonly item: number;
}

/** Finish the item under way. */
export interface FinishItem {
    readonly type: "finishItem";
    readonly id: string;
    readonly room: number;
}

/** Put an entry of the queue before the entry ``before``, or at the end. */
export interface MoveHand {
    readonly type: "moveHand";
    readonly id: string;
    readonly room: number;
    readonly number: number;
    readonly before?: number | null;
}

/** Let everybody be heard, or only who presides and who has the floor. */
export interface SetDiscussion {
    readonly type: "setDiscussion";
    readonly id: string;
    readonly room: number;
    readonly free: boolean;
}

/** Say how long may be spoken, in turns that begin from now on. */
export interface SetLimits {
    readonly type: "setLimits";
    readonly id: string;
    readonly room: number;
    readonly limits: Limits;
}

/** Give the floor to somebody inside for so many seconds; null is what the limits leave, if there are any. */
export interface GiveFloor {
    readonly type: "giveFloor";
    readonly id: string;
    readonly room: number;
    readonly to: string;
    readonly seconds?: number | null;
}

/** Give the speaker so many seconds more. */
export interface ExtendFloor {
    readonly type: "extendFloor";
    readonly id: string;
    readonly room: number;
    readonly seconds: number;
}

/** Take the floor from the speaker. */
export interface WithdrawFloor {
    readonly type: "withdrawFloor";
    readonly id: string;
    readonly room: number;
}

/** Who prepares the meeting plans so many groups in the place of those there were; 0 for none. ``deal`` spreads those inside over them. */
export interface PlanGroups {
    readonly type: "planGroups";
    readonly id: string;
    readonly room: number;
    readonly count: number;
    readonly deal?: boolean;
}

/** Let somebody belong to another group, or to none (0), also while the groups meet. */
export interface PutInGroup {
    readonly type: "putInGroup";
    readonly id: string;
    readonly room: number;
    readonly who: string;
    readonly group: number;
}

/** Let the groups meet apart for so many seconds; null: until they are called back. Each of them then has media of its own. */
export interface OpenGroups {
    readonly type: "openGroups";
    readonly id: string;
    readonly room: number;
    readonly seconds?: number | null;
}

/** Look in on a group; 0: be in the room; null: go back to where one belongs. */
export interface VisitGroup {
    readonly type: "visitGroup";
    readonly id: string;
    readonly room: number;
    readonly group: number | null;
}

/** Let everybody be back after so many seconds; 0: at once. */
export interface CallBack {
    readonly type: "callBack";
    readonly id: string;
    readonly room: number;
    readonly seconds?: number;
}

/** A technician, or who leads, has one site checked, or all one after the other: each is told in turn, by ``me.checkedSince``. */
export interface CheckSites {
    readonly type: "checkSites";
    readonly id: string;
    readonly room: number;
    readonly who?: string | null;
}

/** The page of the site that is checked tells what it found. */
export interface TellCheck {
    readonly type: "tellCheck";
    readonly id: string;
    readonly room: number;
    readonly found: Findings;
}

/** Write a motion, or write ``motion`` anew before it is opened; answered by ``done`` with its number in ``motion``. What passes needs at least ``part`` of ``of`` equal parts of the ``base``, or ``more`` than that; so does the quorum of the members, which there is none of when ``quorumOf`` is 0. Without ``options`` one is for or against. */
export interface DraftMotion {
    readonly type: "draftMotion";
    readonly id: string;
    readonly room: number;
    readonly motion: number | null;
    readonly text: string;
    readonly options?: readonly string[];
    readonly base?: "members" | "present" | "cast";
    readonly part?: number;
    readonly of?: number;
    readonly more?: boolean;
    readonly quorumPart?: number;
    readonly quorumOf?: number;
    readonly quorumMore?: boolean;
    readonly tie?: "falls" | "chair";
    readonly secret?: boolean;
    readonly live?: boolean;
}

/** Who chairs lets vote, for so many seconds. */
export interface OpenMotion {
    readonly type: "openMotion";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
    readonly lastsS: number;
}

/** Who chairs ends the voting before its deadline. */
export interface CloseMotion {
    readonly type: "closeMotion";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
}

/** Who chairs gives the casting vote. */
export interface BreakTie {
    readonly type: "breakTie";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
    readonly choice: number;
}

/** Who chairs declares the result. */
export interface AnnounceMotion {
    readonly type: "announceMotion";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
}

/** Who chairs gives a motion up before it is decided. */
export interface WithdrawMotion {
    readonly type: "withdrawMotion";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
    readonly reason: string;
}

/** A voter says, within 60 s of the count, that it is wrong. */
export interface ObjectToCount {
    readonly type: "objectToCount";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
    readonly words: string;
}

/** Vote: an option from 0, or null for "Không biểu quyết". ``member`` is whose vote it is, for who could give several. A named vote may be cast again until the close. A secret one needs a ``tracker`` (32 hexadecimal digits made by the page) and the ``code`` that ``askBallotCode`` has sent; sent again with the same tracker it is answered as it was. */
export interface CastBallot {
    readonly type: "castBallot";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
    readonly choice: number | null;
    readonly member?: string | null;
    readonly tracker?: string;
    readonly code?: string;
}

/** Have a one-time code for a secret vote sent to one's own address. */
export interface AskBallotCode {
    readonly type: "askBallotCode";
    readonly id: string;
    readonly room: number;
    readonly motion: number;
}

/** Who chairs asks for a quick show of hands, which is not kept; an empty text ends it. */
export interface AskHands {
    readonly type: "askHands";
    readonly id: string;
    readonly room: number;
    readonly text: string;
}

/** A hand for (0), against (1), or taken down (null), while hands are asked for. */
export interface ShowHand {
    readonly type: "showHand";
    readonly id: string;
    readonly room: number;
    readonly choice: number | null;
}

/** A contribution as its readers may know it. ``state`` is ``visible`` for the public; moderators and authors see the others. ``node`` is the exact node it speaks of (a khoản, say; null for the whole draft), ``label`` that node's name for readers, and ``place`` the điều or annex under which the page lists it (null for the whole draft). ``parent`` is the contribution that it answers; no total counts it then. It was given on the draft's ``version``, perhaps on words of it (``quote``), with other wording if it ``suggests`` some. ``supports`` are people, ``replies`` visible answers, both as they were when this was told. ``source`` says, in Vietnamese, where what officers entered comes from. ``erased`` is when its words and its name were destroyed at its author's demand; nothing stands in their place. */
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
    readonly erased: string | null;
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

/** Somebody inside. ``who`` is also the identity towards the media engine (``p12`` a person, ``g7`` a guest). ``connected`` is false while the way to this site is lost: a minute later the member has left. ``hand`` is null or the number of the first raised hand. ``attended`` has pressed *present*; ``acts_for`` is whose substitute acts; ``heard`` says whether the microphone is forwarded, ``asks`` whether one may ask for the word; ``hall`` is the participant in whose hall one sits, with a phone and no media; ``post`` is what one is to who writes privately. */
export interface Member {
    readonly who: string;
    readonly name: string;
    readonly role: "host" | "member" | "guest";
    readonly connected: boolean;
    readonly hand: number | null;
    readonly attended: boolean;
    readonly actsFor: string | null;
    readonly heard: boolean;
    readonly asks: boolean;
    readonly hall: string | null;
    readonly post: "staff" | "desk" | "ordinary" | "guest";
}

/** Somebody who knocked (UTC, ISO 8601) and waits. */
export interface Waiting {
    readonly who: string;
    readonly name: string;
    readonly since: string;
    readonly connected: boolean;
}

/** The reader in the room. ``elsewhere``: inside by another tab, ``enter`` brings the place here. ``turned_away`` and ``removed`` may knock again; ``lobby`` says whether ``enter`` would mean to wait now. ``name`` is empty when it must be asked for. ``may`` is what one may do inside besides what all may: keep the door, lead the meeting (``ByLeader``), prepare its agenda, take the chair, end it. ``group`` is that in which one is now, 0 the room; ``cell`` changes whenever one needs another pass to the media. ``reach`` is to whom one may write privately. From ``checked_since`` on one's page is asked to check itself for half a minute and to ``tellCheck``. */
export interface Me {
    readonly who: string;
    readonly name: string;
    readonly role: "host" | "member" | "guest";
    readonly standing: "outside" | "waiting" | "inside" | "elsewhere" | "turned_away" | "removed";
    readonly lobby: boolean;
    readonly may: readonly ("keep_door" | "lead" | "prepare" | "take_chair" | "end")[];
    readonly group: number;
    readonly cell: number;
    readonly reach: readonly ("staff" | "desk" | "ordinary" | "guest")[];
    readonly checkedSince: string | null;
}

/** A line of the chat (``at``: UTC, ISO 8601), with its address where it has one. What is ``private`` is read by some only. */
export interface Line {
    readonly id: number;
    readonly who: string;
    readonly name: string;
    readonly at: string;
    readonly text: string;
    readonly to: Address | null;
    readonly private: boolean;
}

/** A line of the roll, of somebody who need not be inside; ``name`` may be empty. ``weight`` is that of one's vote, 0 for none. Who has a ``principal`` is a substitute; who sits in a ``hall`` with others is heard by the microphone of that participant. */
export interface Seat {
    readonly who: string;
    readonly name: string;
    readonly duty: "chair" | "deputy" | "secretary" | "member" | "guest" | "observer" | "technician";
    readonly agency: string;
    readonly weight: number;
    readonly principal: string | null;
    readonly hall: string | null;
}

/** What is planned of an item. Of one with ``readers`` nobody else may know; null is for everybody inside. Who plans an item is always one of its readers. */
export interface Plan {
    readonly title: string;
    readonly presenter: string | null;
    readonly plannedAt: string | null;
    readonly lastsS: number | null;
    readonly papers: readonly number[];
    readonly readers: readonly string[] | null;
}

/** An item of the agenda: when it was first begun and last finished, if it was. */
export interface Item {
    readonly id: number;
    readonly plan: Plan;
    readonly begunAt: string | null;
    readonly endedAt: string | null;
}

/** An entry of the queue, which is in its own order. */
export interface Hand {
    readonly number: number;
    readonly who: string;
    readonly kind: "statement" | "reply" | "point_of_order";
    readonly side: "for" | "against" | null;
}

/** Time on one item: for each speaker, and for all of an agency together; null for no limit. A speaker is warned ``warn_s`` before the end and is heard for ``grace_s`` after it. */
export interface Limits {
    readonly speakerS: number | null;
    readonly agencyS: number | null;
    readonly warnS: number;
    readonly graceS: number;
}

/** Who has the floor. The time is over at ``until``; the microphone is closed at ``cut_at``. Null: there is no limit. */
export interface Floor {
    readonly who: string;
    readonly kind: "statement" | "reply" | "point_of_order";
    readonly side: "for" | "against" | null;
    readonly givenAt: string;
    readonly until: string | null;
    readonly warnAt: string | null;
    readonly cutAt: string | null;
}

/** Where the meeting stands. ``presides`` is null while nobody has presided yet, or where the roll names no chair and the hosts lead. ``unchaired_since`` is since when who presides is away; ``chair_passes_at`` is when the next of the line presides. ``opened_at`` is when the first item was begun, ``item`` the one under way. In ``free`` discussion everybody may be heard. */
export interface Procedure {
    readonly presides: string | null;
    readonly unchairedSince: string | null;
    readonly chairPassesAt: string | null;
    readonly openedAt: string | null;
    readonly item: number | null;
    readonly free: boolean;
    readonly limits: Limits;
    readonly floor: Floor | null;
}

/** Whole seconds of turns that ended on the item under way, by speaker and by agency. */
export interface Spoken {
    readonly speakers: Readonly<Record<string, number>>;
    readonly agencies: Readonly<Record<string, number>>;
}

/** Groups, numbered from 1 to ``count``, with who belongs to which; who is in none is in the room. They meet apart since ``opened_at``, are told of the end at ``warn_at``, and everybody is back at ``until``. ``visits`` are of those who look in on a group meanwhile. */
export interface Groups {
    readonly count: number;
    readonly places: Readonly<Record<string, number>>;
    readonly openedAt: string | null;
    readonly until: string | null;
    readonly warnAt: string | null;
    readonly visits: Readonly<Record<string, number>>;
}

/** To whom a line is that is not simply to all: to all groups, to the one of that number, privately to ``who``, to who presides and the secretaries (``desk``), to the technicians, or to the people of an agency. */
export interface Address {
    readonly to: "groups" | "group" | "person" | "desk" | "technicians" | "agency";
    readonly who: string | null;
    readonly group: number;
    readonly agency: string;
}

/** What is to be done, by whom (empty: open), until which day in Viet Nam (``2026-12-05``). */
export interface ConclusionShown {
    readonly number: number;
    readonly text: string;
    readonly owner: string;
    readonly due: string | null;
}

/** How a member voted by name; ``by`` whom is told where it was a substitute. */
export interface MotionVote {
    readonly who: string;
    readonly name: string;
    readonly choice: number | null;
    readonly by: string | null;
}

/** What came of a motion. ``line`` is the sentence with its arithmetic and ``origins`` says from where the votes came, both in the reader's language and empty while the vote is open. ``counts`` are by option, all weighed, and empty where a secret ballot is ``withheld`` because too few voted; ``leading`` are the options of which a casting vote may choose. */
export interface MotionResult {
    readonly outcome: "passed" | "rejected" | "no_quorum" | "tied" | "withheld" | "void";
    readonly line: string;
    readonly origins: string;
    readonly counts: readonly number[];
    readonly abstained: number;
    readonly silent: number;
    readonly leading: readonly number[];
}

/** A vote that the reader could give: ``who``'s own or, for a substitute, that of the member. ``voted`` says that it was given, of a named vote ``choice`` what, and ``by`` whom if not by the member. */
export interface Mandate {
    readonly who: string;
    readonly name: string;
    readonly voted: boolean;
    readonly choice: number | null;
    readonly by: string | null;
}

/** What the page of a site found out about itself; null where it was off, or nobody answered. ``level`` is the loudest moment of the microphone, ``picture`` whether the camera shows anything, ``heard`` whether somebody there said to have heard the test sound; ``round_trip_ms`` and ``lost`` (of a thousand packets) are of the way to the media. */
export interface Findings {
    readonly level: number | null;
    readonly picture: boolean | null;
    readonly heard: boolean | null;
    readonly roundTripMs: number | null;
    readonly lost: number | null;
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

/** A room as its reader may know it: who is not inside knows ``title``, ``phase``, ``started_at`` and ``me``, and the lists are empty. ``phase`` is ``idle`` before the first meeting, then ``running`` or ``ended``, until the next begins. ``lobby`` says whether guests must wait, ``waiting`` is for hosts. ``chat`` holds the newest lines, the oldest of them first; ``earlier`` says whether there are lines before; ``letters`` are the newest lines that are not for all, and ``letters_kept`` says whether these are part of the record. ``roll`` is empty where there is none; ``agenda`` has only items of which the reader may know. */
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
    readonly roll: readonly Seat[];
    readonly agenda: readonly Item[];
    readonly queue: readonly Hand[];
    readonly procedure: Procedure;
    readonly spoken: Spoken;
    readonly groups: Groups;
    readonly letters: readonly Line[];
    readonly lettersKept: boolean;
}

/** What one event changes in the ``roomState`` of its reader; null means unchanged. ``members`` are those who came or changed, ``left`` those who are no longer inside, ``said`` are new lines, ``written`` those of ``letters``; all others are whole. Who enters, leaves, may know of other items or finds another meeting, and everyone at its end, gets a new ``roomState`` in its place. */
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
    readonly roll: readonly Seat[] | null;
    readonly agenda: readonly Item[] | null;
    readonly queue: readonly Hand[] | null;
    readonly procedure: Procedure | null;
    readonly spoken: Spoken | null;
    readonly groups: Groups | null;
    readonly written: readonly Line[];
}

/** A member shows a sign. It has no number and is not repeated. */
export interface Reacted {
    readonly type: "reacted";
    readonly topic: string;
    readonly who: string;
    readonly reaction: "applause" | "agree" | "heart" | "laugh" | "surprise" | "thanks";
}

/** A page is shown, to those inside who may read the paper; 0: no longer. It has no number and is not repeated. */
export interface PageShown {
    readonly type: "pageShown";
    readonly topic: string;
    readonly who: string;
    readonly paper: number;
    readonly page: number;
}

/** The conclusions of the meeting of which one may know, in their order, whenever they change and to who comes in. It has no number. */
export interface ConclusionsShown {
    readonly type: "conclusions";
    readonly topic: string;
    readonly conclusions: readonly ConclusionShown[];
}

/** A motion as it stands; it replaces what was known of it and has no number. Drafts are told to who may prepare them. ``result`` and ``votes`` are null while they are hidden, and ``votes`` always of a secret ballot. ``tells`` warns that so few may vote in secret that the result gives votes away. Times are UTC, ISO 8601; until ``object_until`` a voter may say that the count is wrong, as ``objections`` have. ``slip``: it is sent outside meetings. Only with ``papers`` papers is a secret vote counted or ended early. ``delayed`` is why the deadline was moved last, empty when it never was; ``closed_at`` is when the vote ended. */
export interface MotionShown {
    readonly type: "motionShown";
    readonly topic: string;
    readonly motion: number;
    readonly text: string;
    readonly options: readonly string[];
    readonly base: "members" | "present" | "cast";
    readonly part: number;
    readonly of: number;
    readonly more: boolean;
    readonly quorumPart: number;
    readonly quorumOf: number;
    readonly quorumMore: boolean;
    readonly tie: "falls" | "chair";
    readonly secret: boolean;
    readonly live: boolean;
    readonly phase: "drafted" | "open" | "closed" | "counted" | "announced" | "withdrawn";
    readonly openedAt: string | null;
    readonly closesAt: string | null;
    readonly objectUntil: string | null;
    readonly members: number;
    readonly voted: number;
    readonly objections: number;
    readonly result: MotionResult | null;
    readonly votes: readonly MotionVote[] | null;
    readonly tells: boolean;
    readonly slip: boolean;
    readonly papers: number;
    readonly delayed: string;
    readonly closedAt: string | null;
}

/** To one reader: the votes that they could give on an open motion. */
export interface MyBallots {
    readonly type: "myBallots";
    readonly topic: string;
    readonly motion: number;
    readonly mandates: readonly Mandate[];
}

/** A quick show of hands is asked for; with an empty text it is over. Nothing of it is kept. */
export interface HandsAsked {
    readonly type: "handsAsked";
    readonly topic: string;
    readonly text: string;
}

/** A member's hand for (0), against (1) or taken down (null). */
export interface HandShown {
    readonly type: "handShown";
    readonly topic: string;
    readonly who: string;
    readonly choice: number | null;
}

/** The command is recorded, durably. ``contribution`` and ``state`` answer ``contribute``, ``state`` also ``enter``, ``motion`` answers ``draftMotion``. */
export interface Done {
    readonly type: "done";
    readonly id: string;
    readonly contribution: number | null;
    readonly state: string | null;
    readonly motion: number | null;
}

/** Answers ``askMedia``: connect to ``url`` (empty: this site's own origin) with ``token`` within ``expires_in_s``; it opens the media of this ``cell``. */
export interface MediaPass {
    readonly type: "mediaPass";
    readonly id: string;
    readonly url: string;
    readonly token: string;
    readonly expiresInS: number;
    readonly cell: number;
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

export type ForMeeting = Attend | TakeChair | RaiseHand | LowerHand | YieldFloor | AddItem | EditItem | MoveItem | RemoveItem | GiveChair | GoTo | FinishItem | MoveHand | SetDiscussion | SetLimits | GiveFloor | ExtendFloor | WithdrawFloor;

export type ForGroups = PlanGroups | PutInGroup | OpenGroups | VisitGroup | CallBack;

export type ForMotion = DraftMotion | OpenMotion | CloseMotion | BreakTie | AnnounceMotion | WithdrawMotion | ObjectToCount | CastBallot | AskBallotCode | AskHands | ShowHand;

export type ForRoom = Enter | Leave | Say | React | ShowPage | AskMedia | ReadChat | Admit | TurnAway | SetLobby | Mute | Remove | EndMeeting | Attend | TakeChair | RaiseHand | LowerHand | YieldFloor | AddItem | EditItem | MoveItem | RemoveItem | GiveChair | GoTo | FinishItem | MoveHand | SetDiscussion | SetLimits | GiveFloor | ExtendFloor | WithdrawFloor | PlanGroups | PutInGroup | OpenGroups | VisitGroup | CallBack | CheckSites | TellCheck;

export type Command = Vote | Respond | Contribute | Withdraw | Rule | Enter | Leave | Say | React | ShowPage | AskMedia | ReadChat | Admit | TurnAway | SetLobby | Mute | Remove | EndMeeting | Attend | TakeChair | RaiseHand | LowerHand | YieldFloor | AddItem | EditItem | MoveItem | RemoveItem | GiveChair | GoTo | FinishItem | MoveHand | SetDiscussion | SetLimits | GiveFloor | ExtendFloor | WithdrawFloor | PlanGroups | PutInGroup | OpenGroups | VisitGroup | CallBack | CheckSites | TellCheck | DraftMotion | OpenMotion | CloseMotion | BreakTie | AnnounceMotion | WithdrawMotion | ObjectToCount | CastBallot | AskBallotCode | AskHands | ShowHand;

export type FromClient = Hello | Follow | Unfollow | Vote | Respond | Contribute | Withdraw | Rule | Enter | Leave | Say | React | ShowPage | AskMedia | ReadChat | Admit | TurnAway | SetLobby | Mute | Remove | EndMeeting | Attend | TakeChair | RaiseHand | LowerHand | YieldFloor | AddItem | EditItem | MoveItem | RemoveItem | GiveChair | GoTo | FinishItem | MoveHand | SetDiscussion | SetLimits | GiveFloor | ExtendFloor | WithdrawFloor | PlanGroups | PutInGroup | OpenGroups | VisitGroup | CallBack | CheckSites | TellCheck | DraftMotion | OpenMotion | CloseMotion | BreakTie | AnnounceMotion | WithdrawMotion | ObjectToCount | CastBallot | AskBallotCode | AskHands | ShowHand;

export type ToReader = Shown | Gone | PhaseChanged | PollChanged | Passed | Ruled;

export type ToMember = RoomState | RoomChanged | Reacted | PageShown | ConclusionsShown;

export type ToVoter = MotionShown | MyBallots | HandsAsked | HandShown;

export type FromServer = Welcome | Snapshot | Shown | Gone | PhaseChanged | PollChanged | Passed | Ruled | Tally | RoomState | RoomChanged | Reacted | PageShown | ConclusionsShown | MotionShown | MyBallots | HandsAsked | HandShown | Done | MediaPass | ChatPage | RefusedCommand | Bye;
