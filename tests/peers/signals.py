"""A client that speaks nothing but signalling: what is said to it is kept, what it says is up to the test."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode

import websockets
from livekit.protocol.rtc import JoinRequest, SignalRequest, SignalResponse, WrappedJoinRequest
from websockets.asyncio.client import ClientConnection

PATIENCE_S = 60.0
"""How long anything expected may take on a busy machine."""


class SignalClient:
    """A connection to ``/rtc`` or ``/rtc/v1``."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.heard: list[SignalResponse] = []
        self._news = asyncio.Event()
        self.closed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def say(self, **message: Any) -> None:
        """Sends one request: ``say(mute=MuteTrackRequest(…))``."""
        await self.say_bytes(SignalRequest(**message).SerializeToString())

    async def say_bytes(self, raw: bytes | str) -> None:
        with suppress(websockets.ConnectionClosed):
            await self._socket.send(raw)

    async def hear(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """The first message of a kind that fits, from what was heard and is heard."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for response in self.all(kind):
                    if fits(response):
                        return response
                if self.closed.is_set():
                    raise AssertionError(f"no {kind} before the end, only {[one.WhichOneof('message') for one in self.heard]}")
                self._news.clear()
                await self._news.wait()

    def all(self, kind: str) -> list[Any]:
        return [getattr(response, kind) for response in self.heard if response.WhichOneof("message") == kind]

    def kinds(self) -> list[str | None]:
        return [response.WhichOneof("message") for response in self.heard]

    async def silence(self) -> None:
        """Waits until everything that was on its way has arrived: the answer to a ping comes after it."""
        pongs = len(self.all("pong"))
        await self.say(ping=1)
        async with asyncio.timeout(PATIENCE_S):
            while len(self.all("pong")) == pongs and not self.closed.is_set():
                self._news.clear()
                await self._news.wait()

    def forget(self) -> None:
        self.heard.clear()

    async def drop(self) -> None:
        """Goes without a word."""
        self._socket.transport.abort()
        await self.closed.wait()

    async def close(self) -> None:
        await self._socket.close()
        await self._reading

    async def _read(self) -> None:
        with suppress(websockets.ConnectionClosed):
            async for message in self._socket:
                assert isinstance(message, bytes)
                self.heard.append(SignalResponse.FromString(message))
                self._news.set()
        self.closed.set()
        self._news.set()


@asynccontextmanager
async def signalling(
    url: str, token: str, request: JoinRequest | None = None, *, path: str = "/rtc", **query: str
) -> AsyncIterator[SignalClient]:
    """Joins: with a join request over ``/rtc/v1``, by the query over ``/rtc``.

    Raises: websockets.InvalidStatus when the upgrade is refused.
    """
    if request is not None:
        query["join_request"] = packed(request)
        path = "/rtc/v1"
    address = f"{url.replace('http', 'ws', 1)}{path}?{urlencode({'access_token': token, **query})}"
    async with websockets.connect(address, max_size=None, ping_interval=None) as socket:
        client = SignalClient(socket)
        try:
            yield client
        finally:
            await client.close()


def packed(request: JoinRequest) -> str:
    """A join request as clients put it into the query."""
    wrapped = WrappedJoinRequest(compression=WrappedJoinRequest.GZIP, join_request=gzip.compress(request.SerializeToString()))
    return base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()
