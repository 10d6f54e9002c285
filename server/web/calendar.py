"""A meeting as an entry for calendars (RFC 5545): what every calendar program takes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from server.web.rendering import VIETNAM

CONTENT_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"

_LONGEST_LINE = 75  # octets, RFC 5545 section 3.1
_LOCAL, _UTC = "%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ"
# Viet Nam has kept one time since 1975.
_ZONE = """\
BEGIN:VTIMEZONE
TZID:Asia/Ho_Chi_Minh
BEGIN:STANDARD
DTSTART:19750613T000000
TZOFFSETFROM:+0700
TZOFFSETTO:+0700
TZNAME:+07
END:STANDARD
END:VTIMEZONE"""


class Entry(msgspec.Struct, frozen=True):
    """One meeting. ``uid`` stays the same for ever and ``sequence`` grows with each change, so that a calendar that has the entry
    replaces it. Times are aware."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    title: str
    organisation: str
    url: str


def calendar(entry: Entry, now: datetime) -> bytes:
    """A calendar with this one entry, made ``now``."""
    about = f"{entry.organisation}\n{entry.url}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Dien Hong//Meeting rooms//VI",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *_ZONE.splitlines(),
        "BEGIN:VEVENT",
        f"UID:{_text(entry.uid)}",
        f"DTSTAMP:{now.astimezone(UTC).strftime(_UTC)}",
        f"SEQUENCE:{entry.sequence}",
        f"DTSTART;TZID=Asia/Ho_Chi_Minh:{entry.starts_at.astimezone(VIETNAM).strftime(_LOCAL)}",
        f"DTEND;TZID=Asia/Ho_Chi_Minh:{entry.ends_at.astimezone(VIETNAM).strftime(_LOCAL)}",
        f"SUMMARY:{_text(entry.title)}",
        f"DESCRIPTION:{_text(about)}",
        f"LOCATION:{_text(entry.url)}",
        f"URL:{entry.url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _text(text: str) -> str:
    """As a value of type TEXT (section 3.3.11)."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> Iterator[bytes]:
    """The line cut into pieces of at most 75 octets, no letter cut in two; each but the first begins with a space."""
    piece = b""
    for letter in line:
        octets = letter.encode()
        if len(piece) + len(octets) > _LONGEST_LINE:
            yield piece
            piece = b" "
        piece += octets
    yield piece
