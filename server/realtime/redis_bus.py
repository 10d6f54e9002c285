"""News between the web processes over Redis. Only they import this module, and with it the library, which is a large one."""

import asyncio
import contextlib
import logging
import random
import secrets
from collections import deque
from collections.abc import Callable

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.kernel.ids import QuestionId, Topic
from server.kernel.tasks import end
from server.realtime import metrics
from server.realtime.bus import News, VotesStored

log = logging.getLogger(__name__)

CHANNEL = "dien-hong/live"
LONGEST_PAUSE_S = 2.0
"""Between two tries to reach Redis."""
SILENCE_S = 3.0
"""Without a word from Redis for so long, it is asked whether it still lives."""
LONGEST_CONNECTING_S = 2.0
OUTBOX = 10_000
"""News that wait for Redis at most. The oldest are dropped: polls and checks find what they told."""


class _Parcel(msgspec.Struct, array_like=True):
    """News on their way, with the process that sent them."""

    sender: bytes
    news: list[News]


class RedisBus:
    """Over Redis' publish and subscribe. While Redis is away nothing waits: news gather, and it is tried again and again."""

    lossy = True

    def __init__(self, url: str, channel: str = CHANNEL) -> None:
        self._redis = Redis.from_url(
            url, socket_connect_timeout=LONGEST_CONNECTING_S, socket_timeout=5.0, retry=None, health_check_interval=0
        )
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
        # When the machine stalls, the library's own time limits meet the cancellation on its way out through a connection that closes, and
        # make a failure of Redis of it: once would not be enough.
        await end(self._tasks)
        with contextlib.suppress(RedisError, OSError, TimeoutError):
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
