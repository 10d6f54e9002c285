/** The panel of votes: what is open, what was decided, and for who leads or prepares what they may do about it. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { MotionShown } from "../../protocol.gen";
import { live, text } from "../page";
import { choices, remaining, resultCard, ruleOf } from "./motion_card";
import type { MotionOrder } from "./motions";
import { Part } from "./part";
import { may } from "./procedure";
import { Seconds } from "./seconds";

export class MotionPanel extends Part {
    readonly seconds = new Seconds(this);
    /** What stands open: the form of a motion (0 is a new one), or of words about one. */
    #form: { readonly kind: "draft" | "close" | "withdraw" | "object"; readonly motion: number } | null = null;

    override render(): TemplateResult {
        const { hall } = this;
        const list = hall.motions.list;
        const prepares = may(hall.state, "prepare");
        const drafting = this.#form?.kind === "draft" && this.#form.motion === 0;
        return html`<div class="motions">
            ${this.#hands()}
            ${list.length ? nothing : html`<p class="floor__none">${text("motions-none")}</p>`}
            <ol class="plain">${repeat(
                list,
                ({ motion }) => motion,
                (one) => this.#one(one),
            )}</ol>
            ${
                !prepares
                    ? nothing
                    : drafting
                      ? html`<motion-form .motion=${null} .done=${() => this.#open(null)}></motion-form>`
                      : html`<p><button type="button" class="button button--second button--small" @click=${() => this.#open({ kind: "draft", motion: 0 })}>${text("motion-new")}</button></p>`
            }
        </div>`;
    }

    #one(one: MotionShown): TemplateResult {
        const form = this.#form?.motion === one.motion ? this.#form : null;
        if (form?.kind === "draft")
            return html`<li class="motion"><motion-form .motion=${one} .done=${() => this.#open(null)}></motion-form></li>`;
        return html`<li class="motion" data-motion=${one.motion} data-phase=${one.phase}>
            <p class="motion__phase"><span class="tag">${text(`motion-${one.phase}`)}</span>
                ${one.phase === "open" ? html` <span>${remaining(one)}</span> · ${text("ballot-voted", { n: String(one.voted), all: String(one.members) })}` : nothing}</p>
            <p class="motion__text" lang="vi">${one.text}</p>
            <p class="motion__rule">${ruleOf(one)}</p>
            ${resultCard(one)}
            ${form?.kind === "close" && one.phase === "open" ? this.#closing(one) : form && form.kind !== "close" ? this.#words(one, form.kind === "object") : this.#ways(one)}
        </li>`;
    }

    #ways(one: MotionShown): TemplateResult | typeof nothing {
        const { hall } = this;
        const { motion } = one;
        const way = (name: string, act: () => unknown, second = true) =>
            html`<button type="button" class="button ${second ? "button--second" : ""} button--small" @click=${act}>${text(name)}</button>`;
        const ways: TemplateResult[] = [];
        const voter = hall.motions.mandates(motion).length > 0;
        if (one.phase === "open" && voter)
            ways.push(way("motion-vote", () => hall.motions.putAside(motion, false), false));
        if (may(hall.state, "lead")) {
            if (one.phase === "drafted") ways.push(this.#opening(one));
            if (one.phase === "open" && one.voted < one.papers)
                ways.push(
                    html`<p class="hint">${text("motion-close-papers", { n: String(one.voted), least: String(one.papers) })}</p>`,
                );
            else if (one.phase === "open") ways.push(way("motion-close", () => this.#close(one)));
            if (one.phase === "counted" && one.result?.outcome === "tied")
                for (const choice of one.result.leading)
                    ways.push(
                        html`<button type="button" class="button button--second button--small" @click=${() => this.#order({ type: "breakTie", motion, choice })}>${text("motion-break", { choice: choices(one)[choice] ?? "" })}</button>`,
                    );
            else if (one.phase === "counted")
                ways.push(way("motion-announce", () => this.#order({ type: "announceMotion", motion }), false));
            if (one.phase === "drafted" || one.phase === "open")
                ways.push(way("motion-withdraw", () => this.#open({ kind: "withdraw", motion })));
        }
        if (one.phase === "drafted" && may(hall.state, "prepare"))
            ways.push(way("motion-edit", () => this.#open({ kind: "draft", motion })));
        if (voter && one.objectUntil && Date.parse(one.objectUntil) > live.now)
            ways.push(way("motion-object", () => this.#open({ kind: "object", motion })));
        return ways.length ? html`<div class="agenda__ways">${ways}</div>` : nothing;
    }

    #opening(one: MotionShown): TemplateResult {
        const open = (event: SubmitEvent) => {
            event.preventDefault();
            const lastsS = Math.round(Number(new FormData(event.target as HTMLFormElement).get("minutes")) * 60);
            void this.#order({ type: "openMotion", motion: one.motion, lastsS });
        };
        return html`<form class="motion__open" @submit=${open}>
            <label>${text("motion-minutes")}<input class="input" name="minutes" type="number" min="0.5" max="1440" step="0.5" value="3" required inputmode="decimal" /></label>
            <button class="button button--small">${text("motion-open-now")}</button>
        </form>`;
    }

    /** Who ends a vote before everybody has voted is told so first. */
    #close(one: MotionShown): void {
        if (one.voted < one.members) this.#open({ kind: "close", motion: one.motion });
        else void this.#order({ type: "closeMotion", motion: one.motion });
    }

    #closing(one: MotionShown): TemplateResult {
        const close = async () => {
            if (await this.#order({ type: "closeMotion", motion: one.motion })) this.#open(null);
        };
        return html`<p role="alert">${text("motion-close-early", { n: String(one.members - one.voted) })}</p>
            <div class="agenda__ways"><button type="button" class="button button--small" @click=${close}>${text("motion-close")}</button>
                <button type="button" class="button button--quiet button--small" @click=${() => this.#open(null)}>${text("cancel")}</button></div>`;
    }

    #words(one: MotionShown, objects: boolean): TemplateResult {
        const send = async (event: SubmitEvent) => {
            event.preventDefault();
            const words = String(new FormData(event.target as HTMLFormElement).get("words"));
            const { motion } = one;
            const order: MotionOrder = objects
                ? { type: "objectToCount", motion, words }
                : { type: "withdrawMotion", motion, reason: words };
            if (await this.#order(order)) this.#open(null);
        };
        return html`<form class="motion__words" @submit=${send}>
            <label>${text(objects ? "motion-object-words" : "motion-withdraw-words")}<textarea class="area" name="words" rows="2" maxlength="1000" required></textarea></label>
            <div class="agenda__ways"><button class="button button--small">${text(objects ? "motion-object" : "motion-withdraw")}</button>
                <button type="button" class="button button--quiet button--small" @click=${() => this.#open(null)}>${text("cancel")}</button></div>
        </form>`;
    }

    #hands(): TemplateResult | typeof nothing {
        const { hall } = this;
        const { hands } = hall.motions;
        const leads = may(hall.state, "lead");
        if (!hands) {
            const ask = (event: SubmitEvent) => {
                event.preventDefault();
                void this.#order({
                    type: "askHands",
                    text: String(new FormData(event.target as HTMLFormElement).get("text")),
                });
            };
            return leads
                ? html`<details class="motions__hands"><summary>${text("hands-quick")}</summary><form @submit=${ask}>
                    <label>${text("hands-text")}<input class="input" name="text" maxlength="500" required lang="vi" autocomplete="off" /></label>
                    <p class="hint">${text("hands-about")}</p><button class="button button--small">${text("hands-ask")}</button></form></details>`
                : nothing;
        }
        const counts = [0, 1].map((choice) => [...hands.shown.values()].filter((shown) => shown === choice).length);
        const mine = hands.shown.get(hall.state?.me.who ?? "");
        const show = (choice: number) => () =>
            this.#order({ type: "showHand", choice: mine === choice ? null : choice });
        return html`<section class="motions__hands" aria-labelledby="hands-quick">
            <h3 class="people__title" id="hands-quick">${text("hands-quick")}</h3>
            <p class="motion__text" lang="vi">${hands.text}</p>
            <div class="agenda__ways">
                <button type="button" class="button button--second button--small" aria-pressed=${mine === 0} @click=${show(0)}>${text("vote-for")}: ${counts[0]}</button>
                <button type="button" class="button button--second button--small" aria-pressed=${mine === 1} @click=${show(1)}>${text("vote-against")}: ${counts[1]}</button>
                ${leads ? html`<button type="button" class="button button--quiet button--small" @click=${() => this.#order({ type: "askHands", text: "" })}>${text("hands-end")}</button>` : nothing}
            </div>
            <p class="hint">${text("hands-about")}</p>
        </section>`;
    }

    #open(form: { kind: "draft" | "close" | "withdraw" | "object"; motion: number } | null): void {
        this.#form = form;
        this.requestUpdate();
    }

    async #order(order: MotionOrder): Promise<boolean> {
        const answer = await this.hall.motions.send(order);
        if (answer.type === "refused") this.hall.toasts.say(answer.message, "bad");
        return answer.type !== "refused";
    }
}
