"""Rooms: what they are called, when they meet, who is invited, and who came by the guests' link."""

from collections.abc import Collection
from datetime import datetime

import asyncpg
import msgspec

from server.kernel.ids import AgencyId, GuestId, PersonId, RoomId, room_topic
from server.store import topics
from server.store.connection import Connection, Database

FAR = 200
"""Rooms listed at most."""


class RoomRow(msgspec.Struct, frozen=True):
    """A room as it is kept. ``listed`` is the asking person's role by its invitation list or its roll, whichever is more;
    ``seq`` the newest event of its topic; ``day`` says where it stands from now: ``today`` (also without a date, and while a meeting
    runs), ``coming`` or ``past``. ``called`` is what the roll calls the asking person, for who has no name of their own, and
    ``runs_hall`` whether delegates sit where that one's endpoint is; ``duty`` is that one's by the roll; ``known`` says that the asking
    person was once on the roll, knocked or came in."""

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
    link: bytes | None
    revision: int
    listed: str | None
    running: bool
    day: str
    seq: int
    called: str
    runs_hall: bool
    duty: str | None
    known: bool


class Invited(msgspec.Struct, frozen=True):
    """Somebody on a room's list."""

    person: PersonId
    email: str
    name: str
    role: str


_COLUMNS = """
r.id, r.agency, a.name, a.name_en, r.slug, r.title, r.starts_at, r.ends_at, r.lobby, r.join_muted, r.link, r.revision,
(
    select role from room_lists as l where l.room = r.id and l.person = $1 order by array_position(array['host', 'member', 'guest'], role)
    limit 1
) as listed,
exists (select from meetings as m where m.room = r.id and m.ended_at is null) as running,
case
    when r.starts_at is null or exists (select from meetings as m where m.room = r.id and m.ended_at is null) then 'today'
    when r.ends_at < now() and (r.ends_at at time zone 'Asia/Ho_Chi_Minh')::date < (now() at time zone 'Asia/Ho_Chi_Minh')::date then 'past'
    when (r.starts_at at time zone 'Asia/Ho_Chi_Minh')::date > (now() at time zone 'Asia/Ho_Chi_Minh')::date then 'coming'
    else 'today'
end as day,
(select seq from topics as t where t.id = 'room/' || r.id) as seq,
coalesce((
    select n.name from room_seats as s join room_names as n on n.room = s.room and n.who = 'p' || s.person
    where s.room = r.id and s.person = $1
), '') as called,
exists (select from room_seats as s where s.room = r.id and s.hall = $1) as runs_hall,
(select s.duty from room_seats as s where s.room = r.id and s.person = $1) as duty,
exists (select from room_names as n where n.room = r.id and n.who = 'p' || $1) as known
from rooms as r join agencies as a on a.id = r.agency
"""
_BY_SLUG = f"select {_COLUMNS} where r.slug = $2 and r.deleted_at is null"
_BY_ID = f"select {_COLUMNS} where r.id = $2 and r.deleted_at is null"
_LIST = f"""
select {_COLUMNS} where r.deleted_at is null and strpos(r.search_key, $3) > 0 and (
    r.agency = any ($2::bigint[]) or exists (select from room_lists as l where l.room = r.id and l.person = $1)
    or $5 and exists (select from room_names as n where n.room = r.id and n.who = 'p' || $1)
)
order by r.starts_at desc nulls first, r.id desc limit $4
"""


async def find_room(database: Database, slug: str, person: PersonId | None = None) -> RoomRow | None:
    """The room with this slug, as it concerns ``person``."""
    row = await database.fetchrow(_BY_SLUG, person, slug)
    return None if row is None else RoomRow(*row)


async def read_room(database: Database, room: RoomId, person: PersonId | None = None) -> RoomRow | None:
    """The room with this number, as it concerns ``person``."""
    row = await database.fetchrow(_BY_ID, person, room)
    return None if row is None else RoomRow(*row)


async def list_rooms(
    database: Database, person: PersonId, agencies: list[AgencyId], search_key: str = "", *, known: bool = False
) -> list[RoomRow]:
    """The rooms of ``agencies``, those to which ``person`` is invited, and with ``known`` those to which they are; first those without a
    date, then the latest."""
    return [RoomRow(*row) for row in await database.fetch(_LIST, person, agencies, search_key, FAR, known)]


_ADD = """
insert into rooms (agency, slug, title, search_key, starts_at, ends_at, lobby, join_muted)
values ($1, $2, $3, $4, $5, $6, $7, $8) returning id
"""


async def add_room(
    connection: Connection,
    agency: AgencyId,
    slug: str,
    title: str,
    search_key: str,
    times: tuple[datetime, datetime] | None,
    lobby: bool,
    join_muted: bool,
) -> tuple[RoomId, str]:
    """A new room with its topic; its number and its slug, which gets a number of its own where it is taken."""
    starts_at, ends_at = times or (None, None)
    for attempt in range(1, 1000):
        named = slug if attempt == 1 else f"{slug}-{attempt}"
        try:
            async with connection.transaction():
                room = RoomId(await connection.fetchval(_ADD, agency, named, title, search_key, starts_at, ends_at, lobby, join_muted))
        except asyncpg.UniqueViolationError:
            continue
        await topics.create_topic(connection, room_topic(room))
        return room, named
    raise AssertionError(f"a thousand rooms are called {slug}")


_CHANGE = """
update rooms set title = $2, search_key = $3, starts_at = $4, ends_at = $5, lobby = $6, join_muted = $7, revision = revision + 1
where id = $1
"""


async def change_room(
    connection: Connection,
    room: RoomId,
    title: str,
    search_key: str,
    times: tuple[datetime, datetime] | None,
    lobby: bool,
    join_muted: bool,
) -> None:
    """What an editor may change of a room."""
    starts_at, ends_at = times or (None, None)
    await connection.execute(_CHANGE, room, title, search_key, starts_at, ends_at, lobby, join_muted)


_LOCK = "select true from rooms where id = $1 and deleted_at is null for update"


async def lock_room(connection: Connection, room: RoomId) -> bool:
    """Nobody else changes the room or what is kept with it until this transaction ends. False: there is no such room."""
    return bool(await connection.fetchval(_LOCK, room))


_SET_LOBBY = "update rooms set lobby = $2, revision = revision + 1 where id = $1"


async def set_lobby(connection: Connection, room: RoomId, on: bool) -> None:
    """What a host may change of a room from inside."""
    await connection.execute(_SET_LOBBY, room, on)


_SET_LINK = "update rooms set link = $2, revision = revision + 1 where id = $1"

_FORGET_LINKED = "delete from room_people where room = $1 and role = 'guest'"


async def set_link(connection: Connection, room: RoomId, link: bytes | None) -> None:
    """Give the room another guests' link, or none. Guests who came by the one before are strangers from now on, signed in or not."""
    await connection.execute(_SET_LINK, room, link)
    await connection.execute(_FORGET_LINKED, room)


_DELETE = "update rooms set deleted_at = now(), link = null, revision = revision + 1 where id = $1"


async def delete_room(connection: Connection, room: RoomId) -> None:
    """Close a room for good. Its log stays."""
    await connection.execute(_DELETE, room)


# --- the invitation list -----------------------------------------------------------------------------------------------

_PEOPLE = """
select l.person, coalesce(c.email, ''), coalesce(c.display_name, ''), l.role
from room_people as l left join contacts as c on c.person = l.person
where l.room = $1 order by array_position(array['host', 'member', 'guest'], l.role), c.email
"""
_ROLES = """
select distinct on (person) person, role from room_lists where room = $1
order by person, array_position(array['host', 'member', 'guest'], role)
"""
_CLEAR = "delete from room_people where room = $1 and role <> 'guest'"
_INVITE = """
insert into room_people (room, person, role) values ($1, $2, $3) on conflict (room, person) do update set role = excluded.role
"""
_COME_BY_LINK = "insert into room_people (room, person, role) values ($1, $2, 'guest') on conflict do nothing"

_STRANGERS = """
select p.id from persons as p
where p.id = any ($2::bigint[]) and not exists (select from room_lists as l where l.room = $1 and l.person = p.id)
    and not exists (select from grants as g where g.person = p.id)
"""


async def read_people(database: Database, room: RoomId) -> list[Invited]:
    """The invitation list: hosts, members, then those who came by the link."""
    return [Invited(*row) for row in await database.fetch(_PEOPLE, room)]


async def read_roles(database: Database, room: RoomId) -> dict[PersonId, str]:
    """How those on the invitation list or on the roll come in, by whichever is more."""
    return {row["person"]: row["role"] for row in await database.fetch(_ROLES, room)}


async def strangers(database: Database, room: RoomId, persons: list[PersonId]) -> set[PersonId]:
    """Those of ``persons`` who are on no list of the room and hold no role on the site: the room does not concern them."""
    return {row["id"] for row in await database.fetch(_STRANGERS, room, persons)}


async def place_people(connection: Connection, room: RoomId, hosts: list[PersonId], members: list[PersonId]) -> None:
    """Replace the invited hosts and members. Who came by the link stays."""
    await connection.execute(_CLEAR, room)
    await connection.executemany(_INVITE, [(room, person, "member") for person in members] + [(room, person, "host") for person in hosts])


async def come_by_link(connection: Connection, room: RoomId, person: PersonId) -> None:
    """A signed-in person has the guests' link; who is invited already stays what they are."""
    await connection.execute(_COME_BY_LINK, room, person)


# --- guests ------------------------------------------------------------------------------------------------------------

_ADD_GUEST = "insert into guests (room, secret_hash, link, name) values ($1, $2, $3, $4) returning id"
# A phone in a hall is a guest who stands for a delegate, while the roll gives that one a place there.
_GUEST = """
select g.id, g.room, coalesce(nullif(c.display_name, ''), n.name, g.name) as name, p.person, p.hall, p.vouched
from guests as g join rooms as r on r.id = g.room left join hall_phones as p on p.guest = g.id
left join contacts as c on c.person = p.person left join room_names as n on n.room = p.room and n.who = 'p' || p.person
where r.deleted_at is null and (
    g.link = r.link
    or g.created_at > now() - interval '12 hours'
    and exists (select from room_seats as s where s.room = p.room and s.person = p.person and s.hall = p.hall)
) and
"""
_GUEST_BY_SECRET = _GUEST + " g.secret_hash = $1"
_GUEST_BY_ID = _GUEST + " g.id = $1"
_LIVING = "select g.id from guests as g join rooms as r on r.id = g.room where g.room = $1 and r.deleted_at is null and g.link = r.link"
_KNOWN = "select id from guests where id = any($1)"
_DROP_GUESTS = "delete from guests where created_at < now() - interval '30 days'"


class Guest(msgspec.Struct, frozen=True):
    """Who came by a room's link without an account; or the phone, in a ``hall``, of a ``person`` for whom somebody may have ``vouched``."""

    id: GuestId
    room: RoomId
    name: str
    person: PersonId | None = None
    hall: PersonId | None = None
    vouched: PersonId | None = None


async def add_guest(connection: Connection, room: RoomId, secret_hash: bytes, link: bytes, name: str) -> GuestId:
    return GuestId(await connection.fetchval(_ADD_GUEST, room, secret_hash, link, name))


async def guest_by_secret(database: Database, secret_hash: bytes) -> Guest | None:
    """Whose secret this is, while the link by which they came still stands."""
    row = await database.fetchrow(_GUEST_BY_SECRET, secret_hash)
    return None if row is None else Guest(*row)


async def read_guest(database: Database, guest: GuestId) -> Guest | None:
    """A guest, while the link by which they came still stands."""
    row = await database.fetchrow(_GUEST_BY_ID, guest)
    return None if row is None else Guest(*row)


async def living_guests(database: Database, room: RoomId) -> set[GuestId]:
    """All guests of a room whose link still stands."""
    return {row["id"] for row in await database.fetch(_LIVING, room)}


async def known_guests(database: Database, guests: Collection[GuestId]) -> set[GuestId]:
    """Those of ``guests`` that are guests still, whether they may take part or not."""
    return {row["id"] for row in await database.fetch(_KNOWN, list(guests))}


async def drop_guests(database: Database) -> None:
    """Forget guests of more than 30 days ago; the names under which they took part stay with the log of the meeting."""
    await database.execute(_DROP_GUESTS)
