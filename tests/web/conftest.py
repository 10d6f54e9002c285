"""A site of each test's own, and the owner of its database, who may set clocks back."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.store.connection import Pool
from tests.peers.postgres import Database
from tests.web.site import Site


@pytest.fixture
def site(pool: Pool) -> Site:
    return Site(pool)


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_dsn)
    yield connection
    await connection.close()
