"""Who takes part in a consultation, in numbers that say what they count and of how many; small ones withheld."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import get_args

import msgspec

from consultations.contribution import Channel, Kind, Outcome
from consultations.suppression import published, suppress, tell
from server.kernel.ids import ConsultationId
from server.store import dispositions, open_data, reading
from server.store.connection import Connection
from server.store.open_data import Margin
from server.store.reading import Listed
from server.web.consultation_page import may_show_totals
from server.web.counts import count_heard

FRESH_S = 60.0
"""Numbers are counted once a minute at most; one more person a minute is seen by nobody who asks all the time."""

_REMEMBERED = 200

BY_KIND, BY_CHANNEL, BY_VERIFIED = "kind", "channel", "verified"
_CODES: Mapping[str, tuple[str, ...]] = {
    BY_KIND: get_args(Kind),
    BY_CHANNEL: get_args(Channel),
    BY_VERIFIED: ("verified", "unverified"),
}


class Cell(msgspec.Struct, frozen=True):
    """One line of a table: people and contributions of one sort. None stands for a number that is withheld."""

    code: str
    people: int | None
    contributions: int | None


class Table(msgspec.Struct, frozen=True):
    """Contributors ``by`` kind, channel or verification. Both columns have their own whole; people may stand in several lines."""

    by: str
    cells: tuple[Cell, ...]
    people: int | None
    contributions: int | None


class Figures(msgspec.Struct, frozen=True):
    """All numbers of one consultation that are published now.

    ``heard`` are people who voted or contributed, each counted once; while totals are hidden until the close, those who contributed.
    ``contributors`` and ``voters`` (people who answered any question) are in it; whoever did both is in each.
    ``parts`` are (part, people, answers) of the draft, the questionnaire and the polls, None while hidden. ``outcomes`` are
    contributions by the agency's published answer, None before that.
    """

    heard: int | None
    contributors: int | None
    voters: int | None
    with_votes: bool
    target: int | None
    contributions: int | None
    replies: int | None
    tables: tuple[Table, ...]
    parts: tuple[tuple[str, int | None, int | None], ...] | None
    outcomes: tuple[tuple[str, int], ...] | None

    @property
    def least(self) -> int:
        """Where ``heard`` is withheld, at least so many were heard as any number within it says."""
        within = (self.contributors, self.voters, *(people for _, people, _ in self.parts or ()))
        return max((number for number in within if number is not None), default=0)


class Figuring:
    """The newest figures, kept for a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[ConsultationId, str], tuple[Figures, float]] = OrderedDict()

    async def read(self, connection: Connection, consultation: Listed) -> Figures:
        """The figures as they may be published now. A new phase is seen at once."""
        key = (consultation.id, consultation.phase)
        kept = self._kept.get(key)
        if kept is not None and self._clock() < kept[1]:
            return kept[0]
        figures = await count_figures(connection, consultation)
        self._kept[key] = (figures, self._clock() + FRESH_S)
        self._kept.move_to_end(key)
        while len(self._kept) > _REMEMBERED:
            self._kept.popitem(last=False)
        return figures


async def count_figures(connection: Connection, consultation: Listed) -> Figures:
    """The figures as they may be published now, counted anew."""
    margins = await open_data.read_margins(connection, consultation.id)
    whole = next((one for one in margins if one.kind is None and one.channel is None and one.verified is None), None)
    whole = whole or Margin(None, None, None, 0, 0, 0)
    shown = may_show_totals(consultation)
    told, parts = tell(whole.people, whole.people), None
    if shown:
        voters, _, counted = await reading.count_voters_and_answers(connection, consultation.id)
        heard = await count_heard(connection, consultation.id, whole.people)
        told = tell(heard, whole.people, voters, [one.people for one in counted])
        parts = tuple((one.part, *_pair(one.people, one.answers)) for one in counted)
    outcomes = None
    if consultation.phase in ("answered", "archived"):
        numbers = await dispositions.count_outcomes(connection, consultation.id)
        outcomes = tuple((code, numbers.get(code, 0)) for code in get_args(Outcome))
    return Figures(
        heard=told.heard,
        contributors=told.contributors,
        voters=told.voters,
        with_votes=shown,
        target=consultation.target,
        contributions=published(whole.contributions),
        replies=published(whole.replies),
        tables=tuple(_table(by, margins, whole) for by in (BY_KIND, BY_CHANNEL, BY_VERIFIED)),
        parts=parts,
        outcomes=outcomes,
    )


def _table(by: str, margins: list[Margin], whole: Margin) -> Table:
    found = {_code(by, one): one for one in margins if _code(by, one)}
    of = {code: found.get(code, Margin(None, None, None, 0, 0, 0)) for code in _CODES[by]}
    people, all_people = suppress({code: one.people for code, one in of.items()}, whole.people)
    spoken, all_spoken = suppress({code: one.contributions for code, one in of.items()}, whole.contributions)
    return Table(by, tuple(Cell(code, people[code], spoken[code]) for code in of), all_people, all_spoken)


def _code(by: str, one: Margin) -> str:
    if by == BY_VERIFIED:
        return "" if one.verified is None else "verified" if one.verified else "unverified"
    return (one.kind if by == BY_KIND else one.channel) or ""


def _pair(people: int, answers: int) -> tuple[int | None, int | None]:
    """People and their answers; of too few people neither."""
    return (None, None) if published(people) is None else (people, answers)
