/** The pages of officials: the frame, news of the queue, files to be sent, links to be passed on. */
import { CopyLink } from "./elements/copy";
import { frame } from "./elements/frame";
import { QueueNews } from "./elements/queue";
import { UploadForm } from "./elements/upload";
import { begin } from "./page";

frame();
customElements.define("copy-link", CopyLink);
customElements.define("queue-news", QueueNews);
customElements.define("upload-form", UploadForm);
begin();
