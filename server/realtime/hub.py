"""All live connections of one process: who they are, what they follow, and the news that reaches them from here and elsewhere."""

import asyncio
import logging
import random
from collections.abc import Collection, Coroutine, Iterable
from typing import Any

from server.kernel.ids import GuestId, PersonId, QuestionId, SessionId, Topic, room_of
from server.kernel.refused import Refused
from server.protocol.closing import Closing
from server.realtime.bus import Bus, EventsStored, GuestEnded, News, SessionEnded, VotesStored
from server.realtime.handshake import Admitted, Rules
from server.realtime.limits import Limits
from server.realtime.ports import Source
from server.realtime.pump import Pump
from server.realtime.room_feed import RoomPump
from server.realtime.rooms import Rooms
from server.realtime.session import Session
from server.realtime.socket import Door, LiveSocket

log = logging.getLogger(__name__)

AnyPump = Pump | RoomPump

POLL_S = 2.0
"""How often the numbers of followed topics are compared with the database where processes depend on news from each other."""

RECOUNT_POLLS = 3
"""At every so many of these the totals are read too: who stored a vote may have died before it could tell."""

KEPT_S = 60.0
"""How long the feed of a topic is kept after its last follower left: they may be about to come back."""


class Hub:
    """The live half of a web process.

    After a commit the application calls ``events_stored``, ``votes_stored``, ``session_ended`` or ``guest_ended``: this process and, over
    the bus, all others read what is new and tell their followers. ``door.open`` is uvicorn's ``ws``. ``start`` and ``stop`` stand around
    it all.
    """

    def __init__(self, source: Source, bus: Bus, rules: Rules, limits: Limits | None = None, rooms: Rooms | None = None) -> None:
        self.source = source
        self.rooms = rooms
        self.limits = limits or Limits()
        self.door = Door(self.limits, rules, self._receive)
        self._bus = bus
        self._pumps: dict[Topic, asyncio.Task[AnyPump]] = {}
        self._idle_since: dict[Topic, float] = {}
        self._persons: dict[PersonId, set[Session]] = {}
        self._sessions: dict[SessionId, set[Session]] = {}
        self._guests: dict[GuestId, set[Session]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._polls = 0

    async def start(self) -> None:
        """Begin to listen to the other processes and to check what must be checked from time to time."""
        await self._bus.start(self._heard, self._bus_restored)
        if self.rooms is not None:
            await self.rooms.start()
        self.spawn(self._check_sessions())
        self.spawn(self._keep_house())

    async def stop(self) -> None:
        """Close what is still open and end all work of the hub."""
        for socket in tuple(self.door.sockets):
            socket.shutdown()
        await self.door.empty.wait()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for topic in tuple(self._pumps):
            pump = self._opened(topic)
            if pump is not None:
                await pump.close()
        self._pumps.clear()
        if self.rooms is not None:
            await self.rooms.stop()
        await self._bus.stop()

    # --- told by the application, after COMMIT ---

    def events_stored(self, topic: Topic) -> None:
        """The topic has new events."""
        self._wake(topic)
        self._bus.publish(EventsStored(topic))

    def votes_stored(self, topic: Topic, questions: Collection[QuestionId] | None) -> None:
        """The totals of these questions changed, or of all (also when they become visible)."""
        self._count(topic, questions)
        self._bus.publish(VotesStored(topic, None if questions is None else list(questions)))

    def session_ended(self, session: SessionId) -> None:
        """Signed out, revoked, or its rights changed: its connections close here and in every process."""
        self._close_session(session)
        self._bus.publish(SessionEnded(session))

    def guest_ended(self, guest: GuestId) -> None:
        """A guest is one no more: their connections close here and in every process."""
        self._close_guest(guest)
        self._bus.publish(GuestEnded(guest))

    # --- asked by the sessions ---

    def introduce(self, session: Session, network: bytes) -> bool:
        """Note who a session is, unless it has too many connections already."""
        viewer = session.viewer
        if viewer.session is not None:
            same = self._sessions.setdefault(viewer.session, set())
            if len(same) >= self.limits.connections_per_session:
                return False
            same.add(session)
        if viewer.person is not None:
            self.door.newcomers.recognise(network)
            self._persons.setdefault(viewer.person, set()).add(session)
        if viewer.guest is not None:
            self._guests.setdefault(viewer.guest, set()).add(session)
        return True

    def forget(self, session: Session) -> None:
        """The session is over."""
        viewer = session.viewer
        if viewer.session is not None:
            _discard(self._sessions, viewer.session, session)
        if viewer.person is not None:
            _discard(self._persons, viewer.person, session)
        if viewer.guest is not None:
            _discard(self._guests, viewer.guest, session)

    async def pump(self, topic: Topic) -> AnyPump:
        """The one pump of a topic, opened by whoever asks first.

        Raises: Refused ``not_found``, if there is no such topic.
        """
        opening = self._pumps.get(topic)
        if opening is None:
            opening = self._pumps[topic] = asyncio.create_task(self._open_pump(topic))
        try:
            return await asyncio.shield(opening)
        except Exception:
            if self._pumps.get(topic) is opening:
                del self._pumps[topic]
            raise

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` as a task of the hub's."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def return_after_s(self) -> float:
        """When a reader should come back after a restart: spread so that about 500 arrive in a second."""
        return round(random.uniform(0.5, max(2.0, len(self.door.sockets) / 500)), 2)

    # --- inside ---

    def _receive(self, socket: LiveSocket, admitted: Admitted) -> Session:
        return Session(self, socket, admitted)

    async def _open_pump(self, topic: Topic) -> AnyPump:
        room = room_of(topic)
        if room is not None and self.rooms is not None:
            return await self.rooms.open_pump(room)
        heads = await self.source.read_heads([topic])
        if topic not in heads:
            raise Refused("not_found")
        pump = Pump(self.source, topic, heads[topic], self._followers_of)
        pump.feed.count(await self.source.read_totals(topic, None), whole=True)
        pump.wake()  # what was stored while this was opened was told to nobody
        pump.dirty(None)
        return pump

    def _followers_of(self, person: PersonId) -> Iterable[Session]:
        return tuple(self._persons.get(person, ()))

    def _opened(self, topic: Topic) -> AnyPump | None:
        opening = self._pumps.get(topic)
        if opening is None or not opening.done() or opening.cancelled() or opening.exception() is not None:
            return None
        return opening.result()

    def _wake(self, topic: Topic) -> None:
        pump = self._opened(topic)
        if pump is not None:
            pump.wake()

    def _count(self, topic: Topic, questions: Collection[QuestionId] | None) -> None:
        pump = self._opened(topic)
        if pump is not None:
            pump.dirty(questions)

    def _close_session(self, ended: SessionId) -> None:
        for session in tuple(self._sessions.get(ended, ())):
            session.close(Closing.NOT_RECOGNISED, "session ended")

    def _close_guest(self, ended: GuestId) -> None:
        for session in tuple(self._guests.get(ended, ())):
            session.close(Closing.NOT_RECOGNISED, "guest ended")

    def _heard(self, news: News) -> None:
        """What another process says."""
        if isinstance(news, EventsStored):
            self._wake(news.topic)
        elif isinstance(news, VotesStored):
            self._count(news.topic, news.questions)
        elif isinstance(news, SessionEnded):
            self._close_session(news.session)
        elif isinstance(news, GuestEnded):
            self._close_guest(news.guest)
        elif self.rooms is not None:
            self.rooms.heard(news)

    def _bus_restored(self) -> None:
        """News may have been lost: look at everything that is followed."""
        for topic in tuple(self._pumps):
            self._wake(topic)
            self._count(topic, None)
        self.spawn(self._close_ended())

    async def _check_sessions(self) -> None:
        while True:
            await asyncio.sleep(self.limits.session_check_s)
            await self._close_ended()

    async def _close_ended(self) -> None:
        try:
            for session in await self.source.ended(list(self._sessions)) if self._sessions else ():
                self._close_session(session)
            for guest in await self.source.gone(list(self._guests)) if self._guests else ():
                self._close_guest(guest)
        except Exception:
            log.exception("live sessions not checked")

    async def _keep_house(self) -> None:
        """Poll what news may have missed, where there are other processes; drop feeds that nobody follows; let leavers go."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                if self._bus.lossy:
                    await self._poll()
            except Exception:
                log.exception("heads of topics not read")
            await self._drop_idle()

    async def _poll(self) -> None:
        self._polls += 1
        recount = not self._bus.connected or self._polls % RECOUNT_POLLS == 0
        followed = [topic for topic in self._pumps if self._opened(topic) is not None]
        heads = await self.source.read_heads(followed) if followed else {}
        for topic, head in heads.items():
            pump = self._opened(topic)
            if pump is not None and head > pump.feed.seq:
                pump.wake()
            if recount:
                self._count(topic, None)

    async def _drop_idle(self) -> None:
        now = asyncio.get_running_loop().time()
        for topic in tuple(self._pumps):
            pump = self._opened(topic)
            if pump is None or pump.feed.followed or pump.joining:
                self._idle_since.pop(topic, None)
            elif now - self._idle_since.setdefault(topic, now) > KEPT_S:
                del self._pumps[topic], self._idle_since[topic]
                await pump.close()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the live path failed", exc_info=task.exception())


def _discard(held: dict[Any, set[Session]], key: object, session: Session) -> None:
    sessions = held.get(key)
    if sessions is not None:
        sessions.discard(session)
        if not sessions:
            del held[key]
