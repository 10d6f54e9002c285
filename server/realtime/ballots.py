"""The one writer of ballots in a process: those that arrived while the last commit was under way are judged and committed together.

A ballot is judged by the rules while its motion is held, by the database's clock; it is acknowledged after COMMIT and never before.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence

import asyncpg
import msgspec
from asyncpg.pgproto import pgproto

from rooms.motions import Ballot, Cast, Context, Motion
from rooms.state import Room
from rooms.voting import cast, cast_secretly, evolve_motion
from server.kernel.ids import CommandId, MotionId, RoomId, Who
from server.kernel.refused import Refused
from server.realtime.motion_rights import casts, may_know
from server.realtime.room_access import Seat
from server.store import ballots as store
from server.store import meetings, motions
from server.store.ballots import Command
from server.store.connection import Connection, Pool
from server.store.motions import Head

log = logging.getLogger(__name__)

BATCH = 500
"""Ballots in one transaction at most."""
WAITING = 5_000
"""Ballots waiting at most; beyond them new ones are refused as ``busy``."""
GIVE_UP_S = 20.0
"""How long a batch is tried again while the database is away; then it is refused as ``unavailable``. Repeating it is safe."""
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
_KEPT = 200

Told = Callable[[RoomId, MotionId, frozenset[Who], bool], None]
"""Called after COMMIT: on which motion of a room the votes of these members were given, and whether in secret."""


class Known:
    """Motions as they were when they were last looked at. An event read once never changes."""

    def __init__(self) -> None:
        self._motions: dict[MotionId, tuple[int, Motion | None]] = {}

    async def read(self, connection: Connection, head: Head) -> Motion | None:
        """The motion as of ``head``."""
        seq, motion = self._motions.get(head.id, (0, None))
        if seq < head.seq:
            for event in await motions.read_log(connection, head, seq):
                motion = evolve_motion(motion, event)
            while len(self._motions) >= _KEPT:
                del self._motions[next(iter(self._motions))]
            self._motions[head.id] = head.seq, motion
        return motion


_Verdict = Ballot | Refused | None
"""The ballot to keep, why there is none, or nothing for a repeat."""


class _Waiting(msgspec.Struct, gc=False):
    seat: Seat
    id: CommandId
    motion: MotionId
    command: Cast
    reply: "asyncio.Future[None]"


class BallotBox:
    """``state_here`` is this process's copy of a room's state, if somebody here follows it."""

    def __init__(self, pool: Pool, known: Known, state_here: Callable[[RoomId], Room | None], told: Told) -> None:
        self._pool = pool
        self._known = known
        self._state_here = state_here
        self._told = told
        self._waiting: list[_Waiting] = []
        self._writing: asyncio.Task[None] | None = None

    async def cast(self, seat: Seat, id: CommandId, motion: MotionId, command: Cast) -> None:
        """Vote by name and wait until that is recorded. A repeat of the command changes nothing.

        Raises: Refused as ``rooms.voting.cast``; ``not_found``, ``conflict``, ``busy``, ``unavailable``.
        """
        if len(self._waiting) >= WAITING:
            raise Refused("busy")
        reply: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(seat, id, motion, command, reply))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await reply

    async def check_known(self, seat: Seat, motion: MotionId) -> None:
        """That the one in ``seat`` may know of this motion, before anything else is said of it.

        Raises: Refused ``not_found``.
        """
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            head = await motions.read_head(connection, motion)
            found = None if head is None else await self._known.read(connection, head)
            if head is None or found is None or not _known_to(await self._state(connection, head.room), head, found, seat):
                raise Refused("not_found")

    async def cast_secretly(self, seat: Seat, motion: MotionId, command: Cast) -> None:
        """Vote in secret. A repeat, known by its tracker, changes nothing.

        Raises: Refused as ``rooms.voting.cast_secretly``; ``not_found``, ``conflict``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            held = await motions.lock_motion(connection, motion)
            found = None if held is None else await self._known.read(connection, held[0])
            if held is None or found is None:
                raise Refused("not_found")
            head, now = held
            state = await self._state(connection, head.room)
            if not _known_to(state, head, found, seat):
                raise Refused("not_found")
            context = casts(state, seat.who, now, motion)
            # Whether the vote was given already, only the box knows; the rules say whose it would be.
            voted, paper = cast_secretly(found, command, context, voted=False)
            said = await store.cast_secretly(connection, motion, voted, paper)
        if said not in ("done", "repeated"):
            raise Refused(said)
        self._told(head.room, motion, frozenset({voted.member}), True)

    async def was_cast_secretly(self, motion: MotionId, member: Who, tracker: str) -> bool:
        """Whether this member has voted and this paper is in the box: an answer was lost, and nothing is left to do."""
        return await store.paper_before(self._pool, motion, member, tracker) == "repeated"

    async def stop(self) -> None:
        """Write what waits."""
        if self._writing is not None:
            await self._writing

    # --- inside ---

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            by_motion: dict[MotionId, list[_Waiting]] = {}
            for one in batch:
                by_motion.setdefault(one.motion, []).append(one)
            for motion, its in by_motion.items():
                await self._write_down(motion, its)

    async def _write_down(self, motion: MotionId, batch: list[_Waiting]) -> None:
        """Commit the ballots on one motion, again and again while the database is away: command ids make that safe."""
        give_up_at, pause_s = asyncio.get_running_loop().time() + GIVE_UP_S, 0.05
        while True:
            try:
                async with self._pool.acquire() as connection:
                    verdicts = await self._judge(connection, motion, batch)
                break
            except Exception as failure:  # whatever it is: were the writer to end, every later ballot would wait for ever
                log.warning("ballots not written yet: %s", type(failure).__name__, exc_info=not isinstance(failure, _AWAY))
                if asyncio.get_running_loop().time() >= give_up_at:
                    verdicts = [Refused("unavailable") for _ in batch]
                    break
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 1.0)
        given: set[Who] = set()
        for one, verdict in zip(batch, verdicts, strict=True):
            if isinstance(verdict, Ballot):
                given.add(verdict.member)
            if one.reply.done():
                continue  # who asked is gone
            if isinstance(verdict, Refused):
                one.reply.set_exception(verdict)
            else:
                one.reply.set_result(None)
        if given:
            self._told(batch[0].seat.row.id, motion, frozenset(given), False)

    async def _judge(self, connection: Connection, motion: MotionId, batch: Sequence[_Waiting]) -> "list[_Verdict]":
        async with connection.transaction():
            held = await motions.lock_motion(connection, motion)
            found = None if held is None else await self._known.read(connection, held[0])
            if held is None or found is None:
                return [Refused("not_found") for _ in batch]
            head, now = held
            state = await self._state(connection, head.room)
            commands = [Command(one.seat.key, pgproto.UUID(one.id), _digest(one)) for one in batch]
            repeated = await store.known_commands(connection, commands)
            concerned = {voter.member for one in batch for voter in found.roll if one.seat.who in (voter.member, *voter.substitutes)}
            before = {one.member: one for one in await store.standing_ballots(connection, motion, sorted(concerned))}
            fresh: dict[Who, Ballot] = {}
            done: dict[tuple[bytes, str], Command] = {}
            verdicts: list[_Verdict] = []
            for one, command in zip(batch, commands, strict=True):
                key = (command.actor, str(command.id))
                earlier = repeated.get(key, done[key].digest if key in done else None)
                try:
                    if not _known_to(state, head, found, one.seat):
                        raise Refused("not_found")
                    if earlier is not None:
                        if earlier != command.digest:
                            raise Refused("conflict")
                        verdicts.append(None)
                        continue
                    ballot = _cast(found, one.command, casts(state, one.seat.who, now, motion), before)
                except Refused as refused:
                    verdicts.append(refused)
                    continue
                before[ballot.member] = fresh[ballot.member] = ballot
                done[key] = command
                verdicts.append(ballot)
            if fresh:
                await store.cast(connection, motion, list(fresh.values()))
                await store.remember_commands(connection, list(done.values()))
            return verdicts

    async def _state(self, connection: Connection, room: RoomId) -> Room:
        here = self._state_here(room)
        if here is not None:
            return here
        found = await meetings.load(connection, room)
        return Room() if found is None else found[1]


def _cast(motion: Motion, command: Cast, context: Context, before: dict[Who, Ballot]) -> Ballot:
    """The ballot to keep. Whose vote it is, is known only when the rules have said so; then it is asked again with the one before."""
    ballot = cast(motion, command, context)
    earlier = before.get(ballot.member)
    return ballot if earlier is None else cast(motion, command, context, earlier)


def _known_to(state: Room, head: Head, motion: Motion, seat: Seat) -> bool:
    return head.room == seat.row.id and motion.phase != "drafted" and may_know(state, head, motion, seat.who, seat.role)


def _digest(one: _Waiting) -> int:
    """A fingerprint of a ballot, to tell a repeat from another use of its id."""
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(["ballot", one.motion, one.command])).digest()[:8], "big", signed=True)
