/** The newest contributions at one place, kept up to date without ever disturbing who reads or writes there. */
import type { Contribution, Place } from "../../protocol.gen";
import { announce, counted, live, moment, part, text } from "../page";

const MOST = 10;
const FEW = 3;

export class ContributionList extends HTMLElement {
    #total = 0;
    #version = 1;
    #held: Contribution[] = [];

    connectedCallback(): void {
        const place = this.dataset.place || null;
        this.#total = Number(this.dataset.total);
        this.#version = Number(this.closest<HTMLElement>("[data-version]")?.dataset.version ?? 1);
        live.listen((message) => {
            if (
                message.type === "shown" &&
                message.contribution.place === place &&
                message.contribution.parent === null
            ) {
                this.#show(message.contribution, message.total);
            } else if (message.type === "gone" && message.place === place) {
                this.#drop(message.contribution);
                this.#setTotal(message.total);
            } else if (message.type === "snapshot") {
                const here = message.places.find((other) => other.place === place);
                this.#replace(here ?? { place, total: 0, newest: [] });
            }
        });
        part(this, "news")?.addEventListener("click", () => this.#release());
        part(this, "more")?.addEventListener("click", () => {
            this.dataset.all = "";
            this.#offerMore();
        });
        this.#offerMore();
    }

    get #list(): HTMLElement | null {
        return part(this, "list");
    }

    /** Whether the reader is inside: then newcomers wait behind a button, so that nothing moves under eyes or fingers. */
    get #busy(): boolean {
        const list = this.#list;
        return (
            !!list && (list.contains(document.activeElement) || (list.matches(":hover") && list.childElementCount > 0))
        );
    }

    #item(id: number): HTMLElement | null {
        return this.querySelector(`[data-contribution="${id}"]`);
    }

    #show(contribution: Contribution, total: number): void {
        this.#setTotal(total);
        const known = this.#item(contribution.id);
        if (contribution.state !== "visible") this.#drop(contribution.id);
        else if (known) fill(known, contribution);
        else if (!this.#isOlderThanAllShown(contribution.id) && this.#isOnThisVersion(contribution))
            this.#welcome(contribution);
    }

    #welcome(contribution: Contribution): void {
        if (this.#busy || this.#held.length) {
            this.#held = [...this.#held.filter(({ id }) => id !== contribution.id), contribution];
            this.#offerNews();
        } else {
            this.#insert(contribution);
        }
        announce(counted("arrived", 1));
    }

    /** A restored contribution comes back to its place in time, not to the top; below the last one shown it has none here. */
    #isOlderThanAllShown(id: number): boolean {
        const shown = this.#ids();
        return shown.length >= MOST && id < Math.min(...shown);
    }

    /** One that was given on an earlier version needs to be shown with what became of its words, as only the server can. */
    #isOnThisVersion(contribution: Contribution): boolean {
        return contribution.version === this.#version;
    }

    #ids(): number[] {
        return [...(this.#list?.children ?? [])].map((item) => Number((item as HTMLElement).dataset.contribution));
    }

    #insert(contribution: Contribution): void {
        const list = this.#list;
        const item = document.querySelector<HTMLTemplateElement>("#voice")?.content.firstElementChild?.cloneNode(true);
        if (!list || !(item instanceof HTMLElement)) return;
        fill(item, contribution);
        const before = [...list.children].find(
            (other) => Number((other as HTMLElement).dataset.contribution) < contribution.id,
        );
        list.insertBefore(item, before ?? null);
        while (list.childElementCount > MOST) list.lastElementChild?.remove();
        this.#offerMore();
    }

    #release(): void {
        const first = this.#held.at(-1)?.id;
        for (const contribution of this.#held.splice(0)) this.#insert(contribution);
        this.#offerNews();
        // The button that was pressed is gone: the reader goes on at what it brought.
        const item = first && this.#item(first);
        if (item) part(item, "own")?.focus({ preventScroll: true });
    }

    #drop(id: number): void {
        this.#held = this.#held.filter((held) => held.id !== id);
        this.#item(id)?.remove();
        this.#offerNews();
        this.#offerMore();
    }

    #replace({ total, newest }: Place): void {
        const keep = new Set(newest.map(({ id }) => id));
        for (const id of this.#ids()) if (!keep.has(id)) this.#drop(id);
        this.#held = [];
        this.#offerNews();
        for (const contribution of newest) {
            const known = this.#item(contribution.id);
            if (known) fill(known, contribution);
            else if (this.#isOnThisVersion(contribution)) this.#insert(contribution);
        }
        this.#setTotal(total);
    }

    #setTotal(total: number): void {
        this.#total = total;
        const sentence = part(this, "total");
        if (sentence) sentence.textContent = total ? counted("voices", total) : text("voices-none");
        this.#offerMore();
    }

    #offerNews(): void {
        const button = part(this, "news");
        if (!button) return;
        button.hidden = !this.#held.length;
        button.textContent = counted("news", this.#held.length);
    }

    #offerMore(): void {
        const shown = this.#list?.childElementCount ?? 0;
        const more = part(this, "more");
        if (more) {
            more.hidden = shown <= FEW || this.dataset.all !== undefined;
            more.textContent = counted("more", shown - FEW);
        }
        const all = part(this, "all");
        if (all) all.hidden = this.#total <= shown;
    }
}

/** Write a contribution into an item made by the server's macro. Only text is written: what people send is never markup. */
function fill(item: HTMLElement, contribution: Contribution): void {
    item.id = `y-kien-${contribution.id}`;
    item.dataset.contribution = String(contribution.id);
    const own = part<HTMLAnchorElement>(item, "own");
    const consultation = location.pathname.replace(/\/v\d+$/, "");
    if (own) own.href = `${consultation}/gop-y/${contribution.id}`;
    const follow = part<HTMLAnchorElement>(item, "follow");
    if (follow) follow.href = `${consultation}/theo-doi?y-kien=${contribution.id}`;
    const write = (element: Element | null, words: string) => {
        if (element) element.textContent = words;
    };
    /** A part that is there only when it has something to say. */
    const tell = (name: string, words: string) => {
        const found = part(item, name);
        write(found, words);
        if (found) found.hidden = !words;
    };
    const show = (name: string, shown: boolean) => {
        const found = part(item, name);
        if (found) found.hidden = !shown;
    };
    const { erased } = contribution;
    const name = erased ? text("numbered", { n: String(contribution.id) }) : contribution.name;
    write(item.querySelector(".voice__name"), name);
    const verified = text(contribution.verified ? "verified" : "unverified");
    write(part(item, "number"), String(contribution.id));
    write(part(item, "kind"), `${text(`kind-${contribution.kind}`)}, ${verified}`);
    const side = part(item, "side");
    if (side) side.className = `side side--${contribution.side || "none"}`;
    tell("side", contribution.side && text(`side-${contribution.side}`));
    show("suggests", contribution.suggests);
    tell("channel", text(`channel-${contribution.channel}`));
    tell("source", contribution.source);
    tell("quote", contribution.quote);
    const words = item.querySelector<HTMLElement>(".voice__words");
    write(words, contribution.text);
    if (words) words.hidden = !!erased;
    tell("erased", erased ? text("erased", { at: moment(new Date(erased)) }) : "");
    tell("supports", contribution.supports ? ` · ${counted("supports", contribution.supports)}` : "");
    tell("replies", contribution.replies ? ` · ${counted("replies", contribution.replies)}` : "");
    show("edited", contribution.edited);
    const at = part<HTMLTimeElement>(item, "at");
    if (at) {
        at.dateTime = contribution.at.replace(/(\.\d+)?(\+00:00|Z)$/, "Z");
        at.textContent = moment(new Date(contribution.at));
    }
    const about = part<HTMLAnchorElement>(item, "about");
    const node = document.querySelector<HTMLElement>(`[data-node="${CSS.escape(contribution.node ?? "")}"]`);
    if (about) {
        about.hidden = !contribution.node;
        about.textContent = contribution.node ? node?.dataset.label || contribution.label : "";
        about.href = `#${node?.id ?? ""}`;
    }
}
