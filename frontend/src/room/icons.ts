/** The signs of the room, drawn for it on a square of 24. */
import { html, type TemplateResult } from "lit";
import { unsafeSVG } from "lit/directives/unsafe-svg.js";

const MIC = '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3M9 21h6"/>';
const CAMERA = '<rect x="2.5" y="6" width="13" height="12" rx="2.5"/><path d="M15.5 10.6 21.5 7v10l-6-3.6z"/>';
const STRUCK = '<path d="m3.5 3.5 17 17" class="strike"/>';
const SCREEN = '<rect x="2.5" y="4" width="19" height="13" rx="2"/><path d="M8 21h8M12 17v4"/>';

const DRAWN = {
    mic: MIC,
    "mic-off": MIC + STRUCK,
    camera: CAMERA,
    "camera-off": CAMERA + STRUCK,
    share: `${SCREEN}<path d="M12 13.5V7.2M9.2 9.8 12 7l2.8 2.8"/>`,
    "share-off": `${SCREEN}<path d="m9.5 8 5 5m0-5-5 5"/>`,
    hand: '<path d="M7 12.5V6.4a1.5 1.5 0 0 1 3 0V11m0-.5V4.6a1.5 1.5 0 0 1 3 0V11m0-.3V5.8a1.5 1.5 0 0 1 3 0V12m0-1.4V8.4a1.5 1.5 0 0 1 3 0v6.1A6.5 6.5 0 0 1 12.6 21h-.9a6.4 6.4 0 0 1-5.1-2.6l-3-4.2a1.6 1.6 0 0 1 2.5-2L7 13.4"/>',
    smile: '<circle cx="12" cy="12" r="9"/><path d="M8.3 14.2a4.4 4.4 0 0 0 7.4 0"/><path d="M9 9.4v.4m6-.4v.4" stroke-width="2.4"/>',
    chat: '<path d="M4 4.5h16a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5h-8.2L7 21.2v-3.7H4A1.5 1.5 0 0 1 2.5 16V6A1.5 1.5 0 0 1 4 4.5ZM7 9h10M7 13h6"/>',
    people: '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20v-1.2A5.3 5.3 0 0 1 7.8 13.5h2.4a5.3 5.3 0 0 1 5.3 5.3V20M16 4.8a3.5 3.5 0 0 1 0 6.4m2.2 2.8a5.3 5.3 0 0 1 3.3 4.8V20"/>',
    more: '<path d="M5.5 12h.01m6.49 0h.01m6.49 0h.01" stroke-width="3.2"/>',
    leave: '<path d="M13 4H6a1.5 1.5 0 0 0-1.5 1.5v13A1.5 1.5 0 0 0 6 20h7M10 12h11m-3.8-4 4 4-4 4"/>',
    pin: '<path d="M8.5 3.5h7l-.9 6 3.4 3.7v1.3H6v-1.3l3.4-3.7zM12 14.5V21"/>',
    close: '<path d="m5 5 14 14M19 5 5 19"/>',
    send: '<path d="M3.5 11.5 20.5 4l-5.8 16.5-3.2-7zM11.5 13.5l4-4.5"/>',
    full: '<path d="M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5"/>',
    picture:
        '<rect x="2.5" y="4.5" width="19" height="15" rx="2"/><rect x="12" y="11.5" width="7" height="5.5" rx="1"/>',
    network: '<path d="M3 19v-3m6 3v-7m6 7V8m6 11V4" stroke-width="2.4"/>',
    gear: '<circle cx="12" cy="12" r="3.2"/><path d="M12 2.5v3m0 13v3M2.5 12h3m13 0h3M5.3 5.3l2.1 2.1m9.2 9.2 2.1 2.1m0-13.4-2.1 2.1m-9.2 9.2-2.1 2.1"/>',
    moon: '<path d="M19.500 14.500A8 8 0 1 1 9.500 4.500a6.500 6.500 0 0 0 10 10z"/>',
    ear: '<path d="M4 13v-1a8 8 0 0 1 16 0v1"/><rect x="2.8" y="13" width="4" height="7" rx="1.5"/><rect x="17.2" y="13" width="4" height="7" rx="1.5"/>',
    grid: '<rect x="3.5" y="4.5" width="7.2" height="6.5" rx="1"/><rect x="13.3" y="4.5" width="7.2" height="6.5" rx="1"/><rect x="3.5" y="13.5" width="7.2" height="6.5" rx="1"/><rect x="13.3" y="13.5" width="7.2" height="6.5" rx="1"/>',
    help: '<circle cx="12" cy="12" r="9"/><path d="M9.4 9.3a2.7 2.7 0 1 1 3.9 2.6c-.9.4-1.3 1-1.3 1.9"/><path d="M12 16.9v.2" stroke-width="2.4"/>',
    clock: '<circle cx="12" cy="12" r="9"/><path d="M12 6.8V12l3.5 2.2"/>',
    paused: '<path d="M9 6v12m6-12v12" stroke-width="2.6"/>',
    speaker: '<path d="M4 9.5h3.5L12.5 5v14l-5-4.5H4zM16 9a4.3 4.3 0 0 1 0 6m2.7-8.7a8 8 0 0 1 0 11.4"/>',
    before: '<path d="m14.5 5-7 7 7 7"/>',
    after: '<path d="m9.5 5 7 7-7 7"/>',
    check: '<path d="m4.5 12.5 5 5 10-11"/>',
    warning: '<path d="M12 3.5 2.5 20h19zM12 10v4.5"/><path d="M12 17.2v.1" stroke-width="2.4"/>',
    remove: '<circle cx="9.5" cy="8" r="3.5"/><path d="M3 20v-1.2a5.3 5.3 0 0 1 5.3-5.3h2.4c1 0 2 .3 2.800.8M15.5 15.5l5 5m0-5-5 5"/>',
    paper: '<path d="M6 3h8l4.500 4.500V21H6zM14 3v4.500h4.500M9 12.500h6M9 16.500h6"/>',
    agenda: '<path d="M7 4h13v16H4V7zM4 7h3V4M8 11h8m-8 4h8"/>',
    floor: '<path d="M5 20v-8h14v8M3.5 12h17M12 12V8.500m-1.500-1.500a1.500 1.500 0 1 1 3 0 1.500 1.500 0 0 1-3 0M8 20v-4h8v4"/>',
    ballot: '<path d="M4 12.500h16v7.500H4zM8 16h8M8.500 12.500V4h7v8.500m-5-4 1.200 1.200 2.300-2.700"/>',
    gavel: '<path d="m13.500 4 6.500 6.500M9.800 7.700l6.500 6.500M11.600 5.900l-3.700 3.700 6.500 6.500 3.700-3.700zM11 12.800l-6.500 6.500M4 21h9"/>',
    up: '<path d="m5 14.500 7-7 7 7"/>',
    down: '<path d="m5 9.500 7 7 7-7"/>',
    pen: '<path d="m4 20 1-4.500L16 4.500 19.500 8 8.500 19zM13.500 7l3.500 3.500"/>',
    lock: '<rect x="5" y="10.500" width="14" height="10" rx="2"/><path d="M8 10.500V7.500a4 4 0 0 1 8 0v3M12 14.500v2.500"/>',
    groups: '<circle cx="7" cy="7.500" r="3"/><circle cx="17" cy="7.500" r="3"/><path d="M2.500 20v-1a4.500 4.500 0 0 1 9 0v1zM12.500 20v-1a4.500 4.500 0 0 1 9 0v1z"/>',
    link: '<path d="M10 14a4 4 0 0 0 5.7 0l3.6-3.6a4 4 0 0 0-5.7-5.7L12.3 6M14 10a4 4 0 0 0-5.7 0l-3.6 3.6a4 4 0 0 0 5.7 5.7l1.3-1.3"/>',
} as const;

export type Icon = keyof typeof DRAWN;

export const icon = (name: Icon): TemplateResult =>
    html`<svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${unsafeSVG(DRAWN[name])}</svg>`;
