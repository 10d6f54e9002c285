"""Lets the media engine follow the room: who is out of the meeting is out of its media, and who may not be heard is not forwarded, at
once or as soon as the engine can be reached.

Media never decides who is in a meeting, and its loss never loses one.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from typing import Any

from rooms import events as e
from rooms.evolve import replay
from rooms.floor import hearing_changed, may_be_heard
from rooms.state import Room
from server.kernel.ids import MeetingId, RoomId, Who
from server.livekit.engine import PASS_LASTS, EngineAway, MediaEngine

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]

AT_ONCE = 16
"""Permissions that the engine is told at the same time."""
SOON_S, RETRY_S = 0.05, 2.0
"""From the first try to the second, for one broken connection must not keep a microphone open; twice as long each time, up to this."""
TRIES = 300
"""Tries before a room of the engine is left to its own end: by then no pass to it is good any more."""


def media_room(room: RoomId, meeting: MeetingId, cell: int = 0) -> str:
    """The name of the media room of a cell of a meeting. Each meeting and each company in it has its own, so that no pass opens the next
    one."""
    return f"room-{room}-{meeting}-{cell}" if cell else f"room-{room}-{meeting}"


def room_of_media(name: str) -> tuple[RoomId, MeetingId, int] | None:
    """Whose media room this is, and of which cell; nothing if it is none of ours."""
    found = re.fullmatch(r"room-([0-9]{1,19})-([0-9]{1,19})(?:-([1-9][0-9]{0,8}))?", name)
    return None if found is None else (RoomId(int(found[1])), MeetingId(int(found[2])), int(found[3] or 0))


def cells(state: Room) -> frozenset[int]:
    """The cells in which the meeting has its media now."""
    return frozenset(state.groups.cells.values()) or frozenset({0})


class RoomMedia:
    """What the engine must still be told. ``state_of`` gives the state of a room that this process writes."""

    def __init__(self, engine: MediaEngine, state_of: Callable[[RoomId], Room | None]) -> None:
        self._engine = engine
        self._state_of = state_of
        self._tasks: dict[object, asyncio.Task[None]] = {}
        self._again: set[object] = set()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._put_out_at: dict[RoomId, float] = {}

    async def stop(self) -> None:
        """End what is under way, and the connections to the engine."""
        for task in tuple(self._tasks.values()):
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._engine.close()

    def follow(self, room: RoomId, before: Room, events: list[e.AnyEvent]) -> None:
        """Something happened in a room that this process writes."""
        meeting = before.meeting
        if meeting is None:
            return
        for event in events:
            match event:
                case e.Removed() | e.Left():
                    self._put_out(room, meeting, event.who, before.groups.cell(event.who))
                case e.SentOut():
                    for who in event.whom:
                        self._put_out(room, meeting, who, before.groups.cell(who))
                case _:
                    pass
        after = replay(events, before)
        for cell in cells(before) - (cells(after) if after.meeting == meeting else frozenset()):
            self.end(media_room(room, meeting, cell))
        for who in before.members.keys() & after.members.keys():
            if before.groups.cell(who) != after.groups.cell(who) and before.groups.cell(who) in cells(after):
                self._put_out(room, meeting, who, before.groups.cell(who))  # who looked in on a group
        more, less = hearing_changed(before, after)
        for who in (*less, *more):  # silence first
            if who in before.members and who in after.members:  # who comes is given a pass that says it
                self._permit(room, meeting, who)

    def end(self, name: str) -> None:
        """End a media room whose meeting is over."""
        self._begin(name, lambda: self._engine.delete(name))

    def watched(self) -> set[RoomId]:
        """Rooms in which somebody was put out who may still have a pass: an engine may let them in again and its news of that be lost."""
        over = asyncio.get_running_loop().time() - PASS_LASTS.total_seconds()
        self._put_out_at = {room: at for room, at in self._put_out_at.items() if at > over}
        return set(self._put_out_at)

    def check(self, room: RoomId) -> None:
        """Somebody may have joined the media of a room that this process writes, or the engine have missed something: are they in the
        meeting and where they belong, and may they be heard?"""
        self._begin(room, lambda: self._reconcile(room))

    def sweep(self, room: RoomId) -> None:
        """End what is left of cells of a room that this process writes: who wrote it before may have died before the engine was told."""
        self._begin((room, "sweep"), lambda: self._sweep(room))

    # --- inside ---

    def _begin(self, key: object, work: Work) -> None:
        """Do ``work``, which looks at the newest state; once more, if that is asked for while it is under way."""
        task = self._tasks.get(key)
        if task is not None and not task.done():
            self._again.add(key)
            return
        task = self._tasks[key] = asyncio.create_task(self._do(key, work))
        task.add_done_callback(lambda done: self._tasks.pop(key, None) if self._tasks.get(key) is done else None)

    async def _do(self, key: object, work: Work) -> None:
        while True:
            self._again.discard(key)
            await self._until_done(work)
            if key not in self._again:
                return

    def _inside(self, room: RoomId, meeting: MeetingId) -> Room | None:
        """The room, while that meeting runs in it and this process writes it."""
        state = self._state_of(room)
        return state if state is not None and state.meeting == meeting else None

    def _put_out(self, room: RoomId, meeting: MeetingId, who: Who, cell: int) -> None:
        async def remove() -> None:
            state = self._inside(room, meeting)
            if state is None or who not in state.members or state.groups.cell(who) != cell:
                await self._engine.remove(media_room(room, meeting, cell), who)

        self._put_out_at[room] = asyncio.get_running_loop().time()
        self._begin((room, who, cell), remove)

    def _permit(self, room: RoomId, meeting: MeetingId, who: Who) -> None:
        async def permit() -> None:
            async with self._few:
                state = self._inside(room, meeting)
                if state is not None and who in state.members:
                    name = media_room(room, meeting, state.groups.cell(who))
                    await self._engine.permit(name, who, heard=who in may_be_heard(state))

        self._begin((room, who, "heard"), permit)  # one at a time, so that the last one to arrive is the newest

    async def _reconcile(self, room: RoomId) -> None:
        state = self._state_of(room)
        if state is None or state.meeting is None:
            return
        for cell in cells(state):
            await self._reconcile_cell(room, state.meeting, cell)

    async def _reconcile_cell(self, room: RoomId, meeting: MeetingId, cell: int) -> None:
        name = media_room(room, meeting, cell)
        connected = await self._engine.participants(name)
        now = self._inside(room, meeting)
        if now is None:
            return
        heard = may_be_heard(now)
        for who in map(Who, connected):
            elsewhere = who not in now.members or now.groups.cell(who) != cell
            if elsewhere or (connected[who].disguised and who not in heard):
                await self._engine.remove(name, who)
            elif connected[who].heard != (who in heard):
                self._permit(room, meeting, who)

    async def _sweep(self, room: RoomId) -> None:
        state = self._state_of(room)
        if state is None or state.meeting is None:
            return
        for cell in range(state.groups.made + 1):
            if cell not in cells(state):
                await self._engine.delete(media_room(room, state.meeting, cell))

    async def _until_done(self, work: Work) -> None:
        wait_s = SOON_S
        for _ in range(TRIES):
            try:
                await work()
                return
            except EngineAway as away:
                log.info("the media engine is asked again", extra={"facts": {"reason": str(away)}})
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, RETRY_S)
            except Exception:
                log.exception("the media engine could not be told")
                return
        log.warning("the media engine was away for too long to be told")
