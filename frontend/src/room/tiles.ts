/** Which pictures there are, in which order, and which of them are large. Pure. */

export type LayoutChoice = "auto" | "grid" | "speaker" | "screen";

/** A picture of the room: a person, or a screen that a person shares. */
export interface Tile {
    /** `camera p12` or `screen p12`. */
    readonly key: string;
    readonly identity: string;
    readonly kind: "camera" | "screen";
}

export interface Present {
    readonly identity: string;
    readonly self: boolean;
    readonly shares: boolean;
}

/** Screens first, then people in the order in which they came, oneself last. */
export function tilesOf(people: readonly Present[]): Tile[] {
    const screens = people.filter(({ shares }) => shares);
    const faces = [...people.filter(({ self }) => !self), ...people.filter(({ self }) => self)];
    return [...screens.map(({ identity }) => screenOf(identity)), ...faces.map(({ identity }) => cameraOf(identity))];
}

export const cameraOf = (identity: string): Tile => ({ key: `camera ${identity}`, identity, kind: "camera" });
export const screenOf = (identity: string): Tile => ({ key: `screen ${identity}`, identity, kind: "screen" });

export interface Choice {
    readonly layout: LayoutChoice;
    /** The key of the picture that this viewer has pinned. */
    readonly pinned: string | null;
    /** Who speaks now, or spoke last; never oneself. */
    readonly speaker: string | null;
}

export interface Picked {
    /** None of them: an even grid of all. */
    readonly large: readonly string[];
    readonly small: readonly string[];
}

/** Which pictures are large. A pin wins; else shared screens, unless the viewer has chosen people; else as chosen. */
export function pick(tiles: readonly Tile[], choice: Choice): Picked {
    const keys = tiles.map(({ key }) => key);
    const screens = tiles.filter(({ kind }) => kind === "screen").map(({ key }) => key);
    let large: string[] = [];
    if (choice.pinned && keys.includes(choice.pinned)) large = [choice.pinned];
    else if (screens.length && (choice.layout === "auto" || choice.layout === "screen")) large = screens;
    else if (choice.layout === "speaker") large = [speakerOf(tiles, choice.speaker)].filter((key) => key !== undefined);
    return { large, small: keys.filter((key) => !large.includes(key)) };
}

function speakerOf(tiles: readonly Tile[], speaker: string | null): string | undefined {
    const faces = tiles.filter(({ kind }) => kind === "camera");
    return (faces.find(({ identity }) => identity === speaker) ?? faces[0])?.key;
}

/**
 * The same people with who speaks now brought to the first page, in the place of who there has been silent longest: nobody else moves.
 * `spokeAt` holds, by identity, when somebody spoke last, in milliseconds.
 */
export function withSpeakersFirst(
    order: readonly string[],
    first: number,
    speaking: readonly string[],
    spokeAt: ReadonlyMap<string, number>,
): string[] {
    const next = [...order];
    for (const identity of speaking) {
        const from = next.indexOf(identity);
        if (from < first) continue;
        const to = silentLongest(next.slice(0, first), speaking, spokeAt);
        const moved = next[to];
        if (moved === undefined) continue;
        next[to] = identity;
        next[from] = moved;
    }
    return next;
}

function silentLongest(
    page: readonly string[],
    speaking: readonly string[],
    spokeAt: ReadonlyMap<string, number>,
): number {
    let found = -1;
    page.forEach((identity, at) => {
        if (speaking.includes(identity)) return;
        const other = page[found];
        if (other === undefined || (spokeAt.get(identity) ?? 0) < (spokeAt.get(other) ?? 0)) found = at;
    });
    return found;
}
