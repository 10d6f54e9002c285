/** Everything that citizens' pages do beyond links and forms. */
import { followAsked } from "./elements/asked";
import { frame } from "./elements/frame";
import { followPolls, QuestionBox } from "./elements/questions";
import { ContributionList } from "./elements/voices";
import { VoteBox } from "./elements/vote";
import { ContributionForm, offerQuotes, openForms } from "./elements/write";
import { begin } from "./page";

frame();
customElements.define("vote-box", VoteBox);
customElements.define("question-box", QuestionBox);
customElements.define("contribution-list", ContributionList);
customElements.define("contribution-form", ContributionForm);
openForms();
offerQuotes();
followPolls();
followAsked();
begin();
