/** The form in which one writes. What is half written stays on this machine until it is sent, through every update, loss and reload. */
import { consultationOf, counted, live, newId, part, send, text } from "../page";

interface Draft {
    id: string;
    node: string;
    name: string;
    text: string;
}

const keyOf = (element: Element, place: string): string => `gop-y:${consultationOf(element).id}:${place}`;

export class ContributionForm extends HTMLElement {
    #draft = "";
    #sending = false;

    connectedCallback(): void {
        const form = this.querySelector("form");
        if (!form) return;
        this.#draft = keyOf(this, this.dataset.place ?? "");
        const kept = readDraft(this.#draft);
        if (kept && !field(form, "text").value) {
            for (const name of ["id", "node", "name", "text"] as const)
                if (kept[name]) field(form, name).value = kept[name];
        }
        if (!field(form, "id").value) field(form, "id").value = newId();
        form.addEventListener("input", () => {
            this.#keep(form);
            this.#count(form);
        });
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#send(form);
        });
        const cancel = part<HTMLButtonElement>(form, "cancel");
        if (cancel) {
            cancel.hidden = false;
            cancel.addEventListener("click", () => this.#close());
        }
        addEventListener("phase", () => {
            const open = consultationOf(this).phase === "open";
            for (const button of form.querySelectorAll<HTMLButtonElement>("[type=submit]")) button.disabled = !open;
            if (!open) this.#say("bad", text("ended"));
        });
        this.#count(form);
    }

    #keep(form: HTMLFormElement): void {
        // Other words are another command: the server would answer the same id with what it recorded before.
        const written = (name: string) => field(form, name).value;
        sessionStorage.setItem(
            this.#draft,
            JSON.stringify({ id: written("id"), node: written("node"), name: written("name"), text: written("text") }),
        );
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
        field(form, "text").value = "";
        this.#count(form);
        this.#say("good", text(answer.state === "waiting" ? "awaiting" : "published"));
    }

    #say(kind: string, sentence: string): void {
        const said = part(this, "said");
        if (!said) return;
        said.className = `write__said notice notice--${kind}`;
        said.textContent = sentence;
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

/** Links that open the form: here at once, and without scripts on the page that the link leads to. */
export function openForms(): void {
    document.addEventListener("click", (event) => {
        const opener = (event.target as Element).closest<HTMLElement>("[data-write]");
        if (!opener || !openAt(opener)) return;
        event.preventDefault();
        opener.nextElementSibling?.querySelector("textarea")?.focus();
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
