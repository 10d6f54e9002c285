/** The room's page: which of its faces is shown, and the frame of the room itself. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { live, text } from "../page";
import { canMeet } from "./devices";
import type { Panel, Phase } from "./hall";
import { icon } from "./icons";
import { Part } from "./part";
import { shortcuts } from "./shortcuts";
import { elapsed } from "./words";

const PANELS: Record<Panel, () => TemplateResult> = {
    chat: () => html`<chat-panel></chat-panel>`,
    people: () => html`<people-panel></people-panel>`,
    network: () => html`<network-panel tabindex="0" role="region" aria-labelledby="panel-title"></network-panel>`,
    agenda: () => html`<agenda-panel></agenda-panel>`,
    floor: () => html`<floor-panel></floor-panel>`,
    motions: () => html`<motion-panel></motion-panel>`,
    papers: () => html`<papers-panel></papers-panel>`,
    groups: () => html`<groups-panel tabindex="0" role="region" aria-labelledby="panel-title"></groups-panel>`,
};

export class MeetingRoom extends Part {
    #phase: Phase | null = null;
    #clock = 0;

    override connectedCallback(): void {
        // What the server has printed for browsers without scripts makes room.
        this.replaceChildren();
        super.connectedCallback();
        shortcuts(this.hall);
        this.#clock = setInterval(() => this.requestUpdate(), 1000);
        addEventListener("pagehide", () => void this.hall.media.stop());
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        clearInterval(this.#clock);
    }

    override render(): TemplateResult {
        const { hall } = this;
        return html`${this.#face()}
            <room-toasts></room-toasts>
            ${hall.phase === "inside" ? html`<room-dialogs></room-dialogs><site-check></site-check>` : nothing}`;
    }

    #face(): TemplateResult {
        const { phase } = this.hall;
        if (!canMeet())
            return html`<section class="gate"><h1 class="gate__title">${text("outdated")}</h1><p class="gate__about">${text("outdated-about")}</p></section>`;
        if (phase === "inside") return this.#room();
        return html`${this.#mast()} ${this.#connection()}
            <main class="room__before" id="main" tabindex="-1">
                ${phase === "check" ? html`<device-check></device-check>` : html`<room-gate></room-gate>`}
            </main>`;
    }

    /** The head of the page before the room, and after it. */
    #mast(): TemplateResult {
        const { home } = this.hall.printed;
        return html`<header class="room__head">
            <svg class="room__emblem" aria-hidden="true" focusable="false"><use href="#emblem" /></svg>
            <div class="room__names"><p class="room__title">Diên Hồng</p></div>
            ${home ? html`<a class="room__way" href=${home}>${text("to-rooms")}</a>` : nothing}
        </header>`;
    }

    #room(): TemplateResult {
        const { hall } = this;
        const since = hall.state?.startedAt;
        const count = String(hall.state?.members.length ?? 0);
        return html`<div class="room" data-panel=${hall.panel ?? ""}>
            <header class="room__head">
                <svg class="room__emblem" aria-hidden="true" focusable="false"><use href="#emblem" /></svg>
                <div class="room__names">
                    <h1 class="room__title" lang="vi">${hall.title}</h1>
                    <p class="room__agency">${hall.printed.agency}</p>
                </div>
                <p class="room__facts">
                    ${since ? html`<span class="room__fact" title=${text("lasts")}>${icon("clock")}<span class="unseen">${text("lasts")}</span> ${elapsed(since, Date.now())}</span>` : nothing}
                    <span class="room__fact">${icon("people")}<span class="unseen">${text("people")}</span> ${count}</span>
                </p>
            </header>
            <meeting-line></meeting-line>
            ${this.#connection()} ${this.#media()}
            <main class="room__stage" id="main" tabindex="-1" aria-label=${text("stage")}><room-stage></room-stage></main>
            ${this.#panel()}
            <motion-ballot></motion-ballot>
            <room-bar class="dock" role="region" aria-label=${text("bar")}></room-bar>
        </div>`;
    }

    #panel(): TemplateResult | typeof nothing {
        const { panel } = this.hall;
        if (!panel) return nothing;
        const close = () => this.hall.open(panel);
        return html`<aside class="panel" aria-labelledby="panel-title">
            <header class="panel__head">
                <h2 class="panel__title" id="panel-title" tabindex="-1">${text(panel)}</h2>
                <button type="button" class="panel__close" aria-label=${text("close")} @click=${close}>${icon("close")}</button>
            </header>
            ${PANELS[panel]()}
        </aside>`;
    }

    /** How the way to the meeting stands. */
    #connection(): TemplateResult | typeof nothing {
        if (live.state === "live" || live.state === "connecting") return nothing;
        return html`<p class="strip" role="status" data-state=${live.state}>
            ${live.state === "outdated" ? icon("warning") : html`<span class="turning" aria-hidden="true"></span>`}
            <span class="strip__words">${text(`live-${live.state}`)}</span>
        </p>`;
    }

    /** How pictures and voices stand, while the meeting itself goes on. */
    #media(): TemplateResult | typeof nothing {
        const { media } = this.hall;
        if (media.blocked)
            return html`<p class="strip strip--act" role="status">
                ${icon("speaker")} <span class="strip__words">${text("blocked")}</span>
                <button type="button" class="button button--small" @click=${() => media.unblock()}>${text("unblock")}</button>
            </p>`;
        if (this.hall.cutOff || media.state === "connected" || media.state === "off") return nothing;
        const why = media.state === "lost" && media.breakage ? `media-lost-${media.breakage}` : `media-${media.state}`;
        return html`<p class="strip" role="status" data-state=${media.state}>
            <span class="turning" aria-hidden="true"></span> <span class="strip__words">${text(why)}</span>
            ${media.state === "lost" ? html`<button type="button" class="button button--small" @click=${() => media.hurry()}>${text("try-now")}</button>` : nothing}
        </p>`;
    }

    override updated(changed: PropertyValues): void {
        super.updated(changed);
        const { phase, title } = this.hall;
        if (phase === this.#phase) return;
        const first = this.#phase === null;
        this.#phase = phase;
        document.body.dataset.phase = phase;
        document.title = `${title} – Diên Hồng`;
        if (!first && phase === "inside") this.querySelector<HTMLElement>("#main")?.focus();
    }
}
