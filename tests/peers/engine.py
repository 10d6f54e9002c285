"""The media server as operators start it: ``python -m server.sfu``, on free ports, with a key pair of its own."""

import asyncio
import contextlib
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from livekit import api
from livekit.api.room_service import RoomService

from server.kernel.child import start_child
from server.settings import Settings
from tests.peers.ports import free_port, free_udp_port

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 120.0
"""How long a media server may take to begin, or to end, on a busy machine."""
KEY, SECRET = "key-of-the-tests", "a secret that only the tests of this checkout know"


class Engine(Protocol):
    """A media server, ours or LiveKit's: where clients find it, where the platform does, and its ends and beginnings."""

    port: int
    door_port: int
    """Where a doorway stands in front of it; 0: at any free port."""

    @property
    def url(self) -> str: ...

    @property
    def service_url(self) -> str: ...

    def start(self) -> None: ...

    def kill(self) -> None: ...


class MediaServer:
    """One media server; ``start`` and ``stop`` or ``kill`` any number of times: its ports stay. What it prints is in ``output``.

    ``arguments`` are its own, ``settings`` more of the environment's variables.
    """

    door_port = 0

    def __init__(self, output: Path, *arguments: str, web_port: int = 1, **settings: str) -> None:
        self.output, self._arguments = output, arguments
        self.port, self.media_port = free_port(), free_udp_port()
        names = {name.upper() for name in Settings.__struct_fields__}
        self._environ = {name: value for name, value in os.environ.items() if name not in names} | {
            "LIVEKIT_API_KEY": KEY,
            "LIVEKIT_API_SECRET": SECRET,
            "LISTEN_PORT": str(web_port),
            "MEDIA_SIGNAL_PORT": str(self.port),
            "MEDIA_PORT": str(self.media_port),
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        return self.url

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns when it answers; fails with all it said when it ends before. It dies with the thread that calls this."""
        with self.output.open("ab") as output:
            process = start_child([sys.executable, "-m", "server.sfu", *self._arguments], environ=self._environ, output=output, folder=ROOT)
        self._process = process
        wait_until_it_answers(self.url, lambda: process.poll() is None, lambda: self.output.read_text("utf-8"))

    def stop(self) -> None:
        """Asks it to end, as the supervisor does, and waits."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(PATIENCE_S)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)

    def figure(self, name: str, label: str = "") -> float:
        """The sum of a figure of ``/metrics`` over all its labels, or where one label is ``label``."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*{label}[^}}]*}})? (\S+)$", text, re.MULTILINE))


def token(
    identity: str,
    room: str,
    *,
    life_s: float = 600,
    publish: bool = True,
    sources: Sequence[str] = (),
    subscribe: bool = True,
    data: bool = True,
    update_metadata: bool = False,
    hidden: bool = False,
    metadata: str = "",
) -> str:
    """A token with which ``identity`` joins ``room``."""
    grants = api.VideoGrants(
        room_join=True,
        room=room,
        can_publish=publish,
        can_publish_sources=list(sources) or None,
        can_subscribe=subscribe,
        can_publish_data=data,
        can_update_own_metadata=update_metadata,
        hidden=hidden,
    )
    made = api.AccessToken(KEY, SECRET).with_identity(identity).with_metadata(metadata).with_ttl(timedelta(seconds=life_s))
    return made.with_grants(grants).to_jwt()


def new_room() -> str:
    """The name of a room that no other test has."""
    return f"room-{secrets.token_hex(6)}"


@asynccontextmanager
async def room_service(server: Engine) -> AsyncIterator[RoomService]:
    """LiveKit's own client of the Room Service."""
    async with api.LiveKitAPI(server.service_url, KEY, SECRET) as client:
        yield client.room


@contextlib.contextmanager
def running_media_server(output: Path, *, web_port: int = 1, **settings: str) -> Iterator[MediaServer]:
    server = MediaServer(output, web_port=web_port, **settings)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def wait_until_it_answers(url: str, runs: Callable[[], bool], said: Callable[[], str]) -> None:
    """Waits until a media server of ours is there for clients; fails with what it said when it does not run any more, or never answers."""
    deadline = time.monotonic() + PATIENCE_S
    while not _answers(f"{url}/healthz"):
        assert runs() and time.monotonic() < deadline, said()
        time.sleep(0.05)


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=PATIENCE_S):
        return True
    return False


class Doorway:
    """A relay in front of a media server's port that refuses paths, drops connections when it is told to, and has ``pages`` of its own."""

    def __init__(self, to_port: int, *, port: int = 0, refused: str = "", pages: Mapping[str, Path] | None = None) -> None:
        self._to_port = to_port
        self._port = port
        self._refused = refused
        self._pages = pages or {}
        self._server: asyncio.Server
        self._writers: set[asyncio.StreamWriter] = set()
        self.seen: list[str] = []
        """The paths asked for, without their queries."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def drop(self) -> None:
        """Cuts every connection, as a network does that is gone for a moment."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port, limit=1 << 20)

    async def close(self) -> None:
        self._server.close()
        self.drop()
        await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode().partition("?")[0]
                self.seen.append(path)
                if self._refused and path.startswith(self._refused):
                    answer = b"HTTP/1.1 404 Not Found\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    writer.write(answer)
                    await writer.drain()
                    return
                if path in self._pages:
                    writer.write(await asyncio.to_thread(_answer_with, self._pages[path]))
                    await writer.drain()
                    return
                onward, back = await asyncio.open_connection("127.0.0.1", self._to_port)
                self._writers.add(back)
                back.write(head)
                await asyncio.gather(self._pass(reader, back), self._pass(onward, writer))
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
        finally:
            self._writers.discard(writer)
            writer.close()


def _answer_with(file: Path) -> bytes:
    kind, body = "text/javascript" if file.suffix == ".js" else "text/html; charset=utf-8", file.read_bytes()
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


@asynccontextmanager
async def doorway(server: Engine, *, refused: str = "", pages: Mapping[str, Path] | None = None) -> AsyncIterator[Doorway]:
    door = Doorway(server.port, port=server.door_port, refused=refused, pages=pages)
    await door.open()
    try:
        yield door
    finally:
        await door.close()
