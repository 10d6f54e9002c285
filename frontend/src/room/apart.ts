/** Groups that meet apart: who is where, and what who is here should be told of it. */
import type { Member, RoomState } from "../../protocol.gen";
import { live, text } from "../page";
import { countdown } from "./procedure";
import type { Toasts } from "./toasts";

export const areApart = (state: RoomState): boolean => state.groups.openedAt !== null;

/** The group in which somebody inside is now; 0 is the room. */
export const placeOf = ({ groups }: RoomState, who: string): number =>
    groups.openedAt === null ? 0 : (groups.visits[who] ?? groups.places[who] ?? 0);

/** Somebody who belongs to a group, or to none; one who is not inside is known by the roll. */
export type Placed = Pick<Member, "who" | "name"> & { readonly inside: boolean };

/** Those who belong to a group, inside or not; of those in no group (0) the ones inside. */
export function belongingTo(state: RoomState, group: number): Placed[] {
    const inside = state.members.filter(({ who }) => (state.groups.places[who] ?? 0) === group);
    const here = new Set(state.members.map(({ who }) => who));
    const away = state.roll.filter(({ who }) => group && !here.has(who) && state.groups.places[who] === group);
    return [
        ...inside.map(({ who, name }) => ({ who, name, inside: true })),
        ...away.map(({ who, name }) => ({ who, name, inside: false })),
    ];
}

/** How long the groups still meet, in milliseconds; null where no end is set. */
export const leftApart = ({ groups }: RoomState, now: number): number | null =>
    groups.until === null ? null : Math.max(0, Date.parse(groups.until) - now);

export const isWarned = ({ groups }: RoomState, now: number): boolean =>
    groups.warnAt !== null && now >= Date.parse(groups.warnAt);

/** Tells by short sentences where one is from now on, and once before the time is over. */
export class Apart {
    #before: RoomState | null = null;
    #warning = 0;

    constructor(readonly toasts: Toasts) {}

    /** The meeting stands so now. */
    follow(state: RoomState | null): void {
        const before = this.#before;
        this.#before = state;
        const was = before?.me.standing === "inside" ? before : null;
        if (state?.me.standing !== "inside" || !areApart(state)) {
            clearTimeout(this.#warning);
            if (state?.me.standing === "inside" && was && areApart(was)) this.toasts.say(text("groups-over"), "note");
            return;
        }
        const { group } = state.me;
        if (was && (!areApart(was) || was.me.group !== group))
            this.toasts.say(
                text(group ? "groups-yours" : areApart(was) ? "groups-back" : "groups-begun", { n: String(group) }),
                "note",
            );
        const known = was !== null && areApart(was);
        if (!known || was.groups.until !== state.groups.until) this.#time(state, known);
    }

    #time(state: RoomState, known: boolean): void {
        clearTimeout(this.#warning);
        if (state.groups.warnAt === null) return;
        const wait = Date.parse(state.groups.warnAt) - live.now;
        // Who comes later than the warning sees the clock, and is not warned.
        if (wait > 0) this.#warning = setTimeout(() => this.#warn(state), wait);
        else if (known) this.#warn(state);
    }

    #warn(state: RoomState): void {
        this.toasts.say(text("groups-warning", { n: countdown(leftApart(state, live.now) ?? 0) }), "note");
    }
}
