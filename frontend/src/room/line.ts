/** One line above the pictures: the item under way, who presides, who speaks and for how long; and what is asked of the viewer now. */
import { html, nothing, type TemplateResult } from "lit";
import type { Floor, RoomState } from "../../protocol.gen";
import { live, text } from "../page";
import { areApart, isWarned, leftApart } from "./apart";
import { icon } from "./icons";
import { Part } from "./part";
import { countdown, floorClock, isFormal, lateBy, line, may, memberOf, nameIn, seatOf, underWay } from "./procedure";
import { Seconds } from "./seconds";

const LATE_MS = 60_000;

export class MeetingLine extends Part {
    readonly seconds = new Seconds(this, () => this.#counted());

    /** What is counted down to, if anything is. */
    #counted(): number | null {
        const { procedure, groups } = this.hall.state ?? {};
        const at = (groups?.openedAt && groups.until) || (procedure?.floor?.until ?? procedure?.chairPassesAt);
        return at ? Date.parse(at) : null;
    }

    override render(): TemplateResult | typeof nothing {
        const { state } = this.hall;
        if (!state || !(isFormal(state) || areApart(state))) return nothing;
        return html`<div class="course" role="region" aria-label=${text("course")}>
            ${areApart(state) ? this.#group(state) : nothing}
            ${this.#item(state)} ${this.#chair(state)} ${this.#attendance(state)}
            ${state.procedure.floor ? this.#speaker(state, state.procedure.floor) : nothing}
        </div>`;
    }

    /** Where one is while groups meet apart, and for how long. */
    #group(state: RoomState): TemplateResult {
        const { group } = state.me;
        const left = leftApart(state, live.now);
        return html`<button type="button" class="course__group" data-warned=${isWarned(state, live.now)} aria-pressed=${this.hall.panel === "groups"} title=${text("groups")} @click=${() => this.hall.open("groups")}>
            ${icon("groups")}<span class="course__name"><span class="unseen">${text("groups")}:</span> ${group ? text("group-n", { n: String(group) }) : text("groups-room")}</span>
            ${left === null ? nothing : html`<span class="course__clock" role="timer" aria-label=${text("time-left")}>${countdown(left)}</span>`}
        </button>`;
    }

    #item(state: RoomState): TemplateResult | typeof nothing {
        if (!state.agenda.length) return nothing;
        const item = underWay(state);
        const late = lateBy(state, live.now);
        const place = item ? state.agenda.indexOf(item) + 1 : 0;
        const words = item ? item.plan.title : text(state.procedure.openedAt ? "item-none" : "item-not-begun");
        return html`<button type="button" class="course__item" aria-pressed=${this.hall.panel === "agenda"} title=${text("agenda")} @click=${() => this.hall.open("agenda")}>
            ${icon("agenda")}
            <span class="course__title">${place ? html`<b class="course__number">${place}.</b> ` : nothing}<span lang="vi">${words}</span></span>
            ${item?.plan.readers ? html`<span class="tag tag--hidden">${text("secret")}</span>` : nothing}
            ${late >= LATE_MS ? html`<span class="tag tag--waiting">${text("late", { n: String(Math.floor(late / 60_000)) })}</span>` : nothing}
        </button>`;
    }

    #chair(state: RoomState): TemplateResult | typeof nothing {
        const { presides, chairPassesAt } = state.procedure;
        const next = line(state).find((who) => who !== presides);
        const take = may(state, "take_chair")
            ? html`<button type="button" class="button button--small" @click=${() => this.hall.order({ type: "takeChair" })}>${text(this.#isChair(state) && presides ? "chair-back" : "chair-take")}</button>`
            : nothing;
        if (presides === null && take === nothing) return nothing;
        const name = presides ? nameIn(state, presides) : "";
        const away = presides !== null && chairPassesAt !== null;
        const left = chairPassesAt === null ? 0 : Date.parse(chairPassesAt) - live.now;
        return html`<p class="course__chair" data-away=${away}>
            <span class="course__word">${icon("gavel")}${text("presides")}</span>
            ${presides ? html`<b>${presides === state.me.who ? text("you-name") : name}</b>` : html`<span>${text("chair-nobody")}</span>`}
            ${
                away
                    ? html`<span class="course__away">${next && left > 0 ? html`${text("chair-next", { name: nameIn(state, next) })} <span role="timer">${countdown(left)}</span>` : text("chair-away")}</span>`
                    : nothing
            }
            ${take}
        </p>`;
    }

    #isChair(state: RoomState): boolean {
        const seat = seatOf(state, state.me.who);
        return seat?.duty === "chair" && seat.principal === null;
    }

    #attendance(state: RoomState): TemplateResult | typeof nothing {
        const seat = seatOf(state, state.me.who);
        if (!seat || memberOf(state, state.me.who)?.attended !== false) return nothing;
        return html`<p class="course__attend"><span>${text("attend-about")}</span>
            <button type="button" class="button button--small" @click=${() => this.hall.order({ type: "attend" })}>${icon("check")} ${text("attend")}</button></p>`;
    }

    #speaker(state: RoomState, floor: Floor): TemplateResult {
        const clock = floorClock(floor, live.now);
        const own = floor.who === state.me.who;
        const name = own ? text("you-name") : nameIn(state, floor.who);
        return html`<button type="button" class="course__speaker" data-phase=${clock.phase} aria-pressed=${this.hall.panel === "floor"} title=${text("floor")} @click=${() => this.hall.open("floor")}>
            ${icon("mic")}<span class="course__name"><span class="unseen">${text("speaks")}</span> ${name}</span>
            ${clock.left === null ? nothing : html`<span class="course__clock" role="timer">${clock.phase === "grace" ? "0:00" : countdown(clock.left)}</span>`}
        </button>`;
    }
}
