"""One contribution: what somebody said of a draft, who says so, and what became of it."""

from datetime import datetime
from typing import Literal

import msgspec

from server.kernel.ids import ContributionId, NodeId, PersonId

Visibility = Literal["visible", "waiting", "hidden", "withdrawn"]
Kind = Literal["citizen", "business", "agency", "civil_servant"]


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
