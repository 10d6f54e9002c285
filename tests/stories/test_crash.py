"""Everything is killed with ``kill -9`` in the middle of a burst, again and again, and nothing that was acknowledged is lost.

Each round: enough votes and comments are being acknowledged, something dies at a random moment, the product comes back by its own
means, and what the clients' ledgers say is compared with the database; then all of which the clients know nothing is sent again with
the same ids. Killing processes does not show what a power cut would do; see the settings that are read back by the benchmark of votes.
"""

import secrets
from collections.abc import AsyncIterator

import pytest

from server.store.connection import Pool
from tests.peers.citizens import Site
from tests.peers.product import Product
from tests.stories.bursts import Crowd
from tests.stories.rounds import kill_one_web_process, kill_postgresql, kill_the_server

ROUNDS = 10
"""On each installation: twenty in all. ``python3 -m tests.soak crash`` has twenty on each."""

ROUNDS_OF_ONE_WEB_PROCESS = 2


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
    await kill_the_server(product, crowd, ROUNDS)


async def test_kill_9_of_postgresql_loses_nothing_and_everybody_stays_connected(product: Product, crowd: Crowd) -> None:
    await kill_postgresql(product, crowd, ROUNDS)


async def test_kill_9_of_one_web_process_loses_nothing(product: Product, crowd: Crowd) -> None:
    await kill_one_web_process(product, crowd, ROUNDS_OF_ONE_WEB_PROCESS)
