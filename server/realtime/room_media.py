"""Lets the media engine follow the room: who is out of the meeting is out of its media, and who may not be heard is not forwarded, at
once or as soon as the engine can be reached.

Media never decides who is in a meeting, and its loss never loses one.
"""

import asyncio
import logging
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
RETRY_S = 2.0
TRIES = 300
"""Tries before a room of the engine is left to its own end: by then no pass to it is good any more."""


def media_room(room: RoomId, meeting: MeetingId) -> str:
    """The name of a meeting's media room. Each meeting has its own, so that no pass opens the next one."""
    return f"room-{room}-{meeting}"


def room_of_media(name: str) -> tuple[RoomId, MeetingId] | None:
    """Whose media room this is; nothing if it is none of ours."""
    kind, _, numbers = name.partition("-")
    room, _, meeting = numbers.partition("-")
    if kind != "room" or not (room.isascii() and room.isdigit() and meeting.isascii() and meeting.isdigit() and len(name) < 45):
        return None
    return RoomId(int(room)), MeetingId(int(meeting))


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
                case e.Ended():
                    self.end(media_room(room, meeting))
                case e.Removed() | e.Left():
                    self._put_out(room, meeting, event.who)
                case e.SentOut():
                    for who in event.whom:
                        self._put_out(room, meeting, who)
                case _:
                    pass
        after = replay(events, before)
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
        meeting, and may they be heard?"""
        self._begin(room, lambda: self._reconcile(room))

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

    def _put_out(self, room: RoomId, meeting: MeetingId, who: Who) -> None:
        async def remove() -> None:
            state = self._inside(room, meeting)
            if state is None or who not in state.members:
                await self._engine.remove(media_room(room, meeting), who)

        self._put_out_at[room] = asyncio.get_running_loop().time()
        self._begin((room, who), remove)

    def _permit(self, room: RoomId, meeting: MeetingId, who: Who) -> None:
        async def permit() -> None:
            async with self._few:
                state = self._inside(room, meeting)
                if state is not None and who in state.members:
                    await self._engine.permit(media_room(room, meeting), who, heard=who in may_be_heard(state))

        self._begin((room, who, "heard"), permit)  # one at a time, so that the last one to arrive is the newest

    async def _reconcile(self, room: RoomId) -> None:
        state = self._state_of(room)
        if state is None or state.meeting is None:
            return
        name = media_room(room, state.meeting)
        connected = await self._engine.participants(name)
        now = self._inside(room, state.meeting)
        if now is None:
            return
        heard = may_be_heard(now)
        for who in map(Who, connected):
            if who not in now.members or (connected[who].disguised and who not in heard):
                await self._engine.remove(name, who)
            elif connected[who].heard != (who in heard):
                self._permit(room, state.meeting, who)

    async def _until_done(self, work: Work) -> None:
        for _ in range(TRIES):
            try:
                await work()
                return
            except EngineAway:
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("the media engine could not be told")
                return
        log.warning("the media engine was away for too long to be told")
