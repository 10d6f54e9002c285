"""What one room tells: a copy of its state that follows the log, and to each follower what each may know of it.

Every process with followers of a room has such a copy; only the room's writer (``room_actor``) decides anything.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence

from rooms import events as e
from rooms import view
from rooms.evolve import evolve
from rooms.state import Room
from server.identity.viewer import Viewer
from server.kernel.ids import RoomId, Topic, Who, room_topic
from server.protocol import rooms as live
from server.protocol.live import Follow, Passed
from server.realtime import metrics
from server.realtime.feed import Follower
from server.realtime.frames import message_frame
from server.realtime.ports import MOST_EVENTS, RoomSource
from server.realtime.room_telling import changed, whole

log = logging.getLogger(__name__)

RETRY_S = 0.5


class RoomFeed:
    """One followed room: the copy of its state, and its followers."""

    def __init__(self, room: RoomId, seq: int, state: Room) -> None:
        self.topic: Topic = room_topic(room)
        self.seq = seq
        self.state = state
        self._followers: dict[Follower, view.Viewer] = {}
        self.changed: Callable[[], None] = lambda: None
        """Called when somebody comes or goes."""
        self.came: Callable[[Follower], None] = lambda _: None
        """Called with whoever has just been told the whole of the room, being inside."""

    @property
    def followed(self) -> bool:
        return bool(self._followers)

    @property
    def tabs(self) -> frozenset[tuple[Who, str]]:
        """Whose tabs follow."""
        return frozenset((one.who, one.tab) for one in self._followers.values())

    def follows_as(self, follower: Follower, viewer: view.Viewer) -> bool:
        """Whether this follower follows already, as the very same."""
        return self._followers.get(follower) == viewer

    def join(self, follower: Follower, viewer: view.Viewer) -> None:
        metrics.followers.inc(follower not in self._followers)
        self._followers[follower] = viewer
        self.changed()

    def leave(self, follower: Follower) -> None:
        if self._followers.pop(follower, None) is not None:
            metrics.followers.dec()
            self.changed()

    def catch_up(self, follower: Follower) -> None:
        """Nothing is skipped here, so there is nothing to make up for."""

    def tell(self, events: Sequence[tuple[int, e.AnyEvent]]) -> None:
        """Take those of the numbered ``events`` that are new, and tell each at once to all who follow."""
        for seq, event in events:
            if seq <= self.seq:
                continue
            assert seq == self.seq + 1, f"{self.topic}: event {seq} after {self.seq}"
            before, self.state, self.seq = self.state, evolve(self.state, event), seq
            with metrics.fan_out_seconds.time():
                self._tell(before, event)
            metrics.frames.labels("event").inc(len(self._followers))

    def show(self, frame: bytes) -> None:
        """To those inside, what is not kept."""
        for follower, viewer in tuple(self._followers.items()):
            if view.audience(self.state, viewer) != view.OUTSIDE:
                follower.send(frame)

    def inside(self) -> list[tuple[Follower, view.Viewer]]:
        """The followers who are inside."""
        return [(one, viewer) for one, viewer in self._followers.items() if view.audience(self.state, viewer) != view.OUTSIDE]

    def snapshot(self, viewer: view.Viewer) -> live.RoomState:
        """All that a viewer may know now."""
        seen, me = view.snapshot(self.state, viewer)
        return whole(self.topic, self.seq, seen, me)

    def _tell(self, before: Room, event: e.AnyEvent) -> None:
        shared: dict[tuple[view.Audience, bool], bytes] = {}  # most followers of one audience are told the very same
        for follower, viewer in tuple(self._followers.items()):
            audience = view.audience(self.state, viewer)
            moved = audience != view.audience(before, viewer)
            me = view.look_at_me(self.state, viewer)
            if not moved and me == view.look_at_me(before, viewer):
                alike = audience, view.reads(event, viewer)
                if alike not in shared:
                    shared[alike] = self._frame(before, event, viewer)
                follower.send(shared[alike])
            else:
                follower.send(self._frame(before, event, viewer))
                if moved and audience != view.OUTSIDE:
                    self.came(follower)

    def _frame(self, before: Room, event: e.AnyEvent, viewer: view.Viewer) -> bytes:
        seen, me = view.project(before, event, viewer)
        if isinstance(seen, view.View):
            return message_frame(whole(self.topic, self.seq, seen, me or view.look_at_me(self.state, viewer)))
        if me is None and seen == view.Changes():
            return message_frame(Passed(self.topic, self.seq))
        return message_frame(changed(self.topic, self.seq, seen, me))


class RoomPump:
    """Keeps the feed of one room up to date with the log, and brings new followers in."""

    def __init__(self, source: RoomSource, room: RoomId, seq: int, state: Room) -> None:
        self._source = source
        self._room = room
        self.feed = RoomFeed(room, seq, state)
        self._reading: asyncio.Task[None] | None = None
        self._again = False
        self.joining = 0

    def wake(self) -> None:
        """There may be new events."""
        self._again = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    def dirty(self, questions: object) -> None:
        """A room has no totals."""

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def bring_in(self, follower: Follower, viewer: Viewer, follow: Follow, still_wanted: Callable[[], bool]) -> None:
        """Show ``follower`` the room as it stands and let it follow. A probe by who follows already is answered by ``passed``.

        Raises: Refused ``not_found``.
        """
        self.joining += 1
        try:
            seat = await self._source.seat(viewer, self._room)
            if follow.after > self.feed.seq:
                self.wake()  # told by another process that is ahead of this one
                assert self._reading is not None
                await asyncio.shield(self._reading)
        finally:
            self.joining -= 1
        if not still_wanted():
            return
        seen_by = seat.viewer(follow.tab or "")
        known = follow.after == self.feed.seq and self.feed.follows_as(follower, seen_by)
        follower.send(message_frame(Passed(self.feed.topic, self.feed.seq) if known else self.feed.snapshot(seen_by)))
        self.feed.join(follower, seen_by)
        if not known and view.audience(self.feed.state, seen_by) != view.OUTSIDE:
            self.feed.came(follower)

    async def _read(self) -> None:
        while self._again:
            self._again = False
            try:
                events = await self._source.read_room_events(self._room, self.feed.seq, MOST_EVENTS)
                self.feed.tell(events)
                self._again = self._again or len(events) >= MOST_EVENTS
            except Exception:
                log.exception("events of a room not read; trying again")
                self._again = True
                await asyncio.sleep(RETRY_S)
