"""A port and peers connected to it, for the tests of the transport."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from server.sfu.dtls import Certificates
from server.sfu.port import Port
from server.sfu.transport import Transport
from tests.peers.media import PATIENCE_S, MediaPeer

CERTIFICATES = Certificates()


class Ear:
    """A listener that keeps what it is told; ``heard`` waits until it holds."""

    def __init__(self) -> None:
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.times: list[int] = []
        self.data: list[tuple[str, bytes]] = []
        self.closed: list[str] = []
        self.connected = 0
        self.moved = 0
        self._news = asyncio.Event()

    async def heard(self, condition: Callable[["Ear"], object]) -> None:
        """Waits until ``condition`` of this ear is true."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition(self):
                self._news.clear()
                await self._news.wait()

    def on_connected(self) -> None:
        self.connected += 1
        self._news.set()

    def on_closed(self, why: str) -> None:
        self.closed.append(why)
        self._news.set()

    def on_address(self) -> None:
        self.moved += 1
        self._news.set()

    def on_rtp(self, packet: bytes, now_us: int) -> None:
        self.rtp.append(packet)
        self.times.append(now_us)
        self._news.set()

    def on_rtcp(self, packet: bytes, now_us: int) -> None:
        self.rtcp.append(packet)
        self._news.set()

    def on_data(self, label: str, message: bytes) -> None:
        self.data.append((label, message))
        self._news.set()


class Connection:
    """One transport of the port, its listener and the peer on the other side."""

    def __init__(self, port: Port, **how: Any) -> None:
        self.port = port
        self.ear = Ear()
        self.transport = Transport(port, CERTIFICATES.current(), self.ear)
        self.peer = MediaPeer(port.advertised[0][0], **how)
        self.peer.aim(port.advertised[0], self.transport.ufrag, self.transport.password)

    async def establish(self) -> "Connection":
        """Connects the peer; both sides have their keys afterwards."""
        self.transport.set_remote(self.peer.fingerprints)
        await self.peer.connect(self.port.advertised[0], self.transport.ufrag, self.transport.password, [self.transport.fingerprint])
        await self.ear.heard(lambda ear: ear.connected)
        return self

    async def close(self) -> None:
        self.transport.close()
        await self.peer.close(silently=True)


@asynccontextmanager
async def open_port(host: str = "127.0.0.1", **how: Any) -> AsyncIterator[Port]:
    """A port for as long as the block runs. Nothing unexpected may have happened on it."""
    port = Port(host, **how)
    try:
        yield port
        assert port.counters.faults == 0
    finally:
        port.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.sleep(0)


@asynccontextmanager
async def connected(port: Port, **how: Any) -> AsyncIterator[Connection]:
    """A connected peer for as long as the block runs."""
    connection = Connection(port, **how)
    try:
        yield await connection.establish()
    finally:
        await connection.close()


def rtp(sequence: int, ssrc: int = 0x1234, payload: bytes = b"sound") -> bytes:
    """A plain RTP packet (RFC 3550 section 5.1)."""
    return b"\x80\x60" + sequence.to_bytes(2, "big") + (sequence * 960).to_bytes(4, "big") + ssrc.to_bytes(4, "big") + payload


def rtcp(ssrc: int = 0x1234) -> bytes:
    """An empty receiver report (RFC 3550 section 6.4.2)."""
    return b"\x80\xc9\x00\x01" + ssrc.to_bytes(4, "big")
