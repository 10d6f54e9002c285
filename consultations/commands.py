"""What people may ask of a consultation. Names are imperative; the shell has checked types, not rules."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from consultations.contribution import Kind, Outcome, Side
from consultations.events import Ruled
from consultations.papers import PaperKind
from consultations.questions import Asked
from consultations.state import Moderation, Tallies
from consultations.statute import Document
from server.kernel.ids import AgencyId, ContributionId, NodeId, PaperId, QuestionId


class Create(msgspec.Struct, frozen=True):
    """An editor begins a consultation of an agency."""

    agency: AgencyId
    title: str
    title_en: str = ""
    summary: str = ""
    summary_en: str = ""


class Describe(msgspec.Struct, frozen=True):
    """Change the title and the summary."""

    title: str
    title_en: str
    summary: str
    summary_en: str


class PlaceText(msgspec.Struct, frozen=True):
    """Put a draft's text (already imported, ``sha256`` of its tree) in place: nodes to comment on, articles to vote on."""

    places: Mapping[NodeId, NodeId]
    questions: int
    sha256: str


class PlaceVersion(msgspec.Struct, frozen=True):
    """Put the next version of a published draft beside the one before it. ``questions`` are its articles, on which people vote if it
    is open."""

    number: int
    places: Mapping[NodeId, NodeId]
    questions: int
    sha256: str


class Publish(msgspec.Struct, frozen=True):
    """Put the consultation before the public. ``opens_at`` null: it opens as it is published. ``document`` chooses the rule of
    ``consultations.statute``; ``target`` is how many people the agency hopes to hear."""

    opens_at: datetime | None
    closes_at: datetime
    moderation: Moderation
    tallies: Tallies
    document: Document = "other"
    target: int | None = None


class Close(msgspec.Struct, frozen=True):
    """Close before the day announced."""

    reason: str


class Ask(msgspec.Struct, frozen=True):
    """Put a questionnaire beside the text, in the place of any earlier one."""

    questions: tuple[Asked, ...]


class AddPoll(msgspec.Struct, frozen=True):
    """Prepare a question that will be opened while people are consulted."""

    question: Asked


class OpenPoll(msgspec.Struct, frozen=True):
    """Let people answer a poll."""

    question: QuestionId


class ClosePoll(msgspec.Struct, frozen=True):
    """Take no more answers to a poll; its totals are shown from now on."""

    question: QuestionId


class Suspend(msgspec.Struct, frozen=True):
    """Stop taking anything for a time, which will not count."""

    reason: str


class Resume(msgspec.Struct, frozen=True):
    """Go on after a suspension; the close comes later by as long as it lasted."""


class Cancel(msgspec.Struct, frozen=True):
    """End it without an answer."""

    reason: str


class Archive(msgspec.Struct, frozen=True):
    """Put an answered consultation away; it stays readable."""


class AddPaper(msgspec.Struct, frozen=True):
    """Add a file to the dossier. ``sha256`` (hex) is that of its ``size`` bytes, which the shell keeps."""

    kind: PaperKind
    title: str
    file_name: str
    media_type: str
    size: int
    sha256: str


class RemovePaper(msgspec.Struct, frozen=True):
    """Take a file out of the dossier."""

    paper: PaperId


class Tick(msgspec.Struct, frozen=True):
    """A deadline has passed."""


class Contribute(msgspec.Struct, frozen=True):
    """Give an opinion on a node of the draft's ``version``, on words quoted of it, or on the whole; or answer one (``parent``).

    ``suggestion`` is other wording for the node, in place of the words whose SHA-256 (hex) is ``base``.
    """

    node: NodeId | None
    text: str
    name: str
    version: int = 1
    quote: str = ""
    before: str = ""
    after: str = ""
    parent: ContributionId | None = None
    side: Side | None = None
    kind: Kind = "citizen"
    suggestion: str | None = None
    base: str | None = None


class Entry(msgspec.Struct, frozen=True):
    """The opinion of somebody without an account. ``source`` says where it comes from; ``source_key`` tells it from all others."""

    node: NodeId | None
    text: str
    name: str
    kind: Kind
    source: str
    source_key: str
    version: int = 1
    quote: str = ""
    before: str = ""
    after: str = ""
    side: Side | None = None


class Enter(msgspec.Struct, frozen=True):
    """An officer enters what people said elsewhere, one by one or from a file."""

    entries: tuple[Entry, ...]
    channel: Literal["assisted", "imported"]


class Edit(msgspec.Struct, frozen=True):
    """Put other words in the place of those of one's own contribution."""

    contribution: ContributionId
    text: str
    suggestion: str | None = None


class Withdraw(msgspec.Struct, frozen=True):
    """Take one's own contribution back."""

    contribution: ContributionId


class Erase(msgspec.Struct, frozen=True):
    """Have the words of one's own contribution destroyed, and one's name beside it."""

    contribution: ContributionId


class Rule(msgspec.Struct, frozen=True):
    """A moderator publishes a waiting contribution, hides one by a rule and a reason, or restores a hidden one.

    ``seen`` is the contribution's ``stand`` as the moderator saw it: what was edited or ruled on since must be looked at again. Empty
    for whoever has nothing to compare.
    """

    contribution: ContributionId
    ruling: Literal["publish", "hide", "restore"]
    rule: str | None = None
    reason: str = ""
    seen: str = ""


class RuleMany(msgspec.Struct, frozen=True):
    """The same ruling on many contributions of one consultation. ``seen`` has the ``stand`` of each as it was seen."""

    contributions: tuple[ContributionId, ...]
    ruling: Literal["publish", "hide", "restore"]
    rule: str | None = None
    reason: str = ""
    seen: tuple[str, ...] = ()


class UndoRulings(msgspec.Struct, frozen=True):
    """A moderator takes back what one ruling on many has just done: ``rulings`` is what came of it."""

    rulings: tuple[Ruled, ...]


class Appeal(msgspec.Struct, frozen=True):
    """An author asks for another look at the ruling that hid one's own words."""

    contribution: ContributionId
    reason: str


class DecideAppeal(msgspec.Struct, frozen=True):
    """Another moderator decides: ``granted`` puts the words back."""

    contribution: ContributionId
    granted: bool
    reason: str


class Dispose(msgspec.Struct, frozen=True):
    """The agency's answer to a contribution, or to a group of them. ``node`` of the newest version has what was accepted.

    ``seen`` has the ``stand`` of each as it was read; none for whoever has nothing to compare.
    """

    contributions: tuple[ContributionId, ...]
    outcome: Outcome
    explanation: str
    node: NodeId | None = None
    seen: tuple[str, ...] = ()


class PublishAnswers(msgspec.Struct, frozen=True):
    """Publish the answers to all, at once."""


Command = (
    Create | Describe | PlaceText | Ask | AddPaper | RemovePaper | Publish | PlaceVersion | Close | Suspend | Resume | Cancel | Archive
    | AddPoll | OpenPoll | ClosePoll | Tick | Contribute | Enter | Edit | Withdraw | Erase | Rule | RuleMany | UndoRulings | Appeal
    | DecideAppeal | Dispose | PublishAnswers
)  # fmt: skip
