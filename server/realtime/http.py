"""The HTTP side of a connection, as uvicorn's but with bounds on the head of a request: in bytes, in lines and in time.

Every live connection begins as an HTTP request, so its slow and oversized beginnings are cut here.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.realtime.limits import Limits

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 15\r\nconnection: close\r\n\r\nhead_too_large\n"
)


class HttpConnection(HttpToolsProtocol):
    """What uvicorn's option ``http`` takes, through ``http_connection``."""

    limits = Limits()
    _reading_head = True
    _received = 0
    _deadline: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest_assured()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._reading_head:
            self._received += len(data)
        super().data_received(data)
        if self._reading_head and self._received > self.limits.request_bytes:
            self._refuse()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._reading_head:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._reading_head = False
        self._rest_assured()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.limits.request_bytes or len(self.headers) > self.limits.request_headers:
            self._refuse()
            raise ValueError("head too large")  # ends the parsing; what is sent for it is already sent
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if not self._refused:
            super().send_400_response(msg)

    def _await_head(self) -> None:
        self._reading_head = True
        self._received = 0
        self._deadline = self.loop.call_later(self.limits.request_s - 0.5, self._too_slow)

    def _rest_assured(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self.transport.abort()

    def _refuse(self) -> None:
        self._refused = True
        self._rest_assured()
        self.transport.write(_TOO_LARGE)
        self.transport.close()


def http_connection(limits: Limits) -> type[asyncio.Protocol]:
    """The class for uvicorn's option ``http``, with these limits."""
    return cast(type[asyncio.Protocol], type("HttpConnection", (HttpConnection,), {"limits": limits}))
