/** Waiting to be let in, and every way of being outside again: what has happened, and what one can do. */
import { html, nothing, type TemplateResult } from "lit";
import { text } from "../page";
import { icon } from "./icons";
import { Part } from "./part";

export class RoomGate extends Part {
    override render(): TemplateResult {
        const { hall } = this;
        const { phase } = hall;
        const key = phase.replace("_", "-");
        return html`<section class="gate" data-phase=${phase}>
            ${phase === "waiting" ? this.#self() : html`<svg class="gate__mark" aria-hidden="true" focusable="false"><use href="#emblem" /></svg>`}
            <p class="check__agency" lang="vi">${hall.title}</p>
            <h1 class="gate__title" tabindex="-1" data-part="title">${text(`gate-${key}`)}</h1>
            <p class="gate__about">${text(`gate-${key}-about`)}</p>
            ${hall.refusal ? html`<p class="notice notice--bad" role="alert">${hall.refusal}</p>` : nothing}
            <div class="gate__ways">${this.#ways()}</div>
        </section>`;
    }

    #self(): TemplateResult {
        return html`<div class="gate__knock" aria-hidden="true"><span class="gate__ring"></span><span class="gate__ring"></span>${icon("clock")}</div>`;
    }

    #ways(): TemplateResult {
        const { hall } = this;
        const home = hall.printed.home
            ? html`<a class="button button--second" href=${hall.printed.home}>${text("to-rooms")}</a>`
            : nothing;
        if (hall.phase === "waiting")
            return html`<button type="button" class="button button--second" @click=${() => hall.leave()}>${text("stop-waiting")}</button>`;
        if (hall.phase === "elsewhere")
            return html`<button type="button" class="button" ?disabled=${hall.asking} @click=${() => hall.enterHere()}>${text("enter-here")}</button>${home}`;
        const again = hall.phase === "left" ? "enter-again" : hall.phase === "ended" ? "to-check" : "knock-again";
        const { record } = hall.printed;
        const came = record && (hall.phase === "ended" || hall.phase === "left");
        // After the end one comes for what was decided; before it, to go back in.
        const over = came && hall.phase === "ended";
        const [first, second] = ["button", "button button--second"];
        const read = came ? html`<a class=${over ? first : second} href=${record}>${text("to-record")}</a>` : nothing;
        const back = html`<button type="button" class=${over ? second : first} @click=${() => hall.again()}>${text(again)}</button>`;
        return over ? html`${read}${back}${home}` : html`${back}${read}${home}`;
    }

    override firstUpdated(): void {
        this.querySelector<HTMLElement>('[data-part="title"]')?.focus();
    }
}
