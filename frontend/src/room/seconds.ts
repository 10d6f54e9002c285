/** Renders an element again at each second of the server's clock, so that all who look see the same number. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { live } from "../page";

export class Seconds implements ReactiveController {
    #timer = 0;

    /** `until` is what is counted down to (milliseconds), if anything: then its seconds are those that count. */
    constructor(
        readonly host: ReactiveControllerHost,
        readonly until: () => number | null = () => null,
    ) {
        host.addController(this);
    }

    hostConnected(): void {
        this.#wait();
    }

    hostDisconnected(): void {
        clearTimeout(this.#timer);
    }

    /** What is counted down to has changed. */
    hostUpdated(): void {
        this.#wait();
    }

    #wait(): void {
        clearTimeout(this.#timer);
        const phase = ((this.until() ?? 0) - live.now) % 1000;
        this.#timer = setTimeout(() => this.host.requestUpdate(), (phase < 0 ? phase + 1000 : phase) + 1);
    }
}
