"""Halls (điểm cầu) and the phones in them: which delegate each phone stands for, and which wait to be told."""

from datetime import datetime, timedelta

import msgspec

from server.kernel.ids import GuestId, PersonId, RoomId
from server.store.connection import Connection, Database

WAITS = timedelta(minutes=30)
"""How long a phone that was not told whose it is may wait."""
MOST_WAITING = 100
"""Phones that wait in one hall."""


class Hall(msgspec.Struct, frozen=True):
    """A hall of a room: the person by whose account its endpoint takes part, and its name."""

    person: PersonId
    name: str


class Delegate(msgspec.Struct, frozen=True):
    """Somebody with a place in a hall. ``phone`` is the guest who stands for them, and ``vouched`` says that somebody else said so."""

    person: PersonId
    name: str
    duty: str
    agency: str
    phone: GuestId | None
    vouched: bool


class Phone(msgspec.Struct, frozen=True):
    """A phone in a hall, known by its cookie: ``person`` is the delegate for whom it stands, None while that is not known."""

    guest: GuestId
    room: RoomId
    hall: PersonId
    hall_name: str
    number: int
    person: PersonId | None
    name: str


_MINUTE = "select (extract(epoch from now()) / 60)::bigint, (60 - extract(second from now()))::int"
_HALLS = """
select distinct h.person, coalesce(nullif(c.display_name, ''), n.name, c.email, '') as name, h.place
from room_seats as s join room_seats as h on h.room = s.room and h.person = s.hall
left join contacts as c on c.person = h.person left join room_names as n on n.room = h.room and n.who = 'p' || h.person
where s.room = $1 order by h.place
"""
_DELEGATES = """
select s.person, coalesce(nullif(c.display_name, ''), n.name, c.email, '') as name, s.duty, s.agency, p.guest,
    p.vouched is not null as vouched
from room_seats as s left join contacts as c on c.person = s.person
left join room_names as n on n.room = s.room and n.who = 'p' || s.person
left join hall_phones as p on p.room = s.room and p.person = s.person and p.hall = s.hall
where s.room = $1 and s.hall = $2 order by s.place, s.person
"""
_WAITING = """
select number, scanned_at from hall_phones where room = $1 and hall = $2 and person is null and scanned_at > now() - $3::interval
order by scanned_at limit 100
"""
_PHONE = """
select p.guest, p.room, p.hall, coalesce(nullif(h.display_name, ''), nh.name, h.email, '') as hall_name, p.number, p.person,
    coalesce(nullif(c.display_name, ''), n.name, c.email, '') as name
from guests as g join hall_phones as p on p.guest = g.id join rooms as r on r.id = g.room
left join contacts as h on h.person = p.hall left join room_names as nh on nh.room = p.room and nh.who = 'p' || p.hall
left join contacts as c on c.person = p.person left join room_names as n on n.room = p.room and n.who = 'p' || p.person
where g.secret_hash = $1 and p.room = $2 and r.deleted_at is null and g.created_at > now() - interval '12 hours'
    and case when p.person is null then p.scanned_at > now() - $3::interval
    else exists (select from room_seats as s where s.room = p.room and s.person = p.person and s.hall = p.hall) end
"""


async def read_minute(database: Database) -> tuple[int, int]:
    """The minute that it is by the database's clock, counted from 1970, and how many seconds are left of it."""
    row = await database.fetchrow(_MINUTE)
    assert row is not None  # it reads no table
    return int(row[0]), int(row[1])


async def list_halls(database: Database, room: RoomId) -> list[Hall]:
    """The halls of a room, in the order of the roll."""
    return [Hall(PersonId(row["person"]), row["name"]) for row in await database.fetch(_HALLS, room)]


async def list_delegates(database: Database, room: RoomId, hall: PersonId) -> list[Delegate]:
    """Who has a place in a hall, in the order of the roll."""
    return [Delegate(*row) for row in await database.fetch(_DELEGATES, room, hall)]


async def list_waiting(database: Database, room: RoomId, hall: PersonId) -> list[tuple[int, datetime]]:
    """The numbers of the phones that wait to be told whose they are, and when they scanned (UTC)."""
    return [(row["number"], row["scanned_at"]) for row in await database.fetch(_WAITING, room, hall, WAITS)]


async def find_phone(database: Database, room: RoomId, secret_hash: bytes) -> Phone | None:
    """The phone with this secret, while it may wait or stands for a delegate of its hall."""
    row = await database.fetchrow(_PHONE, secret_hash, room, WAITS)
    return None if row is None else Phone(*row)


_ADD_GUEST = "insert into guests (room, secret_hash, name) values ($1, $2, '') returning id"
_NUMBERS = "select number from hall_phones where room = $1 and hall = $2 and person is null"
_FORGET_OLD = """
delete from guests using hall_phones as p
where p.guest = id and p.room = $1 and p.person is null and p.scanned_at < now() - $2::interval
"""
_ADD_PHONE = "insert into hall_phones (guest, room, hall, number) values ($1, $2, $3, $4)"
_FORGET_PHONE = "delete from guests using hall_phones as p where p.guest = id and p.room = $1 and p.person = $2 returning id"
_STANDS_FOR = """
update hall_phones as p set person = $4, vouched = $5
where p.room = $1 and p.hall = $2 and p.number = $3 and p.person is null and p.scanned_at > now() - $6::interval
    and exists (select from room_seats as s where s.room = p.room and s.hall = p.hall and s.person = $4)
returning 1
"""


async def waiting_numbers(connection: Connection, room: RoomId, hall: PersonId) -> set[int]:
    """The numbers that are taken in a hall, once those that waited too long are forgotten. The room must be locked."""
    await connection.execute(_FORGET_OLD, room, WAITS)
    return {row["number"] for row in await connection.fetch(_NUMBERS, room, hall)}


async def add_phone(connection: Connection, room: RoomId, hall: PersonId, number: int, secret_hash: bytes) -> None:
    """A phone that has just scanned the code of a hall. It stands for nobody yet."""
    guest = await connection.fetchval(_ADD_GUEST, room, secret_hash)
    await connection.execute(_ADD_PHONE, guest, room, hall, number)


async def let_stand(connection: Connection, room: RoomId, hall: PersonId, number: int, person: PersonId, vouched: PersonId | None) -> bool:
    """Let a waiting phone stand for a delegate of its hall, for whom none stands. False: there is no such phone, or no such delegate."""
    return await connection.fetchval(_STANDS_FOR, room, hall, number, person, vouched, WAITS) is not None


async def forget_phone(connection: Connection, room: RoomId, person: PersonId) -> GuestId | None:
    """Let no phone stand for this delegate any more. The one that did is no guest any more."""
    found = await connection.fetchval(_FORGET_PHONE, room, person)
    return None if found is None else GuestId(found)
