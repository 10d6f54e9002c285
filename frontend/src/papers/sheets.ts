/**
 * A PDF as pdf.js reads it: by ranges, so that the first page does not wait for the last, and without anything that the page's
 * Content-Security-Policy forbids. pdf.js itself is loaded with the first document.
 */
import type { PDFDocumentProxy, PDFPageProxy, RenderTask, TextLayer } from "pdfjs-dist";
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";

type Pdf = typeof import("pdfjs-dist");

const CHUNK = 1 << 17;
const SHARPEST = 2;
/** More pixels than this a telephone does not hold for one page. */
const MOST_PIXELS = 16_000_000;

export interface Size {
    readonly width: number;
    readonly height: number;
}

interface Reader {
    readonly pdf: Pdf;
    /** Never kept, and broken when the worker did not come or came to an end. */
    readonly lost: Promise<never>;
}

let loaded: Promise<Reader> | null = null;

/** The worker begins beside pdf.js and not after it: each has as much to read as the other. */
async function load(): Promise<Reader> {
    const worker = new Worker(workerUrl, { type: "module" });
    const lost = new Promise<never>((_, fail) => worker.addEventListener("error", () => fail(new Error("no worker"))));
    lost.catch(() => {
        loaded = null;
    });
    const pdf: Pdf = await import("pdfjs-dist/legacy/build/pdf.mjs");
    pdf.GlobalWorkerOptions.workerPort = worker;
    return { pdf, lost };
}

/** One page that is drawn into `box`; `stop` takes it out again. */
export class Sheet {
    #task: RenderTask | null = null;
    #layer: TextLayer | null = null;
    #stopped = false;

    constructor(
        readonly pdf: Pdf,
        readonly page: PDFPageProxy,
        readonly box: HTMLElement,
    ) {}

    /** Draw at `width` CSS pixels; the words lie over the picture, to be read aloud, selected and found. */
    async draw(width: number): Promise<void> {
        const scale = width / this.page.getViewport({ scale: 1 }).width;
        const viewport = this.page.getViewport({ scale });
        const wanted = Math.min(window.devicePixelRatio || 1, SHARPEST);
        const ratio = Math.min(wanted, Math.sqrt(MOST_PIXELS / (viewport.width * viewport.height)));
        const canvas = document.createElement("canvas");
        canvas.setAttribute("aria-hidden", "true");
        canvas.width = Math.floor(viewport.width * ratio);
        canvas.height = Math.floor(viewport.height * ratio);
        this.#task = this.page.render({ canvas, viewport: this.page.getViewport({ scale: scale * ratio }) });
        await this.#task.promise;
        if (this.#stopped) return;
        const words = document.createElement("div");
        words.className = "words";
        this.box.style.setProperty("--total-scale-factor", String(scale));
        this.box.replaceChildren(canvas, words);
        this.#layer = new this.pdf.TextLayer({
            textContentSource: this.page.streamTextContent(),
            container: words,
            viewport,
        });
        await this.#layer.render();
    }

    stop(): void {
        this.#stopped = true;
        this.#task?.cancel();
        this.#layer?.cancel();
        this.box.replaceChildren();
        this.page.cleanup();
    }
}

export class Sheets {
    private constructor(
        readonly pdf: Pdf,
        readonly document: PDFDocumentProxy,
    ) {}

    static async open(url: string): Promise<Sheets> {
        loaded ??= load();
        const { pdf, lost } = await loaded;
        const task = pdf.getDocument({
            url: new URL(url, location.href).href,
            rangeChunkSize: CHUNK,
            disableAutoFetch: true,
            disableStream: true,
            isEvalSupported: false,
            useWasm: false,
            wasmUrl: new URL("/static/", location.href).href,
            enableXfa: false,
        });
        return new Sheets(pdf, await Promise.race([task.promise, lost]));
    }

    get pages(): number {
        return this.document.numPages;
    }

    async sheet(number: number, box: HTMLElement): Promise<{ sheet: Sheet; size: Size }> {
        const page = await this.document.getPage(number);
        const { width, height } = page.getViewport({ scale: 1 });
        return { sheet: new Sheet(this.pdf, page, box), size: { width, height } };
    }

    async close(): Promise<void> {
        await this.document.loadingTask.destroy();
    }
}

/** A cancelled drawing is no failure. */
export const isCancelled = (failure: unknown): boolean =>
    failure instanceof Error && /Cancelled|AbortException/.test(failure.name);
