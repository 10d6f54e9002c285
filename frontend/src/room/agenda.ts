/** The agenda: what is under way, what was planned and what became of it; for who leads and who prepares, with what they may do. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Item, Plan, RoomState } from "../../protocol.gen";
import { live, text } from "../page";
import { type Icon, icon } from "./icons";
import { Part } from "./part";
import { beside, lateBy, may, nameIn } from "./procedure";
import { Seconds } from "./seconds";
import { elapsed, hour } from "./words";

const LATE_MS = 60_000;

export class AgendaPanel extends Part {
    readonly seconds = new Seconds(this);
    #preparing = false;
    /** The item whose form stands open; 0 is a new one. */
    #open: number | null = null;
    #focus = "";

    override render(): TemplateResult | typeof nothing {
        const { state } = this.hall;
        if (!state) return nothing;
        const prepares = may(state, "prepare");
        const late = lateBy(state, live.now);
        return html`<div class="agenda">
            ${late >= LATE_MS ? html`<p class="agenda__late">${icon("clock")} ${text("late-whole", { n: String(Math.floor(late / 60_000)) })}</p>` : nothing}
            ${state.agenda.length ? nothing : html`<p class="floor__none">${text("agenda-none")}</p>`}
            <ol class="plain agenda__items">${repeat(
                state.agenda,
                ({ id }) => id,
                (item, at) => this.#item(state, item, at),
            )}</ol>
            ${prepares ? this.#tools(state) : nothing}
            <conclusion-list></conclusion-list>
        </div>`;
    }

    #item(state: RoomState, item: Item, at: number): TemplateResult {
        const { plan } = item;
        const here = state.procedure.item === item.id;
        const done = !here && item.endedAt !== null;
        if (this.#preparing && this.#open === item.id)
            return html`<li class="item" data-item=${item.id}><item-form .plan=${plan} .done=${(made: Plan | null) => this.#edited(item.id, made)}></item-form></li>`;
        return html`<li class="item" data-item=${item.id} data-here=${here} data-done=${done} aria-current=${here ? "step" : nothing}>
            <span class="item__number" aria-hidden="true">${done ? icon("check") : at + 1}</span>
            <div class="item__about">
                <p class="item__title"><span lang="vi">${plan.title}</span> ${plan.readers ? html`<span class="tag tag--hidden">${text("secret")}</span>` : nothing}</p>
                <p class="item__facts">${this.#facts(state, item, here, done)}</p>
                ${plan.readers ? html`<p class="item__facts">${text("readers-are", { names: plan.readers.map((who) => nameIn(state, who)).join(", ") })}</p>` : nothing}
                ${plan.papers.length ? html`<item-papers .papers=${plan.papers}></item-papers>` : nothing}
                ${this.#preparing ? this.#prepare(state, item, at) : this.#lead(state, item, here, done)}
            </div>
        </li>`;
    }

    #facts(state: RoomState, item: Item, here: boolean, done: boolean): string {
        const { presenter, plannedAt, lastsS } = item.plan;
        const facts = [presenter ? nameIn(state, presenter) : ""];
        if (plannedAt) facts.push(text("planned", { hour: hour(plannedAt) }));
        if (lastsS) facts.push(text("lasts-minutes", { n: String(Math.round(lastsS / 60)) }));
        if (item.begunAt && here) facts.push(text("item-running", { time: elapsed(item.begunAt, live.now) }));
        if (item.begunAt && done && item.endedAt)
            facts.push(text("item-took", { from: hour(item.begunAt), to: hour(item.endedAt) }));
        return facts.filter(Boolean).join(" · ");
    }

    #lead(state: RoomState, item: Item, here: boolean, done: boolean): TemplateResult | typeof nothing {
        const { hall } = this;
        if (!may(state, "lead")) return nothing;
        const title = item.plan.title;
        if (here)
            return html`<button type="button" class="button button--small" @click=${() => hall.order({ type: "finishItem" })}>${text("item-finish")}<span class="unseen" lang="vi"> ${title}</span></button>`;
        const next = state.agenda.find((one) => one.begunAt === null)?.id === item.id;
        return html`<button type="button" class="button ${next ? "" : done ? "button--quiet" : "button--second"} button--small" @click=${() => hall.order({ type: "goTo", item: item.id })}>${text(done ? "item-again" : "item-begin")}<span class="unseen" lang="vi"> ${title}</span></button>`;
    }

    // --- preparing -----------------------------------------------------------------------------------------------------

    #prepare(state: RoomState, item: Item, at: number): TemplateResult {
        const { hall } = this;
        const { title } = item.plan;
        const open = () => this.#show(item.id);
        const here = state.procedure.item === item.id;
        return html`<span class="item__tools">
            ${this.#tool("up", text("item-up", { title }), () => this.#move(item, at, -1), at === 0)}
            ${this.#tool("down", text("item-down", { title }), () => this.#move(item, at, 1), at === state.agenda.length - 1)}
            ${item.endedAt === null || here ? this.#tool("pen", text("item-edit", { title }), open) : nothing}
            ${item.begunAt === null ? this.#tool("close", text("item-remove", { title }), () => hall.order({ type: "removeItem", item: item.id })) : nothing}
        </span>`;
    }

    #tool(sign: Icon, label: string, act: () => unknown, off = false): TemplateResult {
        return html`<button type="button" class="person__tool" data-tool=${sign} aria-label=${label} title=${label} ?disabled=${off} @click=${act}>${icon(sign)}</button>`;
    }

    #tools(state: RoomState): TemplateResult {
        if (this.#preparing && this.#open === 0)
            return html`<div class="item item--new"><item-form .plan=${null} .done=${(made: Plan | null) => this.#added(made)}></item-form></div>`;
        const flip = () => {
            this.#preparing = !this.#preparing;
            this.#show(null);
        };
        const add = () => {
            this.#preparing = true;
            this.#show(0);
        };
        return html`<div class="agenda__ways">
            <button type="button" class="button button--second button--small" @click=${add}>${text("item-add")}</button>
            ${state.agenda.length ? html`<button type="button" class="button button--quiet button--small" aria-pressed=${this.#preparing} @click=${flip}>${text(this.#preparing ? "agenda-done" : "agenda-edit")}</button>` : nothing}
        </div>`;
    }

    #show(item: number | null): void {
        this.#open = item;
        this.requestUpdate();
    }

    async #added(plan: Plan | null): Promise<void> {
        if (plan && !(await this.hall.order({ type: "addItem", plan }))) return;
        this.#preparing = false;
        this.#focus = ".agenda__ways button";
        this.#show(null);
    }

    async #edited(item: number, plan: Plan | null): Promise<void> {
        if (plan && !(await this.hall.order({ type: "editItem", item, plan }))) return;
        this.#focus = `[data-item="${item}"] [data-tool="pen"]`;
        this.#show(null);
    }

    async #move(item: Item, at: number, step: -1 | 1): Promise<void> {
        const before = beside(this.hall.state?.agenda ?? [], at, step);
        if (before === undefined) return;
        this.#focus = `[data-item="${item.id}"] [data-tool="${step < 0 ? "up" : "down"}"]`;
        await this.hall.order({ type: "moveItem", item: item.id, before: before?.id ?? null });
    }

    override updated(): void {
        if (!this.#focus) return;
        const button = this.querySelector<HTMLButtonElement>(this.#focus);
        if (button?.disabled) button.parentElement?.querySelector<HTMLButtonElement>("button:enabled")?.focus();
        else button?.focus();
        if (button) this.#focus = "";
    }
}

const day = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" });

/** What is planned of one item, to be typed. */
export class ItemForm extends Part {
    static override properties = { plan: { attribute: false }, done: { attribute: false } };
    declare plan: Plan | null;
    declare done: (plan: Plan | null) => unknown;
    #secret: boolean | null = null;

    override render(): TemplateResult {
        const { plan } = this;
        const state = this.hall.state;
        const people = new Map<string, string>();
        for (const { who, name } of [...(state?.roll ?? []), ...(state?.members ?? [])])
            if (name || !people.has(who)) people.set(who, name || who);
        const secret = this.#secret ?? (plan?.readers ?? null) !== null;
        const minutes = plan?.lastsS ? String(Math.round(plan.lastsS / 60)) : "";
        const self = state?.me.who;
        return html`<form class="item-form" @submit=${this.#send} @keydown=${this.#escape}>
            <label>${text("item-title")}<input class="input" name="title" required maxlength="300" lang="vi" autocomplete="off" .value=${plan?.title ?? ""} /></label>
            <label>${text("item-presenter")}<select class="select" name="presenter">
                <option value="">${text("item-nobody")}</option>
                ${[...people].map(([who, name]) => html`<option value=${who} ?selected=${plan?.presenter === who}>${name}</option>`)}
            </select></label>
            <div class="item-form__times">
                <label>${text("item-at")}<input class="input" name="at" type="time" .value=${plan?.plannedAt ? hour(plan.plannedAt) : ""} /></label>
                <label>${text("item-minutes")}<input class="input" name="minutes" type="number" min="1" max="1440" inputmode="numeric" .value=${minutes} /></label>
            </div>
            <label class="choice"><input type="checkbox" name="secret" .checked=${secret} @change=${this.#flip} /> <span>${text("item-secret")}</span></label>
            ${
                secret
                    ? html`<fieldset class="item-form__readers"><legend>${text("item-readers")}</legend>
                        ${[...people].filter(([who]) => who !== self).map(([who, name]) => html`<label class="choice"><input type="checkbox" name="reader" value=${who} ?checked=${plan?.readers?.includes(who)} /> <span>${name}</span></label>`)}
                        <p class="hint">${text("item-readers-about")}</p></fieldset>`
                    : nothing
            }
            <div class="agenda__ways"><button class="button button--small">${text("save")}</button>
                <button type="button" class="button button--quiet button--small" @click=${() => this.done(null)}>${text("cancel")}</button></div>
        </form>`;
    }

    readonly #escape = (event: KeyboardEvent) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        this.done(null);
    };

    readonly #flip = (event: Event) => {
        this.#secret = (event.target as HTMLInputElement).checked;
        this.requestUpdate();
    };

    readonly #send = (event: Event) => {
        event.preventDefault();
        const typed = new FormData(event.target as HTMLFormElement);
        const [title, at] = [String(typed.get("title") ?? "").trim(), String(typed.get("at") ?? "")];
        if (!title) return;
        // A time is one of the day for which the item is planned, else of today.
        const on = day.format(this.plan?.plannedAt ? new Date(this.plan.plannedAt) : new Date(live.now));
        const minutes = Number(typed.get("minutes") ?? 0);
        this.done({
            title,
            presenter: String(typed.get("presenter") ?? "") || null,
            plannedAt: at ? `${on}T${at}:00+07:00` : null,
            lastsS: minutes > 0 ? Math.round(minutes) * 60 : null,
            papers: this.plan?.papers ?? [],
            readers: typed.get("secret") ? typed.getAll("reader").map(String) : null,
        });
    };

    override firstUpdated(): void {
        this.querySelector<HTMLInputElement>("[name=title]")?.focus();
    }
}
