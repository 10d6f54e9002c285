"""The rules of a consultation, one sentence a test."""

from datetime import UTC, datetime, timedelta

import pytest

from consultations import commands as c
from consultations import events as e
from consultations.decide import Context, decide
from consultations.evolve import evolve, replay
from consultations.state import Consultation, Moderation, phase_at
from server.kernel.ids import AgencyId, ContributionId, NodeId, PersonId
from server.kernel.refused import Refused

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CITIZEN = frozenset({"contribute", "withdraw_own"})
EDITOR = frozenset({"create_consultation", "edit_consultation", "publish_consultation", "close_consultation"})
MODERATOR = frozenset({"rule"})
KHOAN, DIEU = NodeId("n2"), NodeId("n1")


def at(person: int, may: frozenset[str], now: datetime = NOON) -> Context:
    return Context(now, PersonId(person), may, new_id=7)


def drafted() -> Consultation:
    return replay([e.Created(AgencyId(1), "Dự thảo", "", "Tóm tắt", ""), e.TextPlaced({DIEU: DIEU, KHOAN: DIEU}, 1, "0" * 64)])


def opened(moderation: Moderation = "after") -> Consultation:
    return replay(
        [
            e.Created(AgencyId(1), "Dự thảo", "", "", ""),
            e.TextPlaced({DIEU: DIEU, KHOAN: DIEU}, 1, "0" * 64),
            e.Published("open", NOON - DAY, NOON + DAY, moderation, "hidden"),
        ]
    )


def contributed(moderation: Moderation = "after") -> Consultation:
    state = opened(moderation)
    [event] = decide(state, c.Contribute(KHOAN, "Nên nói rõ hơn", "Người dân"), at(1, CITIZEN))
    return evolve(state, event)


def refusal(state: Consultation, command: c.Command, context: Context) -> str:
    with pytest.raises(Refused) as refused:
        decide(state, command, context)
    return refused.value.code


def test_an_opinion_on_a_khoan_is_listed_under_its_dieu() -> None:
    one = contributed().contributions[ContributionId(7)]
    assert (one.node, one.place, one.state) == (KHOAN, DIEU, "visible")


def test_moderation_before_publication_makes_an_opinion_wait() -> None:
    assert contributed("before").contributions[ContributionId(7)].state == "waiting"


def test_nothing_is_taken_before_the_opening_or_after_the_close() -> None:
    command = c.Contribute(None, "Ý kiến", "Tên")
    assert refusal(opened(), command, at(1, CITIZEN, NOON - 2 * DAY)) == "wrong_phase"
    assert refusal(opened(), command, at(1, CITIZEN, NOON + DAY)) == "wrong_phase"


def test_the_clock_closes_a_consultation_even_when_no_tick_has_come() -> None:
    assert phase_at(opened(), NOON + DAY - timedelta(microseconds=1)) == "open"
    assert phase_at(opened(), NOON + DAY) == "closed"


def test_a_tick_that_comes_late_records_the_announced_moment_of_closing() -> None:
    assert decide(opened(), c.Tick(), at(1, frozenset(), NOON + 3 * DAY)) == [e.Closed(NOON + DAY, "")]


def test_a_tick_that_comes_early_or_twice_changes_nothing() -> None:
    assert decide(opened(), c.Tick(), at(1, frozenset(), NOON)) == []
    closed = replay([e.Published("open", NOON - DAY, NOON, "after", "live"), e.Closed(NOON, "")])
    assert decide(closed, c.Tick(), at(1, frozenset(), NOON + DAY)) == []


def test_a_ruling_names_a_rule_and_a_reason() -> None:
    hide = c.Rule(ContributionId(7), "hide", "insult", "")
    assert refusal(contributed(), hide, at(9, MODERATOR)) == "no_reason"
    assert refusal(contributed(), c.Rule(ContributionId(7), "hide", "because", "Vì"), at(9, MODERATOR)) == "no_rule"
    [event] = decide(contributed(), c.Rule(ContributionId(7), "hide", "insult", "Xúc phạm người khác"), at(9, MODERATOR))
    assert event == e.Ruled(ContributionId(7), "hidden", "insult", "Xúc phạm người khác", PersonId(9), NOON, "visible")


def test_to_who_may_not_rule_a_contribution_seems_not_to_exist() -> None:
    assert refusal(contributed(), c.Rule(ContributionId(7), "hide", "insult", "Vì"), at(2, CITIZEN)) == "not_found"
    assert refusal(contributed(), c.Rule(ContributionId(8), "hide", "insult", "Vì"), at(2, CITIZEN)) == "not_found"


def test_nobody_rules_on_their_own_words() -> None:
    assert refusal(contributed(), c.Rule(ContributionId(7), "hide", "insult", "Vì"), at(1, MODERATOR)) == "not_allowed"


def test_another_persons_opinion_cannot_be_withdrawn_and_seems_not_to_exist() -> None:
    assert refusal(contributed(), c.Withdraw(ContributionId(7)), at(2, CITIZEN)) == "not_found"
    assert decide(contributed(), c.Withdraw(ContributionId(7)), at(1, CITIZEN)) == [e.Withdrawn(ContributionId(7))]


def test_a_consultation_without_a_text_cannot_be_published() -> None:
    empty = replay([e.Created(AgencyId(1), "Dự thảo", "", "", "")])
    assert refusal(empty, c.Publish(NOON, NOON + DAY, "after", "live"), at(1, EDITOR)) == "no_text"


def test_it_must_close_after_it_opens_and_not_in_the_past() -> None:
    assert refusal(drafted(), c.Publish(NOON + DAY, NOON + DAY, "after", "live"), at(1, EDITOR)) == "bad_dates"
    assert refusal(drafted(), c.Publish(NOON - 2 * DAY, NOON - DAY, "after", "live"), at(1, EDITOR)) == "bad_dates"


@pytest.mark.parametrize("opens_at", [NOON + 1831 * DAY, datetime.max.replace(tzinfo=UTC)])
def test_it_is_not_announced_for_a_day_that_is_too_far(opens_at: datetime) -> None:
    assert refusal(drafted(), c.Publish(opens_at, opens_at, "after", "live"), at(1, EDITOR)) == "bad_dates"


def test_a_consultation_published_without_an_opening_day_opens_at_once() -> None:
    [event] = decide(drafted(), c.Publish(None, NOON + DAY, "after", "live"), at(1, EDITOR))
    assert isinstance(event, e.Published)
    assert (event.phase, event.opens_at) == ("open", NOON)


def test_a_published_text_is_not_edited() -> None:
    assert refusal(opened(), c.PlaceText({}, 1, "1" * 64), at(1, EDITOR)) == "wrong_phase"


def test_closing_early_needs_a_reason() -> None:
    assert refusal(opened(), c.Close("  "), at(1, EDITOR)) == "empty"
    assert decide(opened(), c.Close("Có văn bản mới"), at(1, EDITOR)) == [e.Closed(NOON, "Có văn bản mới")]


@pytest.mark.parametrize("deceiving", ["\u202e", "\u200b", "\x00", "\x1b[31m", "\u200c", "\U000e0041", "\u3164"])
def test_deceiving_characters_are_taken_out(deceiving: str) -> None:
    [event] = decide(opened(), c.Contribute(None, f"Tốt{deceiving}", f"Tên{deceiving}"), at(1, CITIZEN))
    assert isinstance(event, e.Contributed)
    assert event.contribution.text.startswith("Tốt") and deceiving not in event.contribution.text + event.contribution.name


@pytest.mark.parametrize("name", ["\u3164\u2800", "\u200d", "\u0301\u0301", " \u00a0\u3000", "\ufeff"])
def test_a_name_that_nobody_can_see_is_no_name(name: str) -> None:
    assert refusal(opened(), c.Contribute(None, "Tốt", name), at(1, CITIZEN)) == "empty"


def test_what_is_not_counted_cannot_be_piled_up() -> None:
    [event] = decide(opened(), c.Contribute(None, "a" + "\u0301\u200d" * 9_000, "👩\u200d🌾"), at(1, CITIZEN))
    assert isinstance(event, e.Contributed)
    assert len(event.contribution.text) < 10 and event.contribution.name == "👩\u200d🌾"


def test_length_is_counted_in_letters_and_a_tower_of_marks_is_cut() -> None:
    [event] = decide(opened(), c.Contribute(None, "e" + "\u0301" * 500, "Tên"), at(1, CITIZEN))
    assert isinstance(event, e.Contributed) and len(event.contribution.text) <= 5
    assert refusal(opened(), c.Contribute(None, "a" * 5001, "Tên"), at(1, CITIZEN)) == "too_long"
