/** Where each picture stands. Pure functions of sizes; all lengths are CSS pixels, and rectangles count from the area's upper left corner. */

export interface Area {
    readonly width: number;
    readonly height: number;
}

export interface Place extends Area {
    readonly x: number;
    readonly y: number;
}

export interface Arrangement {
    readonly places: ReadonlyMap<string, Place>;
    /** How many pages the pictures need, at least one, and which of them this is, from 0. */
    readonly pages: number;
    readonly page: number;
}

export const GAP = 8;
const WIDEST = 16 / 9;
/** Cameras see wide: on a wide stage their pictures are cut little; on a tall one they are cut, so as not to become strips. */
const NARROWEST = { wide: 4 / 3, tall: 0.8 };
/** Below this width a face is not recognised any more. */
const SMALLEST = { phone: 140, desk: 176 };
const MOST_ON_A_PAGE = 50;
const PHONE = 600;

interface Shape extends Area {
    readonly columns: number;
    readonly rows: number;
}

/** The columns, rows and size of `count` equal pictures that fill the area best. `free` pictures may have any shape. */
export function shapeOf(count: number, area: Area, free = false): Shape {
    let best: Shape = { columns: 1, rows: count, width: 0, height: 0 };
    for (let columns = 1; columns <= count; columns += 1) {
        const rows = Math.ceil(count / columns);
        // A table with a whole empty column is the one with fewer columns, made smaller.
        if ((columns - 1) * rows >= count) continue;
        let width = (area.width - GAP * (columns - 1)) / columns;
        let height = (area.height - GAP * (rows - 1)) / rows;
        if (width <= 0 || height <= 0) continue;
        if (!free) {
            width = Math.min(width, height * WIDEST);
            height = Math.min(height, width / (area.width > area.height ? NARROWEST.wide : NARROWEST.tall));
        }
        if (score(width, height, free) > score(best.width, best.height, free)) best = { columns, rows, width, height };
    }
    return best;
}

/** What counts is how large a wide picture is in it: a screen, or a person with their surroundings. */
function score(width: number, height: number, free: boolean): number {
    const shown = Math.min(width, height * WIDEST);
    return free ? shown : shown * Math.min(width * height, shown * shown);
}

/** How many pictures one page of the grid holds so that each is still recognised. */
export function capacity(area: Area): number {
    const smallest = area.width < PHONE ? SMALLEST.phone : SMALLEST.desk;
    let most = 1;
    for (let count = 2; count <= MOST_ON_A_PAGE; count += 1) {
        if (shapeOf(count, area).width >= smallest) most = count;
    }
    return most;
}

/** Equal pictures, page by page. A last row that is not full stands in the middle. */
export function grid(keys: readonly string[], area: Area, wanted: number): Arrangement {
    const most = capacity(area);
    const pages = Math.max(1, Math.ceil(keys.length / most));
    const page = Math.max(0, Math.min(wanted, pages - 1));
    const shown = keys.slice(page * most, (page + 1) * most);
    // The last page keeps the size of the others: pictures do not jump when one turns the page.
    const shape = shapeOf(pages > 1 ? most : Math.max(1, shown.length), area);
    return { places: fill(shown, shape, { ...area, x: 0, y: 0 }), pages, page };
}

/** Large pictures, and beside or below them a strip of small ones that has pages of its own. */
export function featured(large: readonly string[], small: readonly string[], area: Area, wanted: number): Arrangement {
    if (!small.length)
        return { places: fill(large, shapeOf(large.length, area, true), whole(area)), pages: 1, page: 0 };
    const beside = area.width > area.height * 1.15 && area.width >= PHONE;
    const strip = beside ? column(area) : row(area);
    const pages = Math.ceil(small.length / strip.most);
    const page = Math.max(0, Math.min(wanted, pages - 1));
    const shown = small.slice(page * strip.most, (page + 1) * strip.most);
    const room: Place = beside
        ? { x: 0, y: 0, width: area.width - strip.width - GAP, height: area.height }
        : { x: 0, y: 0, width: area.width, height: area.height - strip.height - GAP };
    const places = new Map(fill(large, shapeOf(large.length, room, true), room));
    const long = shown.length * (beside ? strip.height : strip.width) + GAP * (shown.length - 1);
    const start = ((beside ? area.height : area.width) - long) / 2;
    shown.forEach((key, at) => {
        const along = start + at * ((beside ? strip.height : strip.width) + GAP);
        const [x, y] = beside ? [area.width - strip.width, along] : [along, area.height - strip.height];
        places.set(key, { x, y, width: strip.width, height: strip.height });
    });
    return { places, pages, page };
}

interface Strip extends Area {
    readonly most: number;
}

function column(area: Area): Strip {
    const width = Math.round(Math.min(248, Math.max(152, area.width * 0.17)));
    const height = Math.round((width * 9) / 16);
    return { width, height, most: Math.max(1, Math.floor((area.height + GAP) / (height + GAP))) };
}

function row(area: Area): Strip {
    const height = Math.round(Math.min(128, Math.max(72, area.height * 0.17)));
    const width = Math.round((height * 4) / 3);
    return { width, height, most: Math.max(1, Math.floor((area.width + GAP) / (width + GAP))) };
}

function whole(area: Area): Place {
    return { x: 0, y: 0, width: area.width, height: area.height };
}

function fill(keys: readonly string[], shape: Shape, inside: Place): Map<string, Place> {
    const places = new Map<string, Place>();
    const rows = Math.ceil(keys.length / shape.columns);
    const top = inside.y + (inside.height - rows * shape.height - GAP * (rows - 1)) / 2;
    keys.forEach((key, at) => {
        const row = Math.floor(at / shape.columns);
        const inRow = Math.min(shape.columns, keys.length - row * shape.columns);
        const left = inside.x + (inside.width - inRow * shape.width - GAP * (inRow - 1)) / 2;
        const x = left + (at % shape.columns) * (shape.width + GAP);
        const y = top + row * (shape.height + GAP);
        places.set(key, { x, y, width: shape.width, height: shape.height });
    });
    return places;
}
