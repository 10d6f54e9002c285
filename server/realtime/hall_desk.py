"""What pages do with halls (điểm cầu): the code that a hall shows, the phones that have scanned it, and which delegate each stands for.

The code lets nobody in. It shows that a phone is in the hall at this moment, and nothing of whose it is: that the delegate shows by the
code of an ordinary sign-in, or who runs the hall says it, which stands in the record of the meeting.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from server.identity.keys import Keys, fingerprint, new_secret, same
from server.identity.viewer import Viewer
from server.kernel.ids import GuestId, PersonId, RoomId
from server.kernel.refused import Refused
from server.realtime.room_desk import RoomDesk, SeenRoom
from server.store import halls as store
from server.store import rooms
from server.store.connection import Pool
from server.store.halls import MOST_WAITING, Delegate, Hall, Phone
from server.store.requests import take_place

SCANS_PER_ADDRESS = 300
"""Scans an hour from one network address: a whole hall may come by it."""
_HOUR = timedelta(hours=1)


class HallPage(msgspec.Struct, frozen=True):
    """A hall as who runs it sees it. ``secret`` is that of its code now, for ``renewed_in_s`` seconds; ``waiting`` are phones that have
    scanned and stand for nobody yet, by number, since when (UTC)."""

    room: SeenRoom
    hall: Hall
    secret: str
    renewed_in_s: int
    delegates: tuple[Delegate, ...]
    waiting: tuple[tuple[int, datetime], ...]


def tab_of(phone: GuestId) -> str:
    """The tab with which a phone takes part: it has one page, with scripts or without."""
    return f"phone-{phone:08}"


class HallDesk:
    """Who may change a room runs its halls, and each hall is run by whose account its endpoint uses. ``ended`` is told of each phone that
    stands for nobody any more."""

    def __init__(self, pool: Pool, keys: Keys, desk: RoomDesk, ended: Callable[[GuestId], None]) -> None:
        self._pool = pool
        self._keys = keys
        self._desk = desk
        self._ended = ended

    # --- the hall ---

    async def halls(self, viewer: Viewer, slug: str) -> tuple[SeenRoom, list[Hall]]:
        """The halls of a room that the viewer runs.

        Raises: Refused ``not_found``, ``sign_in_needed``; ``not_allowed`` to who runs none.
        """
        room = await self._desk.find(viewer, slug)
        found = await store.list_halls(self._pool, room.id)
        own = [hall for hall in found if room.may_edit or hall.person == viewer.person]
        if not own and not room.may_edit:
            raise Refused("not_allowed")
        return room, own

    async def open(self, viewer: Viewer, slug: str, hall: PersonId) -> HallPage:
        """One hall, for who runs it.

        Raises: Refused ``not_found``, ``sign_in_needed``, ``not_allowed``.
        """
        room, one = await self._run(viewer, slug, hall)
        minute, left_s = await store.read_minute(self._pool)
        delegates = await store.list_delegates(self._pool, room.id, hall)
        waiting = await store.list_waiting(self._pool, room.id, hall)
        return HallPage(room, one, self._keys.hall_code(room.id, hall, minute), max(1, left_s), tuple(delegates), tuple(waiting))

    async def vouch(self, viewer: Viewer, slug: str, hall: PersonId, number: int, person: PersonId) -> None:
        """Say that the phone that shows ``number`` is this delegate's. Another phone of theirs is one no more.

        Raises: Refused ``not_found``, also for a number or a delegate that is not of this hall; ``sign_in_needed``, ``not_allowed``.
        """
        room, _ = await self._run(viewer, slug, hall)
        await self._let_stand(room.id, hall, number, person, viewer.person)

    async def phone_of(self, viewer: Viewer, slug: str, hall: PersonId, person: PersonId) -> tuple[RoomId, GuestId]:
        """The phone that stands for a delegate of a hall, for who runs it.

        Raises: Refused ``not_found``, ``sign_in_needed``, ``not_allowed``.
        """
        room, _ = await self._run(viewer, slug, hall)
        for one in await store.list_delegates(self._pool, room.id, hall):
            if one.person == person and one.phone is not None:
                return room.id, one.phone
        raise Refused("not_found")

    async def forget(self, room: RoomId, person: PersonId) -> None:
        """No phone stands for this delegate any more. They have left the hall, or never were there."""
        async with self._pool.acquire() as connection, connection.transaction():
            before = await store.forget_phone(connection, room, person)
        self._is_over(before)

    # --- the phone ---

    async def scanned(self, slug: str, hall: PersonId, secret: str) -> tuple[RoomId, str, Hall]:
        """The room (number and title) and the hall to which a code leads that is shown at this moment.

        Raises: Refused ``not_found``; ``code_old`` for one that was shown before, or never.
        """
        row = await rooms.find_room(self._pool, slug)
        found = [] if row is None else [one for one in await store.list_halls(self._pool, row.id) if one.person == hall]
        if row is None or not found:
            raise Refused("not_found")
        minute, _ = await store.read_minute(self._pool)
        # The one before too: somebody has pointed a phone at it just now.
        if not any(same(secret, self._keys.hall_code(row.id, hall, shown)) for shown in (minute, minute - 1)):
            raise Refused("code_old")
        return row.id, row.title, found[0]

    async def come(self, slug: str, hall: PersonId, secret: str, address: str) -> tuple[RoomId, str]:
        """A phone that has scanned a code of this moment: the room, and the secret for the cookie ``Cookies.guest(room)``. It stands for
        nobody.

        Raises: Refused ``not_found``, ``code_old``, ``rate_limited``, ``busy``.
        """
        room, _title, _hall = await self.scanned(slug, hall, secret)
        cookie = new_secret()
        async with self._pool.acquire() as connection, connection.transaction():
            wait_s = await take_place(connection, "hall address", self._keys.subject("hall address", address), SCANS_PER_ADDRESS, _HOUR)
            if wait_s:
                raise Refused("rate_limited", retry_after_s=wait_s)
            await rooms.lock_room(connection, room)
            taken = await store.waiting_numbers(connection, room, hall)
            if len(taken) >= MOST_WAITING:
                raise Refused("busy")
            number = secrets.choice([one for one in range(1000, 10_000) if one not in taken])
            await store.add_phone(connection, room, hall, number, fingerprint(cookie))
        return room, cookie

    async def phone(self, slug: str, cookies: list[str]) -> tuple[RoomId, str, Phone]:
        """The room (number and title) and the phone in it that one of these cookies is.

        Raises: Refused ``phone_unknown``, also where there is no such room: who holds nothing is not told which there are.
        """
        row = await rooms.find_room(self._pool, slug)
        for cookie in cookies if row is not None else []:
            assert row is not None
            found = await store.find_phone(self._pool, row.id, fingerprint(cookie))
            if found is not None:
                return row.id, row.title, found
        raise Refused("phone_unknown")

    async def claim(self, viewer: Viewer, phone: Phone) -> None:
        """Who has signed in on a phone that waits in their hall says that it is theirs.

        Raises: Refused ``sign_in_needed``; ``not_of_hall`` to who has no place in this hall.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        try:
            await self._let_stand(phone.room, phone.hall, phone.number, viewer.person, None)
        except Refused:
            raise Refused("not_of_hall") from None

    # --- inside ---

    async def _run(self, viewer: Viewer, slug: str, hall: PersonId) -> tuple[SeenRoom, Hall]:
        room, own = await self.halls(viewer, slug)
        for one in own:
            if one.person == hall:
                return room, one
        raise Refused("not_found")

    async def _let_stand(self, room: RoomId, hall: PersonId, number: int, person: PersonId, vouched: PersonId | None) -> None:
        """In the place of any other phone of theirs."""
        async with self._pool.acquire() as connection, connection.transaction():
            await rooms.lock_room(connection, room)
            before = await store.forget_phone(connection, room, person)
            if not await store.let_stand(connection, room, hall, number, person, vouched):
                raise Refused("not_found")
        self._is_over(before)

    def _is_over(self, phone: GuestId | None) -> None:
        if phone is not None:
            self._ended(phone)
