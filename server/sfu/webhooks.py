"""News of rooms for the platform: signed, in order for each room, repeated until taken or too old.

Source: LiveKit's webhooks: ``WebhookEvent`` as protobuf JSON, its SHA-256 (base64) vouched for by a token in ``Authorization``.
"""

import asyncio
import base64
import contextlib
import hashlib
import importlib
import logging
import secrets
import time
from collections import deque
from typing import TYPE_CHECKING

from google.protobuf.json_format import MessageToJson
from livekit.protocol.models import ParticipantInfo, Room, TrackInfo
from livekit.protocol.webhook import WebhookEvent

from server.sfu import metrics
from server.sfu.tokens import Tokens

if TYPE_CHECKING:
    import aiohttp

log = logging.getLogger(__name__)

_MOST_WAITING = 500
"""News of one room that wait; the oldest are dropped first and counted in the next one sent."""
_ROOMS_AT_ONCE = 8
_ANSWER_S = 5.0
_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Between one try and the next. After the last the news is dropped."""
_FAREWELL_S = 2.0


class Webhooks:
    """Tells ``url`` what happens; without one nothing is told. One queue and one courier for each room that has news."""

    def __init__(self, url: str, tokens: Tokens, *, of_this_machine: bool = False) -> None:
        self._url = url
        # The certificate of a site names its public address, and this asks the machine itself, which needs to prove nothing to itself.
        self._verified = not of_this_machine
        self._tokens = tokens
        self._queues: dict[str, deque[WebhookEvent]] = {}
        self._dropped: dict[str, int] = {}
        self._couriers: set[asyncio.Task[None]] = set()
        self._at_once = asyncio.Semaphore(_ROOMS_AT_ONCE)
        self._client: aiohttp.ClientSession | None = None

    def tell(self, event: str, room: Room, participant: ParticipantInfo | None = None, track: TrackInfo | None = None) -> None:
        """Queues one piece of news. Copies what it is given."""
        if not self._url:
            return
        news = WebhookEvent(event=event, id=f"EV_{secrets.token_urlsafe(9)}", created_at=int(time.time()))
        news.room.CopyFrom(room)
        if participant is not None:
            news.participant.CopyFrom(participant)
        if track is not None:
            news.track.CopyFrom(track)
        queue = self._queues.get(room.sid)
        if queue is None:
            queue = self._queues[room.sid] = deque()
            courier = asyncio.create_task(self._carry(room.sid, queue), name="webhooks of a room")
            self._couriers.add(courier)
            courier.add_done_callback(self._couriers.discard)
        queue.append(news)
        if len(queue) > _MOST_WAITING:
            queue.popleft()
            self._drop(room.sid)

    async def close(self) -> None:
        """Gives what waits a last moment to leave."""
        if self._couriers:
            await asyncio.wait(set(self._couriers), timeout=_FAREWELL_S)
        for courier in list(self._couriers):
            courier.cancel()
        await asyncio.gather(*self._couriers, return_exceptions=True)
        if self._client is not None:
            await self._client.close()

    async def _carry(self, room: str, queue: deque[WebhookEvent]) -> None:
        while queue:
            news = queue.popleft()
            news.num_dropped = self._dropped.pop(room, 0)
            if not await self._deliver(news):
                self._dropped[room] = news.num_dropped
                self._drop(room)
        # No await since the queue was seen empty: nothing can have been added in between.
        del self._queues[room]
        self._dropped.pop(room, None)

    async def _deliver(self, news: WebhookEvent) -> bool:
        body = MessageToJson(news).encode()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        for pause_s in (*_PAUSES_S, None):
            async with self._at_once:
                if await self._post(body, digest):
                    metrics.webhooks.labels("delivered").inc()
                    return True
            metrics.webhooks.labels("failed").inc()
            if pause_s is not None:
                await asyncio.sleep(pause_s)
        log.warning("a webhook was not taken", extra={"facts": {"event": news.event, "room": news.room.sid}})
        return False

    async def _post(self, body: bytes, digest: str) -> bool:
        if self._client is None:
            # The client is a quarter of what a start costs, and most starts see no meeting. Media goes on while a thread reads it.
            await asyncio.to_thread(importlib.import_module, "aiohttp")
        import aiohttp

        if self._client is None:
            self._client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_S))
        headers = {"Authorization": self._tokens.sign(digest), "Content-Type": "application/webhook+json"}
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with self._client.post(self._url, data=body, headers=headers, allow_redirects=False, ssl=self._verified) as answer:
                return 200 <= answer.status < 300
        return False

    def _drop(self, room: str) -> None:
        metrics.webhooks.labels("dropped").inc()
        self._dropped[room] = self._dropped.get(room, 0) + 1
