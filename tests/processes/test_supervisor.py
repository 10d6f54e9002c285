"""``python3 -m server``, started and ended in every way in which it is started and ended in life."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from server.data_folder import ERASE_LIST
from server.demo.content import DEMO_AGENCY
from server.store.embedded import EmbeddedPostgres
from server.store.erasing import Erased
from server.store.pool import open_pool
from tests.peers.held import hold
from tests.peers.product import PATIENCE_S, Product, processes
from tests.rooms.sitting import sitting
from tests.web.dossiers import dossier_zip


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product") / "data")
    yield product
    if is_running(product):
        product.kill()


@pytest.fixture
def product(installation: Product) -> Product:
    """One installation for all tests of this module, running; started again where the test before has ended it."""
    if not is_running(installation):
        installation.start()
    return installation


def is_running(product: Product) -> bool:
    return product.process is not None and product.process.poll() is None


def test_the_first_start_serves_and_says_where(product: Product) -> None:
    assert status_of(f"{product.url}/healthz") == 200
    product.wait_for("Sign-in codes are shown on this console")


def test_the_second_start_makes_nothing_again_and_names_the_same_accounts(product: Product) -> None:
    accounts = [line for line in product.lines if "@demo" in line]
    assert accounts
    assert product.stop() == 0
    product.start()
    assert [line for line in product.lines if "@demo" in line] == accounts
    assert not any(word in line for line in product.lines for word in ("Making", "Installing", "Building", "Migrated", "Seeding"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process(product: Product, number: signal.Signals) -> None:
    engine = product.child("server.sfu")
    os.kill(product.pid, number)
    assert product.wait() == 0
    assert of_folder(product.data) == []
    assert engine not in [pid for pid, _, _ in processes()]


def test_kill_9_of_the_supervisor_leaves_nothing_running_and_loses_nothing(product: Product) -> None:
    asyncio.run(write_note(product.data, "before the supervisor died"))
    product.kill()
    assert of_folder(product.data) == []
    product.start()
    assert "before the supervisor died" in asyncio.run(read_notes(product.data))


def test_a_web_process_that_dies_comes_back(product: Product) -> None:
    first = product.child("server.app")
    os.kill(first, signal.SIGKILL)
    product.wait_for("Web process 1 ended .SIGKILL.; starting it again")
    product.wait_until_healthy()
    assert product.child("server.app") != first


def test_postgresql_that_dies_comes_back_and_the_web_process_lives_on(product: Product) -> None:
    web, postgres = product.child("server.app"), product.child("bin/postgres")
    asyncio.run(write_note(product.data, "before PostgreSQL died"))
    os.kill(postgres, signal.SIGKILL)
    product.wait_for("PostgreSQL ended .SIGKILL.; starting it again")
    product.wait_until_healthy()
    assert product.child("server.app") == web
    assert product.child("bin/postgres") != postgres
    assert "before PostgreSQL died" in asyncio.run(read_notes(product.data))


def test_the_media_engine_that_dies_comes_back_where_it_was_and_the_site_lives_on(product: Product) -> None:
    web, engine = product.child("server.app"), product.child("server.sfu")
    wait_for_answer(f"{product.url}/rtc/validate", 401)  # it asks for a token, so it is there
    os.kill(engine, signal.SIGKILL)
    product.wait_for("Media engine ended .SIGKILL.; starting it again")
    assert status_of(f"{product.url}/healthz") == 200
    wait_for_answer(f"{product.url}/rtc/validate", 401)
    assert product.child("server.app") == web
    assert product.child("server.sfu") != engine


def test_the_record_of_a_meeting_is_verified_beside_the_running_house(product: Product) -> None:
    assert verify(product, 999) == (1, "There is no meeting 999.")
    meeting = asyncio.run(hold_a_meeting(product))
    status, said = verify(product, meeting)
    assert status == 0 and f"The record of meeting {meeting} is whole: 39 events in one chain" in said
    asyncio.run(as_owner(product, "update record_links set at = at + interval '1 minute' where number = 14"))
    assert verify(product, meeting) == (1, f"The record of meeting {meeting} is not whole: event 14 is not as it was recorded.")
    assert status_of(f"{product.url}/healthz") == 200


def test_a_consultation_from_elsewhere_is_taken_over_beside_the_running_house(product: Product, tmp_path: Path) -> None:
    file = tmp_path / "du-lieu.zip"
    file.write_bytes(dossier_zip("Lời từ nơi khác"))
    status, said = told(product, "take-over", str(file), DEMO_AGENCY)
    assert status == 0 and said.endswith("Lời từ nơi khác"), said
    found = re.search(r"/tiep-nhan/\d+", said)
    assert found is not None and status_of(product.url + found[0]) == 200
    assert told(product, "take-over", str(tmp_path / "khong-co.zip"), DEMO_AGENCY)[0] == 1


def test_what_a_restored_backup_brought_back_is_erased_before_anything_is_served(product: Product, tmp_path: Path) -> None:
    async def first() -> asyncpg.Record:
        async with await open_pool(product.dsn(), connections=1) as pool:
            found = await pool.fetchrow("select id, at, text, erased_at from contributions where state = 'visible' order by id limit 1")
            assert found is not None
            return found

    one = asyncio.run(first())
    line = msgspec.json.encode(Erased(one["id"], None, one["at"], one["at"]))
    product.stop()
    (product.data / ERASE_LIST).write_bytes(line + b"\n")
    product.start()
    assert asyncio.run(first())["erased_at"] == one["at"]
    assert "  Erased again: 1 of 1 on the list that this database did not know to be erased." in product.lines
    elsewhere = tmp_path / "erased.jsonl"
    elsewhere.write_bytes(line)
    assert told(product, "erase-again", str(elsewhere))[0] == 0, "beside the running house, and once more"
    elsewhere.write_text("a story")
    status, said = told(product, "erase-again", str(elsewhere))
    assert status == 1 and said == f"{elsewhere} is not a list of what was erased. Nothing is erased."


def verify(product: Product, meeting: int) -> tuple[int, str]:
    """What an operator is told of a meeting, and the exit status."""
    return told(product, "verify-meeting", str(meeting))


def told(product: Product, *arguments: str) -> tuple[int, str]:
    """What a command tells the operator, and its exit status."""
    command = [str(product.python), "-m", "server", "--data", str(product.data), *arguments]
    done = subprocess.run(
        command, cwd=product.checkout, env=product.environ, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    return done.returncode, done.stdout.strip()


async def hold_a_meeting(product: Product) -> int:
    """A whole meeting in the first room there is."""
    async with await open_pool(product.dsn(), connections=1) as pool:
        return await hold(pool, await pool.fetchval("select min(id) from rooms"), sitting().log)


async def as_owner(product: Product, statement: str) -> None:
    connection = await asyncpg.connect(product.dsn("owner"))
    await connection.execute(statement)
    await connection.close()


def test_a_udp_port_in_use_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        product = Product(tmp_path / "data", environ={"MEDIA_PORT": str(taken.getsockname()[1])})
        product.spawn()
        assert product.wait() == 1
    assert "Give MEDIA_PORT another UDP port" in "\n".join(product.lines)
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_data_folder_in_use_is_refused(product: Product) -> None:
    second = Product(product.data)
    second.spawn()
    assert second.wait() == 1
    assert f"in use by another server (process {product.pid})" in "\n".join(second.lines)
    assert status_of(f"{product.url}/healthz") == 200


def test_a_port_in_use_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        product = Product(tmp_path / "data", port=taken.getsockname()[1])
        product.spawn()
        assert product.wait() == 1
    assert "--port" in "\n".join(product.lines)
    assert not (tmp_path / "data" / "postgres").exists()


def test_listening_to_everybody_in_the_clear_is_refused(tmp_path: Path) -> None:
    product = Product(tmp_path / "data", "--host", "0.0.0.0")
    product.spawn()
    assert product.wait() == 1
    assert "TLS_CERT" in "\n".join(product.lines)


def test_a_data_folder_deeper_than_a_socket_path_may_be_works(tmp_path: Path) -> None:
    product = Product(tmp_path / ("deep " * 20) / ("ừ" * 60) / "data", environ={"DEMO": "0"})
    product.start()
    assert product.stop() == 0


def status_of(url: str) -> int:
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        status = answer.status
        assert isinstance(status, int)
        return status


def wait_for_answer(url: str, status: int) -> None:
    """Asks until the answer has this status."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            found = status_of(url)
        except urllib.error.HTTPError as error:
            found = error.code
        if found == status:
            return
        assert time.monotonic() < deadline, f"{url} answers {found}"
        time.sleep(0.02)


def of_folder(data: Path) -> list[str]:
    """The living processes that name this data folder, on their command line or in their environment."""
    return [command for pid, _, command in processes() if str(data) in command + environ_of(pid) and pid != os.getpid()]


def environ_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


async def write_note(data: Path, text: str) -> None:
    connection = await asyncpg.connect(EmbeddedPostgres(data / "postgres").dsn("owner"))
    await connection.execute("create table if not exists note (text text)")
    await connection.execute("grant select on note to app")
    await connection.execute("insert into note values ($1)", text)
    await connection.close()


async def read_notes(data: Path) -> list[str]:
    connection = await asyncpg.connect(EmbeddedPostgres(data / "postgres").dsn("app"))
    try:
        return [row["text"] for row in await connection.fetch("select text from note")]
    finally:
        await connection.close()
