"""The laws of a consultation: replaying gives the state, following equals reloading, and only refusals are raised."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from consultations import commands as c
from consultations import events as e
from consultations.contribution import DEEPEST
from consultations.decide import Context, decide
from consultations.evolve import evolve, replay
from consultations.papers import MEDIA_TYPES
from consultations.phases import moves
from consultations.questions import Asked
from consultations.state import NOTHING, RULES, Consultation, next_due
from consultations.view import MODERATOR, PUBLIC, Viewer, apply, look, project, snapshot
from server.kernel.ids import AgencyId, ContributionId, NodeId, PaperId, PersonId, QuestionId
from server.kernel.refused import Refused

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
ALL = frozenset(
    {
        "create_consultation",
        "edit_consultation",
        "publish_consultation",
        "close_consultation",
        "contribute",
        "withdraw_own",
        "erase_own",
        "rule",
        "edit_own",
        "enter_for_others",
        "appeal",
        "decide_appeal",
        "dispose",
        "publish_answers",
        "run_polls",
    }
)
PLACES = {NodeId("n1"): NodeId("n1"), NodeId("n2"): NodeId("n1"), NodeId("n3"): NodeId("n3")}
NEXT = {NodeId("n1"): NodeId("n1"), NodeId("n2"): NodeId("n2")}
VIEWERS = [PUBLIC, MODERATOR, Viewer(person=PersonId(1)), Viewer(person=PersonId(2)), Viewer("moderator", PersonId(1))]

words = st.text(max_size=40) | st.sampled_from(["Tôi đồng ý", "", "   ", "\u202e\u0000", "a" * 6000])
some_contribution = st.integers(1, 12).map(lambda number: ContributionId(10 * number))
some_node = st.sampled_from([None, NodeId("n1"), NodeId("n2"), NodeId("n3"), NodeId("x")])
some_contributing = st.builds(
    c.Contribute,
    node=some_node,
    text=words,
    name=words,
    version=st.integers(1, 2),
    quote=words,
    before=words,
    after=words,
    parent=st.none() | some_contribution,
    side=st.sampled_from([None, "for", "against"]),
    suggestion=st.none() | words,
    base=st.sampled_from([None, "0" * 64]),
)
some_asked = st.builds(
    Asked,
    kind=st.sampled_from(["single", "several", "rank", "scale", "text"]),
    text=words,
    labels=st.sampled_from([(), ("Có", "Không"), ("Có", "Có "), ("Một",)]),
    most=st.none() | st.integers(-1, 3),
)
some_entry = st.builds(
    c.Entry,
    node=some_node,
    text=words,
    name=words,
    kind=st.sampled_from(["citizen", "front"]),
    source=words,
    source_key=st.sampled_from(["a", "b", "c", ""]),
)
some_command = st.one_of(
    st.builds(c.Create, agency=st.just(AgencyId(1)), title=words),
    st.builds(c.Describe, title=words, title_en=words, summary=words, summary_en=words),
    st.builds(c.PlaceText, places=st.just(PLACES), questions=st.integers(0, 3), sha256=st.just("0" * 64)),
    st.builds(
        c.Publish,
        opens_at=st.none() | st.integers(-3, 3).map(lambda days: NOON + timedelta(days=days)),
        closes_at=st.integers(-3, 6).map(lambda days: NOON + timedelta(days=days)),
        moderation=st.sampled_from(["after", "before"]),
        tallies=st.sampled_from(["live", "hidden"]),
        document=st.sampled_from(["other", "other", "decree"]),
    ),
    st.builds(c.Close, reason=words),
    st.builds(c.Suspend, reason=words),
    st.just(c.Resume()),
    st.builds(c.Cancel, reason=words),
    st.just(c.Archive()),
    st.builds(
        c.AddPaper,
        kind=st.just("submission"),
        title=words,
        file_name=words,
        media_type=st.sampled_from([*MEDIA_TYPES, "text/html"]),
        size=st.integers(-1, 30 << 20),
        sha256=st.just("0" * 64),
    ),
    st.builds(c.RemovePaper, paper=st.integers(1, 12).map(lambda number: PaperId(10 * number))),
    st.just(c.Tick()),
    st.builds(c.PlaceVersion, number=st.integers(1, 4), places=st.just(NEXT), questions=st.integers(0, 3), sha256=st.just("0" * 64)),
    some_contributing,
    some_contributing,
    st.builds(c.Enter, entries=st.lists(some_entry, max_size=3).map(tuple), channel=st.sampled_from(["assisted", "imported"])),
    st.builds(c.Edit, contribution=some_contribution, text=words, suggestion=st.none() | words),
    st.builds(c.Withdraw, contribution=some_contribution),
    st.builds(c.Erase, contribution=some_contribution),
    st.builds(
        c.RuleMany,
        contributions=st.lists(some_contribution, max_size=4).map(tuple),
        ruling=st.sampled_from(["publish", "hide", "restore"]),
        rule=st.sampled_from([None, *RULES]),
        reason=words,
    ),
    st.just(c.UndoRulings(())),
    st.builds(c.Appeal, contribution=some_contribution, reason=words),
    st.builds(c.DecideAppeal, contribution=some_contribution, granted=st.booleans(), reason=words),
    st.builds(
        c.Dispose,
        contributions=st.lists(some_contribution, max_size=4).map(tuple),
        outcome=st.sampled_from(["accepted", "not_accepted", "noted"]),
        explanation=words,
        node=some_node,
    ),
    st.just(c.PublishAnswers()),
    st.builds(c.Ask, questions=st.lists(some_asked, max_size=2).map(tuple)),
    st.builds(c.AddPoll, question=some_asked),
    st.builds(c.OpenPoll, question=some_contribution.map(lambda number: QuestionId(int(number)))),
    st.builds(c.ClosePoll, question=some_contribution.map(lambda number: QuestionId(int(number)))),
    st.builds(
        c.Rule,
        contribution=some_contribution,
        ruling=st.sampled_from(["publish", "hide", "restore"]),
        rule=st.sampled_from([None, "no_such_rule", *RULES]),
        reason=words,
    ),
)
some_step = st.tuples(
    some_command,
    st.sampled_from([None, PersonId(1), PersonId(2), PersonId(3)]),
    st.frozensets(st.sampled_from(sorted(ALL)), min_size=4) | st.just(ALL),
    st.integers(0, 200),
)
MOVES = {(before, after) for before, _, after in moves()}
# A consultation that is open from the start lets most of a short random walk do something.
OPENING: list[e.AnyEvent] = [
    e.Created(AgencyId(1), "Dự thảo", "", "Tóm tắt", ""),
    e.TextPlaced(PLACES, 2, "0" * 64),
    e.Published("open", NOON - timedelta(days=1), NOON + timedelta(days=5), "after", "live", "decree", "2025-decree"),
]


def walk(beginning: list[e.AnyEvent], steps: list[tuple[c.Command, PersonId | None, frozenset[str], int]]) -> list[e.AnyEvent]:
    """All events of a random walk, time never running backwards. Anything but a refusal fails the test."""
    happened = list(beginning)
    state = replay(happened)
    now = NOON
    ruled: tuple[e.Ruled, ...] = ()
    for number, (asked, by, may, minutes) in enumerate(steps, start=1):
        command, person = asked, by
        if isinstance(asked, c.UndoRulings):  # what the last rulings did, at once and by whoever made them
            command, person = c.UndoRulings(ruled), ruled[0].by if ruled else by
        else:
            now += timedelta(minutes=minutes)
        try:
            events = decide(state, command, Context(now, person, may, new_id=10 * number))
        except Refused:
            continue
        ruled = tuple(event for event in events if isinstance(event, e.Ruled)) or ruled
        for event in events:
            happened.append(event)
            before, state = state.phase, evolve(state, event)
            assert before == state.phase or (before, state.phase) in MOVES
        assert state == replay(happened)
        check_invariants(state)
    return happened


def check_invariants(state: Consultation) -> None:
    if state.phase != "draft":
        assert state.opens_at is not None and state.closes_at is not None and (state.questions > 0 or state.asked > 0 or state.version > 1)
    for one in state.contributions.values():
        said = (one.text or one.suggestion) and one.name
        assert said if one.erased_at is None else not (one.text or one.suggestion or one.name or one.reason or one.appeal_reason)
        assert one.erased_at is None or one.state in ("visible", "withdrawn")
        assert one.node is None or (PLACES if one.version == 1 else NEXT)[one.node] == one.place
        assert (one.author is None) == (one.source_key is not None)
        parent = None if one.parent is None else state.contributions[one.parent]
        assert one.depth == (0 if parent is None else parent.depth + 1) <= DEEPEST
        assert one.appeal is None or one.appealed_at is not None
        assert one.appeal != "open" or one.state in ("hidden", "withdrawn")
        assert one.disposition is None or one.parent is None
    keys = [one.source_key for one in state.contributions.values() if one.source_key is not None]
    assert len(keys) == len(set(keys))
    for one in state.contributions.values():
        assert one.state != "hidden" or (one.rule in RULES and one.reason)
    assert (state.phase == "suspended") == (state.suspended_at is not None)
    if state.phase in ("announced", "open"):
        assert next_due(state) is not None
    elif state.phase != "closed":
        assert next_due(state) is None


@given(st.sampled_from([[], OPENING]), st.lists(some_step, max_size=25))
@settings(max_examples=150, deadline=None)
def test_who_follows_the_events_sees_what_who_reloads_sees(
    beginning: list[e.AnyEvent], steps: list[tuple[c.Command, PersonId | None, frozenset[str], int]]
) -> None:
    happened = walk(beginning, steps)
    for viewer in VIEWERS:
        state, view = NOTHING, snapshot(NOTHING, viewer)
        for event in happened:
            view = apply(view, project(state, event, viewer))
            state = evolve(state, event)
            assert view == snapshot(state, viewer)


@given(st.lists(some_step, min_size=5, max_size=40))
@settings(max_examples=100, deadline=None)
def test_the_public_never_sees_what_was_hidden_withdrawn_or_not_yet_published(
    steps: list[tuple[c.Command, PersonId | None, frozenset[str], int]],
) -> None:
    state = replay(walk(OPENING, steps))
    for one in state.contributions.values():
        seen = look(one, PUBLIC)
        assert (seen is None) == (one.state != "visible")
        assert seen is None or (seen.rule is None and seen.reason == "")
