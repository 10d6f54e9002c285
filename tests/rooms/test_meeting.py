"""The rules of a room, as people meet them."""

import pytest

from rooms import commands as c
from rooms import events as e
from rooms.state import CHAT_KEPT, EMPTY_FOR, LOST_FOR, MOST_LINES, MOST_TURNS_AWAY
from rooms.ticking import next_deadline
from server.kernel.ids import Who
from tests.rooms.meeting import CHAIR, GUEST, MEMBER, NOON, OTHER_GUEST, Meeting, with_everybody


def test_whoever_may_enter_first_begins_the_meeting() -> None:
    meeting = Meeting()
    started, entered = meeting.ask(MEMBER, c.Enter())
    assert isinstance(started, e.Started) and isinstance(entered, e.Entered)
    assert meeting.phase() == "running" and meeting.inside == {MEMBER}


def test_a_guest_begins_no_meeting() -> None:
    assert Meeting(lobby=False).refused(GUEST, c.Enter()) == "not_started"


def test_nobody_enters_without_a_tab() -> None:
    assert Meeting().refused(CHAIR, c.Enter(), tab="") == "not_allowed"


# --- the lobby -----------------------------------------------------------------------------------------------------------


def test_a_guest_knocks_and_is_inside_when_a_host_says_so() -> None:
    meeting = Meeting()
    meeting.ask(CHAIR, c.Enter())
    meeting.ask(GUEST, c.Enter())
    assert (meeting.inside, meeting.waiting) == ({CHAIR}, {GUEST})
    meeting.ask(CHAIR, c.Admit(GUEST))
    assert (meeting.inside, meeting.waiting) == ({CHAIR, GUEST}, set())


def test_a_host_admits_all_at_once() -> None:
    meeting = Meeting()
    for who in (CHAIR, GUEST, OTHER_GUEST):
        meeting.ask(who, c.Enter())
    meeting.ask(CHAIR, c.Admit(None))
    assert meeting.inside == {CHAIR, GUEST, OTHER_GUEST}


def test_without_a_lobby_guests_come_in_at_once() -> None:
    meeting = Meeting(lobby=False)
    meeting.ask(CHAIR, c.Enter())
    meeting.ask(GUEST, c.Enter())
    assert meeting.inside == {CHAIR, GUEST}


def test_when_the_lobby_is_given_up_whoever_waits_comes_in_but_for_those_turned_away() -> None:
    meeting = Meeting()
    for who in (CHAIR, GUEST, OTHER_GUEST):
        meeting.ask(who, c.Enter())
    meeting.ask(CHAIR, c.TurnAway(GUEST))
    meeting.ask(GUEST, c.Enter())
    meeting.ask(CHAIR, c.SetLobby(on=False))
    assert (meeting.inside, meeting.waiting) == ({CHAIR, OTHER_GUEST}, {GUEST})


def test_who_was_admitted_once_need_not_knock_again() -> None:
    meeting = with_everybody()
    meeting.ask(GUEST, c.Leave())
    meeting.ask(GUEST, c.Enter())
    assert GUEST in meeting.inside


def test_who_is_turned_away_may_knock_again_but_not_for_ever() -> None:
    meeting = Meeting()
    meeting.ask(CHAIR, c.Enter())
    for _ in range(MOST_TURNS_AWAY):
        meeting.ask(GUEST, c.Enter())
        assert meeting.waiting == {GUEST}
        meeting.ask(CHAIR, c.TurnAway(GUEST))
    assert meeting.refused(GUEST, c.Enter()) == "turned_away"


def test_who_is_not_waiting_can_neither_be_admitted_nor_turned_away() -> None:
    meeting = with_everybody()
    assert meeting.refused(CHAIR, c.Admit(OTHER_GUEST)) == "not_found"
    assert meeting.refused(CHAIR, c.TurnAway(GUEST)) == "not_found"


# --- what hosts may ------------------------------------------------------------------------------------------------------

OF_HOSTS = [
    c.Admit(None),
    c.TurnAway(GUEST),
    c.SetLobby(on=False),
    c.LowerHand(CHAIR),
    c.Mute(CHAIR, "microphone"),
    c.Remove(GUEST),
    c.EndMeeting(),
]


@pytest.mark.parametrize("command", OF_HOSTS, ids=lambda command: type(command).__name__)
def test_only_a_host_does_what_hosts_do(command: c.Command) -> None:
    meeting = with_everybody()
    assert meeting.refused(MEMBER, command) == "not_allowed"
    assert meeting.refused(OTHER_GUEST, command) == "not_inside"


def test_a_host_removes_a_member_who_must_then_knock() -> None:
    meeting = with_everybody()
    meeting.ask(CHAIR, c.Remove(MEMBER))
    assert MEMBER not in meeting.inside
    meeting.ask(MEMBER, c.Enter())
    assert (MEMBER in meeting.inside, meeting.waiting) == (False, {MEMBER})


def test_nobody_removes_a_host() -> None:
    assert with_everybody().refused(CHAIR, c.Remove(CHAIR)) == "not_allowed"


def test_the_end_is_the_end_for_all_and_the_next_meeting_begins_empty() -> None:
    meeting = with_everybody()
    meeting.ask(MEMBER, c.RaiseHand())
    meeting.ask(MEMBER, c.Say("Xin ý kiến"))
    meeting.ask(CHAIR, c.EndMeeting())
    assert (meeting.phase(), meeting.inside, meeting.state.chat) == ("ended", set(), ())
    assert meeting.refused(MEMBER, c.Say("Còn ai không?")) == "not_inside"
    meeting.ask(MEMBER, c.Enter())
    assert (meeting.phase(), meeting.inside, meeting.hands(), meeting.state.chat) == ("running", {MEMBER}, [], ())


def test_the_meeting_goes_on_without_its_host() -> None:
    meeting = with_everybody()
    meeting.ask(CHAIR, c.Leave())
    meeting.ask(MEMBER, c.Say("Ta tiếp tục"))
    assert meeting.inside == {MEMBER, GUEST}


# --- hands and chat ------------------------------------------------------------------------------------------------------


def test_hands_stand_in_the_order_in_which_the_server_took_them() -> None:
    meeting = with_everybody()
    for who in (GUEST, CHAIR, MEMBER, GUEST):  # raised twice is raised once
        meeting.ask(who, c.RaiseHand())
    assert meeting.hands() == [GUEST, CHAIR, MEMBER]
    meeting.ask(GUEST, c.LowerHand())
    meeting.ask(GUEST, c.RaiseHand())
    assert meeting.hands() == [CHAIR, MEMBER, GUEST]
    meeting.ask(CHAIR, c.LowerHand(MEMBER))
    assert meeting.hands() == [CHAIR, GUEST]


def test_one_lowers_ones_own_hand_also_by_name() -> None:
    meeting = with_everybody()
    meeting.ask(MEMBER, c.RaiseHand())
    meeting.ask(MEMBER, c.LowerHand(MEMBER))
    assert meeting.hands() == []


def test_words_are_cleaned_bounded_and_not_empty() -> None:
    meeting = with_everybody()
    meeting.ask(MEMBER, c.Say("  Xin \u202e chào \u0000"))
    assert meeting.state.chat[-1].text == "Xin chào"
    assert meeting.refused(MEMBER, c.Say(" \u200b ")) == "empty"
    assert meeting.refused(MEMBER, c.Say("a" * 3000)) == "too_long"


def test_who_writes_too_fast_is_told_how_long_to_wait_and_the_others_write_on() -> None:
    meeting = with_everybody()
    for number in range(MOST_LINES):
        meeting.ask(MEMBER, c.Say(f"{number}"))
    assert meeting.refused(MEMBER, c.Say("quá nhanh")) == "rate_limited"
    meeting.ask(GUEST, c.Say("bình thường"))
    meeting.later(11)
    meeting.ask(MEMBER, c.Say("được rồi"))


def test_the_state_holds_the_newest_lines_and_knows_of_earlier_ones() -> None:
    meeting = with_everybody()
    for number in range(CHAT_KEPT + 1):
        meeting.later(5)
        meeting.ask(MEMBER, c.Say(f"{number}"))
    assert [line.text for line in meeting.state.chat] == [f"{number}" for number in range(1, CHAT_KEPT + 1)]
    assert meeting.state.earlier


# --- lost and found ------------------------------------------------------------------------------------------------------


def test_who_is_lost_keeps_place_and_hand_for_a_minute() -> None:
    meeting = with_everybody()
    meeting.ask(MEMBER, c.RaiseHand())
    meeting.notice(CHAIR, GUEST)
    assert meeting.state.members[MEMBER].lost_at == NOON
    meeting.later(LOST_FOR.total_seconds() - 1)
    meeting.notice(CHAIR, GUEST, MEMBER)
    assert meeting.state.members[MEMBER].lost_at is None and meeting.hands() == [MEMBER]
    meeting.notice(CHAIR, GUEST)
    assert next_deadline(meeting.state) == meeting.now + LOST_FOR
    meeting.later(LOST_FOR.total_seconds())
    assert meeting.inside == {CHAIR, GUEST} and meeting.hands() == []


def test_who_waits_and_is_lost_waits_no_more_after_a_minute() -> None:
    meeting = Meeting()
    meeting.ask(CHAIR, c.Enter())
    meeting.ask(GUEST, c.Enter())
    meeting.notice(CHAIR)
    meeting.later(LOST_FOR.total_seconds())
    assert meeting.waiting == set()


def test_a_second_tab_takes_the_place_and_the_first_may_nothing_any_more() -> None:
    meeting = with_everybody()
    meeting.ask(MEMBER, c.RaiseHand())
    assert meeting.ask(MEMBER, c.Enter(), tab="second") == [e.Moved(MEMBER, "second")]
    assert meeting.hands() == [MEMBER]
    assert meeting.refused(MEMBER, c.Say("Tôi đây"), tab="first") == "not_inside"
    assert meeting.ask(MEMBER, c.Leave(), tab="first") == []
    meeting.ask(MEMBER, c.Say("Tôi đây"), tab="second")
    meeting.ask(MEMBER, c.Enter(), tab="first")
    meeting.ask(MEMBER, c.Say("Tôi ở đây"), tab="first")


def test_a_meeting_in_which_nobody_is_left_ends_after_an_hour_and_not_before() -> None:
    meeting = with_everybody()
    meeting.notice()
    meeting.later(LOST_FOR.total_seconds())
    assert meeting.inside == set() and meeting.phase() == "running"
    meeting.later(EMPTY_FOR.total_seconds() - LOST_FOR.total_seconds() - 1)
    assert meeting.phase() == "running"
    meeting.later(1)
    assert meeting.phase() == "ended"


def test_who_comes_back_stops_the_hour() -> None:
    meeting = with_everybody()
    meeting.notice()
    meeting.notice(GUEST)
    meeting.later(2 * EMPTY_FOR.total_seconds())
    assert meeting.phase() == "running" and meeting.inside == {GUEST}


# --- changed from outside ------------------------------------------------------------------------------------------------


def test_a_room_changed_from_outside_changes_the_meeting() -> None:
    meeting = with_everybody()
    meeting.ask(None, c.Configure("Tên khác", False, {MEMBER: "host", CHAIR: "member"}))
    assert (meeting.state.title, meeting.state.lobby) == ("Tên khác", False)
    assert {who: one.role for who, one in meeting.state.members.items()} == {CHAIR: "member", MEMBER: "host", GUEST: "guest"}
    assert meeting.ask(None, c.Configure("Tên khác", False, {MEMBER: "host", CHAIR: "member"})) == []


def test_guests_whose_link_is_withdrawn_must_go() -> None:
    meeting = with_everybody()
    meeting.ask(None, c.Configure("Họp giao ban", True, {CHAIR: "host"}, gone=frozenset({GUEST, Who("g9")})))
    assert meeting.inside == {CHAIR, MEMBER}


def test_a_room_that_is_closed_for_good_ends_its_meeting() -> None:
    meeting = with_everybody()
    meeting.ask(None, c.Configure("", True, {}, stands=False))
    assert meeting.phase() == "ended"
