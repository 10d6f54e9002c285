/** What was said in writing. It is kept by the server: whoever comes back finds it all. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Line } from "../../protocol.gen";
import { text } from "../page";
import { icon } from "./icons";
import { Part } from "./part";
import { hour, pieces } from "./words";

const LONGEST = 2000;
/** Lines of one person within this time stand under one name. */
const TOGETHER_MS = 180_000;

export class ChatPanel extends Part {
    #sending = false;
    #reading = false;
    #atEnd = true;
    #last = 0;

    override render(): TemplateResult {
        const chat = this.hall.state?.chat ?? [];
        return html`<div class="chat__scroll" tabindex="0" role="region" aria-label=${text("chat")} @scroll=${this.#scrolled}>
                ${this.hall.state?.earlier ? html`<button type="button" class="button button--second button--small chat__earlier" ?disabled=${this.#reading} @click=${this.#readBack}>${text("chat-earlier")}</button>` : nothing}
                ${chat.length ? nothing : html`<p class="chat__none">${text("chat-none")}</p>`}
                <div role="log" aria-label=${text("chat")}><ol class="chat__lines plain">
                    ${repeat(
                        chat,
                        ({ id }) => id,
                        (line, at) => this.#line(line, chat[at - 1]),
                    )}
                </ol></div>
            </div>
            <form class="chat__form" @submit=${this.#say}>
                <label class="unseen" for="say">${text("chat-write")}</label>
                <textarea class="chat__say" id="say" rows="1" maxlength=${LONGEST} placeholder=${text("chat-write")} @keydown=${this.#key} @input=${this.#grow}></textarea>
                <button class="round round--send" aria-label=${text("chat-send")} ?disabled=${this.#sending}>${icon("send")}</button>
            </form>`;
    }

    #line(line: Line, before: Line | undefined): TemplateResult {
        const mine = line.who === this.hall.state?.me.who;
        const follows = before?.who === line.who && Date.parse(line.at) - Date.parse(before.at) < TOGETHER_MS;
        return html`<li class="line" data-mine=${mine} data-follows=${follows}>
            <p class="line__head ${follows ? "unseen" : ""}"><b>${mine ? text("you-name") : line.name}</b> <time datetime=${line.at}>${hour(line.at)}</time></p>
            <p class="line__text">${pieces(line.text).map(({ text: words, href }) => (href ? html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow ugc">${words}</a>` : words))}</p>
        </li>`;
    }

    #key(event: KeyboardEvent): void {
        // While an input method composes a letter, Enter belongs to it.
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        (event.target as HTMLTextAreaElement).form?.requestSubmit();
    }

    #grow(event: Event): void {
        const box = event.target as HTMLTextAreaElement;
        box.style.height = "auto";
        box.style.height = `${Math.min(box.scrollHeight + 4, 160)}px`;
    }

    async #say(event: Event): Promise<void> {
        event.preventDefault();
        const box = this.querySelector<HTMLTextAreaElement>("#say");
        const words = box?.value.trim();
        if (!box || !words || this.#sending) return;
        this.#sending = true;
        this.#atEnd = true;
        this.requestUpdate();
        // What was written stays in its place until the server has it.
        if (await this.hall.order({ type: "say", text: words })) {
            if (box.value.trim() === words) box.value = "";
            box.style.height = "auto";
        }
        this.#sending = false;
        this.requestUpdate();
    }

    async #readBack(): Promise<void> {
        const scroll = this.#scroll;
        const from = scroll ? scroll.scrollHeight - scroll.scrollTop : 0;
        this.#reading = true;
        await this.hall.meeting.readBack();
        this.#reading = false;
        this.requestUpdate();
        await this.updateComplete;
        if (scroll) scroll.scrollTop = scroll.scrollHeight - from;
    }

    get #scroll(): HTMLElement | null {
        return this.querySelector(".chat__scroll");
    }

    #scrolled(): void {
        const scroll = this.#scroll;
        if (scroll) this.#atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 40;
    }

    override updated(changed: PropertyValues): void {
        super.updated(changed);
        const chat = this.hall.state?.chat ?? [];
        const last = chat[chat.length - 1]?.id ?? 0;
        const scroll = this.#scroll;
        if (last !== this.#last && this.#atEnd && scroll) scroll.scrollTop = scroll.scrollHeight;
        this.#last = last;
    }

    override firstUpdated(): void {
        this.querySelector<HTMLElement>("#say")?.focus();
    }
}
