"""Halls (điểm cầu): one endpoint stands for many delegates, each of whom takes part on a phone of their own."""

import pytest

from rooms import commands as c
from rooms import events as e
from rooms.floor import may_be_heard
from rooms.minutes import Cover, draft
from rooms.roll import checked, is_present, may_ask
from rooms.state import Seat, Sitting
from rooms.view import Viewer, snapshot
from rooms.voting import voters
from server.kernel.ids import Who
from server.kernel.refused import Refused
from tests.rooms.meeting import CHAIR, GUEST, MEMBER, NOON, PHONE, Meeting

HALL, OTHER_HALL, ONE, TWO = Who("p20"), Who("p30"), Who("p21"), Who("p22")
ROLL = (
    Seat(CHAIR, "chair", name="Chủ tịch"),
    Seat(MEMBER, "member"),
    Seat(HALL, "technician", weight=0, name="Điểm cầu xã A"),
    Seat(OTHER_HALL, "technician", weight=0, name="xã B"),
    Seat(ONE, "member", hall=HALL, name="Đại biểu A1"),
    Seat(TWO, "member", hall=HALL, name="Đại biểu A2"),
)


def connected(*inside: Who) -> Meeting:
    """The chair, a member and a hall are inside; these have come in on a phone there."""
    meeting = Meeting(lobby=False, roll=ROLL)
    meeting.sits = {ONE: Sitting(HALL), TWO: Sitting(HALL, vouched=HALL)}
    for who in (CHAIR, MEMBER, HALL):
        meeting.ask(who, c.Enter())
    for who in inside:
        meeting.ask(who, c.Enter(), PHONE)
    return meeting


def test_to_come_in_on_a_phone_in_the_hall_is_to_be_present() -> None:
    meeting = connected()
    assert meeting.ask(ONE, c.Enter(), PHONE) == [
        e.Entered(ONE, "Đại biểu p21", "member", PHONE, Sitting(HALL)),
        e.Attended(ONE, NOON),
    ]
    assert is_present(meeting.state, ONE) and not is_present(meeting.state, HALL)
    assert {one.who: one.hall for one in snapshot(meeting.state, Viewer(CHAIR, "first", "host"))[0].members.values()}[ONE] == HALL


def test_nobody_comes_in_from_a_hall_in_which_the_roll_gives_them_no_place() -> None:
    meeting = connected()
    meeting.sits = {MEMBER: Sitting(HALL), ONE: Sitting(OTHER_HALL), GUEST: Sitting(HALL), HALL: Sitting(HALL)}
    for who in meeting.sits:
        assert meeting.refused(who, c.Enter(), PHONE) == "not_allowed"
    idle = Meeting(lobby=False, roll=ROLL)
    idle.sits = {ONE: Sitting(HALL)}
    assert idle.refused(ONE, c.Enter(), PHONE) == "not_started"


def test_the_floor_of_a_delegate_opens_the_microphone_of_the_hall_and_none_of_the_phone() -> None:
    meeting = connected(ONE, TWO)
    assert may_be_heard(meeting.state) == {CHAIR, MEMBER, HALL}
    meeting.ask(CHAIR, c.SetDiscussion(free=False))
    meeting.ask(TWO, c.RaiseHand("reply", "against"), PHONE)
    meeting.ask(CHAIR, c.GiveFloor(TWO, 60))
    assert may_be_heard(meeting.state) == {CHAIR, HALL}
    assert meeting.state.floor is not None and (meeting.state.floor.who, meeting.state.floor.side) == (TWO, "against")
    assert meeting.refused(TWO, c.AskMedia(), PHONE) == "sits_in_hall"
    meeting.ask(HALL, c.Leave())
    assert may_be_heard(meeting.state) == {CHAIR}
    meeting.later(71)
    assert meeting.state.floor is None and meeting.state.spoken[TWO].total_seconds() == 70


def test_a_delegate_who_stays_at_home_is_no_delegate_in_the_hall() -> None:
    meeting = connected()
    meeting.ask(ONE, c.Enter())
    meeting.ask(CHAIR, c.SetDiscussion(free=False))
    meeting.ask(CHAIR, c.GiveFloor(ONE))
    assert may_be_heard(meeting.state) == {CHAIR, ONE} and meeting.ask(ONE, c.AskMedia()) == []
    assert meeting.ask(ONE, c.Enter(), PHONE) == [e.Moved(ONE, PHONE, Sitting(HALL)), e.Attended(ONE, NOON)]
    assert may_be_heard(meeting.state) == {CHAIR, HALL}
    assert meeting.refused(ONE, c.RaiseHand()) == "not_inside"


def test_the_hall_itself_asks_for_no_word_and_has_no_vote() -> None:
    meeting = connected(ONE)
    assert may_ask(meeting.state) == {CHAIR, MEMBER, ONE}
    assert meeting.refused(HALL, c.RaiseHand()) == "not_allowed"
    assert HALL not in {voter.member for voter in voters(ROLL, {})}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (Seat(HALL, "member", weight=1), "hall_votes"),
        (Seat(HALL, "technician", weight=0, hall=OTHER_HALL), "bad_hall"),
        (Seat(HALL, "technician", weight=0, hall=HALL), "bad_hall"),
    ],
)
def test_a_hall_with_a_vote_or_in_a_hall_is_none(line: Seat, code: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(line if seat.who == HALL else seat for seat in ROLL)
    assert refused.value.code == code
    with pytest.raises(Refused, match="bad_hall"):
        checked(seat for seat in ROLL if seat.who != HALL)


def test_a_phone_may_sleep_while_its_hall_is_there() -> None:
    meeting = connected(ONE)
    meeting.ask(ONE, c.RaiseHand(), PHONE)
    meeting.notice(CHAIR, MEMBER, HALL)
    meeting.later(3600)
    assert is_present(meeting.state, ONE) and meeting.hands() == [ONE]
    meeting.notice(CHAIR, MEMBER)
    assert not is_present(meeting.state, ONE)
    meeting.later(59)
    assert {HALL, ONE} <= meeting.inside
    meeting.later(1)
    assert meeting.inside == {CHAIR, MEMBER} and meeting.hands() == []


def test_who_has_no_place_in_the_hall_by_the_new_roll_is_out() -> None:
    meeting = connected(ONE, TWO)
    roll = tuple(Seat(TWO, "member") if seat.who == TWO else seat for seat in ROLL)
    meeting.ask(None, c.Configure("Họp giao ban", False, {}, roll=roll))
    assert meeting.inside == {CHAIR, MEMBER, HALL, ONE}


def test_the_minutes_tell_delegates_by_their_hall_and_count_no_hall_as_one() -> None:
    meeting = connected(ONE)
    meeting.after(600).ask(TWO, c.Enter(), PHONE)
    meeting.after(600).ask(ONE, c.Enter())
    meeting.after(600).ask(CHAIR, c.EndMeeting())
    log = meeting.record
    cover = Cover("Ủy ban nhân dân xã", names={seat.who: seat.name for seat in ROLL})
    told = {one.key: one.text for part in draft("minutes", log, cover, "").parts for one in part.sentences}
    assert told["attendance/p21"] == (
        "Đại biểu A1, thành viên: dự họp tại điểm cầu xã A từ 12 giờ 00 phút đến 12 giờ 20 phút; từ 12 giờ 20 phút đến 12 giờ 30 phút."
    )
    assert told["attendance/p22"].startswith("Đại biểu A2, thành viên: dự họp tại điểm cầu xã A (do Điểm cầu xã A xác nhận) từ 12 giờ")
    assert told["attendance/p20"] == "Điểm cầu xã A: kết nối từ 12 giờ 00 phút đến 12 giờ 30 phút."
    assert told["attendance/p30"] == "xã B, cán bộ kỹ thuật: vắng mặt."
    notice = {one.key: one.text for part in draft("notice", log, cover, "").parts for one in part.sentences}
    assert "Tham dự có 4 đại biểu." in notice["opening"]
