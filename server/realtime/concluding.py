"""The conclusions of a meeting, told to those inside as they are written, and by letter to their owners when it ends."""

import asyncio
import logging
import re

from consultations.tree import search_key
from rooms.agenda import may_know
from rooms.conclusions import Conclusion
from rooms.state import Room, Seat
from server.kernel.ids import PersonId, RoomId, Who
from server.protocol.conclusions import ConclusionShown, ConclusionsShown
from server.realtime.bus import Bus, ConclusionsTouched
from server.realtime.feed import Follower
from server.realtime.frames import message_frame
from server.realtime.presence import Presence
from server.store import people, record, rooms
from server.store.connection import Connection, Pool
from server.store.jobs import add_mail

log = logging.getLogger(__name__)

LETTER = "conclusions"
PAUSE_S = 0.25
"""Between two tellings of one room."""


class ConclusionFeed:
    """Tells the followers of this process. Nothing is numbered: whoever comes is told all."""

    def __init__(self, pool: Pool, presence: Presence, bus: Bus) -> None:
        self._pool = pool
        self._presence = presence
        self._bus = bus
        self._wanted: dict[RoomId, set[Follower] | None] = {}
        self._telling: dict[RoomId, asyncio.Task[None]] = {}

    def changed(self, room: RoomId) -> None:
        """A conclusion was written or struck out."""
        self.heard(ConclusionsTouched(room))
        self._bus.publish(ConclusionsTouched(room))

    def heard(self, news: ConclusionsTouched) -> None:
        """Somebody wrote, here or by another process."""
        if news.room in self._presence.feeds:
            self._wanted[news.room] = None
            self._tell_soon(news.room)

    def came(self, room: RoomId, follower: Follower) -> None:
        """Somebody has come in, and knows of no conclusion yet."""
        to = self._wanted.setdefault(room, set())
        if to is not None:
            to.add(follower)
        self._tell_soon(room)

    async def stop(self) -> None:
        """Tell nothing more."""
        for telling in tuple(self._telling.values()):
            telling.cancel()
        await asyncio.gather(*self._telling.values(), return_exceptions=True)

    # --- inside ---

    def _tell_soon(self, room: RoomId) -> None:
        if room not in self._telling:
            self._telling[room] = asyncio.get_running_loop().create_task(self._tell_all(room))

    async def _tell_all(self, room: RoomId) -> None:
        try:
            while room in self._wanted:
                to = self._wanted.pop(room)
                try:
                    await self._tell(room, to)
                except Exception:
                    log.exception("conclusions not told; trying again")
                    self._wanted[room] = None
                await asyncio.sleep(PAUSE_S)
        finally:
            del self._telling[room]

    async def _tell(self, room: RoomId, to: set[Follower] | None) -> None:
        """``to`` are those who came; None is everybody. That there are none is told, too: what comes then is new."""
        feed = self._presence.feeds.get(room)
        if feed is None or feed.state.meeting is None:
            return
        async with self._pool.acquire() as connection:
            written = list((await record.read_conclusions(connection, feed.state.meeting)).values())
        for follower, viewer in feed.inside():
            if to is None or follower in to:
                known = [one for one in written if _known(feed.state, one, viewer.who)]
                follower.send(message_frame(ConclusionsShown(feed.topic, [_shown(one) for one in known])))


async def tell_owners(connection: Connection, room: RoomId, state: Room) -> None:
    """Letters to those on the roll to whom a conclusion is given, by their name or by that of their agency, in the transaction in which
    the meeting ends. One who may not know of it is told nothing, and nobody is told twice."""
    assert state.meeting is not None
    written = (await record.read_conclusions(connection, state.meeting)).values()
    row = await rooms.read_room(connection, room) if written else None
    if row is None:
        return
    for seat in state.roll.values():
        own = [one for one in written if owns(seat, one) and _known(state, one, seat.who)]
        if not own or seat.who[0] != "p":
            continue
        due = min((one.due for one in own if one.due is not None), default=None)
        values = {
            "number": len(own),
            "due": "" if due is None else f"{due:%d/%m/%Y}",
            "path": f"/phong-hop/{row.slug}/cuoc-hop/{state.meeting}/ket-luan",
        }
        for person, email in (await people.email_of(connection, PersonId(int(seat.who[1:])))).items():
            await add_mail(connection, LETTER, email, "vi", values, idempotency_key=f"{LETTER}:{state.meeting}:{person}")


def owns(seat: Seat, one: Conclusion) -> bool:
    """Whether a conclusion is given to whoever is in this seat: ``owner`` names them or their agency, alone or among others."""
    named = {search_key(name) for name in re.split(r"[,;]", one.owner) if name.strip()}
    return bool(named & {search_key(name) for name in (seat.name, seat.agency) if name})


def _known(state: Room, one: Conclusion, who: Who) -> bool:
    item = next((item for item in state.agenda if item.id == one.item), None)
    return one.item is None or (item is not None and may_know(state, item, who))


def _shown(one: Conclusion) -> ConclusionShown:
    return ConclusionShown(one.id, one.text, one.owner, None if one.due is None else one.due.isoformat())
