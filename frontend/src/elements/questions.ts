/** Questions beside the text: polls appear as they are opened, answers are sent live, and totals are filled in where they may be shown. */
import type { Poll, Tally } from "../../protocol.gen";
import { announce, counted, live, newId, number, part, send } from "../page";

const parts = (inside: ParentNode, name: string): HTMLElement[] => [
    ...inside.querySelectorAll<HTMLElement>(`[data-part="${name}"]`),
];
const texts = (): DOMStringMap => document.querySelector<HTMLElement>("#asked-texts")?.dataset ?? {};
const fixed = (n: number, digits: number): string =>
    n.toLocaleString(document.documentElement.lang === "en" ? "en" : "vi", {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
    });

export class QuestionBox extends HTMLElement {
    #sending = "";

    connectedCallback(): void {
        live.listen((message) => {
            if (message.type === "tally") this.#count(message);
        });
        this.querySelector("form")?.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#answer();
        });
    }

    /** The poll as the server tells of it. */
    tell(poll: Poll): void {
        if (this.dataset.state === poll.state || poll.state === "open") return;
        this.dataset.state = poll.state;
        const state = part(this, "state");
        if (state) {
            state.textContent = state.dataset[poll.state] ?? "";
            state.classList.replace("tag--open", "tag--plain");
        }
        const fields = part<HTMLFieldSetElement>(this, "fields");
        if (fields) fields.disabled = true;
        part(this, "send")?.remove();
        this.#say("closed", texts().closed);
    }

    get #choices(): number[] {
        if (this.dataset.kind !== "rank")
            return [...this.querySelectorAll<HTMLInputElement>("input:checked")].map((input) => Number(input.value));
        const places = [...this.querySelectorAll("select")].map((select) => Number(select.value));
        const order = places.map((_, place) => places.indexOf(place + 1));
        return order.includes(-1) ? [] : order;
    }

    async #answer(): Promise<void> {
        const choices = this.#choices;
        const words = this.querySelector("textarea")?.value ?? "";
        const [first] = choices;
        if (first === undefined && !words.trim()) {
            this.#say("refused", texts().choose);
            return;
        }
        const id = newId();
        this.#sending = id;
        this.#say("sending", texts().sending);
        const question = Number(this.dataset.question);
        const single = this.dataset.kind === "single" || this.dataset.kind === "scale";
        const answer =
            single && first !== undefined
                ? await send({ type: "vote", id, question, choice: first })
                : await send({ type: "respond", id, question, choices, text: words });
        if (this.#sending !== id) return;
        if (answer.type === "done") this.#say("recorded", texts().recorded);
        else this.#say("refused", answer.message);
    }

    #say(answer: string, sentence = ""): void {
        this.dataset.answer = answer;
        const said = part(this, "said");
        if (said) said.textContent = sentence;
    }

    #count({ totals }: Tally): void {
        const people = totals[this.dataset.question ?? ""];
        const results = part(this, "results");
        if (!people || !results) return;
        const rows = parts(results, "row");
        const kind = this.dataset.kind;
        const own = kind === "single" || kind === "scale";
        const answered = own ? people.reduce((sum, n) => sum + n, 0) : (people.at(-1) ?? 0);
        for (const said of parts(results, "answered")) said.textContent = counted("answered", answered);
        rows.forEach((row, option) => {
            const n = people[option] ?? 0;
            const share = answered ? (100 * n) / answered : 0;
            write(row, "people", number(n));
            write(row, "share", `${fixed(share, 1)} %`);
            row.querySelector("rect")?.setAttribute("width", share.toFixed(1));
            if (kind === "rank" && answered) {
                const sum = rows.reduce((all, _, at) => all + (at + 1) * (people[at * rows.length + option] ?? 0), 0);
                write(row, "place", fixed(sum / answered, 2));
            }
        });
        results.hidden = false;
        const secret = part(this, "secret");
        if (secret) secret.hidden = true;
    }
}

function write(inside: ParentNode, name: string, sentence: string): void {
    const found = part(inside, name);
    if (found) found.textContent = sentence;
}

/** Put polls into the page as they are opened, the newest first, and close those that are closed. */
export function followPolls(): void {
    const list = document.querySelector<HTMLElement>("[data-part=polls]");
    if (!list) return;
    live.listen((message) => {
        if (message.type === "pollChanged") told(list, message.poll);
        else if (message.type === "snapshot") for (const poll of message.polls) told(list, poll);
    });
}

function told(list: HTMLElement, poll: Poll): void {
    const known = document.querySelector<QuestionBox>(`question-box[data-question="${poll.id}"]`);
    if (known) known.tell(poll);
    else if (poll.state === "open") {
        const made = boxOf(poll);
        if (!made) return;
        list.prepend(made);
        const section = document.querySelector<HTMLElement>("[data-part=polls-section]");
        if (section) section.hidden = false;
        part(document, "none")?.remove();
        announce(`${texts().opened ?? ""} ${poll.text}`);
    }
}

/** A poll's box from the server's template. Only text is written: what people write is never markup. */
function boxOf(poll: Poll): HTMLElement | null {
    const template = document.querySelector<HTMLTemplateElement>(`#poll-${poll.kind}`);
    const box = template?.content.firstElementChild?.cloneNode(true);
    if (!(box instanceof HTMLElement)) return null;
    box.id = `cau-hoi-${poll.id}`;
    box.dataset.question = String(poll.id);
    for (const text of parts(box, "text")) text.textContent = poll.text;
    for (const name of ["option", "row"]) {
        const [pattern] = parts(box, name);
        if (!pattern) continue;
        const made = poll.labels.map(() => pattern.cloneNode(true) as HTMLElement);
        pattern.replaceWith(...made);
        made.forEach((item, place) => {
            write(item, "label", poll.labels[place] ?? "");
            const input = item.querySelector("input");
            if (input) input.value = String(place);
            const select = item.querySelector("select");
            if (select) for (let n = 2; n <= poll.labels.length; n++) select.append(new Option(number(n), String(n)));
        });
    }
    for (const field of box.querySelectorAll<HTMLInputElement>("[name^=cau-]"))
        field.name = field.name.replace("cau-0", `cau-${poll.id}`);
    const fields = part<HTMLFieldSetElement>(box, "fields");
    const hint = part(box, "hint");
    if (fields && hint) {
        fields.id = `cau-${poll.id}`;
        hint.id = `cau-${poll.id}-hint`;
        fields.setAttribute("aria-describedby", hint.id);
        if (poll.most !== null) hint.textContent = (texts().most ?? "").replace("{n}", number(poll.most));
    }
    box.querySelector("textarea")?.setAttribute("aria-label", poll.text);
    const only = box.querySelector<HTMLInputElement>("input[name=only]");
    if (only) only.value = String(poll.id);
    if (poll.whole && document.querySelector("[data-text-unopened]")) {
        if (fields) fields.disabled = true;
        part(box, "send")?.remove();
        write(box, "said", texts().locked ?? "");
    }
    return box;
}
