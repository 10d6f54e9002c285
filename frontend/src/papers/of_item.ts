/** The papers of one item of the agenda. Their titles are those of the page that lists the papers, which knows what this reader may know. */
import { html, nothing, type TemplateResult } from "lit";
import { text } from "../page";
import { icon } from "../room/icons";
import { Part } from "../room/part";
import { PapersPanel } from "./panel";

interface Listed {
    readonly address: string;
    readonly title: string;
}

const home = () => `${location.pathname.replace(/\/$/, "")}/tai-lieu`;

/** By number. Asked for again when a paper is not among them, and then once for all items. */
let listed: ReadonlyMap<number, Listed> = new Map();
const wanted = new Set<number>();
let asking: Promise<void> | null = null;

async function read(): Promise<void> {
    const answer = await fetch(home()).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = new Map<number, Listed>();
    for (const link of page.querySelectorAll<HTMLAnchorElement>("[data-part=papers] a[data-paper]")) {
        const { pathname } = new URL(link.getAttribute("href") ?? "", location.href);
        found.set(Number(pathname.split("/").at(-1)), { address: pathname, title: link.textContent ?? "" });
    }
    listed = found;
}

export class ItemPapers extends Part {
    static override properties = { papers: { attribute: false } };
    declare papers: readonly number[];

    override render(): TemplateResult | typeof nothing {
        const known = this.papers.flatMap((id) => listed.get(id) ?? []);
        if (!known.length) return nothing;
        return html`<ul class="plain item__papers" aria-label=${text("papers")}>
            ${known.map(({ address, title }) => html`<li><a href=${address} lang="vi" @click=${(event: MouseEvent) => this.#show(event, address)}>${icon("paper")} ${title}</a></li>`)}
        </ul>`;
    }

    override updated(): void {
        const missing = this.papers.filter((id) => !listed.has(id) && !wanted.has(id));
        if (!missing.length) return;
        for (const id of missing) wanted.add(id); // one that is not this reader's is not asked for for ever
        asking ??= read().finally(() => {
            asking = null;
        });
        void asking.then(() => {
            for (const one of document.querySelectorAll<ItemPapers>("item-papers")) one.requestUpdate();
        });
    }

    #show(event: MouseEvent, address: string): void {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        PapersPanel.show(this.hall, address);
    }
}
