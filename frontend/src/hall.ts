/** The page of a hall and the phones in it: the frame, and a page that is made anew when something happens. */
import { frame } from "./elements/frame";
import { FreshPage } from "./elements/fresh";

frame();
customElements.define("fresh-page", FreshPage);
