"""Signalling of media, relayed to the own media engine byte by byte, so that browsers need one origin and one TLS port.

The head of a request is read here (``server.realtime.http``), checked, and written anew; what follows passes unread both ways. Who
may enter which room stands in the request's token, which only the engine reads: no cookie of the site gets there.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, cast

from server.realtime import metrics
from server.realtime.address import client_address
from server.realtime.handshake import Rejected, Rules, rejection
from server.realtime.limits import Limits

_SWITCHED = b"HTTP/1.1 101 "
PATHS = frozenset({b"/rtc", b"/rtc/v1", b"/rtc/validate", b"/rtc/v1/validate"})

security = logging.getLogger("server.security")

_PASSED_ON = frozenset(
    {
        *(b"host", b"origin", b"user-agent", b"authorization", b"accept", b"accept-language", b"upgrade"),
        *(b"sec-websocket-key", b"sec-websocket-version", b"sec-websocket-protocol", b"sec-websocket-extensions"),
    }
)

Headers = Sequence[tuple[bytes, bytes]]


class Relay:
    """What all relayed connections of a process share. ``engine`` is where the media engine listens."""

    def __init__(self, engine: tuple[str, int], limits: Limits, rules: Rules) -> None:
        self.engine = engine
        self.limits = limits
        self.rules = rules
        self.callers: Counter[str] = Counter()
        """Connections by the address they come from."""

    def takes(self, target: bytes) -> bool:
        """Whether a request for ``target``, complete or not, is the engine's. A target cut short inside its path is not."""
        return target.partition(b"?")[0] in PATHS

    def take(self, transport: asyncio.Transport, method: str, target: bytes, headers: Headers, connections: "set[Any]") -> None:
        """Takes over a connection whose request has this head. ``connections`` are those that uvicorn shuts down when it stops."""
        address = self._address(transport, headers)
        refused = self._refusal(method, headers, address)
        if refused is not None:
            transport.write(refused.response)
            transport.close()
            metrics.rejections.labels(refused.reason).inc()
            facts = {"event": "relay_rejected", "reason": refused.reason, "status": refused.status}
            security.warning("relayed connection rejected", extra={"facts": facts})
            return
        caller = _Caller(self, transport, address, connections)
        transport.set_protocol(caller)
        caller.begin(_head(target, headers))

    def _address(self, transport: asyncio.Transport, headers: Headers) -> str:
        peer = transport.get_extra_info("peername")
        forwarded = ",".join(_all(headers, b"x-forwarded-for"))
        return str(client_address(peer[0] if isinstance(peer, tuple) else "", forwarded, self.rules.trusted_proxies))

    def _refusal(self, method: str, headers: Headers, address: str) -> Rejected | None:
        if method != "GET":
            return rejection(HTTPStatus.METHOD_NOT_ALLOWED, "wrong_method", [("Allow", "GET")])
        if _all(headers, b"host") not in [[host] for host in self.rules.hosts]:
            return rejection(HTTPStatus.BAD_REQUEST, "wrong_host")
        # A program that is no browser sends none. The token in the request, not a cookie, says who asks.
        if _all(headers, b"origin") not in [[], *([origin] for origin in self.rules.origins)]:
            return rejection(HTTPStatus.FORBIDDEN, "wrong_origin")
        if self.callers[address] >= self.limits.relayed_per_address:
            return rejection(HTTPStatus.TOO_MANY_REQUESTS, "too_many_from_address", [("Retry-After", "60")])
        if self.callers.total() >= self.limits.relayed:
            return rejection(HTTPStatus.SERVICE_UNAVAILABLE, "full", [("Retry-After", "30")])
        return None


class _Side(asyncio.Protocol):
    """One of the two connections of a relayed one. What either does not take is not read from the other, and not for long."""

    transport: asyncio.Transport
    other: "_Side | None" = None
    _linger: asyncio.TimerHandle | None = None
    _behind: asyncio.TimerHandle | None = None

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)

    def pause_writing(self) -> None:
        # Who is not read from is not seen to end either: so there is a time after which both are.
        self._behind = asyncio.get_running_loop().call_later(self._limits.behind_s, self.transport.abort)
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self._behind is not None:
            self._behind.cancel()
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._linger, self._behind):
            if timer is not None:
                timer.cancel()
        other, self.other = self.other, None
        if other is not None:
            other.other = None
            other.end()

    def end(self) -> None:
        """What is written still leaves, if the peer takes it soon."""
        if self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(self._limits.linger_s, self.transport.abort)
            self.transport.close()


class _Engine(_Side):
    """The side of the media engine."""

    _answer = b""

    def data_received(self, data: bytes) -> None:
        if len(self._answer) < len(_SWITCHED):
            self._answer += data[: len(_SWITCHED) - len(self._answer)]
            if self._answer == _SWITCHED and isinstance(self.other, _Caller):
                self.other.heard = True
        super().data_received(data)


class _Caller(_Side):
    """The side of the browser."""

    heard = False
    """Whether the engine has agreed to a websocket. Until then nothing passes: it could be a request for something else of the engine."""

    def __init__(self, relay: Relay, transport: asyncio.Transport, address: str, connections: "set[Any]") -> None:
        super().__init__(relay.limits)
        self.transport = transport
        self._relay = relay
        self._address = address
        self._connections = connections
        self._dialling: asyncio.Task[None] | None = None
        connections.add(self)
        relay.callers[address] += 1
        metrics.relayed.inc()

    def begin(self, head: bytes) -> None:
        self.transport.pause_reading()
        self._dialling = asyncio.create_task(self._dial(head))

    async def _dial(self, head: bytes) -> None:
        engine = _Engine(self._limits)
        try:
            async with asyncio.timeout(self._limits.relay_dial_s):
                await asyncio.get_running_loop().create_connection(lambda: engine, *self._relay.engine)
        except (OSError, TimeoutError):
            metrics.rejections.labels("no_engine").inc()
            self.transport.write(rejection(HTTPStatus.SERVICE_UNAVAILABLE, "no_engine", [("Retry-After", "1")]).response)
            self.end()
            return
        self.other, engine.other = engine, self
        engine.transport.write(head)
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self.heard:
            super().data_received(data)
        else:
            self.end()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._dialling is not None:
            self._dialling.cancel()
        super().connection_lost(exc)
        self._connections.discard(self)
        self._relay.callers[self._address] -= 1
        if not self._relay.callers[self._address]:
            del self._relay.callers[self._address]
        metrics.relayed.dec()

    def shutdown(self) -> None:
        """Called by uvicorn when it stops. The client comes back by itself, and its media has flowed on."""
        self.end()


def _head(target: bytes, headers: Headers) -> bytes:
    """The head of the request as the engine gets it: one request on this connection, with nothing of the site in it."""
    upgrade = any(name == b"upgrade" for name, _ in headers)
    kept = [name + b": " + value for name, value in headers if name in _PASSED_ON]
    connection = b"connection: " + (b"Upgrade" if upgrade else b"close")
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *kept, connection, b"", b""])


def _all(headers: Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name == wanted]
