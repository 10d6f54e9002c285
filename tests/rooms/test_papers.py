"""Papers of a meeting: who may know of one, and who shows its pages to the others."""

import pytest

from rooms import commands as c
from rooms.papers import ForWhom, may_read, names_of, readers_by_agenda
from server.kernel.ids import ItemId, PaperId, Who
from tests.rooms.meeting import CHAIR, GUEST, MEMBER, OTHER_MEMBER, SECRETARY, SUBSTITUTE, Meeting, an_item, by_the_roll

BUDGET, STAFF, LOOSE = PaperId(1), PaperId(2), PaperId(3)
AGENDA = (
    an_item(1, "Dự toán", papers=(BUDGET,), presenter=MEMBER),
    an_item(2, "Nhân sự", papers=(STAFF, BUDGET), readers=(CHAIR, MEMBER)),
    an_item(3, "Nhân sự, tiếp", papers=(STAFF,), readers=(CHAIR, OTHER_MEMBER)),
)


def test_a_paper_of_members_is_for_no_guest_and_one_with_readers_for_these_alone() -> None:
    assert may_read(ForWhom(), "guest", (GUEST,))
    assert [may_read(ForWhom("members"), role, ()) for role in ("host", "member", "guest")] == [True, True, False]
    secret = ForWhom("all", (CHAIR, GUEST))
    assert may_read(secret, "guest", (GUEST,)) and not may_read(secret, "host", (SECRETARY,))
    assert not may_read(ForWhom("all", ()), "host", (CHAIR,))


def test_a_paper_has_the_readers_of_all_its_items_and_none_where_an_item_for_everybody_has_it() -> None:
    assert readers_by_agenda(AGENDA) == {BUDGET: None, STAFF: tuple(sorted({CHAIR, MEMBER, OTHER_MEMBER}))}


def test_a_substitute_reads_in_the_name_of_whom_they_act_for_and_only_while_they_do() -> None:
    meeting = by_the_roll(CHAIR, SUBSTITUTE)
    assert names_of(meeting.state, SUBSTITUTE) == (SUBSTITUTE, MEMBER)
    meeting.ask(MEMBER, c.Enter())
    assert names_of(meeting.state, SUBSTITUTE) == (SUBSTITUTE,)


@pytest.mark.parametrize(
    ("who", "paper", "allowed"),
    [
        (CHAIR, BUDGET, True),
        (CHAIR, LOOSE, True),
        (MEMBER, BUDGET, True),
        (MEMBER, LOOSE, False),
        (SECRETARY, BUDGET, False),
        (OTHER_MEMBER, BUDGET, False),
    ],
)
def test_the_presenter_shows_the_papers_of_the_item_and_who_presides_any(who: Who, paper: PaperId, allowed: bool) -> None:
    meeting = by_the_roll(CHAIR, MEMBER, SECRETARY, OTHER_MEMBER, agenda=AGENDA)
    meeting.ask(CHAIR, c.GoTo(ItemId(1)))
    if allowed:
        assert meeting.ask(who, c.ShowPage(paper)) == []
    else:
        assert meeting.refused(who, c.ShowPage(paper)) == "not_allowed"


def test_before_the_first_item_only_who_presides_shows_a_page_and_from_outside_nobody() -> None:
    meeting = by_the_roll(CHAIR, MEMBER, agenda=AGENDA)
    assert meeting.ask(CHAIR, c.ShowPage(BUDGET)) == []
    assert meeting.refused(MEMBER, c.ShowPage(BUDGET)) == "not_allowed"
    assert meeting.refused(OTHER_MEMBER, c.ShowPage(BUDGET)) == "not_inside"


def test_without_a_roll_hosts_show_pages() -> None:
    meeting = Meeting(lobby=False)
    meeting.ask(CHAIR, c.Enter())
    meeting.ask(MEMBER, c.Enter())
    assert meeting.ask(CHAIR, c.ShowPage(LOOSE)) == []
    assert meeting.refused(MEMBER, c.ShowPage(LOOSE)) == "not_allowed"
