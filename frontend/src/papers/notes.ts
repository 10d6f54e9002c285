/** One's own notes beside the page that is read: the form follows the page, and is kept without leaving it. */

export class Notes {
    readonly #form: HTMLFormElement;
    readonly #page: HTMLInputElement;
    readonly #text: HTMLTextAreaElement;
    readonly #told: HTMLElement;
    readonly #list: HTMLElement;
    #changed = false;

    constructor(
        inside: HTMLElement,
        readonly label: (page: number) => string,
        readonly words: { saved: string; unsaved: string },
    ) {
        const named = <E extends HTMLElement>(what: string) => inside.querySelector<E>(what) as E;
        this.#form = named("form");
        this.#page = named('input[name="page"]');
        this.#text = named("textarea");
        this.#told = named('[data-part="note-told"]');
        this.#list = named('[data-part="note-list"]');
        this.#text.addEventListener("input", () => {
            this.#changed = true;
            this.#told.textContent = "";
        });
        this.#page.addEventListener("change", () => this.#fill());
        this.#form.addEventListener("submit", (event) => void this.#save(event));
    }

    /** What is being written stays with its page. */
    turn(page: number): void {
        if (this.#changed && this.#text.value.trim()) return;
        this.#page.value = String(page);
        this.#fill();
    }

    #of(page: string): HTMLElement | null {
        return this.#list.querySelector(`[data-page="${CSS.escape(page)}"]`);
    }

    #fill(): void {
        if (this.#changed && this.#text.value.trim()) return;
        this.#text.value = this.#of(this.#page.value)?.querySelector('[data-part="words"]')?.textContent ?? "";
        this.#changed = false;
        this.#told.textContent = "";
    }

    async #save(event: Event): Promise<void> {
        event.preventDefault();
        const fields = new URLSearchParams();
        for (const [name, value] of new FormData(this.#form)) if (typeof value === "string") fields.append(name, value);
        const page = this.#page.value.trim();
        const text = this.#text.value.trim();
        let saved = false;
        try {
            const answer = await fetch(this.#form.action, { method: "POST", body: fields, redirect: "manual" });
            saved = answer.type === "opaqueredirect";
        } catch {
            saved = false;
        }
        this.#told.textContent = saved ? this.words.saved : this.words.unsaved;
        if (!saved) return;
        this.#changed = false;
        this.#of(page)?.remove();
        if (text) this.#insert(page, text);
    }

    #insert(page: string, text: string): void {
        const line = document.createElement("li");
        line.dataset.page = page;
        const link = document.createElement("a");
        link.href = `#trang=${page}`;
        link.textContent = this.label(Number(page));
        const words = document.createElement("span");
        words.dataset.part = "words";
        words.textContent = text;
        line.append(link, " ", words);
        const after = [...this.#list.children].find((one) => Number((one as HTMLElement).dataset.page) > Number(page));
        this.#list.insertBefore(line, after ?? null);
    }
}
