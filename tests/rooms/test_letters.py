"""What is written to some only: who may write to whom, and who reads it."""

from typing import Literal

import pytest

from rooms import commands as c
from rooms.state import Address, Private, To
from rooms.view import View, Viewer, snapshot
from server.kernel.ids import Who
from tests.rooms.meeting import (
    CHAIR,
    DEPUTY,
    GUEST,
    MEMBER,
    OBSERVER,
    OFFICIAL,
    OTHER_MEMBER,
    ROLL,
    SECRETARY,
    SUBSTITUTE,
    TECHNICIAN,
    Meeting,
    role_of,
    with_everybody,
)
from tests.rooms.test_groups import parted

Among = Literal["all", "desk", "nobody"]
EVERYBODY = [CHAIR, DEPUTY, SECRETARY, MEMBER, SUBSTITUTE, OTHER_MEMBER, OBSERVER, TECHNICIAN, OFFICIAL, GUEST]


class Writing(Meeting):
    """A meeting by the roll in which everybody is inside."""

    def __init__(self, among: Among = "all", *, kept: bool = False) -> None:
        super().__init__(lobby=False, roll=ROLL)
        self.private = Private(among, kept)
        for who in EVERYBODY:
            self.ask(who, c.Enter())


def readers(meeting: Meeting, who: Who, say: c.Say) -> set[Who]:
    """Who finds a line in their view, of all who are inside."""
    meeting.ask(who, say)
    return {one for one in meeting.inside if say.text in texts(meeting, one)}


def texts(meeting: Meeting, who: Who) -> list[str]:
    seen: View = snapshot(meeting.state, Viewer(who, "first", role_of(who)))[0]
    return [line.text for line in (*seen.chat, *seen.letters)]


def test_a_line_to_one_person_is_seen_by_the_two() -> None:
    assert readers(Writing(), MEMBER, c.Say("Riêng", "person", OTHER_MEMBER)) == {MEMBER, OTHER_MEMBER}


@pytest.mark.parametrize(
    ("to", "others"),
    [("desk", {CHAIR, SECRETARY}), ("technicians", {TECHNICIAN}), ("agency", {SUBSTITUTE})],
)
def test_a_line_to_a_role_is_seen_by_those_of_that_role(to: To, others: set[Who]) -> None:
    assert readers(Writing(), MEMBER, c.Say("Riêng", to)) == {MEMBER, *others}


def test_a_line_to_all_is_seen_by_all() -> None:
    assert readers(Writing(), MEMBER, c.Say("Chung")) == set(EVERYBODY)


def test_guests_and_observers_write_to_secretaries_and_technicians_only() -> None:
    meeting = Writing()
    for who in (GUEST, OBSERVER):
        for other in (CHAIR, DEPUTY, MEMBER, OFFICIAL):
            assert meeting.refused(who, c.Say("Riêng", "person", other)) == "not_allowed"
        assert meeting.refused(who, c.Say("Riêng", "desk")) == meeting.refused(who, c.Say("Riêng", "agency")) == "not_allowed"
        assert readers(meeting, who, c.Say(f"Của {who}", "person", SECRETARY)) == {who, SECRETARY}
        assert readers(meeting, who, c.Say(f"Cũng của {who}", "technicians")) == {who, TECHNICIAN}


def test_members_do_not_write_to_guests_who_could_not_answer_but_the_desk_and_the_technicians_do() -> None:
    meeting = Writing()
    assert meeting.refused(MEMBER, c.Say("Riêng", "person", GUEST)) == "not_allowed"
    for who in (CHAIR, SECRETARY, TECHNICIAN):
        assert readers(meeting, who, c.Say(f"Của {who}", "person", GUEST)) == {who, GUEST}


def test_where_there_is_no_roll_guests_write_to_the_hosts() -> None:
    meeting = with_everybody()
    assert meeting.refused(GUEST, c.Say("Riêng", "person", MEMBER)) == "not_allowed"
    assert readers(meeting, GUEST, c.Say("Riêng", "person", CHAIR)) == {GUEST, CHAIR}
    assert readers(meeting, MEMBER, c.Say("Riêng bàn chủ tọa", "desk")) == {MEMBER, CHAIR}
    assert meeting.refused(MEMBER, c.Say("Riêng", "technicians")) == "nobody_there"


def test_a_room_may_let_people_write_to_the_desk_only_or_to_nobody() -> None:
    meeting = Writing("desk")
    assert meeting.refused(MEMBER, c.Say("Riêng", "person", OTHER_MEMBER)) == "not_allowed"
    assert meeting.refused(MEMBER, c.Say("Riêng", "agency")) == "not_allowed"
    assert readers(meeting, MEMBER, c.Say("Riêng", "desk")) == {MEMBER, CHAIR, SECRETARY}
    meeting = Writing("nobody")
    for who in EVERYBODY:
        assert meeting.refused(who, c.Say("Riêng", "person", SECRETARY if who != SECRETARY else CHAIR)) == "not_allowed"
        assert meeting.refused(who, c.Say("Riêng", "desk")) == meeting.refused(who, c.Say("Riêng", "technicians")) == "not_allowed"


def test_nobody_writes_to_themselves_or_to_who_is_not_there() -> None:
    meeting = Writing()
    for other in (MEMBER, Who("p99"), None):
        assert meeting.refused(MEMBER, c.Say("Riêng", "person", other)) == "not_found"


def test_what_is_written_in_a_group_is_read_in_it_and_by_who_looks_in() -> None:
    meeting = parted()
    assert readers(meeting, MEMBER, c.Say("Trong nhóm 2", "group")) == {MEMBER, DEPUTY}
    meeting.ask(CHAIR, c.VisitGroup(2))
    assert readers(meeting, DEPUTY, c.Say("Cũng trong nhóm 2", "group")) == {MEMBER, DEPUTY, CHAIR}
    meeting.ask(CHAIR, c.PutInGroup(OTHER_MEMBER, 2))
    assert "Trong nhóm 2" not in texts(meeting, OTHER_MEMBER)
    meeting.ask(CHAIR, c.CallBack(0))
    assert "Trong nhóm 2" in texts(meeting, MEMBER)
    assert meeting.refused(MEMBER, c.Say("Riêng", "group")) == "groups_closed"


def test_who_prepares_the_meeting_writes_to_all_groups() -> None:
    meeting = parted()
    assert meeting.refused(MEMBER, c.Say("Còn năm phút", "groups")) == "not_allowed"
    assert readers(meeting, SECRETARY, c.Say("Còn năm phút", "groups")) == meeting.inside
    assert meeting.state.chat[-1].to == Address("groups")


def test_letters_count_for_how_fast_one_may_write() -> None:
    meeting = Writing()
    for number in range(8):
        meeting.ask(MEMBER, c.Say("Riêng", "person", OTHER_MEMBER) if number % 2 else c.Say("Chung"))
    assert meeting.refused(MEMBER, c.Say("Riêng", "desk")) == "rate_limited"


def test_what_is_not_kept_says_so() -> None:
    for kept in (False, True):
        meeting = Writing(kept=kept)
        meeting.ask(MEMBER, c.Say("Riêng", "desk"))
        meeting.ask(MEMBER, c.Say("Chung"))
        assert meeting.state.letters[CHAIR][-1].kept is kept and meeting.state.chat[-1].kept
