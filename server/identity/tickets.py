"""One-use tickets with which a page opens the live socket: they stand in a message, never in an address."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from server.identity.keys import fingerprint, new_secret
from server.identity.sessions import Sessions
from server.identity.viewer import Viewer
from server.kernel.ids import RoomId
from server.kernel.refused import Refused
from server.locale import Language, language
from server.store import identity as store
from server.store import rooms
from server.store.connection import Pool

LIFETIME = timedelta(seconds=60)

GuestCookie = Callable[[RoomId], str | None]
"""The guest's cookie for a room among those that a request brought."""


class Issued(NamedTuple):
    """A ticket, and when it was given out (UTC, by the database's clock, as all deadlines are)."""

    ticket: str
    at: datetime


class Tickets:
    """Tickets are given out by one process and may be used at another."""

    def __init__(self, pool: Pool, sessions: Sessions) -> None:
        self._pool = pool
        self._sessions = sessions

    async def issue(self, viewer: Viewer) -> Issued:
        """A ticket for this viewer, good for a minute and once."""
        ticket = new_secret()
        at = await store.add_ticket(self._pool, fingerprint(ticket), viewer.session, viewer.guest, viewer.lang)
        return Issued(ticket, at)

    async def guest(self, room: RoomId, cookie: str, lang: Language) -> Viewer:
        """The guest of ``room`` who holds this cookie, ready for ``issue``.

        Raises: Refused ``not_found`` when there is none, or the link by which they came is withdrawn.
        """
        found = await rooms.guest_by_secret(self._pool, fingerprint(cookie))
        if found is None or found.room != room:
            raise Refused("not_found")
        return Viewer(lang=lang, name=found.name, guest=found.id)

    async def redeem(self, ticket: str, cookie: str | None = None, guest_cookie: GuestCookie = lambda room: None) -> Viewer | None:
        """Who was given this ticket, if it is good and their session still lives. ``cookie`` is the connection's, if it has one, as
        is ``guest_cookie`` for the room of a guest.

        A ticket of somebody signed in leads only into their own session: without its cookie it is worth nothing to who found it. So
        with a guest's.
        """
        taken = await store.take_ticket(self._pool, fingerprint(ticket), LIFETIME)
        if taken is None:
            return None
        session, guest, lang = taken[0], taken[1], language(taken[2])
        if guest is not None:
            found = await rooms.read_guest(self._pool, guest)
            held = None if found is None else guest_cookie(found.room)
            known = None if held is None else await rooms.guest_by_secret(self._pool, fingerprint(held))
            return Viewer(lang=lang, name=known.name, guest=guest) if known is not None and known.id == guest else None
        if session is None:
            return Viewer(lang=lang)
        holder = await self._sessions.viewer(cookie or "", lang)
        return holder if holder is not None and holder.session == session else None
