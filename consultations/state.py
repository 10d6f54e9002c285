"""What the rules need to know of one consultation. The shell loads only the contributions that a command speaks of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from server.kernel.ids import AgencyId, ContributionId, NodeId, PersonId

Phase = Literal["draft", "announced", "open", "closed"]
Moderation = Literal["after", "before"]
Tallies = Literal["live", "hidden"]
Visibility = Literal["visible", "waiting", "hidden", "withdrawn"]
Kind = Literal["citizen", "business", "agency", "civil_servant"]

RULES = ("personal_data", "insult", "unlawful", "advertising", "off_topic", "repeated", "false_identity")
"""The rules a ruling may name. Their wording for readers stands with the pages."""


class Contribution(msgspec.Struct, frozen=True):
    """One opinion. ``node`` is null when it speaks of the whole draft; ``place`` is the điều or annex that lists it."""

    id: ContributionId
    node: NodeId | None
    place: NodeId | None
    author: PersonId
    name: str
    kind: Kind
    verified: bool
    text: str
    at: datetime
    state: Visibility
    rule: str | None = None
    reason: str = ""


class Consultation(msgspec.Struct, frozen=True):
    """One consultation. ``places`` maps each node that may be commented on to the điều or annex that lists it."""

    agency: AgencyId | None = None
    title: str = ""
    phase: Phase = "draft"
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    moderation: Moderation = "after"
    tallies: Tallies = "hidden"
    questions: int = 0
    places: Mapping[NodeId, NodeId] = {}
    contributions: Mapping[ContributionId, Contribution] = {}


NOTHING = Consultation()
"""The state before the first event."""


def phase_at(state: Consultation, now: datetime) -> Phase:
    """The phase by the clock, whether or not the tick that records it has come yet."""
    if state.phase in ("draft", "closed") or state.opens_at is None or state.closes_at is None:
        return state.phase
    if now >= state.closes_at:
        return "closed"
    return "open" if now >= state.opens_at else "announced"


def next_deadline(state: Consultation) -> datetime | None:
    """When the shell must send ``Tick``: at the opening, then at the close."""
    if state.phase == "announced":
        return state.opens_at
    return state.closes_at if state.phase == "open" else None
