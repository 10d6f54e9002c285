/** The pages of one paper below each other: only those near the reader are drawn, the others keep their place. */
import { isCancelled, type Sheet, type Sheets } from "./sheets";

const NEAR = "150% 0px";
const ZOOM = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3];
const FITS = 3;
const GAP = 8;
const A4 = Math.SQRT2;

interface Leaf {
    readonly box: HTMLElement;
    sheet: Sheet | null;
    near: boolean;
    ratio: number;
}

export interface Told {
    /** Another page is the one that is read now. */
    turned(page: number): void;
    drawn(page: number, box: HTMLElement): void;
    failed(box: HTMLElement): void;
}

export class Leaves {
    page = 1;
    readonly #leaves: Leaf[] = [];
    readonly #watch: IntersectionObserver;
    readonly #resized: ResizeObserver;
    #zoom = FITS;
    #width = 0;
    #ticking = 0;
    #aim = Number.NaN;
    #settling = 0;

    constructor(
        readonly frame: HTMLElement,
        readonly sheets: Sheets,
        label: (page: number) => string,
        readonly told: Told,
    ) {
        this.#watch = new IntersectionObserver((seen) => this.#seen(seen), { root: frame, rootMargin: NEAR });
        for (let number = 1; number <= sheets.pages; number += 1) {
            const box = document.createElement("section");
            box.className = "leaf";
            box.dataset.page = String(number);
            box.setAttribute("aria-label", label(number));
            this.#leaves.push({ box, sheet: null, near: false, ratio: A4 });
        }
        frame.replaceChildren(...this.#leaves.map(({ box }) => box));
        this.#measure();
        for (const { box } of this.#leaves) this.#watch.observe(box);
        frame.addEventListener("scroll", this.#scrolled, { passive: true });
        this.#resized = new ResizeObserver(() => this.#laterRedraw());
        this.#resized.observe(frame);
    }

    close(): void {
        this.#watch.disconnect();
        this.#resized.disconnect();
        this.frame.removeEventListener("scroll", this.#scrolled);
        for (const leaf of this.#leaves) leaf.sheet?.stop();
        void this.sheets.close();
    }

    go(page: number): void {
        const number = Math.max(1, Math.min(Math.round(page) || 1, this.#leaves.length));
        const box = this.#leaves[number - 1]?.box;
        if (box) {
            this.frame.scrollTop = box.offsetTop - GAP;
            this.#aim = this.frame.scrollTop;
        }
        this.#turn(number);
    }

    zoom(step: -1 | 0 | 1): void {
        const next = step === 0 ? FITS : Math.max(0, Math.min(this.#zoom + step, ZOOM.length - 1));
        if (next === this.#zoom) return;
        this.#zoom = next;
        this.#redraw();
    }

    box(page: number): HTMLElement | null {
        return this.#leaves[page - 1]?.box ?? null;
    }

    readonly #scrolled = (): void => {
        if (this.#ticking) return;
        this.#ticking = requestAnimationFrame(() => {
            this.#ticking = 0;
            // A last page that is short does not reach the upper edge, and is yet the one that was gone to.
            if (Math.abs(this.frame.scrollTop - this.#aim) < 2) return;
            this.#aim = Number.NaN;
            const line = this.frame.scrollTop + this.frame.clientHeight / 3;
            const at = this.#leaves.findIndex(({ box }) => box.offsetTop + box.offsetHeight > line);
            this.#turn(at < 0 ? this.#leaves.length : at + 1);
        });
    };

    #turn(page: number): void {
        if (page === this.page) return;
        this.page = page;
        this.told.turned(page);
    }

    /** Sizes all places. Places that grow above the reader must not move what is read. */
    #measure(): void {
        this.#width = Math.max(200, this.frame.clientWidth - 24) * (ZOOM[this.#zoom] ?? 1);
        for (const leaf of this.#leaves) this.#size(leaf);
    }

    #size({ box, ratio }: Leaf): void {
        box.style.width = `${Math.round(this.#width)}px`;
        box.style.height = `${Math.round(this.#width * ratio)}px`;
    }

    #laterRedraw(): void {
        clearTimeout(this.#settling);
        const wanted = Math.max(200, this.frame.clientWidth - 24) * (ZOOM[this.#zoom] ?? 1);
        if (Math.abs(wanted - this.#width) < 2) return;
        this.#settling = setTimeout(() => this.#redraw(), 150);
    }

    #redraw(): void {
        const { page } = this;
        this.#measure();
        this.go(page);
        for (const leaf of this.#leaves) {
            if (!leaf.sheet) continue;
            leaf.sheet.stop();
            leaf.sheet = null;
            if (leaf.near) void this.#draw(leaf);
        }
    }

    #seen(entries: readonly IntersectionObserverEntry[]): void {
        for (const { target, isIntersecting } of entries) {
            const leaf = this.#leaves[Number((target as HTMLElement).dataset.page) - 1];
            if (!leaf) continue;
            leaf.near = isIntersecting;
            if (isIntersecting && !leaf.sheet) void this.#draw(leaf);
            else if (!isIntersecting && leaf.sheet) {
                leaf.sheet.stop();
                leaf.sheet = null;
            }
        }
    }

    async #draw(leaf: Leaf): Promise<void> {
        const number = Number(leaf.box.dataset.page);
        try {
            const { sheet, size } = await this.sheets.sheet(number, leaf.box);
            if (!leaf.near || leaf.sheet) return;
            leaf.sheet = sheet;
            this.#keepPlace(leaf, size.height / size.width);
            await sheet.draw(this.#width);
            if (leaf.sheet === sheet) this.told.drawn(number, leaf.box);
        } catch (failure) {
            if (!isCancelled(failure)) this.told.failed(leaf.box);
        }
    }

    #keepPlace(leaf: Leaf, ratio: number): void {
        if (Math.abs(ratio - leaf.ratio) < 0.001) return;
        const before = leaf.box.offsetHeight;
        const above = leaf.box.offsetTop < this.frame.scrollTop - GAP;
        leaf.ratio = ratio;
        this.#size(leaf);
        if (!above) return;
        this.frame.scrollTop += leaf.box.offsetHeight - before;
        this.#aim += leaf.box.offsetHeight - before;
    }
}
