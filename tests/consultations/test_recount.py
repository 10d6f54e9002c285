"""What is published beside what the rows give: equal, or named."""

from typing import Any

from consultations.recount import recount

ABOUT = {"contributions": 2}
CONTRIBUTIONS: list[dict[str, Any]] = [
    {"id": 1, "parent": None, "kind": "citizen", "channel": "online", "verified": True, "outcome": "noted"},
    {"id": 2, "parent": None, "kind": "business", "channel": "imported", "verified": False, "outcome": None},
    {"id": 3, "parent": 1, "kind": "citizen", "channel": "online", "verified": True, "outcome": None},
]
LOG = [{"what": "contributed", "detail": {"contribution": number}} for number in (1, 2, 3, 4)]


def number(by: str, code: str, contributions: int | None = None, answers: int | None = None) -> dict[str, Any]:
    return {"by": by, "code": code, "people": None, "contributions": contributions, "answers": answers}


def total(question: int, kind: str, choice: int, people: int, place: int | None = None) -> dict[str, Any]:
    return {"question": question, "part": "poll", "kind": kind, "choice": choice, "place": place, "people": people}


def different(numbers: list[dict[str, Any]], totals: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(one.what, one.published, one.counted) for one in recount(ABOUT, CONTRIBUTIONS, totals, numbers, LOG) if not one.equal]


def test_contributions_are_counted_by_each_of_their_sorts_and_answers_to_them_apart() -> None:
    right = [
        *(number("all", "heard", 2), number("all", "replies", 1), number("kind", "citizen", 1), number("channel", "imported", 1)),
        *(number("verified", "verified", 1), number("verified", "unverified", 1), number("outcome", "noted", 1)),
    ]
    assert different(right, []) == []
    for position, line in enumerate(right):
        wrong = [*right[:position], line | {"contributions": 7}, *right[position + 1 :]]
        [(what, published, counted)] = different(wrong, [])
        assert (what, published, counted) == (f"contributions, {line['by']} {line['code']}", 7, line["contributions"])


def test_what_is_withheld_is_not_counted() -> None:
    assert different([number("kind", "citizen"), number("part", "poll")], []) == []


def test_people_answer_a_choice_once_and_several_choices_are_no_sum() -> None:
    totals = [
        total(1, "single", 0, 4),
        total(1, "single", 1, 3),
        total(2, "several", 0, 5),
        total(2, "several", 1, 6),
        total(2, "several", -1, 6),
    ]
    assert different([number("part", "poll", answers=13)], totals) == []
    assert different([number("part", "poll", answers=18)], totals) == [("answers, part poll", 18, 13)]


def test_each_place_of_an_order_is_given_by_all_who_answered() -> None:
    places = [total(1, "rank", 0, 2, 1), total(1, "rank", 1, 3, 1), total(1, "rank", 0, 3, 2), total(1, "rank", 1, 1, 2)]
    assert different([], [total(1, "rank", -1, 5), *places]) == [("question 1, place 2", 5, 4)]


def test_a_contribution_that_the_public_log_does_not_know_is_noticed() -> None:
    found = recount(ABOUT, CONTRIBUTIONS, [], [], LOG[:2])
    assert [(one.published, one.counted) for one in found if not one.equal] == [(3, 2)]
