"""The public log of a consultation: everything that was done in it, derived from its events, without a name or a word of anybody's."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from consultations.statute import day_of, midnight

_TOLD: Mapping[str, tuple[str, ...]] = {
    "published": ("opens_at", "closes_at", "document", "rule"),
    "opened": (),
    "closed": ("closes_at", "reason"),
    "suspended": ("reason",),
    "resumed": ("closes_at",),
    "cancelled": ("reason",),
    "answered": ("answers",),
    "disposed": ("contributions", "outcome"),
    "archived": (),
    "paper_added": (),
    "version_placed": ("number", "sha256"),
    "contributed": ("contribution",),
    "edited": ("contribution", "revision"),
    "withdrawn": ("contribution",),
    "erased": ("contribution",),
    "ruled": ("contribution", "state", "rule", "undoes"),
    "appealed": ("contribution",),
    "appeal_decided": ("contribution", "granted"),
    "poll_opened": ("question",),
    "poll_closed": ("question",),
}
"""What of each kind of event everybody may know. Reasons of the agency for what it does to the whole are public; those of moderators, who
may have to quote, are for authors. Answers are told when they are published, not as they are written: of ``disposed`` only what is late."""

PUBLIC_TYPES: tuple[str, ...] = tuple(_TOLD)


class Entry(msgspec.Struct, frozen=True):
    """One line: the event's number and moment (UTC), what happened, and what of it may be known. Of words that were erased the day is told
    alone, by its beginning: an account is erased in one moment, which would tell that all of them were one person's."""

    seq: int
    at: datetime
    what: str
    detail: Mapping[str, object]


def public_entry(seq: int, at: datetime, type: str, body: Mapping[str, object]) -> Entry | None:
    """The line of one stored event; nothing for what is not public."""
    if type not in _TOLD or (type == "disposed" and not body.get("late")):
        return None
    detail = {name: body[name] for name in _TOLD[type] if name in body}
    made = detail.get("contribution")
    if isinstance(made, Mapping):
        known = ("id", "node", "version", "parent", "kind", "verified", "channel", "side")
        detail = {("contribution" if name == "id" else name): made.get(name) for name in known}
    return Entry(seq, midnight(day_of(at)) if type == "erased" else at, type, detail)
