/** Tells a moderator that the queue has changed since the page was made. It never moves what is being judged. */
import { counted, live, part } from "../page";

export class QueueNews extends HTMLElement {
    readonly #new = new Set<number>();

    connectedCallback(): void {
        const list = this.dataset.list; // the state of the contributions on this page
        const items = new Map<number, HTMLElement>();
        for (const item of document.querySelectorAll<HTMLElement>("[data-contribution]"))
            items.set(Number(item.dataset.contribution), item);
        const newest = Math.max(0, ...items.keys());

        const see = (id: number, state: string | undefined) => {
            const item = items.get(id);
            if (item) item.toggleAttribute("data-moved", state !== list);
            else if (state === list) this.#new.add(id);
            else this.#new.delete(id);
            const note = item && part(item, "moved");
            if (note) note.hidden = state === list;
        };
        live.listen((message) => {
            if (message.type === "shown") see(message.contribution.id, message.contribution.state);
            else if (message.type === "gone") see(message.contribution, undefined);
            else if (message.type === "snapshot") {
                for (const place of message.places)
                    for (const { id, state } of place.newest) if (id > newest || items.has(id)) see(id, state);
            } else return;
            this.hidden = !this.#new.size;
            const sentence = part(this, "count");
            if (sentence) sentence.textContent = counted("news", this.#new.size);
        });
    }
}
