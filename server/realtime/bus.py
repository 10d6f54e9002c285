"""News from one web process to the others. It may be lost at any moment: what it tells is only that there is something to read.

Rooms also send their commands to the one process that writes them; what is lost is asked again, under the same id.
"""

import asyncio
import logging
import random
import secrets
from collections import deque
from collections.abc import Callable
from typing import Protocol

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.kernel.ids import GuestId, QuestionId, RoomId, SessionId, Topic, Who
from server.locale import Language
from server.realtime import metrics

log = logging.getLogger(__name__)

CHANNEL = "dien-hong/live"
LONGEST_PAUSE_S = 2.0
"""Between two tries to reach Redis."""
SILENCE_S = 3.0
"""Without a word from Redis for so long, it is asked whether it still lives."""
OUTBOX = 10_000
"""News that wait for Redis at most. The oldest are dropped: polls and checks find what they told."""


class EventsStored(msgspec.Struct, frozen=True, tag="events", array_like=True):
    """A topic has new events."""

    topic: Topic


class VotesStored(msgspec.Struct, frozen=True, tag="votes", array_like=True):
    """The totals of these questions changed, or of all."""

    topic: Topic
    questions: list[QuestionId] | None


class SessionEnded(msgspec.Struct, frozen=True, tag="session", array_like=True):
    """A session stands no more."""

    session: SessionId


class Present(msgspec.Struct, frozen=True, tag="present", array_like=True):
    """Whose tabs follow a room in one process, all of them."""

    process: str
    room: RoomId
    tabs: tuple[tuple[Who, str], ...]


class Asking(msgspec.Struct, frozen=True, tag="ask", array_like=True):
    """A command for the process ``to``, which writes the room: who asks, from which tab, and until when an answer is waited for
    (seconds since 1970). It carries no rights: they are asked of the database where the command is carried out."""

    to: str
    sender: str
    request: str
    tab: str
    session: SessionId | None
    guest: GuestId | None
    lang: Language
    command: bytes
    until: float


class Answering(msgspec.Struct, frozen=True, tag="answer", array_like=True):
    """The answer to ``Asking``, for the process ``to``; with a ``code`` it is a refusal."""

    to: str
    request: str
    code: str
    body: bytes


class Reacted(msgspec.Struct, frozen=True, tag="reacted", array_like=True):
    """Somebody inside shows a sign that is not kept."""

    room: RoomId
    who: Who
    reaction: str


class MediaTouched(msgspec.Struct, frozen=True, tag="media", array_like=True):
    """Somebody came into the media of a room."""

    room: RoomId


OfRooms = Present | Asking | Answering | Reacted | MediaTouched
News = EventsStored | VotesStored | SessionEnded | OfRooms


class Bus(Protocol):
    """Carries news to the other processes, never back to the one that publishes."""

    @property
    def lossy(self) -> bool:
        """Whether there are other processes whose news may be lost, so that the database must be asked from time to time."""

    @property
    def connected(self) -> bool:
        """Whether news flows at this moment."""

    async def start(self, heard: Callable[[News], None], restored: Callable[[], None]) -> None:
        """From now on call ``heard`` for each piece of news, and ``restored`` whenever some may have been lost."""

    def publish(self, news: News) -> None:
        """Tell the others, soon. Never waits and never fails."""

    async def stop(self) -> None:
        """End."""


class LocalBus:
    """For one process alone: there is nobody else to tell."""

    lossy = False
    connected = True

    async def start(self, heard: Callable[[News], None], restored: Callable[[], None]) -> None:
        """Nothing will be heard."""

    def publish(self, news: News) -> None:
        """Nobody listens."""

    async def stop(self) -> None:
        """Nothing runs."""


class _Parcel(msgspec.Struct, array_like=True):
    """News on their way, with the process that sent them."""

    sender: bytes
    news: list[News]


class RedisBus:
    """Over Redis' publish and subscribe. While Redis is away nothing waits: news gather, and it is tried again and again."""

    lossy = True

    def __init__(self, url: str, channel: str = CHANNEL) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=2.0, socket_timeout=5.0, retry=None, health_check_interval=0)
        self._channel = channel
        self._me = secrets.token_bytes(8)
        self._outbox: deque[News] = deque(maxlen=OUTBOX)
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.connected = False

    async def start(self, heard: Callable[[News], None], restored: Callable[[], None]) -> None:
        self._tasks = [asyncio.create_task(self._listen(heard, restored)), asyncio.create_task(self._send())]

    def publish(self, news: News) -> None:
        self._outbox.append(news)
        self._something.set()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def _listen(self, heard: Callable[[News], None], restored: Callable[[], None]) -> None:
        pause_s = 0.1
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(self._channel)
                    pause_s = 0.1
                    await self._hear(subscription, heard, restored)
            except (RedisError, OSError, TimeoutError) as failure:
                self._note(connected=False)
                log.warning("news between processes interrupted: %s", type(failure).__name__)
            await asyncio.sleep(random.uniform(0.5, 1) * pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _hear(self, subscription: "object", heard: Callable[[News], None], restored: Callable[[], None]) -> None:
        decoder = msgspec.msgpack.Decoder(_Parcel)
        asked = False
        while True:
            message = await subscription.get_message(timeout=SILENCE_S)  # type: ignore[attr-defined]
            if message is None:
                if asked:
                    raise TimeoutError
                await subscription.ping()  # type: ignore[attr-defined]
                asked = True
                continue
            asked = False
            if message["type"] == "subscribe":
                # Only now can nothing more be missed: what was stored before is read, what comes after is heard.
                self._note(connected=True)
                restored()
            elif message["type"] == "message":
                parcel = decoder.decode(message["data"])
                if parcel.sender != self._me:
                    for news in parcel.news:
                        heard(news)

    async def _send(self) -> None:
        pause_s = 0.1
        while True:
            await self._something.wait()
            self._something.clear()
            gathered = [self._outbox.popleft() for _ in range(min(len(self._outbox), 1_000))]
            if not gathered:
                continue
            try:
                await self._redis.publish(self._channel, msgspec.msgpack.encode(_Parcel(self._me, merged(gathered))))
                pause_s = 0.1
            except (RedisError, OSError, TimeoutError):
                self._outbox.extendleft(reversed(gathered[: OUTBOX - len(self._outbox)]))
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            if self._outbox:
                self._something.set()

    def _note(self, *, connected: bool) -> None:
        self.connected = connected
        metrics.bus_connected.set(connected)


def merged(gathered: list[News]) -> list[News]:
    """The same news in fewer pieces: one for each topic's events, one for its votes."""
    votes: dict[Topic, set[QuestionId] | None] = {}
    rest: dict[News, None] = {}
    for news in gathered:
        if not isinstance(news, VotesStored):
            rest[news] = None
        elif news.questions is None or votes.get(news.topic, set()) is None:
            votes[news.topic] = None
        else:
            known = votes.setdefault(news.topic, set())
            assert known is not None
            known.update(news.questions)
    return [*rest, *(VotesStored(topic, None if some is None else sorted(some)) for topic, some in votes.items())]
