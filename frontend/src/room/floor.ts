/** The floor: who speaks and for how long, the queue in the order of the server, one's own hand, and what who leads may do. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Floor, Hand, RoomState } from "../../protocol.gen";
import { live, number, text } from "../page";
import { type Icon, icon } from "./icons";
import { Part } from "./part";
import { beside, countdown, floorClock, may, memberOf, nameIn, seatOf } from "./procedure";
import { Seconds } from "./seconds";

const KINDS = ["statement", "reply", "point_of_order"] as const;
const SIDES = ["for", "against"] as const;
const MORE_S = 60;

export class FloorPanel extends Part {
    readonly seconds = new Seconds(this, () => {
        const until = this.hall.state?.procedure.floor?.until;
        return until ? Date.parse(until) : null;
    });
    #kind: Hand["kind"] = "statement";
    #side: Hand["side"] = null;
    /** Where the focus goes once the list is drawn anew: an entry was moved by its button. */
    #focus = "";

    override render(): TemplateResult | typeof nothing {
        const { state } = this.hall;
        if (!state) return nothing;
        const { floor, free } = state.procedure;
        const leads = may(state, "lead");
        return html`<div class="floor">
            ${floor ? this.#speaker(state, floor, leads) : html`<p class="floor__none">${text(free ? "floor-free" : "floor-nobody")}</p>`}
            ${leads ? nothing : this.#own(state)} ${this.#queue(state, leads)} ${leads ? this.#rules(state) : this.#limits(state)}
        </div>`;
    }

    #speaker(state: RoomState, floor: Floor, leads: boolean): TemplateResult {
        const { hall } = this;
        const own = floor.who === state.me.who;
        const clock = floorClock(floor, live.now);
        const agency = seatOf(state, floor.who)?.agency ?? "";
        return html`<section class="speaker" data-phase=${clock.phase} aria-labelledby="speaker-title">
            <h3 class="people__title" id="speaker-title">${text("speaks")}</h3>
            <p class="speaker__name">${own ? text("you-name") : nameIn(state, floor.who)}</p>
            <p class="speaker__facts">${agency ? html`<span lang="vi">${agency}</span>` : nothing} ${this.#tags(floor)}</p>
            ${
                clock.left === null
                    ? html`<p class="speaker__open">${text("floor-open")}</p>`
                    : html`<p class="speaker__clock"><span class="speaker__time" role="timer" aria-label=${text("time-left")}>${clock.phase === "grace" ? "0:00" : countdown(clock.left)}</span>
                        <span class="speaker__said">${clock.phase === "grace" ? text("floor-grace", { n: countdown(clock.left) }) : clock.phase === "over" ? text("floor-over") : text("time-left")}</span></p>
                        <svg class="speaker__bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect width=${(clock.part * 100).toFixed(1)} height="6" /></svg>`
            }
            <div class="speaker__ways">
                ${own ? html`<button type="button" class="button button--small" @click=${() => hall.order({ type: "yieldFloor" })}>${text("floor-yield")}</button>` : nothing}
                ${leads && clock.left !== null ? html`<button type="button" class="button button--second button--small" @click=${() => hall.order({ type: "extendFloor", seconds: MORE_S })}>${text("floor-extend")}</button>` : nothing}
                ${leads && !own ? html`<button type="button" class="button button--second button--small" @click=${() => hall.order({ type: "withdrawFloor" })}>${text("floor-withdraw")}</button>` : nothing}
            </div>
        </section>`;
    }

    #tags({ kind, side }: Pick<Hand, "kind" | "side">): TemplateResult {
        return html`${kind === "statement" ? nothing : html`<span class="tag ${kind === "point_of_order" ? "tag--waiting" : ""}">${text(`kind-${kind}`)}</span>`}
        ${side ? html`<span class="side side--${side}">${text(`side-${side}`)}</span>` : nothing}`;
    }

    // --- one's own hand ------------------------------------------------------------------------------------------------

    #own(state: RoomState): TemplateResult | typeof nothing {
        const me = memberOf(state, state.me.who);
        if (!me) return nothing;
        if (!me.asks) return html`<p class="hint">${text("ask-not")}</p>`;
        const { hall } = this;
        const mine = state.queue.find(({ who, kind }) => who === me.who && kind === this.#kind);
        const side = mine ? mine.side : this.#side;
        const raise = (one: Hand["side"]) => hall.order({ type: "raiseHand", kind: this.#kind, side: one });
        const choose = (one: Hand["side"]) => () => {
            this.#side = one;
            if (mine) void raise(one);
            this.requestUpdate();
        };
        const asked = (kind: Hand["kind"]) => () => {
            this.#kind = kind;
            this.requestUpdate();
        };
        return html`<section class="floor__part" aria-labelledby="ask-title">
            <h3 class="people__title" id="ask-title">${text("ask-title")}</h3>
            <fieldset class="ask__kinds"><legend class="unseen">${text("ask-kind")}</legend>
                ${KINDS.map((kind) => html`<label class="pick"><input class="pick__input" type="radio" name="kind" .checked=${this.#kind === kind} @change=${asked(kind)} /><span class="pick__face">${text(`kind-${kind}`)}</span></label>`)}
            </fieldset>
            <fieldset class="ask__kinds"><legend class="unseen">${text("ask-side")}</legend>
                ${[null, ...SIDES].map((one) => html`<label class="pick"><input class="pick__input" type="radio" name="side" .checked=${side === one} @change=${choose(one)} /><span class="pick__face">${text(one ? `side-${one}` : "side-none")}</span></label>`)}
            </fieldset>
            ${this.#kind === "point_of_order" ? html`<p class="hint">${text("ask-order")}</p>` : nothing}
            ${
                mine
                    ? html`<button type="button" class="button button--second button--small ask__do" @click=${() => hall.order({ type: "lowerHand", number: mine.number })}>${icon("hand")} ${text("ask-lower", { n: String(state.queue.indexOf(mine) + 1) })}</button>`
                    : html`<button type="button" class="button button--small ask__do" @click=${() => raise(this.#side)}>${icon("hand")} ${text("ask-raise")}</button>`
            }
        </section>`;
    }

    // --- the queue -----------------------------------------------------------------------------------------------------

    #queue(state: RoomState, leads: boolean): TemplateResult {
        const { queue } = state;
        return html`<section class="floor__part" aria-labelledby="queue-title">
            <h3 class="people__title" id="queue-title">${text("queue")} <span class="people__count">${queue.length}</span></h3>
            ${queue.length ? nothing : html`<p class="floor__none">${text("queue-none")}</p>`}
            <ol class="plain people__list">${repeat(
                queue,
                (hand) => hand.number,
                (hand, at) => this.#hand(state, hand, at, leads),
            )}</ol>
        </section>`;
    }

    #hand(state: RoomState, hand: Hand, at: number, leads: boolean): TemplateResult {
        const { hall } = this;
        const { who } = hand;
        const own = who === state.me.who;
        const name = nameIn(state, who);
        const seat = seatOf(state, who);
        const spoken = state.spoken.speakers[who];
        return html`<li class="person queued" data-number=${hand.number}>
            <span class="person__turn">${at + 1}</span>
            <span class="person__name">${name}${own ? html` <span class="queued__own">(${text("you")})</span>` : nothing}
                <span class="person__role">${[seat?.agency, spoken ? text("spoken", { n: countdown(spoken * 1000) }) : ""].filter(Boolean).join(" · ")}</span>
                <span class="queued__tags">${this.#tags(hand)}</span></span>
            ${
                leads
                    ? html`<span class="queued__tools">
                        ${this.#tool("up", text("hand-up", { name }), () => this.#move(hand, at, -1), at === 0)}
                        ${this.#tool("down", text("hand-down", { name }), () => this.#move(hand, at, 1), at === state.queue.length - 1)}
                        ${this.#tool("close", text("lower-one", { name }), () => hall.order({ type: "lowerHand", who, number: hand.number }))}
                    </span>
                    <button type="button" class="button button--small queued__give" @click=${() => hall.order({ type: "giveFloor", to: who })}>${text("give")}<span class="unseen"> ${name}</span></button>`
                    : nothing
            }
        </li>`;
    }

    #tool(sign: Icon, label: string, act: () => unknown, off = false): TemplateResult {
        return html`<button type="button" class="person__tool" data-tool=${sign} aria-label=${label} title=${label} ?disabled=${off} @click=${act}>${icon(sign)}</button>`;
    }

    async #move(hand: Hand, at: number, step: -1 | 1): Promise<void> {
        const queue = this.hall.state?.queue ?? [];
        const before = beside(queue, at, step);
        if (before === undefined) return;
        this.#focus = `[data-number="${hand.number}"] [data-tool="${step < 0 ? "up" : "down"}"]`;
        await this.hall.order({ type: "moveHand", number: hand.number, before: before?.number ?? null });
    }

    override updated(): void {
        if (!this.#focus) return;
        const button = this.querySelector<HTMLButtonElement>(this.#focus);
        if (button?.disabled) button.parentElement?.querySelector<HTMLButtonElement>("button:enabled")?.focus();
        else button?.focus();
        if (button) this.#focus = "";
    }

    // --- how one speaks ------------------------------------------------------------------------------------------------

    #limits(state: RoomState): TemplateResult {
        const { free, limits } = state.procedure;
        const words = [text(free ? "discussion-is-free" : "discussion-is-led")];
        if (limits.speakerS !== null) words.push(text("limit-speaker", { n: minutes(limits.speakerS) }));
        if (limits.agencyS !== null) words.push(text("limit-agency", { n: minutes(limits.agencyS) }));
        return html`<p class="hint floor__rules">${words.join(" ")}</p>`;
    }

    #rules(state: RoomState): TemplateResult {
        const { free, limits } = state.procedure;
        const { hall } = this;
        const field = (name: string, value: string, step: string) =>
            html`<label class="rule"><span>${text(`rule-${name}`)}</span><input class="input" name=${name} type="number" min="0" step=${step} inputmode="decimal" .value=${value} /></label>`;
        return html`<details class="floor__rules">
            <summary>${text("rules")}</summary>
            <label class="choice"><input type="checkbox" .checked=${!free} @change=${() => hall.order({ type: "setDiscussion", free: !free })} /> <span>${text("discussion-led")}</span></label>
            <form class="rules" @submit=${this.#limit}>
                ${field("speaker", limits.speakerS === null ? "" : minutes(limits.speakerS, false), "0.1")}
                ${field("agency", limits.agencyS === null ? "" : minutes(limits.agencyS, false), "0.1")}
                ${field("warn", String(limits.warnS), "1")} ${field("grace", String(limits.graceS), "1")}
                <p class="hint">${text("rules-about")}</p>
                <button class="button button--second button--small">${text("rules-set")}</button>
            </form>
        </details>`;
    }

    #limit(event: Event): void {
        event.preventDefault();
        const typed = new FormData(event.target as HTMLFormElement);
        const value = (name: string) => Number(String(typed.get(name) ?? "").replace(",", "."));
        const timed = (name: string) => (value(name) > 0 ? Math.round(value(name) * 60) : null);
        const limits = {
            speakerS: timed("speaker"),
            agencyS: timed("agency"),
            warnS: Math.round(value("warn")),
            graceS: Math.round(value("grace")),
        };
        void this.hall.order({ type: "setLimits", limits }).then((done) => {
            if (done) this.hall.toasts.say(text("rules-done"), "note");
        });
    }
}

/** Seconds as minutes, with half ones: as people read them, or as a field takes them. */
function minutes(seconds: number, read = true): string {
    const value = Math.round((seconds / 60) * 10) / 10;
    return read ? number(value) : String(value);
}
