"""Private PostgreSQL clusters: the embedded PostgreSQL 18 and Debian's PostgreSQL 15."""

import asyncio
import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg

from server.store.connection import Connection
from server.store.embedded import NOT_DURABLE, EmbeddedPostgres, create_roles, wheel_binaries
from server.store.migrate import migrate
from tests.parts import DEBIAN_15

ENGINES = ("postgresql-18", "postgresql-15")


class Database(NamedTuple):
    """One migrated, empty database of a test's own."""

    name: str
    app_dsn: str
    owner_dsn: str
    superuser_dsn: str


class Cluster:
    """A running PostgreSQL that hands out fresh databases, copies of one migrated template.

    One thread with one connection makes and drops them; the next is made while the test with the one before it runs.
    """

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self._numbers = itertools.count(1)
        self._hands = ThreadPoolExecutor(1)
        self._loop = asyncio.Runner()
        self._connection: Connection | None = None
        self._next: Future[Database] | None = None

    def fresh_database(self) -> Database:
        """A new migrated database, in some milliseconds."""
        ready = self._next or self._hands.submit(self._make_first)
        self._next = self._hands.submit(self._make_migrated)
        return ready.result()

    def empty_database(self) -> Database:
        """A new database without any table."""
        return self._hands.submit(self._make, f"empty_{next(self._numbers)}", "template0").result()

    def drop(self, database: Database) -> None:
        """Soon: whoever is still connected to it is cut off."""
        self._hands.submit(self._run, f"drop database {database.name} with (force)")

    def close(self) -> None:
        """No more databases are asked for."""
        self._hands.submit(self._close).result()
        self._hands.shutdown()

    def _make_first(self) -> Database:
        template = self._make(_TEMPLATE, "template0")
        self._loop.run(migrate(template.owner_dsn))
        return self._make_migrated()

    def _make_migrated(self) -> Database:
        return self._make(f"test_{next(self._numbers)}", _TEMPLATE)

    def _make(self, name: str, template: str) -> Database:
        # Copying the files takes half the time of writing every page to the log, as PostgreSQL otherwise does.
        self._run(f"create database {name} owner owner template {template} strategy file_copy")
        dsn = self.postgres.dsn
        return Database(name, dsn("app", name), dsn("owner", name), dsn("postgres", name))

    def _run(self, statement: str) -> None:
        self._loop.run(self._execute(statement))

    async def _execute(self, statement: str) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(self.postgres.dsn("postgres", "postgres"))
        await self._connection.execute(statement)

    def _close(self) -> None:
        if self._connection is not None:
            self._loop.run(self._connection.close())
        self._loop.close()


_TEMPLATE = "migrated"


@contextmanager
def running_cluster(folder: Path, engine: str = "postgresql-18", *, durable: bool = False) -> Iterator[Cluster]:
    """A cluster in ``folder`` for as long as the block runs, with the roles of the product. ``durable`` keeps fsync and its kin on."""
    postgres = EmbeddedPostgres(
        folder, binaries=wheel_binaries() if engine == "postgresql-18" else DEBIAN_15, settings=None if durable else NOT_DURABLE
    )
    postgres.create()
    postgres.start()
    try:
        asyncio.run(create_roles(postgres.dsn("postgres", "postgres")))
        cluster = Cluster(postgres)
        yield cluster
        cluster.close()
    finally:
        postgres.stop()
