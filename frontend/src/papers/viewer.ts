/**
 * One paper, read page by page: keys, zoom, search, one's own notes. All words stand in the server's markup. In a room the page of whoever
 * presents can be followed (`lead.ts`); a page that one turns oneself leaves it.
 */
import { Leaves } from "./leaves";
import { Notes } from "./notes";
import { Sheets } from "./sheets";

const ACTS = { before: -1, after: 1 } as const;

export class PaperViewer extends HTMLElement {
    /** Called when the reader, not somebody who presents, has turned to another page. */
    turned: (page: number) => void = () => undefined;
    /** Called with each button that is not the viewer's own. */
    acted: (act: string) => void = () => undefined;
    /** Whether the page stands in the address. */
    inAddress = true;
    #leaves: Leaves | null = null;
    #notes: Notes | null = null;
    #sought = "";
    #led = 0;

    connectedCallback(): void {
        if (this.#leaves) return;
        for (const [event, heard] of [
            ["click", this.#clicked],
            ["keydown", this.#pressed],
            ["submit", this.#submitted],
        ] as const)
            this.addEventListener(event, heard as EventListener);
        const notes = this.piece("notes");
        const words = { saved: this.dataset.saved ?? "", unsaved: this.dataset.unsaved ?? "" };
        if (notes) this.#notes = new Notes(notes, (page) => this.say("pageLabel", { n: String(page) }), words);
        void this.#open();
    }

    disconnectedCallback(): void {
        this.#leaves?.close();
        this.#leaves = null;
    }

    get paper(): number {
        return Number(this.dataset.paper);
    }

    get page(): number {
        return this.#leaves?.page ?? 1;
    }

    named<E extends HTMLElement = HTMLElement>(act: string): E | null {
        return this.querySelector<E>(`[data-act="${act}"]`);
    }

    piece<E extends HTMLElement = HTMLElement>(name: string): E | null {
        return this.querySelector<E>(`[data-part="${name}"]`);
    }

    /** A sentence of the markup, its `{places}` filled in. */
    say(name: string, places: Record<string, string> = {}): string {
        return (this.dataset[name] ?? "").replace(/\{(\w+)\}/g, (whole, place: string) => places[place] ?? whole);
    }

    /** Turn to a page because somebody presents it. */
    lead(page: number): void {
        this.#led = page;
        this.#leaves?.go(page);
    }

    goToAddress(): void {
        const asked = /^#trang=(\d+)$/.exec(location.hash);
        if (asked) this.#leaves?.go(Number(asked[1]));
    }

    async #open(): Promise<void> {
        const frame = this.piece("pages");
        const bar = this.piece("bar");
        if (!frame || !bar) return;
        frame.hidden = bar.hidden = false;
        frame.setAttribute("aria-busy", "true");
        try {
            const sheets = await Sheets.open(this.dataset.file ?? "");
            if (!this.isConnected) return void sheets.close();
            this.#leaves = new Leaves(frame, sheets, (page) => this.say("pageLabel", { n: String(page) }), {
                turned: (page) => this.#told(page),
                drawn: (page, box) => this.#drawn(page, box),
                failed: (box) => box.replaceChildren(this.say("pageFailed")),
            });
            this.#notes?.turn(1);
            if (this.inAddress) this.goToAddress();
            if (this.#led) this.#leaves.go(this.#led);
        } catch {
            frame.hidden = bar.hidden = true;
            const failed = document.createElement("p");
            failed.className = "notice notice--bad";
            failed.setAttribute("role", "alert");
            failed.textContent = this.say("failed");
            this.prepend(failed);
        } finally {
            frame.removeAttribute("aria-busy");
        }
    }

    #told(page: number): void {
        const field = this.querySelector<HTMLInputElement>('[data-part="go"] input');
        if (field && field !== document.activeElement) field.value = String(page);
        this.#notes?.turn(page);
        if (this.inAddress) history.replaceState(history.state, "", `#trang=${page}`);
        if (page !== this.#led) this.turned(page);
        this.#led = page === this.#led ? this.#led : 0;
    }

    #drawn(page: number, box: HTMLElement): void {
        if (page === 1) this.dataset.ready = "true";
        box.dataset.drawn = "true";
        this.#mark(box);
    }

    go(page: number): void {
        this.#led = 0;
        this.#leaves?.go(page);
    }

    readonly #clicked = (event: MouseEvent): void => {
        const target = event.target as HTMLElement;
        const link = target.closest<HTMLAnchorElement>('a[href^="#trang="]');
        if (link) {
            event.preventDefault();
            this.go(Number(link.hash.slice("#trang=".length)));
            return;
        }
        const act = target.closest<HTMLElement>("[data-act]")?.dataset.act;
        if (act === "before" || act === "after") this.go(this.page + ACTS[act]);
        else if (act === "smaller") this.#leaves?.zoom(-1);
        else if (act === "larger") this.#leaves?.zoom(1);
        else if (act === "fit") this.#leaves?.zoom(0);
        else if (act) this.acted(act);
    };

    readonly #pressed = (event: KeyboardEvent): void => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.piece("pages")) return;
        const turn: Record<string, () => void> = {
            ArrowLeft: () => this.go(this.page - 1),
            ArrowRight: () => this.go(this.page + 1),
            Home: () => this.go(1),
            End: () => this.go(Number(this.dataset.pages)),
            "+": () => this.#leaves?.zoom(1),
            "-": () => this.#leaves?.zoom(-1),
            "0": () => this.#leaves?.zoom(0),
        };
        const act = turn[event.key];
        if (!act) return;
        event.preventDefault();
        act();
    };

    readonly #submitted = (event: SubmitEvent): void => {
        const form = event.target as HTMLFormElement;
        const field = form.querySelector("input");
        if (!field || (form.dataset.part !== "go" && form.dataset.part !== "find")) return;
        event.preventDefault();
        if (form.dataset.part === "go") {
            this.go(Number(field.value));
            field.value = String(this.page);
        } else void this.#find(form.action, field.value.trim());
    };

    async #find(address: string, sought: string): Promise<void> {
        const results = this.piece("results");
        const found = this.piece("found");
        const told = this.piece("told");
        if (!results || !found || !told) return;
        this.#sought = sought;
        results.hidden = !sought;
        found.replaceChildren();
        told.textContent = "";
        for (const box of this.querySelectorAll<HTMLElement>(".leaf[data-drawn]")) this.#mark(box);
        if (!sought) return;
        const answer = await fetch(`${address}?q=${encodeURIComponent(sought)}`).catch(() => null);
        if (!answer?.ok) {
            told.textContent = this.say("failed");
            return;
        }
        const pages: { page: number; words: string }[] = await answer.json();
        told.textContent = pages.length ? this.say("found", { n: String(pages.length) }) : this.say("none");
        for (const { page, words } of pages) {
            const line = document.createElement("li");
            const link = document.createElement("a");
            link.href = `#trang=${page}`;
            link.textContent = this.say("pageLabel", { n: String(page) });
            line.append(link, ` ${words}`);
            found.append(line);
        }
        if (pages[0]) this.go(pages[0].page);
    }

    /** Lines of a drawn page that hold what is sought are marked. */
    #mark(box: HTMLElement): void {
        const key = folded(this.#sought);
        for (const line of box.querySelectorAll<HTMLElement>(".words span"))
            line.classList.toggle("words__hit", key.length > 1 && folded(line.textContent ?? "").includes(key));
    }
}

/** As the server's search reads words: without diacritics, in lower case, with single spaces. */
export const folded = (text: string): string =>
    text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d").replace(/\s+/g, " ").trim();
