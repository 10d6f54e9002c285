"""Private PostgreSQL clusters: the embedded PostgreSQL 18 and Debian's PostgreSQL 15."""

import asyncio
import itertools
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

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
    """A running PostgreSQL that hands out fresh databases, copies of one migrated template."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self.postgres = postgres
        self._numbers = itertools.count(1)
        self._template: str | None = None

    def fresh_database(self) -> Database:
        """A new migrated database, in about 50 ms."""
        if self._template is None:
            self._make_database("template")
            asyncio.run(migrate(self.postgres.dsn("owner", "template")))
            self._template = "template"
        return self._make_database(f"test_{next(self._numbers)}", template=self._template)

    def empty_database(self) -> Database:
        """A new database without any table."""
        return self._make_database(f"empty_{next(self._numbers)}")

    def drop(self, database: Database) -> None:
        self._run("dropdb", "--force", database.name)

    def _make_database(self, name: str, template: str = "template0") -> Database:
        self._run("createdb", "--owner=owner", f"--template={template}", name)
        dsn = self.postgres.dsn
        return Database(name, dsn("app", name), dsn("owner", name), dsn("postgres", name))

    def _run(self, program: str, *arguments: str) -> None:
        where = ("-h", str(self.postgres.socket_folder), "-U", "postgres")
        subprocess.run([str(self.postgres.binaries / program), *where, *arguments], check=True)


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
        yield Cluster(postgres)
    finally:
        postgres.stop()
