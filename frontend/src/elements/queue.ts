/** Tells a moderator that the queue has changed since the page was made. It never moves what is being judged. */
import { counted, live, part } from "../page";

export class QueueNews extends HTMLElement {
    readonly #new = new Set<number>();

    connectedCallback(): void {
        live.listen((message) => {
            if (message.type === "shown") this.#new.add(message.contribution.id);
            else if (message.type === "gone") this.#new.delete(message.contribution);
            else if (message.type === "snapshot")
                for (const { newest } of message.places) for (const { id } of newest) this.#new.add(id);
            else return;
            for (const item of document.querySelectorAll<HTMLElement>("[data-contribution]"))
                this.#new.delete(Number(item.dataset.contribution));
            this.hidden = !this.#new.size;
            const sentence = part(this, "count");
            if (sentence) sentence.textContent = counted("news", this.#new.size);
        });
    }
}
