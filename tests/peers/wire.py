"""One websocket as a client holds it, lean enough for thousands in one process: no task, no queue, no library of its own."""

import asyncio
import os
from collections.abc import Callable
from typing import cast

from websockets.speedups import apply_mask

LOST = 1006
"""The code of a connection that ended without a close frame (RFC 6455 section 7.1.5)."""

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


class Rejected(Exception):
    """The server answered the upgrade with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Wire(asyncio.Protocol):
    """``heard`` gets the payload of each text message, ``lost`` the close code, once, when the connection has ended."""

    def __init__(self, request: bytes, heard: Callable[[bytes], None], lost: Callable[[int], None]) -> None:
        self._request = request
        self._heard = heard
        self._lost = lost
        self._rest = b""
        self._code = LOST
        self._mask = os.urandom(4)
        self._transport: asyncio.Transport
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def local_port(self) -> int:
        """The port of our end, by which the server's end can be found."""
        return int(self._transport.get_extra_info("sockname")[1])

    def send(self, payload: bytes) -> None:
        """Send one text message."""
        self._transport.write(self._frame(_TEXT, payload))

    def close(self) -> None:
        """Say goodbye; ``lost`` follows."""
        self._transport.write(self._frame(_CLOSE, (1000).to_bytes(2, "big")))

    def abort(self) -> None:
        """Drop the connection without a word."""
        self._transport.abort()

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at = 0
        if not self.opened.done():
            head, found, _ = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = data
                return
            status = int(head.split(b" ", 2)[1])
            if status != 101:
                self.opened.set_exception(Rejected(status))
                self._transport.abort()
                return
            at = len(head) + 4
            self.opened.set_result(None)
        end = len(data)
        while end - at >= 2:  # the server neither masks nor fragments
            length, start = data[at + 1], at + 2
            if length > 125:
                wide = 2 if length == 126 else 8
                length, start = int.from_bytes(data[start : start + wide], "big"), start + wide
            if end < start + length:
                break
            opcode, payload = data[at] & 0x0F, data[start : start + length]
            at = start + length
            if opcode == _TEXT:
                self._heard(payload)
            elif opcode == _PING:
                self._transport.write(self._frame(_PONG, payload))
            elif opcode == _CLOSE:
                self._code = int.from_bytes(payload[:2], "big")
                self._transport.write(self._frame(_CLOSE, payload[:2]))
                self._transport.close()
        self._rest = data[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionResetError("the server closed before it answered"))
        self._lost(self._code)

    def _frame(self, opcode: int, payload: bytes) -> bytes:
        size = len(payload)
        if size < 126:
            length = bytes((0x80 | size,))
        elif size < 1 << 16:
            length = b"\xfe" + size.to_bytes(2, "big")
        else:
            length = b"\xff" + size.to_bytes(8, "big")
        return bytes((0x80 | opcode,)) + length + self._mask + apply_mask(payload, self._mask)


async def open_wire(host: str, port: int, *, origin: str, cookie: str, heard: Callable[[bytes], None], lost: Callable[[int], None]) -> Wire:
    """A websocket to ``/live`` that is open.

    Raises: Rejected; OSError when nobody listens.
    """
    request = (
        f"GET /live HTTP/1.1\r\nHost: {origin.partition('//')[2]}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n"
    )
    _, wire = await asyncio.get_running_loop().create_connection(lambda: Wire(request.encode(), heard, lost), host, port)
    await wire.opened
    return wire
