"""Contributions: on what they are given, threads, suggested wording, changes, and what is entered for others; one sentence a test."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contributing import check_support
from consultations.decide import decide
from consultations.evolve import evolve, replay
from consultations.state import Consultation, Moderation
from server.kernel.ids import AgencyId, ContributionId, NodeId, PersonId
from server.kernel.refused import Refused

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = frozenset({"contribute", "edit_own", "withdraw_own", "support", "enter_for_others", "publish_consultation", "close_consultation"})
DIEU, KHOAN = NodeId("n1"), NodeId("n2")
SHA = "0" * 64


def at(person: int = 1, id: int = 10, now: datetime = NOON) -> Context:
    return Context(now, PersonId(person), ALL, new_id=id)


def opened(moderation: Moderation = "after") -> Consultation:
    return replay(
        [
            e.Created(AgencyId(1), "Dự thảo", "", "Tóm tắt", ""),
            e.TextPlaced({DIEU: DIEU, KHOAN: DIEU}, 1, SHA),
            e.Published("open", NOON - DAY, NOON + DAY, moderation, "hidden"),
        ]
    )


def after(state: Consultation, command: c.Command, context: Context) -> Consultation:
    for event in decide(state, command, context):
        state = evolve(state, event)
    return state


def refusal(state: Consultation, command: c.Command, context: Context) -> str:
    with pytest.raises(Refused) as refused:
        decide(state, command, context)
    return refused.value.code


def said(**changes: object) -> c.Contribute:
    return replace(c.Contribute(KHOAN, "Nên nói rõ hơn", "Người dân"), **changes)


def one(state: Consultation, id: int = 10) -> object:
    return state.contributions[ContributionId(id)]


def test_quoted_words_are_kept_as_they_stand_with_what_is_around_them() -> None:
    made = after(opened(), said(quote="từ  ngày", before="a" * 40, after="b" * 40), at()).contributions[ContributionId(10)]
    assert (made.quote, made.before, made.after, made.version) == ("từ  ngày", "a" * 32, "b" * 32, 1)


@pytest.mark.parametrize("changes", [{"node": None, "quote": "từ"}, {"quote": "x" * 2001}, {"quote": " "}, {"quote": "a\x00"}])
def test_a_quote_is_of_words_of_a_node(changes: dict[str, object]) -> None:
    assert refusal(opened(), said(**changes), at()) == "bad_quote"


def test_who_read_an_older_version_is_told_so_because_the_same_id_names_another_node_there() -> None:
    state = after(opened(), c.PlaceVersion(2, {DIEU: DIEU}, 1, SHA), at())
    assert refusal(state, said(node=DIEU), at()) == "text_changed"
    assert one(after(state, said(node=DIEU, version=2), at())) is not None
    assert one(after(state, said(node=None), at())) is not None


def test_a_version_is_placed_once_and_only_beside_a_text() -> None:
    state = after(opened(), c.PlaceVersion(2, {DIEU: DIEU}, 1, SHA), at())
    assert (state.version, state.questions) == (2, 1)
    assert refusal(state, c.PlaceVersion(2, {DIEU: DIEU}, 1, SHA), at()) == "conflict"
    assert refusal(evolve(opened(), e.TextPlaced({}, 1, SHA)), c.PlaceVersion(2, {DIEU: DIEU}, 1, SHA), at()) == "no_text"


def test_nobody_votes_on_a_version_placed_after_the_close() -> None:
    [event] = decide(opened(), c.PlaceVersion(2, {DIEU: DIEU}, 5, SHA), at(now=NOON + 2 * DAY))
    assert isinstance(event, e.VersionPlaced) and event.questions == 0


def test_threads_have_three_levels_and_stand_where_they_began() -> None:
    state = after(opened(), said(), at())
    state = after(state, said(node=None, parent=ContributionId(10), side="against"), at(2, 20))
    state = after(state, said(node=None, parent=ContributionId(20)), at(3, 30))
    deepest = state.contributions[ContributionId(30)]
    assert (deepest.depth, deepest.node, deepest.place, deepest.counts) == (2, KHOAN, DIEU, False)
    assert refusal(state, said(parent=ContributionId(30)), at(1, 40)) == "too_deep"


def test_only_what_everybody_can_see_is_answered() -> None:
    assert refusal(after(opened("before"), said(), at()), said(parent=ContributionId(10)), at(2, 20)) == "not_found"
    assert refusal(opened(), said(parent=ContributionId(99)), at()) == "not_found"


def test_suggested_wording_needs_no_explanation_but_the_words_it_replaces() -> None:
    suggesting = said(text="", suggestion="Trong 05 ngày làm việc", base=SHA)
    made = after(opened(), suggesting, at()).contributions[ContributionId(10)]
    assert (made.text, made.suggestion, made.base) == ("", "Trong 05 ngày làm việc", SHA)
    for wrong in (replace(suggesting, base=None), replace(suggesting, node=None), replace(suggesting, base="x")):
        assert refusal(opened(), wrong, at()) == "bad_input"
    assert refusal(opened(), said(text=""), at()) == "empty"


def test_an_author_changes_words_and_how_often_is_kept() -> None:
    state = after(after(opened(), said(), at()), c.Edit(ContributionId(10), "Cần nói rõ hơn"), at(now=NOON + timedelta(hours=1)))
    changed = state.contributions[ContributionId(10)]
    assert (changed.text, changed.revision, changed.edited_at) == ("Cần nói rõ hơn", 1, NOON + timedelta(hours=1))
    assert refusal(state, c.Edit(ContributionId(10), "Cần nói rõ hơn"), at()) == "already"
    assert refusal(state, c.Edit(ContributionId(10), "Lời khác"), at(2)) == "not_found"
    assert refusal(state, c.Edit(ContributionId(10), "Lời khác"), at(now=NOON + DAY)) == "wrong_phase"


def test_changed_words_are_moderated_again() -> None:
    state = after(opened("before"), said(), at())
    state = evolve(state, e.Ruled(ContributionId(10), "visible", None, ""))
    assert after(state, c.Edit(ContributionId(10), "Lời khác"), at()).contributions[ContributionId(10)].state == "waiting"


@pytest.mark.parametrize(
    ("kind", "name", "verified"),
    [
        ("agency", "Sở Tư pháp", True),
        ("front", "SỞ TƯ PHÁP", True),
        ("agency", "Sở Nội vụ", False),
        ("organisation", "Sở Tư pháp", False),
        ("citizen", "Sở Tư pháp", False),
    ],
)
def test_verified_is_who_speaks_as_the_agency_in_which_they_hold_a_role(kind: str, name: str, verified: bool) -> None:
    context = replace(at(), may=ALL | {"speak_for_agency"}, speaks_for=frozenset({"Sở Tư  pháp", "Department of Justice"}))
    assert after(opened(), said(kind=kind, name=name), context).contributions[ContributionId(10)].verified is verified


def entry(key: str, **changes: object) -> c.Entry:
    return replace(c.Entry(None, "Đồng ý", "Một hộ dân", "citizen", "Hội nghị tổ dân phố", key), **changes)


def test_what_is_entered_for_others_has_no_author_and_says_where_it_comes_from() -> None:
    state = after(opened(), c.Enter((entry("phiếu 1"), entry("phiếu 2", kind="front")), "assisted"), at(5))
    first, second = state.contributions.values()
    assert (first.author, first.entered_by, first.channel, first.source, first.verified) == (
        None,
        5,
        "assisted",
        "Hội nghị tổ dân phố",
        False,
    )
    assert (second.kind, second.source_key, second.id) == ("front", "phiếu 2", 11)


def test_the_same_source_is_entered_once() -> None:
    state = after(opened(), c.Enter((entry("phiếu 1"), entry(" phiếu 1 ")), "imported"), at())
    assert len(state.contributions) == 1
    assert decide(state, c.Enter((entry("phiếu 1", text="Lời khác"),), "imported"), at(id=20)) == []


def test_paper_opinions_are_entered_after_the_close_too_and_not_after_the_answers() -> None:
    entering = c.Enter((entry("phiếu 1"),), "assisted")
    assert len(decide(opened(), entering, at(now=NOON + 2 * DAY))) == 1
    assert refusal(evolve(opened(), e.Archived(NOON)), entering, at()) == "wrong_phase"
    assert refusal(opened(), c.Enter((), "assisted"), at()) == "too_many_entries"


def test_one_supports_what_others_say_while_it_is_visible_and_open() -> None:
    state = after(opened(), said(), at())
    check_support(state, ContributionId(10), at(2))
    for context, code in ((at(1), "not_allowed"), (at(2, now=NOON + DAY), "wrong_phase")):
        with pytest.raises(Refused, match=code):
            check_support(state, ContributionId(10), context)
    with pytest.raises(Refused, match="not_found"):
        check_support(evolve(state, e.Ruled(ContributionId(10), "hidden", "insult", "Vì")), ContributionId(10), at(2))
