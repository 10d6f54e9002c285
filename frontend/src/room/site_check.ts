/** The check of a site, on the site's own page: what a technician asks for and whoever is there takes part in, for half a minute. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { live, number, text } from "../page";
import { icon } from "./icons";
import { Part } from "./part";
import { Seconds } from "./seconds";
import { Measuring } from "./site_measuring";

const LASTS_MS = 30_000;
/** Of the loudest: the server draws the same line. */
const LOUD_ENOUGH = 0.25;

export class SiteCheck extends Part {
    #since: string | null = null;
    #endsAt = 0;
    #measuring: Measuring | null = null;

    constructor() {
        super();
        new Seconds(this, () => (this.#measuring ? this.#endsAt : null));
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        this.#stop();
    }

    override willUpdate(changed: PropertyValues): void {
        super.willUpdate(changed);
        const since = this.hall.state?.me.checkedSince ?? null;
        if (since !== this.#since) {
            this.#stop();
            this.#since = since;
            this.#endsAt = live.now + LASTS_MS;
            // Who has just come back finds a check that began before.
            if (since && live.now < Date.parse(since) + LASTS_MS) this.#begin();
        }
        if (this.#measuring && live.now >= this.#endsAt) void this.#tell();
    }

    #begin(): void {
        this.#measuring = new Measuring(this.hall, () => this.requestUpdate());
        this.hall.toasts.whisper(text("site-about"));
    }

    #stop(): void {
        this.#measuring?.stop();
        this.#measuring = null;
    }

    async #tell(): Promise<void> {
        const found = this.#measuring?.found;
        this.#stop();
        this.requestUpdate();
        if (found && (await this.hall.order({ type: "tellCheck", found })))
            this.hall.toasts.say(text("site-sent"), "note");
    }

    override render(): TemplateResult | typeof nothing {
        const measuring = this.#measuring;
        if (!measuring) return nothing;
        const off = (["microphone", "camera"] as const).filter((kind) => measuring.track(kind) === null);
        const left = Math.max(0, Math.ceil((this.#endsAt - live.now) / 1000));
        return html`<section class="sitecheck" aria-labelledby="site-title">
            <header class="sitecheck__head">
                <h2 class="sitecheck__title" id="site-title">${text("site-title")}</h2>
                <p class="sitecheck__left" role="timer">${text("site-left", { n: number(left) })}</p>
            </header>
            <p class="sitecheck__about">${text("site-about")} <span id="site-hint" ?hidden=${off.length === 0}>${text("site-hint")}</span></p>
            ${this.#device(measuring, "microphone")} ${this.#device(measuring, "camera")} ${this.#speaker(measuring)}
            <p class="sitecheck__line" data-good=${measuring.roundTripMs !== null}>
                <span>${text("site-path")}: ${
                    measuring.roundTripMs === null
                        ? text("site-path-none")
                        : text("site-path-facts", {
                              ms: number(measuring.roundTripMs),
                              loss: `${number(Math.round((measuring.lostPercent ?? 0) * 10) / 10)} %`,
                          })
                }</span>
            </p>
            <button type="button" class="button button--small" @click=${() => this.#tell()}>${text("site-done")}</button>
        </section>`;
    }

    #device(measuring: Measuring, kind: "microphone" | "camera"): TemplateResult {
        const { trying } = this.hall;
        const fault = trying.faults[kind];
        const on = measuring.track(kind) !== null;
        const good = kind === "camera" ? measuring.picture === true : (measuring.level ?? 0) >= LOUD_ENOUGH;
        const level = html`<meter min="0" max="1" .value=${measuring.level ?? 0} aria-label=${text("level")}></meter>`;
        return html`<div class="sitecheck__line" data-part=${kind} data-good=${good}>
            <span>${text(`site-${kind}`)}</span>
            ${on ? (kind === "microphone" ? level : measuring.video) : html`<button type="button" class="button button--second button--small" aria-describedby="site-hint" ?disabled=${trying.opening.has(kind)} @click=${() => trying.open(kind)}>${text(`site-${kind}-try`)}</button>`}
            ${fault ? html`<span class="sitecheck__fault" role="alert">${text(`fault-${kind}-${fault}`)}</span>` : nothing}
        </div>`;
    }

    #speaker(measuring: Measuring): TemplateResult {
        const answer = (heard: boolean) => () => {
            measuring.heard = heard;
            this.requestUpdate();
        };
        return html`<fieldset class="sitecheck__line sitecheck__asked">
            <legend>${text("site-speaker")}</legend>
            <button type="button" class="button button--second button--small" aria-pressed=${measuring.heard === true} @click=${answer(true)}>${measuring.heard === true ? icon("check") : nothing} ${text("site-heard")}</button>
            <button type="button" class="button button--second button--small" aria-pressed=${measuring.heard === false} @click=${answer(false)}>${text("site-unheard")}</button>
            <button type="button" class="button button--quiet button--small" ?disabled=${measuring.playing} @click=${() => measuring.play()}>${icon("speaker")} ${text("site-again")}</button>
        </fieldset>`;
    }
}
