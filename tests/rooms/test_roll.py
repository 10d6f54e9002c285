"""The roll: who is what, who acts for whom, who is present."""

import pytest

from rooms import commands as c
from rooms import events as e
from rooms.decide import Context, decide
from rooms.roll import acts_for, came_late, checked, door, is_present, voting
from rooms.state import Seat
from server.kernel.ids import ItemId, Who
from server.kernel.refused import Refused
from tests.rooms.meeting import (
    CHAIR,
    DEPUTY,
    GUEST,
    MEMBER,
    NOON,
    OBSERVER,
    OFFICIAL,
    OTHER_MEMBER,
    ROLL,
    SECOND_SUBSTITUTE,
    SECRETARY,
    SUBSTITUTE,
    TECHNICIAN,
    Meeting,
    an_item,
    by_the_roll,
    with_everybody,
)


def test_nobody_becomes_anything_by_coming_first() -> None:
    meeting = by_the_roll(OTHER_MEMBER)
    assert meeting.state.presides is None
    assert meeting.refused(OTHER_MEMBER, c.EndMeeting()) == meeting.refused(OTHER_MEMBER, c.SetDiscussion(False)) == "not_allowed"
    meeting.ask(CHAIR, c.Enter())
    assert meeting.state.presides == CHAIR


def test_chair_deputy_and_secretary_keep_the_door_and_guests_knock() -> None:
    assert [door(duty) for duty in ("chair", "deputy", "secretary")] == ["host"] * 3
    assert [door(duty) for duty in ("member", "observer", "technician", "guest")] == ["member"] * 3 + ["guest"]


# --- substitutes ---------------------------------------------------------------------------------------------------------


def test_a_substitute_acts_while_the_principal_is_away_and_only_then() -> None:
    meeting = by_the_roll(CHAIR, SUBSTITUTE)
    assert acts_for(meeting.state, SUBSTITUTE) == MEMBER
    meeting.ask(SUBSTITUTE, c.RaiseHand())
    meeting.ask(MEMBER, c.Enter())
    assert acts_for(meeting.state, SUBSTITUTE) is None
    assert meeting.hands() == []  # and with it ends what was asked in the principal's seat
    assert meeting.refused(SUBSTITUTE, c.RaiseHand()) == "not_allowed"
    meeting.ask(MEMBER, c.Leave())
    meeting.ask(SUBSTITUTE, c.RaiseHand())
    assert meeting.hands() == [SUBSTITUTE]


def test_of_two_substitutes_the_first_on_the_roll_acts() -> None:
    meeting = by_the_roll(CHAIR, SECOND_SUBSTITUTE)
    assert acts_for(meeting.state, SECOND_SUBSTITUTE) == MEMBER
    meeting.ask(SUBSTITUTE, c.Enter())
    assert (acts_for(meeting.state, SUBSTITUTE), acts_for(meeting.state, SECOND_SUBSTITUTE)) == (MEMBER, None)


def test_a_principal_out_of_reach_for_a_moment_is_not_away() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, SUBSTITUTE)
    meeting.notice(CHAIR, SUBSTITUTE)
    assert acts_for(meeting.state, SUBSTITUTE) is None


def test_a_seat_has_a_vote_by_its_weight_and_a_substitute_none_of_their_own() -> None:
    assert {seat.who: substitutes for seat, substitutes in voting(ROLL)} == {
        MEMBER: (SUBSTITUTE, SECOND_SUBSTITUTE),
        **dict.fromkeys((SECRETARY, CHAIR, DEPUTY, OTHER_MEMBER), ()),
    }


# --- present -------------------------------------------------------------------------------------------------------------


def test_present_is_who_pressed_it_and_is_within_reach() -> None:
    meeting = by_the_roll(CHAIR, MEMBER)
    assert not is_present(meeting.state, MEMBER)
    assert meeting.ask(MEMBER, c.Attend()) == [e.Attended(MEMBER, NOON)]
    assert is_present(meeting.state, MEMBER) and meeting.ask(MEMBER, c.Attend()) == []
    meeting.notice(CHAIR)
    assert not is_present(meeting.state, MEMBER)
    meeting.ask(MEMBER, c.Leave())
    meeting.ask(MEMBER, c.Enter())
    assert is_present(meeting.state, MEMBER)
    assert meeting.refused(DEPUTY, c.Attend()) == "not_inside"


def test_late_is_who_was_present_only_after_the_first_item_was_begun() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, OTHER_MEMBER, agenda=(an_item(1, "Khai mạc"),))
    meeting.ask(MEMBER, c.Attend())
    assert not came_late(meeting.state, MEMBER)
    meeting.after(60).ask(CHAIR, c.GoTo(ItemId(1)))
    meeting.after(60).ask(OTHER_MEMBER, c.Attend())
    assert [who for who in (MEMBER, OTHER_MEMBER, CHAIR) if came_late(meeting.state, who)] == [OTHER_MEMBER]


# --- who may ask for the word --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [OBSERVER, TECHNICIAN, OFFICIAL])
def test_who_has_no_word_by_the_roll_raises_no_hand(who: Who) -> None:
    assert by_the_roll(CHAIR, who).refused(who, c.RaiseHand()) == "not_allowed"


def test_members_secretary_and_guests_may_ask_for_the_word() -> None:
    asking = [CHAIR, DEPUTY, SECRETARY, MEMBER, GUEST]
    meeting = by_the_roll(*asking)
    for who in asking:
        meeting.ask(who, c.RaiseHand())
    assert meeting.hands() == asking


def test_without_a_roll_everybody_may_ask_and_hosts_lead() -> None:
    meeting = with_everybody()
    for who in (GUEST, MEMBER):
        meeting.ask(who, c.RaiseHand())
    meeting.ask(CHAIR, c.GiveFloor(GUEST))
    assert meeting.state.floor is not None and meeting.state.presides is None
    assert meeting.refused(CHAIR, c.TakeChair()) == meeting.refused(CHAIR, c.GiveChair(MEMBER)) == "not_allowed"


# --- the list ------------------------------------------------------------------------------------------------------------


def test_the_roll_changes_while_the_meeting_runs() -> None:
    meeting = by_the_roll(CHAIR, OBSERVER, MEMBER)
    meeting.ask(MEMBER, c.RaiseHand())
    turned = {OBSERVER: "member", MEMBER: "observer"}
    roll = tuple(Seat(seat.who, turned.get(seat.who, seat.duty)) for seat in ROLL)  # type: ignore[arg-type]
    meeting.ask(None, c.Configure("Họp giao ban", False, {CHAIR: "host"}, roll=roll))
    assert meeting.hands() == [] and meeting.refused(MEMBER, c.RaiseHand()) == "not_allowed"
    meeting.ask(OBSERVER, c.RaiseHand())
    assert meeting.ask(None, c.Configure("Họp giao ban", False, {CHAIR: "host"}, roll=roll)) == []
    assert meeting.ask(None, c.Configure("Họp giao ban", False, {CHAIR: "host"})) == []


def test_a_meeting_begins_with_the_roll_and_the_agenda_of_its_room() -> None:
    agenda = (an_item(7, "Khai mạc"),)
    context = Context(NOON, MEMBER, "first", "member", "Đại biểu", "Họp giao ban", roll=ROLL, agenda=agenda, free=False)
    started, _ = decide(Meeting().state, c.Enter(), context)
    assert isinstance(started, e.Started)
    assert (started.roll, started.agenda, started.free) == (ROLL, agenda, False)


@pytest.mark.parametrize(
    ("roll", "code"),
    [
        ([Seat(CHAIR, "chair"), Seat(MEMBER, "chair")], "two_chairs"),
        ([Seat(MEMBER, "member"), Seat(MEMBER, "guest")], "listed_twice"),
        ([Seat(SUBSTITUTE, "member", principal=MEMBER)], "bad_principal"),
        ([Seat(SUBSTITUTE, "member", principal=SUBSTITUTE)], "bad_principal"),
        ([Seat(MEMBER, "member", weight=-1)], "bad_weight"),
    ],
)
def test_a_list_that_cannot_be_a_roll_is_refused(roll: list[Seat], code: str) -> None:
    assert checked(ROLL) == ROLL
    with pytest.raises(Refused) as refused:
        checked(roll)
    assert refused.value.code == code
