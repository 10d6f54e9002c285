"""The approval of minutes and notices: what was approved is kept word for word on the record of the meeting, and changed no more.

Who wants to change what was approved reopens it; what is approved then is another version, and those before it stay.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from server.kernel.ids import Who
from server.kernel.refused import Refused

Kind = Literal["minutes", "notice"]
MOST_VERSIONS = 20


class Text(msgspec.Struct, frozen=True):
    """A paper for these readers, or with None for everybody who may read papers of the meeting. ``document`` is the whole of it in
    canonical JSON, sealed beside the chain, and ``digest`` its SHA-256 in hex."""

    readers: tuple[Who, ...] | None
    digest: str
    document: str


class Approved(msgspec.Struct, frozen=True, tag_field="type", tag="paper_approved"):
    """Version ``version``, from 1, of a paper."""

    kind: Kind
    version: int
    who: Who
    texts: tuple[Text, ...]
    at: datetime

    def text_for(self, who: Who | None) -> Text:
        """What was approved for somebody, or for everybody."""
        return next((text for text in self.texts if text.readers is not None and who in text.readers), self.texts[0])


class Reopened(msgspec.Struct, frozen=True, tag_field="type", tag="paper_reopened"):
    """A paper that was approved may be written on for another version."""

    kind: Kind
    who: Who
    at: datetime


AnyApproval = Approved | Reopened


class Context(msgspec.Struct, frozen=True):
    """When and by whom something is asked, whether that one ``approves``, and whether the meeting is over."""

    now: datetime
    who: Who
    approves: bool
    over: bool


def versions(approvals: Iterable[AnyApproval], kind: Kind) -> list[Approved]:
    """The versions of a paper that were approved, the oldest first."""
    return [one for one in approvals if isinstance(one, Approved) and one.kind == kind]


def standing(approvals: Iterable[AnyApproval], kind: Kind) -> Approved | None:
    """What was approved last, unless it was reopened since."""
    last = next((one for one in reversed(list(approvals)) if one.kind == kind), None)
    return last if isinstance(last, Approved) else None


def approve(approvals: Iterable[AnyApproval], kind: Kind, texts: tuple[Text, ...], context: Context) -> Approved:
    """The next version of a paper, approved.

    Raises: Refused ``not_allowed``, ``meeting_not_over``, ``paper_approved``, ``too_many_versions`` (with ``limit``).
    """
    approvals = list(approvals)
    if not context.approves:
        raise Refused("not_allowed")
    if not context.over:
        raise Refused("meeting_not_over")
    if standing(approvals, kind) is not None:
        raise Refused("paper_approved")
    number = len(versions(approvals, kind)) + 1
    if number > MOST_VERSIONS:
        raise Refused("too_many_versions", limit=MOST_VERSIONS)
    return Approved(kind, number, context.who, texts, context.now)


def reopen(approvals: Iterable[AnyApproval], kind: Kind, context: Context) -> Reopened:
    """A paper that was approved, to be written on.

    Raises: Refused ``not_allowed``, ``paper_not_approved``.
    """
    if not context.approves:
        raise Refused("not_allowed")
    if standing(approvals, kind) is None:
        raise Refused("paper_not_approved")
    return Reopened(kind, context.who, context.now)
