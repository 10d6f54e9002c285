/** What happens to the floor and the chair, told to who should know: by a short sentence, and once before a time runs out. */
import type { Floor, RoomState } from "../../protocol.gen";
import { live, text } from "../page";
import { countdown, memberOf, nameIn, underWay } from "./procedure";
import type { Toasts } from "./toasts";

export class Turns {
    #before: RoomState | null = null;
    #warning = 0;

    /** `heard` is called when one's own microphone is forwarded from now on, or no more. */
    constructor(
        readonly toasts: Toasts,
        readonly heard: (heard: boolean, floor: boolean) => void,
    ) {}

    /** The meeting stands so now. */
    follow(state: RoomState | null): void {
        const before = this.#before;
        this.#before = state;
        if (state?.me.standing !== "inside") {
            clearTimeout(this.#warning);
            return;
        }
        const { me, procedure } = state;
        const own = state.members.find(({ who }) => who === me.who);
        const was = before?.members.find(({ who }) => who === me.who);
        if (own && own.heard !== was?.heard) {
            const speaker = procedure.floor && memberOf(state, procedure.floor.who);
            this.heard(own.heard, !!speaker && (speaker.hall ?? speaker.who) === me.who);
        }
        if (!same(before?.procedure.floor ?? null, procedure.floor))
            this.#floor(state, before?.procedure.floor ?? null);
        if (before?.me.standing !== "inside") return;
        if (before.procedure.presides !== procedure.presides) this.#chair(state);
        if (before.procedure.item !== procedure.item) this.#item(state);
    }

    #floor(state: RoomState, was: Floor | null): void {
        const { floor } = state.procedure;
        const own = floor?.who === state.me.who;
        clearTimeout(this.#warning);
        if (was && floor?.givenAt !== was.givenAt && was.who === state.me.who)
            this.toasts.say(text("floor-yours-over"), "note");
        if (!floor) return;
        const left = floor.until === null ? null : Date.parse(floor.until) - live.now;
        if (floor.givenAt !== was?.givenAt) {
            const time = left === null ? "" : countdown(left);
            const name = nameIn(state, floor.who);
            if (own) this.toasts.say(text(left === null ? "floor-yours" : "floor-yours-for", { n: time }), "hand");
            else this.toasts.whisper(text("floor-given", { name }));
        } else if (own && left !== null) this.toasts.say(text("floor-extended", { n: countdown(left) }), "hand");
        const leads = state.me.may.includes("lead");
        if (floor.warnAt === null || !(own || leads)) return;
        const wait = Date.parse(floor.warnAt) - live.now;
        // Somebody who comes in later than the warning sees the clock, and is not warned.
        if (wait > 0) this.#warning = setTimeout(() => this.#warn(floor, own), wait);
    }

    #warn(floor: Floor, own: boolean): void {
        const left = countdown(Date.parse(floor.until ?? floor.givenAt) - live.now);
        if (own) this.toasts.say(text("floor-warning", { n: left }), "hand");
        else this.toasts.whisper(text("floor-warning-lead", { n: left }));
    }

    #chair(state: RoomState): void {
        const { presides } = state.procedure;
        if (presides === null) return;
        const own = presides === state.me.who;
        this.toasts.say(own ? text("chair-yours") : text("chair-passed", { name: nameIn(state, presides) }), "note");
    }

    #item(state: RoomState): void {
        const item = underWay(state);
        this.toasts.whisper(item ? text("item-now", { title: item.plan.title }) : text("item-over"));
    }
}

const same = (one: Floor | null, other: Floor | null): boolean =>
    one === other || (one?.givenAt === other?.givenAt && one?.until === other?.until && one?.who === other?.who);
