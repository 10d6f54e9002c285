"""Groups: who is where, who is heard there, and how everybody comes together again."""

from datetime import timedelta

from rooms import commands as c
from rooms import events as e
from rooms.chronicle import Entry
from rooms.context import Context
from rooms.decide import decide
from rooms.evolve import replay
from rooms.floor import may_be_heard
from rooms.minutes import Cover, draft
from rooms.state import MOST_GROUPS, Room
from rooms.ticking import next_deadline
from server.kernel.ids import ItemId, Who
from tests.rooms.meeting import (
    CHAIR,
    DEPUTY,
    GUEST,
    MEMBER,
    OBSERVER,
    OTHER_MEMBER,
    SECRETARY,
    TECHNICIAN,
    Meeting,
    an_item,
    by_the_roll,
    with_everybody,
)


def parted(seconds: int | None = 600) -> Meeting:
    """Two groups meet: the secretary and the other member in the first, the member and the deputy in the second; the chair stays."""
    meeting = by_the_roll(CHAIR, DEPUTY, SECRETARY, MEMBER, OTHER_MEMBER, OBSERVER, TECHNICIAN, agenda=(an_item(1, "Khai mạc"),))
    meeting.ask(CHAIR, c.PlanGroups(2))
    for who, group in ((SECRETARY, 1), (OTHER_MEMBER, 1), (MEMBER, 2), (DEPUTY, 2)):
        meeting.ask(SECRETARY, c.PutInGroup(who, group))
    meeting.ask(CHAIR, c.OpenGroups(seconds))
    return meeting


def place(meeting: Meeting, who: Who) -> int:
    return meeting.state.groups.place(who)


def companies(state: Room) -> dict[int, set[Who]]:
    """Who has their media together."""
    found: dict[int, set[Who]] = {}
    for who in state.members:
        found.setdefault(state.groups.cell(who), set()).add(who)
    return found


def test_those_inside_are_dealt_evenly_and_who_presides_stays() -> None:
    meeting = by_the_roll(CHAIR, DEPUTY, SECRETARY, MEMBER, OTHER_MEMBER, OBSERVER, TECHNICIAN)
    meeting.ask(CHAIR, c.PlanGroups(3, deal=True))
    assert sorted(meeting.state.groups.places.values()) == [1, 1, 2, 3]
    assert not {CHAIR, OBSERVER, TECHNICIAN} & set(meeting.state.groups.places)


def test_where_no_chair_is_named_the_host_who_deals_stays() -> None:
    meeting = with_everybody()
    meeting.ask(CHAIR, c.PlanGroups(2, deal=True))
    assert set(meeting.state.groups.places) == {MEMBER, GUEST}


def test_groups_are_for_who_prepares_the_meeting() -> None:
    meeting = by_the_roll(CHAIR, DEPUTY, SECRETARY, MEMBER, OBSERVER, TECHNICIAN)
    for who in (MEMBER, OBSERVER, TECHNICIAN):
        for command in (c.PlanGroups(2), c.PutInGroup(MEMBER, 1), c.OpenGroups(600), c.VisitGroup(1), c.CallBack()):
            assert meeting.refused(who, command) == "not_allowed"
    for who in (CHAIR, DEPUTY, SECRETARY):
        meeting.ask(who, c.PlanGroups(0))


def test_what_cannot_be_is_refused() -> None:
    meeting = by_the_roll(CHAIR, MEMBER)
    assert meeting.refused(CHAIR, c.PlanGroups(MOST_GROUPS + 1)) == "too_many_groups"
    assert meeting.refused(CHAIR, c.OpenGroups(600)) == "no_groups"
    assert meeting.refused(CHAIR, c.CallBack()) == meeting.refused(CHAIR, c.VisitGroup(0)) == "groups_closed"
    meeting.ask(CHAIR, c.PlanGroups(MOST_GROUPS, deal=True))
    assert meeting.refused(CHAIR, c.PutInGroup(MEMBER, MOST_GROUPS + 1)) == "not_found"
    assert meeting.refused(CHAIR, c.PutInGroup(Who("p99"), 1)) == "not_found"
    assert meeting.refused(CHAIR, c.OpenGroups(5)) == "bad_duration"
    meeting.ask(CHAIR, c.OpenGroups(600))
    assert meeting.refused(CHAIR, c.OpenGroups(600)) == meeting.refused(CHAIR, c.PlanGroups(2)) == "groups_open"


def test_each_group_has_media_of_its_own_and_so_has_the_room() -> None:
    meeting = parted()
    together = companies(meeting.state)
    assert sorted(map(sorted, together.values())) == sorted(
        map(sorted, [{CHAIR, OBSERVER, TECHNICIAN}, {SECRETARY, OTHER_MEMBER}, {MEMBER, DEPUTY}])
    )
    assert 0 not in together  # which was everybody's before


def test_in_a_group_everybody_who_may_speak_is_heard() -> None:
    meeting = parted()
    meeting.ask(CHAIR, c.SetDiscussion(False))
    assert may_be_heard(meeting.state) == {CHAIR, SECRETARY, OTHER_MEMBER, MEMBER, DEPUTY}
    meeting.ask(CHAIR, c.PutInGroup(OBSERVER, 1))
    assert OBSERVER not in may_be_heard(meeting.state)


def test_who_is_moved_leaves_a_cell_that_is_used_no_more() -> None:
    meeting = parted()
    was = meeting.state.groups
    meeting.ask(CHAIR, c.PutInGroup(OTHER_MEMBER, 2))
    now = meeting.state.groups
    assert now.cell(OTHER_MEMBER) == was.cell(MEMBER) == now.cell(MEMBER)
    assert was.cell(SECRETARY) not in {now.cell(who) for who in meeting.inside}


def test_all_are_back_at_the_end_of_the_time_though_it_is_found_late() -> None:
    meeting = parted(600)
    ends = meeting.now + timedelta(seconds=600)
    assert next_deadline(meeting.state) == ends
    meeting.later(700)
    assert meeting.happened[-1] == e.GroupsClosed(ends)
    assert len(companies(meeting.state)) == 1


def test_another_process_ends_them_from_the_log_alone() -> None:
    meeting = parted(600)
    found = replay(meeting.happened)
    assert found == meeting.state
    after = replay(decide(found, c.Tick(), Context(meeting.now + timedelta(seconds=601))), found)
    assert not after.groups.are_open


def test_who_is_called_back_has_a_minute_and_no_more_than_was_left() -> None:
    meeting = parted(None)
    assert next_deadline(meeting.state) is None
    meeting.ask(CHAIR, c.CallBack())
    assert meeting.state.groups.until == meeting.now + timedelta(seconds=60)
    assert meeting.ask(CHAIR, c.CallBack(300)) == []
    meeting.later(61)
    assert not meeting.state.groups.are_open
    meeting.ask(CHAIR, c.OpenGroups(600))
    meeting.ask(CHAIR, c.CallBack(0))
    assert not meeting.state.groups.are_open


def test_who_was_dropped_comes_back_to_their_group() -> None:
    meeting = parted()
    meeting.notice(*(meeting.inside - {MEMBER}))
    meeting.later(70)
    assert MEMBER not in meeting.inside
    meeting.ask(MEMBER, c.Enter())
    assert place(meeting, MEMBER) == 2


def test_who_comes_late_is_in_the_room_until_put_in_a_group() -> None:
    meeting = parted()
    meeting.ask(GUEST, c.Enter())
    assert place(meeting, GUEST) == 0
    meeting.ask(CHAIR, c.PutInGroup(GUEST, 1))
    assert place(meeting, GUEST) == 1


def test_the_chair_looks_in_on_a_group_and_is_heard_there() -> None:
    meeting = parted()
    meeting.ask(CHAIR, c.VisitGroup(1))
    assert place(meeting, CHAIR) == 1 and CHAIR in may_be_heard(meeting.state)
    assert companies(meeting.state)[meeting.state.groups.cell(SECRETARY)] == {CHAIR, SECRETARY, OTHER_MEMBER}
    meeting.ask(CHAIR, c.VisitGroup(None))
    assert place(meeting, CHAIR) == 0
    meeting.ask(SECRETARY, c.VisitGroup(0))
    assert place(meeting, SECRETARY) == 0


def test_a_visit_ends_with_the_right_to_it() -> None:
    meeting = parted()
    meeting.ask(CHAIR, c.GiveChair(MEMBER))
    meeting.ask(MEMBER, c.VisitGroup(1))
    assert place(meeting, MEMBER) == 1
    meeting.ask(CHAIR, c.TakeChair())
    assert place(meeting, MEMBER) == 2


def test_while_groups_meet_nobody_gets_the_floor_and_no_other_item_is_begun() -> None:
    meeting = parted()
    assert meeting.refused(CHAIR, c.GiveFloor(MEMBER)) == meeting.refused(CHAIR, c.GoTo(ItemId(1))) == "groups_open"
    meeting.ask(CHAIR, c.CallBack(0))
    meeting.ask(CHAIR, c.GiveFloor(MEMBER, 60))
    meeting.ask(CHAIR, c.OpenGroups(600))
    assert meeting.state.floor is None
    assert [event.why for event in meeting.happened if isinstance(event, e.FloorEnded)] == ["groups"]


def test_the_minutes_say_that_groups_met_when_and_who() -> None:
    meeting = parted()
    meeting.ask(GUEST, c.Enter())
    meeting.ask(CHAIR, c.PutInGroup(GUEST, 1))
    meeting.later(700)
    log = [Entry(number, getattr(event, "at", meeting.now), event) for number, event in enumerate(meeting.happened, start=1)]
    [said] = [one for part in draft("minutes", log, Cover("Cơ quan"), "").parts for one in part.sentences if one.key.startswith("groups/")]
    assert said.text == (
        "Cuộc họp chia thành 2 nhóm thảo luận từ 12 giờ 00 phút đến 12 giờ 10 phút. "
        "Nhóm 1: Đại biểu p6, Đại biểu p9, Đại biểu g3. Nhóm 2: Đại biểu p2, Đại biểu p5."
    )
    assert [type(meeting.happened[number - 1]) for number in said.events] == [e.GroupsOpened, e.GroupsClosed]
