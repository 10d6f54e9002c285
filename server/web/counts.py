"""How many people take part. Counting people anew costs more the more there are, so a great number is counted less often."""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from server.kernel.ids import ConsultationId
from server.store import reading
from server.store.connection import Connection

SHARE = 1 / 20
"""The part of the time that counting one consultation may take: what took 5 ms is fresh for 100 ms, what took 1 s for 20 s."""

REMEMBERED = 500


class People(msgspec.Struct, frozen=True):
    """People who voted, the answers they gave together, and people with a contribution that everyone can see."""

    voters: int
    answers: int
    contributors: int


class Counts:
    """The newest counts of consultations. They hold what hidden tallies must not tell: the pages ask whether it may be shown."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted: OrderedDict[ConsultationId, tuple[People, float]] = OrderedDict()

    async def people(self, connection: Connection, consultation: ConsultationId) -> People:
        """Counted now, or so lately that counting again would take more than its share of the time."""
        began = self._clock()
        known = self._counted.get(consultation)
        if known is not None and began < known[1]:
            return known[0]
        voters, answers = await reading.count_voters_and_answers(connection, consultation)
        people = People(voters, answers, await reading.count_contributors(connection, consultation))
        ended = self._clock()
        self._counted[consultation] = (people, ended + (ended - began) / SHARE)
        self._counted.move_to_end(consultation)
        while len(self._counted) > REMEMBERED:
            self._counted.popitem(last=False)
        return people
