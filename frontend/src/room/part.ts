/** What the elements of the room have in common: they render into the page itself, and again whenever something in the hall changes. */
import { LitElement } from "lit";
import type { Hall } from "./hall";

let hall: Hall | null = null;

/** The page has one hall; it is made before the first element. */
export function furnish(made: Hall): void {
    hall = made;
}

export abstract class Part extends LitElement {
    get hall(): Hall {
        if (!hall) throw new Error("the hall is not there yet");
        return hall;
    }

    override createRenderRoot(): this {
        return this;
    }

    override connectedCallback(): void {
        super.connectedCallback();
        this.hall.attach(this);
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        this.hall.detach(this);
    }
}
