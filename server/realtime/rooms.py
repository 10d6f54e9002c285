"""All rooms of one web process: finds the writer of a room, here or in another process, and brings it what people ask."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

import msgspec

from rooms import events as e
from rooms.state import Room
from server.identity.confirming import Confirming
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, LineId, RoomId, Who, room_topic
from server.kernel.refused import Refused
from server.livekit.engine import PASS_LASTS, EngineAway, MediaEngine
from server.protocol import live, papers
from server.protocol import rooms as messages
from server.realtime.bus import (
    Answering,
    Asking,
    Bus,
    ConclusionsTouched,
    HandsShown,
    MediaTouched,
    MotionTouched,
    News,
    PageTurned,
    Present,
    Reacted,
)
from server.realtime.clock import Clock
from server.realtime.concluding import ConclusionFeed
from server.realtime.feed import Follower
from server.realtime.frames import message_frame
from server.realtime.motions import Motions
from server.realtime.paper_turning import Turning
from server.realtime.presence import Presence
from server.realtime.room_access import Access, Seat
from server.realtime.room_actor import Answer, Asked, LeaseLost
from server.realtime.room_commands import rule
from server.realtime.room_feed import RoomFeed, RoomPump
from server.realtime.room_media import RoomMedia, cells, media_room, room_of_media
from server.realtime.room_telling import told_line
from server.realtime.writers import Writers
from server.store import meetings, topics
from server.store.connection import Pool

log = logging.getLogger(__name__)

ANSWER_S = 8.0
"""How long a writer is looked for. One that died is replaced within ``writers.LEASE``."""
ASK_S = 1.5
"""How long another process may take for an answer before it is asked again."""
HOUSE_S = 1.0
MEDIA_CHECK_TURNS = 10
"""Turns of the house between two looks at who is in the media of a meeting: what the engine tells may be lost."""
MEDIA_NEWS = ("room_started", "participant_joined", "track_published")
"""What the engine tells upon which it is looked at who is there and may be heard."""
PAGE = 50
"""Lines of the chat read at once."""


class Rooms:
    """Meeting rooms as the live path sees them. ``told`` is called after COMMIT with a room in which something happened,
    ``wake`` when there may be work for the jobs."""

    def __init__(
        self,
        pool: Pool,
        access: Access,
        bus: Bus,
        engine: MediaEngine | None,
        told: Callable[[RoomId], None],
        confirming: Confirming,
        wake: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._access = access
        self._bus = bus
        self._engine = engine
        self._told = told
        self._me = secrets.token_hex(8)
        self._media = None if engine is None else RoomMedia(engine, self._state_of)
        self._presence = Presence()
        self._clock = Clock()
        self._writers = Writers(pool, self._me, lambda: not bus.lossy, self._happened, self._clock)
        self.motions = Motions(pool, access, bus, self._presence, confirming, wake)
        self.conclusions = ConclusionFeed(pool, self._presence, bus)
        self.turning = Turning(pool, access, self._presence, bus)
        self._waiting: dict[str, asyncio.Future[Answering]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to look after rooms whose writer has died, and after those written here."""
        self._spawn(self._keep_house())
        await self.motions.start()

    async def stop(self) -> None:
        """Let others write the rooms."""
        await self.motions.stop()
        await self.conclusions.stop()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._writers.stop()
        if self._media is not None:
            await self._media.stop()

    # --- for the hub ---

    async def open_pump(self, room: RoomId) -> RoomPump:
        """The pump of a room that nobody here followed until now.

        Raises: Refused ``not_found``.
        """
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            found = await meetings.load(connection, room)
        if found is None:
            raise Refused("not_found")
        pump = RoomPump(self, room, *found)
        pump.feed.changed = lambda: self._followers_changed(room, pump.feed)
        pump.feed.came = lambda follower: self._came(room, follower)
        return pump

    async def seat(self, viewer: Viewer, room: RoomId) -> Seat:
        """The viewer's place in a room.

        Raises: Refused ``not_found``.
        """
        return await self._access.seat(viewer, room)

    async def state_now(self, room: RoomId) -> Room:
        """Where a room stands: this process's copy, where it has one that has heard of everything.

        Raises: Refused ``not_found``.
        """
        feed = self._presence.feeds.get(room)
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            heads = await topics.read_heads(connection, [room_topic(room)])
            if feed is not None and heads.get(feed.topic) == feed.seq:
                return feed.state
            found = await meetings.load(connection, room)
        if found is None:
            raise Refused("not_found")
        return found[1]

    async def read_room_events(self, room: RoomId, after: int, limit: int) -> list[tuple[int, e.AnyEvent]]:
        """Numbered events after ``after``, the oldest first."""
        async with self._pool.acquire() as connection:
            return await meetings.read_events(connection, room, after, limit)

    def heard(self, news: News) -> None:
        """What another process says of rooms."""
        match news:
            case Present():
                if self._presence.heard(news.process, news.room, frozenset(news.tabs), time.monotonic()):
                    self._notice(news.room)
            case Asking():
                if news.to == self._me and time.time() < news.until:
                    self._spawn(self._answer(news))
            case Answering():
                waiting = self._waiting.get(news.request)
                if waiting is not None and not waiting.done():
                    waiting.set_result(news)
            case Reacted():
                self._show(news)
            case PageTurned():
                self.turning.heard(news)
            case MediaTouched():
                self._check_media(news.room)
            case ConclusionsTouched():
                self.conclusions.heard(news)
            case MotionTouched() | HandsShown():
                self.motions.heard(news)
            case _:
                pass

    # --- commands ---

    async def carry_out(self, viewer: Viewer, tab: str, command: messages.ForRoom) -> live.Done | messages.MediaPass | messages.ChatPage:
        """What somebody who follows a room with ``tab`` asks.

        Raises: Refused as ``rooms.decide``, ``not_found``, ``unavailable``, ``media_unavailable``, ``conflict``, ``busy``.
        """
        seat = await self._access.seat(viewer, RoomId(command.room))
        for_whom = await self.turning.for_whom(seat, command)
        answer = await self._ask_writer(viewer, seat, tab, command)
        match command:
            case messages.AskMedia():
                return self._media_pass(command, seat, answer)
            case messages.ReadChat():
                return await self._chat_page(command, seat.who, answer)
            case messages.Mute():
                await self._mute(command, answer)
            case messages.React():
                reacted = Reacted(seat.row.id, seat.who, command.reaction)
                self._show(reacted)
                self._bus.publish(reacted)
            case papers.ShowPage():
                self.turning.show(seat, command, for_whom)
            case messages.Enter():
                return live.Done(command.id, state=answer.standing)
            case _:
                pass
        return live.Done(command.id)

    async def media_news(self, body: bytes, authorization: str) -> bool:
        """A webhook of the media engine; false when it is not the engine's."""
        news = None if self._engine is None else self._engine.read_webhook(body, authorization)
        if news is None:
            return False
        named = room_of_media(news.room)
        if named is None or self._media is None or news.kind not in MEDIA_NEWS:
            return True
        room, meeting, cell = named
        state = self._state_of(room)
        if state is not None and state.meeting == meeting:
            if cell in cells(state):
                self._media.check(room)
            else:
                self._media.end(news.room)
        elif await meetings.is_running(self._pool, meeting):
            self._bus.publish(MediaTouched(room))
        else:
            self._media.end(news.room)
        return True

    # --- the way to the writer ---

    async def _ask_writer(self, viewer: Viewer, seat: Seat, tab: str, command: messages.ForRoom) -> Answer:
        give_up_at = time.monotonic() + ANSWER_S
        while True:
            try:
                actor = await self._writers.get(seat.row.id)
                if actor is not None:
                    return await actor.ask(_asked(seat, tab, command))
                answer = await self._ask_elsewhere(viewer, seat.row.id, tab, command)
                if answer is not None:
                    return answer
            except LeaseLost:
                pass
            if time.monotonic() > give_up_at:
                raise Refused("unavailable")
            await asyncio.sleep(0.1)

    async def _ask_elsewhere(self, viewer: Viewer, room: RoomId, tab: str, command: messages.ForRoom) -> Answer | None:
        """Ask the process that writes the room; nothing when it does not answer in time."""
        holder = await meetings.read_holder(self._pool, room)
        if holder is None or holder == self._me:
            return None
        request = secrets.token_hex(8)
        waiting = self._waiting[request] = asyncio.get_running_loop().create_future()
        body, until = msgspec.json.encode(command), time.time() + ASK_S
        self._bus.publish(Asking(holder, self._me, request, tab, viewer.session, viewer.guest, viewer.lang, body, until))
        try:
            answered = await asyncio.wait_for(waiting, ASK_S)
        except TimeoutError:
            return None
        finally:
            del self._waiting[request]
        if answered.code:
            raise Refused(answered.code, **msgspec.json.decode(answered.body))
        return msgspec.json.decode(answered.body, type=Answer)

    async def _answer(self, asking: Asking) -> None:
        """Carry out what somebody asked of another process. Without an answer it is asked again, under the same id."""
        command = _decode(asking.command)
        viewer = Viewer(session=asking.session, guest=asking.guest, lang=asking.lang)
        try:
            seat = await self._access.seat(viewer, RoomId(command.room))
            actor = await self._writers.get(seat.row.id)
            if actor is None:
                return
            code, body = "", msgspec.json.encode(await actor.ask(_asked(seat, asking.tab, command)))
        except LeaseLost:
            return
        except Refused as refused:
            code, body = refused.code, msgspec.json.encode(refused.detail)
        self._bus.publish(Answering(asking.sender, asking.request, code, body))

    # --- what follows a command ---

    def _media_pass(self, command: messages.AskMedia, seat: Seat, answer: Answer) -> messages.MediaPass:
        if self._engine is None or answer.meeting is None:
            raise Refused("media_unavailable")
        name = media_room(seat.row.id, answer.meeting, answer.cell)
        token = self._engine.media_pass(name, seat.who, answer.name, heard=answer.heard)
        return messages.MediaPass(command.id, self._engine.public_url, token, int(PASS_LASTS.total_seconds()), answer.cell)

    async def _chat_page(self, command: messages.ReadChat, who: Who, answer: Answer) -> messages.ChatPage:
        assert answer.meeting is not None  # who is inside is in a meeting
        lines = await meetings.read_lines(self._pool, answer.meeting, LineId(command.before), PAGE + 1, who)
        return messages.ChatPage(command.id, [told_line(line) for line in lines[-PAGE:]], len(lines) > PAGE)

    async def _mute(self, command: messages.Mute, answer: Answer) -> None:
        """In the place where the asker is, for who asks hears nobody elsewhere."""
        if self._engine is None or answer.meeting is None:
            raise Refused("media_unavailable")
        try:
            await self._engine.mute(media_room(RoomId(command.room), answer.meeting, answer.cell), command.who, command.source)
        except EngineAway:
            raise Refused("media_unavailable") from None

    def _show(self, reacted: Reacted) -> None:
        feed = self._presence.feeds.get(reacted.room)
        if feed is not None:
            feed.show(message_frame(messages.Reacted(room_topic(reacted.room), reacted.who, reacted.reaction)))  # type: ignore[arg-type]

    def _happened(self, room: RoomId, before: Room, events: list[e.AnyEvent]) -> None:
        self._told(room)
        if self._media is not None:
            self._media.follow(room, before, events)

    def _state_of(self, room: RoomId) -> Room | None:
        actor = self._writers.here(room)
        return None if actor is None else actor.state

    def _check_media(self, room: RoomId) -> None:
        if self._media is not None and self._state_of(room) is not None:
            self._media.check(room)

    # --- presence and care ---

    def _followers_changed(self, room: RoomId, feed: RoomFeed) -> None:
        self._presence.changed(room, feed)
        if self._bus.lossy:
            self._bus.publish(Present(self._me, room, tuple(feed.tabs)))
        self._notice(room)

    def _came(self, room: RoomId, follower: Follower) -> None:
        self.motions.feed.came(room, follower)
        self.conclusions.came(room, follower)

    def _notice(self, room: RoomId) -> None:
        actor = self._writers.here(room)
        if actor is not None:
            self._spawn(self._writers.notice(actor, self._presence.tabs(room, time.monotonic())))

    async def _keep_house(self) -> None:
        turn, known = 0, set[RoomId]()
        while True:
            await asyncio.sleep(HOUSE_S)
            turn += 1
            try:
                if turn % 2 == 0:
                    for room, feed in tuple(self._presence.feeds.items()):
                        if self._bus.lossy:
                            self._bus.publish(Present(self._me, room, tuple(feed.tabs)))
                    await self._writers.take_over()
                written = set(self._writers.with_meetings())
                watched = set() if self._media is None else self._media.watched() & written
                for room in written if turn % MEDIA_CHECK_TURNS == 0 else (written - known) | watched:
                    self._check_media(room)  # who wrote it before may have died before the engine was told
                    if self._media is not None and room not in known:
                        self._media.sweep(room)
                known = written
                await self._writers.keep(lambda room: self._presence.tabs(room, time.monotonic()))
            except Exception:
                log.exception("rooms not looked after")

    def _spawn(self, work: "asyncio.coroutines.Coroutine[object, object, None]") -> None:  # type: ignore[name-defined]
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a task of the rooms failed", exc_info=task.exception())


_decode = msgspec.json.Decoder(messages.ForRoom).decode


def _asked(seat: Seat, tab: str, command: messages.ForRoom) -> Asked:
    """A message as the rules know it. The name given counts only for who has none on the site."""
    if isinstance(command, messages.Enter) and not seat.name:
        seat = msgspec.structs.replace(seat, name=command.name)
    return Asked(rule(command), seat, tab, CommandId(command.id))
