"""The HTTP side of a connection, as uvicorn's but with bounds on the head of a request: in bytes, in lines and in time.

Every live connection begins as an HTTP request, so its slow and oversized beginnings are cut here. What is the media engine's
leaves uvicorn's hands here too.
"""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.realtime.limits import Limits
from server.realtime.relay import Relay

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: 15\r\nconnection: close\r\n\r\nhead_too_large\n"
)


class HttpConnection(HttpToolsProtocol):
    """What uvicorn's option ``http`` takes, through ``http_connection``."""

    limits = Limits()
    relay: Relay | None = None
    _reading_head = True
    _received = 0
    _deadline: asyncio.TimerHandle | None = None
    _refused = False
    _relayed = ""  # the method of the request that is the media engine's

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
        if self._reading_head and self._received > self._most():
            self._refuse()
        if self._relayed and self.relay is not None:
            self.connections.discard(self)
            self.relay.take(self.transport, self._relayed, self.url, self.headers, self.connections)

    def on_message_begin(self) -> None:
        if self._relayed:
            raise ValueError("a second request")  # ends the parsing; the first is all that is relayed
        super().on_message_begin()
        if not self._reading_head:
            self._await_head()

    def on_headers_complete(self) -> None:
        self._reading_head = False
        self._rest_assured()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self._most() or len(self.headers) > self.limits.request_headers:
            self._refuse()
            raise ValueError("head too large")  # ends the parsing; what is sent for it is already sent
        if self.relay is not None and self.relay.takes(self.url):
            if self.cycle is not None and not self.cycle.response_complete:
                raise ValueError("relayed before the answer to another request")
            self._relayed = self.parser.get_method().decode("ascii")
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._relayed:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._relayed:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        if not self._relayed:
            super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        if not self._refused and not self._relayed:
            super().send_400_response(msg)

    def _most(self) -> int:
        relayed = self.relay is not None and self.relay.takes(self.url)
        return self.limits.relayed_request_bytes if relayed else self.limits.request_bytes

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


def http_connection(limits: Limits, relay: Relay | None = None) -> type[asyncio.Protocol]:
    """The class for uvicorn's option ``http``, with these limits. Without a relay there is no own media engine."""
    return cast(type[asyncio.Protocol], type("HttpConnection", (HttpConnection,), {"limits": limits, "relay": relay}))
