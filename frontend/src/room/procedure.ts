/** What follows from where the meeting stands: who may preside, how late it is, what the clock of the floor shows. Pure. */
import type { Floor, Item, Member, RoomState, Seat } from "../../protocol.gen";

const IN_LINE: readonly Seat["duty"][] = ["chair", "deputy", "member"];

export const seatOf = (state: RoomState, who: string): Seat | undefined => state.roll.find((seat) => seat.who === who);

export const memberOf = (state: RoomState, who: string): Member | undefined =>
    state.members.find((member) => member.who === who);

/** The name of somebody inside or on the roll; of who sits in a hall, with that of the hall. */
export function nameIn(state: RoomState, who: string): string {
    const member = memberOf(state, who);
    const name = member?.name || seatOf(state, who)?.name || "";
    return member?.hall ? `${name} (${nameIn(state, member.hall)})` : name;
}

/** Whether the viewer may do so inside. */
export const may = (state: RoomState | null, what: RoomState["me"]["may"][number]): boolean =>
    state?.me.may.includes(what) ?? false;

/** Whether the roll says who presides; where it does not, the hosts lead. */
export const namesAChair = (state: RoomState): boolean =>
    state.roll.some(({ duty, principal }) => duty === "chair" && principal === null);

/** Those within reach who may preside, in the order in which it comes to them. */
export function line(state: RoomState): string[] {
    if (!namesAChair(state)) return [];
    const leading = state.roll.filter(({ principal }) => principal === null);
    const ordered = IN_LINE.flatMap((duty) => leading.filter((seat) => seat.duty === duty));
    return ordered.map(({ who }) => who).filter((who) => memberOf(state, who)?.connected);
}

/** Whether the meeting has a procedure at all: a small one needs none, and shows none. */
export function isFormal(state: RoomState): boolean {
    return state.roll.length > 0 || state.agenda.length > 0 || !state.procedure.free || state.procedure.floor !== null;
}

/** The item under way. */
export const underWay = (state: RoomState): Item | undefined =>
    state.agenda.find(({ id }) => id === state.procedure.item);

/** By how many milliseconds the meeting runs late at `now`, as the server counts it. */
export function lateBy(state: RoomState, now: number): number {
    const { item } = state.procedure;
    for (const one of state.agenda) {
        const { plannedAt, lastsS } = one.plan;
        if (plannedAt === null || (one.id !== item && (item !== null || one.begunAt !== null))) continue;
        const planned = Date.parse(plannedAt);
        const lasts = one.id === item ? (lastsS ?? 0) * 1000 : 0;
        const begun = one.id === item && one.begunAt !== null ? Date.parse(one.begunAt) : planned;
        return Math.max(0, Math.max(now, begun + lasts) - (planned + lasts));
    }
    return 0;
}

/** What the clock of the floor shows: milliseconds left (of the grace, once the time is over), null where there is no limit. */
export interface FloorClock {
    readonly phase: "open" | "running" | "warned" | "grace" | "over";
    readonly left: number | null;
    /** How much of the time is left, from 1 to 0. */
    readonly part: number;
}

export function floorClock(floor: Floor, now: number): FloorClock {
    if (floor.until === null) return { phase: "open", left: null, part: 1 };
    const until = Date.parse(floor.until);
    const cut = floor.cutAt === null ? until : Date.parse(floor.cutAt);
    if (now >= cut) return { phase: "over", left: 0, part: 0 };
    if (now >= until) return { phase: "grace", left: cut - now, part: 0 };
    const given = Date.parse(floor.givenAt);
    const part = Math.min(1, (until - now) / Math.max(1, until - given));
    const warned = floor.warnAt !== null && now >= Date.parse(floor.warnAt);
    return { phase: warned ? "warned" : "running", left: until - now, part };
}

/** `2:05`: a time left, never shorter than it is. */
export function countdown(ms: number): string {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
    return `${minutes}:${String(rest).padStart(2, "0")}`;
}

/** The entry before which one is put to go one place up or down; undefined where it cannot go there. */
export function beside<T>(list: readonly T[], at: number, step: -1 | 1): T | null | undefined {
    if (at < 0 || at + step < 0 || at + step >= list.length) return undefined;
    return step === -1 ? list[at - 1] : (list[at + 2] ?? null);
}
