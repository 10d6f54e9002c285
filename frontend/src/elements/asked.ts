/** Tells who reads the text of what is asked beside it: polls as they are opened and closed, and the questionnaire when it opens. */
import type { Poll } from "../../protocol.gen";
import { consultationOf, live, part } from "../page";

export function followAsked(): void {
    const section = part(document, "asked-news");
    if (!section) return;
    live.listen((message) => {
        if (message.type === "pollChanged") tell(section, message.poll);
        else if (message.type === "snapshot") for (const poll of message.polls) tell(section, poll);
    });
    addEventListener("phase", () => {
        const questionnaire = part(section, "questionnaire");
        if (!questionnaire) return;
        const asks = consultationOf(section).phase === "open";
        if (asks && questionnaire.hidden) say(section.dataset.begun);
        questionnaire.hidden = !asks;
        if (asks) section.hidden = false;
    });
}

function tell(section: HTMLElement, poll: Poll): void {
    const known = section.querySelector<HTMLElement>(`[data-poll="${poll.id}"]`);
    if (known) {
        if (known.dataset.state === poll.state || poll.state === "open") return;
        known.dataset.state = poll.state;
        const state = part(known, "state");
        if (state) {
            state.textContent = state.dataset[poll.state] ?? "";
            state.classList.replace("tag--open", "tag--plain");
        }
        say(`${section.dataset.closed} ${poll.text}`);
    } else if (poll.state === "open") {
        const line = section.querySelector("template")?.content.firstElementChild?.cloneNode(true);
        if (!(line instanceof HTMLElement)) return;
        line.dataset.poll = String(poll.id);
        const link = part<HTMLAnchorElement>(line, "link");
        if (link) {
            link.setAttribute("href", (link.getAttribute("href") ?? "").replace(/\d+$/, String(poll.id)));
            link.textContent = poll.text;
        }
        part(section, "open-polls")?.prepend(line);
        section.hidden = false;
        say(`${section.dataset.opened} ${poll.text}`);
    }
}

/** In a region of its own: the page's announcer keeps only the newest of many contributions, and this must not be lost among them. */
function say(sentence = ""): void {
    const said = part(document, "asked-said");
    if (said) said.textContent = sentence;
}
