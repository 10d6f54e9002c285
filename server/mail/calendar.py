"""Meetings, and what opens and closes, as entries for calendars (RFC 5545): what every calendar program takes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from server.kernel.vietnam import VIETNAM

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
    """One meeting, or one moment where it ends as it begins. ``uid`` stays the same for ever and ``sequence`` grows with each change, so
    that a calendar that has the entry replaces it. Times are aware."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    title: str
    organisation: str
    url: str


def calendar(*entries: Entry, now: datetime) -> bytes:
    """A calendar with these entries, made ``now``."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Dien Hong//Meetings and consultations//VI",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *_ZONE.splitlines(),
        *(line for entry in entries for line in _event(entry, now)),
        "END:VCALENDAR",
    ]
    return b"".join(piece + b"\r\n" for line in lines for piece in _folded(line))


def _event(entry: Entry, now: datetime) -> Iterator[str]:
    about = f"{entry.organisation}\n{entry.url}"
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(entry.uid)}"
    yield f"DTSTAMP:{now.astimezone(UTC).strftime(_UTC)}"
    yield f"SEQUENCE:{entry.sequence}"
    yield f"DTSTART;TZID=Asia/Ho_Chi_Minh:{entry.starts_at.astimezone(VIETNAM).strftime(_LOCAL)}"
    if entry.ends_at > entry.starts_at:  # section 3.6.1: an end is later than its beginning
        yield f"DTEND;TZID=Asia/Ho_Chi_Minh:{entry.ends_at.astimezone(VIETNAM).strftime(_LOCAL)}"
    yield f"SUMMARY:{_text(entry.title)}"
    yield f"DESCRIPTION:{_text(about)}"
    yield f"LOCATION:{_text(entry.url)}"
    yield f"URL:{entry.url}"
    yield "END:VEVENT"


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
