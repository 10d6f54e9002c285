"""Questionnaires and polls, one sentence a test."""

from datetime import UTC, datetime, timedelta

import pytest

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.decide import decide
from consultations.evolve import evolve, replay
from consultations.questions import Asked, check_asked, check_response
from consultations.state import Consultation
from server.kernel.ids import AgencyId, PersonId, QuestionId
from server.kernel.refused import Refused

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
EDITOR = frozenset({"edit_consultation", "publish_consultation", "run_polls"})
COLOURS = Asked("several", "Màu nào?", ("Đỏ", "Vàng", "Xanh"), 2)
ORDER = Asked("rank", "Thứ tự?", ("Đỏ", "Vàng", "Xanh"))
WORDS = Asked("text", "Vì sao?")
POLL = QuestionId(7)


def at(now: datetime = NOON) -> Context:
    return Context(now, PersonId(1), EDITOR, new_id=7)


def drafted() -> Consultation:
    return replay([e.Created(AgencyId(1), "Khảo sát", "", "Tóm tắt", "")])


def opened(*events: e.AnyEvent) -> Consultation:
    published = e.Published("open", NOON - DAY, NOON + DAY, "after", "hidden")
    return replay([e.Created(AgencyId(1), "Khảo sát", "", "Tóm tắt", ""), e.QuestionsAsked((WORDS,)), published, *events])


def refusal(state: Consultation, command: c.Command, context: Context) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(state, command, context)
    return refused.value


def test_a_questionnaire_alone_may_be_published_and_is_fixed_then() -> None:
    [asked] = decide(drafted(), c.Ask((COLOURS, WORDS)), at())
    state = evolve(drafted(), asked)
    assert len(decide(state, c.Publish(None, NOON + DAY, "after", "live"), at())) == 1
    assert refusal(opened(), c.Ask((WORDS,)), at()).code == "wrong_phase"


@pytest.mark.parametrize(
    "asked",
    [
        Asked("single", "Một?", ("Có",)),
        Asked("single", "Giống?", ("Có", " Có ")),
        Asked("text", "Chữ?", ("Có", "Không")),
        Asked("several", "Nhiều?", ("Có", "Không"), 3),
        Asked("rank", "Thứ tự?", ("Có", "Không"), 1),
        Asked("scale", "Quá nhiều?", tuple(map(str, range(21)))),
    ],
    ids=lambda asked: asked.text,
)
def test_a_question_has_options_that_can_be_told_apart(asked: Asked) -> None:
    with pytest.raises(Refused, match="bad_question"):
        check_asked(asked)


@pytest.mark.parametrize(
    ("asked", "given", "kept"),
    [
        (COLOURS, [2, 0], [0, 2]),
        (COLOURS, [], None),
        (COLOURS, [0, 1, 2], None),
        (COLOURS, [0, 0], None),
        (COLOURS, [3], None),
        (COLOURS, [-1], None),
        (ORDER, [2, 0, 1], [2, 0, 1]),
        (ORDER, [0, 1], None),
        (Asked("single", "Một?", ("Có", "Không")), [0], None),
    ],
)
def test_a_response_names_options_of_its_question(asked: Asked, given: list[int], kept: list[int] | None) -> None:
    if kept is not None:
        assert check_response(asked, given, "") == (kept, "")
    else:
        with pytest.raises(Refused, match="bad_choice"):
            check_response(asked, given, "")


def test_a_question_of_words_takes_words_only() -> None:
    assert check_response(WORDS, [], " Vì  rõ ") == ([], "Vì rõ")
    for choices, text, code in (([0], "Vì", "bad_choice"), ([], " ", "empty")):
        with pytest.raises(Refused, match=code):
            check_response(WORDS, choices, text)


def test_a_poll_is_opened_and_closed_once_while_people_are_consulted() -> None:
    state = opened(e.PollAdded(POLL, COLOURS))
    assert refusal(state, c.ClosePoll(POLL), at()).detail == {"state": "waiting"}
    state = evolve(state, *decide(state, c.OpenPoll(POLL), at()))
    assert refusal(state, c.OpenPoll(POLL), at()).detail == {"state": "open"}
    state = evolve(state, *decide(state, c.ClosePoll(POLL), at()))
    assert refusal(state, c.OpenPoll(POLL), at()).detail == {"state": "closed"}
    assert refusal(state, c.OpenPoll(QuestionId(8)), at()).code == "not_found"
    assert refusal(state, c.OpenPoll(POLL), at(NOON + DAY)).code == "wrong_phase"
