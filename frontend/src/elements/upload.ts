/** Sends a document and shows how far it has come. The form inside works without this; a file too large is not even sent. */
import { part } from "../page";

export class UploadForm extends HTMLElement {
    connectedCallback(): void {
        const form = this.querySelector("form");
        const input = this.querySelector<HTMLInputElement>("input[type=file]");
        const line = part(this, "progress");
        if (!form || !input || !line) return;
        form.addEventListener("submit", (event) => {
            const [file] = input.files ?? [];
            if (!file) return; // the server says what is missing
            event.preventDefault();
            if (file.size > Number(input.dataset.most)) say(line, line.dataset.heavy);
            else send(form, line);
        });
    }
}

function send(form: HTMLFormElement, line: HTMLElement): void {
    const button = form.querySelector("button");
    const bar = line.querySelector("progress");
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.upload.onprogress = ({ loaded, total }) => {
        if (bar) bar.value = loaded / total;
    };
    request.upload.onload = () => {
        bar?.removeAttribute("value");
        say(line, line.dataset.reading);
    };
    request.onload = () =>
        show(request.responseText, request.responseURL === form.action ? location.href : request.responseURL);
    // Whatever it was, the plain form can say it better than we can.
    request.onerror = () => form.submit();
    request.send(new FormData(form));
    if (bar) {
        bar.hidden = false;
        bar.value = 0;
    }
    if (button) button.disabled = true;
    say(line, line.dataset.sending);
}

/** The answer in place of this page: it was asked for once, and it says once how it went. */
function show(page: string, url: string): void {
    const answer = new DOMParser().parseFromString(page, "text/html");
    const main = answer.querySelector("main");
    if (!main) return;
    if (url !== location.href) {
        history.pushState(null, "", url);
        addEventListener("popstate", () => location.reload(), { once: true });
    }
    document.title = answer.title;
    document.querySelector("main")?.replaceWith(main);
    (main.querySelector<HTMLElement>("[data-focus]") ?? main).focus();
}

function say(line: HTMLElement, sentence = ""): void {
    line.hidden = false;
    const said = part(line, "said");
    if (said) said.textContent = sentence;
}
