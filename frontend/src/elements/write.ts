/** The form in which one writes. What is half written stays on this machine until it is sent, through every update, loss and reload. */
import { consultationOf, counted, halted, live, newId, part, send, text } from "../page";

interface Draft {
    id: string;
    node: string;
    name: string;
    text: string;
    quote: string;
    before: string;
    after: string;
    side: string;
    kind: string;
}

const kept = ["id", "node", "name", "text", "quote", "before", "after", "side", "kind"] as const;
const keyOf = (element: Element, place: string): string => `gop-y:${consultationOf(element).id}:${place}`;

export class ContributionForm extends HTMLElement {
    #draft = "";
    #sending = false;

    connectedCallback(): void {
        const form = this.querySelector("form");
        if (!form) return;
        this.#draft = keyOf(this, this.dataset.place ?? "");
        const draft = readDraft(this.#draft);
        if (draft && !field(form, "text").value && !has(form, "suggestion")) {
            for (const name of kept) if (draft[name] && has(form, name)) field(form, name).value = draft[name];
        }
        if (!field(form, "id").value) field(form, "id").value = newId();
        form.addEventListener("input", () => {
            this.#keep(form);
            this.#count(form);
        });
        for (const onWords of form.querySelectorAll<HTMLElement>('[data-part="on-words"]'))
            onWords.hidden = !this.dataset.place;
        form.addEventListener("submit", (event) => {
            // Suggested wording and other kinds of contributors go the way they go without scripts.
            if (event.submitter?.getAttribute("name") === "act" || has(form, "suggestion")) return;
            if (field(form, "kind").value !== "citizen") return;
            event.preventDefault();
            this.#send(form);
        });
        const cancel = part<HTMLButtonElement>(form, "cancel");
        if (cancel) {
            cancel.hidden = false;
            cancel.addEventListener("click", () => this.#close());
        }
        addEventListener("phase", () => {
            const why = halted(this);
            for (const button of form.querySelectorAll<HTMLButtonElement>("[type=submit]"))
                button.disabled = why !== "";
            this.#say("bad", why);
        });
        this.#count(form);
    }

    #keep(form: HTMLFormElement): void {
        // Other words are another command: the server would answer the same id with what it recorded before.
        const written = kept.map((name) => [name, has(form, name) ? field(form, name).value : ""]);
        sessionStorage.setItem(this.#draft, JSON.stringify(Object.fromEntries(written)));
    }

    #count(form: HTMLFormElement): void {
        const area = field(form, "text");
        const count = part(form, "count");
        const left = Number(area.dataset.limit) - [...area.value.normalize("NFC")].length;
        if (!count || Number.isNaN(left)) return;
        count.textContent = counted(left < 0 ? "over" : "left", Math.abs(left));
        count.toggleAttribute("data-over", left < 0);
    }

    async #send(form: HTMLFormElement): Promise<void> {
        if (this.#sending) return;
        for (const [name, sentence] of [
            ["name", "nameless"],
            ["text", "empty"],
        ] as const) {
            const input = field(form, name);
            input.toggleAttribute("aria-invalid", false);
            if (input.value.trim()) continue;
            input.setAttribute("aria-invalid", "true");
            input.focus();
            this.#say("bad", text(sentence));
            return;
        }
        this.#sending = true;
        field(form, "text").toggleAttribute("readonly", true);
        this.#say("note", text(live.state === "live" ? "sending" : "unsent"));
        const answer = await send({
            type: "contribute",
            id: field(form, "id").value,
            consultation: consultationOf(this).id,
            node: field(form, "node").value || null,
            text: field(form, "text").value,
            name: field(form, "name").value,
            version: Number(field(form, "version").value),
            quote: has(form, "quote") ? field(form, "quote").value : "",
            before: field(form, "before").value,
            after: field(form, "after").value,
            side: (field(form, "side").value || null) as "for" | "against" | "neutral" | null,
        });
        this.#sending = false;
        field(form, "text").toggleAttribute("readonly", false);
        if (answer.type === "refused") {
            field(form, "id").value = newId();
            this.#keep(form);
            this.#say("bad", answer.message);
            return;
        }
        sessionStorage.removeItem(this.#draft);
        field(form, "id").value = newId();
        for (const name of ["text", "quote", "before", "after", "side"])
            if (has(form, name)) field(form, name).value = "";
        this.#count(form);
        this.#say("good", text(answer.state === "waiting" ? "awaiting" : "published"));
    }

    #say(kind: string, sentence: string): void {
        const said = part(this, "said");
        if (!said) return;
        said.className = sentence ? `write__said notice notice--${kind}` : "write__said";
        said.textContent = sentence;
        // On a phone it stands below what is seen of a long form.
        if (sentence && this.contains(document.activeElement)) said.scrollIntoView({ block: "nearest" });
    }

    #close(): void {
        const opener = this.previousElementSibling;
        this.remove();
        if (opener instanceof HTMLElement && opener.dataset.write !== undefined) {
            opener.hidden = false;
            opener.focus();
        }
    }
}

/** Words selected in the text, by mouse, touch or keyboard, are offered to be quoted in the form of their place. */
export function offerQuotes(): void {
    const button = document.querySelector<HTMLButtonElement>("#quote-here");
    if (!button) return;
    let chosen: { home: HTMLElement; node: string; words: string; before: string; after: string } | null = null;
    document.addEventListener("selectionchange", () => {
        chosen = selected();
        button.hidden = !chosen;
    });
    button.addEventListener("mousedown", (event) => event.preventDefault());
    button.addEventListener("click", () => {
        const quoted = chosen;
        const opener = quoted?.home.querySelector<HTMLElement>("[data-write]");
        if (!quoted) return;
        if (opener && !opener.hidden) openAt(opener);
        const form = quoted.home.querySelector<HTMLFormElement>("contribution-form form");
        if (!form || !has(form, "quote")) return;
        for (const name of ["node", "before", "after"] as const) field(form, name).value = quoted[name];
        field(form, "quote").value = quoted.words;
        form.dispatchEvent(new Event("input", { bubbles: true }));
        button.hidden = true;
        field(form, "text").focus();
    });
}

/** The selected words of one node, whole words, with what stands around them in it. */
function selected(): { home: HTMLElement; node: string; words: string; before: string; after: string } | null {
    const selection = getSelection();
    if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
    const range = selection.getRangeAt(0);
    const start = range.startContainer.parentElement;
    const line = start?.closest<HTMLElement>(".article__words p[lang='vi']");
    const node = line?.closest<HTMLElement>("[data-node]");
    const home = line?.closest<HTMLElement>("[data-home]");
    if (!line || !node || !home || !range.intersectsNode(line)) return null;
    const lead = document.createRange();
    lead.setStart(line, 0);
    lead.setEnd(range.startContainer, range.startOffset);
    const all = line.textContent ?? "";
    let from = lead.toString().length;
    let to = line.contains(range.endContainer) ? from + range.toString().length : all.length;
    while (from > 0 && /[\p{L}\p{N}]/u.test(all[from - 1] ?? "")) from -= 1;
    while (to < all.length && /[\p{L}\p{N}]/u.test(all[to] ?? "")) to += 1;
    const words = all.slice(from, to).trim();
    if (!words) return null;
    const before = all.slice(Math.max(0, from - 32), from);
    return { home, node: node.dataset.node ?? "", words, before, after: all.slice(to, to + 32) };
}

/** Links that open the form: here at once, and without scripts on the page that the link leads to. */
export function openForms(): void {
    document.addEventListener("click", (event) => {
        const opener = (event.target as Element).closest<HTMLElement>("[data-write]");
        if (!opener || !openAt(opener)) return;
        event.preventDefault();
        opener.nextElementSibling?.querySelector<HTMLElement>("[name=text]")?.focus();
    });
    for (const opener of document.querySelectorAll<HTMLElement>("[data-write]"))
        if (readDraft(keyOf(opener, opener.dataset.write ?? ""))?.text) openAt(opener);
}

function openAt(opener: HTMLElement): boolean {
    const blank = document.querySelector<HTMLTemplateElement>("#write")?.content.firstElementChild?.cloneNode(true);
    if (!(blank instanceof HTMLElement)) return false;
    const place = opener.dataset.write ?? "";
    blank.dataset.place = place;
    const name = place || "all";
    for (const element of blank.querySelectorAll("[id], [for], [aria-describedby], [aria-labelledby]"))
        for (const attribute of ["id", "for", "aria-describedby", "aria-labelledby"]) renamed(element, attribute, name);
    chooseFrom(opener, blank.querySelector("select"), place);
    opener.after(blank);
    opener.hidden = true;
    return true;
}

/** `text-new` in the template becomes `text-n17` in the copy. */
function renamed(element: Element, attribute: string, name: string): void {
    const value = element.getAttribute(attribute);
    if (value) element.setAttribute(attribute, value.replace(/-new\b/g, `-${name}`));
}

/** One may write about the điều itself or any of its khoản and điểm: they stand in the page with their names. */
function chooseFrom(opener: HTMLElement, select: HTMLSelectElement | null, place: string): void {
    const home = opener.closest<HTMLElement>("[data-home]");
    if (!select || !home || !place) return;
    const nodes = [home, ...home.querySelectorAll<HTMLElement>("[data-node][data-label]")];
    select.replaceChildren(...nodes.map(({ dataset }) => new Option(dataset.label, dataset.node)));
}

const has = (form: HTMLFormElement, name: string): boolean => form.elements.namedItem(name) !== null;
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
const field = (form: HTMLFormElement, name: string): Field & { dataset: DOMStringMap } =>
    form.elements.namedItem(name) as Field;

function readDraft(key: string): Draft | null {
    try {
        return JSON.parse(sessionStorage.getItem(key) ?? "null");
    } catch {
        return null;
    }
}
