"""What pages do with rooms: create, change and list them, invite, and let guests in by a link. What happens inside is in ``rooms``."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from consultations.tree import search_key
from rooms.state import Private
from server.identity.contact import normalised_email
from server.identity.keys import Keys, fingerprint, new_secret, same
from server.identity.policy import Action, agencies_where, may, require
from server.identity.rooms import RoomRole, role_in_room
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId, CommandId, GuestId, PersonId, RoomId, person_in_room
from server.kernel.refused import Refused
from server.kernel.words import clean
from server.realtime.consulting import person_key, uuid_of
from server.store import identity, rolls, topics
from server.store import rooms as store
from server.store.connection import Connection, Pool
from server.store.rooms import Invited, RoomRow

TITLE_LIMIT = 200
NAME_LIMIT = 80
MOST_INVITED = 300
LONGEST = timedelta(days=31)


class Details(msgspec.Struct, frozen=True):
    """What an editor says of a room. ``times`` are its beginning and end (UTC), or nothing for a room that is always there;
    ``hosts`` and ``members`` are e-mail addresses."""

    title: str
    times: tuple[datetime, datetime] | None = None
    lobby: bool = True
    join_muted: bool = True
    hosts: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    private: Private = Private()


class SeenRoom(msgspec.Struct, frozen=True):
    """A room as one viewer may know it. ``seq`` is the number to follow ``room/{id}`` from."""

    id: RoomId
    agency: AgencyId
    agency_name: str
    agency_name_en: str
    slug: str
    title: str
    starts_at: datetime | None
    ends_at: datetime | None
    lobby: bool
    join_muted: bool
    has_link: bool
    revision: int
    running: bool
    day: Literal["today", "coming", "past"]
    seq: int
    role: RoomRole
    may_edit: bool
    reads_record: bool
    """Whether there may be something for the viewer to read of its meetings."""
    runs_hall: bool
    """Whether the viewer's account is that of a hall's endpoint."""
    sees_board: bool
    """Whether the viewer may look at the technicians' board."""


class RoomDesk:
    """The doors of rooms from outside."""

    def __init__(self, pool: Pool, keys: Keys) -> None:
        self._pool = pool
        self._keys = keys

    async def create(self, viewer: Viewer, id: CommandId, agency: AgencyId, details: Details, slug: str) -> tuple[RoomId, str]:
        """A new room with the viewer among its hosts; its number and its slug, which gets a number of its own where it is taken.
        A repeat of the command gets the first answer.

        Raises: Refused ``not_allowed``, ``sign_in_needed``, or as ``_checked``.
        """
        require(viewer, Action.CREATE_ROOM, agency=agency)
        assert viewer.person is not None
        details = _checked(details)
        actor, digest = person_key(viewer.person), _digest((agency, details))
        async with self._pool.acquire() as connection, connection.transaction():
            known, answer = await topics.first_answer(connection, actor, uuid_of(id), digest)
            if known:
                return RoomId(answer["id"]), str(answer["slug"])
            room, named = await store.add_room(
                connection, agency, slug, details.title, search_key(details.title), details.times, details.lobby, details.join_muted
            )
            await self._invite(connection, room, details, viewer.person)
            await rolls.set_private(connection, room, details.private)
            await topics.remember_answer(connection, actor, uuid_of(id), digest, {"id": room, "slug": named})
        return room, named

    async def change(self, viewer: Viewer, slug: str, details: Details) -> None:
        """Change a room. A meeting that runs in it follows within seconds.

        Raises: Refused ``not_found``, ``not_allowed``, ``no_host``, ``meeting_runs``, or as ``_checked``.
        """
        details = _checked(details)
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self.changeable(connection, viewer, slug)
            await store.change_room(
                connection, row.id, details.title, search_key(details.title), details.times, details.lobby, details.join_muted
            )
            await self._invite(connection, row.id, details, None)
            await rolls.set_private(connection, row.id, details.private)

    async def delete(self, viewer: Viewer, slug: str) -> None:
        """Close a room for good; a meeting that runs in it ends.

        Raises: Refused ``not_found``, ``not_allowed``, ``meeting_runs``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self.changeable(connection, viewer, slug)
            await store.delete_room(connection, row.id)

    async def find(self, viewer: Viewer, slug: str) -> SeenRoom:
        """A room by its slug.

        Raises: Refused ``not_found``, also to whom it does not concern; a guest is known by ``guest_of``.
        """
        row = await store.find_room(self._pool, slug, viewer.person)
        seen = None if row is None else seen_by(viewer, row)
        if seen is None:
            raise Refused("not_found" if viewer.signed_in else "sign_in_needed")
        return seen

    async def rooms_of(self, viewer: Viewer, search: str = "") -> list[SeenRoom]:
        """The rooms that concern the viewer and whose title holds ``search``, whatever its accents; at most 200, those without a
        date first, then the latest.

        Raises: Refused ``sign_in_needed``.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        agencies = agencies_where(viewer, Action.ENTER_ROOM) or frozenset()
        known = may(viewer, Action.KNOCK_AT_ROOM)  # officials read what was issued of the meetings that they were in
        rows = await store.list_rooms(self._pool, viewer.person, sorted(agencies), search_key(search), known=known)
        return [seen for row in rows if (seen := seen_by(viewer, row)) is not None]

    async def people(self, viewer: Viewer, slug: str) -> list[Invited]:
        """The invitation list, for who may change it.

        Raises: Refused ``not_found``, ``not_allowed``.
        """
        async with self._pool.acquire() as connection:
            row = await self.editable(connection, viewer, slug)
            return await store.read_people(connection, row.id)

    # --- the guests' link ---

    async def link(self, viewer: Viewer, slug: str) -> str | None:
        """The secret of the guests' link, for who may change the room; nothing when there is none."""
        async with self._pool.acquire() as connection:
            row = await self.editable(connection, viewer, slug)
        return None if row.link is None else self._keys.room_link(row.link)

    async def make_link(self, viewer: Viewer, slug: str) -> str:
        """A new guests' link; one that was there is withdrawn. Its secret."""
        link = secrets.token_bytes(16)
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self.editable(connection, viewer, slug)
            await store.set_link(connection, row.id, link)
        return self._keys.room_link(link)

    async def withdraw_link(self, viewer: Viewer, slug: str) -> None:
        """No guest comes by the link any more, nor stays who came by it."""
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self.editable(connection, viewer, slug)
            await store.set_link(connection, row.id, None)

    async def by_link(self, viewer: Viewer, slug: str, secret: str) -> SeenRoom:
        """The room to which a guests' link leads.

        Raises: Refused ``not_found``.
        """
        row = await self._linked(slug, secret, viewer.person)
        return _seen_as(row, (role_in_room(viewer, row.agency, row.listed) if viewer.signed_in else None) or "guest", may_edit=False)

    async def come_as_guest(self, slug: str, secret: str, name: str) -> tuple[RoomId, str]:
        """A new guest called ``name``: the room, and the secret for the cookie ``Cookies.guest(room)``.

        Raises: Refused ``not_found``, ``empty``, ``too_long``.
        """
        name = clean(name, "name", NAME_LIMIT, lines=False)
        row = await self._linked(slug, secret, None)
        assert row.link is not None
        cookie = new_secret()
        async with self._pool.acquire() as connection:
            await store.add_guest(connection, row.id, fingerprint(cookie), row.link, name)
        return row.id, cookie

    async def come_signed_in(self, viewer: Viewer, slug: str, secret: str) -> None:
        """A signed-in person follows the guests' link, and may knock from now on.

        Raises: Refused ``not_found``, ``sign_in_needed``.
        """
        if viewer.person is None:
            raise Refused("sign_in_needed")
        row = await self._linked(slug, secret, viewer.person)
        async with self._pool.acquire() as connection:
            await store.come_by_link(connection, row.id, viewer.person)

    async def guest_of(self, slug: str, cookie: str) -> tuple[SeenRoom, GuestId, str]:
        """The room, the guest and the guest's name for a cookie.

        Raises: Refused ``not_found``.
        """
        row = await store.find_room(self._pool, slug)
        guest = await store.guest_by_secret(self._pool, fingerprint(cookie))
        if row is None or guest is None or guest.room != row.id or guest.person is not None:
            raise Refused("not_found")
        return _seen_as(row, "guest", may_edit=False), guest.id, guest.name

    # --- inside ---

    async def editable(self, connection: Connection, viewer: Viewer, slug: str) -> RoomRow:
        """A room that the viewer may change.

        Raises: Refused ``not_found``, ``sign_in_needed``, ``not_allowed``.
        """
        row = await store.find_room(connection, slug, viewer.person)
        if row is None or role_in_room(viewer, row.agency, row.listed) is None:
            raise Refused("not_found" if viewer.signed_in else "sign_in_needed")
        if not _may_edit(viewer, row):
            raise Refused("not_allowed")
        return row

    async def changeable(self, connection: Connection, viewer: Viewer, slug: str) -> RoomRow:
        """A room that the viewer may change now: while a meeting runs its deputies do not, so that none takes the chair by the list.

        Raises: as ``editable``; Refused ``meeting_runs``.
        """
        row = await self.editable(connection, viewer, slug)
        if row.running and not may(viewer, Action.EDIT_ROOM, agency=row.agency):
            assert viewer.person is not None  # who is not signed in may change no room
            me = person_in_room(viewer.person)
            if any(seat.who == me and seat.duty == "deputy" for seat in await rolls.read_roll(connection, row.id)):
                raise Refused("meeting_runs")
        return row

    async def _linked(self, slug: str, secret: str, person: PersonId | None) -> RoomRow:
        row = await store.find_room(self._pool, slug, person)
        if row is None or row.link is None or not same(secret, self._keys.room_link(row.link)):
            raise Refused("not_found")
        return row

    async def _invite(self, connection: Connection, room: RoomId, details: Details, creator: PersonId | None) -> None:
        hosts = [await identity.find_or_add_person(connection, email) for email in details.hosts]
        if creator is not None and creator not in hosts:
            hosts.append(creator)
        if not hosts:
            raise Refused("no_host", field="hosts")
        members = [await identity.find_or_add_person(connection, email) for email in details.members]
        await store.place_people(connection, room, hosts, [person for person in members if person not in hosts])


def _may_edit(viewer: Viewer, row: RoomRow) -> bool:
    return row.listed == "host" or may(viewer, Action.EDIT_ROOM, agency=row.agency)


def seen_by(viewer: Viewer, row: RoomRow) -> SeenRoom | None:
    """``row`` as the viewer may know it; nothing to whom it does not concern."""
    role = role_in_room(viewer, row.agency, row.listed)
    came = row.known and may(viewer, Action.KNOCK_AT_ROOM)
    return None if role is None else _seen_as(row, role, may_edit=_may_edit(viewer, row), came=came)


def _seen_as(row: RoomRow, role: RoomRole, *, may_edit: bool, came: bool = False) -> SeenRoom:
    return SeenRoom(
        row.id,
        row.agency,
        row.agency_name,
        row.agency_name_en,
        row.slug,
        row.title,
        row.starts_at,
        row.ends_at,
        row.lobby,
        row.join_muted,
        row.link is not None,
        row.revision,
        row.running,
        row.day,  # type: ignore[arg-type]
        row.seq,
        role,
        may_edit,
        may_edit or came or row.listed in ("host", "member"),
        row.runs_hall,
        may_edit or (row.duty == "technician" and not row.runs_hall),
    )


def _checked(details: Details) -> Details:
    """Raises: Refused ``empty``, ``too_long``, ``bad_dates``, ``bad_email`` (with ``email``), ``too_many``; each names ``field``."""
    if details.times is not None and not timedelta(0) < details.times[1] - details.times[0] <= LONGEST:
        raise Refused("bad_times", field="times")
    if len(details.hosts) + len(details.members) > MOST_INVITED:
        raise Refused("too_many_invited", field="members", limit=MOST_INVITED)
    return msgspec.structs.replace(
        details,
        title=clean(details.title, "title", TITLE_LIMIT, lines=False),
        hosts=_addresses(details.hosts, "hosts"),
        members=_addresses(details.members, "members"),
    )


def _addresses(emails: tuple[str, ...], field: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for email in emails:
        try:
            found[normalised_email(email)] = None
        except Refused as refused:
            raise Refused(refused.code, **(refused.detail | {"field": field, "email": email[:100]})) from None
    return tuple(found)


def _digest(body: object) -> int:
    return int.from_bytes(hashlib.sha256(msgspec.json.encode(["room", body])).digest()[:8], "big", signed=True)
