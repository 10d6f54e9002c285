/** The bar below the pictures: one's own devices, hand and signs, the panels, everything else, and the way out. */
import { html, nothing, type TemplateResult } from "lit";
import { text } from "../page";
import { PapersPanel } from "../papers/panel";
import { isDark, turnTheme } from "../theme";
import type { Source } from "./engine_room";
import type { Panel } from "./hall";
import { type Icon, icon } from "./icons";
import { Part } from "./part";
import { may } from "./procedure";
import { pictureInPicture } from "./shortcuts";
import type { LayoutChoice } from "./tiles";

const SIGNS = ["applause", "agree", "heart", "laugh", "surprise", "thanks"] as const;
const LAYOUTS: readonly LayoutChoice[] = ["auto", "grid", "speaker", "screen"];

export class RoomBar extends Part {
    #open: "signs" | "more" | null = null;

    override connectedCallback(): void {
        super.connectedCallback();
        document.addEventListener("click", this.#elsewhere);
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        document.removeEventListener("click", this.#elsewhere);
    }

    readonly #elsewhere = (event: Event) => {
        if (this.#open && !event.composedPath().some((node) => node instanceof Element && node.matches(".dock__pop")))
            this.#show(null);
    };

    #show(which: "signs" | "more" | null): void {
        this.#open = which;
        this.requestUpdate();
    }

    override render(): TemplateResult {
        const { hall } = this;
        const hand = hall.meeting.hands.findIndex(({ who }) => who === hall.state?.me.who) + 1;
        return html`<div class="dock__group" role="group" aria-label=${text("own-devices")}>
                ${this.#device("microphone", "mic", "mic-off")} ${this.#device("camera", "camera", "camera-off")}
                ${"getDisplayMedia" in (navigator.mediaDevices ?? {}) ? this.#share() : nothing}
            </div>
            <div class="dock__group" role="group" aria-label=${text("take-part")}>
                <button type="button" class="round" aria-pressed=${hand > 0} data-on=${hand > 0} aria-label=${text("hand")} title=${text("hand")} @click=${() => hall.toggleHand()}>
                    ${icon("hand")}${hand ? html`<span class="round__count">${hand}</span>` : nothing}
                </button>
                ${this.#signs()}
            </div>
            <div class="dock__group" role="group" aria-label=${text("panels")}>
                ${this.#panel("agenda", "agenda", 0)} ${this.#panel("floor", "floor", hall.state?.queue.length ?? 0)}
                ${this.#panel("papers", "paper", PapersPanel.shown ? 1 : 0)}
                ${this.#panel("motions", "ballot", hall.motions.list.filter(({ phase }) => phase === "open").length)}
                ${this.#parts() ? this.#panel("groups", "groups", 0) : nothing}
                ${this.#panel("chat", "chat", hall.unread)} ${this.#panel("people", "people", hall.isHost ? (hall.state?.waiting.length ?? 0) : 0)}
                ${this.#more()}
            </div>
            <button type="button" class="round round--leave" aria-label=${text("leave")} title=${text("leave")} @click=${() => (may(hall.state, "end") ? hall.ask("leave") : hall.leave())}>
                ${icon("leave")}<span class="dock__word">${text("leave")}</span>
            </button>`;
    }

    #device(source: Source, on: Icon, off: Icon): TemplateResult {
        const { media } = this.hall;
        const open = media.isOn(source);
        const held = source === "microphone" && this.hall.held;
        return html`<button
            type="button"
            class="round"
            aria-pressed=${open}
            data-off=${!open}
            data-held=${held}
            aria-label=${text(held ? "mic-held" : source)}
            title=${text(held ? "mic-held-about" : `${source}-${open ? "turn-off" : "turn-on"}`)}
            ?disabled=${media.isBusy(source)}
            @click=${() => this.hall.toggle(source)}
        >
            ${icon(open && !held ? on : off)}
        </button>`;
    }

    #share(): TemplateResult {
        const { media } = this.hall;
        const open = media.isOn("screen");
        return html`<button
            type="button"
            class="round dock__wide dock__share"
            aria-pressed=${open}
            data-on=${open}
            aria-label=${text("screen")}
            title=${text(open ? "screen-stop" : "screen-start")}
            ?disabled=${media.isBusy("screen")}
            @click=${() => this.hall.toggle("screen")}
        >
            ${icon(open ? "share-off" : "share")}
        </button>`;
    }

    #signs(): TemplateResult {
        const open = this.#open === "signs";
        const show = (sign: (typeof SIGNS)[number]) => () => {
            this.#show(null);
            void this.hall.order({ type: "react", reaction: sign });
        };
        return html`<div class="dock__pop dock__wide" @keydown=${this.#escape}>
            <button type="button" class="round" aria-expanded=${open} aria-label=${text("signs")} title=${text("signs")} @click=${() => this.#show(open ? null : "signs")}>
                ${icon("smile")}
            </button>
            ${open ? html`<div class="signs">${SIGNS.map((sign) => html`<button type="button" class="signs__one" aria-label=${text(`sign-name-${sign}`)} title=${text(`sign-name-${sign}`)} @click=${show(sign)}>${text(`sign-${sign}`)}</button>`)}</div>` : nothing}
        </div>`;
    }

    #panel(panel: Panel, sign: Icon, count: number): TemplateResult {
        const open = this.hall.panel === panel;
        const label = count ? text(`${panel}-waiting`, { n: String(count) }) : text(panel);
        return html`<button type="button" class="round ${panel === "chat" ? "" : "dock__wide"}" aria-pressed=${open} data-on=${open} data-panel=${panel} aria-label=${label} title=${text(panel)} @click=${() => this.hall.open(panel)}>
            ${icon(sign)}${count ? html`<span class="round__count" aria-hidden="true">${count > 99 ? "99+" : count}</span>` : nothing}
        </button>`;
    }

    /** Whether there are groups, or one may make them. */
    #parts(): boolean {
        return may(this.hall.state, "prepare") || !!this.hall.state?.groups.count;
    }

    #more(): TemplateResult {
        const open = this.#open === "more";
        const waiting = this.hall.isHost ? (this.hall.state?.waiting.length ?? 0) : 0;
        return html`<div class="dock__pop" @keydown=${this.#escape}>
            <button type="button" class="round" aria-expanded=${open} aria-label=${waiting ? text("more-waiting", { n: String(waiting) }) : text("more")} title=${text("more")} @click=${() => this.#show(open ? null : "more")}>
                ${icon("more")}${waiting ? html`<span class="round__count round__count--narrow" aria-hidden="true">${waiting}</span>` : nothing}
            </button>
            ${open ? this.#menu() : nothing}
        </div>`;
    }

    #menu(): TemplateResult {
        const { hall } = this;
        const item = (
            key: string,
            sign: Icon,
            act: () => void,
            more: { narrow?: boolean; middle?: boolean; pressed?: boolean } = {},
        ) => html`<button
            type="button"
            class="menu__item ${more.narrow ? "menu__item--narrow" : more.middle ? "menu__item--middle" : ""}"
            aria-pressed=${more.pressed ?? nothing}
            @click=${() => {
                this.#show(null);
                act();
            }}
        >
            ${icon(sign)} ${text(key)}
        </button>`;
        const picture = document.pictureInPictureEnabled;
        return html`<div class="menu">
            ${item("agenda", "agenda", () => hall.open("agenda"), { narrow: true })}
            ${item("floor", "floor", () => hall.open("floor"), { narrow: true })}
            ${item("papers", "paper", () => hall.open("papers"), { narrow: true })}
            ${item("motions", "ballot", () => hall.open("motions"), { narrow: true })}
            ${this.#parts() ? item("groups", "groups", () => hall.open("groups"), { middle: true }) : nothing}
            ${item("people", "people", () => hall.open("people"), { narrow: true })}
            <div class="menu__signs">
                ${SIGNS.map((sign) => html`<button type="button" class="signs__one" aria-label=${text(`sign-name-${sign}`)} @click=${() => hall.order({ type: "react", reaction: sign })}>${text(`sign-${sign}`)}</button>`)}
            </div>
            <fieldset class="menu__layouts">
                <legend>${text("layout")}</legend>
                ${LAYOUTS.map(
                    (layout) => html`<label class="menu__layout">
                        <input type="radio" name="layout" .checked=${hall.layout === layout} @change=${() => hall.arrange(layout)} />
                        <span>${text(`layout-${layout}`)}</span>
                    </label>`,
                )}
            </fieldset>
            ${item("theme-dark", "moon", () => turnTheme(), { pressed: isDark() })}
            ${item("audio-only", "ear", () => this.#audioOnly(), { pressed: hall.audioOnly })}
            ${document.fullscreenEnabled ? item(document.fullscreenElement ? "full-end" : "full", "full", () => this.#full()) : nothing}
            ${picture ? item("picture", "picture", () => pictureInPicture()) : nothing}
            ${item("network", "network", () => hall.open("network"))} ${item("devices", "gear", () => hall.ask("devices"))}
            ${item("help", "help", () => hall.ask("help"))}
            ${hall.isHost && hall.printed.edit ? html`<a class="menu__item" href=${hall.printed.edit} target="_blank" rel="noopener">${icon("link")} ${text("edit-room")}</a>` : nothing}
            ${hall.printed.halls ? html`<a class="menu__item" href=${hall.printed.halls} target="_blank" rel="noopener">${icon("people")} ${text("halls")}</a>` : nothing}
            ${hall.printed.board ? html`<a class="menu__item" href=${hall.printed.board} target="_blank" rel="noopener">${icon("check")} ${text("site-title")}</a>` : nothing}
        </div>`;
    }

    #audioOnly(): void {
        this.hall.audioOnly = !this.hall.audioOnly;
        this.hall.changed();
    }

    #full(): void {
        if (document.fullscreenElement) void document.exitFullscreen();
        else void document.documentElement.requestFullscreen();
    }

    readonly #escape = (event: KeyboardEvent) => {
        if (event.key !== "Escape" || !this.#open) return;
        event.stopPropagation();
        (event.currentTarget as HTMLElement).querySelector("button")?.focus();
        this.#show(null);
    };
}
