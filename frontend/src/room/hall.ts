/** What all elements of the room's page share: the meeting, the media, the viewer's own choices, and where in the visit one is. */
import type { RoomState } from "../../protocol.gen";
import { live, newId, text } from "../page";
import { type Addressee, isPersonal } from "./addressees";
import { Apart, placeOf } from "./apart";
import { type Kind, remember, remembered, Trying } from "./devices";
import type { Source } from "./engine_room";
import { Media, type Pass } from "./media";
import { Meeting, type News, type Order } from "./meeting";
import { newsWords } from "./motion_card";
import { Motions } from "./motions";
import { may, nameIn } from "./procedure";
import { knock } from "./sound";
import { type LayoutChoice, type Present, withSpeakersFirst } from "./tiles";
import { Toasts } from "./toasts";
import { Turns } from "./turns";

/** `check`: before one has asked to come in. The rest are the answers to that, and what can follow. */
export type Phase = "check" | "waiting" | "inside" | "left" | "elsewhere" | "turned_away" | "removed" | "ended";
export type Panel = "chat" | "people" | "network" | "agenda" | "floor" | "motions" | "papers" | "groups";
export type Dialog = "devices" | "help" | "leave" | "remove";

/** What the server prints into the page for it. */
export interface Printed {
    readonly room: number;
    readonly title: string;
    readonly agency: string;
    /** Whether the room wants people to come in silent. */
    readonly muted: boolean;
    readonly home: string;
    readonly edit: string;
    readonly trial: string;
    readonly record: string;
    /** The page of the hall of which this is the endpoint. */
    readonly halls: string;
    readonly board: string;
}

/** Pictures of the first page of the grid keep their place unless somebody outside it speaks. */
const FIRST_PAGE_IS_UNKNOWN = 50;

export class Hall {
    readonly meeting: Meeting;
    readonly motions: Motions;
    readonly media: Media;
    readonly trying: Trying;
    readonly toasts = new Toasts(() => this.changed());
    readonly #apart = new Apart(this.toasts);
    readonly #turns = new Turns(this.toasts, (heard, floor) => this.#heard(heard, floor));
    /** A sentence of the server about what could not be done on the page before the room. */
    refusal = "";
    name = "";
    asking = false;
    // --- the viewer's own choices
    layout: LayoutChoice = "auto";
    pinned: string | null = null;
    page = 0;
    panel: Panel | null = null;
    dialog: Dialog | null = null;
    subject = "";
    audioOnly = false;
    unread = 0;
    /** To whom one writes in the chat, and how often another was chosen from elsewhere. */
    addressee: Addressee = "";
    writing = 0;
    /** How many pictures the first page holds; the stage says it. */
    first = FIRST_PAGE_IS_UNKNOWN;
    #entered = false;
    /** What is shown until the question to come in is answered, and the answer has come true. */
    #meanwhile: Phase = "check";
    #settling = false;
    #left = false;
    #ended = false;
    #order: string[] = [];
    #speaker: string | null = null;
    readonly #parts = new Set<{ requestUpdate(): void }>();

    constructor(readonly printed: Printed) {
        this.trying = new Trying(() => this.changed());
        this.media = new Media(() => this.#askPass(), this.#mediaListener(), remembered);
        this.meeting = new Meeting(live, printed.room, newId, (news) => this.#hear(news));
        this.motions = new Motions(live, printed.room, newId, (news) => {
            if (news) this.toasts.whisper(newsWords(news));
            if (news?.what === "ended" && this.panel === "motions") this.motions.closeEnded();
            this.changed();
        });
        live.watch(() => this.changed());
    }

    attach(part: { requestUpdate(): void }): void {
        this.#parts.add(part);
    }

    detach(part: { requestUpdate(): void }): void {
        this.#parts.delete(part);
    }

    changed(): void {
        for (const part of this.#parts) part.requestUpdate();
    }

    // --- where one is --------------------------------------------------------------------------------------------------

    get state(): RoomState | null {
        return this.meeting.state;
    }

    get title(): string {
        return this.state?.title || this.printed.title;
    }

    get phase(): Phase {
        if (this.#ended) return "ended";
        if (this.#left) return "left";
        const standing = this.state?.me.standing;
        if (this.asking || this.#settling) return this.#meanwhile;
        return !standing || !this.#entered || standing === "outside" ? "check" : standing;
    }

    get isHost(): boolean {
        return may(this.state, "keep_door");
    }

    /** The way to the meeting itself is lost; what one sees may be old. */
    get cutOff(): boolean {
        return live.state === "reconnecting" || live.state === "offline";
    }

    // --- coming and going ----------------------------------------------------------------------------------------------

    /** Come in, or knock. Devices stay as the check left them. */
    async enter(meanwhile: Phase = this.phase): Promise<void> {
        if (this.asking) return;
        this.#meanwhile = meanwhile;
        this.asking = true;
        this.refusal = "";
        this.#left = this.#ended = false;
        this.changed();
        const name = this.name.trim();
        const answer = await this.meeting.send(name ? { type: "enter", name } : { type: "enter" });
        this.asking = false;
        if (answer.type === "refused") this.refusal = answer.message;
        else {
            this.#entered = true;
            // The answer may come before the state that it speaks of.
            this.#settling = this.state?.me.standing !== answer.state;
            this.#follow();
        }
        this.changed();
    }

    /** Take the place from another tab, with the devices as they were last used. */
    async enterHere(): Promise<void> {
        this.trying.openRemembered(true);
        await this.enter();
    }

    async leave(): Promise<void> {
        this.#left = true;
        this.#entered = this.#settling = false;
        this.dialog = null;
        this.#release();
        this.changed();
        await this.meeting.send({ type: "leave" });
    }

    async endForAll(): Promise<void> {
        this.dialog = null;
        await this.order({ type: "endMeeting" });
    }

    /** Back to the device check, from wherever one has come out. */
    again(): void {
        this.#left = this.#ended = this.#entered = false;
        this.refusal = "";
        this.changed();
    }

    async toggleHand(): Promise<void> {
        const raised = this.meeting.hands.some(({ who }) => who === this.state?.me.who);
        await this.order({ type: raised ? "lowerHand" : "raiseHand" });
    }

    /** A command whose refusal is told as a toast. */
    async order(order: Order): Promise<boolean> {
        const answer = await this.meeting.send(order);
        if (answer.type === "refused") this.toasts.say(answer.message, "bad");
        return answer.type !== "refused";
    }

    /** Media follows the meeting: it runs while one is inside. */
    #follow(): void {
        const inside = this.phase === "inside";
        if (inside && this.state) this.media.belong(this.state.me.cell);
        if (inside && this.media.state === "off") this.media.start(this.trying.release());
        else if (!inside && this.phase !== "waiting" && this.phase !== "check") this.#release();
    }

    /** Too long away: the server has given the place up, and a page that never left asks for it again. */
    #comeBack(): void {
        if (this.#entered && !this.asking && this.state?.phase === "running") void this.enter("inside");
    }

    #release(): void {
        if (this.media.state !== "off") void this.media.stop();
        this.trying.close("camera");
        this.trying.close("microphone");
        this.panel = this.dialog = null;
        this.addressee = "";
        if (document.fullscreenElement) void document.exitFullscreen();
    }

    async #askPass(): Promise<Pass> {
        const answer = await this.meeting.send({ type: "askMedia" });
        if (answer.type === "refused") throw new Error(answer.code);
        const { token, cell } = answer;
        return { url: answer.url || location.origin.replace(/^http/, "ws"), token, cell };
    }

    // --- people and pictures -------------------------------------------------------------------------------------------

    /** Everybody who is in the same place inside, in the order of the grid. Who sits in a hall is in its picture. */
    get people(): Present[] {
        const { state } = this;
        const members = (state?.members ?? []).filter(
            ({ who, hall }) => hall === null && state && placeOf(state, who) === state.me.group,
        );
        const known = new Set(members.map(({ who }) => who));
        const stay = this.#order.filter((who) => known.has(who));
        const order = [...stay, ...members.map(({ who }) => who).filter((who) => !stay.includes(who))];
        this.#order = withSpeakersFirst(order, this.first, this.media.speaking, this.media.spokeAt);
        const self = this.state?.me.who;
        return this.#order.map((identity) => ({
            identity,
            self: identity === self,
            shares: this.media.isLive(identity, "screen"),
        }));
    }

    /** Who speaks now, or spoke last: a pause changes nothing. */
    get speaker(): string | null {
        const self = this.state?.me.who;
        this.#speaker = this.media.speaking.find((who) => who !== self) ?? this.#speaker;
        return this.#speaker;
    }

    nameOf(who: string): string {
        return this.state ? nameIn(this.state, who) : "";
    }

    pin(key: string): void {
        this.pinned = this.pinned === key ? null : key;
        this.changed();
    }

    arrange(layout: LayoutChoice): void {
        this.layout = layout;
        this.pinned = null;
        this.page = 0;
        this.changed();
    }

    // --- panels and dialogs --------------------------------------------------------------------------------------------

    open(panel: Panel): void {
        this.panel = this.panel === panel ? null : panel;
        if (this.panel === "chat") this.unread = 0;
        if (this.panel === "chat") this.toasts.drop("chat");
        if (this.panel === "people") this.toasts.drop("hand", "knock");
        if (this.panel === "floor") this.toasts.drop("hand");
        this.changed();
    }

    /** Let the chat be open for a line to somebody. */
    writeTo(to: Addressee): void {
        this.addressee = to;
        this.writing += 1;
        if (this.panel === "chat") this.changed();
        else this.open("chat");
    }

    /** Open a dialog, or close the one that is open. `subject` is whom it is about. */
    ask(dialog: Dialog | null, subject = ""): void {
        this.dialog = dialog;
        this.subject = subject;
        this.changed();
    }

    // --- devices -------------------------------------------------------------------------------------------------------

    /** The microphone is on or off as its owner wishes, but nobody hears it before one has the floor. */
    get held(): boolean {
        return this.state?.members.find(({ who }) => who === this.state?.me.who)?.heard === false;
    }

    /** One's own microphone is forwarded from now on, or no more. */
    #heard(heard: boolean, floor: boolean): void {
        this.media.hold(!heard);
        if (heard && floor && !this.media.isOn("microphone")) this.toasts.say(text("mic-open"), "hand");
    }

    async toggle(source: Source): Promise<void> {
        const on = !this.media.isOn(source);
        if (source === "microphone" && on && this.held) this.toasts.say(text("mic-held-about"), "note");
        // What was wanted is remembered, at once: by the time it is done one may have left.
        if (source !== "screen") remember({ [`${source}On`]: on });
        await this.media.turn(source, on);
    }

    /** Use another device, now and the next time. */
    async choose(kind: Kind | "speaker", device: string): Promise<void> {
        remember({ [kind]: device });
        const inside = this.media.state !== "off";
        const kinds = { camera: "videoinput", microphone: "audioinput", speaker: "audiooutput" } as const;
        await this.media.use(kinds[kind], device);
        if (!inside && kind !== "speaker" && this.trying.tracks[kind]) await this.trying.open(kind, device);
    }

    #mediaListener() {
        return {
            changed: () => this.changed(),
            failed: (source: Source, fault: string) =>
                this.toasts.say(text(`fault-${source}-${fault}`) || text(`fault-${source}-unknown`), "bad"),
            silenced: (source: Source) => this.toasts.say(text(`silenced-${source}`), "note"),
        };
    }

    // --- news ----------------------------------------------------------------------------------------------------------

    #hear(news: readonly News[]): void {
        if (news.some(({ kind }) => kind === "standing")) this.#settling = false;
        if (this.#entered && this.state?.phase === "ended") {
            this.#ended = true;
            this.#entered = false;
            this.#release();
        }
        this.#turns.follow(this.state);
        this.#apart.follow(this.state);
        this.#follow();
        for (const one of news) this.#tell(one);
        this.changed();
    }

    #tell(news: News): void {
        const { toasts } = this;
        if (news.kind === "said") {
            const mine = news.line.who === this.state?.me.who;
            if (mine || this.panel === "chat") return;
            this.unread += 1;
            const { name, text: words } = news.line;
            // Somebody else may see this screen: what is private is read in the chat.
            const shown = isPersonal(news.line) ? "news-private" : "news-said";
            toasts.say(text(shown, { name, text: words.slice(0, 120) }), "chat");
        } else if (news.kind === "waits") {
            knock();
            toasts.say(text("news-waits", { name: news.name }), "knock");
        } else if (news.kind === "reacted") {
            const name = this.nameOf(news.who);
            if (name && news.who !== this.state?.me.who) toasts.whisper(text(`sign-told-${news.reaction}`, { name }));
        } else if (news.kind === "standing") {
            if (news.to === "outside") this.#comeBack();
        } else {
            toasts.say(text(`news-${news.kind}`, { name: news.name }), news.kind === "hand" ? "hand" : "note");
        }
    }
}
