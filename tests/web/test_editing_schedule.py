"""Days and times of Vietnam, as an editor types them, and the moments they mean."""

from datetime import UTC, datetime
from functools import partial

import pytest

from consultations.statute import RULES
from server.web.clocks import DOCUMENT_WORDS
from server.web.desk_views import Schedule as Chosen
from server.web.publishing import WrongSchedule, read_schedule

NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
"""Ten in the morning in Vietnam."""


Schedule = partial(Chosen, document="decree")


def fields_wrong(typed: Chosen) -> list[str]:
    with pytest.raises(WrongSchedule) as wrong:
        read_schedule(typed, NOW)
    return [field for field, _ in wrong.value.errors]


def test_times_are_those_of_vietnam() -> None:
    typed = Schedule(opening="later", opens_day="2026-11-10", opens_time="00:00", closes_day="2026-12-01", closes_time="23:59")
    meant = read_schedule(typed, NOW)
    assert (meant.opens_at, meant.closes_at) == (datetime(2026, 11, 9, 17, 0, tzinfo=UTC), datetime(2026, 12, 1, 16, 59, tzinfo=UTC))


def test_what_opens_at_once_has_no_opening_moment_yet() -> None:
    meant = read_schedule(Schedule(closes_day="2026-12-01"), NOW)
    assert (meant.opens_at, meant.closes_at) == (None, datetime(2026, 12, 1, 10, 0, tzinfo=UTC))


def test_a_day_typed_for_a_later_opening_counts_for_nothing_when_it_opens_at_once() -> None:
    assert read_schedule(Schedule(opening="now", opens_day="2020-01-01", closes_day="2026-12-01"), NOW).opens_at is None


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        (Schedule(), ["closes_day"]),
        (Schedule(closes_day="2026-11-02", closes_time="09:59"), ["closes_day"]),
        (Schedule(closes_day="2026-11-02", closes_time="10:00"), ["closes_day"]),
        (Schedule(closes_day="2027-11-04"), ["closes_day"]),
        (Schedule(opening="later", closes_day="2026-12-01"), ["opens_day"]),
        (Schedule(opening="later", opens_day="2026-11-01", closes_day="2026-12-01"), ["opens_day"]),
        (Schedule(opening="later", opens_day="2026-12-01", opens_time="17:00", closes_day="2026-12-01"), ["closes_day"]),
        (Schedule(opening="later", opens_day="2031-12-01", closes_day="2031-12-20"), ["opens_day"]),
        (Schedule(opening="", closes_day="2026-12-01"), ["opening"]),
        (Schedule(closes_day="2026-12-01", document=""), ["document"]),
        (Schedule(closes_day="2026-12-01", document="poem", target="0"), ["document", "target"]),
        (Schedule(closes_day="2026-12-01", target="nhiều"), ["target"]),
        (Schedule(closes_day="2026-12-01", target="100000001"), ["target"]),
        (Schedule(closes_day="2026-12-01", moderation="never", tallies="sometimes"), ["moderation", "tallies"]),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(typed: Chosen, wrong: list[str]) -> None:
    assert fields_wrong(typed) == wrong


@pytest.mark.parametrize("day", ["2026-02-30", "hôm nay", "0000-00-00", "9999-12-31", "0001-01-01", "2026-11-02T10:00", "٢٠٢٦-١٢-٠١"])
@pytest.mark.parametrize("clock", ["17:00", "25:00", "", "17:00+99:00"])
def test_no_typed_day_or_time_is_anything_but_a_moment_or_an_error(day: str, clock: str) -> None:
    assert fields_wrong(Schedule(opening="later", opens_day=day, opens_time=clock, closes_day=day, closes_time=clock))


def test_a_target_may_be_written_as_people_write_numbers() -> None:
    assert [read_schedule(Schedule(closes_day="2026-12-01", target=typed), NOW).target for typed in ("", "500", "1.000", "10 000")] == [
        None,
        500,
        1_000,
        10_000,
    ]


def test_every_kind_of_document_that_has_a_rule_can_be_chosen() -> None:
    assert {rule.document for rule in RULES} == set(DOCUMENT_WORDS)
