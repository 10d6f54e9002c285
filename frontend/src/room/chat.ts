/** What was said in writing. It is kept by the server: whoever comes back finds it all. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Line, RoomState } from "../../protocol.gen";
import { text } from "../page";
import {
    type Addressee,
    addressed,
    addressees,
    isAnswerable,
    isPossible,
    isPrivate,
    markFor,
    markOf,
    nameOf,
    toPerson,
} from "./addressees";
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
    #shown: Addressee = "";
    #group = 0;
    #asked = 0;

    override render(): TemplateResult | typeof nothing {
        const { meeting, state } = this.hall;
        if (!state) return nothing;
        const lines = meeting.lines;
        return html`<div class="chat__scroll" tabindex="0" role="region" aria-label=${text("chat")} @scroll=${this.#scrolled}>
                ${meeting.earlier ? html`<button type="button" class="button button--second button--small chat__earlier" ?disabled=${this.#reading} @click=${this.#readBack}>${text("chat-earlier")}</button>` : nothing}
                ${lines.length ? nothing : html`<p class="chat__none">${text("chat-none")}</p>`}
                <div role="log" aria-label=${text("chat")}><ol class="chat__lines plain">
                    ${repeat(
                        lines,
                        ({ id }) => id,
                        (line, at) => this.#line(state, line, lines[at - 1], lines[at + 1]),
                    )}
                </ol></div>
            </div>
            ${this.#form(state, this.#settled(state))}`;
    }

    #form(state: RoomState, to: Addressee): TemplateResult {
        const possible = isPossible(state, to);
        const label = to ? text("chat-write-to", { name: nameOf(state, to) }) : text("chat-write");
        return html`<form class="chat__form" data-private=${isPrivate(to)} @submit=${this.#say}>
            ${this.#chooser(state, to, possible)}
            ${to ? html`<p class="chat__whom" id="say-whom" role=${possible ? nothing : "alert"} data-lost=${!possible}>${icon(possible ? (isPrivate(to) ? "lock" : "people") : "warning")} <span>${this.#reminder(state, to, possible)}</span></p>` : nothing}
            <label class="unseen" for="say">${label}</label>
            <textarea class="chat__say" id="say" rows="1" maxlength=${LONGEST} placeholder=${text(to ? "chat-write-there" : "chat-write")} aria-describedby=${to ? "say-whom" : nothing} @keydown=${this.#key} @input=${this.#grow}></textarea>
            <button class="round round--send" aria-label=${to ? text("chat-send-to", { name: nameOf(state, to) }) : text("chat-send")} ?disabled=${this.#sending || !possible}>${icon("send")}</button>
        </form>`;
    }

    /** Where one may write to all only, there is nothing to choose. */
    #chooser(state: RoomState, to: Addressee, possible: boolean): TemplateResult | typeof nothing {
        const { shared, people } = addressees(state);
        if (possible && shared.length + people.length < 2) return nothing;
        const option = (one: Addressee) =>
            html`<option value=${one} .selected=${one === to}>${nameOf(state, one)}</option>`;
        const choose = (event: Event) => {
            this.hall.addressee = (event.target as HTMLSelectElement).value as Addressee;
            this.requestUpdate();
        };
        return html`<label class="chat__to"><span>${text("chat-to")}</span>
            <select class="select" @change=${choose}>
                ${possible ? nothing : option(to)}
                ${repeat(shared, (one) => one, option)}
                ${
                    people.length
                        ? html`<optgroup label=${text("to-person")}>${repeat(
                              people,
                              ({ who }) => who,
                              ({ who }) => option(toPerson(who)),
                          )}</optgroup>`
                        : nothing
                }
            </select></label>`;
    }

    #reminder(state: RoomState, to: Addressee, possible: boolean): string {
        if (!possible) return text("chat-gone", { name: nameOf(state, to) });
        if (to === "groups") return `${markFor(state, to)}. ${text("chat-groups-about")}`;
        return `${markFor(state, to)}. ${text("chat-private")} ${text(state.lettersKept ? "chat-kept" : "chat-not-kept")}`;
    }

    /**
     * The addressee. What was begun for some is never sent to others: only while nothing is written does the choice change by itself, to
     * one's own group while one is in one, and else to everybody.
     */
    #settled(state: RoomState): Addressee {
        const { hall } = this;
        const moved = this.#group !== state.me.group;
        this.#group = state.me.group;
        const begun = !!this.querySelector<HTMLTextAreaElement>("#say")?.value.trim();
        const free = hall.addressee === "" && moved;
        if (!begun && (free || !isPossible(state, hall.addressee))) hall.addressee = state.me.group ? "group" : "";
        return hall.addressee;
    }

    #line(state: RoomState, line: Line, before: Line | undefined, after: Line | undefined): TemplateResult {
        const mine = line.who === state.me.who;
        const mark = markOf(state, line);
        const continues = (one?: Line, next?: Line) =>
            one?.who === next?.who &&
            !!one &&
            !!next &&
            Date.parse(next.at) - Date.parse(one.at) < TOGETHER_MS &&
            markOf(state, one) === markOf(state, next);
        const follows = continues(before, line);
        const answers = !mine && !continues(line, after) && isAnswerable(state, line);
        const answer = () => this.hall.writeTo(toPerson(line.who));
        return html`<li class="line" data-mine=${mine} data-follows=${follows} data-private=${line.private}>
            <p class="line__head ${follows ? "unseen" : ""}"><b>${mine ? text("you-name") : line.name}</b> <time datetime=${line.at}>${hour(line.at)}</time>
                ${mark ? html`<span class="line__mark">${icon(line.private ? "lock" : "people")}${mark}</span>` : nothing}</p>
            <p class="line__text">${pieces(line.text).map(({ text: words, href }) => (href ? html`<a href=${href} target="_blank" rel="noopener noreferrer nofollow ugc">${words}</a>` : words))}</p>
            ${answers ? html`<button type="button" class="line__answer" @click=${answer}>${text("chat-answer")}<span class="unseen"> ${line.name}</span></button>` : nothing}
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
        const to = this.hall.addressee;
        const { state } = this.hall;
        if (!box || !words || this.#sending || !state || !isPossible(state, to)) return;
        this.#sending = true;
        this.#atEnd = true;
        this.requestUpdate();
        // What was written stays in its place until the server has it.
        if (await this.hall.order({ type: "say", text: words, ...addressed(to) })) {
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
        const refusal = await this.hall.meeting.readBack();
        if (refusal) this.hall.toasts.say(refusal, "bad");
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
        const lines = this.hall.meeting.lines;
        const last = lines[lines.length - 1]?.id ?? 0;
        const scroll = this.#scroll;
        const { addressee } = this.hall;
        if ((last !== this.#last || addressee !== this.#shown) && this.#atEnd && scroll)
            scroll.scrollTop = scroll.scrollHeight;
        this.#last = last;
        this.#shown = addressee;
        if (this.#asked !== this.hall.writing) this.#write();
    }

    /** Somebody was chosen elsewhere to be written to. */
    #write(): void {
        this.#asked = this.hall.writing;
        this.querySelector<HTMLElement>("#say")?.focus();
    }

    override firstUpdated(): void {
        this.#write();
    }
}
