/** The pages of moderators, editors and administrators: the frame, and news of the queue. */
import { frame } from "./elements/frame";
import { QueueNews } from "./elements/queue";
import { begin } from "./page";

frame();
customElements.define("queue-news", QueueNews);
begin();
