"""Two hubs on one world, as two web processes on one database: what happens in one is seen through the other."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.kernel.ids import PersonId, QuestionId, SessionId, Topic
from server.protocol import live
from server.protocol.closing import Closing
from server.realtime.bus import EventsStored, News, SessionEnded, VotesStored
from server.realtime.redis_bus import LONGEST_CONNECTING_S, RedisBus, merged
from tests.peers.redis import Redis
from tests.realtime.clients import PATIENCE_S, Client, until
from tests.realtime.serving import Serving, serving
from tests.realtime.world import TOPIC, Page, World


@pytest.fixture
def redis(redis_server: Redis) -> Redis:
    return redis_server


@asynccontextmanager
async def two_processes(world: World, redis: Redis) -> AsyncIterator[tuple[Serving, Serving]]:
    """The first one commits; the second learns of it over Redis."""
    here, there = RedisBus(redis.url), RedisBus(redis.url)
    async with serving(world, bus=here) as first, serving(world, bus=there) as second:
        await connected(here, there)
        yield first, second


async def connected(*buses: RedisBus) -> None:
    await until(lambda: all(bus.connected for bus in buses))


async def follower(site: Serving, world: World, client: Client) -> Page:
    await client.hello(world.ticket(world.citizen()))
    page = Page()
    page.seq = world.head
    await client.follow(TOPIC, page.seq)
    page.apply(await client.hear())
    return page


async def test_an_opinion_and_a_vote_in_one_process_are_seen_through_another(world: World, redis: Redis) -> None:
    async with two_processes(world, redis) as (first, second), Client(first) as voter, Client(second) as reader:
        await voter.hello(world.ticket(world.citizen()))
        page = await follower(second, world, reader)
        world.show("ở nơi khác")
        page.apply(await reader.hear())
        await voter.vote(3, 1)
        page.apply(await reader.hear())
        assert (page.seq, page.totals) == (1, {"3": [0, 1, 0]})


async def test_a_vote_of_which_its_process_died_before_it_could_tell_is_counted_in_the_others(world: World, redis: Redis) -> None:
    async with two_processes(world, redis) as (_, second), Client(second) as reader:
        page = await follower(second, world, reader)
        world.ballots[QuestionId(5), PersonId(1)] = 2
        world.version += 1
        page.apply(await reader.hear_a(live.Tally))
        assert page.totals == {"5": [0, 0, 1]}


async def test_who_stands_no_more_in_one_process_is_cut_in_all(world: World, redis: Redis) -> None:
    """A-005 on every node: a session, and a guest."""
    citizen, guest = world.citizen(), world.guest()
    assert citizen.session is not None and guest.guest is not None
    async with two_processes(world, redis) as (first, second), Client(second) as one, Client(second) as other:
        await one.hello(world.ticket(citizen))
        await other.hello(world.ticket(guest))
        first.hub.session_ended(citizen.session)
        assert await one.closed() == (Closing.NOT_RECOGNISED, "session ended")
        first.hub.guest_ended(guest.guest)
        assert await other.closed() == (Closing.NOT_RECOGNISED, "guest ended")


async def test_the_loss_of_redis_loses_nothing_and_its_return_brings_the_news_back(world: World, redis: Redis) -> None:
    async with two_processes(world, redis) as (first, second), Client(first) as near, Client(second) as far:
        near_page, far_page = await follower(first, world, near), await follower(second, world, far)
        await connected(*(site.hub._bus for site in (first, second) if isinstance(site.hub._bus, RedisBus)))
        redis.kill()
        try:
            world.show("trong lúc Redis vắng")
            id = await near.vote(5, 2)
            near_page.apply(await near.hear())
            assert await near.hear_a(live.Done) == live.Done(id)
            async with asyncio.timeout(PATIENCE_S):
                while far_page.seq < 1 or far_page.totals != {"5": [0, 0, 1]}:
                    far_page.apply(await far.hear())
        finally:
            redis.start()
        await connected(*(site.hub._bus for site in (first, second) if isinstance(site.hub._bus, RedisBus)))
        world.show("Redis đã về")
        far_page.apply(await far.hear_a(live.Shown))
        assert far_page.seq == 2


async def test_a_session_that_ended_while_redis_was_away_is_closed_when_it_is_back(world: World, redis: Redis) -> None:
    citizen = world.citizen()
    assert citizen.session is not None
    async with two_processes(world, redis) as (first, second), Client(second) as client:
        await client.hello(world.ticket(citizen))
        redis.kill()
        try:
            world.over.add(citizen.session)
            first.hub.session_ended(citizen.session)
            await asyncio.sleep(0)
        finally:
            redis.start()
        assert await client.closed() == (Closing.NOT_RECOGNISED, "session ended")


async def test_a_process_stops_though_the_machine_stalls_while_it_connects(redis: Redis) -> None:
    bus = RedisBus(redis.url)
    await bus.start(lambda news: None, lambda: None)
    for _ in range(4):  # until it waits for the answer to its first words
        await asyncio.sleep(0)
    # For longer than the library waits, nothing of this process runs: not even what says that the time is over.
    asyncio.get_running_loop().call_soon(time.sleep, LONGEST_CONNECTING_S + 0.1)
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_S):
        await bus.stop()


def test_news_that_wait_are_merged() -> None:
    one, other, first, second, third = Topic("consultation/1"), Topic("consultation/2"), QuestionId(1), QuestionId(2), QuestionId(3)
    ended = SessionEnded(SessionId(7))
    waiting: list[News] = [EventsStored(one), VotesStored(one, [first, second]), EventsStored(one), VotesStored(one, [second, third])]
    waiting += [VotesStored(other, [first]), VotesStored(other, None), ended, VotesStored(other, [second])]
    assert merged(waiting) == [EventsStored(one), ended, VotesStored(one, [first, second, third]), VotesStored(other, None)]
