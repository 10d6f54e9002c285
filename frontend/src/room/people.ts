/** Who waits, whose hand is raised, and who is here; for hosts with what they may do. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Member, Waiting } from "../../protocol.gen";
import { text } from "../page";
import { placeOf } from "./apart";
import { type Icon, icon } from "./icons";
import { Part } from "./part";
import { line, nameIn, seatOf } from "./procedure";
import { hour, hue, initials } from "./words";

export class PeoplePanel extends Part {
    override render(): TemplateResult {
        const { hall } = this;
        const state = hall.state;
        const hands = hall.meeting.hands;
        return html`<div class="people">
            ${hall.isHost ? this.#lobby(state?.waiting ?? [], state?.lobby ?? false) : nothing}
            ${
                hands.length
                    ? html`<section aria-labelledby="hands-title"><h3 class="people__title" id="hands-title">${text("hands")} <span class="people__count">${hands.length}</span></h3>
                        <ol class="plain people__list">${repeat(
                            hands,
                            ({ who }) => who,
                            (member, at) => this.#hand(member, at + 1),
                        )}</ol></section>`
                    : nothing
            }
            <section aria-labelledby="inside-title">
                <h3 class="people__title" id="inside-title">${text("inside")} <span class="people__count">${state?.members.length ?? 0}</span></h3>
                <ul class="plain people__list">${repeat(
                    state?.members ?? [],
                    ({ who }) => who,
                    (member) => this.#member(member),
                )}</ul>
            </section>
        </div>`;
    }

    #lobby(waiting: readonly Waiting[], on: boolean): TemplateResult {
        const { hall } = this;
        const all = () => hall.order({ type: "admit", who: null });
        const flip = () => hall.order({ type: "setLobby", on: !on });
        return html`<section aria-labelledby="lobby-title">
            <h3 class="people__title" id="lobby-title">${text("lobby")} ${waiting.length ? html`<span class="people__count people__count--act">${waiting.length}</span>` : nothing}</h3>
            <label class="choice people__choice"><input type="checkbox" .checked=${on} @change=${flip} /> <span>${text("lobby-on")}</span></label>
            <ul class="plain people__list">${repeat(
                waiting,
                ({ who }) => who,
                (one) => html`<li class="person person--waits">
                    ${this.#face(one.who, one.name)}
                    <span class="person__name">${one.name}<span class="person__role">${text("since", { hour: hour(one.since) })}</span></span>
                    <button type="button" class="button button--small" aria-label=${text("admit-one", { name: one.name })} @click=${() => hall.order({ type: "admit", who: one.who })}>${text("admit")}</button>
                    <button type="button" class="button button--second button--small" aria-label=${text("refuse-one", { name: one.name })} @click=${() => hall.order({ type: "turnAway", who: one.who })}>${text("refuse")}</button>
                </li>`,
            )}</ul>
            ${waiting.length > 1 ? html`<button type="button" class="button button--second button--small people__all" @click=${all}>${text("admit-all", { n: String(waiting.length) })}</button>` : nothing}
        </section>`;
    }

    #hand(member: Member, turn: number): TemplateResult {
        const { hall } = this;
        const own = member.who === hall.state?.me.who;
        return html`<li class="person">
            <span class="person__turn">${turn}</span>
            <span class="person__name">${hall.state ? nameIn(hall.state, member.who) : member.name}${own ? html` <span class="person__role">${text("you")}</span>` : nothing}</span>
            ${
                hall.isHost || own
                    ? html`<button type="button" class="button button--second button--small" aria-label=${text("lower-one", { name: member.name })} @click=${() => hall.order({ type: "lowerHand", who: own ? null : member.who })}>${text("lower")}</button>`
                    : nothing
            }
        </li>`;
    }

    #member(member: Member): TemplateResult {
        const { hall } = this;
        const { who, name, role } = member;
        const own = who === hall.state?.me.who;
        const seat = hall.state && seatOf(hall.state, who);
        const group = hall.state && placeOf(hall.state, who);
        const said = [
            own ? text("you") : "",
            seat ? text(`duty-${seat.duty}`) : role === "member" ? "" : text(`role-${role}`),
            hall.state?.procedure.presides === who ? text("presides-now") : "",
            seat?.agency ?? "",
            member.hall && hall.state ? nameIn(hall.state, member.hall) : "",
            member.actsFor && hall.state ? text("acts-for", { name: nameIn(hall.state, member.actsFor) }) : "",
            seat && !member.attended ? text("attended-not") : "",
            group ? text("group-n", { n: String(group) }) : "",
            member.connected ? "" : text("reconnecting"),
        ];
        const facts = said.filter(Boolean).join(" · ");
        return html`<li class="person" data-who=${who}>
            ${this.#face(who, name)}
            <span class="person__name">${name}${facts ? html`<span class="person__role">${facts}</span>` : nothing}</span>
            ${member.hall ? nothing : html`${this.#device(member, own, "microphone")} ${this.#device(member, own, "camera")}`}
            ${
                hall.isHost && !own
                    ? html`${this.#giveChair(member)} ${hall.media.isLive(who, "screen") ? this.#tool("share-off", text("stop-screen-one", { name }), () => hall.order({ type: "mute", who, source: "screen_share" })) : nothing}
                      ${this.#tool("remove", text("remove-one", { name }), () => hall.ask("remove", who))}`
                    : nothing
            }
        </li>`;
    }

    /** Who presides may hand that on to another of the line. */
    #giveChair({ who, name }: Member): TemplateResult | typeof nothing {
        const { state } = this.hall;
        if (!state || state.procedure.presides !== state.me.who || !line(state).includes(who)) return nothing;
        return this.#tool("gavel", text("chair-give-one", { name }), () =>
            this.hall.order({ type: "giveChair", to: who }),
        );
    }

    #device({ who, name }: Member, own: boolean, source: "microphone" | "camera"): TemplateResult {
        const { hall } = this;
        const on = hall.media.isLive(who, source);
        const sign: Icon = source === "microphone" ? (on ? "mic" : "mic-off") : on ? "camera" : "camera-off";
        if (hall.isHost && !own && on)
            return this.#tool(sign, text(`silence-${source}`, { name }), () =>
                hall.order({ type: "mute", who, source }),
            );
        const short = source === "microphone" ? "mic" : "camera";
        return html`<span class="person__device" data-on=${on}>${icon(sign)}<span class="unseen">${text(`${short}-is-${on ? "on" : "off"}`)}</span></span>`;
    }

    #tool(sign: Icon, label: string, act: () => unknown): TemplateResult {
        return html`<button type="button" class="person__tool" aria-label=${label} title=${label} @click=${act}>${icon(sign)}</button>`;
    }

    #face(who: string, name: string): TemplateResult {
        return html`<span class="person__face hue-${hue(who)}" aria-hidden="true">${initials(name)}</span>`;
    }
}
