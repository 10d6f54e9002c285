"""The chair: who presides, who follows, and how it is taken back."""

import pytest

from rooms import commands as c
from rooms import events as e
from rooms.state import CHAIR_GONE_FOR, LOST_FOR, Seat
from rooms.ticking import next_deadline
from rooms.view import Viewer, snapshot
from server.kernel.ids import Who
from tests.rooms.meeting import CHAIR, DEPUTY, GUEST, MEMBER, NOON, OTHER_MEMBER, ROLL, SECRETARY, SUBSTITUTE, Meeting, by_the_roll, role_of

GONE_S = CHAIR_GONE_FOR.total_seconds()


def left_by_the_chair(*others: Who) -> Meeting:
    """The chair has presided and is out of reach; these are still there."""
    meeting = by_the_roll(CHAIR, *others)
    meeting.notice(*others)
    return meeting


def test_the_chair_presides_from_coming_in_and_that_is_on_record() -> None:
    meeting = by_the_roll(DEPUTY, MEMBER)
    assert meeting.state.presides is None
    assert meeting.ask(CHAIR, c.Enter())[-1] == e.ChairPassed(CHAIR, "came", NOON)


def test_ten_seconds_without_the_chair_and_the_deputy_presides() -> None:
    meeting = left_by_the_chair(MEMBER, DEPUTY)
    assert meeting.state.unchaired_since == NOON and next_deadline(meeting.state) == NOON + CHAIR_GONE_FOR
    meeting.later(GONE_S - 1)
    assert meeting.state.presides == CHAIR
    meeting.later(1)
    assert meeting.happened[-1] == e.ChairPassed(DEPUTY, "gone", meeting.now)
    meeting.ask(DEPUTY, c.SetDiscussion(False))


def test_a_chair_who_left_is_followed_as_one_who_was_lost() -> None:
    meeting = by_the_roll(CHAIR, DEPUTY)
    meeting.ask(CHAIR, c.Leave())
    meeting.later(GONE_S)
    assert meeting.state.presides == DEPUTY


def test_a_chair_who_is_back_in_time_presides_on() -> None:
    meeting = left_by_the_chair(DEPUTY)
    meeting.after(GONE_S - 1).notice(CHAIR, DEPUTY)
    assert meeting.state.unchaired_since is None
    meeting.later(GONE_S)
    assert meeting.state.presides == CHAIR


def test_without_a_deputy_the_first_member_on_the_roll_presides_never_secretary_guest_or_substitute() -> None:
    meeting = left_by_the_chair(SECRETARY, GUEST, SUBSTITUTE, OTHER_MEMBER, MEMBER)
    meeting.later(GONE_S)
    assert meeting.state.presides == MEMBER
    meeting.ask(MEMBER, c.Remove(GUEST))  # and keeps the door, as the chair did


def test_while_nobody_of_the_line_is_there_the_chair_waits_for_the_first_who_comes() -> None:
    meeting = left_by_the_chair(SECRETARY)
    meeting.later(GONE_S)
    assert meeting.state.presides == CHAIR and next_deadline(meeting.state) == NOON + LOST_FOR
    meeting.ask(OTHER_MEMBER, c.Enter())
    assert next_deadline(meeting.state) == NOON + CHAIR_GONE_FOR
    meeting.later(0)
    assert meeting.state.presides == OTHER_MEMBER


def test_the_chair_takes_the_chair_back_with_one_command() -> None:
    meeting = left_by_the_chair(DEPUTY)
    meeting.later(GONE_S)
    meeting.notice(CHAIR, DEPUTY)
    assert meeting.state.presides == DEPUTY and meeting.refused(CHAIR, c.SetDiscussion(False)) == "not_allowed"
    assert meeting.ask(CHAIR, c.TakeChair()) == [e.ChairPassed(CHAIR, "taken", meeting.now)]
    assert meeting.refused(DEPUTY, c.SetDiscussion(False)) == "not_allowed"
    assert meeting.ask(CHAIR, c.TakeChair()) == []


def test_others_take_the_chair_only_while_nobody_has_it_and_in_their_turn() -> None:
    meeting = by_the_roll(MEMBER, DEPUTY, SECRETARY)
    assert meeting.refused(MEMBER, c.TakeChair()) == meeting.refused(SECRETARY, c.TakeChair()) == "not_allowed"
    meeting.ask(DEPUTY, c.TakeChair())
    assert meeting.state.presides == DEPUTY
    meeting.ask(CHAIR, c.Enter())  # the chair comes late, and does not interrupt
    assert meeting.state.presides == DEPUTY and meeting.refused(MEMBER, c.TakeChair()) == "not_allowed"
    meeting.ask(CHAIR, c.TakeChair())
    assert meeting.state.presides == CHAIR and meeting.refused(DEPUTY, c.TakeChair()) == "not_allowed"


def test_nobody_takes_the_chair_from_who_has_it_though_out_of_reach_for_a_moment() -> None:
    meeting = left_by_the_chair(DEPUTY, MEMBER)
    assert meeting.refused(DEPUTY, c.TakeChair()) == "not_allowed"
    meeting.notice(CHAIR, DEPUTY, MEMBER)
    meeting.ask(CHAIR, c.GiveChair(MEMBER))
    meeting.ask(CHAIR, c.Leave())
    assert meeting.refused(DEPUTY, c.TakeChair()) == "not_allowed"  # though before the member in the line


def test_the_chair_is_given_to_one_of_the_line_who_is_inside() -> None:
    meeting = by_the_roll(CHAIR, DEPUTY, SECRETARY, MEMBER)
    assert meeting.refused(CHAIR, c.GiveChair(OTHER_MEMBER)) == "not_found"
    assert meeting.refused(CHAIR, c.GiveChair(SECRETARY)) == meeting.refused(DEPUTY, c.GiveChair(DEPUTY)) == "not_allowed"
    assert meeting.ask(CHAIR, c.GiveChair(MEMBER)) == [e.ChairPassed(MEMBER, "given", NOON)]
    assert meeting.refused(CHAIR, c.GiveChair(CHAIR)) == "not_allowed"


@pytest.mark.parametrize("duty", ["member", "observer", None])
def test_who_loses_the_duty_by_a_new_roll_loses_the_chair(duty: str | None) -> None:
    meeting = by_the_roll(CHAIR, DEPUTY)
    roll = tuple(seat if seat.who != CHAIR else Seat(CHAIR, duty) for seat in ROLL if duty or seat.who != CHAIR)  # type: ignore[arg-type]
    roll = tuple(Seat(seat.who, "chair") if seat.who == DEPUTY else seat for seat in roll)
    meeting.ask(None, c.Configure("Họp giao ban", False, {CHAIR: "member", DEPUTY: "host"}, roll=roll))
    if duty == "member":  # still of the line: the new chair takes it
        assert meeting.state.presides == CHAIR
        meeting.ask(DEPUTY, c.TakeChair())
    assert meeting.state.presides == DEPUTY
    assert meeting.refused(CHAIR, c.EndMeeting()) == "not_allowed"


def test_a_roll_without_a_chair_leaves_the_lead_to_the_hosts() -> None:
    meeting = by_the_roll(CHAIR, SECRETARY, MEMBER)
    meeting.ask(None, c.Configure("Họp giao ban", False, {CHAIR: "host"}, roll=ROLL[:2]))
    assert meeting.state.presides is None
    meeting.later(60)
    meeting.ask(CHAIR, c.SetDiscussion(False))
    assert meeting.state.presides is None and meeting.refused(MEMBER, c.SetDiscussion(True)) == "not_allowed"


def test_only_who_presides_ends_the_meeting_unless_nobody_does() -> None:
    meeting = by_the_roll(CHAIR, DEPUTY, SECRETARY)
    assert meeting.refused(DEPUTY, c.EndMeeting()) == meeting.refused(SECRETARY, c.EndMeeting()) == "not_allowed"
    meeting.ask(CHAIR, c.Leave())
    meeting.ask(SECRETARY, c.EndMeeting())
    assert meeting.phase() == "ended"


def test_who_presides_keeps_the_door_and_sees_who_waits_as_hosts_do() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, OTHER_MEMBER)
    meeting.ask(CHAIR, c.SetLobby(on=True))
    meeting.ask(CHAIR, c.GiveChair(MEMBER))
    meeting.ask(GUEST, c.Enter())
    waiting = {who: snapshot(meeting.state, Viewer(who, "first", role_of(who)))[0].waiting for who in (CHAIR, MEMBER, OTHER_MEMBER)}
    assert [one.who for one in waiting[MEMBER]] == [GUEST] and waiting[CHAIR] == waiting[MEMBER] and not waiting[OTHER_MEMBER]
    meeting.ask(MEMBER, c.Admit(GUEST))
    assert GUEST in meeting.inside


def test_nobody_removes_who_presides() -> None:
    meeting = left_by_the_chair(SECRETARY, MEMBER)
    meeting.later(GONE_S)
    assert meeting.state.presides == MEMBER
    assert meeting.refused(SECRETARY, c.Remove(MEMBER)) == "not_allowed"
