"""One websocket, without a task, a queue or a timer of its own: an asyncio protocol that uvicorn hands the upgrade to."""

import asyncio
import logging
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol, cast

from server.protocol.closing import Closing
from server.realtime import frames, metrics
from server.realtime.frames import Fault, FrameReader
from server.realtime.handshake import Admitted, Rejected, Rules, rejection, shake_hands
from server.realtime.limits import Limits, Newcomers
from server.realtime.wheel import Wheel

security = logging.getLogger("server.security")

_OPENING, _OPEN, _CLOSING, _CLOSED = range(4)


class Receiver(Protocol):
    """What takes the messages of one socket. Each socket has one, from the handshake until it closes."""

    def received(self, message: bytes) -> None:
        """A text message, valid UTF-8, within the hard limit of size and the limit of rate."""

    def too_fast(self, message: bytes, wait_s: float) -> None:
        """A text message beyond the limit of rate. After ``wait_s`` one more will be taken."""

    def caught_up(self) -> None:
        """Everything written has left: what was skipped may be sent."""

    def restarting(self) -> None:
        """The process is about to end: say goodbye and close."""

    def gone(self) -> None:
        """The socket takes no more: called exactly once."""


class Door:
    """What all sockets of a process share. ``Door.open`` is what uvicorn's option ``ws`` takes."""

    def __init__(self, limits: Limits, rules: Rules, receive: "Callable[[LiveSocket, Admitted], Receiver]") -> None:
        self.limits = limits
        self.rules = rules
        self.receive = receive
        self.wheel = Wheel(limits.ping_s)
        self.brisk_wheel = Wheel(min(limits.ping_s, limits.room_ping_s))
        self.newcomers = Newcomers()
        self.sockets: set[LiveSocket] = set()
        self.empty = asyncio.Event()
        """Set while there is no socket."""
        self.empty.set()

    def open(self, config: object = None, server_state: object = None, app_state: object = None) -> "LiveSocket":
        """A protocol for one upgrade. uvicorn's ``server_state`` learns of it, so that a shutdown reaches it."""
        return LiveSocket(self, getattr(server_state, "connections", None))

    def enter(self, socket: "LiveSocket") -> None:
        self.sockets.add(socket)
        socket.wheel.enter(socket)
        self.empty.clear()

    def leave(self, socket: "LiveSocket") -> None:
        self.sockets.discard(socket)
        socket.wheel.leave(socket)
        if not self.sockets:
            self.empty.set()


class LiveSocket(asyncio.Protocol):
    """The framing, limits and closing of one connection. Its methods are called from the event loop's thread only."""

    __slots__ = (
        "_alive",
        "_connections",
        "_door",
        "_reader",
        "_receiver",
        "_spent_at",
        "_state",
        "_tokens",
        "_transport",
        "greeted",
        "paused",
        "wheel",
    )

    def __init__(self, door: Door, connections: "set[object] | None" = None) -> None:
        self._door = door
        self._connections = connections
        self._reader = FrameReader(door.limits.message_bytes_hard, door.limits.fragments)
        self._receiver: Receiver | None = None
        self._state = _OPENING
        self._tokens = float(door.limits.burst)
        self._spent_at = 0.0
        self._alive = True
        self.greeted = False
        """Whether the client has said who it is; until then a deadline runs."""
        self.paused = False
        """Whether bytes wait for a reader who does not read."""
        self.wheel = door.wheel
        """What keeps time for it."""

    # --- what the hub and the session ask of it ---

    def send(self, frame: bytes) -> None:
        """Write a frame that must not be skipped. Who is too far behind is closed instead, and follows again when back."""
        if self._state == _OPEN:
            if self.paused and self._transport.get_write_buffer_size() > self._door.limits.behind_bytes:
                metrics.resyncs.labels("bytes").inc()
                self.close(Closing.RESYNC)
            else:
                self._transport.write(frame)

    def close(self, code: Closing, reason: str = "") -> None:
        """Start to close: the frames already written still leave, within ``linger_s``; nothing more is read or sent."""
        if self._state != _OPEN:
            return
        if self._transport.is_closing():
            self._end()
            return
        self._transport.write(frames.close_frame(code, reason or code.name.lower()))
        metrics.closings.labels(code.name.lower()).inc()
        self._end()
        if self._transport.can_write_eof():
            # Half-closed, not closed: a close with bytes unread would reset the connection and could destroy the close frame.
            self._transport.write_eof()

    def unwatch(self) -> None:
        """The client has said who it is, in time."""
        self.greeted = True
        self.wheel.unwatch(self)

    def watch_closely(self) -> None:
        """Others wait for this reader: ping often, so that a dead connection is found soon."""
        if self._state == _OPEN and self.wheel is not self._door.brisk_wheel and not self.paused:
            self.wheel.leave(self)
            self.wheel = self._door.brisk_wheel
            self.wheel.enter(self)

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        limits = self._door.limits
        self._transport.set_write_buffer_limits(limits.write_high_bytes)
        connection = self._transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, limits.socket_buffer_bytes)
        self._door.enter(self)
        if self._connections is not None:
            self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._alive = True
        if self._state == _OPEN:
            try:
                for opcode, payload in self._reader.feed(data):
                    self._take(opcode, payload)
                    if self._state != _OPEN:
                        return
            except Fault as fault:
                self.close(fault.code, fault.reason)
        elif self._state == _OPENING:
            self._open(data)
        elif not self._transport.can_write_eof():
            self._transport.close()  # over TLS one cannot half-close: the peer has answered our close frame

    def pause_writing(self) -> None:
        self.paused = True
        if self._state == _OPEN:
            self.wheel.watch(self, self._door.limits.behind_s)

    def resume_writing(self) -> None:
        self.paused = False
        if self._state == _OPEN and self._receiver is not None:
            self.wheel.unwatch(self)
            self._receiver.caught_up()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._state in (_OPENING, _OPEN):
            self._end()
        self._state = _CLOSED
        self._door.leave(self)
        if self._connections is not None:
            self._connections.discard(self)

    def shutdown(self) -> None:
        """Called by uvicorn when it stops."""
        if self._receiver is not None:
            self._receiver.restarting()
        elif self._state == _OPENING:
            self._transport.close()

    # --- the wheel ---

    def beat(self) -> None:
        if self._state == _OPEN and not self.paused:
            if not self._alive:
                metrics.closings.labels("silent").inc()
                self._transport.abort()
                return
            self._alive = False
            self._transport.write(frames.PING_FRAME)

    def overdue(self) -> None:
        if self._state != _OPEN:
            self._transport.abort()
        elif not self.greeted:
            self.close(Closing.NOT_RECOGNISED, "no hello")
        else:
            metrics.resyncs.labels("time").inc()
            self.close(Closing.RESYNC)

    # --- inside ---

    def _open(self, head: bytes) -> None:
        peer = self._transport.get_extra_info("peername")
        answer = shake_hands(head, peer[0] if isinstance(peer, tuple) else "", self._door.rules)
        if isinstance(answer, Admitted):
            answer = self._admit(answer)
        self._transport.write(answer.response)
        if isinstance(answer, Rejected):
            metrics.rejections.labels(answer.reason).inc()
            security.warning("live connection rejected", extra={"event": "live_rejected", "reason": answer.reason, "status": answer.status})
            self._end()
            self._transport.close()
            return
        self._state = _OPEN
        self._spent_at = asyncio.get_running_loop().time()
        metrics.connections.inc()
        self._receiver = self._door.receive(self, answer)
        self.wheel.watch(self, self._door.limits.hello_s)

    def _admit(self, admitted: Admitted) -> Admitted | Rejected:
        limits = self._door.limits
        if len(self._door.sockets) > limits.connections:
            return rejection(HTTPStatus.SERVICE_UNAVAILABLE, "full", [("Retry-After", "30")])
        now = asyncio.get_running_loop().time()
        if not self._door.newcomers.arrive(admitted.network, now, limits.newcomers_per_minute):
            return rejection(HTTPStatus.TOO_MANY_REQUESTS, "too_many_newcomers", [("Retry-After", "60")])
        return admitted

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == frames.CLOSE:
            self._transport.write(frames.frame(frames.CLOSE, payload))
            self._end()
            self._transport.close()
            return
        wait_s = self._spend()
        if wait_s is None:
            metrics.rate_limited.inc()
            self.close(Closing.ABUSE)
        elif opcode == frames.TEXT:
            assert self._receiver is not None
            if wait_s == 0:
                self._receiver.received(payload)
            else:
                metrics.rate_limited.inc()
                self._receiver.too_fast(payload, wait_s)
        elif opcode == frames.BINARY:
            self.close(Closing.NOT_TEXT)
        elif opcode == frames.PING and wait_s == 0:
            self._transport.write(frames.frame(frames.PONG, payload))

    def _spend(self) -> float | None:
        """Take one token: 0 if there was one, else the seconds until there is, or nothing when the debt is as large as the burst."""
        limits = self._door.limits
        now = asyncio.get_running_loop().time()
        self._tokens = min(float(limits.burst), self._tokens + (now - self._spent_at) * limits.messages_per_s) - 1
        self._spent_at = now
        if self._tokens >= 0:
            return 0
        return None if self._tokens < -limits.burst else -self._tokens / limits.messages_per_s

    def _end(self) -> None:
        """Take no more. The transport has ``linger_s`` to send what it holds."""
        opened = self._state == _OPEN
        self._state = _CLOSING
        self.wheel.watch(self, self._door.limits.linger_s)
        receiver, self._receiver = self._receiver, None
        if opened and receiver is not None:
            metrics.connections.dec()
            receiver.gone()
