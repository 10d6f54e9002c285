/** What the elements of one page share: its live connection, its sentences (all written by the server), and how numbers and times are put. */
import type { Command } from "../protocol.gen";
import { Live, type Role } from "./live";

export const live = new Live(() => text("otherwise"));

/** A command as an element writes it: the id is made when it is sent. */
export const newId = (): string => crypto.randomUUID?.() ?? uuidFrom(crypto.getRandomValues(new Uint8Array(16)));

/** `crypto.randomUUID` exists only on https and localhost; a test stand on a plain address must work too. RFC 9562 section 5.4. */
function uuidFrom(bytes: Uint8Array): string {
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export const send = <C extends Command>(command: C) => live.send(command);

const lang = document.documentElement.lang || "vi";
const numbers = new Intl.NumberFormat(lang);
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit" });
const month = lang === "vi" ? "numeric" : "long";
const day = new Intl.DateTimeFormat(lang === "vi" ? "vi" : "en-GB", {
    timeZone: "Asia/Ho_Chi_Minh",
    day: "numeric",
    month,
    year: "numeric",
});

export const number = (n: number): string => numbers.format(n);

/** `20 giờ 30, ngày 2/9/2026`, as the server writes it. */
export function moment(at: Date): string {
    const [hour = "", minute = ""] = clock.format(at).split(":");
    return text("moment", { hour: lang === "vi" ? String(Number(hour)) : hour, minute, day: day.format(at) });
}

/** A day without a time (`2026-12-05`) as the server writes it: `5 December 2026`, and `5/12/2026` in Vietnamese. */
export const dayOf = (date: string): string => day.format(new Date(date));

const texts = document.querySelector<HTMLElement>("#texts")?.dataset ?? {};

/** A sentence of the page by name, its `{places}` filled in. */
export function text(name: string, places: Record<string, string> = {}): string {
    const camel = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return (texts[camel] ?? "").replace(/\{(\w+)\}/g, (whole, place: string) => places[place] ?? whole);
}

/** A sentence that counts: `{n}` things. */
export const counted = (name: string, n: number): string =>
    text(`${name}-${n === 1 ? "one" : "many"}`, { n: number(n) });

const announcer = document.querySelector<HTMLElement>("#announcer");
let waiting = "";
let quiet = 0;

/** Tell who listens instead of looking; at most once in ten seconds, and then only the newest sentence. */
export function announce(sentence: string): void {
    waiting = sentence;
    if (quiet || !announcer) return;
    announcer.textContent = waiting;
    waiting = "";
    quiet = setTimeout(() => {
        quiet = 0;
        if (waiting) announce(waiting);
    }, 10_000);
}

/** The part of a component that is named so. */
export const part = <E extends HTMLElement = HTMLElement>(inside: ParentNode, name: string): E | null =>
    inside.querySelector<E>(`[data-part="${name}"]`);

/** The consultation that this element stands in. */
export function consultationOf(element: Element): { id: number; phase: string } {
    const around = element.closest<HTMLElement>("[data-consultation]");
    return { id: Number(around?.dataset.consultation ?? 0), phase: around?.dataset.phase ?? "" };
}

/** Why nothing is taken at this element now; empty while the consultation is open. */
export function halted(element: Element): string {
    const { phase } = consultationOf(element);
    return phase === "open" ? "" : text(phase === "suspended" ? "paused" : "ended");
}

/** Follow every topic of the page, and connect if there is one. */
export function begin(): void {
    const followed = [...document.querySelectorAll<HTMLElement>("[data-topic]")];
    for (const { dataset } of followed)
        live.follow(dataset.topic ?? "", Number(dataset.seq), { role: (dataset.role as Role | undefined) ?? "public" });
    if (followed.length) live.start();
}
