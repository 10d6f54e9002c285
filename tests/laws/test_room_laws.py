"""The laws of a room: replaying gives the state, following equals reloading, invariants hold, and only refusals are raised."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms import commands as c
from rooms import events as e
from rooms.decide import Context, decide
from rooms.evolve import evolve, replay
from rooms.state import NOTHING, Role, Room, next_deadline, places
from rooms.view import View, Viewer, apply, project, snapshot
from server.kernel.ids import LineId, MeetingId, Who
from server.kernel.refused import Refused
from tests.rooms.meeting import CHAIR, GUEST, MEMBER, NOON, OTHER_GUEST, ROLES

EVERYBODY = [CHAIR, MEMBER, GUEST, OTHER_GUEST]
TABS = ["first", "second"]
VIEWERS = [Viewer(who, tab, ROLES[who]) for who in (*EVERYBODY,) for tab in TABS]

somebody = st.sampled_from([*EVERYBODY, Who("p99")])
some_command = st.one_of(
    st.just(c.Enter()),
    st.just(c.Enter()),
    st.just(c.Leave()),
    st.builds(c.Admit, st.none() | somebody),
    st.builds(c.TurnAway, somebody),
    st.builds(c.SetLobby, st.booleans()),
    st.just(c.RaiseHand()),
    st.builds(c.LowerHand, st.none() | somebody),
    st.builds(c.Say, st.text(max_size=20) | st.sampled_from(["Xin chào", "", "a" * 3000])),
    st.sampled_from([c.React(), c.AskMedia(), c.ReadChat(), c.EndMeeting()]),
    st.builds(c.Mute, somebody, st.sampled_from(["microphone", "camera"])),
    st.builds(c.Remove, somebody),
)
some_news = st.one_of(
    st.just(c.Tick()),
    st.builds(c.Notice, st.frozensets(st.tuples(somebody, st.sampled_from(TABS)))),
    st.builds(
        c.Configure,
        st.sampled_from(["Họp giao ban", "Họp khác"]),
        st.booleans(),
        st.dictionaries(somebody, st.sampled_from(["host", "member", "guest"])),
        st.frozensets(somebody, max_size=1),
        st.sampled_from([True, True, True, False]),
    ),
)
some_step = st.tuples(
    st.tuples(st.sampled_from(EVERYBODY), some_command) | st.tuples(st.none(), some_news),
    st.sampled_from([*TABS, ""]),
    st.sampled_from([0, 0, 1, 30, 70, 3700]),
)
Step = tuple[tuple[Who | None, c.Command], str, int]

# A meeting in which all are inside lets most of a short random walk do something.
OPENING: list[e.AnyEvent] = [
    e.Started(MeetingId(1), "Họp giao ban", True, NOON),
    *(e.Entered(who, f"Đại biểu {who}", ROLES[who], "first") for who in EVERYBODY),
]


def walk(beginning: list[e.AnyEvent], steps: list[Step]) -> list[e.AnyEvent]:
    """All events of a random walk. Anything but a refusal fails the test."""
    happened = list(beginning)
    state = replay(happened)
    now = NOON
    for number, ((who, command), tab, seconds) in enumerate(steps, start=1):
        now += timedelta(seconds=seconds)
        role: Role | None = ROLES[who] if who else None
        context = Context(now, who, tab, role, f"Đại biểu {who}", "Họp giao ban", True, MeetingId(number + 1), LineId(number))
        try:
            events = decide(state, command, context)
        except Refused:
            continue
        for event in events:
            happened.append(event)
            state = evolve(state, event)
        check_invariants(state)
    assert state == replay(happened)
    return happened


def check_invariants(state: Room) -> None:
    assert not set(state.members) & set(state.waiting)
    assert [*state.members, *state.waiting] == [one.who for one in places(state)] and all(one.tab for one in places(state))
    hands = [one.hand for one in state.members.values() if one.hand is not None]
    assert len(set(hands)) == len(hands) and max(hands, default=0) <= state.hands
    assert set(state.members) <= state.admitted and set(state.removed) <= set(state.turned_away)
    if state.phase == "running":
        assert state.meeting is not None and state.started_at is not None
        assert (state.empty_since is None) == any(one.lost_at is None for one in state.members.values())
        anybody_lost = any(one.lost_at is not None for one in places(state))
        assert (next_deadline(state) is not None) == (anybody_lost or state.empty_since is not None)
    else:
        assert not state.members and not state.waiting and not state.chat and next_deadline(state) is None


@given(st.sampled_from([[], OPENING]), st.lists(some_step, max_size=25))
@settings(max_examples=300)
def test_who_follows_the_events_sees_what_who_reloads_sees(beginning: list[e.AnyEvent], steps: list[Step]) -> None:
    happened = walk(beginning, steps)
    for viewer in VIEWERS:
        state, seen = NOTHING, snapshot(NOTHING, viewer)
        for event in happened:
            seen = apply(seen, project(state, event, viewer))
            state = evolve(state, event)
            assert seen == snapshot(state, viewer)


@given(st.lists(some_step, min_size=5, max_size=30))
@settings(max_examples=200)
def test_who_is_not_inside_learns_of_nobody(steps: list[Step]) -> None:
    happened = walk(OPENING, steps)
    state = NOTHING
    for event in happened:
        after = evolve(state, event)
        for viewer in VIEWERS:
            me = after.members.get(viewer.who)
            if me is None or me.tab != viewer.tab:
                seen, _ = snapshot(after, viewer)
                assert seen == View(after.phase, after.meeting, after.title, after.started_at)
                told, _ = project(state, event, viewer)
                assert not told.members and not told.waiting and not (told.chat if isinstance(told, View) else told.said)
            elif me.role != "host":
                assert not snapshot(after, viewer)[0].waiting
        state = after
