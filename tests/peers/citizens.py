"""Citizens at their browsers: signed in, connected to ``/live``, each with a ledger of what she asked for and what she was told."""

import asyncio
import re
import uuid
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from server.identity.sessions import Sessions
from server.kernel.ids import ConsultationId, PersonId, QuestionId, SessionId, Topic
from server.protocol import live
from server.store import identity
from server.store.connection import Pool
from server.store.identity import Lifetimes
from tests.peers.wire import Wire, open_wire

PATIENCE_S = 60.0
"""How long anything expected may take on a busy machine, a restart of the database included."""

OPEN = frozenset({"", "failed", "unavailable"})
"""Answers after which one cannot know whether the command was carried out: none at all, or a fault of the server."""

_decode = msgspec.json.Decoder(live.FromServer).decode
_encode = msgspec.json.Encoder().encode
_TALLY = b'{"type":"tally"'


class Account(msgspec.Struct, frozen=True):
    """A signed-in person: ``secret`` is the value of the session's cookie."""

    person: PersonId
    secret: str
    email: str


class Asked:
    """One command in a ledger. ``answer`` is ``done``, the code of a refusal, or empty while nothing is known."""

    __slots__ = ("answer", "done", "message", "person", "settled")

    def __init__(self, person: PersonId, message: live.Command) -> None:
        self.person = person
        self.message = message
        self.answer = ""
        self.done: live.Done | None = None
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when an answer has come, or the connection has gone without one."""

    @property
    def known(self) -> bool:
        return self.answer not in OPEN

    def settle(self) -> None:
        if not self.settled.done():
            self.settled.set_result(None)


class Ledger:
    """What a crowd asked for and was told, in the order of asking."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._done: dict[type, list[float]] = {live.Vote: [], live.Contribute: []}
        self._more_done = asyncio.Event()

    def note_done(self, asked: Asked) -> None:
        self._done.setdefault(type(asked.message), []).append(asyncio.get_running_loop().time())
        self._more_done.set()

    async def until(self, condition: Callable[[], bool], within_s: float) -> None:
        """Wait until an acknowledgement makes ``condition`` true."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._more_done.clear()
                await self._more_done.wait()

    def done_within(self, kind: type, seconds: float) -> int:
        """How many commands of that kind were acknowledged in the last so many seconds."""
        times = self._done[kind]
        return len(times) - bisect_left(times, asyncio.get_running_loop().time() - seconds)

    def done(self, kind: type) -> int:
        return len(self._done[kind])

    def summary(self) -> str:
        """How many commands got which answer."""
        found = Counter((type(asked.message).__name__, asked.answer or "no answer") for asked in self.asked)
        return ", ".join(f"{kind} {answer}: {number}" for (kind, answer), number in sorted(found.items()))

    def unknown(self) -> list[Asked]:
        return [asked for asked in self.asked if not asked.known]


class Site:
    """Where the product is reached. ``async with Site(url) as site``."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None and parts.port is not None
        self.url, self.host, self.port = url, parts.hostname, parts.port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> "Site":
        return self

    async def __aexit__(self, *raised: object) -> None:
        for _reader, writer in self._idle:
            writer.close()

    async def ticket(self, secret: str) -> str:
        """A one-use ticket for the live socket, fetched as the page fetches it. (An HTTP library costs more than all that follows.)"""
        request = (
            f"POST /live/ticket HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nOrigin: {self.url}\r\nCookie: {cookie(secret)}\r\n"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        ).encode()
        while self._idle:
            try:
                return await self._exchange(request, *self._idle.pop())
            except (asyncio.IncompleteReadError, ConnectionError):
                continue  # the server closes what was idle for a while
        return await self._exchange(request, *await asyncio.open_connection(self.host, self.port))

    async def _exchange(self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            size = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            assert head.startswith(b"HTTP/1.1 200 ") and size is not None, head
            body = await reader.readexactly(int(size[1]))
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer))
        return str(msgspec.json.decode(body)["ticket"])


class Citizen:
    """One person at one page. ``connect`` may be called again after the connection was lost; what she knows stays.

    Of a followed topic she keeps every event, in order, the newest totals (when ``counting``), and the number of the last event, from
    which she resumes. ``faults`` tells what a page must never see: an event that comes twice, or before one that is missing.
    """

    def __init__(self, site: Site, account: Account, ledger: Ledger | None = None, *, counting: bool = False) -> None:
        self.site = site
        self.account = account
        self.ledger = ledger or Ledger()
        self.counting = counting
        self.seq = 0
        self.events: list[live.ToReader] = []
        self.snapshots: list[live.Snapshot] = []
        self.totals: dict[int, list[int]] = {}
        self.said: list[live.FromServer] = []
        """What else the server said: welcome, refusals of no command, bye."""
        self.faults: list[str] = []
        self.closed: asyncio.Future[int]
        """The close code, once the connection has ended."""
        self._waiting: dict[str, Asked] = {}
        self._changed = asyncio.Event()
        self._wire: Wire | None = None

    @property
    def connected(self) -> bool:
        return self._wire is not None

    @property
    def wire(self) -> Wire:
        assert self._wire is not None, "not connected"
        return self._wire

    async def connect(self, port: int | None = None) -> None:
        """Fetch a ticket, open the socket (at another ``port`` when something stands in between), and be welcomed."""
        ticket = await self.site.ticket(self.account.secret)
        self.closed = asyncio.get_running_loop().create_future()
        welcomed = len(self.said)
        self._wire = await open_wire(
            self.site.host,
            port or self.site.port,
            origin=self.site.url,
            cookie=cookie(self.account.secret),
            heard=self._heard,
            lost=self._lost,
        )
        self._say(live.Hello(ticket, live.PROTOCOL_VERSION))
        await self.until(lambda: len(self.said) > welcomed or not self.connected)
        assert self.connected and isinstance(self.said[-1], live.Welcome), self.said[welcomed:]

    async def follow(self, topic: Topic, role: Literal["public", "moderator"] = "public") -> None:
        """Follow a topic from the last event known, and wait for the answer."""
        self._brought_up = False
        said = len(self.said)
        self._say(live.Follow(topic, self.seq, role))
        await self.until(lambda: self._brought_up or len(self.said) > said)
        assert self._brought_up, self.said[said:]

    def ask(self, message: live.Command) -> Asked:
        """Send a command. A lost connection, even one already lost, leaves it unknown."""
        asked = Asked(self.account.person, message)
        self.ledger.asked.append(asked)
        self._send(asked)
        return asked

    def ask_again(self, asked: Asked) -> None:
        """Send a command again, with its id."""
        asked.settled = asyncio.get_running_loop().create_future()
        asked.answer = ""
        self._send(asked)

    def vote(self, question: QuestionId, choice: int) -> Asked:
        return self.ask(live.Vote(str(uuid.uuid4()), question, choice))

    def contribute(self, consultation: ConsultationId, node: str | None, text: str) -> Asked:
        return self.ask(live.Contribute(str(uuid.uuid4()), consultation, node, text, "Công dân"))

    async def until(self, condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
        """Wait until something that she is told makes ``condition`` true."""
        async with asyncio.timeout(within_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def leave(self) -> None:
        """Close the connection, if there is one, and wait for its end."""
        if self._wire is not None:
            self._wire.close()
            await asyncio.wait_for(self.closed, PATIENCE_S)

    def shown(self) -> dict[int, live.Contribution]:
        """The contributions that her page shows by now, if all of them came as events."""
        found: dict[int, live.Contribution] = {}
        for event in self.events:
            if isinstance(event, live.Shown):
                found[event.contribution.id] = event.contribution
            elif isinstance(event, live.Gone):
                found.pop(event.contribution, None)
        return found

    # --- inside ---

    def _say(self, message: live.FromClient) -> None:
        self.wire.send(_encode(message))

    def _send(self, asked: Asked) -> None:
        if self._wire is None:
            asked.settle()
            return
        self._waiting[asked.message.id] = asked
        self._say(asked.message)

    def _heard(self, payload: bytes) -> None:
        if payload.startswith(_TALLY) and not self.counting:
            return
        message = _decode(payload)
        if isinstance(message, live.Done | live.RefusedCommand) and message.id is not None:
            self._answered(message)
        elif isinstance(message, live.Tally):
            self.totals |= {int(question): people for question, people in message.totals.items()}
        elif isinstance(message, live.ToReader):
            self._told(message)
        elif isinstance(message, live.Snapshot):
            self.snapshots.append(message)
            self.seq, self._brought_up = message.seq, True
        else:
            self.said.append(message)
        self._changed.set()

    def _answered(self, message: live.Done | live.RefusedCommand) -> None:
        asked = self._waiting.pop(str(message.id))
        if isinstance(message, live.Done):
            asked.answer, asked.done = "done", message
            self.ledger.note_done(asked)
        else:
            asked.answer = message.code
        asked.settle()

    _brought_up = True

    def _told(self, event: live.ToReader) -> None:
        if isinstance(event, live.Ruled):
            if event.seq != self.seq:  # it stands beside the event of its number
                self.faults.append(f"ruling {event.seq} after event {self.seq}")
        elif isinstance(event, live.Passed) and event.seq == self.seq and not self._brought_up:
            pass  # nothing was missed
        elif event.seq != self.seq + 1:
            self.faults.append(f"event {event.seq} after {self.seq}")
        self.seq = event.seq
        self._brought_up = True
        self.events.append(event)

    def _lost(self, code: int) -> None:
        self._wire = None
        for asked in self._waiting.values():
            asked.settle()
        self._waiting.clear()
        if not self.closed.done():
            self.closed.set_result(code)
        self._changed.set()


def cookie(secret: str) -> str:
    """The header ``Cookie`` of a session over plain http."""
    return f"session={secret}"


async def sign_in(pool: Pool, number: int, *, name: str = "cong-dan", device: str = "thử nghiệm") -> list[Account]:
    """``number`` citizens with a real session each, made by the product's own functions; those of an earlier call are found again."""

    async def ended(_: SessionId) -> None:
        """Nobody's session ends here."""

    sessions = Sessions(pool, Lifetimes(), ended)
    accounts = []
    async with pool.acquire() as connection, connection.transaction():
        for one in range(number):
            email = f"{name}-{one}@thu.example"
            person = await identity.find_or_add_person(connection, email)
            accounts.append(Account(person, await sessions.open(connection, person, device), email))
    return accounts
