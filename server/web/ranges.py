"""One range of bytes of a file, as a browser may ask for it (RFC 9110, section 14). Several at once are answered by the whole."""

import re

import msgspec

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


class Span(msgspec.Struct, frozen=True):
    """Bytes ``start`` to ``end``, the last one not included."""

    start: int
    end: int


def span_of(asked: str, size: int) -> Span | None:
    """What the header ``Range`` asks of a file of ``size`` bytes: the whole where it is none that is known here, nothing where the file has
    no such bytes."""
    found = _ONE.match(asked.replace(" ", ""))
    if found is None or not (found[1] or found[2]):
        return Span(0, size)
    if not found[1]:
        last = int(found[2])
        return Span(max(0, size - last), size) if last and size else None
    start = int(found[1])
    end = int(found[2]) + 1 if found[2] else size
    if found[2] and end <= start:
        return Span(0, size)
    return Span(start, min(end, size)) if start < size else None
