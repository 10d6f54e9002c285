"""A site of each test's own, and the owner of its database, who may set clocks back; on the event loop of production."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import asyncpg
import pytest
import uvloop

from server.store.connection import Pool
from tests.peers.postgres import Database
from tests.web.site import Site


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def site(pool: Pool) -> Site:
    return Site(pool)


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_dsn)
    yield connection
    await connection.close()
