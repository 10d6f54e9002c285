"""The other ways to run the product: an own database, several web processes, TLS, the first administrator."""

import asyncio
import os
import re
import shlex
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.peers.ports import free_port
from tests.peers.postgres import Database
from tests.peers.product import PATIENCE_S, ROOT, Product
from tests.peers.redis import Redis

NO_DEMO = {"DEMO": "0"}
"""What these tests look at needs none, and making it is most of a first start."""


@pytest.fixture
def products() -> Iterator[list[Product]]:
    """Those that a test started; what still runs at its end is killed."""
    products: list[Product] = []
    yield products
    for product in products:
        if product.process is not None and product.process.poll() is None:
            product.kill()


def settings_of(database: Database) -> dict[str, str]:
    return {
        "DATABASE_URL": database.app_dsn,
        "MIGRATION_DATABASE_URL": database.owner_dsn,
        "SMTP_URL": "smtp://127.0.0.1:9",
        "MAIL_FROM": "gop-y@tinh.example",
    }


def test_an_own_database_is_migrated_and_no_process_sees_a_secret_that_it_does_not_need(
    products: list[Product], durable_database: Database, tmp_path: Path
) -> None:
    """It gets no demo, and no codes are shown."""
    product = Product(tmp_path / "data", environ=settings_of(durable_database))
    products.append(product)
    product.start()
    product.wait_until_healthy()
    said = "\n".join(product.lines)
    assert "demo" not in said
    assert "Sign-in codes are sent by mail." in said
    assert not (tmp_path / "data" / "postgres").exists()
    environ = Path(f"/proc/{product.web_processes[0]}/environ").read_text("utf-8")
    assert durable_database.app_dsn in environ
    assert durable_database.owner_dsn not in environ
    engine = Path(f"/proc/{product.child('server.sfu')}/environ").read_text("utf-8")
    assert "LIVEKIT_API_SECRET" in engine
    assert not any(name in engine for name in ("DATABASE_URL", "SECRET_KEY", "SMTP_URL", durable_database.app_dsn))


def test_with_a_livekit_server_there_is_no_engine_of_our_own(products: list[Product], tmp_path: Path) -> None:
    livekit = {"LIVEKIT_URL": "ws://127.0.0.1:9", "LIVEKIT_API_KEY": "key", "LIVEKIT_API_SECRET": "s" * 32}
    product = Product(tmp_path / "data", environ={**livekit, **NO_DEMO})
    products.append(product)
    product.start()
    assert "Sound and pictures: ws://127.0.0.1:9" in "\n".join(product.lines)
    assert not any("server.sfu" in command for command in product.children().values())
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{product.url}/rtc/validate", timeout=PATIENCE_S)


async def test_a_database_that_may_lose_votes_is_refused(products: list[Product], durable_database: Database, tmp_path: Path) -> None:
    async with lossy(durable_database):
        product = Product(tmp_path / "data", environ=settings_of(durable_database))
        products.append(product)
        product.spawn()
        assert product.wait() == 1
    assert "fsync, full_page_writes, synchronous_commit off" in "\n".join(product.lines)


@asynccontextmanager
async def lossy(database: Database) -> AsyncIterator[None]:
    """The cluster forgets, for as long as the block runs, how to keep what it has acknowledged."""
    connection = await asyncpg.connect(database.superuser_dsn)
    names = ("fsync", "full_page_writes", "synchronous_commit")
    try:
        for name in names:
            await connection.execute(f"alter system set {name} = off")
        await connection.execute("select pg_reload_conf()")
        while await connection.fetchval("show fsync") == "on":
            pass
        yield
    finally:
        await connection.execute("alter system reset all")
        await connection.execute("select pg_reload_conf()")
        await connection.close()


def test_a_database_that_cannot_be_reached_is_named(products: list[Product], tmp_path: Path) -> None:
    app, owner = (f"postgresql://{role}@127.0.0.1:{free_port()}/x" for role in ("app", "owner"))
    product = Product(tmp_path / "data", environ=settings_of(Database("x", app, owner, owner)))
    products.append(product)
    product.spawn()
    assert product.wait() == 1
    assert "cannot be reached" in "\n".join(product.lines)


def test_two_web_processes_share_the_port_and_one_that_dies_is_not_missed(
    products: list[Product], redis_server: Redis, tmp_path: Path
) -> None:
    product = Product(tmp_path / "data", "--workers", "2", environ={"REDIS_URL": redis_server.url, **NO_DEMO})
    products.append(product)
    product.start()
    product.wait_until_listening(2)
    first, second = product.web_processes
    os.kill(first, 9)
    product.wait_for("Web process . ended .SIGKILL.; starting it again")
    product.wait_until_listening(2)
    assert second in product.web_processes
    assert len(product.web_processes) == 2


def test_https_is_served_and_another_device_reaches_the_rooms_by_the_commands_of_the_readme(
    products: list[Product], tmp_path: Path
) -> None:
    """With this machine's own address and a free port in place of those written there."""
    commands = re.search(r"```\n(openssl req .*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)
    assert commands is not None
    port, written = free_port(), commands[1].replace("\\\n", " ").replace("192.168.1.10", "127.0.0.1")
    make, settings, start = written.replace("8443", str(port)).strip().splitlines()
    subprocess.run(shlex.split(make), cwd=tmp_path, check=True, capture_output=True)
    environ = dict(word.split("=", 1) for word in shlex.split(settings)[1:])
    host = shlex.split(start, comments=True)[3:]
    assert host == ["--host", "0.0.0.0", "--port", str(port)]
    environ |= {name: str(tmp_path / environ[name]) for name in ("TLS_CERT", "TLS_KEY")}
    product = Product(tmp_path / "data", *host[:2], environ={**environ, **NO_DEMO}, port=port)
    products.append(product)
    product.start()
    product.wait_for(r"Sound and pictures: UDP port \d+ of 127.0.0.1$")
    product.wait_for("the media server runs")
    trusted = ssl.create_default_context(cafile=environ["TLS_CERT"])
    with urllib.request.urlopen(f"{product.url}/healthz", context=trusted, timeout=PATIENCE_S) as answer:
        assert answer.status == 200
    status, deadline_s = 503, time.monotonic() + PATIENCE_S  # the site does not wait for the media server
    while status == 503 and time.monotonic() < deadline_s:
        status = asyncio.run(_refused(f"wss://127.0.0.1:{port}/rtc?access_token=x", trusted))
    assert status == 401


async def _refused(url: str, trusted: ssl.SSLContext) -> int:
    """With which status. Not by the client in threads: two of them on one TLS connection of Python 3.11 now and then lose what was
    just written."""
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, ssl=trusted):
            pytest.fail("nobody enters without a token")
    return refused.value.response.status_code


def test_the_first_administrator_is_made_while_it_runs_and_while_it_is_stopped(products: list[Product], tmp_path: Path) -> None:
    product = Product(tmp_path / "data", environ=NO_DEMO)
    products.append(product)
    product.start()
    for address in ("quan-tri@tinh.example", "quan-tri@xa.example"):
        argv = [sys.executable, "-m", "server", "--data", str(product.data), "admin", address]
        done = subprocess.run(argv, cwd=ROOT, env=product.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{address} is now an administrator" in done.stdout
        if product.process is not None and product.process.poll() is None:
            product.stop()


def test_an_administrator_without_an_address_is_refused(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "server", "--data", str(tmp_path / "data"), "admin", "not an address"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "not an address is not an e-mail address" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists(), "nothing is made for it"
