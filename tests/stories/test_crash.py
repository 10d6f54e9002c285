"""Everything is killed with ``kill -9`` in the middle of a burst, again and again, and nothing that was acknowledged is lost.

Each round: enough votes and comments are being acknowledged, something dies at a random moment, the product comes back by its own
means, and what the clients' ledgers say is compared with the database; then all of which the clients know nothing is sent again with
the same ids. Killing processes does not show what a power cut would do; see the settings that are read back by the benchmark of votes.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import AsyncIterator

import pytest

from server.store.connection import Pool
from tests.peers.citizens import Site
from tests.peers.product import Product, wait_until_gone
from tests.stories.bursts import Crowd

ROUNDS = 20
ROUNDS_OF_ONE_WEB_PROCESS = 5


@pytest.fixture
async def crowd(pool: Pool, site: Site) -> AsyncIterator[Crowd]:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    crowd = await Crowd.gather(pool, site, seed)
    await crowd.connect()
    yield crowd
    await crowd.leave()
    print(crowd.ledger.summary())


async def test_kill_9_of_the_server_loses_nothing_that_was_acknowledged(product: Product, crowd: Crowd) -> None:
    for _ in range(ROUNDS):
        crowd.begin()
        await crowd.busy()
        product.kill()
        await crowd.end()
        product.spawn()
        await asyncio.to_thread(product.wait_until_ready)
        await nothing_is_lost(crowd)


async def test_kill_9_of_postgresql_loses_nothing_and_everybody_stays_connected(product: Product, crowd: Crowd) -> None:
    for _ in range(ROUNDS):
        crowd.begin()
        await crowd.busy()
        os.kill(product.child("bin/postgres"), signal.SIGKILL)
        await crowd.goes_on()
        await crowd.end()
        assert all(person.connected for person in crowd.people)
        await nothing_is_lost(crowd)


async def test_kill_9_of_one_web_process_loses_nothing(product: Product, crowd: Crowd) -> None:
    for _ in range(ROUNDS_OF_ONE_WEB_PROCESS):
        crowd.begin()
        await crowd.busy()
        web = product.web_processes
        others, killed = len(web) - 1, crowd.chance.choice(web)
        os.kill(killed, signal.SIGKILL)
        wait_until_gone(killed)
        if others:
            await crowd.goes_on()
        await crowd.end()
        assert any(person.connected for person in crowd.voters) == bool(others)
        await asyncio.to_thread(product.wait_until_listening, 1 + others)
        await nothing_is_lost(crowd)


async def nothing_is_lost(crowd: Crowd) -> None:
    """Compare; let everybody come back and repeat what is unknown to them; compare again, now that nothing is unknown."""
    await crowd.compare()
    await crowd.connect()
    await crowd.ask_unknown_again()
    assert crowd.ledger.unknown() == []
    await crowd.readers_see_everything()
    await crowd.compare()
