"""The clocks that the law sets: how long a draft of each kind must be before the public, and when its answer is due.

The rules are data. A line is never changed and never taken out: a new law adds lines, and a consultation keeps the rule that held on
the day it was announced. Days are those of Viet Nam; the day on which a period begins is not counted (Civil Code, article 147).
The agency's legal service answers for the choice of the kind of document.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import msgspec

from server.kernel.vietnam import VIETNAM

Document = Literal["law", "decree", "prime_minister_decision", "circular", "provincial_resolution", "provincial_decision", "other"]
Days = Literal["calendar", "working"]


class Rule(msgspec.Struct, frozen=True):
    """What one law asks of one kind of document from ``valid_from`` on. ``reply_days`` null: no answer is due by a day."""

    key: str
    document: Document
    minimum_days: int
    days: Days
    reply_days: int | None
    source: str
    valid_from: date


_2015, _2025 = date(2016, 7, 1), date(2025, 4, 1)
_LAW_2015, _LAW_2025 = "Luật số 80/2015/QH13", "Luật số 64/2025/QH15"

RULES: tuple[Rule, ...] = (
    Rule("2015-law", "law", 60, "calendar", None, f"{_LAW_2015}, Điều 57", _2015),
    Rule("2015-decree", "decree", 60, "calendar", None, f"{_LAW_2015}, Điều 91", _2015),
    Rule("2015-prime-minister", "prime_minister_decision", 60, "calendar", None, f"{_LAW_2015}, Điều 97", _2015),
    Rule("2015-circular", "circular", 60, "calendar", None, f"{_LAW_2015}, Điều 101", _2015),
    Rule("2015-provincial-resolution", "provincial_resolution", 30, "calendar", None, f"{_LAW_2015}, Điều 120", _2015),
    Rule("2015-provincial-decision", "provincial_decision", 30, "calendar", None, f"{_LAW_2015}, Điều 129", _2015),
    Rule("2025-law", "law", 20, "calendar", 15, f"{_LAW_2025}, Điều 30", _2025),
    Rule("2025-decree", "decree", 20, "calendar", 15, f"{_LAW_2025}, Điều 30", _2025),
    Rule("2025-prime-minister", "prime_minister_decision", 20, "calendar", 15, f"{_LAW_2025}, Điều 30", _2025),
    Rule("2025-circular", "circular", 20, "calendar", 15, f"{_LAW_2025}, Điều 30", _2025),
    Rule("2025-provincial-resolution", "provincial_resolution", 20, "calendar", 15, f"{_LAW_2025}, Điều 30", _2025),
    Rule("2025-provincial-decision", "provincial_decision", 20, "calendar", 15, f"{_LAW_2025}, Điều 30", _2025),
    Rule("other", "other", 0, "calendar", None, "", date(2000, 1, 1)),
)

HOLIDAYS: frozenset[tuple[int, int]] = frozenset({(1, 1), (4, 30), (5, 1), (9, 2)})
"""Public holidays of a fixed day, (month, day); they are no working days (Labour Code 2019, article 112)."""

NO_RULE = RULES[-1]
"""That of what is no legal document: a survey, a plan."""


def rule_at(document: Document, announced_at: datetime) -> Rule:
    """The rule for ``document`` that held on the day of the announcement; before any of them, the first."""
    day = day_of(announced_at)
    of_document = sorted((rule for rule in RULES if rule.document == document), key=lambda rule: rule.valid_from)
    return next((rule for rule in reversed(of_document) if rule.valid_from <= day), of_document[0])


def rule_named(key: str) -> Rule:
    """The rule with this key. Raises: KeyError."""
    return {rule.key: rule for rule in RULES}[key]


def day_of(moment: datetime) -> date:
    """The day in Viet Nam in which a moment falls."""
    return moment.astimezone(VIETNAM).date()


def midnight(day: date) -> datetime:
    """The moment (UTC) at which a day begins in Viet Nam."""
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)


def end_after(begins_at: datetime, number: int, days: Days) -> datetime:
    """The midnight (UTC) that ends the last of ``number`` days, of which the first is the day after ``begins_at``."""
    day = day_of(begins_at)
    while number:
        day += timedelta(days=1)
        if days == "calendar" or (day.weekday() < 5 and (day.month, day.day) not in HOLIDAYS):
            number -= 1
    return midnight(day + timedelta(days=1))


def earliest_close(rule: Rule, opens_at: datetime) -> datetime:
    """The first moment (UTC) at which the rule lets a consultation close that opens at ``opens_at``."""
    return end_after(opens_at, rule.minimum_days, rule.days) if rule.minimum_days else opens_at


def reply_due(rule: Rule, closed_at: datetime) -> datetime | None:
    """By when (UTC) the agency must have answered; nothing when no rule says. A close at midnight ends the day before it."""
    if rule.reply_days is None:
        return None
    return end_after(closed_at - timedelta(microseconds=1), rule.reply_days, rule.days)
