"""Rulings, appeals, and the agency's answers, one sentence a test."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contribution import Contribution, Outcome, Visibility
from consultations.decide import decide
from consultations.evolve import evolve, replay
from consultations.log import public_entry
from consultations.moderating import appeal_due, appeal_ends, ruling_due
from consultations.state import Consultation
from server.kernel.ids import AgencyId, ContributionId, NodeId, PersonId
from server.kernel.refused import Refused

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ALL = frozenset({"rule", "appeal", "decide_appeal", "dispose", "publish_answers", "edit_own", "withdraw_own"})
DIEU, KHOAN = NodeId("n1"), NodeId("n2")
AUTHOR, OTHER, RULER, COLLEAGUE, EDITOR = 1, 2, 3, 4, 5


def at(person: int, now: datetime = NOON) -> Context:
    return Context(now, PersonId(person), ALL, new_id=50)


def given(number: int, state: Visibility = "visible", parent: int | None = None, author: int = AUTHOR) -> e.Contributed:
    depth = 0 if parent is None else 1
    above = None if parent is None else ContributionId(parent)
    return e.Contributed(
        Contribution(
            ContributionId(number),
            KHOAN,
            DIEU,
            PersonId(author),
            "Người dân",
            "citizen",
            False,
            "Lời",
            NOON,
            state,
            parent=above,
            depth=depth,
        )
    )


def opened(*events: e.AnyEvent) -> Consultation:
    return replay(
        [
            e.Created(AgencyId(1), "Dự thảo", "", "Tóm tắt", ""),
            e.TextPlaced({DIEU: DIEU, KHOAN: DIEU}, 1, "0" * 64),
            e.Published("open", NOON - DAY, NOON + DAY, "after", "hidden"),
            *events,
        ]
    )


def after(state: Consultation, command: c.Command, context: Context) -> Consultation:
    for event in decide(state, command, context):
        state = evolve(state, event)
    return state


def refusal(state: Consultation, command: c.Command, context: Context) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(state, command, context)
    return refused.value


HIDE = c.Rule(ContributionId(1), "hide", "insult", "Xúc phạm người khác")
APPEAL = c.Appeal(ContributionId(1), "Tôi chỉ nêu sự việc")


def hidden() -> Consultation:
    return after(opened(given(1)), HIDE, at(RULER))


def appealed() -> Consultation:
    return after(hidden(), APPEAL, at(AUTHOR, NOON + timedelta(hours=1)))


def test_only_the_author_appeals_and_once_and_within_fifteen_days() -> None:
    assert refusal(hidden(), APPEAL, at(OTHER)).code == "not_found"
    assert refusal(opened(given(1)), APPEAL, at(AUTHOR)).detail == {"state": "visible"}
    assert refusal(appealed(), APPEAL, at(AUTHOR)).detail == {"state": "appealed"}
    assert refusal(hidden(), APPEAL, at(AUTHOR, NOON + 15 * DAY)).code == "too_late"
    assert refusal(hidden(), c.Appeal(ContributionId(1), " "), at(AUTHOR)).code == "no_reason"


def test_an_appeal_is_decided_by_another_account_than_the_ruler_or_the_author() -> None:
    decision = c.DecideAppeal(ContributionId(1), True, "Nội dung không xúc phạm ai")
    for person in (RULER, AUTHOR):
        assert refusal(appealed(), decision, at(person)).code == "own_ruling"
    restored = after(appealed(), decision, at(COLLEAGUE)).contributions[ContributionId(1)]
    assert (restored.state, restored.appeal, restored.rule) == ("visible", "granted", None)
    assert refusal(hidden(), decision, at(COLLEAGUE)).code == "not_found"


def test_nobody_goes_around_an_appeal_with_another_ruling() -> None:
    assert refusal(appealed(), c.Rule(ContributionId(1), "restore"), at(RULER)).detail == {"state": "appealed"}
    granted = after(appealed(), c.DecideAppeal(ContributionId(1), True, "Đúng"), at(COLLEAGUE))
    assert refusal(granted, HIDE, at(RULER)).detail == {"state": "appealed"}


def test_new_words_after_a_granted_appeal_may_be_ruled_on_again() -> None:
    granted = after(appealed(), c.DecideAppeal(ContributionId(1), True, "Đúng"), at(COLLEAGUE))
    assert after(after(granted, c.Edit(ContributionId(1), "Lời khác"), at(AUTHOR)), HIDE, at(RULER)).contributions[1].state == "hidden"  # type: ignore[index]


def test_the_clocks_of_moderation_run_from_what_they_wait_for() -> None:
    waiting = opened(given(1, "waiting")).contributions[ContributionId(1)]
    assert ruling_due(waiting) == NOON + 2 * DAY
    assert appeal_ends(hidden().contributions[ContributionId(1)]) == NOON + 15 * DAY
    one = appealed().contributions[ContributionId(1)]
    assert (appeal_ends(one), appeal_due(one)) == (None, NOON + timedelta(hours=1) + 5 * DAY)


def test_many_are_ruled_on_at_once_and_those_that_cannot_be_are_left() -> None:
    state = opened(given(1), given(2, author=RULER), given(3), e.Withdrawn(ContributionId(3)), given(4))
    numbers = tuple(ContributionId(number) for number in (1, 2, 3, 4, 9, 1))
    ruled = decide(state, c.RuleMany(numbers, "hide", "advertising", "Quảng cáo"), at(RULER))
    assert [event.contribution for event in ruled if isinstance(event, e.Ruled)] == [1, 4]
    assert refusal(state, c.RuleMany(numbers, "hide", None, "Quảng cáo"), at(RULER)).code == "no_rule"
    assert refusal(state, c.RuleMany((ContributionId(9),), "hide", "insult", "Vì"), at(RULER)).code == "not_found"


def test_a_ruling_on_many_is_taken_back_for_a_quarter_of_an_hour_and_only_where_nothing_came_of_it() -> None:
    state = opened(given(1), given(2, "waiting"), given(3, "hidden"), given(4), given(5))
    hide = c.RuleMany(tuple(ContributionId(number) for number in (1, 2, 4, 5)), "hide", "advertising", "Quảng cáo")
    made = tuple(event for event in decide(state, hide, at(RULER)) if isinstance(event, e.Ruled))
    for event in made:
        state = evolve(state, event)
    undo, soon = c.UndoRulings(made), NOON + timedelta(minutes=14)
    state = after(state, c.Appeal(ContributionId(4), "Tôi chỉ nêu sự việc"), at(AUTHOR, NOON + timedelta(minutes=1)))
    state = after(state, c.Rule(ContributionId(5), "restore"), at(COLLEAGUE, NOON + timedelta(minutes=2)))
    assert refusal(state, undo, at(COLLEAGUE, soon)).code == "not_found"
    assert refusal(state, undo, at(RULER, NOON + timedelta(minutes=15))).code == "undo_too_late"
    undone = decide(state, undo, at(RULER, soon))
    assert [(one.contribution, one.state, one.undoes) for one in undone if isinstance(one, e.Ruled)] == [
        (1, "visible", True),
        (2, "waiting", True),
    ]
    state = after(state, undo, at(RULER, soon))
    assert refusal(state, undo, at(RULER, soon)).code == "seen_otherwise"
    line = public_entry(
        9, soon, "ruled", {"contribution": 1, "state": "visible", "rule": None, "reason": "", "undoes": True, "was_reason": "Gọi tên"}
    )
    assert line is not None and line.detail == {"contribution": 1, "state": "visible", "rule": None, "undoes": True}


def test_a_restored_contribution_is_hidden_again_with_the_rule_and_reason_it_had() -> None:
    state = hidden()
    [made] = decide(state, c.RuleMany((ContributionId(1),), "restore"), at(RULER))
    assert isinstance(made, e.Ruled)
    state = after(evolve(state, made), c.UndoRulings((made,)), at(RULER))
    one = state.contributions[ContributionId(1)]
    assert (one.state, one.rule, one.reason) == ("hidden", "insult", "Xúc phạm người khác")


def test_who_hid_words_decides_no_appeal_about_it_though_a_colleague_restored_them_and_took_that_back() -> None:
    state = hidden()
    [made] = decide(state, c.RuleMany((ContributionId(1),), "restore"), at(COLLEAGUE))
    assert isinstance(made, e.Ruled)
    state = after(evolve(state, made), c.UndoRulings((made,)), at(COLLEAGUE))
    state = after(state, c.Appeal(ContributionId(1), "Tôi chỉ nêu sự việc"), at(AUTHOR))
    decision = c.DecideAppeal(ContributionId(1), False, "Giữ nguyên")
    assert refusal(state, decision, at(RULER)).code == "own_ruling"
    assert decide(state, decision, at(COLLEAGUE))


def test_what_a_second_account_decided_on_an_appeal_is_not_undone_by_the_first() -> None:
    state = opened(given(1))
    [made] = decide(state, c.RuleMany((ContributionId(1),), "hide", "insult", "Xúc phạm người khác"), at(RULER))
    assert isinstance(made, e.Ruled)
    minute = NOON + timedelta(minutes=1)
    state = after(evolve(state, made), c.Appeal(ContributionId(1), "Tôi chỉ nêu sự việc"), at(AUTHOR, minute))
    state = after(state, c.DecideAppeal(ContributionId(1), False, "Giữ nguyên"), at(COLLEAGUE, minute))
    assert refusal(state, c.UndoRulings((made,)), at(RULER, minute)).code == "seen_otherwise"


def test_a_group_shares_one_answer_and_a_later_answer_takes_its_place() -> None:
    state = opened(given(1), given(2))
    both = c.Dispose((ContributionId(1), ContributionId(2)), "not_accepted", "Luật đã quy định")
    state = after(state, both, at(EDITOR))
    assert {one.disposition for one in state.contributions.values()} == {50}
    [event] = decide(state, c.Dispose((ContributionId(1),), "accepted", ""), at(EDITOR))
    assert isinstance(event, e.Disposed) and event.outcome == "accepted"


@pytest.mark.parametrize(("outcome", "needed"), [("accepted", False), ("noted", False), ("partly_accepted", True), ("not_accepted", True)])
def test_what_is_not_accepted_whole_is_explained(outcome: Outcome, needed: bool) -> None:
    command = c.Dispose((ContributionId(1),), outcome, " ")
    if needed:
        assert refusal(opened(given(1)), command, at(EDITOR)).code == "no_explanation"
    else:
        assert len(decide(opened(given(1)), command, at(EDITOR))) == 1


def test_only_visible_opinions_are_answered_and_answers_to_them_are_not() -> None:
    state = opened(given(1), given(2, parent=1), given(3, "waiting"))
    for number in (2, 3, 9):
        assert refusal(state, c.Dispose((ContributionId(number),), "noted", ""), at(EDITOR)).code == "not_found"


def test_nobody_answers_words_that_were_edited_since_they_read_them() -> None:
    state = opened(given(1), given(2))
    seen = tuple(one.stand for one in state.contributions.values())
    both = c.Dispose((ContributionId(1), ContributionId(2)), "noted", "", seen=seen)
    assert len(decide(state, both, at(EDITOR))) == 1
    state = after(state, c.Edit(ContributionId(2), "Lời khác"), at(AUTHOR))
    assert refusal(state, both, at(EDITOR)).code == "seen_otherwise"
    state = after(state, c.Dispose((ContributionId(2),), "noted", "", seen=(state.contributions[ContributionId(2)].stand,)), at(EDITOR))
    assert state.contributions[ContributionId(2)].disposition is not None
    assert refusal(state, replace(both, seen=seen[:1]), at(EDITOR)).code == "bad_input"


def test_an_answer_points_to_a_node_of_a_later_version_only() -> None:
    pointing = c.Dispose((ContributionId(1),), "accepted", "", DIEU)
    assert refusal(opened(given(1)), pointing, at(EDITOR)).code == "not_found"
    [event] = decide(opened(given(1), e.VersionPlaced(2, {DIEU: DIEU}, 0, "0" * 64)), pointing, at(EDITOR))
    assert isinstance(event, e.Disposed) and (event.version, event.node) == (2, DIEU)


def test_answers_are_not_published_while_one_is_lacking_or_waits() -> None:
    state = opened(given(1), given(2), given(3, "waiting"), given(4, parent=1), given(5, "hidden"), e.Closed(NOON, "Vì"))
    state = after(state, c.Dispose((ContributionId(1),), "noted", ""), at(EDITOR))
    refused = refusal(state, c.PublishAnswers(), at(EDITOR))
    assert (refused.code, refused.detail) == ("unanswered", {"count": 2, "contributions": [2, 3]})
    state = evolve(state, e.Ruled(ContributionId(3), "hidden", "insult", "Vì"))
    state = after(state, c.Dispose((ContributionId(2),), "accepted", ""), at(EDITOR))
    assert after(state, c.PublishAnswers(), at(EDITOR)).phase == "answered"


def test_a_published_answer_is_not_changed_and_what_is_restored_later_is_still_answered() -> None:
    state = opened(given(1), given(2, "hidden"), e.Closed(NOON, "Vì"))
    state = after(after(state, c.Dispose((ContributionId(1),), "noted", ""), at(EDITOR)), c.PublishAnswers(), at(EDITOR))
    assert refusal(state, c.Dispose((ContributionId(1),), "accepted", ""), at(EDITOR)).detail == {"state": "answered"}
    state = evolve(state, e.Ruled(ContributionId(2), "visible", None, ""))
    [late] = decide(state, c.Dispose((ContributionId(2),), "noted", ""), at(EDITOR))
    assert isinstance(late, e.Disposed) and late.late, "and it is public at once"


def test_the_public_log_tells_acts_and_no_names_words_or_answers_in_hand() -> None:
    made = {"id": 7, "node": "n2", "name": "Tên", "author": 3, "kind": "citizen", "verified": False, "text": "Lời"}
    line = public_entry(5, NOON, "contributed", {"contribution": made})
    assert line is not None and not {"name", "author", "text"} & set(line.detail) and line.detail["contribution"] == 7
    ruled = public_entry(6, NOON, "ruled", {"contribution": 7, "state": "hidden", "rule": "insult", "reason": "Gọi tên ông A", "by": 4})
    assert ruled is not None and ruled.detail == {"contribution": 7, "state": "hidden", "rule": "insult"}
    written = {"disposition": 3, "contributions": [7], "outcome": "noted", "explanation": "x", "late": False}
    assert public_entry(7, NOON, "disposed", written) is None
    late = public_entry(7, NOON, "disposed", written | {"late": True})
    assert late is not None and late.detail == {"contributions": [7], "outcome": "noted"}
    assert public_entry(8, NOON, "described", {}) is None
