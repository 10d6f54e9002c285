/** The pages of moderators, editors and administrators: the frame, and news of the queue. */
import { frame } from "./elements/frame";
import { QueueNews } from "./elements/queue";
import { UploadForm } from "./elements/upload";
import { begin } from "./page";

frame();
customElements.define("queue-news", QueueNews);
customElements.define("upload-form", UploadForm);
begin();
