"""The life of motions: drafting, opening, closing on time, counting. Every change holds the motion's row from reading to writing."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from rooms import motions as m
from rooms.motions import Context, Motion
from rooms.state import Room, Seat
from rooms.voting import decide_motion, evolve_motion, reminders, voters
from server.kernel.ids import CommandId, MotionId, RoomId
from server.kernel.refused import Refused
from server.realtime.consulting import uuid_of
from server.realtime.motion_rights import asks, by_itself, in_meeting, may_know, readers_now
from server.realtime.room_access import Seat as Asker
from server.store import ballots, jobs, meetings, record, rolls, topics
from server.store import motions as store
from server.store import voters as store_voters
from server.store.connection import Connection, Pool
from server.store.motions import Head

SLIP_JOB = "slip"
"""The kind of the jobs that tell voters of a motion. Payload: ``motion``, ``what`` (``sent``, ``later``, ``24h``, ``1h``), and
``until``, the deadline that it is about: where that was moved meanwhile, nothing is told of the old one."""
_CALLED = ("24h", "1h")
MOST_DRAFTS = 100
"""Motions of a room that are written and not put to the vote."""

Told = Callable[[RoomId, MotionId], None]
"""Called after COMMIT when something happened to a motion of this room."""


class MotionDesk:
    """The doors to motions, of the live room and of pages. ``told`` and ``wake`` (for jobs) are called after COMMIT."""

    def __init__(self, pool: Pool, told: Told, wake: Callable[[], None]) -> None:
        self._pool = pool
        self._told = told
        self._wake = wake

    async def draft(self, asker: Asker, tab: str | None, id: CommandId, command: m.DraftMotion, *, slip: bool) -> MotionId:
        """Write a new motion: for the meeting that runs, or as a slip. A repeat of the command gets the first answer.

        Raises: Refused as ``rooms.voting``; ``not_inside`` when no meeting runs; ``too_many_motions`` (with ``limit``).
        """
        digest = _digest((asker.row.id, command, slip))
        async with self._pool.acquire() as connection, connection.transaction():
            known, answer = await topics.first_answer(connection, asker.key, uuid_of(id), digest)
            if known:
                return MotionId(answer["motion"])
            state = await _state(connection, asker.row.id)
            if not slip and state.phase != "running":
                raise Refused("not_inside")
            meeting, readers = (None, None) if slip else (state.meeting, readers_now(state))
            head = await store.add_motion(connection, asker.row.id, meeting, readers)
            now = await store.clock(connection)
            context = asks(state, head, asker.who, asker.role, tab, now, await _seats(connection, state, head))
            await self._decide(connection, state, head, None, command, context)
            if await store.count_drafts(connection, asker.row.id) > MOST_DRAFTS:
                raise Refused("too_many_motions", limit=MOST_DRAFTS)
            await topics.remember_answer(connection, asker.key, uuid_of(id), digest, {"motion": head.id})
        self._told(asker.row.id, head.id)
        return head.id

    async def change(self, asker: Asker, tab: str | None, id: CommandId, motion: MotionId, command: m.Command) -> None:
        """Carry out what somebody asks of a motion of their room. A repeat of the command changes nothing.

        Raises: Refused as ``rooms.voting``; ``not_found`` also for what the asker may not know of; ``conflict``.
        """
        digest = _digest((asker.row.id, motion, type(command).__name__, command))
        async with self._pool.acquire() as connection, connection.transaction():
            known, _ = await topics.first_answer(connection, asker.key, uuid_of(id), digest)
            if known:
                return
            head, now = await _held(connection, motion)
            if head.room != asker.row.id:
                raise Refused("not_found")
            state = await _state(connection, head.room)
            seats = await _seats(connection, state, head)
            context = asks(state, head, asker.who, asker.role, tab, now, seats)
            before = await store.load(connection, head)
            if before is None or not may_know(state, head, before, asker.who, asker.role):
                raise Refused("not_found")
            if before.phase == "drafted" and not (context.prepares or context.chairs):
                raise Refused("not_found")
            if isinstance(command, m.OpenMotion):
                names = await store_voters.read_names(connection, head.room, [one.who for one in seats])
                apart = in_meeting(state, head) and state.groups.are_open
                context = replace(context, roll=voters(seats, names), apart=apart)
                if in_meeting(state, head) and (readers := readers_now(state)) is not None:
                    await store.restrict(connection, head.id, readers)
            if isinstance(command, m.BreakTie) and not in_meeting(state, head):
                context = replace(context, chairs=context.who == before.chair)
            if isinstance(command, m.CloseMotion) and before.rule.secret:
                context = replace(context, papers=len(await ballots.who_voted_secretly(connection, motion)))
            after = await self._decide(connection, state, head, before, command, context)
            await topics.remember_answer(connection, asker.key, uuid_of(id), digest, {})
        self._told(head.room, motion)
        if after is not None and after.phase == "closed":
            await self.end(motion)
        if isinstance(command, m.OpenMotion | m.DelayMotion):
            self._wake()

    async def end(self, motion: MotionId) -> None:
        """Close a motion whose deadline has passed, and count one that is closed: the box is read only after the close was committed."""
        changed = False
        for command in (m.CloseDue(), None):
            async with self._pool.acquire() as connection, connection.transaction():
                head, now = await _held(connection, motion)
                state = await _state(connection, head.room)
                before = await store.load(connection, head)
                if command is None and head.phase != "closed":
                    break
                step: m.Command = command or m.Count(await ballots.read_box(connection, motion))
                after = await self._decide(connection, state, head, before, step, by_itself(state, head, now))
                changed = changed or after is not before
        if changed:
            self._told(head.room, motion)

    async def end_due(self) -> float | None:
        """End all that is due; the seconds until the next deadline, by the database's clock."""
        for motion in await store.motions_to_end(self._pool):
            await self.end(motion)
        return await store.next_end_s(self._pool)

    async def _decide(
        self, connection: Connection, state: Room, head: Head, before: Motion | None, command: m.Command, context: Context
    ) -> Motion | None:
        """Decide, store, put on record, and see to the reminders; what the motion is then."""
        events = decide_motion(before, command, context)
        after = before
        for event in events:
            after = evolve_motion(after, event)
        if not events:
            return before
        await store.append(connection, head, after, events)
        if head.meeting is not None:
            await record.append(connection, head.meeting, events[0].at, events)
        if after is not None and any(isinstance(event, m.MotionOpened | m.MotionDelayed) for event in events):
            await _remind(connection, head, after, context.now)
        return after


async def _remind(connection: Connection, head: Head, motion: Motion, now: datetime) -> None:
    moments = [] if motion.closes_at is None else reminders(motion)
    due = dict(zip(_CALLED[len(_CALLED) - len(moments) :], moments, strict=True))
    if head.slip:
        due = {"later" if motion.delays else "sent": now, **due}
    for what, at in due.items():
        payload = {"motion": head.id, "what": what, "until": motion.closes_at}
        key = f"slip {head.id} {what} {len(motion.delays)}"
        await jobs.add_job(connection, SLIP_JOB, payload, idempotency_key=key, after=max(at - now, now - now))


async def _held(connection: Connection, motion: MotionId) -> tuple[Head, datetime]:
    held = await store.lock_motion(connection, motion)
    if held is None:
        raise Refused("not_found")
    return held


async def _state(connection: Connection, room: RoomId) -> Room:
    found = await meetings.load(connection, room)
    if found is None:
        raise Refused("not_found")
    return found[1]


async def _seats(connection: Connection, state: Room, head: Head) -> tuple[Seat, ...]:
    """The roll by which a motion would be decided now; of a room without one its people, and in a meeting who is inside as one of them."""
    seats = tuple(state.roll.values()) if in_meeting(state, head) else await rolls.read_roll(connection, head.room)
    if seats:
        return seats
    listed = await store_voters.listed_seats(connection, head.room)
    known = {one.who for one in listed}
    inside = state.members.values() if in_meeting(state, head) else ()
    return (*listed, *(Seat(one.who, "member") for one in inside if one.role != "guest" and one.who not in known))


def _digest(body: object) -> int:
    """A fingerprint of a command, to tell a repeat from another use of its id."""
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(["motion", body])).digest()[:8], "big", signed=True)
