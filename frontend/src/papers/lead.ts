/** Who presents which page in this meeting now. It is kept nowhere: who presents says it again to those who come. */
import type { Told } from "../live";
import type { Hall } from "../room/hall";

const AGAIN_MS = 15_000;
/** So fast pages are turned at most: the newest is told, those between are skipped. */
const PACE_MS = 150;

export interface Shown {
    readonly who: string;
    readonly paper: number;
    readonly page: number;
}

export class Lead {
    /** What somebody else presents. */
    shown: Shown | null = null;
    /** What one presents oneself. */
    own: { readonly paper: number; readonly page: number } | null = null;
    #again = 0;
    #soon = 0;
    #inside = 0;
    #toldAt = 0;

    constructor(
        readonly hall: Hall,
        readonly changed: (news: Shown | null) => void,
    ) {}

    hear(message: Told): void {
        if (message.type !== "pageShown" || message.who === this.hall.state?.me.who) return;
        const { who, paper, page } = message;
        const before = this.shown;
        if (page) this.shown = { who, paper, page };
        else if (before?.who === who) this.shown = null;
        const news = this.shown && (before?.who !== who || before.paper !== paper) ? this.shown : null;
        this.changed(news);
    }

    /** Who has gone presents no more; to who has come it is said again. */
    look(): void {
        const { shown, hall } = this;
        const members = hall.state?.members ?? [];
        if (shown && members.length && !members.some(({ who }) => who === shown.who)) {
            this.shown = null;
            this.changed(null);
        }
        if (this.own && members.length > this.#inside) this.#tell();
        this.#inside = members.length;
    }

    /** Present this page, or go on presenting with it. The server may refuse the first. */
    async show(paper: number, page: number): Promise<void> {
        const first = this.own?.paper !== paper;
        if (first && !(await this.hall.order({ type: "showPage", paper, page }))) return;
        this.own = { paper, page };
        if (first) {
            this.shown = null;
            this.#toldAt = performance.now();
            clearInterval(this.#again);
            this.#again = setInterval(() => this.#tell(), AGAIN_MS);
        } else this.#tell();
        this.changed(null);
    }

    stop(): void {
        const { own } = this;
        if (!own) return;
        this.own = null;
        clearInterval(this.#again);
        clearTimeout(this.#soon);
        this.#soon = 0;
        void this.hall.meeting.send({ type: "showPage", paper: own.paper, page: 0 });
        this.changed(null);
    }

    #tell(): void {
        if (this.#soon) return;
        const wait = Math.max(0, this.#toldAt + PACE_MS - performance.now());
        this.#soon = setTimeout(() => {
            this.#soon = 0;
            this.#toldAt = performance.now();
            if (this.own) void this.#send(this.own.paper, this.own.page);
        }, wait);
    }

    /** Whoever may present no more is told so once. */
    async #send(paper: number, page: number): Promise<void> {
        if (await this.hall.order({ type: "showPage", paper, page })) return;
        this.own = null;
        clearInterval(this.#again);
        this.changed(null);
    }
}
