"""How many people take part. Counting people anew costs more the more there are, so a great number is counted less often."""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from consultations.suppression import Told, tell
from server.kernel.ids import ConsultationId
from server.realtime.votes import voter_key
from server.store import open_data, reading
from server.store.connection import Connection

SHARE = 1 / 20
"""The part of the time that counting one consultation may take: what took 5 ms is fresh for 100 ms, what took 1 s for 20 s."""

COUNTING_S = 10.0
"""For so long, at most, an older count is told to all others while one counts anew."""

REMEMBERED = 500


class People(msgspec.Struct, frozen=True):
    """People who voted, the answers they gave together, and people with a contribution that everyone can see; ``heard`` are people who
    did either, each counted once, None where nobody asked. ``parts`` are people by the part of the questions they answered."""

    voters: int
    answers: int
    contributors: int
    heard: int | None = None
    parts: tuple[int, ...] = ()

    def told(self, *, shown: bool) -> Told:
        """What may be told of them, where totals may be ``shown`` or not. Where nobody asked who was heard, those are who wrote."""
        if not shown:
            return tell(self.contributors, self.contributors)
        told = tell(self.contributors if self.heard is None else self.heard, self.contributors, self.voters, self.parts)
        return told if self.heard is not None else replace(told, heard=told.contributors)


async def count_heard(connection: Connection, consultation: ConsultationId, contributors: int) -> int:
    """People who voted, and the ``contributors``, each counted once. Who shows it asks whether totals may be shown."""
    secret = await open_data.voter_secret(connection, consultation)
    authors = [voter_key(secret, person) for person in await open_data.visible_authors(connection, consultation)]
    without_account = contributors - len(authors)
    return await open_data.count_voters_and(connection, consultation, authors) + without_account


class Counts:
    """The newest counts of consultations. They hold what hidden tallies must not tell: the pages ask whether it may be shown."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted: OrderedDict[ConsultationId, tuple[People, float]] = OrderedDict()

    async def people(self, connection: Connection, consultation: ConsultationId, *, heard: bool = False) -> People:
        """Counted now, or so lately that counting again would take more than its share of the time; with ``heard`` where it is asked."""
        began = self._clock()
        known = self._counted.get(consultation)
        if known is not None and began < known[1] and (known[0].heard is not None or not heard):
            return known[0]
        if known is not None:
            self._counted[consultation] = (known[0], began + COUNTING_S)
        voters, answers, parts = await reading.count_voters_and_answers(connection, consultation)
        contributors = await reading.count_contributors(connection, consultation)
        both = await count_heard(connection, consultation, contributors) if heard else None
        people = People(voters, answers, contributors, both, tuple(part.people for part in parts))
        ended = self._clock()
        self._counted[consultation] = (people, ended + (ended - began) / SHARE)
        self._counted.move_to_end(consultation)
        while len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return people
