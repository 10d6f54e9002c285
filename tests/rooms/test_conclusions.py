"""Conclusions with who is to do it and until when."""

from datetime import date

import msgspec
import pytest

from rooms.conclusions import (
    MOST_CONCLUSIONS,
    AnyConclusionEvent,
    Conclude,
    Conclusion,
    Conclusions,
    Context,
    StrikeConclusion,
    decide_conclusion,
    evolve_conclusions,
)
from server.kernel.ids import ConclusionId, ItemId
from server.kernel.refused import Refused
from tests.rooms.meeting import NOON

FIRST, SECOND = ConclusionId(1), ConclusionId(2)


def at(number: int = 1, prepares: bool = True) -> Context:
    return Context(NOON, prepares, ItemId(number), ConclusionId(number))


def refused(state: Conclusions, command: Conclude | StrikeConclusion, context: Context) -> str:
    with pytest.raises(Refused) as reason:
        decide_conclusion(state, command, context)
    return reason.value.code


def test_a_conclusion_is_written_rewritten_in_its_place_and_struck_out() -> None:
    state: Conclusions = {}
    for number, text in ((1, "Hoàn thiện báo cáo"), (2, "Gửi các sở")):
        state = evolve_conclusions(state, decide_conclusion(state, Conclude(f" {text} ", "Sở A", date(2026, 11, 2)), at(number)))
    state = evolve_conclusions(state, decide_conclusion(state, Conclude("Trình báo cáo", conclusion=FIRST), at(9)))
    assert list(state.values()) == [
        Conclusion(FIRST, "Trình báo cáo", "", None, ItemId(1)),
        Conclusion(SECOND, "Gửi các sở", "Sở A", date(2026, 11, 2), ItemId(2)),
    ]
    state = evolve_conclusions(state, decide_conclusion(state, StrikeConclusion(FIRST), at()))
    assert list(state) == [SECOND]


def test_only_who_prepares_the_meeting_writes_conclusions() -> None:
    assert refused({}, Conclude("Hoàn thiện"), at(prepares=False)) == "not_allowed"
    assert refused({}, StrikeConclusion(FIRST), at(prepares=False)) == "not_allowed"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Conclude(" "), "empty"),
        (Conclude("a" * 5_001), "too_long"),
        (Conclude("Hoàn thiện", "a" * 301), "too_long"),
        (Conclude("Hoàn thiện", due=date(2026, 11, 1)), "bad_due"),
        (Conclude("Hoàn thiện", conclusion=FIRST), "not_found"),
        (StrikeConclusion(FIRST), "not_found"),
    ],
)
def test_what_is_no_conclusion_is_refused(command: Conclude | StrikeConclusion, code: str) -> None:
    assert refused({}, command, at()) == code


def test_there_are_not_too_many() -> None:
    many = {ConclusionId(number): Conclusion(ConclusionId(number), "x") for number in range(MOST_CONCLUSIONS)}
    assert refused(many, Conclude("Thêm"), at()) == "too_many_conclusions"
    assert decide_conclusion(many, Conclude("Sửa", conclusion=FIRST), at())


def test_what_happens_is_read_back_as_it_was() -> None:
    event = decide_conclusion({}, Conclude("Hoàn thiện", "Sở A", date(2026, 12, 5)), at())
    assert msgspec.json.decode(msgspec.json.encode(event), type=AnyConclusionEvent) == event
