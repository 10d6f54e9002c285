"""One contribution: what somebody said of a draft, who says so, and what became of it."""

from datetime import datetime
from typing import Literal

import msgspec

from server.kernel.ids import ContributionId, DispositionId, NodeId, PersonId

Visibility = Literal["visible", "waiting", "hidden", "withdrawn"]
Kind = Literal["citizen", "business", "organisation", "agency", "civil_servant", "front"]
"""Whom it comes from. ``front``: the Fatherland Front and its member organisations (phản biện xã hội), listed apart."""
Channel = Literal["online", "assisted", "imported"]
"""How it came: written here by its author, entered by an officer who was told it, or taken from a file of opinions."""
Side = Literal["for", "against", "neutral"]

Appeal = Literal["open", "granted", "refused"]
Outcome = Literal["accepted", "partly_accepted", "not_accepted", "noted"]
"""Tiếp thu; tiếp thu một phần; không tiếp thu, giải trình; ghi nhận."""


DEEPEST = 2
"""Threads have three levels: an opinion (0), an answer to it (1), an answer to that (2)."""


def stand(revision: int, ruled_at: datetime | None) -> str:
    """What tells one state of a contribution before its moderators from every other: its revision, and the moment of its last ruling."""
    return f"{revision}-{0 if ruled_at is None else round(ruled_at.timestamp() * 1_000_000)}"


class Contribution(msgspec.Struct, frozen=True):
    """One opinion, or an answer to one (``parent``).

    ``node`` is a node of the draft's ``version``, null when it speaks of the whole draft; ``place`` is the điều or annex that lists it.
    Both, and the words quoted of the node with what stood around them, are kept for ever as they were given. ``suggestion`` is other
    wording for the node, in place of the words whose SHA-256 (hex) is ``base``. ``author`` is null where the words of somebody without
    an account were entered by ``entered_by``, from ``source``; ``source_key`` is unique in the consultation. ``disposition`` is the
    agency's answer, which everybody may know once the answers are published. From ``erased_at`` on it has no words and no name any more:
    that it was here is all that is left of it, and it counts as it did.
    """

    id: ContributionId
    node: NodeId | None
    place: NodeId | None
    author: PersonId | None
    name: str
    kind: Kind
    verified: bool
    text: str
    at: datetime
    state: Visibility
    rule: str | None = None
    reason: str = ""
    version: int = 1
    quote: str = ""
    before: str = ""
    after: str = ""
    parent: ContributionId | None = None
    depth: int = 0
    side: Side | None = None
    suggestion: str | None = None
    base: str | None = None
    channel: Channel = "online"
    entered_by: PersonId | None = None
    source: str = ""
    source_key: str | None = None
    edited_at: datetime | None = None
    revision: int = 0
    ruled_by: PersonId | None = None
    ruled_at: datetime | None = None
    appeal: Appeal | None = None
    appealed_at: datetime | None = None
    appeal_reason: str = ""
    disposition: DispositionId | None = None
    erased_at: datetime | None = None

    @property
    def stand(self) -> str:
        """Changes whenever its words are edited or somebody rules on it."""
        return stand(self.revision, self.ruled_at)

    @property
    def counts(self) -> bool:
        """Whether it is one of the contributions that totals count and that are owed an answer: visible, and no answer to another."""
        return self.state == "visible" and self.parent is None
