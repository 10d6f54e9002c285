"""What has happened in a consultation. Names are past; each event says all that ``evolve`` needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from consultations.contribution import Outcome
from consultations.papers import Paper
from consultations.questions import Asked
from consultations.state import Contribution, Moderation, Phase, Reminder, Tallies, Visibility
from consultations.statute import Document
from server.kernel.ids import AgencyId, ContributionId, DispositionId, NodeId, PaperId, PersonId, QuestionId


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """The common form of all events."""


class Created(Event, frozen=True, tag="created"):
    agency: AgencyId
    title: str
    title_en: str
    summary: str
    summary_en: str


class Described(Event, frozen=True, tag="described"):
    title: str
    title_en: str
    summary: str
    summary_en: str


class TextPlaced(Event, frozen=True, tag="text_placed"):
    places: Mapping[NodeId, NodeId]
    questions: int
    sha256: str


class VersionPlaced(Event, frozen=True, tag="version_placed"):
    """From now on this is the draft. Votes stay with the version they were cast on; each contribution has its place in both."""

    number: int
    places: Mapping[NodeId, NodeId]
    questions: int
    sha256: str


class Published(Event, frozen=True, tag="published"):
    """``phase`` is ``announced``, or ``open`` when the opening is not in the future. ``rule`` is the key of the rule that holds for it."""

    phase: Phase
    opens_at: datetime
    closes_at: datetime
    moderation: Moderation
    tallies: Tallies
    document: Document = "other"
    rule: str = "other"
    target: int | None = None
    announced_at: datetime | None = None


class Opened(Event, frozen=True, tag="opened"):
    pass


class Closed(Event, frozen=True, tag="closed"):
    """``reason`` is empty when the announced day has come; ``closes_at`` is the moment from which nothing more is taken."""

    closes_at: datetime
    reason: str


class Reminded(Event, frozen=True, tag="reminded"):
    """The agency's editors are to be told that a day comes near."""

    what: Reminder


class Suspended(Event, frozen=True, tag="suspended"):
    at: datetime
    reason: str


class Resumed(Event, frozen=True, tag="resumed"):
    """The days are later by as long as the suspension lasted."""

    phase: Phase
    opens_at: datetime
    closes_at: datetime


class Cancelled(Event, frozen=True, tag="cancelled"):
    at: datetime
    reason: str


class Archived(Event, frozen=True, tag="archived"):
    at: datetime


class PaperAdded(Event, frozen=True, tag="paper_added"):
    paper: Paper


class PaperRemoved(Event, frozen=True, tag="paper_removed"):
    paper: PaperId


class QuestionsAsked(Event, frozen=True, tag="questions_asked"):
    questions: tuple[Asked, ...]


class PollAdded(Event, frozen=True, tag="poll_added"):
    question: QuestionId
    asked: Asked


class PollOpened(Event, frozen=True, tag="poll_opened"):
    question: QuestionId
    at: datetime


class PollClosed(Event, frozen=True, tag="poll_closed"):
    question: QuestionId
    at: datetime


class Contributed(Event, frozen=True, tag="contributed"):
    contribution: Contribution


class Edited(Event, frozen=True, tag="edited"):
    """Other words in the same place; ``revision`` counts the changes."""

    contribution: ContributionId
    text: str
    suggestion: str | None
    state: Visibility
    revision: int
    at: datetime


class Withdrawn(Event, frozen=True, tag="withdrawn"):
    contribution: ContributionId


class Erased(Event, frozen=True, tag="erased"):
    """Its words, its author's name and what was written about it are gone for ever, at its author's demand. ``revision`` is a new one, so
    that nobody answers words that are no more. What everybody could see stays visible as a place without words."""

    contribution: ContributionId
    state: Literal["visible", "withdrawn"]
    revision: int
    at: datetime


class Ruled(Event, frozen=True, tag="ruled"):
    """``was``, with its rule, its reason and who had made that ruling, is how the contribution stood before. ``undoes``: to there an
    earlier ruling is taken back; ``by`` is then who made the one that stands again, which may be appealed against."""

    contribution: ContributionId
    state: Literal["visible", "hidden", "waiting"]
    rule: str | None
    reason: str
    by: PersonId | None = None
    at: datetime | None = None
    was: Literal["visible", "hidden", "waiting"] | None = None
    was_rule: str | None = None
    was_reason: str = ""
    was_by: PersonId | None = None
    undoes: bool = False


class Appealed(Event, frozen=True, tag="appealed"):
    contribution: ContributionId
    reason: str
    at: datetime


class AppealDecided(Event, frozen=True, tag="appeal_decided"):
    contribution: ContributionId
    granted: bool
    reason: str
    by: PersonId | None
    at: datetime


class Disposed(Event, frozen=True, tag="disposed"):
    """``late``: given after the others were published, and so public at once."""

    disposition: DispositionId
    contributions: tuple[ContributionId, ...]
    outcome: Outcome
    explanation: str
    version: int | None
    node: NodeId | None
    at: datetime
    late: bool = False


class Answered(Event, frozen=True, tag="answered"):
    """All answers are published together; ``answers`` is to how many contributions. Earlier events do not tell it."""

    at: datetime
    answers: int | None = None


AnyEvent = (
    Created | Described | TextPlaced | QuestionsAsked | PaperAdded | PaperRemoved | Published | VersionPlaced | Opened | Closed | Reminded
    | Suspended | Resumed | Cancelled | Archived | PollAdded | PollOpened | PollClosed | Contributed | Edited | Withdrawn | Erased
    | Ruled | Appealed | AppealDecided | Disposed | Answered
)  # fmt: skip
