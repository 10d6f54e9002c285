/** The open motion on top of everything: large buttons, nothing chosen beforehand, a countdown, and the honest words before a secret vote. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Mandate, MotionShown } from "../../protocol.gen";
import { text } from "../page";
import { icon } from "./icons";
import { choiceName, choices, remaining, resultCard, ruleOf } from "./motion_card";
import { Part } from "./part";
import { Seconds } from "./seconds";

export class MotionBallot extends Part {
    readonly seconds = new Seconds(this, () => {
        const closes = this.hall.motions.asked?.closesAt;
        return closes ? Date.parse(closes) : null;
    });
    #shown = 0;
    #refusal = "";
    #busy = false;
    #codeSent = false;
    /** Whose vote was cast in secret from this page, and as what. */
    readonly #cast = new Map<string, number | null>();

    override render(): TemplateResult | typeof nothing {
        const motion = this.hall.motions.asked;
        if (!motion) return this.#over();
        const aside = () => this.hall.motions.putAside(motion.motion, true);
        return html`<section class="ballot" role="dialog" aria-modal="false" aria-labelledby="ballot-title" @keydown=${this.#escape}>
            <header class="ballot__head">
                <h2 class="ballot__title" id="ballot-title" tabindex="-1">${text(motion.secret ? "ballot-secret" : "ballot")}</h2>
                <p class="ballot__left" role="timer">${icon("clock")} <span class="unseen">${text("ballot-left")}</span> ${remaining(motion)}</p>
                <button type="button" class="panel__close" aria-label=${text("ballot-aside")} title=${text("ballot-aside")} @click=${aside}>${icon("down")}</button>
            </header>
            <p class="ballot__text" lang="vi">${motion.text}</p>
            <p class="ballot__rule">${ruleOf(motion)}</p>
            ${motion.tells ? html`<p class="notice notice--bad">${text("ballot-tells")}</p>` : nothing}
            ${this.#refusal ? html`<p class="notice notice--bad" role="alert">${this.#refusal}</p>` : nothing}
            ${this.hall.motions.mandates(motion.motion).map((mandate) => this.#vote(motion, mandate))}
            <p class="ballot__rule">${text("ballot-voted", { n: String(motion.voted), all: String(motion.members) })}</p>
        </section>`;
    }

    /** A vote is over: everybody is shown what came of it, also who had none. */
    #over(): TemplateResult | typeof nothing {
        const motion = this.hall.motions.ended;
        if (!motion || this.hall.panel === "motions") return nothing; // there it stands already
        const close = () => this.hall.motions.closeEnded();
        return html`<section class="ballot" aria-labelledby="ballot-title">
            <header class="ballot__head">
                <h2 class="ballot__title" id="ballot-title" tabindex="-1">${text("vote-ended-title")}</h2>
                <button type="button" class="panel__close" aria-label=${text("close")} title=${text("close")} @click=${close}>${icon("close")}</button>
            </header>
            <p class="ballot__text" lang="vi">${motion.text}</p>
            ${resultCard(motion)}
        </section>`;
    }

    #vote(motion: MotionShown, mandate: Mandate): TemplateResult {
        const own = mandate.who === this.hall.state?.me.who;
        const title = own
            ? nothing
            : html`<p class="ballot__for">${text("ballot-for", { name: mandate.name || mandate.who })}</p>`;
        if (motion.secret)
            return html`${title} ${mandate.voted ? this.#secretDone(motion, mandate) : this.#secret(motion, mandate)}`;
        const cast = (choice: number | null) => () => this.#send(motion, mandate, choice);
        // The ballot stands on its lower edge: what comes after a vote comes above the choices, for a second tap must not meet another.
        return html`${title}
            ${
                mandate.voted
                    ? html`<p class="ballot__done" role="status">${icon("check")} ${text("ballot-recorded", { choice: choiceName(motion, mandate.choice) })}</p>
                    <p class="ballot__rule">${text("ballot-change")}</p>`
                    : nothing
            }
            <div class="ballot__choices">
                ${choices(motion).map((name, at) => this.#button(name, mandate.voted && mandate.choice === at, cast(at), motion.options.length ? "" : at === 0 ? "for" : "against"))}
                ${this.#button(text("vote-abstain"), mandate.voted && mandate.choice === null, cast(null), "")}
            </div>`;
    }

    #button(name: string, chosen: boolean, act: () => unknown, kind: string): TemplateResult {
        return html`<button type="button" class="ballot__choice" data-kind=${kind} aria-pressed=${chosen} aria-disabled=${this.#busy} @click=${act}>${chosen ? icon("check") : nothing} ${name}</button>`;
    }

    #secret(motion: MotionShown, mandate: Mandate): TemplateResult {
        if (!this.#codeSent)
            return html`<ul class="ballot__limits"><li>${text("secret-once")}</li><li>${text("secret-tracker")}</li><li>${text("secret-operator")}</li><li>${text("secret-not")}</li></ul>
                <button type="button" class="button" aria-disabled=${this.#busy} @click=${() => this.#askCode(motion)}>${text("secret-ask-code")}</button>`;
        const tracker = this.hall.motions.tracker(motion.motion, mandate.who);
        return html`<form @submit=${(event: SubmitEvent) => this.#sendSecretly(event, motion, mandate)}>
            <label class="ballot__code">${text("secret-code")}<input class="input" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="12" /></label>
            <p class="hint">${text("secret-code-hint")}</p>
            <p class="ballot__rule">${text("secret-keep")} <code class="ballot__tracker">${tracker}</code></p>
            <fieldset class="ballot__secret"><legend>${text("secret-choose")}</legend>
                ${choices(motion).map((name, at) => html`<label class="choice"><input type="radio" name="choice" value=${at} required /> <span>${name}</span></label>`)}
                <label class="choice"><input type="radio" name="choice" value="none" required /> <span>${text("vote-abstain")}</span></label>
            </fieldset>
            <button class="button" aria-disabled=${this.#busy}>${text("secret-cast")}</button>
            <button type="button" class="button button--quiet" aria-disabled=${this.#busy} @click=${() => this.#askCode(motion)}>${text("secret-again")}</button>
        </form>`;
    }

    #secretDone(motion: MotionShown, mandate: Mandate): TemplateResult {
        const cast = this.#cast.get(`${motion.motion}/${mandate.who}`);
        return html`<p class="ballot__done" role="status">${icon("check")} ${text("secret-recorded")}</p>
            ${
                cast === undefined
                    ? nothing
                    : html`<p class="ballot__rule">${text("secret-yours", { choice: choiceName(motion, cast) })} <code class="ballot__tracker">${this.hall.motions.tracker(motion.motion, mandate.who)}</code></p>`
            }`;
    }

    async #askCode(motion: MotionShown): Promise<void> {
        const answer = await this.#do({ type: "askBallotCode", motion: motion.motion });
        this.#codeSent = answer || this.#codeSent;
        this.requestUpdate();
        await this.updateComplete;
        this.querySelector<HTMLInputElement>("input[name=code]")?.focus();
    }

    async #sendSecretly(event: SubmitEvent, motion: MotionShown, mandate: Mandate): Promise<void> {
        event.preventDefault();
        const typed = new FormData(event.target as HTMLFormElement);
        const chosen = String(typed.get("choice"));
        const choice = chosen === "none" ? null : Number(chosen);
        const tracker = this.hall.motions.tracker(motion.motion, mandate.who);
        const code = String(typed.get("code"));
        const member = mandate.who;
        if (await this.#do({ type: "castBallot", motion: motion.motion, choice, member, tracker, code })) {
            this.#cast.set(`${motion.motion}/${member}`, choice);
            this.requestUpdate();
        }
    }

    #send(motion: MotionShown, mandate: Mandate, choice: number | null): Promise<boolean> {
        return this.#do({ type: "castBallot", motion: motion.motion, choice, member: mandate.who });
    }

    async #do(order: Parameters<typeof this.hall.motions.send>[0]): Promise<boolean> {
        if (this.#busy) return false;
        this.#busy = true; // and not disabled, for then the button would lose the focus
        this.#refusal = "";
        this.requestUpdate();
        const answer = await this.hall.motions.send(order);
        this.#busy = false;
        if (answer.type === "refused") this.#refusal = answer.message;
        this.requestUpdate();
        return answer.type !== "refused";
    }

    readonly #escape = (event: KeyboardEvent) => {
        const motion = this.hall.motions.asked;
        if (event.key !== "Escape" || !motion) return;
        event.stopPropagation();
        this.hall.motions.putAside(motion.motion, true);
        document.querySelector<HTMLElement>("#main")?.focus();
    };

    override updated(changed: PropertyValues): void {
        super.updated(changed);
        const motion = this.hall.motions.asked?.motion ?? 0;
        if (motion === this.#shown) return;
        this.#shown = motion;
        this.#refusal = "";
        this.#codeSent = false;
        // Who stood on the ballot that is gone stands on the result; nobody else is taken from where they are.
        if (motion || document.activeElement === document.body)
            this.querySelector<HTMLElement>("#ballot-title")?.focus();
    }
}
