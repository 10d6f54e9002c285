"""The check of sites (điểm cầu): who asks for it, in which order sites have their turn, and what their pages tell."""

from datetime import timedelta

import pytest

from rooms import commands as c
from rooms import events as e
from rooms.checks import LASTS, checks, next_turn, sites, verdicts
from rooms.state import Check, Findings, Seat, Sitting
from rooms.view import Viewer, snapshot
from server.kernel.ids import Who
from tests.rooms.meeting import CHAIR, MEMBER, NOON, PHONE, SECRETARY, TECHNICIAN, Meeting

HALL, DELEGATE = Who("p20"), Who("p21")
ROLL = (
    Seat(CHAIR, "chair"),
    Seat(SECRETARY, "secretary"),
    Seat(MEMBER, "member"),
    Seat(TECHNICIAN, "technician", weight=0),
    Seat(HALL, "technician", weight=0, name="Điểm cầu xã A"),
    Seat(DELEGATE, "member", hall=HALL),
)
GOOD = Findings(level=60, picture=True, heard=True, round_trip_ms=35, lost=2)


@pytest.fixture
def meeting() -> Meeting:
    """Everybody is inside, a delegate on a phone in the hall."""
    meeting = Meeting(lobby=False, roll=ROLL)
    meeting.sits = {DELEGATE: Sitting(HALL)}
    for seat in ROLL:
        meeting.ask(seat.who, c.Enter(), PHONE if seat.who == DELEGATE else "first")
    return meeting


def asked(meeting: Meeting, who: Who) -> object:
    """Since when the page of somebody is asked to check itself."""
    return snapshot(meeting.state, Viewer(who, "first", "member"))[1].checked_since


def test_technicians_and_who_leads_have_sites_checked_and_nobody_else(meeting: Meeting) -> None:
    assert {who for who in meeting.inside if checks(meeting.state, who)} == {CHAIR, TECHNICIAN}
    for who in (SECRETARY, MEMBER, HALL):
        assert meeting.refused(who, c.CheckSites(HALL)) == "not_allowed"
    assert meeting.refused(TECHNICIAN, c.CheckSites(HALL), tab="second") == "not_inside"
    assert meeting.refused(TECHNICIAN, c.CheckSites(DELEGATE)) == "not_found", "a phone has no media"
    assert meeting.ask(TECHNICIAN, c.CheckSites(HALL)) == [e.ChecksAsked(TECHNICIAN, (HALL,)), e.CheckBegun(HALL, NOON)]
    assert meeting.ask(CHAIR, c.CheckSites(HALL)) == [], "it is checked already"


def test_the_page_of_the_site_and_no_other_is_asked_and_tells(meeting: Meeting) -> None:
    meeting.ask(TECHNICIAN, c.CheckSites(HALL))
    assert asked(meeting, HALL) == NOON and asked(meeting, MEMBER) is None
    assert snapshot(meeting.state, Viewer(HALL, "second", "member"))[1].checked_since is None
    assert meeting.refused(MEMBER, c.TellCheck(GOOD)) == "no_check"
    assert meeting.refused(HALL, c.TellCheck(GOOD), tab="second") == "not_inside"
    meeting.after(20).ask(HALL, c.TellCheck(GOOD))
    assert meeting.state.checks == {HALL: Check(NOON, GOOD, meeting.now)} and asked(meeting, HALL) is None
    assert meeting.refused(HALL, c.TellCheck(GOOD)) == "no_check", "it tells once"


def test_all_sites_have_their_turn_one_after_the_other_and_halls_come_first(meeting: Meeting) -> None:
    assert [one.who for one in sites(meeting.state)] == [HALL, CHAIR, SECRETARY, MEMBER, TECHNICIAN]
    meeting.ask(TECHNICIAN, c.CheckSites())
    assert (set(meeting.state.checks), meeting.state.to_check) == ({HALL}, (CHAIR, SECRETARY, MEMBER, TECHNICIAN))
    assert [type(event) for event in meeting.after(5).ask(HALL, c.TellCheck(GOOD))] == [e.Checked, e.CheckBegun]
    assert asked(meeting, CHAIR) == meeting.now


def test_a_site_that_is_silent_or_gone_holds_nobody_up(meeting: Meeting) -> None:
    meeting.ask(TECHNICIAN, c.CheckSites())
    assert next_turn(meeting.state) == NOON + LASTS
    meeting.later(LASTS.total_seconds() - 1)
    assert asked(meeting, CHAIR) is None
    meeting.later(1)
    assert asked(meeting, CHAIR) == NOON + LASTS
    assert meeting.refused(HALL, c.TellCheck(GOOD)) == "no_check"
    meeting.ask(SECRETARY, c.Leave())
    began = [event for event in meeting.ask(CHAIR, c.Leave()) if isinstance(event, e.CheckBegun)]
    assert [event.who for event in began] == [MEMBER]
    assert next_turn(meeting.state) == meeting.now + timedelta(seconds=40)


def test_what_is_good_is_said_line_by_line() -> None:
    assert set(verdicts(GOOD).values()) == {"good"}
    assert set(verdicts(Findings()).values()) == {"unknown"}
    assert set(verdicts(Findings(level=24, picture=False, heard=False, round_trip_ms=401, lost=51)).values()) == {"bad"}
    assert list(verdicts(GOOD)) == ["microphone", "camera", "speaker", "path", "loss"]
