"""Brings the database to the newest form: the numbered ``.sql`` files of ``migrations/``, forward only, each in one transaction."""

import asyncio
import hashlib
import re
import sys
from pathlib import Path
from typing import NamedTuple

import asyncpg

FOLDER = Path(__file__).parent / "migrations"

_LOCK = "select pg_advisory_xact_lock(7231281284)"  # any number nobody else uses: two servers may start at once

_TIMEOUTS = "set local lock_timeout = '30s'; set local statement_timeout = '15min'"  # rather fail than stop everybody for ever

_CREATE_TABLE = """
create table if not exists migrations (
    number integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
)
"""
_SELECT_APPLIED = "select number, name, sha256 from migrations order by number"
_INSERT_APPLIED = "insert into migrations (number, name, sha256) values ($1, $2, $3)"
_SELECT_ROLE = "select exists (select from pg_roles where rolname = 'app')"


class MigrationFailed(Exception):
    """The database cannot be brought to this release's form; the text says why and what to do."""


class Migration(NamedTuple):
    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations in order. Numbers run 1..N; a gap or a repeat is a ValueError."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        matched = re.fullmatch(r"(\d{4})_([a-z0-9_]+)\.sql", path.name)
        if matched is None:
            raise ValueError(f"{path.name} is not named NNNN_words.sql")
        found.append(Migration(int(matched[1]), matched[2], path.read_text("utf-8")))
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the numbers in {folder} do not run 1..{len(found)}")
    return found


async def migrate(owner_dsn: str, migrations: list[Migration] | None = None) -> list[str]:
    """Applies what is missing, as the role that owns the database, and returns the names applied. Running it again does nothing.

    Raises: MigrationFailed when the database is newer than this release, or an applied migration has been edited since.
    """
    migrations = read_migrations() if migrations is None else migrations
    connection = await asyncpg.connect(owner_dsn)
    try:
        if not await connection.fetchval(_SELECT_ROLE):
            raise MigrationFailed(
                "the role \"app\" does not exist; as an administrator of the database: create role app login password '…'"
            )
        applied = []
        while (name := await _apply_next(connection, migrations)) is not None:
            applied.append(name)
        return applied
    finally:
        await connection.close()


async def _apply_next(connection: asyncpg.Connection, migrations: list[Migration]) -> str | None:
    async with connection.transaction():
        await connection.execute(_TIMEOUTS)
        await connection.execute(_LOCK)
        await connection.execute(_CREATE_TABLE)
        done = await connection.fetch(_SELECT_APPLIED)
        _check_history([(row["number"], row["name"], row["sha256"]) for row in done], migrations)
        if len(done) == len(migrations):
            return None
        migration = migrations[len(done)]
        await connection.execute(migration.sql)
        await connection.execute(_INSERT_APPLIED, migration.number, migration.name, migration.sha256)
        return f"{migration.number:04}_{migration.name}"


def _check_history(done: list[tuple[int, str, str]], migrations: list[Migration]) -> None:
    if len(done) > len(migrations):
        raise MigrationFailed(f"the database is newer than this release: it knows migration {done[-1][0]:04}_{done[-1][1]}")
    for (number, name, sha256), migration in zip(done, migrations, strict=False):
        if (number, name, sha256) != (migration.number, migration.name, migration.sha256):
            raise MigrationFailed(
                f"the database was migrated with another text of {number:04}_{name}: "
                "start the release that made it, or start with a new data folder"
            )


if __name__ == "__main__":
    for applied in asyncio.run(migrate(sys.argv[1])):
        print(applied)
