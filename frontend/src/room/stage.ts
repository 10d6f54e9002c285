/** All pictures, each in its place. Their elements stay when the layout changes, so that no picture is cut. */
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { text } from "../page";
import { icon } from "./icons";
import { type Area, type Arrangement, capacity, featured, grid } from "./layout";
import { Part } from "./part";
import { pick, type Tile, tilesOf } from "./tiles";

/** The height that the buttons for turning pages need, below the pictures. */
const PAGER = 52;

export class RoomStage extends Part {
    #area: Area = { width: 0, height: 0 };
    readonly #observer = new ResizeObserver(([entry]) => {
        if (!entry) return;
        this.#area = { width: entry.contentRect.width, height: entry.contentRect.height };
        this.requestUpdate();
    });

    override render(): TemplateResult {
        const { hall } = this;
        const tiles = tilesOf(hall.people);
        const arrangement = this.#arrange(tiles);
        const shown = tiles.filter(({ key }) => arrangement.places.has(key));
        hall.media.subscribing.want(new Set(hall.audioOnly ? [] : shown.map(({ key }) => key)));
        const alone = tiles.length === 1;
        return html`<div class="stage__area" data-part="area">
                ${repeat(
                    shown,
                    ({ key }) => key,
                    (tile) => html`<media-tile .tile=${tile} .place=${arrangement.places.get(tile.key)}></media-tile>`,
                )}
            </div>
            ${alone ? html`<p class="stage__alone">${text("alone")}</p>` : nothing} ${this.#pager(arrangement)}`;
    }

    #arrange(tiles: readonly Tile[]): Arrangement {
        const { hall } = this;
        const { large, small } = pick(tiles, { layout: hall.layout, pinned: hall.pinned, speaker: hall.speaker });
        const wanted = hall.page;
        if (this.#area.width) hall.first = capacity(this.#area);
        const arrange = (area: Area) =>
            large.length ? featured(large, small, area, wanted) : grid(small, area, wanted);
        let made = arrange(this.#area);
        if (made.pages > 1) made = arrange({ ...this.#area, height: this.#area.height - PAGER });
        hall.page = made.page;
        return made;
    }

    #pager({ page, pages }: Arrangement): TemplateResult | typeof nothing {
        if (pages < 2) return nothing;
        const turn = (by: number) => () => {
            this.hall.page = page + by;
            this.hall.changed();
        };
        const places = { page: String(page + 1), pages: String(pages) };
        return html`<nav class="pager" aria-label=${text("pages")}>
            <button type="button" class="pager__turn" ?disabled=${page === 0} @click=${turn(-1)} aria-label=${text("page-before")}>
                ${icon("before")}
            </button>
            <span class="pager__where">${text("page-of", places)}</span>
            <button type="button" class="pager__turn" ?disabled=${page === pages - 1} @click=${turn(1)} aria-label=${text("page-after")}>
                ${icon("after")}
            </button>
        </nav>`;
    }

    override firstUpdated(changed: PropertyValues): void {
        super.firstUpdated(changed);
        const area = this.querySelector('[data-part="area"]');
        if (area) this.#observer.observe(area);
    }

    override disconnectedCallback(): void {
        super.disconnectedCallback();
        this.#observer.disconnect();
    }
}
