"""One signalling connection: what is sent never waits, what is received is counted, and a silent or stuffed client is cut."""

import asyncio
import time
from collections import deque
from typing import Protocol

from google.protobuf.message import DecodeError
from livekit.protocol.rtc import SignalRequest, SignalResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.sfu import metrics
from server.sfu.limits import Bucket, Limits

NORMAL, GOING_AWAY, TOO_LARGE, POLICY, TRY_LATER = 1000, 1001, 1009, 1008, 1013
"""Close codes, RFC 6455 section 7.4.1."""


class Receives(Protocol):
    """Takes what a client says, one message at a time, and never raises."""

    def __call__(self, request: SignalRequest, /) -> None: ...


class Session:
    """A websocket that is open. Everything is called from the event loop."""

    def __init__(self, socket: WebSocket, limits: Limits) -> None:
        self._socket = socket
        self._limits = limits
        self._unsent: deque[bytes] = deque()
        self._unsent_bytes = 0
        self._wake = asyncio.Event()
        self._close_code: int | None = None
        self._cut = asyncio.Event()

    @property
    def closing(self) -> bool:
        """Whether nothing is taken or sent any more, but for what is on its way."""
        return self._close_code is not None

    def send(self, response: SignalResponse) -> None:
        """Sends when the client reads; a client too far behind is cut instead."""
        if self.closing:
            return
        metrics.signals_sent.inc()
        frame = response.SerializeToString()
        self._unsent.append(frame)
        self._unsent_bytes += len(frame)
        self._wake.set()
        if self._unsent_bytes > self._limits.unsent_bytes:
            self.cut("behind")

    def close(self, code: int = NORMAL) -> None:
        """Sends what waits, then closes."""
        if not self.closing:
            self._close_code = code
            self._wake.set()

    def cut(self, reason: str) -> None:
        """Closes at once; what waits is lost."""
        metrics.sessions_cut.labels(reason).inc()
        self._unsent.clear()
        self._close_code = self._close_code or TRY_LATER
        self._wake.set()
        self._cut.set()

    async def run(self, receive: Receives) -> None:
        """Carries messages both ways until the client or the server closes."""
        reading = asyncio.create_task(self._read(receive))
        writing = asyncio.create_task(self._write())
        cut = asyncio.create_task(self._cut.wait())
        try:
            await asyncio.wait({reading, writing, cut}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._close_code = self._close_code or GOING_AWAY
            for task in (reading, writing, cut):
                task.cancel()
            await asyncio.gather(reading, writing, cut, return_exceptions=True)
        for task in (reading, writing):
            if not task.cancelled() and (failure := task.exception()) is not None and not isinstance(failure, WebSocketDisconnect):
                raise failure

    async def _read(self, receive: Receives) -> None:
        bucket = Bucket(self._limits.signals_per_s, self._limits.signals_burst)
        rested_s = 0.0
        while True:
            try:
                async with asyncio.timeout(self._limits.ping_timeout_s):
                    message = await self._socket.receive()
            except TimeoutError:
                self.cut("silent")
                return
            if message["type"] != "websocket.receive":
                return
            if self.closing:
                continue  # it has been told to go; nothing it says counts any more
            raw = message.get("bytes")
            if not bucket.take(1, time.monotonic()):
                self.cut("rate")
                return
            if raw is None or len(raw) > self._limits.signal_bytes:
                self.cut("malformed")  # the older text form of the messages is not spoken here
                return
            try:
                request = SignalRequest.FromString(raw)
            except DecodeError:
                self.cut("malformed")
                return
            metrics.signals_received.labels(request.WhichOneof("message") or "unknown").inc()
            began_s = time.monotonic()
            receive(request)
            now_s = time.monotonic()
            # One client, whatever it sends, takes at most its share of a server that carries everybody's media.
            rested_s = max(rested_s, began_s) + (now_s - began_s) / self._limits.work_share
            await asyncio.sleep(rested_s - now_s - self._limits.work_at_once_s / self._limits.work_share)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsent:
                frame = self._unsent.popleft()
                self._unsent_bytes -= len(frame)
                await self._socket.send_bytes(frame)
            if self.closing:
                await self._socket.close(self._close_code or NORMAL)
                return
