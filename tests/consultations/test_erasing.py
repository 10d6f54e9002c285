"""Erasing on demand: the words go for ever, the place and the numbers stay."""

import pytest

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.contributing import check_flag, check_support
from consultations.contribution import Visibility
from consultations.decide import decide
from consultations.evolve import evolve
from consultations.log import public_entry
from consultations.report import ERASED_NAME, erased_words
from consultations.state import Consultation, Phase
from consultations.view import PUBLIC, snapshot
from server.kernel.ids import ContributionId, PersonId
from server.kernel.refused import Refused
from tests.consultations.test_answering import AUTHOR, DAY, DIEU, NOON, OTHER, RULER, given, opened

MAY = frozenset({"contribute", "edit_own", "withdraw_own", "erase_own", "rule", "appeal", "dispose", "support", "flag"})
ONE = ContributionId(1)


def at(person: int) -> Context:
    return Context(NOON, PersonId(person), MAY, new_id=50)


def erased(state: Consultation) -> Consultation:
    [event] = decide(state, c.Erase(ONE), at(AUTHOR))
    return evolve(state, event)


def refusal(state: Consultation, command: c.Command, person: int) -> tuple[str, object]:
    with pytest.raises(Refused) as refused:
        decide(state, command, at(person))
    return refused.value.code, refused.value.detail.get("state")


def test_the_words_and_the_name_go_and_the_place_and_the_total_stay() -> None:
    state = opened(given(1), given(2, parent=1, author=OTHER))
    after = erased(state)
    one = after.contributions[ONE]
    assert (one.text, one.name, one.suggestion, one.state, one.erased_at) == ("", "", None, "visible", NOON)
    assert (one.place, one.kind, one.author, one.counts) == (DIEU, "citizen", AUTHOR, True)
    assert snapshot(after, PUBLIC).totals == snapshot(state, PUBLIC).totals == {DIEU: 1}
    assert snapshot(after, PUBLIC).seen[ONE].erased_at == NOON, "everybody sees that something was here"


@pytest.mark.parametrize("was", ["waiting", "hidden", "withdrawn"])
def test_what_nobody_could_see_leaves_no_place(was: Visibility) -> None:
    after = erased(opened(given(1, was)))
    assert (after.contributions[ONE].state, after.contributions[ONE].text) == ("withdrawn", "")
    assert ONE not in snapshot(after, PUBLIC).seen


@pytest.mark.parametrize("phase", ["open", "suspended", "closed", "answered", "archived", "cancelled"])
def test_it_can_be_demanded_as_long_as_the_words_are_kept(phase: Phase) -> None:
    phases: dict[Phase, list[e.AnyEvent]] = {
        "open": [],
        "suspended": [e.Suspended(NOON, "Chờ")],
        "closed": [e.Closed(NOON, "")],
        "answered": [e.Closed(NOON, ""), e.Answered(NOON)],
        "archived": [e.Closed(NOON, ""), e.Answered(NOON), e.Archived(NOON)],
        "cancelled": [e.Cancelled(NOON, "Thôi")],
    }
    assert erased(opened(given(1), *phases[phase])).contributions[ONE].erased_at == NOON


def test_only_the_author_may_and_only_once() -> None:
    state = opened(given(1))
    assert refusal(state, c.Erase(ONE), OTHER) == ("not_found", None)
    assert refusal(state, c.Erase(ContributionId(9)), AUTHOR) == ("not_found", None)
    assert refusal(erased(state), c.Erase(ONE), AUTHOR) == ("already", "erased")


def test_nothing_is_done_any_more_to_words_that_are_gone() -> None:
    state = erased(opened(given(1)))
    already = ("already", "erased")
    assert refusal(state, c.Edit(ONE, "Lời khác"), AUTHOR) == already
    assert refusal(state, c.Withdraw(ONE), AUTHOR) == already
    assert refusal(state, c.Contribute(None, "Đồng ý", "Bạn", parent=ONE), OTHER) == already
    assert refusal(state, c.Rule(ONE, "hide", "insult", "Xúc phạm"), RULER) == already
    for check in (
        lambda: check_support(state, ONE, at(OTHER)),
        lambda: check_flag(state, ONE, "insult", "", at(OTHER)),
    ):
        with pytest.raises(Refused, match="already"):
            check()


def test_a_ruling_on_many_cannot_be_taken_back_from_what_was_erased_since() -> None:
    ruled = e.Ruled(ONE, "visible", None, "", PersonId(RULER), NOON, "hidden", "insult", "Xúc phạm", PersonId(RULER))
    assert refusal(erased(opened(given(1, "hidden"), ruled)), c.UndoRulings((ruled,)), RULER) == ("seen_otherwise", None)


def test_of_erased_words_no_more_is_answered_than_that_they_were_received() -> None:
    state = opened(given(1), given(2))
    read = (state.contributions[ONE].stand, state.contributions[ContributionId(2)].stand)
    state = erased(state)
    both = (ONE, ContributionId(2))
    assert refusal(state, c.Dispose(both, "noted", "", seen=read), 5)[0] == "seen_otherwise", "nobody answers words they have not read"
    assert refusal(state, c.Dispose(both, "accepted", ""), 5)[0] == "words_erased"
    [event] = decide(state, c.Dispose(both, "noted", ""), at(5))
    assert evolve(state, event).contributions[ONE].disposition == 50


def test_an_answer_given_before_stays() -> None:
    state = opened(given(1))
    [answer] = decide(state, c.Dispose((ONE,), "accepted", "Đúng"), at(5))
    assert erased(evolve(state, answer)).contributions[ONE].disposition == 50


def test_the_log_says_that_it_was_erased_and_the_report_when() -> None:
    line = public_entry(7, NOON, "erased", {"contribution": 1, "state": "visible", "revision": 1})
    assert line is not None and line.detail == {"contribution": 1}
    assert erased_words(NOON + DAY) == "(Nội dung đã được xóa theo yêu cầu của người góp ý ngày 3/11/2026.)"
    assert ERASED_NAME == "Người góp ý"
