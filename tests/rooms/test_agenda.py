"""The agenda: preparing, leading, running late, and items of which only some may know."""

from datetime import timedelta

import pytest

from rooms import commands as c
from rooms import events as e
from rooms.agenda import MOST_ITEMS, MOST_PAPERS, late_by
from rooms.roll import acts_for
from rooms.state import MOST_INSIDE, Plan
from rooms.view import Changes, View, Viewer, project, snapshot
from server.kernel.ids import ItemId, PaperId, Who
from tests.rooms.meeting import (
    CHAIR,
    DEPUTY,
    GUEST,
    MEMBER,
    NOON,
    OBSERVER,
    OTHER_MEMBER,
    ROLES,
    SECRETARY,
    SUBSTITUTE,
    Meeting,
    an_item,
    by_the_roll,
    role_of,
)

ONE, TWO, THREE = ItemId(1), ItemId(2), ItemId(3)
MINUTE = timedelta(minutes=1)
AGENDA = (an_item(1, "Khai mạc"), an_item(2, "Dự toán"), an_item(3, "Kết luận"))
SECRET = (an_item(1, "Khai mạc"), an_item(2, "Nhân sự", readers=(CHAIR, MEMBER)), an_item(3, "Kết luận"))


def viewed(meeting: Meeting, who: Who) -> View:
    return snapshot(meeting.state, Viewer(who, "first", role_of(who)))[0]


def seen(meeting: Meeting, who: Who) -> list[str]:
    """The agenda as somebody sees it."""
    return [item.plan.title for item in viewed(meeting, who).agenda]


# --- preparing -----------------------------------------------------------------------------------------------------------


def test_the_secretary_adds_edits_moves_and_removes_items() -> None:
    meeting = by_the_roll(SECRETARY, agenda=AGENDA)
    meeting.ask(SECRETARY, c.AddItem(Plan("  Y tế \u202e cơ sở ", papers=(PaperId(5), PaperId(5))), before=TWO))
    assert meeting.titles() == ["Khai mạc", "Y tế cơ sở", "Dự toán", "Kết luận"]
    added = meeting.state.agenda[1]
    assert (added.id, added.plan.papers) == (4, (5,))
    meeting.ask(SECRETARY, c.EditItem(TWO, Plan("Dự toán năm 2027", presenter=MEMBER, planned_at=NOON, lasts_s=900)))
    meeting.ask(SECRETARY, c.MoveItem(THREE, before=ONE))
    meeting.ask(SECRETARY, c.MoveItem(ONE))
    assert meeting.titles() == ["Kết luận", "Y tế cơ sở", "Dự toán năm 2027", "Khai mạc"]
    meeting.ask(SECRETARY, c.RemoveItem(added.id))
    meeting.ask(SECRETARY, c.AddItem(Plan("Việc khác")))
    assert meeting.titles() == ["Kết luận", "Dự toán năm 2027", "Khai mạc", "Việc khác"]
    assert meeting.state.agenda[-1].id == 5  # a number is never given twice


@pytest.mark.parametrize("who", [MEMBER, OBSERVER, GUEST])
def test_others_prepare_nothing(who: Who) -> None:
    meeting = by_the_roll(CHAIR, who, agenda=AGENDA)
    for command in (c.AddItem(Plan("Việc khác")), c.EditItem(TWO, Plan("Khác")), c.MoveItem(TWO), c.RemoveItem(TWO)):
        assert meeting.refused(who, command) == "not_allowed"


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (Plan(" \u200b"), "empty"),
        (Plan("a" * 301), "too_long"),
        (Plan("Dài", lasts_s=0), "bad_duration"),
        (Plan("Dài", lasts_s=10**18), "bad_duration"),
        (Plan("Xa", planned_at=NOON + timedelta(days=400)), "bad_planned_time"),
        (Plan("Không có múi giờ", planned_at=NOON.replace(tzinfo=None)), "bad_planned_time"),
        (Plan("Hồ sơ", papers=tuple(PaperId(number) for number in range(MOST_PAPERS + 1))), "too_many_papers"),
        (Plan("Người lạ", presenter=Who("p99")), "not_found"),
        (Plan("Người lạ", readers=(Who("p99"),)), "not_found"),
        (Plan("Quá nhiều", readers=(MEMBER,) * (MOST_INSIDE + 1)), "full"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_planned_is_refused(plan: Plan, code: str) -> None:
    meeting = by_the_roll(CHAIR, agenda=AGENDA)
    assert meeting.refused(CHAIR, c.AddItem(plan)) == meeting.refused(CHAIR, c.EditItem(TWO, plan)) == code


def test_the_agenda_has_an_end() -> None:
    meeting = by_the_roll(CHAIR, agenda=tuple(an_item(number, f"Việc {number}") for number in range(1, MOST_ITEMS + 1)))
    assert meeting.refused(CHAIR, c.AddItem(Plan("Việc khác"))) == "too_many_items"


def test_what_is_finished_is_edited_no_more_and_what_was_begun_is_not_removed() -> None:
    meeting = by_the_roll(CHAIR, SECRETARY, agenda=AGENDA)
    meeting.ask(CHAIR, c.GoTo(ONE))
    assert meeting.refused(SECRETARY, c.EditItem(ONE, Plan("Khác"))) == "not_allowed"
    meeting.ask(CHAIR, c.EditItem(ONE, Plan("Khai mạc, chào cờ")))
    assert meeting.refused(SECRETARY, c.RemoveItem(ONE)) == "already"
    meeting.ask(CHAIR, c.FinishItem())
    assert meeting.refused(SECRETARY, c.EditItem(ONE, Plan("Khác"))) == "already"


# --- leading -------------------------------------------------------------------------------------------------------------


def test_who_presides_goes_from_item_to_item_and_the_times_are_kept() -> None:
    meeting = by_the_roll(CHAIR, SECRETARY, DEPUTY, agenda=AGENDA)
    assert meeting.refused(SECRETARY, c.GoTo(ONE)) == meeting.refused(DEPUTY, c.FinishItem()) == "not_allowed"
    assert meeting.ask(CHAIR, c.GoTo(ONE)) == [e.ItemBegun(ONE, NOON)]
    assert meeting.ask(CHAIR, c.GoTo(ONE)) == []
    meeting.now += 10 * MINUTE
    assert meeting.ask(CHAIR, c.GoTo(THREE)) == [e.ItemEnded(ONE, meeting.now), e.ItemBegun(THREE, meeting.now)]
    meeting.now += 10 * MINUTE
    meeting.ask(CHAIR, c.FinishItem())
    assert [(item.begun_at, item.ended_at) for item in meeting.state.agenda] == [
        (NOON, NOON + 10 * MINUTE),
        (None, None),
        (NOON + 10 * MINUTE, NOON + 20 * MINUTE),
    ]
    assert (meeting.state.item, meeting.state.opened_at) == (None, NOON)
    assert meeting.ask(CHAIR, c.FinishItem()) == []
    meeting.ask(CHAIR, c.GoTo(ONE))  # taken up again: begun when it was first begun, finished no more
    assert (meeting.state.agenda[0].begun_at, meeting.state.agenda[0].ended_at) == (NOON, None)
    assert meeting.refused(CHAIR, c.GoTo(ItemId(9))) == "not_found"


def test_hands_raised_on_an_item_are_lowered_with_it_and_those_before_the_first_stay() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, OTHER_MEMBER, agenda=AGENDA)
    meeting.ask(MEMBER, c.RaiseHand())
    meeting.ask(CHAIR, c.GoTo(ONE))
    meeting.ask(OTHER_MEMBER, c.RaiseHand())
    assert meeting.hands() == [MEMBER, OTHER_MEMBER]
    meeting.ask(CHAIR, c.GoTo(TWO))
    assert meeting.hands() == []


def test_how_late_the_meeting_runs() -> None:
    planned = (an_item(1, "Khai mạc", planned_at=NOON, lasts_s=600), an_item(2, "Dự toán", planned_at=NOON + 10 * MINUTE, lasts_s=600))
    meeting = by_the_roll(CHAIR, agenda=planned)

    def late(minutes: int) -> timedelta:
        return late_by(meeting.state.agenda, meeting.state.item, NOON + minutes * MINUTE)

    assert (late(-5), late(3)) == (timedelta(), 3 * MINUTE)
    meeting.now += 3 * MINUTE
    meeting.ask(CHAIR, c.GoTo(ONE))
    assert (late(3), late(13), late(15)) == (3 * MINUTE, 3 * MINUTE, 5 * MINUTE)
    meeting.now += 5 * MINUTE
    meeting.ask(CHAIR, c.FinishItem())
    assert (late(8), late(12)) == (timedelta(), 2 * MINUTE)
    assert late_by(AGENDA, ONE, NOON) == timedelta()


# --- items for some only -------------------------------------------------------------------------------------------------


def test_an_item_that_someone_may_not_know_is_not_in_their_view() -> None:
    meeting = by_the_roll(CHAIR, SECRETARY, MEMBER, OTHER_MEMBER, agenda=SECRET)
    assert seen(meeting, CHAIR) == seen(meeting, MEMBER) == ["Khai mạc", "Nhân sự", "Kết luận"]
    assert seen(meeting, SECRETARY) == seen(meeting, OTHER_MEMBER) == ["Khai mạc", "Kết luận"]
    for command in (
        c.EditItem(TWO, Plan("Khác")),
        c.MoveItem(TWO),
        c.RemoveItem(TWO),
        c.MoveItem(ONE, before=TWO),
        c.AddItem(Plan("x"), TWO),
    ):
        assert meeting.refused(SECRETARY, command) == "not_found"


def test_who_plans_an_item_for_some_only_is_one_of_them_and_the_others_learn_nothing() -> None:
    meeting = by_the_roll(CHAIR, MEMBER)
    before = meeting.state
    (added,) = meeting.ask(CHAIR, c.AddItem(Plan("Nhân sự", readers=(SECRETARY,))))
    assert meeting.state.agenda[0].plan.readers == (CHAIR, SECRETARY)
    assert project(before, added, Viewer(MEMBER, "first", "member")) == (Changes(), None)


def test_going_to_it_empties_the_hall_of_those_for_whom_it_is_not_until_it_ends() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, OTHER_MEMBER, GUEST, agenda=SECRET)
    meeting.ask(OTHER_MEMBER, c.RaiseHand())
    assert meeting.ask(CHAIR, c.GoTo(TWO)) == [e.SentOut((OTHER_MEMBER, GUEST), NOON), e.ItemBegun(TWO, NOON)]
    assert (meeting.inside, meeting.waiting, meeting.hands()) == ({CHAIR, MEMBER}, {OTHER_MEMBER, GUEST}, [])
    assert viewed(meeting, GUEST) == View("running", meeting.state.meeting, "Họp giao ban", NOON)
    assert meeting.refused(GUEST, c.AskMedia()) == meeting.refused(GUEST, c.ReadChat()) == "not_inside"
    assert meeting.refused(CHAIR, c.Admit(GUEST)) == "secret_item" and meeting.ask(CHAIR, c.Admit(None)) == []
    meeting.ask(OBSERVER, c.Enter())
    assert meeting.waiting == {OTHER_MEMBER, GUEST, OBSERVER}
    ended, back, came = meeting.ask(CHAIR, c.FinishItem())
    assert (ended, back) == (e.ItemEnded(TWO, NOON), e.LetBack((OTHER_MEMBER, GUEST), NOON)) and isinstance(came, e.Entered)
    assert meeting.inside == {CHAIR, MEMBER, OTHER_MEMBER, GUEST, OBSERVER} and not meeting.waiting


def test_who_waited_in_the_lobby_waits_on_when_the_item_ends() -> None:
    meeting = Meeting(lobby=True, roll=(), agenda=SECRET)
    for who in (CHAIR, MEMBER, GUEST):
        meeting.ask(who, c.Enter())
    meeting.ask(CHAIR, c.GoTo(TWO))
    meeting.ask(CHAIR, c.FinishItem())
    assert ROLES[GUEST] == "guest" and meeting.waiting == {GUEST}


def test_nothing_is_written_to_the_chat_while_it_is_under_way() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, agenda=SECRET)
    meeting.ask(CHAIR, c.GoTo(TWO))
    assert meeting.refused(MEMBER, c.Say("Tôi đề nghị")) == "secret_item"
    meeting.ask(CHAIR, c.GoTo(THREE))
    meeting.ask(MEMBER, c.Say("Tôi đề nghị"))


def test_a_substitute_knows_of_it_while_acting_and_goes_when_the_principal_comes() -> None:
    meeting = by_the_roll(CHAIR, agenda=SECRET)
    meeting.ask(CHAIR, c.GoTo(TWO))
    meeting.ask(SUBSTITUTE, c.Enter())
    assert SUBSTITUTE in meeting.inside and acts_for(meeting.state, SUBSTITUTE) == MEMBER
    entered, out = meeting.ask(MEMBER, c.Enter())
    assert isinstance(entered, e.Entered) and out == e.SentOut((SUBSTITUTE,), NOON)
    meeting.ask(MEMBER, c.Leave())
    assert meeting.inside == {CHAIR, SUBSTITUTE}


def test_who_is_taken_off_its_readers_while_it_is_under_way_must_go() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, agenda=SECRET)
    meeting.ask(CHAIR, c.GoTo(TWO))
    before = meeting.state
    edited, out = meeting.ask(CHAIR, c.EditItem(TWO, Plan("Nhân sự", readers=())))
    assert out == e.SentOut((MEMBER,), NOON)
    told, _ = project(before, edited, Viewer(MEMBER, "first", "member"))
    assert told == View("running", before.meeting, before.title, NOON)  # from the first event on, before they are out


def test_a_speaker_who_is_sent_out_has_the_floor_no_more() -> None:
    meeting = by_the_roll(CHAIR, DEPUTY, OTHER_MEMBER, agenda=SECRET)
    meeting.ask(CHAIR, c.GiveFloor(OTHER_MEMBER))
    events = meeting.ask(CHAIR, c.GoTo(TWO))
    assert e.FloorEnded(OTHER_MEMBER, "left", NOON) in events and meeting.state.floor is None
