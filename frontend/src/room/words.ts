/** How people and times are put on the page. */

const lang = document.documentElement.lang || "vi";
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit" });

/** Two letters of a name: a Vietnamese name is known by its end. */
export function initials(name: string): string {
    const words = name.trim().split(/\s+/).filter(Boolean);
    return words
        .slice(-2)
        .map((word) => [...word][0] ?? "")
        .join("")
        .toLocaleUpperCase(lang);
}

/** One of the colours of lacquer ware, always the same for one person. */
export function hue(identity: string): number {
    let sum = 0;
    for (const letter of identity) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
    return sum % 8;
}

/** `14:05`. */
export const hour = (at: string | Date): string => clock.format(typeof at === "string" ? new Date(at) : at);

/** `1:02:07`: how long ago. */
export function elapsed(since: string, now: number): string {
    const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
    const two = (value: number) => String(value).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** A piece of a line of chat: words, or an address that may be followed. */
export interface Piece {
    readonly text: string;
    readonly href: string | null;
}

const ADDRESS = /https?:\/\/[^\s<>"']+/gi;
const CLOSING_MARKS = /[.,;:!?)\]}»”’]+$/;

/** The words and web addresses of a text. Only http and https can be followed, and only what the browser itself reads as an address. */
export function pieces(text: string): Piece[] {
    const found: Piece[] = [];
    let at = 0;
    for (const match of text.matchAll(ADDRESS)) {
        const written = match[0].replace(CLOSING_MARKS, "");
        const href = addressOf(written);
        if (!href) continue;
        if (match.index > at) found.push({ text: text.slice(at, match.index), href: null });
        found.push({ text: written, href });
        at = match.index + written.length;
    }
    if (at < text.length) found.push({ text: text.slice(at), href: null });
    return found;
}

function addressOf(written: string): string | null {
    try {
        const url = new URL(written);
        // A name in front of the host is there to deceive: https://site.gov.vn@elsewhere
        return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
    } catch {
        return null;
    }
}
