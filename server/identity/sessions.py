"""Sessions: a random secret in one browser's cookie, its fingerprint in PostgreSQL, and an end that every process hears of."""

from collections.abc import Awaitable, Callable, Collection, Iterable

from server.identity.keys import fingerprint, new_secret
from server.identity.viewer import Viewer, grants_of
from server.kernel.ids import PersonId, SessionId
from server.kernel.refused import Refused
from server.locale import Language
from server.store import identity as store
from server.store.connection import Database, Pool
from server.store.identity import Device, Lifetimes, SessionFound

OnEnded = Callable[[SessionId], Awaitable[None]]
"""Called after COMMIT for each session that ended before its time; closes that session's live connections everywhere."""

_SECRET_LENGTH = len(new_secret())


class Sessions:
    """All sessions of the site."""

    def __init__(self, pool: Pool, lifetimes: Lifetimes, on_ended: OnEnded) -> None:
        self._pool = pool
        self._lifetimes = lifetimes
        self._on_ended = on_ended

    async def viewer(self, cookie: str, lang: Language) -> Viewer | None:
        """Who holds this cookie, in one query; None when no live session does."""
        if len(cookie) != _SECRET_LENGTH:
            return None
        return _viewer(await store.use_session(self._pool, fingerprint(cookie), self._lifetimes), lang)

    async def check(self, session: SessionId, lang: Language) -> Viewer | None:
        """Who holds this session now, with the roles of this moment; None once it has ended. Asking does not keep it alive."""
        return _viewer(await store.check_session(self._pool, session, self._lifetimes), lang)

    async def ended(self, sessions: Collection[SessionId]) -> set[SessionId]:
        """Those of ``sessions`` that stand no more, in one query. Asking does not keep the others alive."""
        return set(sessions) - await store.living_sessions(self._pool, sessions, self._lifetimes)

    async def open(self, database: Database, person: PersonId, device: str) -> str:
        """Begins a session and returns the secret for its cookie. ``device`` is a short description, such as ``Firefox, Linux``."""
        secret = new_secret()
        await store.add_session(database, fingerprint(secret), person, device)
        return secret

    async def devices(self, viewer: Viewer) -> list[Device]:
        """Where the viewer is signed in, the session used last first."""
        return [] if viewer.person is None else await store.list_devices(self._pool, viewer.person, self._lifetimes)

    async def end(self, viewer: Viewer, session: SessionId) -> None:
        """Ends one of the viewer's own sessions.

        Raises: Refused ``not_found`` for a session that is not theirs, exactly as for one that does not exist.
        """
        if viewer.person is None or not await store.end_session(self._pool, session, viewer.person):
            raise Refused("not_found")
        await self.tell_ended([session])

    async def end_others(self, viewer: Viewer) -> None:
        """Ends all of the viewer's sessions but the one that asks."""
        if viewer.person is not None:
            await self.tell_ended(await store.end_sessions(self._pool, viewer.person, but=viewer.session))

    async def tell_ended(self, sessions: Iterable[SessionId]) -> None:
        """Tells of sessions whose rows are gone."""
        for session in sessions:
            await self._on_ended(session)


def _viewer(found: SessionFound | None, lang: Language) -> Viewer | None:
    return None if found is None else Viewer(found.person, found.session, grants_of(found.grants), lang, found.name)
