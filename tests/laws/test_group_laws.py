"""The laws of groups and of what is written privately: no pass opens what one was put out of, everybody returns, following equals
reloading, and a line that is not for all is known to its readers alone."""

from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms import commands as c
from rooms import events as e
from rooms.decide import Context, decide
from rooms.evolve import replay
from rooms.floor import may_be_heard
from rooms.state import MOST_GROUPS, Room
from rooms.ticking import next_deadline
from rooms.view import project, reads, snapshot
from tests.laws.test_room_laws import BY_HOSTS, BY_THE_ROLL, EVERYBODY, VIEWERS, Step, followed, see_alike, some_step, somebody, walk
from tests.rooms.meeting import CHAIR, NOON, SECRETARY

some_group = st.integers(0, 4)
of_the_groups = st.one_of(
    st.builds(c.PlanGroups, st.sampled_from([3, 3, 3, 1, 0, -1, MOST_GROUPS + 1]), st.booleans()),
    st.builds(c.PutInGroup, somebody, some_group),
    st.builds(c.OpenGroups, st.sampled_from([None, 60, 600, 0, 10**18])),
    st.builds(c.VisitGroup, st.none() | some_group),
    st.builds(c.CallBack, st.sampled_from([0, 60, 60, 60, -1, 10**18])),
)
LETTER = "chỉ người nhận được đọc"
ALL_LETTERS = [f"{LETTER} {number}" for number in range(10)]
some_letter = st.builds(
    c.Say,
    st.sampled_from(ALL_LETTERS),
    st.sampled_from(["group", "group", "person", "person", "desk", "technicians", "agency"]),
    somebody,
)
some_group_step = st.tuples(
    st.tuples(st.sampled_from([CHAIR, CHAIR, SECRETARY, *EVERYBODY]), of_the_groups),
    st.just("first"),
    st.sampled_from([0, 0, 1, 12, 30, 70]),
)
some_letter_step = st.tuples(st.tuples(st.sampled_from(EVERYBODY), some_letter), st.just("first"), st.sampled_from([0, 1, 12]))
some_steps = st.lists(some_group_step | some_group_step | some_letter_step | some_step, min_size=10, max_size=25)
PARTED: list[e.AnyEvent] = [
    *BY_THE_ROLL,
    e.GroupsPlanned(2, {who: number % 2 + 1 for number, who in enumerate(EVERYBODY[2:])}),
    e.GroupsOpened(NOON, NOON + timedelta(minutes=10)),
]
beginnings = st.sampled_from([BY_HOSTS, BY_THE_ROLL, PARTED, PARTED])


def check_the_groups(state: Room) -> None:
    groups = state.groups
    assert all(1 <= place <= groups.count for place in groups.places.values())
    assert all(0 <= place <= groups.count for place in groups.visits.values())
    assert len(set(groups.cells.values())) == len(groups.cells) and max(groups.cells.values(), default=0) <= groups.made
    if groups.are_open:
        assert groups.cells.keys() == set(range(groups.count + 1)) and state.floor is None
        assert may_be_heard(state) <= set(state.members)
    else:
        assert groups.until is None and not groups.visits
        assert {groups.place(who) for who in state.members} <= {0} and len({groups.cell(who) for who in state.members}) <= 1


@given(beginnings, some_steps)
@settings(max_examples=25)
def test_who_follows_groups_sees_what_who_reloads_sees(beginning: list[e.AnyEvent], steps: list[Step]) -> None:
    see_alike(walk(beginning, steps))


@given(beginnings, some_steps)
@settings(max_examples=25)
def test_who_is_moved_leaves_media_in_which_nobody_is_any_more(beginning: list[e.AnyEvent], steps: list[Step]) -> None:
    given_out: dict[int, int] = {}
    for before, event, after in followed(walk(beginning, steps)):
        check_the_groups(after)
        if not isinstance(event, e.OfGroups) or isinstance(event, e.GroupVisited):
            continue
        for who in after.members:
            if before.groups.place(who) != after.groups.place(who):
                assert before.groups.cell(who) not in {after.groups.cell(other) for other in after.members}
        for place, cell in after.groups.cells.items():
            assert given_out.setdefault(cell, place) == place


@given(beginnings, some_steps)
@settings(max_examples=25)
def test_everybody_returns_though_nobody_does_anything(beginning: list[e.AnyEvent], steps: list[Step]) -> None:
    state = replay(walk(beginning, steps))
    if state.phase != "running":
        return
    if state.groups.are_open and state.groups.until is None:
        return  # without a time they meet until they are called
    late = NOON + timedelta(days=1)
    while (deadline := next_deadline(state)) is not None and deadline <= late:
        state = replay(decide(state, c.Tick(), Context(late)), state)
    assert not state.groups.are_open and {state.groups.place(who) for who in state.members} <= {0}


@given(beginnings, st.lists(some_letter_step | some_letter_step | some_group_step | some_step, min_size=10, max_size=25))
@settings(max_examples=25)
def test_a_line_that_is_not_for_all_is_known_to_its_readers_alone(beginning: list[e.AnyEvent], steps: list[Step]) -> None:
    for before, event, after in followed(walk(beginning, steps)):
        told = isinstance(event, e.Said) and event.line.readers is not None
        for viewer in VIEWERS:
            mine = {line.text for line in after.letters.get(viewer.who, ())}
            for line in after.letters.get(viewer.who, ()):
                assert line.readers is not None and viewer.who in line.readers
            said = msgspec.json.encode(snapshot(after, viewer), enc_hook=str).decode()
            assert all(text in mine for text in ALL_LETTERS if text in said)
            if told and not reads(event, viewer):
                assert LETTER not in msgspec.json.encode(project(before, event, viewer), enc_hook=str).decode()
