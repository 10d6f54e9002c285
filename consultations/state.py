"""What the rules need to know of one consultation. The shell loads only the contributions that a command speaks of."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from consultations.contribution import Contribution as Contribution
from consultations.contribution import Kind as Kind
from consultations.contribution import Visibility as Visibility
from consultations.papers import Paper
from consultations.phases import Phase as Phase
from consultations.statute import Document, reply_due, rule_named
from server.kernel.ids import AgencyId, ContributionId, NodeId, PaperId, QuestionId

Moderation = Literal["after", "before"]
Tallies = Literal["live", "hidden"]
PollState = Literal["waiting", "open", "closed"]
Reminder = Literal["closing", "reply_5", "reply_1", "reply_late"]
"""What editors are reminded of: that it closes in three days; that the answer is due in five days, in one; that it is late."""

RULES = ("personal_data", "insult", "unlawful", "advertising", "off_topic", "repeated", "false_identity")
"""The rules a ruling may name. Their wording for readers stands with the pages."""

_DAY = timedelta(days=1)


class Consultation(msgspec.Struct, frozen=True):
    """One consultation. ``places`` maps each node of the newest ``version`` that may be commented on to the điều or annex that lists it.

    ``rule`` is the key of the rule of ``consultations.statute`` that held when it was announced. ``target`` is how many people the
    agency hopes to hear. ``reminded`` are the reminders already given. ``questions`` counts what is voted on of the text (or statements),
    ``asked`` the questionnaire.
    """

    agency: AgencyId | None = None
    title: str = ""
    summary: str = ""
    phase: Phase = "draft"
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    moderation: Moderation = "after"
    tallies: Tallies = "hidden"
    document: Document = "other"
    rule: str = "other"
    target: int | None = None
    announced_at: datetime | None = None
    suspended_at: datetime | None = None
    answered_at: datetime | None = None
    reminded: tuple[Reminder, ...] = ()
    version: int = 1
    questions: int = 0
    asked: int = 0
    polls: Mapping[QuestionId, PollState] = {}
    places: Mapping[NodeId, NodeId] = {}
    papers: Mapping[PaperId, Paper] = {}
    contributions: Mapping[ContributionId, Contribution] = {}


NOTHING = Consultation()
"""The state before the first event."""


class Due(msgspec.Struct, frozen=True):
    """What the clock does next, and when."""

    at: datetime
    what: Literal["open", "close"] | Reminder


def phase_at(state: Consultation, now: datetime) -> Phase:
    """The phase by the clock, whether or not the tick that records it has come yet."""
    if state.phase not in ("announced", "open") or state.opens_at is None or state.closes_at is None:
        return state.phase
    if now >= state.closes_at:
        return "closed"
    return "open" if now >= state.opens_at else "announced"


def next_due(state: Consultation) -> Due | None:
    """What the clock does next: it opens, reminds of the close, closes, and reminds of the answer that is due."""
    if state.opens_at is None or state.closes_at is None:
        return None
    if state.phase == "announced":
        return Due(state.opens_at, "open")
    if state.phase == "open":
        warned_at = state.closes_at - 3 * _DAY
        if warned_at > state.opens_at and "closing" not in state.reminded:
            return Due(warned_at, "closing")
        return Due(state.closes_at, "close")
    if state.phase == "closed" and (due := reply_due(rule_named(state.rule), state.closes_at)) is not None:
        reminders = (Due(due - 5 * _DAY, "reply_5"), Due(due - _DAY, "reply_1"), Due(due, "reply_late"))
        return next((one for one in reminders if one.what not in state.reminded), None)
    return None


def next_deadline(state: Consultation) -> datetime | None:
    """When the shell must send ``Tick``."""
    due = next_due(state)
    return None if due is None else due.at
