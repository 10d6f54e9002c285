/** One motion on the page: its words and rule, how long it is still open, and its result with the arithmetic. */
import { html, nothing, type TemplateResult } from "lit";
import type { MotionResult, MotionShown } from "../../protocol.gen";
import { live, moment, text } from "../page";
import { labels, type MotionNews } from "./motions";

export const choices = (motion: MotionShown): readonly string[] =>
    labels(motion.options, [text("vote-for"), text("vote-against")]);

/** What somebody voted, in words. */
export const choiceName = (motion: MotionShown, choice: number | null): string =>
    choice === null ? text("vote-abstain") : (choices(motion)[choice] ?? "");

/** `2:05`: how long until the deadline, by the server's clock; the deadline itself where that is days away. */
export function remaining(motion: MotionShown): string {
    const closes = Date.parse(motion.closesAt ?? "");
    const seconds = Math.max(0, Math.ceil((closes - live.now) / 1000));
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    if (hours >= 24) return text("vote-until", { moment: moment(new Date(closes)) });
    const two = (value: number) => String(value).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

const share = (part: number, of: number, more: boolean): string =>
    text(more ? "vote-more-than" : "vote-at-least", { part: String(part), of: String(of) });

/** The rule in one line: what is needed of whom, quorum, tie, named or secret. */
export function ruleOf(motion: MotionShown): string {
    const facts = [
        `${text("vote-needs")} ${share(motion.part, motion.of, motion.more)} ${text(`vote-of-${motion.base}`)}`,
    ];
    if (motion.quorumOf)
        facts.push(`${text("vote-quorum")} ${share(motion.quorumPart, motion.quorumOf, motion.quorumMore)}`);
    if (motion.tie === "chair") facts.push(text("vote-tie-chair"));
    facts.push(text(motion.secret ? "vote-secret" : "vote-named"));
    if (motion.papers) facts.push(text("vote-papers", { n: String(motion.papers) }));
    return facts.join(" · ");
}

/** The result: its sentence, the numbers, from where they came, and who voted how. */
export function resultCard(motion: MotionShown): TemplateResult | typeof nothing {
    const { result, votes } = motion;
    if (!result) return nothing;
    return html`<div class="outcome" data-outcome=${result.line ? result.outcome : ""}>
        ${result.line ? html`<p class="outcome__line">${result.line}</p>` : html`<p class="outcome__line">${text("vote-so-far")}</p>`}
        ${result.origins ? html`<p class="outcome__facts">${result.origins}</p>` : nothing}
        ${result.outcome === "withheld" ? html`<p class="outcome__facts">${text("vote-withheld")}</p>` : counts(motion, result)}
        ${
            votes?.length
                ? html`<details class="outcome__roll"><summary>${text("vote-roll")}</summary>
                    <ul class="plain">${votes.map((vote) => html`<li><span>${vote.name || vote.who}</span> <span>${choiceName(motion, vote.choice)}${vote.by ? ` (${text("vote-by-substitute")})` : ""}</span></li>`)}</ul></details>`
                : nothing
        }
        ${motion.objections ? html`<p class="outcome__facts">${text("vote-objections", { n: String(motion.objections) })}</p>` : nothing}
    </div>`;
}

const counts = (motion: MotionShown, result: MotionResult): TemplateResult => html`<dl class="outcome__counts">
    ${choices(motion).map((name, at) => html`<div><dt>${name}</dt><dd>${result.counts[at] ?? 0}</dd></div>`)}
    <div><dt>${text("vote-abstain")}</dt><dd>${result.abstained}</dd></div>
    <div><dt>${text("vote-silent")}</dt><dd>${result.silent}</dd></div>
</dl>`;

/** What is said aloud of a motion. */
export function newsWords({ what, motion }: MotionNews): string {
    if (what === "opened") return text("ballot");
    if (what === "delayed") return text("vote-delayed", { reason: motion.delayed });
    return what === "withdrawn" ? text("vote-withdrawn") : text("vote-ended", { line: motion.result?.line ?? "" });
}
