"""The one writer of a room while it is awake: a task that takes one turn after the other, always *decide, store, tell, evolve*."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import msgspec

from rooms import commands as c
from rooms import events as e
from rooms.decide import Context, decide
from rooms.evolve import replay
from rooms.floor import may_be_heard
from rooms.state import Room
from rooms.ticking import next_deadline
from server.kernel.ids import CommandId, LineId, MeetingId, PersonId, RoomId, Who
from server.kernel.refused import Refused
from server.realtime.clock import Clock
from server.realtime.concluding import tell_owners
from server.realtime.consulting import uuid_of
from server.realtime.room_access import Seat
from server.store import meetings, rolls, topics
from server.store.connection import Connection, Pool

log = logging.getLogger(__name__)

PLANNING = (e.ItemAdded, e.ItemEdited, e.ItemMoved, e.ItemRemoved)
TICK_S = 0.02
"""The least time between two looks at the same deadline."""
MOST_IN_LINE = 500
"""Commands that wait for their turn."""


class LeaseLost(Exception):
    """Another process writes this room now, or this one must read it anew: ask again."""


class Asked(msgspec.Struct, frozen=True):
    """A command with who asks it, from which tab, under which id. The shell asks without any of these."""

    command: c.Command
    seat: Seat | None = None
    tab: str = ""
    id: CommandId | None = None


class Answer(msgspec.Struct, frozen=True):
    """What became of the asker: ``standing`` is ``inside``, ``waiting`` or empty; the meeting and one's name in it; to who asks for
    media, whether one is heard, and in which cell."""

    standing: str = ""
    meeting: MeetingId | None = None
    name: str = ""
    heard: bool = False
    cell: int = 0


Told = Callable[[RoomId, Room, list[e.AnyEvent]], None]
"""Called after COMMIT with the state before and what happened."""


class Actor:
    """The writer of ``room`` under the lease ``epoch``. Once ``over`` is set it answers nothing but LeaseLost."""

    def __init__(self, pool: Pool, room: RoomId, epoch: int, state: Room, told: Told, clock: Clock) -> None:
        self.room = room
        self.epoch = epoch
        self.state = state
        self.revision = 0
        """That of the room when it was last configured; 0: not yet."""
        self.over = False
        self.taken_at = self.used_at = asyncio.get_running_loop().time()
        self._pool = pool
        self._told = told
        self._clock = clock
        self._ticked_at = 0.0
        self._line: asyncio.Queue[tuple[Asked, asyncio.Future[Answer]]] = asyncio.Queue(MOST_IN_LINE)
        self._task = asyncio.create_task(self._work())

    async def ask(self, asked: Asked) -> Answer:
        """Carry a command out in its turn.

        Raises: Refused as ``rooms.decide``, ``busy``, ``conflict``; LeaseLost.
        """
        if self.over:
            raise LeaseLost
        reply: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            self._line.put_nowait((asked, reply))
        except asyncio.QueueFull:
            raise Refused("busy") from None
        return await reply

    def would_change(self, command: c.Command) -> bool:
        """Whether the shell's ``command`` would change anything now: what is asked again and again needs no turn of its own."""
        return bool(decide(self.state, command, Context(self._clock.now())))

    async def stop(self) -> None:
        """End; whoever waits is told to ask again."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._give_up()

    # --- inside ---

    async def _work(self) -> None:
        while not self.over:
            asked, reply = await self._next()
            try:
                answer = await self._turn(asked)
                if not reply.done():
                    reply.set_result(answer)
            except Refused as refused:
                if not reply.done():
                    reply.set_exception(refused)
            except asyncio.CancelledError:
                reply.cancel()
                raise
            except Exception as failure:
                # What was stored is not known: the state must be read anew, by whoever writes next.
                if not reply.done():
                    reply.set_exception(failure)
                self._give_up()

    async def _next(self) -> tuple[Asked, asyncio.Future[Answer]]:
        """The first in the line; before it the deadline that has passed, however long the line is."""
        loop = asyncio.get_running_loop()
        deadline = next_deadline(self.state)
        if deadline is None:
            return await self._line.get()
        # Rather too late than in a circle: by the database's clock it may be a moment earlier.
        due_at = max(loop.time() + (deadline - self._clock.now()).total_seconds(), self._ticked_at + TICK_S)
        if due_at > loop.time():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due_at):
                    return await self._line.get()
        self._ticked_at = loop.time()
        nobody: asyncio.Future[Answer] = loop.create_future()
        nobody.add_done_callback(lambda told: told.cancelled() or told.exception())
        return Asked(c.Tick()), nobody

    def _give_up(self) -> None:
        self.over = True
        while not self._line.empty():
            _, reply = self._line.get_nowait()
            if not reply.done():
                reply.set_exception(LeaseLost())

    async def _turn(self, asked: Asked) -> Answer:
        seat = asked.seat
        if seat is not None:
            self.used_at = asyncio.get_running_loop().time()
        if isinstance(asked.command, c.React | c.ShowPage):  # nothing is kept of it, so nothing needs to be asked of the database
            decide(self.state, asked.command, _context(asked, self._clock.now()))
            return Answer()
        before = self.state
        async with self._pool.acquire() as connection, connection.transaction():
            now = await meetings.hold(connection, self.room, self.epoch)
            if now is None:
                raise LeaseLost
            self._clock.saw(now)
            known = await _first_answer(connection, asked)
            if known is not None:
                return known
            context = await _with_needs(connection, asked, _context(asked, now), before)
            events = decide(before, asked.command, context)
            after = replay(events, before)
            answer = _answer(after, asked)
            if events:
                await meetings.append(connection, self.room, before.meeting, now, _person(seat), events)
                if any(isinstance(event, PLANNING) for event in events):
                    await rolls.replace_items(connection, self.room, after.agenda)
                if any(isinstance(event, e.Ended) for event in events):
                    await tell_owners(connection, self.room, before)
                await _remember(connection, asked, answer)
        self.state = after
        if events:
            self._told(self.room, before, events)
        return answer


def _context(asked: Asked, now: datetime) -> Context:
    seat = asked.seat
    if seat is None:
        return Context(now)
    return Context(now, seat.who, asked.tab, seat.role, seat.name, seat.row.title, seat.row.lobby, sits=seat.sits)


async def _with_needs(connection: Connection, asked: Asked, context: Context, state: Room) -> Context:
    """With what a new meeting takes from its room, and the number that it or a new line would have."""
    match asked.command:
        case c.Enter() if state.phase != "running" and asked.seat is not None:
            kept = await rolls.read_prepared(connection, asked.seat.row.id)
            meeting = await meetings.next_meeting_id(connection)
            return msgspec.structs.replace(context, meeting=meeting, **msgspec.structs.asdict(kept))
        case c.Say():
            line: LineId = await meetings.next_line_id(connection)
            return msgspec.structs.replace(context, line=line)
        case _:
            return context


def _answer(state: Room, asked: Asked) -> Answer:
    seat = asked.seat
    if seat is None:
        return Answer()
    who: Who = seat.who
    place = state.members.get(who) or state.waiting.get(who)
    standing = "inside" if who in state.members else "waiting" if who in state.waiting else ""
    heard = isinstance(asked.command, c.AskMedia) and who in may_be_heard(state)
    return Answer(standing, state.meeting, place.name if place else seat.name, heard, state.groups.cell(who))


def _person(seat: Seat | None) -> PersonId | None:
    return PersonId(int(seat.who[1:])) if seat is not None and seat.who[0] == "p" else None


async def _first_answer(connection: Connection, asked: Asked) -> Answer | None:
    if asked.seat is None or asked.id is None:
        return None
    known, answer = await topics.first_answer(connection, asked.seat.key, uuid_of(asked.id), _digest(asked))
    return msgspec.convert(answer, Answer) if known else None


async def _remember(connection: Connection, asked: Asked, answer: Answer) -> None:
    if asked.seat is not None and asked.id is not None:
        await topics.remember_answer(connection, asked.seat.key, uuid_of(asked.id), _digest(asked), answer)


def _digest(asked: Asked) -> int:
    """A fingerprint of a command, to tell a repeat from another use of its id."""
    assert asked.seat is not None
    body = [type(asked.command).__name__, asked.command, asked.seat.row.id]
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(body)).digest()[:8], "big", signed=True)
