"""The one writer of votes in a process: whatever arrived while the last commit was under way is committed together.

There is no timer: a lone vote is written at once, a flood in large groups. The reply goes out after COMMIT and never before.
"""

import asyncio
import functools
import hashlib
import hmac
import logging
from collections import OrderedDict
from collections.abc import Callable

import asyncpg
import msgspec
from asyncpg.pgproto import pgproto

from server.kernel.ids import CommandId, ConsultationId, PersonId, QuestionId
from server.kernel.refused import Refused
from server.store import votes as store
from server.store.connection import Connection, Pool

log = logging.getLogger(__name__)

BATCH = 1_000
"""Votes in one transaction at most, so that one vote never waits for a very long commit."""

WAITING = 40_000
"""Votes waiting at most; beyond them new ones are refused as ``busy``, so that a flood cannot fill the memory."""

GIVE_UP_S = 20.0
"""How long a batch is tried again while the database is away. Then it is refused as ``unavailable``; repeating it is safe."""

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What it looks like when the database goes: the last is asyncpg's word for a connection that broke in the middle of a statement."""

_REMEMBERED_QUESTIONS = 20_000
_MOST_QUESTIONS = 2**58

Reply = Callable[[str], None]
"""Told what became of a vote: ``done`` (also for a repeat) or the code of the refusal."""


class Waiting(msgspec.Struct, gc=False):
    """A vote on its way."""

    person: PersonId
    id: CommandId
    question: QuestionId
    choice: int
    reply: Reply


@functools.lru_cache(maxsize=50_000)
def voter_key(secret: bytes, person: PersonId) -> bytes:
    """The 16 bytes by which a voter is known in one consultation (HMAC-SHA-256, RFC 2104, cut)."""
    return hmac.digest(secret, person.to_bytes(8, "big"), hashlib.sha256)[:16]


class VoteWriter:
    """Commits votes in groups over one connection of its own.

    ``told(consultation, questions)`` is called after each commit with the questions whose totals may have changed.
    """

    def __init__(self, pool: Pool, told: Callable[[ConsultationId, set[QuestionId]], None]) -> None:
        self._pool = pool
        self._told = told
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._consultations: OrderedDict[QuestionId, tuple[ConsultationId, bytes]] = OrderedDict()

    def put(self, person: PersonId, id: CommandId, question: QuestionId, choice: int, reply: Reply) -> None:
        """Take a vote. ``reply`` is called once, after COMMIT or with a refusal."""
        if len(self._waiting) >= WAITING:
            reply("busy")
            return
        self._waiting.append(Waiting(person, id, question, choice, reply))
        self._arrived.set()

    async def cast(self, person: PersonId, id: CommandId, question: QuestionId, choice: int) -> None:
        """Cast one vote and wait until it is recorded.

        Raises:
            Refused: ``not_found``, ``bad_choice``, ``not_open``, ``closed``, ``conflict``, ``busy``, ``unavailable``, ``bad_input``,
                ``sign_in_needed`` for who was erased meanwhile.
        """
        outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.put(person, id, question, choice, lambda said: None if outcome.done() else outcome.set_result(said))
        if (said := await outcome) != "done":
            raise Refused(said)

    def start(self) -> None:
        """Begin to write; call it in a running loop."""
        self._task = asyncio.create_task(self._run(), name="votes")

    async def stop(self) -> None:
        """Write what waits, then end. The caller has seen to it that nothing more comes."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        connection: Connection | None = None
        while self._waiting or not self._stopping:
            await self._arrived.wait()
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if not self._waiting and not self._stopping:
                self._arrived.clear()
            if batch:
                connection = await self._write(batch, connection)
        if connection is not None:
            await _drop(self._pool, connection)

    async def _write(self, batch: list[Waiting], connection: "Connection | None") -> "Connection | None":
        """Write one batch, again and again while the database is away: command ids make that safe."""
        deadline = asyncio.get_running_loop().time() + GIVE_UP_S
        pause_s = 0.05
        while True:
            try:
                if connection is None or connection.is_closed():
                    connection = await self._pool.acquire()
                await self._commit(batch, connection)
                return connection
            except Exception as failure:  # whatever it is: were the writer to end, every later vote would wait for ever
                log.warning("votes not written yet: %s", type(failure).__name__, exc_info=not isinstance(failure, _AWAY))
                if connection is not None:
                    await _drop(self._pool, connection)
                    connection = None
                if asyncio.get_running_loop().time() >= deadline:
                    for one in batch:
                        one.reply("unavailable")
                    return None
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 1.0)

    async def _commit(self, batch: list[Waiting], connection: Connection) -> None:
        await self._learn(batch, connection)
        ballots = store.Ballots([], [], [], [], [], [])
        senders: dict[tuple[bytes, object], tuple[int, list[Waiting]]] = {}
        voted: dict[QuestionId, ConsultationId] = {}
        refused: list[tuple[Waiting, str]] = []
        for one in batch:
            known = self._consultations.get(one.question)
            if known is None:
                refused.append((one, "not_found"))
                continue
            consultation, secret = known
            voter = voter_key(secret, one.person)
            try:
                id = pgproto.UUID(one.id)  # what asyncpg sends without a conversion; ten times cheaper to make than uuid's
            except ValueError:
                refused.append((one, "bad_input"))
                continue
            choice = one.choice if 0 <= one.choice < 32 else 31  # no question has so many options: refused as bad_choice
            digest = one.question << 5 | choice
            earlier = senders.get((voter, id))
            if earlier is not None:
                if earlier[0] == digest:
                    earlier[1].append(one)
                else:
                    refused.append((one, "conflict"))
                continue
            senders[voter, id] = (digest, [one])
            ballots.people.append(one.person)
            ballots.voters.append(voter)
            ballots.ids.append(id)
            ballots.digests.append(digest)
            ballots.questions.append(one.question)
            ballots.choices.append(choice)
            voted[one.question] = consultation
        outcomes = await store.cast(connection, ballots) if ballots.ids else []

        def tell() -> None:
            for (_, sent), outcome in zip(senders.values(), outcomes, strict=True):
                said = "done" if outcome == "repeated" else outcome
                for one in sent:
                    one.reply(said)
            for one, code in refused:
                one.reply(code)
            for consultation in set(voted.values()):
                self._told(consultation, {question for question, its in voted.items() if its == consultation})

        asyncio.get_running_loop().call_soon(tell)  # after the next batch is on its way, so that the database does not wait for us

    async def _learn(self, batch: list[Waiting], connection: Connection) -> None:
        """Look up the consultations of questions not met before."""
        unknown = {one.question for one in batch if one.question not in self._consultations and 0 < one.question < _MOST_QUESTIONS}
        if unknown:
            self._consultations.update(await store.consultations_of(connection, list(unknown)))
            while len(self._consultations) > _REMEMBERED_QUESTIONS:
                self._consultations.popitem(last=False)


async def _drop(pool: Pool, connection: Connection) -> None:
    """Give a connection back that may be broken or in the middle of a command: it is closed, never handed on."""
    try:
        connection.terminate()
        await pool.release(connection)  # type: ignore[arg-type]
    except _AWAY:
        log.debug("a broken connection was dropped")
