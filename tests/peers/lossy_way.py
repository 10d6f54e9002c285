"""The way to a media server over a bad network: signalling passes whole, and media through a UDP relay that loses datagrams at random.

The relay stands at the address that clients are told: every candidate that the server names is exchanged for it. Ours and LiveKit's are
reached alike.
"""

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit.protocol.rtc import SignalRequest, SignalResponse
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from server.kernel.tasks import end
from tests.peers.engine import Engine
from tests.peers.media_engines import own_address

Address = tuple[str, int]
_CANDIDATE = re.compile(r"(candidate:\S+ \d+ )(\w+)( \d+ )(\S+) (\d+)( typ host[^\r\n\"]*)")

_NAMED = re.compile(r"a=candidate:[^\r\n]*\r\n")


class LossyWay:
    """``url`` is where clients join. ``carried`` and ``lost`` count datagrams, both ways together."""

    def __init__(self, engine: Engine, *, loss: float, seed: int) -> None:
        self.loss = loss
        self.carried = self.lost = 0
        self.url = ""
        self._to = engine.url.replace("http", "ws", 1)
        self._rng = random.Random(seed)
        self._relays: dict[Address, _Relay] = {}

    async def carry_signals(self, client: ServerConnection) -> None:
        """Passes one client's signalling on, both ways."""
        assert client.request is not None
        async with connect(f"{self._to}{client.request.path}", max_size=1 << 20, compression=None, ping_interval=None) as server:
            both = [asyncio.create_task(self._up(client, server)), asyncio.create_task(self._down(server, client))]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            await end(both)

    async def _up(self, client: ServerConnection, server: object) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in client:
                request = SignalRequest.FromString(message)  # type: ignore[arg-type]
                # A server that knew where the client is would find the straight way to it.
                match request.WhichOneof("message"):
                    case "trickle":
                        continue
                    case "offer":
                        request.offer.sdp = _NAMED.sub("", request.offer.sdp)
                    case "answer":
                        request.answer.sdp = _NAMED.sub("", request.answer.sdp)
                await server.send(request.SerializeToString())  # type: ignore[attr-defined]

    async def _down(self, server: object, client: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in server:  # type: ignore[attr-defined]
                response = SignalResponse.FromString(message)
                match response.WhichOneof("message"):
                    case "offer":
                        response.offer.sdp = await self._redirected(response.offer.sdp)
                    case "answer":
                        response.answer.sdp = await self._redirected(response.answer.sdp)
                    case "trickle":
                        response.trickle.candidateInit = await self._redirected(response.trickle.candidateInit)
                await client.send(response.SerializeToString())

    async def _redirected(self, text: str) -> str:
        for found in _CANDIDATE.finditer(text):
            if _is_carried(found):
                await self._relay((found[4], int(found[5])))
        return _CANDIDATE.sub(self._instead, text)

    def _instead(self, found: re.Match[str]) -> str:
        # Over TCP nothing would be lost: such a candidate points nowhere.
        host, port = self._relays[(found[4], int(found[5]))].address if _is_carried(found) else (found[4], 9)
        return f"{found[1]}{found[2]}{found[3]}{host} {port}{found[6]}"

    async def _relay(self, server: Address) -> None:
        if server not in self._relays:
            loop = asyncio.get_running_loop()
            relay = self._relays[server] = _Relay(self, server)
            await loop.create_datagram_endpoint(lambda: relay, local_addr=(own_address(), 0))

    def passes(self) -> bool:
        """Throws the dice for one datagram."""
        if self._rng.random() < self.loss:
            self.lost += 1
            return False
        self.carried += 1
        return True

    def close(self) -> None:
        for relay in self._relays.values():
            relay.close()


def _is_carried(candidate: re.Match[str]) -> bool:
    return candidate[2].lower() == "udp" and ":" not in candidate[4]


class _Relay(asyncio.DatagramProtocol):
    """What clients see as the server's UDP port."""

    def __init__(self, way: LossyWay, server: Address) -> None:
        self._way, self._server = way, server
        self._transport: asyncio.DatagramTransport
        self._onward: dict[Address, asyncio.Future[asyncio.DatagramTransport]] = {}

    @property
    def address(self) -> Address:
        host, port = self._transport.get_extra_info("sockname")[:2]
        return host, port

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, address: Address) -> None:
        if not self._way.passes():
            return
        if address not in self._onward:
            self._onward[address] = asyncio.ensure_future(self._open(address))
        opened = self._onward[address]
        if opened.done():
            opened.result().sendto(data)
        else:
            opened.add_done_callback(lambda done: done.result().sendto(data))

    def back(self, data: bytes, client: Address) -> None:
        """From the server to one client."""
        if self._way.passes():
            self._transport.sendto(data, client)

    def error_received(self, exc: Exception) -> None:
        """A client that has closed its port is no news."""

    def close(self) -> None:
        self._transport.close()
        for opened in self._onward.values():
            opened.result().close()

    async def _open(self, client: Address) -> asyncio.DatagramTransport:
        loop = asyncio.get_running_loop()
        back = _Back(self, client)
        transport, _ = await loop.create_datagram_endpoint(lambda: back, local_addr=(self.address[0], 0), remote_addr=self._server)
        return transport


class _Back(asyncio.DatagramProtocol):
    """One client's port towards the server."""

    def __init__(self, relay: _Relay, client: Address) -> None:
        self._relay, self._client = relay, client

    def datagram_received(self, data: bytes, address: Address) -> None:
        self._relay.back(data, self._client)

    def error_received(self, exc: Exception) -> None:
        """The server is away for a moment."""


@asynccontextmanager
async def lossy_way(engine: Engine, *, loss: float, seed: int = 1) -> AsyncIterator[LossyWay]:
    """A way to this server for as long as the block runs, on which each datagram is lost with this chance."""
    way = LossyWay(engine, loss=loss, seed=seed)
    server = await serve(way.carry_signals, "127.0.0.1", 0, max_size=1 << 20, compression=None, ping_interval=None)
    way.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
    try:
        yield way
    finally:
        server.close()
        await server.wait_closed()
        way.close()
