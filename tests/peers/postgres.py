"""Private PostgreSQL clusters: the embedded PostgreSQL 18 and Debian's PostgreSQL 15."""

import asyncio
import itertools
from collections import Counter, deque
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
    """A running PostgreSQL that hands out empty databases: copies of one migrated template, each given to several tests in turn.

    One thread makes, empties and drops them; one is made ready while the test with another runs.
    """

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self._numbers = itertools.count(1)
        self._hands = ThreadPoolExecutor(1)
        self._loop = asyncio.Runner()
        self._connections: dict[str, Connection] = {}
        self._given: Counter[str] = Counter()
        self._ready: deque[Future[Database]] = deque()

    def fresh_database(self) -> Database:
        """A migrated database in which nothing stands."""
        if not self._ready:
            self._ready += (self._hands.submit(self._make_migrated) for _ in range(2))
        return self._ready.popleft().result()

    def take_back(self, database: Database) -> None:
        """Another test may have it: soon whoever is still connected is cut off, and what was written is gone."""
        self._ready.append(self._hands.submit(self._empty, database))

    def empty_database(self) -> Database:
        """A new database without any table."""
        return self._hands.submit(self._make, f"empty_{next(self._numbers)}", "template0").result()

    def drop(self, database: Database) -> None:
        """Soon: whoever is still connected to it is cut off. For a database of which more was changed than its rows."""
        self._hands.submit(self._drop, database)

    def close(self) -> None:
        """No more databases are asked for."""
        self._hands.submit(self._close).result()
        self._hands.shutdown()

    def _make_migrated(self) -> Database:
        if not self._given:
            self._loop.run(migrate(self._make(_TEMPLATE, "template0").owner_dsn))
        database = self._make(f"test_{next(self._numbers)}", _TEMPLATE)
        self._given[database.name] = 1
        return database

    def _make(self, name: str, template: str) -> Database:
        # Copying the files takes half the time of writing every page to the log, as PostgreSQL otherwise does.
        self._run("postgres", f"create database {name} owner owner template {template} strategy file_copy")
        dsn = self.postgres.dsn
        return Database(name, dsn("app", name), dsn("owner", name), dsn("postgres", name))

    def _empty(self, database: Database) -> Database:
        if self._given[database.name] == _TESTS_A_DATABASE:
            self._drop(database)
            return self._make_migrated()
        self._given[database.name] += 1
        self._run(database.name, _EMPTY)
        return database

    def _drop(self, database: Database) -> None:
        if (connection := self._connections.pop(database.name, None)) is not None:
            self._loop.run(connection.close())
        self._run("postgres", f"drop database {database.name} with (force)")

    def _run(self, database: str, statement: str) -> None:
        self._loop.run(self._execute(database, statement))

    async def _execute(self, database: str, statement: str) -> None:
        if database not in self._connections:
            self._connections[database] = await asyncpg.connect(self.postgres.dsn("postgres", database))
        await self._connections[database].execute(statement)

    def _close(self) -> None:
        for connection in self._connections.values():
            self._loop.run(connection.close())
        self._loop.close()


_TESTS_A_DATABASE = 40
"""Deleted rows stay in the files until they are swept out, and are passed over at every look."""

# A third of the time of making another database and dropping this one. The ballot box of a secret vote is two tables of its own. Rows are
# deleted without triggers, of which some refuse it.
_EMPTY = r"""
do $$
declare one regclass;
begin
    perform pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
    for one in select oid from pg_class where relkind = 'r' and relname like 'box\_%' loop
        execute format('drop table %s', one);
    end loop;
    set local session_replication_role = replica;
    for one in
        select oid from pg_class
        where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> 'migrations' and pg_relation_size(oid) > 0
    loop
        execute format('delete from %s', one);
    end loop;
    perform setval(seqrelid::regclass, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid::regclass) is not null;
end
$$
"""
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
