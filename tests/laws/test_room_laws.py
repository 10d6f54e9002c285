"""The laws of a room: replaying gives the state, following equals reloading, invariants hold, and only refusals are raised."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rooms import commands as c
from rooms import events as e
from rooms.agenda import is_barred, may_know
from rooms.decide import Context, decide
from rooms.evolve import evolve, replay
from rooms.floor import may_be_heard
from rooms.roll import acting, halls, line, lost_since, may_ask
from rooms.state import NOTHING, Findings, Item, Limits, Plan, Room, Seat, Sitting, places
from rooms.ticking import next_deadline
from rooms.view import View, Viewer, apply, audience, project, snapshot
from server.kernel.ids import ItemId, LineId, MeetingId, Who
from server.kernel.refused import Refused
from tests.rooms.meeting import CHAIR, DEPUTY, GUEST, MEMBER, NOON, OBSERVER, OTHER_GUEST, PHONE, SECRETARY, SUBSTITUTE, role_of
from tests.rooms.meeting import ROLL as LISTED

HALL, DELEGATE = Who("p20"), Who("p21")
ROLL = (*LISTED, Seat(HALL, "technician", weight=0), Seat(DELEGATE, "member", hall=HALL))
EVERYBODY = [CHAIR, DEPUTY, SECRETARY, MEMBER, SUBSTITUTE, OBSERVER, GUEST, OTHER_GUEST, HALL, DELEGATE]
TABS = ["first", "second"]
VIEWERS = [Viewer(who, PHONE if who == DELEGATE and tab == "first" else tab, role_of(who)) for who in EVERYBODY for tab in TABS]
SECRET = "bí mật của nội dung này"

somebody = st.sampled_from([*EVERYBODY, Who("p99")])
some_item = st.integers(1, 4).map(ItemId)
some_hand = st.integers(1, 4)
some_seconds = st.sampled_from([60, 60, 60, 10, 0, 10**18])
some_readers = st.none() | st.lists(st.sampled_from(EVERYBODY), max_size=3).map(tuple)
some_plan = some_readers.flatmap(
    lambda readers: st.builds(
        Plan,
        st.just(SECRET if readers is not None else "Dự toán"),
        st.sampled_from([None, MEMBER, Who("p99")]),
        st.sampled_from([None, NOON]),
        st.none() | some_seconds,
        readers=st.just(readers),
    )
)
some_roll = st.sampled_from([(), ROLL, ROLL[:2], ROLL[::-1], tuple(Seat(who, "member") for who in EVERYBODY)])
of_the_door = st.one_of(
    st.just(c.Enter()),
    st.just(c.Enter()),
    st.just(c.Leave()),
    st.builds(c.Admit, st.none() | somebody),
    st.builds(c.TurnAway, somebody),
    st.builds(c.SetLobby, st.booleans()),
    st.builds(c.Say, st.text(max_size=20) | st.sampled_from(["Xin chào", "", "a" * 3000])),
    st.sampled_from([c.React(), c.AskMedia(), c.ReadChat(), c.Attend(), c.TakeChair(), c.TakeChair()]),
    st.builds(c.Mute, somebody, st.sampled_from(["microphone", "camera"])),
    st.builds(c.Remove, somebody),
    st.builds(c.GiveChair, somebody),
)
of_the_queue = st.one_of(
    st.builds(c.RaiseHand, st.sampled_from(["statement", "reply", "point_of_order"]), st.sampled_from([None, "for", "against"])),
    st.builds(c.LowerHand, st.none() | somebody, st.none() | some_hand),
    st.builds(c.MoveHand, some_hand, st.none() | some_hand),
    st.builds(c.SetDiscussion, st.booleans()),
    st.builds(c.SetLimits, st.builds(Limits, st.none() | some_seconds, st.none() | some_seconds, some_seconds, some_seconds)),
    st.builds(c.GiveFloor, somebody, st.none() | some_seconds),
    st.builds(c.ExtendFloor, some_seconds),
    st.sampled_from([c.WithdrawFloor(), c.YieldFloor(), c.TellCheck(Findings(level=50)), c.CheckSites()]),
    st.builds(c.CheckSites, somebody),
)
of_the_agenda = st.one_of(
    st.builds(c.AddItem, some_plan, st.none() | some_item),
    st.builds(c.EditItem, some_item, some_plan),
    st.builds(c.MoveItem, some_item, st.none() | some_item),
    st.builds(c.RemoveItem, some_item),
    st.builds(c.GoTo, some_item),
    st.just(c.FinishItem()),
)
some_command = st.one_of(of_the_door, of_the_queue, of_the_agenda, st.just(c.EndMeeting()))
nearly_all = st.frozensets(st.sampled_from(EVERYBODY), max_size=2).map(
    lambda lost: frozenset((who, tab) for who in EVERYBODY if who not in lost for tab in (*TABS, PHONE))
)
some_news = st.one_of(
    st.just(c.Tick()),
    st.builds(c.Notice, nearly_all),
    st.builds(c.Notice, st.frozensets(st.tuples(somebody, st.sampled_from(TABS)))),
    st.builds(
        c.Configure,
        st.sampled_from(["Họp giao ban", "Họp khác"]),
        st.booleans(),
        st.dictionaries(somebody, st.sampled_from(["host", "member", "guest"])),
        st.frozensets(somebody, max_size=1),
        st.sampled_from([True, True, True, False]),
        st.none() | some_roll,
    ),
)
# Most is asked by those who may, from where they may: else a short walk would be one of refusals.
some_asking = st.one_of(
    *(st.tuples(st.just(CHAIR), of_the_queue | of_the_agenda | of_the_door) for _ in range(4)),
    *(st.tuples(st.sampled_from(EVERYBODY), of_the_queue | st.sampled_from([c.Enter(), c.Attend()])) for _ in range(3)),
    st.tuples(st.sampled_from(EVERYBODY), some_command),
    st.tuples(st.none(), some_news),
)
some_step = st.tuples(
    some_asking,
    st.sampled_from(["first"] * 8 + ["second", ""]),
    st.sampled_from([0, 0, 0, 1, 1, 12, 30, 70, 3700]),
)
Step = tuple[tuple[Who | None, c.Command], str, int]

AGENDA = (
    Item(ItemId(1), Plan("Khai mạc")),
    Item(ItemId(2), Plan(SECRET, readers=(CHAIR, MEMBER))),
    Item(ItemId(3), Plan("Kết luận")),
)
# A meeting in which all are inside lets most of a short random walk do something.
INSIDE: list[e.AnyEvent] = [e.Entered(who, f"Đại biểu {who}", role_of(who), "first") for who in EVERYBODY if who != DELEGATE]
IN_THE_HALL = e.Entered(DELEGATE, f"Đại biểu {DELEGATE}", "member", PHONE, Sitting(HALL))
BY_HOSTS: list[e.AnyEvent] = [e.Started(MeetingId(1), "Họp giao ban", True, NOON), *INSIDE]
BY_THE_ROLL: list[e.AnyEvent] = [
    e.Started(MeetingId(1), "Họp giao ban", True, NOON, ROLL, AGENDA, False),
    *INSIDE,
    IN_THE_HALL,
    e.ChairPassed(CHAIR, "came", NOON),
]
beginnings = st.sampled_from([[], BY_HOSTS, BY_THE_ROLL, BY_THE_ROLL])


def walk(beginning: list[e.AnyEvent], steps: list[Step]) -> list[e.AnyEvent]:
    """All events of a random walk. Anything but a refusal fails the test."""
    happened = list(beginning)
    state = replay(happened)
    now = NOON
    for number, ((who, command), named, seconds) in enumerate(steps, start=1):
        now += timedelta(seconds=seconds)
        role = role_of(who) if who else None
        tab = PHONE if who == DELEGATE and named == "first" else named
        sits = Sitting(HALL) if tab == PHONE else None
        room = ("Họp giao ban", True, MeetingId(number + 1), LineId(number), ROLL, AGENDA, False)
        try:
            events = decide(state, command, Context(now, who, tab, role, f"Đại biểu {who}", *room, sits=sits))
        except Refused:
            continue
        for event in events:
            happened.append(event)
            state = evolve(state, event)
        check_invariants(state)
        if command == c.Tick():
            deadline = next_deadline(state)
            assert deadline is None or deadline > now  # else the shell would send it again and again
    assert state == replay(happened)
    return happened


def check_invariants(state: Room) -> None:
    assert not set(state.members) & set(state.waiting)
    assert [*state.members, *state.waiting] == [one.who for one in places(state)] and all(one.tab for one in places(state))
    assert set(state.members) <= state.admitted and set(state.removed) <= set(state.turned_away)
    if state.phase == "running":
        assert state.meeting is not None and state.started_at is not None
        assert (state.empty_since is None) == any(one.lost_at is None for one in state.members.values())
        if state.empty_since is not None or any(lost_since(state, one) is not None for one in places(state)):
            assert next_deadline(state) is not None
    else:
        assert not state.members and not state.waiting and not state.chat and next_deadline(state) is None
        assert state == Room(state.phase, title=state.title, lobby=state.lobby)
    check_the_chair(state)
    check_the_floor(state)
    check_the_agenda(state)


def check_the_chair(state: Room) -> None:
    assert state.presides is None or state.presides in line(state)
    one = None if state.presides is None else state.members.get(state.presides)
    if state.presides is not None:
        assert (state.unchaired_since is None) == (one is not None and one.lost_at is None)
    here = acting(state)
    assert set(here.values()) <= set(state.members) and len(set(here.values())) == len(here)


def check_the_floor(state: Room) -> None:
    numbers = [hand.number for hand in state.queue]
    assert len(set(numbers)) == len(numbers) and max(numbers, default=0) <= state.hands
    assert len({(hand.who, hand.kind) for hand in state.queue}) == len(state.queue)
    assert {hand.who for hand in state.queue} <= may_ask(state) <= set(state.members)
    heard = may_be_heard(state)
    assert heard <= set(state.members)
    floor = state.floor
    by = {who: who if one.sits is None else one.sits.hall for who, one in state.members.items()}
    if not state.free and not state.groups.are_open:
        assert heard == {by.get(state.presides), by.get(floor.who) if floor else None} & set(state.members)  # type: ignore[arg-type]
    sitting = {who for who, one in state.members.items() if one.sits is not None}
    assert not sitting & (heard | halls(state)) and not halls(state) & may_ask(state)
    for one in places(state):
        assert one.sits is None or state.roll[one.who].hall == one.sits.hall
    if floor is not None:
        assert by[floor.who] in heard or by[floor.who] not in state.members
        assert (floor.until is None) == (floor.cut_at is None) == (floor.warn_at is None)
        if floor.until and floor.warn_at and floor.cut_at:
            assert floor.given_at <= floor.warn_at <= floor.until <= floor.cut_at
    assert all(time >= timedelta() for time in (*state.spoken.values(), *state.spoken_by_agency.values()))


def check_the_agenda(state: Room) -> None:
    ids = [item.id for item in state.agenda]
    assert len(set(ids)) == len(ids) and max(ids, default=0) <= state.items
    assert not [who for who in state.members if is_barred(state, who)]
    assert state.item is None or [item.ended_at for item in state.agenda if item.id == state.item] == [None]
    assert all(item.begun_at is not None and item.begun_at <= item.ended_at for item in state.agenda if item.ended_at is not None)


def followed(happened: Sequence[e.AnyEvent]) -> list[tuple[Room, e.AnyEvent, Room]]:
    """Each event with the states before and after it."""
    steps, state = [], NOTHING
    for event in happened:
        after = evolve(state, event)
        steps.append((state, event, after))
        state = after
    return steps


def see_alike(happened: Sequence[e.AnyEvent]) -> None:
    """Whoever follows sees after each event what they would see after opening the page anew."""
    steps = followed(happened)
    for viewer in VIEWERS:
        seen = snapshot(NOTHING, viewer)
        for before, event, after in steps:
            seen = apply(seen, project(before, event, viewer))
            assert seen == snapshot(after, viewer)


@given(beginnings, st.lists(some_step, min_size=10, max_size=40))
@settings(max_examples=150)
def test_who_follows_the_events_sees_what_who_reloads_sees(beginning: list[e.AnyEvent], steps: list[Step]) -> None:
    see_alike(walk(beginning, steps))


@given(st.lists(some_step, min_size=20, max_size=40))
@settings(max_examples=100)
def test_who_is_not_inside_learns_of_nobody(steps: list[Step]) -> None:
    for before, event, after in followed(walk(BY_THE_ROLL, steps)):
        for viewer in VIEWERS:
            me = after.members.get(viewer.who)
            if me is None or me.tab != viewer.tab:
                seen, _ = snapshot(after, viewer)
                assert seen == View(after.phase, after.meeting, after.title, after.started_at)
                told, _ = project(before, event, viewer)
                assert isinstance(told, View) or not (told.members or told.waiting or told.said or told.queue or told.roll or told.agenda)
            elif me.role != "host" and me.who != after.presides:
                assert not snapshot(after, viewer)[0].waiting


@given(st.lists(some_step, min_size=20, max_size=40))
@settings(max_examples=100)
def test_of_an_item_that_is_not_for_them_nobody_is_told_anything(steps: list[Step]) -> None:
    for before, event, after in followed(walk(BY_THE_ROLL, steps)):
        for viewer in VIEWERS:
            known = {item.id for item in after.agenda if may_know(after, item, viewer.who)}
            seen, told = snapshot(after, viewer)[0], project(before, event, viewer)[0]
            assert {item.id for item in seen.agenda} <= known and seen.procedure.item in {None, *known}
            if all(item.id not in known for item in after.agenda if item.plan.title == SECRET):
                assert SECRET.encode() not in msgspec.json.encode([seen, told], enc_hook=str)
            if is_barred(after, viewer.who):
                assert seen == View(after.phase, after.meeting, after.title, after.started_at)


@given(st.lists(some_step, min_size=20, max_size=40))
@settings(max_examples=100)
def test_everybody_inside_sees_the_same_queue_and_the_same_clocks(steps: list[Step]) -> None:
    state = replay(walk(BY_THE_ROLL, steps))
    for viewer in VIEWERS:
        if audience(state, viewer).place != "outside":
            seen, _ = snapshot(state, viewer)
            assert (seen.queue, seen.procedure.floor, seen.spoken.speakers) == (state.queue, state.floor, state.spoken)
