/** Short sentences at the edge of the page, which are also read out. */

export type ToastKind = "note" | "bad" | "hand" | "knock" | "chat";

export interface Toast {
    readonly id: number;
    readonly kind: ToastKind;
    readonly sentence: string;
}

const SHOWN_MS: Record<ToastKind, number> = { note: 5000, hand: 7000, chat: 6000, knock: 12_000, bad: 12_000 };
const MOST = 3;

export class Toasts {
    list: readonly Toast[] = [];
    /** What is only read out. */
    whispered = "";
    #ids = 0;

    constructor(readonly changed: () => void) {}

    say(sentence: string, kind: ToastKind): void {
        if (!sentence) return;
        this.#ids += 1;
        const toast = { id: this.#ids, kind, sentence };
        this.list = [...this.list.filter((other) => other.sentence !== sentence), toast].slice(-MOST);
        setTimeout(() => this.dismiss(toast.id), SHOWN_MS[kind]);
        this.changed();
    }

    /** The panel that now stands open says it all. */
    drop(...kinds: readonly ToastKind[]): void {
        this.list = this.list.filter(({ kind }) => !kinds.includes(kind));
        this.changed();
    }

    whisper(sentence: string): void {
        this.whispered = sentence;
        this.changed();
    }

    dismiss(id: number): void {
        this.list = this.list.filter((toast) => toast.id !== id);
        this.changed();
    }
}
