"""The queue and the floor: whose turn it is, for how long, and who may be heard."""

from datetime import timedelta

import pytest

from rooms import commands as c
from rooms import events as e
from rooms.floor import hearing_changed, may_be_heard
from rooms.state import MOST_RAISED, Kind, Limits
from rooms.ticking import next_deadline
from rooms.view import Viewer, snapshot
from server.kernel.ids import ItemId, Who
from tests.rooms.meeting import (
    CHAIR,
    DEPUTY,
    GUEST,
    MEMBER,
    NOON,
    OBSERVER,
    OTHER_MEMBER,
    SECRETARY,
    SUBSTITUTE,
    TECHNICIAN,
    Meeting,
    an_item,
    by_the_roll,
    role_of,
    with_everybody,
)

SECOND = timedelta(seconds=1)


def led() -> Meeting:
    """A meeting in which only who presides and who has the floor may be heard."""
    meeting = by_the_roll(CHAIR, DEPUTY, MEMBER, OTHER_MEMBER, GUEST, OBSERVER, TECHNICIAN)
    meeting.ask(CHAIR, c.SetDiscussion(free=False))
    return meeting


def limited(**limits: int) -> Meeting:
    meeting = led()
    meeting.ask(CHAIR, c.SetLimits(Limits(**limits)))
    return meeting


def ends_after(meeting: Meeting) -> timedelta | None:
    """How long whoever has the floor has it."""
    floor = meeting.state.floor
    assert floor is not None
    return None if floor.until is None else floor.until - floor.given_at


# --- the queue -----------------------------------------------------------------------------------------------------------


def test_a_point_of_order_goes_before_all_others_and_behind_those_before_it() -> None:
    meeting = led()
    asked: list[tuple[Who, Kind]] = [
        (GUEST, "statement"),
        (MEMBER, "reply"),
        (DEPUTY, "point_of_order"),
        (OTHER_MEMBER, "point_of_order"),
        (OTHER_MEMBER, "statement"),
    ]
    for who, kind in asked:
        meeting.ask(who, c.RaiseHand(kind))
    assert [(hand.who, hand.kind) for hand in meeting.state.queue] == [asked[2], asked[3], asked[0], asked[1], asked[4]]


def test_who_raises_and_lowers_a_hand_too_fast_is_told_how_long_to_wait_and_the_others_are_not() -> None:
    meeting = led()
    for _ in range(MOST_RAISED):
        meeting.ask(MEMBER, c.RaiseHand())
        meeting.ask(MEMBER, c.LowerHand())
    assert meeting.refused(MEMBER, c.RaiseHand()) == "rate_limited"
    meeting.ask(GUEST, c.RaiseHand())
    meeting.later(11)
    meeting.ask(MEMBER, c.RaiseHand())
    meeting.ask(MEMBER, c.LowerHand())


def test_a_side_is_changed_without_losing_the_place() -> None:
    meeting = led()
    meeting.ask(MEMBER, c.RaiseHand(side="for"))
    meeting.ask(GUEST, c.RaiseHand())
    assert meeting.ask(MEMBER, c.RaiseHand(side="for")) == []
    meeting.ask(MEMBER, c.RaiseHand(side="against"))
    assert [(hand.who, hand.side) for hand in meeting.state.queue] == [(MEMBER, "against"), (GUEST, None)]


def test_one_of_ones_hands_is_lowered_or_all() -> None:
    meeting = led()
    for kind in ("statement", "reply", "point_of_order"):
        meeting.ask(MEMBER, c.RaiseHand(kind))
    meeting.ask(MEMBER, c.LowerHand(number=2))
    assert [hand.number for hand in meeting.state.queue] == [3, 1]
    assert meeting.ask(GUEST, c.LowerHand(number=1)) == []  # a number is another's only by name
    meeting.ask(CHAIR, c.LowerHand(MEMBER))
    assert meeting.hands() == []


def test_who_presides_reorders_the_queue_and_everybody_sees_the_same() -> None:
    meeting = led()
    for who in (MEMBER, OTHER_MEMBER, GUEST):
        meeting.ask(who, c.RaiseHand())
    meeting.ask(CHAIR, c.MoveHand(3, before=1))
    meeting.ask(CHAIR, c.MoveHand(1))
    assert meeting.hands() == [GUEST, OTHER_MEMBER, MEMBER]
    for who in meeting.inside:
        assert snapshot(meeting.state, Viewer(who, "first", role_of(who)))[0].queue == meeting.state.queue
    assert meeting.ask(CHAIR, c.MoveHand(1, before=1)) == []
    assert meeting.refused(CHAIR, c.MoveHand(9)) == meeting.refused(CHAIR, c.MoveHand(1, before=9)) == "not_found"
    assert meeting.refused(DEPUTY, c.MoveHand(1)) == "not_allowed"


# --- the floor -----------------------------------------------------------------------------------------------------------


def test_who_presides_gives_the_floor_for_two_minutes() -> None:
    meeting = led()
    meeting.ask(MEMBER, c.RaiseHand("reply", "for"))
    (given,) = meeting.ask(CHAIR, c.GiveFloor(MEMBER, seconds=120))
    until = NOON + 120 * SECOND
    times = (NOON, until, until - 30 * SECOND, until + 10 * SECOND)
    assert given == e.FloorGiven(MEMBER, "reply", "for", "Sở Tài chính", 1, *times)
    assert meeting.hands() == [] and next_deadline(meeting.state) == until + 10 * SECOND


@pytest.mark.parametrize(
    "command",
    [
        c.GiveFloor(MEMBER),
        c.ExtendFloor(60),
        c.WithdrawFloor(),
        c.SetDiscussion(True),
        c.SetLimits(Limits(60)),
        c.MoveHand(1),
    ],
    ids=lambda command: type(command).__name__,
)
def test_only_who_presides_rules_the_floor(command: c.Command) -> None:
    meeting = led()
    for who in (DEPUTY, MEMBER, GUEST, TECHNICIAN):
        assert meeting.refused(who, command) == "not_allowed"
    assert meeting.refused(SECRETARY, command) == "not_inside"


def test_the_next_speaker_ends_the_turn_of_the_one_before() -> None:
    meeting = led()
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    ended, given = meeting.after(30).ask(CHAIR, c.GiveFloor(GUEST))
    assert ended == e.FloorEnded(MEMBER, "next", meeting.now) and isinstance(given, e.FloorGiven)
    assert meeting.state.spoken == {MEMBER: 30 * SECOND} and meeting.state.spoken_by_agency == {"Sở Tài chính": 30 * SECOND}
    assert meeting.refused(CHAIR, c.GiveFloor(SECRETARY)) == "not_found"


def test_the_floor_is_withdrawn_or_given_back_once() -> None:
    meeting = led()
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    assert meeting.ask(GUEST, c.YieldFloor()) == []
    assert meeting.ask(MEMBER, c.YieldFloor()) == [e.FloorEnded(MEMBER, "yielded", NOON)]
    meeting.ask(CHAIR, c.GiveFloor(GUEST))
    assert meeting.ask(CHAIR, c.WithdrawFloor()) == [e.FloorEnded(GUEST, "withdrawn", NOON)]
    assert meeting.ask(CHAIR, c.WithdrawFloor()) == []


def test_the_end_of_the_time_with_its_grace_ends_the_turn_whenever_it_is_found() -> None:
    meeting = led()
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))
    meeting.later(69)
    assert meeting.state.floor is not None
    meeting.later(500)  # whoever keeps the time was away
    assert meeting.happened[-1] == e.FloorEnded(MEMBER, "over", NOON + 70 * SECOND)
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))
    given_at = meeting.now
    meeting.after(500).ask(CHAIR, c.WithdrawFloor())
    assert meeting.happened[-1] == e.FloorEnded(MEMBER, "over", given_at + 70 * SECOND)


def test_a_speaker_gets_more_time_but_not_for_ever() -> None:
    meeting = led()
    assert meeting.refused(CHAIR, c.ExtendFloor(60)) == "not_found"
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))
    meeting.after(65).ask(CHAIR, c.ExtendFloor(60))  # out of the grace
    assert ends_after(meeting) == 125 * SECOND
    assert meeting.refused(CHAIR, c.ExtendFloor(4 * 3600)) == "bad_duration"
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    assert meeting.ask(CHAIR, c.ExtendFloor(60)) == []  # has no end


def test_a_speaker_who_leaves_has_the_floor_no_more() -> None:
    meeting = led()
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    assert meeting.ask(MEMBER, c.Leave())[-1] == e.FloorEnded(MEMBER, "left", NOON)


def test_the_floor_ends_with_the_item_and_time_is_counted_anew() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, agenda=(an_item(1, "Khai mạc"), an_item(2, "Dự toán")))
    meeting.ask(CHAIR, c.GoTo(ItemId(1)))
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    ended, *_ = meeting.after(30).ask(CHAIR, c.GoTo(ItemId(2)))
    assert ended == e.FloorEnded(MEMBER, "item", meeting.now)
    assert meeting.state.floor is None and not meeting.state.spoken and not meeting.state.spoken_by_agency


# --- time ----------------------------------------------------------------------------------------------------------------


def test_each_turn_lasts_what_the_speaker_has_left() -> None:
    meeting = limited(speaker_s=180)
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    assert ends_after(meeting) == 180 * SECOND
    meeting.after(100).ask(MEMBER, c.YieldFloor())
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    assert ends_after(meeting) == 80 * SECOND
    meeting.later(90)
    assert meeting.state.floor is None and meeting.refused(CHAIR, c.GiveFloor(MEMBER)) == "time_used"
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))  # the chair may, by saying so
    assert ends_after(meeting) == 60 * SECOND


def test_an_agency_has_its_time_together() -> None:
    meeting = limited(speaker_s=180, agency_s=200)
    meeting.ask(SUBSTITUTE, c.Enter())
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    meeting.after(150).ask(MEMBER, c.YieldFloor())
    meeting.ask(CHAIR, c.GiveFloor(SUBSTITUTE))
    assert ends_after(meeting) == 50 * SECOND
    meeting.later(60)
    assert meeting.refused(CHAIR, c.GiveFloor(SUBSTITUTE)) == "time_used"
    meeting.ask(CHAIR, c.GiveFloor(GUEST))  # of no agency
    assert ends_after(meeting) == 180 * SECOND


def test_the_warning_and_the_grace_are_those_of_the_limits() -> None:
    meeting = limited(warn_s=600, grace_s=0)
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))
    floor = meeting.state.floor
    assert floor is not None and (floor.warn_at, floor.cut_at) == (NOON, floor.until)


@pytest.mark.parametrize("seconds", [9, -1, 10**18])
def test_no_time_is_without_bounds(seconds: int) -> None:
    meeting = led()
    commands: list[c.Command] = [
        c.GiveFloor(MEMBER, seconds),
        c.SetLimits(Limits(speaker_s=seconds)),
        c.SetLimits(Limits(agency_s=seconds)),
        *([] if seconds == 9 else [c.SetLimits(Limits(warn_s=seconds)), c.SetLimits(Limits(grace_s=seconds))]),
    ]
    for command in commands:
        assert meeting.refused(CHAIR, command) == "bad_duration"
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))
    assert meeting.refused(CHAIR, c.ExtendFloor(seconds)) == "bad_duration"


# --- who may be heard ----------------------------------------------------------------------------------------------------


def test_in_free_discussion_all_are_heard_whom_the_roll_lets_speak() -> None:
    meeting = by_the_roll(CHAIR, DEPUTY, MEMBER, SUBSTITUTE, GUEST, OBSERVER, TECHNICIAN)
    assert may_be_heard(meeting.state) == {CHAIR, DEPUTY, MEMBER, GUEST, TECHNICIAN}
    meeting.ask(CHAIR, c.GiveFloor(OBSERVER))
    assert OBSERVER in may_be_heard(meeting.state)
    assert may_be_heard(with_everybody().state) == {CHAIR, MEMBER, GUEST}


def test_otherwise_only_who_presides_and_who_has_the_floor_are_heard() -> None:
    meeting = led()
    assert may_be_heard(meeting.state) == {CHAIR}
    before = meeting.state
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))
    assert hearing_changed(before, meeting.state) == (frozenset({MEMBER}), frozenset())
    before = meeting.state
    meeting.later(70)
    assert hearing_changed(before, meeting.state) == (frozenset(), frozenset({MEMBER}))


def test_with_the_chair_the_permission_to_be_heard_goes_over() -> None:
    meeting = led()
    before = meeting.state
    meeting.ask(CHAIR, c.GiveChair(DEPUTY))
    assert hearing_changed(before, meeting.state) == (frozenset({DEPUTY}), frozenset({CHAIR}))


def test_everybody_sees_who_is_heard() -> None:
    meeting = led()
    meeting.ask(CHAIR, c.GiveFloor(GUEST))
    view, _ = snapshot(meeting.state, Viewer(OBSERVER, "first", "member"))
    assert {one.who for one in view.members.values() if one.heard} == {CHAIR, GUEST}
    assert view.procedure.floor == meeting.state.floor
