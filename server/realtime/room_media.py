"""Lets the media engine follow the room: who is out of the meeting is out of its media, at once or as soon as the engine can be reached.

Media never decides who is in a meeting, and its loss never loses one.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from rooms import events as e
from rooms.state import Room
from server.kernel.ids import MeetingId, RoomId
from server.livekit.engine import EngineAway, MediaEngine

log = logging.getLogger(__name__)

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
                    self._begin((room, event.who), self._put_out(room, meeting, event.who))
                case e.SentOut():
                    for who in event.whom:
                        self._begin((room, who), self._put_out(room, meeting, who))
                case _:
                    pass

    def end(self, name: str) -> None:
        """End a media room whose meeting is over."""
        self._begin(name, self._delete(name))

    def check(self, room: RoomId) -> None:
        """Somebody joined the media of a room that this process writes: are they in the meeting?"""
        self._begin(room, self._reconcile(room))

    # --- inside ---

    def _begin(self, key: object, work: Coroutine[Any, Any, None]) -> None:
        if key in self._tasks:
            work.close()  # the one under way looks at the newest state
            return
        task = self._tasks[key] = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    async def _put_out(self, room: RoomId, meeting: MeetingId, who: str) -> None:
        async def remove() -> None:
            state = self._state_of(room)
            if state is None or state.meeting != meeting or who not in state.members:
                await self._engine.remove(media_room(room, meeting), who)

        await self._until_done(remove)

    async def _delete(self, name: str) -> None:
        await self._until_done(lambda: self._engine.delete(name))

    async def _reconcile(self, room: RoomId) -> None:
        async def put_out_strangers() -> None:
            state = self._state_of(room)
            if state is None or state.meeting is None:
                return
            name = media_room(room, state.meeting)
            for who in await self._engine.participants(name):
                now = self._state_of(room)
                if now is not None and now.meeting == state.meeting and who not in now.members:
                    await self._engine.remove(name, who)

        await self._until_done(put_out_strangers)

    async def _until_done(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
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
