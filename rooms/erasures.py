"""Erasing a line of the chat on record at its author's demand (Law 91/2025/QH15): words and name beside the chain are destroyed, the chain
stays whole and says so. What was decided, and who presided, voted or was there, is public record and is not erased."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from rooms.state import Line
from server.kernel.ids import Who
from server.kernel.refused import Refused


class LineErased(msgspec.Struct, frozen=True, tag_field="type", tag="line_erased"):
    """What the event ``number`` said is gone. ``who`` did it: its author, or who keeps the record, for an author who asked for it."""

    number: int
    who: Who
    at: datetime


class Context(msgspec.Struct, frozen=True):
    """When and by whom it is asked, whether that one ``keeps`` the record, and whether the meeting is over."""

    now: datetime
    who: Who
    keeps: bool
    over: bool


def erasable(line: Line, context: Context) -> bool:
    """Whether this person may have this line erased: its author, and who keeps the record what was written to all."""
    return context.over and bool(line.text) and (line.who == context.who or (context.keeps and line.readers is None))


def erase_line(lines: Iterable[tuple[int, Line]], number: int, context: Context) -> LineErased:
    """``lines`` are those that one may read, with the numbers of their events.

    Raises: Refused ``not_found``, ``line_erased`` when it was erased before, ``chat_goes_on`` until the meeting is over, ``not_allowed``.
    """
    line = next((line for known, line in lines if known == number), None)
    if line is None:
        raise Refused("not_found")
    if not line.text:
        raise Refused("line_erased")
    if not context.over:
        raise Refused("chat_goes_on")
    if not erasable(line, context):
        raise Refused("not_allowed")
    return LineErased(number, context.who, context.now)
