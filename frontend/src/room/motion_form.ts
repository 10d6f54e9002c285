/** A motion to be typed: its words, what one can vote for, and how it is decided. */
import { html, nothing, type TemplateResult } from "lit";
import type { MotionShown } from "../../protocol.gen";
import { text } from "../page";
import { Part } from "./part";

/** Parts, of, more: the thresholds that are in use. */
const SHARES = { half: [1, 2, true], "two-thirds": [2, 3, false], "three-quarters": [3, 4, false] } as const;
type ShareName = keyof typeof SHARES;

const nameOf = (part: number, of: number): ShareName =>
    part === 2 && of === 3 ? "two-thirds" : part === 3 && of === 4 ? "three-quarters" : "half";

export class MotionForm extends Part {
    static override properties = { motion: { attribute: false }, done: { attribute: false } };
    declare motion: MotionShown | null;
    declare done: () => unknown;
    #refusal = "";
    #secret: boolean | null = null;

    override render(): TemplateResult {
        const { motion } = this;
        const secret = this.#secret ?? motion?.secret ?? false;
        const share = motion ? nameOf(motion.part, motion.of) : "half";
        const quorum = motion?.quorumOf ? nameOf(motion.quorumPart, motion.quorumOf) : "";
        const option = (value: string, chosen: string, name: string) =>
            html`<option value=${value} ?selected=${value === chosen}>${text(name)}</option>`;
        return html`<form class="item-form" @submit=${this.#send}>
            ${this.#refusal ? html`<p class="notice notice--bad" role="alert">${this.#refusal}</p>` : nothing}
            <label>${text("motion-text")}<textarea class="area" name="text" rows="4" required maxlength="5000" lang="vi" .value=${motion?.text ?? ""}></textarea></label>
            <label>${text("motion-options")}<textarea class="area" name="options" rows="2" lang="vi" aria-describedby="motion-options-hint" .value=${motion?.options.join("\n") ?? ""}></textarea></label>
            <p class="hint" id="motion-options-hint">${text("motion-options-hint")}</p>
            <label>${text("motion-base")}<select class="select" name="base">${(["members", "present", "cast"] as const).map((base) => option(base, motion?.base ?? "members", `motion-base-${base}`))}</select></label>
            <label>${text("motion-threshold")}<select class="select" name="threshold">${Object.keys(SHARES).map((name) => option(name, share, `share-${name}`))}</select></label>
            <label>${text("motion-quorum")}<select class="select" name="quorum">${option("", quorum, "motion-quorum-none")}${Object.keys(SHARES).map((name) => option(name, quorum, `share-${name}`))}</select></label>
            <label>${text("motion-tie")}<select class="select" name="tie">${option("falls", motion?.tie ?? "falls", "motion-tie-falls")}${option("chair", motion?.tie ?? "falls", "motion-tie-chair")}</select></label>
            <label class="choice"><input type="checkbox" name="secret" .checked=${secret} @change=${this.#flip} /> <span>${text("motion-secret")}</span></label>
            ${secret ? nothing : html`<label class="choice"><input type="checkbox" name="live" .checked=${motion?.live ?? false} /> <span>${text("motion-live")}</span></label>`}
            <div class="agenda__ways"><button class="button button--small">${text("save")}</button>
                <button type="button" class="button button--quiet button--small" @click=${() => this.done()}>${text("cancel")}</button></div>
        </form>`;
    }

    readonly #flip = (event: Event) => {
        this.#secret = (event.target as HTMLInputElement).checked;
        this.requestUpdate();
    };

    readonly #send = async (event: SubmitEvent) => {
        event.preventDefault();
        const typed = new FormData(event.target as HTMLFormElement);
        const said = (name: string) => String(typed.get(name) ?? "");
        const [part, of, more] = SHARES[said("threshold") as ShareName];
        const [quorumPart, quorumOf, quorumMore] = SHARES[said("quorum") as ShareName] ?? [0, 0, false];
        const answer = await this.hall.motions.send({
            type: "draftMotion",
            motion: this.motion?.motion ?? null,
            text: said("text"),
            options: said("options")
                .split("\n")
                .map((line) => line.trim())
                .filter(Boolean),
            base: said("base") as MotionShown["base"],
            ...{ part, of, more, quorumPart, quorumOf, quorumMore },
            tie: said("tie") as MotionShown["tie"],
            secret: typed.has("secret"),
            live: typed.has("live") && !typed.has("secret"),
        });
        if (answer.type === "refused") {
            this.#refusal = answer.message;
            this.requestUpdate();
        } else this.done();
    };

    override firstUpdated(): void {
        this.querySelector<HTMLElement>("textarea")?.focus();
    }
}
