/** The elements around every page: the live status, the theme, and small courtesies that need no element. */
import { live, moment, part, text } from "../page";
import { isDark, turnTheme, wish } from "../theme";
import { unfolding } from "./unfold";

/** Always says whether what one sees is live, reconnecting or offline. A page that follows nothing keeps the server's sentence. */
class LiveStatus extends HTMLElement {
    connectedCallback(): void {
        if (!document.querySelector("[data-topic]")) return;
        live.watch(() => {
            // Until then the server's own sentence, of when the page was made, is the truth.
            if (live.state === "connecting") return;
            const sentence = (this.dataset[live.state] ?? "").replace("{at}", moment(live.currentAt));
            if (this.textContent !== sentence) this.textContent = sentence;
            this.dataset.state = live.state;
        });
    }
}

class ThemeToggle extends HTMLElement {
    connectedCallback(): void {
        const button = this.querySelector("button");
        const show = () => button?.setAttribute("aria-pressed", String(isDark()));
        button?.addEventListener("click", () => {
            turnTheme();
            show();
        });
        wish.addEventListener("change", show);
        show();
    }
}

/** The head of a page that may be closed while one reads it. */
function followPhase(): void {
    live.listen((message) => {
        if (message.type === "ruled") {
            for (const note of document.querySelectorAll<HTMLElement>('[data-part="changed"]')) note.hidden = false;
        }
        if (message.type !== "phaseChanged" && message.type !== "snapshot") return;
        const around = document.querySelector<HTMLElement>(`[data-topic="${CSS.escape(message.topic)}"]`);
        if (!around?.dataset.phase || around.dataset.phase === message.phase) return;
        around.dataset.phase = message.phase;
        const tag = part(around, "phase");
        if (tag) {
            tag.textContent = text(`phase-${message.phase}`);
            tag.className = `tag tag--${message.phase}`;
        }
        const ended = part(around, "ended");
        if (ended) ended.hidden = message.phase !== "closed";
        const begun = part(around, "begun");
        if (begun) begun.hidden = message.phase !== "open";
        const reason = part(around, "reason");
        if (reason) reason.hidden = true; // why it was suspended is not why it goes on
        dispatchEvent(new Event("phase"));
    });
}

/** Marks in the table of contents what one is reading. */
function markContents(): void {
    const links = new Map<string, HTMLAnchorElement>();
    for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-toc] a"))
        links.set(link.hash.slice(1), link);
    if (!links.size) return;
    let current: HTMLAnchorElement | undefined;
    const observer = new IntersectionObserver(
        (entries) => {
            const seen = entries.find((entry) => entry.isIntersecting);
            const link = seen && links.get(seen.target.id);
            if (!link || link === current) return;
            current?.removeAttribute("aria-current");
            link.setAttribute("aria-current", "location");
            current = link;
            const scroller = link.closest<HTMLElement>("[data-toc]");
            // Who goes through the list by keyboard is not carried off.
            if (!scroller || scroller.contains(document.activeElement)) return;
            scroller.scrollTo({ top: link.offsetTop - scroller.clientHeight / 2 });
        },
        { rootMargin: "-10% 0px -70% 0px" },
    );
    for (const id of links.keys()) {
        const target = document.getElementById(id);
        if (target) observer.observe(target);
    }
    // Beside the text the list always stands open; above it, on a narrow page, it closes when one has chosen.
    const list = document.querySelector<HTMLDetailsElement>("details[data-toc]");
    const wide = matchMedia("(min-width: 78rem)");
    const fit = () => list?.toggleAttribute("open", wide.matches);
    wide.addEventListener("change", fit);
    fit();
    list?.addEventListener("click", (event) => {
        if (event.target instanceof HTMLAnchorElement && !wide.matches) list.open = false;
    });
}

/** A permalink names the version for ever. Followed on the page itself it only changes the address: nothing is loaded again. */
function followPermalinks(): void {
    document.addEventListener("click", (event) => {
        const link = (event.target as Element).closest<HTMLAnchorElement>(".link-here");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        location.hash = link.hash;
        history.replaceState(null, "", link.href);
    });
}

export function frame(): void {
    customElements.define("live-status", LiveStatus);
    customElements.define("theme-toggle", ThemeToggle);
    document.querySelector<HTMLElement>("[data-focus]")?.focus();
    followPhase();
    markContents();
    followPermalinks();
    unfolding();
}
