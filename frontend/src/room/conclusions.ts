/** The conclusions of the meeting as the secretary writes them: what is to be done, by whom, until when. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { ConclusionShown } from "../../protocol.gen";
import { dayOf, live, text } from "../page";
import type { Hall } from "./hall";
import { icon } from "./icons";
import { Part } from "./part";

let written: readonly ConclusionShown[] = [];

export class ConclusionList extends Part {
    /** From the first moment in the room on: who opens the list later sees all of it. */
    static listen(hall: Hall): void {
        let told = false;
        live.listen((message) => {
            if (message.type === "roomState") [written, told] = [[], false];
            if (message.type !== "conclusions") return;
            const before = new Map(written.map((one) => [one.number, one.text]));
            const fresh = message.conclusions.find((one) => before.get(one.number) !== one.text);
            written = message.conclusions;
            if (fresh && told) hall.toasts.say(text("conclusion-new", { text: fresh.text }), "note");
            told = true;
            hall.changed();
        });
    }

    override render(): TemplateResult | typeof nothing {
        if (!written.length) return nothing;
        const { record } = this.hall.printed;
        return html`<section class="concluded" aria-labelledby="conclusions-title">
            <h3 class="concluded__title" id="conclusions-title">${icon("check")} ${text("conclusions")}</h3>
            <ol class="concluded__list">${repeat(
                written,
                ({ number }) => number,
                (one) => html`<li>
                    <p lang="vi">${one.text}</p>
                    ${one.owner || one.due ? html`<p class="item__facts">${one.owner ? html`<span lang="vi">${one.owner}</span>` : nothing}${one.owner && one.due ? " · " : nothing}${one.due ? text("conclusion-due", { day: dayOf(one.due) }) : nothing}</p>` : nothing}
                </li>`,
            )}</ol>
            ${record ? html`<p class="item__facts"><a href=${record} target="_blank" rel="noopener">${text("conclusions-all")}</a></p>` : nothing}
        </section>`;
    }
}
