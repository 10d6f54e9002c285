/** Everything that citizens' pages do beyond links and forms. */
import { frame } from "./elements/frame";
import { ContributionList } from "./elements/voices";
import { VoteBox } from "./elements/vote";
import { ContributionForm, openForms } from "./elements/write";
import { begin } from "./page";

frame();
customElements.define("vote-box", VoteBox);
customElements.define("contribution-list", ContributionList);
customElements.define("contribution-form", ContributionForm);
openForms();
begin();
