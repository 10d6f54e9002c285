"""The log of a meeting: every event can be kept as JSON and read back, and so can the logs of older meetings."""

from datetime import datetime
from typing import get_args

import msgspec

from rooms import commands as c
from rooms import events as e
from rooms.evolve import replay
from rooms.state import Findings, Hand, Limits, Plan, Seat
from server.kernel.ids import ItemId, Who
from tests.rooms.meeting import CHAIR, DEPUTY, GUEST, MEMBER, NOON, OTHER_GUEST, ROLL, SECRETARY, Meeting, an_item


def a_full_meeting() -> Meeting:
    """One in which everything happens."""
    meeting = Meeting(roll=ROLL, agenda=(an_item(1, "Khai mạc", planned_at=NOON), an_item(2, "Nhân sự", readers=(CHAIR,))))
    for who in (CHAIR, DEPUTY, MEMBER, SECRETARY, GUEST, OTHER_GUEST):
        meeting.ask(who, c.Enter())
    meeting.ask(CHAIR, c.TurnAway(OTHER_GUEST))
    meeting.ask(CHAIR, c.Admit(GUEST))
    meeting.ask(CHAIR, c.SetLobby(on=False))
    meeting.ask(MEMBER, c.Enter(), tab="second")
    meeting.ask(MEMBER, c.Enter())
    meeting.ask(MEMBER, c.Attend())
    meeting.ask(SECRETARY, c.AddItem(Plan("Dự toán", presenter=MEMBER, planned_at=NOON, lasts_s=600)))
    meeting.ask(SECRETARY, c.EditItem(ItemId(3), Plan("Dự toán 2027", readers=(MEMBER, CHAIR))))
    meeting.ask(SECRETARY, c.MoveItem(ItemId(3), ItemId(1)))
    meeting.ask(SECRETARY, c.AddItem(Plan("Việc khác")))
    meeting.ask(SECRETARY, c.RemoveItem(ItemId(4)))
    meeting.ask(CHAIR, c.GoTo(ItemId(1)))
    meeting.ask(CHAIR, c.SetDiscussion(free=False))
    meeting.ask(CHAIR, c.SetLimits(Limits(speaker_s=180, agency_s=600)))
    for who in (MEMBER, DEPUTY, GUEST):
        meeting.ask(who, c.RaiseHand(side="against"))
    meeting.ask(CHAIR, c.MoveHand(3, before=1))
    meeting.ask(DEPUTY, c.LowerHand())
    meeting.ask(CHAIR, c.GiveFloor(MEMBER))
    meeting.ask(CHAIR, c.ExtendFloor(60))
    meeting.ask(MEMBER, c.YieldFloor())
    meeting.ask(GUEST, c.Say("Xin ý kiến"))
    meeting.ask(CHAIR, c.Say("Xin chuẩn bị phiếu", "person", SECRETARY))
    meeting.ask(CHAIR, c.PlanGroups(2, deal=True))
    meeting.ask(CHAIR, c.PutInGroup(GUEST, 1))
    meeting.ask(CHAIR, c.PutInGroup(GUEST, 2))
    meeting.ask(CHAIR, c.OpenGroups())
    meeting.ask(CHAIR, c.VisitGroup(1))
    meeting.ask(CHAIR, c.CallBack())
    meeting.ask(CHAIR, c.CallBack(0))
    meeting.ask(CHAIR, c.CheckSites(GUEST))
    meeting.ask(GUEST, c.TellCheck(Findings(level=60, heard=True)))
    meeting.ask(CHAIR, c.GoTo(ItemId(2)))
    meeting.ask(CHAIR, c.FinishItem())
    meeting.notice(DEPUTY, MEMBER, GUEST, SECRETARY)
    meeting.later(10)
    meeting.notice(CHAIR, DEPUTY, MEMBER, GUEST, SECRETARY)
    meeting.ask(GUEST, c.Leave())
    meeting.ask(DEPUTY, c.Remove(MEMBER))
    meeting.ask(None, c.Configure("Tên khác", False, {CHAIR: "host", DEPUTY: "member"}, roll=(Seat(CHAIR, "chair"),)))
    meeting.ask(CHAIR, c.EndMeeting())
    return meeting


def test_every_event_comes_back_from_json_as_it_was() -> None:
    happened = a_full_meeting().happened
    assert {type(event) for event in happened} == set(get_args(e.AnyEvent))
    for event in happened:
        kept = msgspec.json.encode(msgspec.to_builtins(event, builtin_types=(datetime,)))
        assert msgspec.convert(msgspec.json.decode(kept), e.AnyEvent) == event


def test_reading_the_log_gives_the_state_in_memory() -> None:
    meeting = a_full_meeting()
    ended = meeting.happened.pop()
    assert isinstance(ended, e.Ended)
    assert replay([*meeting.happened, ended]) == meeting.state
    assert replay(meeting.happened).presides == CHAIR


def test_the_log_of_an_older_meeting_is_read() -> None:
    """As it was kept before there were a roll, an agenda, kinds of hands and a floor."""
    at = "2026-11-02T05:00:00Z"
    kept = [
        {"type": "started", "meeting": 1, "title": "Họp giao ban", "lobby": True, "at": at},
        {"type": "entered", "who": "p1", "name": "Chủ trì", "role": "host", "tab": "first"},
        {"type": "knocked", "who": "g3", "name": "Khách", "role": "guest", "tab": "first", "at": at},
        {"type": "entered", "who": "g3", "name": "Khách", "role": "guest", "tab": "first"},
        {"type": "hand_raised", "who": "g3", "number": 1},
        {"type": "hand_raised", "who": "p1", "number": 2},
        {"type": "hand_lowered", "who": "g3"},
        {"type": "lost", "who": "g3", "at": at},
        {"type": "configured", "title": "Tên khác", "roles": {"g3": "member"}},
        {"type": "hand_raised", "who": "g3", "number": 3},
    ]
    state = replay(msgspec.convert(event, e.AnyEvent) for event in kept)
    assert state.queue == (Hand(2, Who("p1")), Hand(3, Who("g3")))
    assert state.free and not state.roll and state.presides is None and state.members[Who("g3")].role == "member"
