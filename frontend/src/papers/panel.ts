/**
 * Papers beside the stage: the very list and the very viewer of the pages outside the meeting, taken from there; what is added here is that
 * a page can be presented and followed.
 */
import { html, type TemplateResult } from "lit";
import { live, text } from "../page";
import type { Hall } from "../room/hall";
import { Part } from "../room/part";
import { Lead, type Shown } from "./lead";
import type { PaperViewer } from "./viewer";

let lead: Lead | null = null;
/** Which paper is open, also while the panel is closed. */
let open = "";
let following = false;

export class PapersPanel extends Part {
    #viewer: PaperViewer | null = null;
    #asked = 0;

    /** From the first moment in the room on: who presents is known also to who opens the panel later. */
    static listen(hall: Hall): void {
        const made = new Lead(hall, (news) => {
            if (news && hall.panel !== "papers")
                hall.toasts.say(text("papers-shown", { name: hall.nameOf(news.who) }), "note");
            for (const one of document.querySelectorAll<PapersPanel>("papers-panel")) one.led(news !== null);
            hall.changed();
        });
        lead = made;
        live.listen((message) => {
            made.hear(message);
            if (message.type === "roomState" || message.type === "roomChanged") made.look();
        });
    }

    /** Open the paper at an address, whatever panel is open. */
    static show(hall: Hall, address: string): void {
        open = address;
        following = false;
        if (hall.panel !== "papers") hall.open("papers");
    }

    static get shown(): Shown | null {
        return lead?.shown ?? null;
    }

    override render(): TemplateResult {
        return html`<div class="papers-panel" data-part="frame" @click=${this.#clicked} @submit=${this.#searched}></div>`;
    }

    override firstUpdated(): void {
        const shown = lead?.shown;
        if (shown && !open) {
            following = true;
            void this.#load(`${this.#home}/${shown.paper}`);
        } else void this.#load(open || this.#home);
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        lead?.stop();
    }

    get #home(): string {
        return `${location.pathname.replace(/\/$/, "")}/tai-lieu`;
    }

    get #frame(): HTMLElement | null {
        return this.querySelector('[data-part="frame"]');
    }

    async #load(address: string, page = 0): Promise<void> {
        this.#asked += 1;
        const asked = this.#asked;
        const [answer] = await Promise.all([fetch(address).catch(() => null), import("./viewer").then(define)]);
        const shown = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
        if (asked !== this.#asked || !this.#frame) return;
        const found = shown?.querySelector<HTMLElement>("paper-viewer, [data-part=papers]");
        lead?.stop();
        this.#viewer = null;
        if (!found) {
            this.#frame.textContent = text("papers-failed");
            return;
        }
        const piece = document.importNode(found, true);
        if (piece.localName !== "paper-viewer") {
            open = "";
            this.#frame.replaceChildren(piece);
            return;
        }
        open = address;
        const viewer = piece as PaperViewer;
        customElements.upgrade(viewer);
        viewer.inAddress = false;
        viewer.turned = (turned) => this.#turned(turned);
        viewer.acted = (act) => this.#acted(act);
        const back = document.createElement("a");
        back.href = this.#home;
        back.dataset.list = "";
        back.textContent = text("papers-all");
        const title = document.createElement("h3");
        title.lang = "vi";
        title.textContent = viewer.dataset.title ?? "";
        const head = document.createElement("div");
        head.className = "papers-panel__head";
        head.append(back, title);
        this.#viewer = viewer;
        this.#frame.replaceChildren(head, viewer);
        if (page) viewer.lead(page);
        this.led();
    }

    /** Somebody presents, presents something else, or no longer. Who reads nothing of their own follows when it begins (`news`). */
    led(news = false): void {
        const viewer = this.#viewer;
        const shown = lead?.shown ?? null;
        if (!viewer) {
            following ||= news && !open;
            if (shown && following) void this.#load(`${this.#home}/${shown.paper}`, shown.page);
            return;
        }
        const own = lead?.own?.paper === viewer.paper;
        const here = shown?.paper === viewer.paper;
        if (shown && following && !own) {
            if (!here) {
                void this.#load(`${this.#home}/${shown.paper}`, shown.page);
                return;
            }
            viewer.lead(shown.page);
        }
        const name = shown ? this.hall.nameOf(shown.who) : "";
        const sentence = own
            ? viewer.say("youShow")
            : !shown
              ? ""
              : !here
                ? viewer.say("shownElsewhere", { name })
                : following
                  ? viewer.say("follows", { name })
                  : viewer.say("shownBy", { name, n: String(shown.page) });
        const told = viewer.piece("leading");
        if (told && told.textContent !== sentence) told.textContent = sentence;
        const show = (act: string, on: boolean) => {
            const button = viewer.named(act);
            if (button) button.hidden = !on;
        };
        show("follow", !own && shown !== null && !(here && following));
        show("leave", !own && here && following);
        show("show", !own && this.#mayShow(viewer.paper));
        show("stop", own);
        const bar = viewer.piece("lead");
        if (bar) bar.hidden = !own && !shown && !this.#mayShow(viewer.paper);
    }

    /** Whether it is worth asking; the server decides. */
    #mayShow(paper: number): boolean {
        const state = this.hall.state;
        if (!state) return false;
        const item = state.agenda.find(({ id }) => id === state.procedure?.item);
        return (
            state.me.may.includes("lead") || (item?.plan.presenter === state.me.who && item.plan.papers.includes(paper))
        );
    }

    #turned(page: number): void {
        const viewer = this.#viewer;
        if (!viewer) return;
        if (lead?.own?.paper === viewer.paper) void lead.show(viewer.paper, page);
        else if (following && lead?.shown?.paper === viewer.paper) {
            following = false;
            this.led();
        }
    }

    #acted(act: string): void {
        const viewer = this.#viewer;
        if (!viewer) return;
        if (act === "show") {
            following = false;
            void lead?.show(viewer.paper, viewer.page);
        } else if (act === "stop") lead?.stop();
        else {
            following = act === "follow";
            this.led();
        }
    }

    readonly #clicked = (event: MouseEvent): void => {
        const link = (event.target as HTMLElement).closest<HTMLAnchorElement>("a[data-paper], a[data-list]");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        following = false;
        const page = Number(/^#trang=(\d+)$/.exec(link.hash)?.[1] ?? 0);
        void this.#load(link.pathname, page);
    };

    readonly #searched = (event: SubmitEvent): void => {
        const form = event.target as HTMLFormElement;
        if (form.method !== "get" || form.closest("paper-viewer")) return;
        event.preventDefault();
        const query = new FormData(form).get("q");
        void this.#load(`${this.#home}?q=${encodeURIComponent(String(query ?? ""))}`);
    };
}

function define({ PaperViewer }: { PaperViewer: CustomElementConstructor }): void {
    if (!customElements.get("paper-viewer")) customElements.define("paper-viewer", PaperViewer);
}
