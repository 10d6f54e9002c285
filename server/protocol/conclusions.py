"""What those inside a room are told of the conclusions of its meeting, as part of ``rooms.py``. They are written on a page."""

import msgspec

from server.protocol.shape import Message


class ConclusionShown(msgspec.Struct, frozen=True, rename="camel"):
    """What is to be done, by whom (empty: open), until which day in Viet Nam (``2026-12-05``)."""

    number: int
    text: str
    owner: str
    due: str | None


class ConclusionsShown(Message, frozen=True, tag="conclusions"):
    """The conclusions of the meeting of which one may know, in their order, whenever they change and to who comes in. It has no number."""

    topic: str
    conclusions: list[ConclusionShown]
