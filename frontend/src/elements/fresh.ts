/**
 * A page that the server makes anew: when something happens on the topic it follows, and every so many seconds, its parts are fetched and
 * put in the place of the old ones. What somebody is filling in stays.
 */
import type { Told } from "../live";
import { live } from "../page";

/** Not all phones of a hall at the same moment. */
const SOON_MS = 300;
const SPREAD_MS = 1500;
/** While the live connection does not stand, what happens is told to nobody: so often the page asks of itself. */
const UNTOLD_MS = 5000;

export class FreshPage extends HTMLElement {
    readonly #phases = new Map<number, string>();
    #soon = 0;

    connectedCallback(): void {
        const { topic, tab, every } = this.dataset;
        if (topic && tab) {
            live.listen((message) => {
                if (this.#matters(message)) this.#wish();
            });
            live.follow(topic, -1, { tab });
            live.start();
            setInterval(() => live.state !== "live" && this.#wish(), UNTOLD_MS);
        }
        if (every) setInterval(() => void this.#renew(), Number(every) * 1000);
    }

    #matters(message: Told): boolean {
        if (message.type === "roomState") return true;
        if (message.type === "roomChanged") {
            const { me, agenda, queue, procedure, roll } = message;
            return [me, agenda, queue, procedure, roll].some((part) => part !== null);
        }
        if (message.type !== "motionShown") return false;
        const changed = this.#phases.get(message.motion) !== message.phase;
        this.#phases.set(message.motion, message.phase);
        return changed;
    }

    #wish(): void {
        this.#soon ||= setTimeout(
            () => {
                this.#soon = 0;
                void this.#renew();
            },
            SOON_MS + Math.random() * SPREAD_MS,
        );
    }

    async #renew(): Promise<void> {
        const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
        // What the page stands on is gone: the server's words about it take its place.
        if (answer?.status === 403) location.reload();
        if (!answer?.ok) return;
        const made = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = made.querySelector<HTMLElement>("fresh-page");
        if (!fresh) return;
        if (fresh.dataset.state !== this.dataset.state) {
            location.reload();
            return;
        }
        for (const old of this.querySelectorAll<HTMLElement>("[data-part]")) {
            const next = fresh.querySelector<HTMLElement>(`[data-part="${old.dataset.part}"]`);
            if (!next || filling(old)) continue;
            const held = old.contains(document.activeElement) ? document.activeElement?.id : "";
            old.replaceWith(next);
            if (held) document.getElementById(held)?.focus();
        }
    }
}

/** Whether somebody has begun to write or choose something there. */
function filling(part: HTMLElement): boolean {
    if (document.activeElement?.matches("input, select, textarea") && part.contains(document.activeElement))
        return true;
    return [...part.querySelectorAll<HTMLInputElement>("input:not([type=hidden])")].some((one) =>
        one.type === "radio" ? one.checked !== one.defaultChecked : one.value !== one.defaultValue,
    );
}
