"""What those inside a room are told of its motions: each motion whole whenever it changes, and to each voter the votes they could give.

Nothing here is numbered: what was missed is made up for by the next, and who comes in is told all at once.
"""

import asyncio
import logging
from collections.abc import Iterable

from rooms import view
from rooms.motions import Ballot, Motion, Voter
from rooms.seen_motions import see
from server.kernel.ids import MotionId, RoomId, Who
from server.protocol import motions as live
from server.realtime.ballots import Known
from server.realtime.feed import Follower
from server.realtime.frames import message_frame
from server.realtime.motion_rights import asks, may_know
from server.realtime.motion_words import mandates, shown
from server.realtime.presence import Presence
from server.realtime.room_feed import RoomFeed
from server.store import ballots as box
from server.store import motions as store
from server.store.connection import Connection, Pool
from server.store.motions import Head

log = logging.getLogger(__name__)

PAUSE_S = 0.25
"""Between two tellings of one room."""
SECRET_PAUSE_S = 3.0
"""How long it may take until it is told how many have voted in secret: one vote cannot be told by the moment at which the number grew."""
RETRY_S = 0.5


class _News:
    """What is to be told in one room."""

    def __init__(self) -> None:
        self.motions: set[MotionId] = set()
        self.voted: dict[MotionId, set[Who]] = {}
        self.came: list[Follower] = []

    def __bool__(self) -> bool:
        return bool(self.motions or self.voted or self.came)


class MotionFeed:
    """Tells the followers of this process. Changes that come while one telling is under way are told together with the next."""

    def __init__(self, pool: Pool, known: Known, presence: Presence) -> None:
        self._pool = pool
        self._known = known
        self._presence = presence
        self._news: dict[RoomId, _News] = {}
        self._telling: dict[RoomId, asyncio.Task[None]] = {}
        self._voters: dict[MotionId, dict[Who, list[Voter]]] = {}

    def changed(self, room: RoomId, motion: MotionId) -> None:
        """A motion was drafted, opened, closed, counted or the like."""
        if room in self._presence.feeds:
            self._news.setdefault(room, _News()).motions.add(motion)
            self._tell_soon(room)

    def voted(self, room: RoomId, motion: MotionId, members: Iterable[Who], *, secretly: bool) -> None:
        """The votes of these members were given."""
        if room not in self._presence.feeds:
            return
        self._news.setdefault(room, _News()).voted.setdefault(motion, set()).update(members)
        if secretly:
            asyncio.get_running_loop().call_later(SECRET_PAUSE_S, self._tell_soon, room)
        else:
            self._tell_soon(room)

    def came(self, room: RoomId, follower: Follower) -> None:
        """Somebody has come in, and knows of no motion yet."""
        self._news.setdefault(room, _News()).came.append(follower)
        self._tell_soon(room)

    async def stop(self) -> None:
        """Tell nothing more."""
        for telling in tuple(self._telling.values()):
            telling.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)

    # --- inside ---

    def _tell_soon(self, room: RoomId) -> None:
        if room not in self._telling and self._news.get(room):
            self._telling[room] = asyncio.get_running_loop().create_task(self._tell_all(room))

    async def _tell_all(self, room: RoomId) -> None:
        try:
            while news := self._news.pop(room, None):
                feed = self._presence.feeds.get(room)
                if feed is not None:
                    try:
                        await self._tell(room, feed, news)
                    except Exception:
                        log.exception("motions not told; trying again")
                        self._again(room, news)
                        await asyncio.sleep(RETRY_S)
                await asyncio.sleep(PAUSE_S)
        finally:
            del self._telling[room]

    def _again(self, room: RoomId, news: _News) -> None:
        later = self._news.setdefault(room, _News())
        later.motions |= news.motions
        later.came = news.came + later.came
        for motion, members in news.voted.items():
            later.voted.setdefault(motion, set()).update(members)

    async def _tell(self, room: RoomId, feed: RoomFeed, news: _News) -> None:
        async with self._pool.acquire() as connection:
            heads = {id: head for id in news.motions | news.voted.keys() if (head := await store.read_head(connection, id))}
            inside = feed.inside()
            newcomers = [one for one, _ in inside if one in news.came]
            current = {}
            if newcomers and feed.state.meeting is not None:
                current = {head.id: head for head in await store.motions_of(connection, room, feed.state.meeting)}
            for head in sorted((heads | current).values(), key=lambda head: head.id):
                motion = await self._known.read(connection, head)
                if motion is None or head.room != room or (head.slip and motion.phase == "drafted"):
                    continue
                everybody = head.id in news.motions
                counted = everybody or head.id in news.voted
                to = inside if counted else [(one, viewer) for one, viewer in inside if one in newcomers]
                personal = None if everybody or not counted else news.voted[head.id]
                await self._tell_one(connection, feed, head, motion, to, personal, newcomers)

    async def _tell_one(
        self,
        connection: Connection,
        feed: RoomFeed,
        head: Head,
        motion: Motion,
        to: "list[tuple[Follower, view.Viewer]]",
        members: set[Who] | None,
        newcomers: list[Follower],
    ) -> None:
        """``members``: only they and their substitutes need to be told anew what they could give; None is everybody."""
        secret = motion.rule.secret
        cast = [] if secret else await box.standing_ballots(connection, head.id)
        secretly = set(await box.who_voted_secretly(connection, head.id)) if secret and motion.phase != "drafted" else set()
        by_member = {one.member: one for one in cast}
        frames: dict[tuple[str, bool], bytes | None] = {}
        for follower, viewer in to:
            if not may_know(feed.state, head, motion, viewer.who, viewer.role):
                continue
            key = (follower.lang, motion.phase == "drafted" and _prepares(feed, head, viewer))
            if key not in frames:
                frames[key] = self._frame(feed, head, motion, cast, len(by_member) or len(secretly), *key)
            frame = frames[key]
            if frame is None:
                continue
            follower.send(frame)
            mine = self._voters_of(motion).get(viewer.who, []) if motion.phase == "open" else []
            if mine and (members is None or follower in newcomers or any(one.member in members for one in mine)):
                told = live.MyBallots(feed.topic, head.id, mandates(mine, by_member, secretly))
                follower.send(message_frame(told))

    def _frame(self, feed: RoomFeed, head: Head, motion: Motion, cast: list[Ballot], voted: int, lang: str, prepares: bool) -> bytes | None:
        seen = see(motion, cast, voted, None, prepares)
        return None if seen is None else message_frame(shown(feed.topic, motion, seen, lang, slip=head.slip))

    def _voters_of(self, motion: Motion) -> dict[Who, list[Voter]]:
        """The votes that each could give, by who could."""
        known = self._voters.get(motion.id)
        if known is None:
            known = {}
            for voter in motion.roll:
                for who in (voter.member, *voter.substitutes):
                    known.setdefault(who, []).append(voter)
            while len(self._voters) >= 20:
                del self._voters[next(iter(self._voters))]
            self._voters[motion.id] = known
        return known


def _prepares(feed: RoomFeed, head: Head, viewer: view.Viewer) -> bool:
    assert feed.state.started_at is not None
    return asks(feed.state, head, viewer.who, viewer.role, viewer.tab, feed.state.started_at, ()).prepares
