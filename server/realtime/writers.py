"""The rooms that this process writes: taking their leases, keeping them, and giving them back."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from rooms import commands as c
from rooms.state import Role
from server.kernel.ids import PersonId, RoomId, Who, guest_in_room, person_in_room
from server.kernel.refused import Refused
from server.realtime.clock import Clock
from server.realtime.presence import Tabs
from server.realtime.room_actor import Actor, Asked, LeaseLost, Told
from server.store import meetings, rolls, rooms
from server.store.connection import Pool

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=4)
"""Renewed every second. So long after its last renewal a dead writer can be replaced."""
GRACE_S = 3.0
"""How long a new writer waits before it calls anybody lost: after a crash pages need a moment to come back."""
IDLE_S = 60.0
"""How long the writer of a room without a meeting stays awake."""


class Writers:
    """The actors of one process, called ``me`` in the leases. ``alone`` says whether there are no other processes."""

    def __init__(self, pool: Pool, me: str, alone: Callable[[], bool], told: Told, clock: Clock) -> None:
        self._pool = pool
        self._me = me
        self._alone = alone
        self._told = told
        self._clock = clock
        self._actors: dict[RoomId, Actor] = {}
        self._taking: dict[RoomId, asyncio.Task[Actor | None]] = {}

    def here(self, room: RoomId) -> Actor | None:
        """The writer of a room, if it is awake in this process."""
        actor = self._actors.get(room)
        return None if actor is None or actor.over else actor

    def with_meetings(self) -> list[RoomId]:
        """The rooms written here in which a meeting runs."""
        return [room for room, actor in self._actors.items() if not actor.over and actor.state.phase == "running"]

    async def get(self, room: RoomId) -> Actor | None:
        """The writer of a room, woken here if nobody else writes it; nothing while another process does."""
        actor = self.here(room)
        if actor is not None:
            return actor
        taking = self._taking.get(room)
        if taking is None:
            taking = self._taking[room] = asyncio.create_task(self._take(room))
            taking.add_done_callback(lambda _: self._taking.pop(room, None))
        return await asyncio.shield(taking)

    async def stop(self) -> None:
        """Give all leases back."""
        for taking in tuple(self._taking.values()):
            taking.cancel()
        for actor in tuple(self._actors.values()):
            await self._retire(actor)

    async def notice(self, actor: Actor, present: Tabs) -> None:
        """Tell a writer whose tabs are there, if that changes anything."""
        if asyncio.get_running_loop().time() - actor.taken_at >= GRACE_S:
            await self._tell(actor, c.Notice(present))

    async def take_over(self) -> None:
        """Wake the writers of meetings whose process has died."""
        for room in await meetings.abandoned_rooms(self._pool, self._me, alone=self._alone()):
            if self.here(room) is None:
                await self.get(room)

    async def keep(self, present: Callable[[RoomId], Tabs]) -> None:
        """Renew the leases; let the writers see changes of their rooms, and who is there."""
        held = {room: actor for room, actor in self._actors.items() if not actor.over}
        for room in self._actors.keys() - held.keys():
            del self._actors[room]
        if not held:
            return
        renewed = {one.room: one for one in await meetings.renew_leases(self._pool, self._me, list(held), LEASE)}
        for room, actor in held.items():
            lease = renewed.get(room)
            if lease is None or lease.epoch != actor.epoch:
                await self._lose(actor)
                continue
            if lease.revision != actor.revision:
                await self._configure(actor, lease.revision)
            await self.notice(actor, present(room))
            if actor.state.phase != "running" and asyncio.get_running_loop().time() - actor.used_at > IDLE_S:
                await self._retire(actor)

    # --- inside ---

    async def _take(self, room: RoomId) -> Actor | None:
        epoch = await meetings.take_lease(self._pool, room, self._me, LEASE, alone=self._alone())
        if epoch is None:
            return None
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            found = await meetings.load(connection, room)
        if found is None:
            raise Refused("not_found")
        actor = self._actors[room] = Actor(self._pool, room, epoch, found[1], self._told, self._clock)
        return actor

    async def _tell(self, actor: Actor, command: c.Command) -> None:
        if not actor.over and actor.would_change(command):
            try:
                await actor.ask(Asked(command))
            except LeaseLost:
                pass
            except Exception:
                log.exception("the writer of a room failed; it is woken again")

    async def _configure(self, actor: Actor, revision: int) -> None:
        """The room was changed from outside, or this writer has not looked at it yet."""
        row = await rooms.read_room(self._pool, actor.room)
        listed = await rooms.read_roles(self._pool, actor.room)
        roll = await rolls.read_roll(self._pool, actor.room)
        guests = await rooms.living_guests(self._pool, actor.room)
        roles: dict[Who, Role] = {person_in_room(person): role for person, role in listed.items()}  # type: ignore[misc]
        there = {*actor.state.members, *actor.state.waiting}
        strangers = await rooms.strangers(self._pool, actor.room, [PersonId(int(who[1:])) for who in there if who[0] == "p"])
        gone = {who for who in there if who[0] == "g"} - {guest_in_room(guest) for guest in guests}
        gone |= {person_in_room(person) for person in strangers}
        closed = c.Configure("", lobby=True, roles={}, stands=False)
        command = closed if row is None else c.Configure(row.title, row.lobby, roles, frozenset(gone), roll=roll)
        await self._tell(actor, command)
        actor.revision = revision

    async def _lose(self, actor: Actor) -> None:
        self._actors.pop(actor.room, None)
        await actor.stop()

    async def _retire(self, actor: Actor) -> None:
        await self._lose(actor)
        try:
            await meetings.release_lease(self._pool, actor.room, actor.epoch)
        except OSError:
            log.warning("a lease was not given back; it ends by itself")
