/** What can be done from the keyboard wherever the focus is. No key works alone: whoever speaks to the computer types none by accident. */
import type { Hall } from "./hall";

interface Shortcut {
    /** As it is listed for people; `{mod}` is the system's own key. */
    readonly keys: string;
    readonly name: string;
    readonly fits: (event: KeyboardEvent) => boolean;
    readonly act: (hall: Hall) => void;
}

const APPLE = /Mac|iPhone|iPad/.test(navigator.platform);
const held = (event: KeyboardEvent) => (APPLE ? event.metaKey : event.ctrlKey) && !event.shiftKey;
const plain = (code: string) => (event: KeyboardEvent) => held(event) && !event.altKey && event.code === code;
const withAlt = (code: string) => (event: KeyboardEvent) => held(event) && event.altKey && event.code === code;
const mod = APPLE ? "⌘" : "Ctrl";

export const SHORTCUTS: readonly Shortcut[] = [
    { keys: `${mod} + D`, name: "microphone", fits: plain("KeyD"), act: (hall) => void hall.toggle("microphone") },
    { keys: `${mod} + E`, name: "camera", fits: plain("KeyE"), act: (hall) => void hall.toggle("camera") },
    { keys: `${mod} + Alt + H`, name: "hand", fits: withAlt("KeyH"), act: (hall) => void hall.toggleHand() },
    { keys: `${mod} + Alt + A`, name: "agenda", fits: withAlt("KeyA"), act: (hall) => hall.open("agenda") },
    { keys: `${mod} + Alt + F`, name: "floor", fits: withAlt("KeyF"), act: (hall) => hall.open("floor") },
    { keys: `${mod} + Alt + C`, name: "chat", fits: withAlt("KeyC"), act: (hall) => hall.open("chat") },
    { keys: `${mod} + Alt + P`, name: "people", fits: withAlt("KeyP"), act: (hall) => hall.open("people") },
    { keys: `${mod} + Alt + N`, name: "network", fits: withAlt("KeyN"), act: (hall) => hall.open("network") },
    { keys: `${mod} + /`, name: "help", fits: plain("Slash"), act: (hall) => hall.ask("help") },
];

/** Answer the shortcuts while one is inside. */
export function shortcuts(hall: Hall): void {
    addEventListener("keydown", (event) => {
        if (hall.phase !== "inside" || event.repeat) return;
        const found = SHORTCUTS.find(({ fits }) => fits(event));
        if (!found) return;
        event.preventDefault();
        found.act(hall);
    });
}

/** The largest picture that moves, in a small window above all others; or back from there. */
export function pictureInPicture(): void {
    if (document.pictureInPictureElement) {
        void document.exitPictureInPicture();
        return;
    }
    const videos = [...document.querySelectorAll<HTMLVideoElement>(".tile__video:not([hidden])")];
    const size = (video: HTMLVideoElement) => video.clientWidth * video.clientHeight;
    const others = videos.filter((video) => !video.closest("[data-self]"));
    const [largest] = (others.length ? others : videos).sort((one, other) => size(other) - size(one));
    void largest?.requestPictureInPicture().catch(() => undefined);
}
