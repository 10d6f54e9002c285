"""How often people are counted."""

import asyncio
from collections.abc import Iterator

import pytest

from consultations.suppression import Told
from server.kernel.ids import CommandId, ConsultationId
from server.store import reading
from server.store.connection import Connection, Pool
from server.web.counts import Counts, People
from server.web.desk import fresh_command
from tests.web.citizens import CitizenSite
from tests.worlds import open_world


def ticking(*moments: float) -> Iterator[float]:
    """A clock that shows these moments, one a look."""
    return iter(moments)


async def test_people_are_counted_again_when_counting_has_had_its_share_of_the_time(pool: Pool) -> None:
    world = await open_world(pool, people=3)
    # The first count takes from 0 s to 1 s, so it is good until 21 s.
    clock = ticking(0.0, 1.0, 20.9, 21.0, 21.001, 21.5, 21.501)
    counts = Counts(lambda: next(clock))
    async with CitizenSite(pool).running() as site, pool.acquire() as connection:
        assert await counts.people(connection, world.consultation) == People(0, 0, 0)
        for person in world.people[1:]:
            await site.writer.cast(person, CommandId(fresh_command()), world.questions[0], 0)
        assert await counts.people(connection, world.consultation) == People(0, 0, 0)
        assert await counts.people(connection, world.consultation) == People(2, 2, 0, parts=(2,))
        await site.writer.cast(world.people[0], CommandId(fresh_command()), world.questions[0], 0)
        assert await counts.people(connection, world.consultation) == People(3, 3, 0, parts=(3,)), "what counts fast is counted often"


async def test_one_counts_anew_and_those_who_come_meanwhile_are_told_the_last_count(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    world, now, counted = await open_world(pool), [0.0], list[int]()

    async def slowly(_connection: Connection, _consultation: ConsultationId) -> tuple[int, int, tuple[()]]:
        counted.append(len(counted))
        await asyncio.sleep(0.05)
        return len(counted), 0, ()

    monkeypatch.setattr(reading, "count_voters_and_answers", slowly)
    counts = Counts(lambda: now[0])
    async with pool.acquire() as one, pool.acquire() as other:
        await counts.people(one, world.consultation)
        now[0] = 1.0
        told = await asyncio.gather(*(counts.people(connection, world.consultation) for connection in (one, other)))
    assert [people.voters for people in told] == [2, 1] and len(counted) == 2


def test_the_gauge_tells_who_was_heard_only_where_totals_are_shown_and_nobody_of_a_few() -> None:
    assert People(40, 90, 12, 47, (40,)).told(shown=True).heard == 47
    assert People(40, 90, 12, 47, (40,)).told(shown=False) == Told(12, 12, None, (), 12), "voters are not told of while votes are secret"
    assert People(40, 90, 7).told(shown=True).heard == 7, "nobody asked who was heard"
    assert People(40, 90, 4, 44).told(shown=False).heard is None
    told = People(40, 90, 7, 44, (40,)).told(shown=True)
    assert (told.heard, told.least, told.voters) == (None, 40, 40), "4 only wrote, 3 did both"
