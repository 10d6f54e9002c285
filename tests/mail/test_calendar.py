"""A meeting in a calendar, byte by byte as RFC 5545 wants it."""

from datetime import UTC, datetime

import msgspec
import pytest

from server.mail.calendar import Entry, calendar

NINE = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 9 o'clock in Viet Nam
ENTRY = Entry(
    "phong-hop-7@hop.example.vn", 3, NINE, NINE.replace(hour=4), "Họp giao ban", "Sở Nội vụ", "https://hop.example.vn/phong-hop/a"
)


def lines_of(entry: Entry) -> list[str]:
    """The lines with their folds undone (section 3.1)."""
    return calendar(entry, now=NINE).decode().replace("\r\n ", "").split("\r\n")


def test_a_meeting_has_all_that_a_calendar_needs() -> None:
    lines = lines_of(ENTRY)
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert {"VERSION:2.0", "METHOD:PUBLISH", "UID:phong-hop-7@hop.example.vn", "SEQUENCE:3", "SUMMARY:Họp giao ban"} <= set(lines)
    assert "DTSTART;TZID=Asia/Ho_Chi_Minh:20260302T090000" in lines
    assert "DTEND;TZID=Asia/Ho_Chi_Minh:20260302T110000" in lines
    assert "DTSTAMP:20260302T020000Z" in lines
    assert "DESCRIPTION:Sở Nội vụ\\nhttps://hop.example.vn/phong-hop/a" in lines


def test_every_zone_named_is_told() -> None:
    lines = lines_of(ENTRY)
    assert lines.index("TZID:Asia/Ho_Chi_Minh") < lines.index("TZOFFSETTO:+0700") < lines.index("BEGIN:VEVENT")


@pytest.mark.parametrize("title", ["ế" * 200, "x" * 200, "Họp " * 50, "🏛️" * 40])
def test_long_lines_are_folded_between_letters(title: str) -> None:
    made = calendar(msgspec.structs.replace(ENTRY, title=title), now=NINE)
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    for line in made.split(b"\r\n"):
        line.decode()  # no letter is cut in two
    assert f"SUMMARY:{title}" in lines_of(msgspec.structs.replace(ENTRY, title=title))


def test_what_is_written_adds_no_line() -> None:
    title = "Họp; giao ban, tháng 3\r\nATTENDEE:mailto:x@example.vn\\"
    assert "SUMMARY:Họp\\; giao ban\\, tháng 3\\nATTENDEE:mailto:x@example.vn\\\\" in lines_of(msgspec.structs.replace(ENTRY, title=title))


def test_lines_end_as_mail_does() -> None:
    made = calendar(ENTRY, now=NINE)
    assert made.count(b"\n") == made.count(b"\r\n") == made.count(b"\r")
