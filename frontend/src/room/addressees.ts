/** To whom one may write in the chat, as the state of the meeting says, and how that is named. */
import type { Line, Member, RoomState, Say } from "../../protocol.gen";
import { text } from "../page";
import { may, memberOf, nameIn, seatOf } from "./procedure";

type To = NonNullable<Say["to"]>;
/** Everybody is the empty word; one person is `person` and who it is. */
export type Addressee = "" | Exclude<To, "person"> | `person ${string}`;

export interface Addressees {
    /** Everybody, and those who are addressed together. */
    readonly shared: readonly Addressee[];
    readonly people: readonly Member[];
}

export function addressees(state: RoomState): Addressees {
    const { me } = state;
    const has = (post: Member["post"]) => me.reach.includes(post);
    const guest = memberOf(state, me.who)?.post === "guest";
    const shared: Addressee[] = [""];
    if (me.group) shared.push("group");
    if (state.groups.openedAt && may(state, "prepare")) shared.push("groups");
    if (has("desk") && others(state).some((who) => isAtTheDesk(state, who))) shared.push("desk");
    if (has("staff") && others(state).some((who) => isTechnician(state, who))) shared.push("technicians");
    if (has("ordinary") && !guest && hasColleagues(state)) shared.push("agency");
    // Who takes part on a phone sees no chat.
    const people = state.members.filter(({ who, post, hall }) => who !== me.who && hall === null && has(post));
    return { shared, people: people.sort((one, other) => one.name.localeCompare(other.name, "vi")) };
}

export function isPossible(state: RoomState, to: Addressee): boolean {
    const { shared, people } = addressees(state);
    return shared.includes(to) || people.some(({ who }) => toPerson(who) === to);
}

export const toPerson = (who: string): Addressee => `person ${who}`;

/** The part of a command that says to whom a line is. */
export function addressed(to: Addressee): Pick<Say, "to" | "who"> {
    if (to.startsWith("person ")) return { to: "person", who: to.slice("person ".length) };
    return { to: (to || null) as To | null, who: null };
}

/** Whether nobody else will read what is written so. */
export const isPrivate = (to: Addressee): boolean => to !== "" && to !== "groups";

export function nameOf(state: RoomState, to: Addressee): string {
    const { who } = addressed(to);
    if (who) return nameIn(state, who) || lastName(state, who);
    const agency = seatOf(state, state.me.who)?.agency ?? "";
    return text(`to-${to || "all"}`, { n: String(state.me.group || ""), name: agency });
}

/** For whom a line is that is not simply for all; empty for one that is. */
export function markOf(state: RoomState, { who, to }: Line): string {
    if (to === null) return "";
    if (to.to === "person" && who !== state.me.who) return text("line-with-you");
    if (to.to === "person") return text("line-with", { name: nameOf(state, toPerson(to.who ?? "")) });
    if (to.to === "agency") return text("line-with", { name: to.agency });
    return text(`line-to-${to.to}`, { n: String(to.group) });
}

/** How a line will be marked that is written so. */
export function markFor(state: RoomState, to: Addressee): string {
    if (to === "agency") return text("line-with", { name: seatOf(state, state.me.who)?.agency ?? "" });
    if (addressed(to).who) return text("line-with", { name: nameOf(state, to) });
    return text(`line-to-${to}`, { n: String(state.me.group) });
}

/** Whether a line is private, and not to a whole group. */
export const isPersonal = (line: Line): boolean => line.private && line.to?.to !== "group";

/** Whether the writer of this private line can be answered privately. */
export const isAnswerable = (state: RoomState, line: Line): boolean =>
    isPersonal(line) && isPossible(state, toPerson(line.who));

const others = (state: RoomState): string[] =>
    [...new Set([...state.roll, ...state.members].map(({ who }) => who))].filter((who) => who !== state.me.who);

const isTechnician = (state: RoomState, who: string): boolean => seatOf(state, who)?.duty === "technician";

function isAtTheDesk(state: RoomState, who: string): boolean {
    const duty = seatOf(state, who)?.duty;
    if (duty) return duty === "secretary" || duty === "chair" || state.procedure.presides === who;
    return ["staff", "desk"].includes(memberOf(state, who)?.post ?? "");
}

function hasColleagues(state: RoomState): boolean {
    const agency = seatOf(state, state.me.who)?.agency;
    const colleagues = state.roll.filter(
        ({ who, duty }) => who !== state.me.who && !["guest", "observer"].includes(duty),
    );
    return !!agency && colleagues.some((seat) => seat.agency === agency);
}

/** Who has left is known by what they wrote. */
function lastName({ chat, letters }: RoomState, who: string): string {
    return [...letters, ...chat].find((line) => line.who === who)?.name ?? text("somebody-gone");
}
