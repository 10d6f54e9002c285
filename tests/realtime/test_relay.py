"""Signalling passes through the web server's own port: what reaches the engine, what comes back, and what never gets there."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from server.realtime.handshake import Rules
from server.realtime.http import http_connection
from server.realtime.limits import Limits
from server.realtime.relay import Relay
from tests.realtime.clients import PATIENCE_S, until
from tests.realtime.serving import Certificate, make_certificate, not_found

HOST = "hop.example.vn"
ORIGIN = f"https://{HOST}"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n"
REFUSED = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno"


class Engine:
    """What listens where the media engine does: keeps the heads it gets, answers as told, then sends back what it hears."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.answer = SWITCHED
        self.heard = bytearray()
        self.reads = asyncio.Event()
        self.reads.set()
        self.echoes = True
        self.writers: list[asyncio.StreamWriter] = []
        self.ended = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.answer)
            await self.reads.wait()
            while data := await reader.read(1 << 16):
                self.heard += data
                if self.echoes:
                    writer.write(data)
                    await writer.drain()
                await self.reads.wait()
        self.ended += 1
        writer.close()


class Site:
    """The HTTP side of a web process with a relay, on a real port."""

    def __init__(self, engine: Engine, relay: Relay, port: int, certificate: Certificate | None) -> None:
        self.engine = engine
        self.relay = relay
        self.port = port
        self.state = ServerState()
        self.certificate = certificate

    @asynccontextmanager
    async def connection(self) -> "AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]":
        trusted = ssl.create_default_context(cafile=self.certificate.chain) if self.certificate else None
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=trusted, limit=1 << 20)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def ask(self, head: bytes) -> bytes:
        """All that comes back for this request until the site closes, or until the head of a switch of protocols."""
        async with self.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
            writer.write(head)
            answer = await reader.readuntil(b"\r\n\r\n")
            return answer if b" 101 " in answer else answer + await reader.read()


@asynccontextmanager
async def standing(limits: Limits | None = None, certificate: Certificate | None = None, *, up: bool = True) -> AsyncIterator[Site]:
    """A site whose engine listens (``up``) or does not."""
    engine, listener = Engine(), socket.create_server(("127.0.0.1", 0))
    serving = await asyncio.start_server(engine.serve, sock=listener, limit=1 << 20)
    address = listener.getsockname()
    if not up:
        serving.close()
        await serving.wait_closed()
    limits = limits or Limits()
    relay = Relay((address[0], address[1]), limits, Rules(frozenset({ORIGIN}), frozenset({HOST})))
    front = socket.create_server(("127.0.0.1", 0))
    chain, key = (certificate.chain, certificate.key) if certificate else (None, None)
    config = uvicorn.Config(
        not_found, http=http_connection(limits, relay), ws="none", lifespan="off", log_config=None, ssl_certfile=chain, ssl_keyfile=key
    )
    config.load()
    site = Site(engine, relay, front.getsockname()[1], certificate)
    make: Any = config.http_protocol_class
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: make(config=config, server_state=site.state, app_state={}), sock=front, ssl=config.ssl)
    try:
        yield site
    finally:
        engine.reads.set()
        server.close()
        engine.echoes = False
        for connection in tuple(site.state.connections):
            connection.shutdown()
        await until(lambda: not site.state.connections)
        assert not relay.callers
        serving.close()
        for writer in engine.writers:
            writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with standing() as standing_site:
        yield standing_site


def request(target: str = "/rtc?access_token=t", *, method: str = "GET", upgrade: bool = True, **headers: str | None) -> bytes:
    fields: dict[str, str | None] = {"Host": HOST, "Origin": ORIGIN}
    if upgrade:
        fields |= {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "a2V5"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "\r\n".join([f"{method} {target} HTTP/1.1", *(f"{n}: {v}" for n, v in fields.items() if v is not None), "", ""]).encode()


@pytest.mark.parametrize("path", ["/rtc", "/rtc/v1"])
async def test_what_client_and_engine_say_after_the_handshake_passes_unchanged_both_ways(site: Site, path: str) -> None:
    async with site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        writer.write(request(f"{path}?access_token=t&sdk=js"))
        assert await reader.readuntil(b"\r\n\r\n") == SWITCHED
        said = bytes(range(256)) * 40
        writer.write(said)
        assert await reader.readexactly(len(said)) == said
    assert site.engine.heads[0].startswith(f"GET {path}?access_token=t&sdk=js HTTP/1.1\r\n".encode())


async def test_over_tls_it_is_the_same(tmp_path: Path) -> None:
    async with standing(certificate=make_certificate(tmp_path)) as site, site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        writer.write(request())
        assert await reader.readuntil(b"\r\n\r\n") == SWITCHED
        writer.write(b"x" * 200_000)
        assert await reader.readexactly(200_000) == b"x" * 200_000


@pytest.mark.parametrize("path", ["/rtc/validate", "/rtc/v1/validate"])
async def test_a_client_learns_why_it_was_refused(site: Site, path: str) -> None:
    site.engine.answer = REFUSED
    async with site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        writer.write(request(f"{path}?access_token=t", upgrade=False))
        assert await reader.readexactly(len(REFUSED)) == REFUSED
    assert b"\r\nconnection: close\r\n" in site.engine.heads[0]


async def test_the_engine_s_refusal_of_a_websocket_reaches_the_client(site: Site) -> None:
    site.engine.answer = REFUSED
    async with site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        writer.write(request())
        assert await reader.readexactly(len(REFUSED)) == REFUSED


async def test_nothing_of_the_site_reaches_the_engine(site: Site) -> None:
    await site.ask(request(Cookie="__Host-session=secret", X_Forwarded_For="203.0.113.9", Authorization="Bearer t", User_Agent="Rust"))
    head = site.engine.heads[0].lower()
    assert b"secret" not in head and b"cookie" not in head and b"forwarded" not in head
    assert b"\r\nauthorization: bearer t\r\n" in head and b"\r\nuser-agent: rust\r\n" in head and b"\r\nsec-websocket-key: a2v5\r\n" in head


async def test_a_whole_offer_fits_into_the_target_and_only_there(site: Site) -> None:
    offer = "o" * (32 << 10)
    assert await site.ask(request(f"/rtc/v1?join_request={offer}")) == SWITCHED
    assert offer.encode() in site.engine.heads[0]
    assert (await site.ask(request(f"/rtc/v1?join_request={offer}{offer}"))).startswith(b"HTTP/1.1 431 ")
    assert (await site.ask(request(f"/live?join_request={offer}"))).startswith(b"HTTP/1.1 431 ")
    assert len(site.engine.heads) == 1


async def test_a_target_that_comes_in_pieces_is_one_target(site: Site) -> None:
    async with site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        whole = request(f"/rtc/v1?join_request={'o' * 30_000}")
        for at in range(0, len(whole), 5_000):
            writer.write(whole[at : at + 5_000])
            await writer.drain()
            await asyncio.sleep(0)
        assert await reader.readuntil(b"\r\n\r\n") == SWITCHED


@pytest.mark.parametrize(
    "target", ["/rtc/", "/rtc/v2", "/rtc/v1/validate/x", "//rtc", "/RTC", "/rtc%2fv1", "/twirp/livekit.RoomService/ListRooms", "/metrics"]
)
async def test_nothing_else_of_the_engine_can_be_reached(site: Site, target: str) -> None:
    assert (await site.ask(request(target, upgrade=False, Connection="close"))).startswith(b"HTTP/1.1 404 ")
    assert site.engine.heads == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": f"{ORIGIN}.evil.example"}, 403),
        ({"Host": "evil.example"}, 400),
        ({"method": "POST"}, 405),
    ],
)
async def test_a_request_from_elsewhere_is_refused(site: Site, changes: dict[str, Any], status: int) -> None:
    assert (await site.ask(request(**changes))).startswith(f"HTTP/1.1 {status} ".encode())
    assert site.engine.heads == []


async def test_a_program_that_is_no_browser_is_let_in(site: Site) -> None:
    assert await site.ask(request(Origin=None)) == SWITCHED


async def test_a_second_request_behind_the_first_reaches_nobody(site: Site) -> None:
    async with site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        site.engine.answer = REFUSED
        writer.write(request(upgrade=False) + request("/twirp/x", method="POST", upgrade=False))
        assert await reader.readexactly(len(REFUSED)) == REFUSED
        writer.write(request("/twirp/x", method="POST", upgrade=False))
        assert await reader.read() == b""
    await until(lambda: site.engine.ended == 1)
    assert len(site.engine.heads) == 1
    assert not site.engine.heard


async def test_without_the_engine_a_client_is_told_to_come_back() -> None:
    async with standing(up=False) as site:
        answer = await site.ask(request())
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 1" in answer


async def test_one_address_and_all_together_hold_so_many_connections_and_no_more() -> None:
    async with standing(Limits(relayed_per_address=2)) as site, site.connection() as one, site.connection() as two:
        for reader, writer in (one, two):
            writer.write(request())
            await reader.readuntil(b"\r\n\r\n")
        assert (await site.ask(request())).startswith(b"HTTP/1.1 429 ")
        one[1].close()
        await until(lambda: site.relay.callers.total() == 1)
        assert await site.ask(request()) == SWITCHED
    async with standing(Limits(relayed=0)) as site:
        assert (await site.ask(request())).startswith(b"HTTP/1.1 503 ")


async def test_the_end_of_either_side_is_the_end_of_both(site: Site) -> None:
    async with site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        writer.write(request())
        await reader.readuntil(b"\r\n\r\n")
        site.engine.writers[0].write(b"bye")
        site.engine.writers[0].close()
        assert await reader.read() == b"bye"
    async with site.connection() as (reader, writer), asyncio.timeout(PATIENCE_S):
        writer.write(request())
        await reader.readuntil(b"\r\n\r\n")
    await until(lambda: site.engine.ended == 2)


async def test_who_does_not_read_is_not_written_to_without_end(site: Site) -> None:
    site.engine.reads.clear()
    async with site.connection() as (reader, writer):
        writer.write(request())
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        writer.write(bytes(8 << 20))
        caller: Any = next(iter(site.state.connections))
        await until(lambda: not caller.transport.is_reading())
        assert caller.other.transport.get_write_buffer_size() < 1 << 20
        site.engine.echoes = False
        site.engine.reads.set()
        await until(lambda: len(site.engine.heard) == 8 << 20)


@pytest.mark.parametrize("who", ["the client", "the engine"])
async def test_who_goes_on_not_reading_is_cut(who: str) -> None:
    async with standing(Limits(behind_s=0.2)) as site, site.connection() as (reader, writer):
        writer.write(request())
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        if who == "the client":
            reader._transport.pause_reading()  # type: ignore[attr-defined]
            site.engine.writers[0].write(bytes(8 << 20))
        else:
            site.engine.reads.clear()
            writer.write(bytes(8 << 20))
        await until(lambda: not site.relay.callers)


async def test_a_web_process_that_stops_ends_what_it_relays(site: Site) -> None:
    async with site.connection() as (reader, writer):
        writer.write(request())
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        for connection in tuple(site.state.connections):
            connection.shutdown()
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
