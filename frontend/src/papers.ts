/** The page of one paper of a meeting, outside the meeting. */
import { frame } from "./elements/frame";
import { begin } from "./page";
import { PaperViewer } from "./papers/viewer";

frame();
customElements.define("paper-viewer", PaperViewer);
begin();
window.addEventListener("hashchange", () => document.querySelector<PaperViewer>("paper-viewer")?.goToAddress());
