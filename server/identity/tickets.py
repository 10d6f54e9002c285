"""One-use tickets with which a page opens the live socket: they stand in a message, never in an address."""

from datetime import timedelta

from server.identity.keys import fingerprint, new_secret
from server.identity.sessions import Sessions
from server.identity.viewer import Viewer
from server.locale import language
from server.store import identity as store
from server.store.connection import Pool

LIFETIME = timedelta(seconds=60)


class Tickets:
    """Tickets are given out by one process and may be used at another."""

    def __init__(self, pool: Pool, sessions: Sessions) -> None:
        self._pool = pool
        self._sessions = sessions

    async def issue(self, viewer: Viewer) -> str:
        """A ticket for this viewer, good for a minute and once."""
        ticket = new_secret()
        await store.add_ticket(self._pool, fingerprint(ticket), viewer.session, viewer.lang)
        return ticket

    async def redeem(self, ticket: str, cookie: str | None = None) -> Viewer | None:
        """Who was given this ticket, if it is good and their session still lives. ``cookie`` is the connection's, if it has one.

        A ticket of somebody signed in leads only into their own session: without its cookie it is worth nothing to who found it.
        """
        taken = await store.take_ticket(self._pool, fingerprint(ticket), LIFETIME)
        if taken is None:
            return None
        session, lang = taken[0], language(taken[1])
        if session is None:
            return Viewer(lang=lang)
        holder = await self._sessions.viewer(cookie or "", lang)
        return holder if holder is not None and holder.session == session else None
