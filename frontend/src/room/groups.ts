/** Groups that meet apart: which there are and who is in them; for who prepares the meeting with what they may do. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { RoomState } from "../../protocol.gen";
import { live, text } from "../page";
import { areApart, belongingTo, isWarned, leftApart, type Placed } from "./apart";
import { icon } from "./icons";
import { Part } from "./part";
import { countdown, may } from "./procedure";
import { Seconds } from "./seconds";

const MOST = 50;
const USUAL_SIZE = 5;
const USUAL_MINUTES = 15;
const NOTICE_S = 60;

export class GroupsPanel extends Part {
    readonly seconds = new Seconds(this, () => {
        const until = this.hall.state?.groups.until;
        return until ? Date.parse(until) : null;
    });
    /** Where the focus goes once the list is drawn anew: somebody was moved. */
    #focus = "";

    override render(): TemplateResult | typeof nothing {
        const { state } = this.hall;
        if (!state) return nothing;
        const prepares = may(state, "prepare");
        const { count } = state.groups;
        return html`<div class="groups">
            ${areApart(state) ? this.#underWay(state, prepares) : prepares ? this.#before(state) : this.#announced(state)}
            ${
                count && prepares
                    ? repeat(
                          [...Array(count + 1).keys()],
                          (group) => group,
                          (group) => this.#group(state, group),
                      )
                    : nothing
            }
            ${prepares ? nothing : this.#own(state)}
        </div>`;
    }

    // --- before they meet ----------------------------------------------------------------------------------------------

    #announced(state: RoomState): TemplateResult {
        const mine = state.groups.places[state.me.who];
        return html`<p class="floor__none">${mine ? text("groups-planned", { n: String(mine) }) : text("groups-none")}</p>`;
    }

    #before(state: RoomState): TemplateResult {
        const { count } = state.groups;
        if (!count) return html`<p class="hint">${text("groups-about")}</p>${this.#plan(state)}`;
        const nobody = !Object.keys(state.groups.places).length;
        return html`<form class="groups__form" @submit=${this.#open}>
                <label>${text("groups-minutes")}<input class="input" name="minutes" type="number" min="1" max="240" inputmode="numeric" value=${USUAL_MINUTES} aria-describedby="groups-minutes-hint" /></label>
                <p class="hint" id="groups-minutes-hint">${text(nobody ? "groups-empty" : "groups-minutes-hint")}</p>
                <div class="agenda__ways">
                    <button class="button button--small" ?disabled=${nobody}>${text("groups-open")}</button>
                    <button type="button" class="button button--quiet button--small" @click=${() => this.hall.order({ type: "planGroups", count: 0, deal: false })}>${text("groups-drop")}</button>
                </div>
            </form>
            <details class="groups__again"><summary>${text("groups-again")}</summary>${this.#plan(state)}</details>`;
    }

    #plan(state: RoomState): TemplateResult {
        const usual = Math.min(MOST, Math.max(2, Math.round(state.members.length / USUAL_SIZE)));
        return html`<form class="groups__form" @submit=${this.#make}>
            <label>${text("groups-count")}<input class="input" name="count" type="number" min="1" max=${MOST} required inputmode="numeric" value=${state.groups.count || usual} /></label>
            <fieldset class="ask__kinds"><legend class="groups__legend">${text("groups-how")}</legend>
                ${(["deal", "hand"] as const).map((how) => html`<label class="pick"><input class="pick__input" type="radio" name="how" value=${how} ?checked=${how === "deal"} /><span class="pick__face">${text(`groups-by-${how}`)}</span></label>`)}
            </fieldset>
            <p class="hint">${text("groups-how-hint")}</p>
            <button class="button button--second button--small">${text("groups-make")}</button>
        </form>`;
    }

    readonly #make = (event: SubmitEvent) => {
        event.preventDefault();
        const typed = new FormData(event.target as HTMLFormElement);
        const count = Math.round(Number(typed.get("count")));
        void this.hall.order({ type: "planGroups", count, deal: typed.get("how") === "deal" });
    };

    readonly #open = (event: SubmitEvent) => {
        event.preventDefault();
        const minutes = Number(new FormData(event.target as HTMLFormElement).get("minutes"));
        void this.hall.order({ type: "openGroups", seconds: minutes > 0 ? Math.round(minutes * 60) : null });
    };

    // --- while they meet -----------------------------------------------------------------------------------------------

    #underWay(state: RoomState, prepares: boolean): TemplateResult {
        const { hall } = this;
        const left = leftApart(state, live.now);
        const { group } = state.me;
        return html`<section class="speaker" data-phase=${isWarned(state, live.now) ? "warned" : "running"} aria-labelledby="groups-title">
            <h3 class="people__title" id="groups-title">${text("groups-under-way")}</h3>
            <p class="speaker__name">${group ? text("group-n", { n: String(group) }) : text("groups-room")}</p>
            <p class="speaker__facts">${text(group ? "groups-here" : "groups-outside")}</p>
            ${
                left === null
                    ? html`<p class="speaker__open">${text("groups-no-end")}</p>`
                    : html`<p class="speaker__clock"><span class="speaker__time" role="timer" aria-label=${text("time-left")}>${countdown(left)}</span>
                        <span class="speaker__said">${text("groups-left")}</span></p>`
            }
            <div class="speaker__ways">
                ${group ? html`<button type="button" class="button button--second button--small" @click=${() => hall.writeTo("group")}>${icon("chat")} ${text("groups-write")}</button>` : nothing}
                ${prepares && state.groups.visits[state.me.who] !== undefined ? html`<button type="button" class="button button--small" @click=${() => hall.order({ type: "visitGroup", group: null })}>${text("groups-visit-end")}</button>` : nothing}
                ${
                    prepares
                        ? html`<button type="button" class="button button--second button--small" @click=${() => hall.writeTo("groups")}>${icon("chat")} ${text("groups-write-all")}</button>
                          <button type="button" class="button button--second button--small" @click=${() => hall.order({ type: "callBack", seconds: NOTICE_S })}>${text("groups-call")}</button>
                          <button type="button" class="button button--second button--small" @click=${() => hall.order({ type: "callBack", seconds: 0 })}>${text("groups-call-now")}</button>`
                        : nothing
                }
            </div>
        </section>`;
    }

    /** Those of one's own group, for who does not prepare the meeting. */
    #own(state: RoomState): TemplateResult | typeof nothing {
        const group = state.groups.places[state.me.who];
        if (!group) return nothing;
        const people = belongingTo(state, group);
        const visitors = state.members.filter(({ who }) => state.groups.visits[who] === group);
        return html`<section class="floor__part" aria-labelledby="own-group">
            <h3 class="people__title" id="own-group">${text("group-n", { n: String(group) })} <span class="people__count">${people.length}</span></h3>
            <ul class="plain people__list">
                ${repeat(
                    people,
                    ({ who }) => who,
                    (one) => html`<li class="person">${this.#name(state, one)}</li>`,
                )}
                ${visitors.map(({ name }) => html`<li class="person"><span class="person__name">${name}<span class="person__role">${text("groups-visitor")}</span></span></li>`)}
            </ul>
        </section>`;
    }

    #name(state: RoomState, { who, name, inside }: Placed): TemplateResult {
        const own = who === state.me.who ? text("you") : "";
        const visited = state.groups.visits[who];
        const away = inside ? "" : text("groups-away");
        const visits =
            visited === undefined
                ? ""
                : visited
                  ? text("groups-visits", { n: String(visited) })
                  : text("groups-visits-room");
        const facts = [own, away, visits].filter(Boolean).join(" · ");
        return html`<span class="person__name">${name}${facts ? html`<span class="person__role">${facts}</span>` : nothing}</span>`;
    }

    #group(state: RoomState, group: number): TemplateResult {
        const { hall } = this;
        const people = belongingTo(state, group);
        const title = group ? text("group-n", { n: String(group) }) : text("groups-room");
        const visits = areApart(state) && state.me.group !== group && (group || state.groups.places[state.me.who]);
        return html`<section class="floor__part" aria-labelledby="group-${group}" data-group=${group}>
            <div class="groups__head">
                <h3 class="people__title" id="group-${group}">${title} <span class="people__count">${people.length}</span></h3>
                ${visits ? html`<button type="button" class="button button--second button--small" @click=${() => hall.order({ type: "visitGroup", group })}>${text(group ? "groups-visit" : "groups-visit-room")}<span class="unseen"> ${title}</span></button>` : nothing}
            </div>
            ${people.length ? nothing : html`<p class="floor__none">${text("groups-nobody")}</p>`}
            <ul class="plain people__list">${repeat(
                people,
                ({ who }) => who,
                (one) => this.#person(state, one, group),
            )}</ul>
        </section>`;
    }

    #person(state: RoomState, one: Placed, group: number): TemplateResult {
        const label = text("groups-move", { name: one.name });
        const numbers = [...Array(state.groups.count + 1).keys()];
        return html`<li class="person" data-who=${one.who}>
            ${this.#name(state, one)}
            <select class="select groups__move" aria-label=${label} @change=${(event: Event) => this.#move(one.who, Number((event.target as HTMLSelectElement).value))}>
                ${numbers.map((number) => html`<option value=${number} .selected=${number === group}>${number ? text("group-n", { n: String(number) }) : text("groups-stay")}</option>`)}
            </select>
        </li>`;
    }

    async #move(who: string, group: number): Promise<void> {
        this.#focus = `[data-group="${group}"] [data-who="${who}"] select`;
        // Refused, the choice goes back to where they are.
        if (!(await this.hall.order({ type: "putInGroup", who, group }))) this.#focus = "";
        this.requestUpdate();
    }

    override updated(): void {
        if (!this.#focus) return;
        const select = this.querySelector<HTMLSelectElement>(this.#focus);
        select?.focus();
        if (select) this.#focus = "";
    }
}
