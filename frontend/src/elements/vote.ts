/** One question: the reader's answer, sent as soon as it is chosen, and everybody's totals. */
import type { Tally } from "../../protocol.gen";
import { counted, halted, live, newId, part, send, text } from "../page";

/** With arrow keys one passes through answers on the way to another: they count when one rests on them this long. */
const REST_MS = 900;

export class VoteBox extends HTMLElement {
    #rest = 0;
    #byKey = false;
    #sending = "";

    connectedCallback(): void {
        const form = this.querySelector("form");
        live.listen((message) => {
            if (message.type === "tally") this.#count(message);
        });
        if (!form) return;
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            this.#cast();
        });
        form.addEventListener("keydown", (event) => {
            this.#byKey = event.key !== "Enter" && event.key !== " ";
        });
        form.addEventListener("pointerdown", () => {
            this.#byKey = false;
        });
        form.addEventListener("change", () => {
            clearTimeout(this.#rest);
            this.#rest = setTimeout(() => this.#cast(), this.#byKey ? REST_MS : 0);
        });
        form.addEventListener("focusout", ({ relatedTarget }) => {
            // An arrow key moves the focus from answer to answer: only who leaves the question has decided.
            if (this.#rest && !form.contains(relatedTarget as Node | null)) this.#cast();
        });
        addEventListener("phase", () => this.#open());
    }

    get #chosen(): number | null {
        const input = this.querySelector<HTMLInputElement>("input[name=choice]:checked");
        return input && Number(input.value);
    }

    async #cast(): Promise<void> {
        clearTimeout(this.#rest);
        this.#rest = 0;
        const choice = this.#chosen;
        if (choice === null || (!this.#sending && this.dataset.mine === String(choice))) return;
        const id = newId();
        this.#sending = id;
        this.#mark(choice);
        this.#say("sending", text(live.state === "live" ? "sending" : "unsent"));
        const answer = await send({ type: "vote", id, question: Number(this.dataset.question), choice });
        if (this.#sending !== id) return;
        this.#sending = "";
        if (answer.type === "done") {
            this.dataset.mine = String(choice);
            this.#recorded(choice);
        } else {
            const mine = this.dataset.mine === undefined ? null : Number(this.dataset.mine);
            this.#mark(mine);
            for (const input of this.querySelectorAll<HTMLInputElement>("input[name=choice]"))
                input.checked = mine !== null && Number(input.value) === mine;
            this.#say("refused", answer.message);
        }
    }

    #recorded(choice: number): void {
        const name = this.querySelectorAll(".option__name")[choice]?.textContent ?? "";
        this.#say("recorded", text("recorded", { answer: name }));
    }

    #mark(choice: number | null): void {
        this.querySelectorAll(".option").forEach((option, place) => {
            option.classList.toggle("option--mine", place === choice);
        });
    }

    #say(answer: string, sentence: string): void {
        this.dataset.answer = answer;
        const said = this.querySelector(".vote__said");
        if (said) said.textContent = sentence;
    }

    #count({ totals }: Tally): void {
        const people = totals[this.dataset.question ?? ""];
        const voters = part(this, "voters");
        if (!people || !voters) return;
        const whole = people.reduce((sum, n) => sum + n, 0);
        voters.textContent = counted("voters", whole);
        this.querySelectorAll(".option").forEach((option, place) => {
            const n = people[place] ?? 0;
            const count = part(option, "count");
            if (count) count.textContent = counted("people", n);
            option.querySelector("rect")?.setAttribute("width", whole ? ((100 * n) / whole).toFixed(1) : "0");
        });
    }

    #open(): void {
        const why = halted(this);
        const fields = this.querySelector("fieldset");
        if (fields) fields.disabled = why !== "";
        if (why) this.#say("ended", why);
        else if (this.dataset.mine !== undefined) this.#recorded(Number(this.dataset.mine));
        else this.#say("", "");
    }
}
