"""The record of a meeting: any one event that is changed, left out, added or moved is found and named."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms import events as e
from rooms.motions import Ballot, Box, MotionCounted
from rooms.record import Fault, Link, Opening, append, beginning, check, digest, read
from rooms.tally import result
from server.kernel.ids import MeetingId, MotionId, Who
from tests.rooms.meeting import NOON
from tests.rooms.test_tally import voted

MEETING = MeetingId(7)
PERSONAL = ("name", "opinion")


def record(count: int, salt: bytes = b"0" * 32) -> tuple[list[Link], list[Opening]]:
    """A record of so many events, with what is kept beside it."""
    links: list[Link] = []
    beside: list[Opening] = []
    for number in range(1, count + 1):
        event = e.Entered(Who(f"p{number}"), f"Đại biểu {number}", "member", "tab")
        link, sealed = append(MEETING, links[-1] if links else None, NOON + timedelta(seconds=number), event, PERSONAL, salt)
        links.append(link)
        beside += sealed
    return links, beside


def forged(link: Link) -> Link:
    """Other words in the place of a link, with a digest that fits them."""
    other = replace(link, body=link.body.replace(b'"p', b'"q'))
    assert other.body != link.body
    return replace(other, digest=digest(other))


lengths = st.integers(3, 9).flatmap(lambda count: st.tuples(st.just(count), st.integers(1, count - 1)))
"""How long a record is, and the number of a link in it that is not the last."""


@given(lengths)
@settings(max_examples=30)
def test_a_record_that_nobody_touched_has_no_fault(size: tuple[int, int]) -> None:
    links, beside = record(size[0])
    assert check(MEETING, links) is None
    assert check(MEETING, links, beside, {links[-1].number: links[-1].digest, 1: links[0].digest}) is None


@given(lengths, st.sampled_from(["body", "at", "before", "digest", "anew", "anew before"]))
@settings(max_examples=100)
def test_a_link_that_says_something_else_is_named(size: tuple[int, int], what: str) -> None:
    links, _ = record(size[0])
    place = size[1] - 1
    link = links[place]
    changed = {
        "body": replace(link, body=forged(link).body),
        "at": replace(link, at=link.at + timedelta(microseconds=1)),
        "before": replace(link, before="0" * 64),
        "digest": replace(link, digest="0" * 64),
        "anew": forged(link),
        "anew before": replace(link, before="0" * 64, digest=digest(replace(link, before="0" * 64))),
    }
    links[place] = changed[what]
    assert check(MEETING, links) == Fault(size[1], "altered")


@given(lengths)
@settings(max_examples=30)
def test_a_missing_link_is_named(size: tuple[int, int]) -> None:
    links, _ = record(size[0])
    del links[size[1] - 1]
    assert check(MEETING, links) == Fault(size[1], "missing")


@given(lengths)
@settings(max_examples=30)
def test_links_that_changed_places_are_named(size: tuple[int, int]) -> None:
    links, _ = record(size[0])
    place = size[1] - 1
    links[place : place + 2] = [links[place + 1], links[place]]
    assert check(MEETING, links) == Fault(size[1], "moved")


@given(lengths)
@settings(max_examples=30)
def test_words_that_changed_places_are_named(size: tuple[int, int]) -> None:
    links, _ = record(size[0])
    place = size[1] - 1
    one, other = links[place], links[place + 1]
    links[place], links[place + 1] = replace(one, body=other.body), replace(other, body=one.body)
    assert check(MEETING, links) == Fault(size[1], "altered")


@given(lengths, st.sampled_from(["twice", "forged", "forged before"]))
@settings(max_examples=60)
def test_a_link_too_many_is_named(size: tuple[int, int], what: str) -> None:
    links, _ = record(size[0])
    link = links[size[1] - 1]
    too_many = link if what == "twice" else forged(link)
    links.insert(size[1] - (what == "forged before"), too_many)
    assert check(MEETING, links) == Fault(size[1], "inserted")


@given(lengths)
@settings(max_examples=30)
def test_a_chain_made_anew_is_found_by_a_digest_known_from_elsewhere(size: tuple[int, int]) -> None:
    links, _ = record(size[0])
    known = {link.number: link.digest for link in links}
    last = links[size[1] - 2] if size[1] > 1 else None
    anew = links[: size[1] - 1]
    for number in range(size[1], size[0] + 1):
        last, _ = append(MEETING, last, NOON, e.Entered(Who(f"q{number}"), "Người khác", "member", "tab"), PERSONAL, b"1" * 32)
        anew.append(last)
    assert check(MEETING, anew) is None
    assert check(MEETING, anew, known=known) == Fault(size[1], "altered")


def test_an_end_that_was_cut_off_is_found_by_a_digest_known_from_elsewhere() -> None:
    links, _ = record(5)
    assert check(MEETING, links[:3]) is None
    assert check(MEETING, links[:3], known={5: links[4].digest}) == Fault(4, "missing")


def test_a_digest_covers_all_that_a_link_says() -> None:
    link = record(1)[0][0]
    others = [
        replace(link, number=2),
        replace(link, at=NOON),
        replace(link, body=link.body + b" "),
        replace(link, before="0" * 64),
    ]
    assert len({digest(one) for one in [link, *others]}) == 5


def test_the_record_of_one_meeting_is_not_that_of_another() -> None:
    links, _ = record(3)
    assert check(MeetingId(8), links) == Fault(1, "altered")
    assert beginning(MEETING) != beginning(MeetingId(8))


def test_no_record_is_a_record_of_nothing() -> None:
    assert check(MEETING, []) is None
    assert check(MEETING, [], known={1: "0" * 64}) == Fault(1, "missing")


# --- what is personal ----------------------------------------------------------------------------------------------------


def test_what_is_personal_is_beside_the_chain_and_may_be_erased() -> None:
    links, beside = record(3)
    assert not any("Đại biểu".encode() in link.body for link in links)
    assert [read(link, beside)["name"] for link in links] == ["Đại biểu 1", "Đại biểu 2", "Đại biểu 3"]
    kept = [one for one in beside if one.number != 2]
    assert check(MEETING, links, kept) is None
    assert read(links[1], kept) == {"type": "entered", "who": "p2", "name": "", "role": "member", "tab": "tab", "sits": None}


def test_another_value_than_was_sealed_is_named() -> None:
    links, beside = record(3)
    beside[1] = replace(beside[1], value="Người khác")
    assert check(MEETING, links, beside) == Fault(2, "unsealed")
    with pytest.raises(ValueError, match="link 2"):
        read(links[1], beside)


@pytest.mark.parametrize("path", ["who", "nowhere", "name/0", "name/sealed", ""])
def test_a_value_that_was_sealed_nowhere_is_named(path: str) -> None:
    links, beside = record(3)
    assert check(MEETING, links, [replace(beside[0], path=path)]) == Fault(1, "unsealed")


def test_equal_values_are_sealed_differently() -> None:
    people = [e.Entered(Who("p1"), "Đại biểu", "member", "tab")] * 2
    first, _ = append(MEETING, None, NOON, people[0], PERSONAL, b"1" * 32)
    again, _ = append(MEETING, None, NOON, people[1], PERSONAL, b"2" * 32)
    assert first.body != again.body


def test_an_event_that_holds_others_is_sealed_where_they_stand_and_read_back_whole() -> None:
    motion, _ = voted(2)
    box = Box((Ballot(Who("p0"), Who("p0"), 0, "slip", NOON, "Đề nghị bổ sung kinh phí"), Ballot(Who("p1"), Who("p1"), None, "hall", NOON)))
    event = MotionCounted(MotionId(1), NOON, box, result(motion, box))
    link, beside = append(MEETING, None, NOON, event, PERSONAL, b"0" * 32)
    assert [(one.path, one.value) for one in beside] == [("box/ballots/0/opinion", "Đề nghị bổ sung kinh phí")]
    assert msgspec.convert(read(link, beside), MotionCounted) == event
    erased = msgspec.convert(read(link), MotionCounted)
    assert erased.result == event.result and erased.box.ballots[0].opinion == ""


def test_equal_events_are_equal_bytes() -> None:
    one, other = (
        e.Configured("Họp", {Who("p1"): "host", Who("p2"): "member"}),
        e.Configured("Họp", {Who("p2"): "member", Who("p1"): "host"}),
    )
    assert append(MEETING, None, NOON, one, (), b"") == append(MEETING, None, NOON, other, (), b"")
