"""The life of a consultation and the clocks of the law, one sentence a test."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from consultations import commands as c
from consultations import events as e
from consultations.context import Context
from consultations.decide import decide
from consultations.evolve import evolve, replay
from consultations.phases import PHASES, TABLE, manual, moves
from consultations.state import Consultation, Phase, next_deadline, next_due
from consultations.statute import HOLIDAYS, RULES, day_of, earliest_close, end_after, midnight, reply_due, rule_at
from server.kernel.ids import AgencyId, NodeId, PaperId, PersonId
from server.kernel.refused import Refused
from server.phases import MANUAL

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
EDITOR = frozenset({"create_consultation", "edit_consultation", "publish_consultation", "close_consultation"})
DIEU = NodeId("n1")


def at(now: datetime = NOON) -> Context:
    return Context(now, PersonId(1), EDITOR, new_id=3)


def drafted(summary: str = "Tóm tắt") -> Consultation:
    return replay([e.Created(AgencyId(1), "Dự thảo", "", summary, ""), e.TextPlaced({DIEU: DIEU}, 1, "0" * 64)])


def opened(opens_at: datetime = NOON - DAY, closes_at: datetime = NOON + 40 * DAY, phase: Phase = "open") -> Consultation:
    return evolve(drafted(), e.Published(phase, opens_at, closes_at, "after", "hidden", "decree", "2025-decree", None, opens_at))


def after(state: Consultation, command: c.Command, now: datetime = NOON) -> Consultation:
    for event in decide(state, command, at(now)):
        state = evolve(state, event)
    return state


def refusal(state: Consultation, command: c.Command, now: datetime = NOON) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(state, command, at(now))
    return refused.value


def test_the_drawing_of_the_phases_is_current() -> None:
    assert MANUAL.read_text("utf-8") == manual(), "run: python3 -m server phases"


def test_every_phase_can_be_reached_and_only_two_are_final() -> None:
    assert {after for _, _, after in moves()} | {"draft"} == set(PHASES)
    assert set(PHASES) - {before for before, _, _ in moves()} == {"archived", "cancelled"}
    assert all(cells for cells in TABLE.values())


def test_a_decree_announced_under_the_new_law_is_before_the_public_for_twenty_days_and_under_the_old_one_for_sixty() -> None:
    assert rule_at("decree", datetime(2025, 3, 31, 16, 59, tzinfo=UTC)).minimum_days == 60
    assert rule_at("decree", datetime(2025, 3, 31, 17, 0, tzinfo=UTC)).minimum_days == 20
    assert rule_at("decree", datetime(2010, 1, 1, tzinfo=UTC)).minimum_days == 60


def test_no_two_rules_share_a_key_or_a_day() -> None:
    assert len({rule.key for rule in RULES}) == len({(rule.document, rule.valid_from) for rule in RULES}) == len(RULES)


def test_days_are_those_of_viet_nam_and_the_first_is_not_counted() -> None:
    evening = datetime(2026, 11, 1, 16, 30, tzinfo=UTC)  # 23:30 of the first in Ha Noi
    assert day_of(evening) == date(2026, 11, 1) and day_of(evening + timedelta(minutes=30)) == date(2026, 11, 2)
    assert end_after(evening, 20, "calendar") == midnight(date(2026, 11, 22)) == datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


def test_working_days_leave_out_weekends_and_fixed_holidays() -> None:
    friday = datetime(2026, 8, 28, 3, 0, tzinfo=UTC)
    assert (9, 2) in HOLIDAYS
    assert end_after(friday, 3, "working") == midnight(date(2026, 9, 4))  # Monday, Tuesday, not the second of September, Thursday


def test_a_shorter_period_than_the_laws_is_refused_with_the_rule_and_the_first_good_day() -> None:
    earliest = earliest_close(rule_at("decree", NOON), NOON)
    refused = refusal(drafted(), c.Publish(None, earliest - timedelta(seconds=1), "after", "live", "decree"))
    assert refused.code == "period_too_short"
    assert refused.detail == {"limit": 20, "source": "Luật số 64/2025/QH15, Điều 30", "earliest": earliest.isoformat()}
    published = after(drafted(), c.Publish(None, earliest, "after", "live", "decree", 500))
    assert (published.phase, published.rule, published.target, published.announced_at) == ("open", "2025-decree", 500, NOON)


def test_the_period_is_not_lengthened_by_an_opening_in_the_past() -> None:
    publish = c.Publish(NOON - 30 * DAY, NOON + DAY, "after", "live", "decree")
    assert refusal(drafted(), publish).code == "period_too_short"


def test_what_has_no_summary_in_plain_words_is_not_published() -> None:
    assert refusal(drafted(summary=""), c.Publish(None, NOON + DAY, "after", "live")).code == "no_summary"


def test_suspended_time_does_not_count() -> None:
    state = after(opened(), c.Suspend("Chờ ý kiến cơ quan có thẩm quyền"))
    assert (state.phase, next_deadline(state)) == ("suspended", None)
    state = after(state, c.Resume(), NOON + 7 * DAY)
    assert (state.phase, state.opens_at, state.closes_at) == ("open", NOON - DAY, NOON + 47 * DAY)


def test_what_is_suspended_before_it_opens_opens_later() -> None:
    state = after(opened(NOON + 2 * DAY, phase="announced"), c.Suspend("Chờ"))
    state = after(state, c.Resume(), NOON + 10 * DAY)
    assert (state.phase, state.opens_at, state.closes_at) == ("announced", NOON + 12 * DAY, NOON + 50 * DAY)


@pytest.mark.parametrize("command", [c.Close(" "), c.Suspend(""), c.Cancel("\u200b")])
def test_ending_or_stopping_before_the_day_needs_a_reason(command: c.Command) -> None:
    assert refusal(opened(), command).code == "empty"


def test_editors_are_reminded_three_days_before_the_close_then_twice_and_when_the_answer_is_late() -> None:
    state, told = opened(), []
    while (due := next_due(state)) is not None:
        told.append((due.what, day_of(due.at)))
        [event] = decide(state, c.Tick(), at(due.at))
        state = evolve(state, event)
    assert told == [
        ("closing", date(2026, 12, 9)),
        ("close", date(2026, 12, 12)),
        ("reply_5", date(2026, 12, 23)),
        ("reply_1", date(2026, 12, 27)),
        ("reply_late", date(2026, 12, 28)),
    ]


def test_an_answer_is_due_at_the_end_of_the_fifteenth_day_after_the_close() -> None:
    rule = rule_at("decree", NOON)
    assert reply_due(rule, midnight(date(2026, 12, 1))) == midnight(date(2026, 12, 16))
    assert reply_due(rule, midnight(date(2026, 12, 1)) + timedelta(hours=9)) == midnight(date(2026, 12, 17))
    assert reply_due(RULES[-1], NOON) is None


def test_a_tick_that_comes_very_late_does_all_that_was_due() -> None:
    state = opened(NOON + DAY, NOON + 2 * DAY, "announced")
    assert decide(state, c.Tick(), at(NOON + 3 * DAY)) == [e.Opened(), e.Closed(NOON + 2 * DAY, "")]


def paper(**changes: object) -> c.AddPaper:
    return replace(c.AddPaper("submission", "Tờ trình", "to-trinh.pdf", "application/pdf", 10, "0" * 64), **changes)


def test_papers_join_the_dossier_until_the_answers_and_leave_it_only_in_draft() -> None:
    with_paper = after(drafted(), paper())
    assert [one.title for one in with_paper.papers.values()] == ["Tờ trình"]
    assert after(with_paper, c.RemovePaper(PaperId(3))).papers == {}
    assert len(after(opened(), paper()).papers) == 1
    assert refusal(after(opened(), paper()), c.RemovePaper(PaperId(3))).code == "wrong_phase"


@pytest.mark.parametrize(
    ("changes", "code"), [({"media_type": "text/html"}, "bad_paper"), ({"size": 21 << 20}, "too_large"), ({"title": " "}, "empty")]
)
def test_a_paper_is_a_document_of_a_reasonable_size_with_a_title(changes: dict[str, object], code: str) -> None:
    assert refusal(drafted(), paper(**changes)).code == code


def test_a_file_name_leads_into_no_folder() -> None:
    [event] = decide(drafted(), paper(file_name="../../etc\\passwd"), at())
    assert isinstance(event, e.PaperAdded) and event.paper.file_name == ".._.._etc_passwd"
