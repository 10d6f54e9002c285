"""Clients of ``/live``: one that speaks the protocol well, and one that sends any bytes it likes."""

import asyncio
import contextlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.speedups import apply_mask

from server.protocol import live
from tests.realtime.serving import Serving

M = TypeVar("M")
_decode = msgspec.json.Decoder(live.FromServer).decode
PATIENCE_S = 60.0
"""How long anything expected may take on a slow machine. Nothing is expected to take nearly so long."""


async def until(condition: Callable[[], bool]) -> None:
    """Return when ``condition`` holds: for what the server does by itself and tells nobody."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Client:
    """A well-behaved client. ``async with Client(serving) as client``."""

    def __init__(self, serving: Serving, **options: Any) -> None:
        options.setdefault("origin", serving.origin)
        if serving.trusted is not None:
            options["ssl"] = serving.trusted
        self._connecting = connect(serving.uri, compression=None, ping_interval=None, max_size=None, open_timeout=PATIENCE_S, **options)
        self.socket: ClientConnection

    async def __aenter__(self) -> Self:
        self.socket = await self._connecting
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.socket.close()

    async def send(self, message: live.FromClient) -> None:
        await self.socket.send(msgspec.json.encode(message).decode())

    async def say(self, text: str | dict[str, object]) -> None:
        """Send any text."""
        await self.socket.send(text if isinstance(text, str) else json.dumps(text))

    async def hello(self, ticket: str) -> live.Welcome:
        await self.send(live.Hello(ticket, live.PROTOCOL_VERSION))
        welcome = await self.hear()
        assert isinstance(welcome, live.Welcome), welcome
        return welcome

    async def follow(self, topic: str, after: int = 0, role: Any = "public") -> None:
        await self.send(live.Follow(topic, after, role))

    async def hear(self) -> live.FromServer:
        """The next message."""
        message: live.FromServer = _decode(await asyncio.wait_for(self.socket.recv(), PATIENCE_S))
        return message

    async def hear_a(self, kind: type[M]) -> M:
        """The next message of that kind; what comes before it is dropped."""
        while not isinstance(message := await self.hear(), kind):
            pass
        return message

    async def vote(self, question: int, choice: int, id: str | None = None) -> str:
        """Send a vote and return its id."""
        id = id or str(uuid.uuid4())
        await self.send(live.Vote(id, question, choice))
        return id

    async def closed(self) -> tuple[int, str]:
        """The code and reason with which the server closes; what it says until then is dropped."""
        try:
            while True:
                await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
        except ConnectionClosed as closed:
            close = closed.rcvd
        assert close is not None, "the connection broke without a close frame"
        return close.code, close.reason


class RawClient:
    """A client that writes bytes. It has opened the connection properly, unless told not to."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._serving.port, ssl=self._serving.trusted)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def upgrade(self, **changes: str | None) -> int:
        """Send the upgrade request with some headers changed, added or (None) left out; the status of the answer."""
        self.write(request_head(self._serving, changes))
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        self.head = head.decode("latin-1")
        return int(self.head.split()[1])

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: (opcode, payload)."""
        return await asyncio.wait_for(self._frame(), PATIENCE_S)

    async def _frame(self) -> tuple[int, bytes]:
        first, second = await self.reader.readexactly(2)
        assert first & 0x80 and not second & 0x80, "the server fragments nothing and masks nothing"
        size = second
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2), "big")
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8), "big")
        return first & 0x0F, await self.reader.readexactly(size)

    async def close_code(self) -> int:
        """The code of the close frame that must come, whatever comes before it; then the connection must end."""
        while True:
            opcode, payload = await self.frame()
            if opcode == 0x8:
                code = int.from_bytes(payload[:2], "big")
                break
        await self.ended()
        return code

    async def ended(self) -> None:
        """Return when the server has closed or reset the connection."""
        with contextlib.suppress(ConnectionResetError):
            while await asyncio.wait_for(self.reader.read(1 << 16), PATIENCE_S):
                pass


def request_head(serving: Serving, changes: Mapping[str, str | None] | None = None, path: str = "/live") -> bytes:
    """An upgrade request; ``_`` in the name of a header stands for ``-``."""
    headers: dict[str, str | None] = {
        "Host": serving.host,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Origin": serving.origin,
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    known = {name.lower(): name for name in headers}
    for name, value in (changes or {}).items():
        plain = name.replace("_", "-")
        headers[known.get(plain.lower(), plain)] = value
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def masked(opcode: int, payload: bytes, *, final: bool = True, reserved: int = 0) -> bytes:
    """A client's frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        length = bytes((0x80 | size,))
    elif size < 1 << 16:
        length = bytes((0x80 | 126,)) + size.to_bytes(2, "big")
    else:
        length = bytes((0x80 | 127,)) + size.to_bytes(8, "big")
    mask = os.urandom(4)
    return bytes(((0x80 if final else 0) | reserved | opcode,)) + length + mask + apply_mask(payload, mask)
