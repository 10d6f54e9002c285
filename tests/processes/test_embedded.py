"""The embedded PostgreSQL: made, started, killed and started again."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from server.store.embedded import EmbeddedFailed, EmbeddedPostgres, create_database, create_roles, wheel_binaries
from tests.parts import DEBIAN_15
from tests.peers.product import processes, wait_until_gone


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A durable cluster that runs."""
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    postgres.create()
    postgres.start()
    asyncio.run(create_roles(postgres.dsn("postgres", "postgres")))
    asyncio.run(create_database(postgres.dsn("postgres", "postgres")))
    yield postgres
    postgres.stop()


def test_it_is_durable_and_listens_on_no_network(postgres: EmbeddedPostgres) -> None:
    wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "listen_addresses": "", "data_checksums": "on"}
    assert asyncio.run(shown(postgres, wanted)) == wanted


def test_nobody_else_can_reach_its_socket(postgres: EmbeddedPostgres) -> None:
    assert postgres.socket_folder.stat().st_mode & 0o777 == 0o700
    assert (postgres.socket_folder / ".s.PGSQL.5432").stat().st_mode & 0o777 == 0o700


def test_no_process_of_it_has_the_powers_of_root(postgres: EmbeddedPostgres) -> None:
    assert postgres.process is not None
    family = [postgres.process.pid, *(pid for pid, parent, _ in processes() if parent == postgres.process.pid)]
    assert len(family) > 3
    for pid in family:
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines() if ":\t" in line)
        assert int(status["CapEff"], 16) == 0


def test_every_acknowledged_row_survives_a_killed_postmaster(postgres: EmbeddedPostgres) -> None:
    acknowledged = asyncio.run(write_until_killed(postgres))
    assert acknowledged > 50
    postgres.start()
    assert asyncio.run(count(postgres)) in (acknowledged, acknowledged + 1)  # the last may have been committed and its answer lost


def test_it_ends_by_itself_when_its_parent_is_killed_and_starts_again(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    assert parent.stdout is not None
    postmaster = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    again = EmbeddedPostgres(folder)
    again.start()  # waits for the first one's own shutdown
    assert again.process is not None
    assert again.process.pid != postmaster
    again.stop()
    wait_until_gone(postmaster)


PARENT = """
import sys, time
from pathlib import Path
from server.store.embedded import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]))
postgres.create()
postgres.start()
print(postgres.process.pid, flush=True)
time.sleep(600)
"""


def test_a_pid_file_whose_number_now_belongs_to_another_program_does_not_stop_it(postgres: EmbeddedPostgres) -> None:
    pid_file = postgres.folder / "postmaster.pid"
    left_behind = pid_file.read_text("utf-8")
    postgres.stop()
    pid_file.write_text(left_behind.replace(left_behind.splitlines()[0], str(os.getpid()), 1), encoding="utf-8")
    postgres.start()
    assert postgres.ready()


def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    half_made = tmp_path / "postgres.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n", encoding="ascii")
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    assert not postgres.exists
    postgres.create()
    postgres.start()
    postgres.stop()


def test_the_cluster_of_another_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    older = EmbeddedPostgres(tmp_path / "postgres", binaries=DEBIAN_15)
    older.create()
    with pytest.raises(EmbeddedFailed, match="made by PostgreSQL 15"):
        EmbeddedPostgres(tmp_path / "postgres", binaries=wheel_binaries()).start()
    older.start()
    older.stop()


def test_a_socket_folder_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    postgres = EmbeddedPostgres(tmp_path / "postgres")
    postgres.create()
    (tmp_path / "elsewhere").mkdir()
    postgres.socket_folder.symlink_to(tmp_path / "elsewhere")
    try:
        with pytest.raises(EmbeddedFailed, match="belongs to somebody else"):
            postgres.start()
    finally:
        postgres.socket_folder.unlink()


def test_what_a_citizen_wrote_does_not_reach_the_log(postgres: EmbeddedPostgres) -> None:
    asyncio.run(fail_with(postgres, "bí-mật@example.org"))
    assert "violates unique constraint" in postgres.log.read_text("utf-8")
    assert "bí-mật" not in postgres.log.read_text("utf-8")


async def shown(postgres: EmbeddedPostgres, names: dict[str, str]) -> dict[str, str]:
    connection = await asyncpg.connect(postgres.dsn("app"))
    try:
        return {name: await connection.fetchval(f"show {name}") for name in names}
    finally:
        await connection.close()


async def write_until_killed(postgres: EmbeddedPostgres) -> int:
    """Rows acknowledged, one commit each, until the postmaster and every process of it are killed in the middle."""
    assert postgres.process is not None
    connection = await asyncpg.connect(postgres.dsn("owner"))
    await connection.execute("create table rows (n bigint primary key)")
    acknowledged = 0
    # The last is what asyncpg says when the connection goes between its two halves of one statement.
    with contextlib.suppress(asyncpg.PostgresError, OSError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        while True:
            await connection.execute("insert into rows values ($1)", acknowledged)
            acknowledged += 1
            if acknowledged == 100:
                asyncio.get_running_loop().call_later(0.05, os.kill, postgres.process.pid, signal.SIGKILL)
    connection.terminate()
    postgres.process.wait()
    return acknowledged


async def count(postgres: EmbeddedPostgres) -> int:
    connection = await asyncpg.connect(postgres.dsn("owner"))
    try:
        found = await connection.fetchval("select count(*) from rows")
        assert isinstance(found, int)
        return found
    finally:
        await connection.close()


async def fail_with(postgres: EmbeddedPostgres, text: str) -> None:
    connection = await asyncpg.connect(postgres.dsn("owner"))
    try:
        await connection.execute("create table contacts (email text primary key)")
        await connection.execute("insert into contacts values ($1)", text)
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("insert into contacts values ($1)", text)
    finally:
        await connection.close()
