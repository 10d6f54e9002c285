"""Migrations: forward only, each whole or not at all, never twice."""

import asyncio

import asyncpg
import pytest

from server.store.durability import read_durability_faults
from server.store.migrate import Migration, MigrationFailed, migrate, read_migrations
from tests.peers.postgres import Database

FIRST = Migration(1, "things", "create table things (id bigint primary key); grant select on things to app")
SECOND = Migration(2, "names", "alter table things add name text")
BROKEN = Migration(2, "broken", "alter table things add name text; select 1 / 0")


async def test_what_is_missing_is_applied_in_order_and_once(empty_database: Database) -> None:
    assert await migrate(empty_database.owner_dsn, [FIRST]) == ["0001_things"]
    assert await migrate(empty_database.owner_dsn, [FIRST, SECOND]) == ["0002_names"]
    assert await migrate(empty_database.owner_dsn, [FIRST, SECOND]) == []


async def test_a_migration_that_fails_leaves_nothing_behind(empty_database: Database) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database.owner_dsn, [FIRST, BROKEN])
    assert await migrate(empty_database.owner_dsn, [FIRST, SECOND]) == ["0002_names"]


async def test_two_servers_that_start_at_once_migrate_once(empty_database: Database) -> None:
    both = await asyncio.gather(*(migrate(empty_database.owner_dsn, [FIRST, SECOND]) for _ in range(2)))
    assert sorted(both[0] + both[1]) == ["0001_things", "0002_names"]


async def test_a_database_newer_than_the_release_is_refused(empty_database: Database) -> None:
    await migrate(empty_database.owner_dsn, [FIRST, SECOND])
    with pytest.raises(MigrationFailed, match="newer"):
        await migrate(empty_database.owner_dsn, [FIRST])


async def test_a_migration_edited_after_it_was_applied_is_refused(empty_database: Database) -> None:
    await migrate(empty_database.owner_dsn, [FIRST])
    with pytest.raises(MigrationFailed, match="0001_things"):
        await migrate(empty_database.owner_dsn, [FIRST._replace(sql="create table others (id bigint)")])


async def test_the_product_s_own_migrations_run_from_nothing(empty_database: Database) -> None:
    assert len(await migrate(empty_database.owner_dsn)) == len(read_migrations())


async def test_the_role_that_runs_owns_nothing_and_cannot_change_the_schema(database: Database) -> None:
    connection = await asyncpg.connect(database.app_dsn)
    try:
        owned = "select count(*) from pg_class where relowner = 'app'::regrole"
        assert await connection.fetchval(owned) == 0
        for attempt in ("create table mine (id int)", "drop table persons", "alter table persons add x int", "delete from migrations"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(attempt)
    finally:
        await connection.close()


async def test_no_temporary_table_of_the_caller_stands_in_for_one_of_ours(database: Database) -> None:
    connection = await asyncpg.connect(database.app_dsn)
    try:
        paths = await connection.fetch("select proname, proconfig from pg_proc where prosecdef and pronamespace = 'public'::regnamespace")
        assert paths
        assert [name for name, settings in paths if "search_path=public, pg_temp" not in (settings or ())] == []
    finally:
        await connection.close()


async def test_a_database_that_could_lose_what_it_has_committed_is_found_out(database: Database, durable_database: Database) -> None:
    assert await read_durability_faults(durable_database.app_dsn) == []
    assert await read_durability_faults(database.app_dsn) == ["fsync", "full_page_writes", "synchronous_commit"]


async def test_a_role_of_its_own_settings_is_found_out_too(durable_database: Database) -> None:
    connection = await asyncpg.connect(durable_database.superuser_dsn)
    await connection.execute(f"alter role app in database {durable_database.name} set synchronous_commit = off")
    await connection.close()
    assert await read_durability_faults(durable_database.app_dsn) == ["synchronous_commit"]
