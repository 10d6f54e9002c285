"""Keeps the feed of one topic up to date with the database, and brings new followers to where it stands."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable

from server.identity.viewer import Viewer
from server.kernel.ids import PersonId, QuestionId, Topic
from server.protocol.live import Follow, Passed
from server.realtime import metrics
from server.realtime.feed import Feed, Follower, Ring, Role
from server.realtime.frames import message_frame
from server.realtime.ports import MOST_EVENTS, Source

log = logging.getLogger(__name__)

FLUSH_S = 0.25
"""The least time between two tallies of a topic. The first after a quiet spell goes out at once."""

RETRY_S = 0.5
CHUNK = 1_000
"""Tallies written before other work gets its turn."""

MOST_BYTES = 256 << 10
"""Events sent to one follower at once. Who misses more gets a snapshot."""


class Pump:
    """One topic of a hub. All its reading is done by at most one task for events and one for totals, however many wake it."""

    def __init__(self, source: Source, topic: Topic, head: int, followers_of: Callable[[PersonId], Iterable[Follower]]) -> None:
        self._source = source
        self._followers_of = followers_of
        self.feed = Feed(topic, head)
        self._reading: asyncio.Task[None] | None = None
        self._again = False
        self._counting: asyncio.Task[None] | None = None
        self._dirty: set[QuestionId] = set()
        self._all_dirty = False
        self.joining = 0
        """How many are being brought in: until they have joined, the pump must not be given up."""

    def wake(self) -> None:
        """There may be new events. Any number of calls while a read is under way cost one more read."""
        self._again = True
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())

    def dirty(self, questions: Collection[QuestionId] | None) -> None:
        """The totals of these questions, or of all, may have changed."""
        if questions is None:
            self._all_dirty = True
        else:
            self._dirty.update(questions)
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count())

    async def catch_up(self) -> None:
        """Return when the feed has told all that was stored before the call."""
        self.wake()
        assert self._reading is not None
        await asyncio.shield(self._reading)

    async def close(self) -> None:
        """Stop reading."""
        for task in (self._reading, self._counting):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def bring_in(self, follower: Follower, viewer: Viewer, follow: Follow, still_wanted: Callable[[], bool]) -> None:
        """Send ``follower`` all that it misses after ``follow.after`` and let it follow, with nothing between the two and nothing twice.

        Whatever is awaited happens before; the missing frames are written and the follower joins without a pause in which an event
        could be told to the others only.
        """
        self.joining += 1
        try:
            frames = await self._missing(viewer, follow.role, follow.after)
        finally:
            self.joining -= 1
        feed = self.feed
        for frame in (b"".join(frames) or message_frame(Passed(feed.topic, feed.seq)), feed.newest_totals()):
            if frame is not None and still_wanted():
                follower.send(frame)
        if still_wanted():
            feed.leave(follower)
            feed.join(follower, follow.role)

    async def _missing(self, viewer: Viewer, role: Role, after: int) -> list[bytes]:
        """The frames that lead from ``after`` to where the feed stands at the moment this returns."""
        feed = self.feed
        if after > feed.seq:
            await self.catch_up()  # told by another process that is ahead of this one, or never told at all
        if 0 <= after <= feed.seq:
            way = "ring"
            frames = feed.ring.since(after, role, viewer.person)
            if frames is None and feed.seq - after <= MOST_EVENTS:
                way = "events"
                frames = await self._read_since(viewer, role, after)
            if frames is not None and sum(map(len, frames)) <= MOST_BYTES:
                metrics.resumes.labels(way).inc()
                return frames
        while True:
            snapshot = await self._source.snapshot(viewer, feed.topic, role)
            if snapshot.seq > feed.seq:
                await self.catch_up()
            newer = feed.ring.since(snapshot.seq, role, viewer.person)
            if newer is not None:
                metrics.resumes.labels("snapshot").inc()
                return [message_frame(snapshot), *newer]
            assert snapshot.seq <= feed.seq, f"{feed.topic}: a snapshot as of {snapshot.seq}, but the last event is {feed.seq}"

    async def _read_since(self, viewer: Viewer, role: Role, after: int) -> list[bytes] | None:
        """The events after ``after`` from the database, up to where the feed stands when this returns; nothing if they are too many."""
        run = Ring(self.feed.topic, after)
        while run.seq < self.feed.seq:
            events = await self._source.read_events(self.feed.topic, run.seq)
            if not events or run.seq + len(events) - after > 2 * MOST_EVENTS:
                return None
            for told in events:
                run.add(told)
            self.feed.tell(events, self._followers_of)  # what is news even to the feed is told to its followers now
        return run.since(after, role, viewer.person)

    async def _read(self) -> None:
        while self._again:
            self._again = False
            try:
                events = await self._source.read_events(self.feed.topic, self.feed.seq)
                self.feed.tell(events, self._followers_of)
                self._again = self._again or len(events) >= MOST_EVENTS
            except Exception:
                log.exception("events of a topic not read; trying again")
                self._again = True
                await asyncio.sleep(RETRY_S)

    async def _count(self) -> None:
        while self._all_dirty or self._dirty:
            whole, questions = self._all_dirty, frozenset(self._dirty)
            self._all_dirty = False
            self._dirty.clear()
            try:
                totals = await self._source.read_totals(self.feed.topic, None if whole else questions)
                frame = self.feed.count(totals, whole=whole)
                if frame is not None:
                    await self._fan_out(frame)
                await asyncio.sleep(FLUSH_S)
            except Exception:
                log.exception("totals of a topic not read; trying again")
                self._all_dirty = True
                await asyncio.sleep(RETRY_S)

    async def _fan_out(self, frame: bytes) -> None:
        """Write a tally to everyone who is not behind. The others get the newest when they have caught up."""
        feed = self.feed
        written = 0
        for at, follower in enumerate((*feed.public, *feed.moderators), 1):
            if follower.behind:
                feed.skip(follower)
            else:
                follower.send(frame)
                written += 1
            if at % CHUNK == 0:
                await asyncio.sleep(0)
        metrics.frames.labels("tally").inc(written)
        metrics.tallies_skipped.inc(len(feed.skipped))
