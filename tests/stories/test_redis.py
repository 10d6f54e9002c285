"""Two web processes lose the Redis between them: no fact is lost, and after its return news flow as before."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from server.store.connection import Pool
from tests.peers.citizens import PATIENCE_S, Citizen, Site
from tests.peers.ports import free_port
from tests.peers.product import Product
from tests.peers.redis import Redis, running_redis
from tests.stories.bursts import LIMITS, Crowd
from tests.stories.conftest import WITHOUT_MEDIA
from tests.stories.visits import reading

ROUNDS = 3
SOON_S = 1.0
"""After so long without a comment from the other process, another one is tried."""


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """A Redis of this module's own, to be killed."""
    with running_redis(tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, redis: Redis) -> Iterator[Product]:
    folder: Path = tmp_path_factory.mktemp("product") / "data"
    environ = {"REDIS_URL": redis.url, "DEMO": "0", **LIMITS, **WITHOUT_MEDIA}
    product = Product(folder, "--workers", "2", environ=environ, port=free_port())
    product.start()
    yield product
    product.stop()


async def test_kill_9_of_redis_loses_no_fact_and_news_flow_again_after_its_return(
    product: Product, pool: Pool, site: Site, redis: Redis
) -> None:
    crowd = await Crowd.gather(pool, site, random.getrandbits(32))
    await crowd.connect()
    watching = [
        await reading(product, site, person.account, crowd.consulted, process, ledger=crowd.ledger)
        for person, process in zip(crowd.speakers, product.web_processes, strict=False)
    ]
    for _ in range(ROUNDS):
        crowd.begin()
        await crowd.busy()
        redis.kill()
        await crowd.busy()
        assert all(person.connected for person in crowd.people)
        redis.start()
        await crowd.end()
        assert crowd.ledger.unknown() == []
        await crowd.compare()
        async with asyncio.timeout(PATIENCE_S):
            while not await each_sees_the_other(watching, crowd):
                pass
        await crowd.readers_see_everything()
        await crowd.compare()
    assert [reader.faults for reader in watching] == [[], []]
    await asyncio.gather(crowd.leave(), *(reader.leave() for reader in watching))


async def each_sees_the_other(watching: Sequence[Citizen], crowd: Crowd) -> bool:
    """Whether a comment made through one process is seen soon through the other, both ways."""
    for writer, reader in (watching, watching[::-1]):
        asked = writer.contribute(crowd.consulted.id, None, f"Ý kiến {crowd.chance.getrandbits(64):x}")
        await asked.settled
        assert asked.done is not None and asked.done.contribution is not None
        if not await shows_soon(reader, asked.done.contribution):
            return False
    return True


async def shows_soon(reader: Citizen, contribution: int) -> bool:
    try:
        await reader.until(lambda: contribution in reader.shown(), SOON_S)
    except TimeoutError:
        return False
    return True
