"""What is kept with a room for its meetings: the roll, with what each has answered to the invitation, and the prepared agenda."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from rooms.papers import readers_by_agenda
from rooms.roll import door
from rooms.state import Item, Plan, Private, Seat
from server.kernel.ids import ItemId, PersonId, RoomId, Who, person_in_room
from server.store import room_papers
from server.store.connection import Connection, Database

Answer = Literal["coming", "absent", "substitute"]
"""Comes, does not come, or sends a substitute."""


class Seated(msgspec.Struct, frozen=True):
    """A line of the roll with its person's address, and what they have answered to the invitation and when (UTC), if they have."""

    seat: Seat
    person: PersonId
    email: str
    answer: Answer | None
    answered_at: datetime | None


class Prepared(msgspec.Struct, frozen=True):
    """All that a meeting takes from its room beside its title."""

    roll: tuple[Seat, ...]
    agenda: tuple[Item, ...]
    free: bool
    private: Private


# --- the roll ----------------------------------------------------------------------------------------------------------

_SEATS = """
select s.person, s.duty, s.agency, s.weight, s.principal, s.hall, coalesce(nullif(c.display_name, ''), n.name, '') as name,
    coalesce(c.email, '') as email, s.answer, s.answered_at
from room_seats as s left join contacts as c on c.person = s.person
left join room_names as n on n.room = s.room and n.who = 'p' || s.person
where s.room = $1 order by s.place, s.person
"""
_LEFT_OUT = "delete from room_seats where room = $1 and person <> all ($2::bigint[])"
_SEAT = """
insert into room_seats (room, person, place, duty, role, agency, weight, principal, hall) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (room, person) do update set place = excluded.place, duty = excluded.duty, role = excluded.role, agency = excluded.agency,
    weight = excluded.weight, principal = excluded.principal, hall = excluded.hall
"""
# Who has a name of their own is called by it; what was written before stays for who had none then.
_NAMED = """
insert into room_names (room, who, name) select $1, 'p' || $2::bigint, $3
where not exists (select from contacts where person = $2 and display_name <> '')
on conflict (room, who) do update set name = excluded.name
"""
_CHANGED = "update rooms set revision = revision + 1 where id = $1"
_ANSWER = "update room_seats set answer = $3, answered_at = now() where room = $1 and person = $2 returning 1"


async def list_seats(database: Database, room: RoomId) -> list[Seated]:
    """The roll in its order; empty where there is none."""
    return [
        Seated(
            Seat(
                person_in_room(PersonId(row["person"])),
                row["duty"],
                row["agency"],
                row["weight"],
                _who(row["principal"]),
                _who(row["hall"]),
                row["name"],
            ),
            PersonId(row["person"]),
            row["email"],
            row["answer"],
            row["answered_at"],
        )
        for row in await database.fetch(_SEATS, room)
    ]


async def read_roll(database: Database, room: RoomId) -> tuple[Seat, ...]:
    """The roll as the rules of the meeting know it."""
    return tuple(one.seat for one in await list_seats(database, room))


async def replace_seats(connection: Connection, room: RoomId, seats: Sequence[Seat]) -> None:
    """Make ``seats`` the roll, in their order; they have passed ``rooms.roll.checked`` and are all persons. Who stays keeps the answer
    to the invitation, and who has no name of their own is called as their line says. A meeting that runs follows within seconds."""
    await connection.execute(_LEFT_OUT, room, [_person(seat.who) for seat in seats])
    rows = [
        (
            *(room, _person(seat.who), place, seat.duty, door(seat.duty), seat.agency, seat.weight),
            *(None if one is None else _person(one) for one in (seat.principal, seat.hall)),
        )
        for place, seat in enumerate(seats)
    ]
    await connection.executemany(_SEAT, rows)
    await connection.executemany(_NAMED, [(room, _person(seat.who), seat.name) for seat in seats if seat.name])
    await connection.execute(_CHANGED, room)


async def answer(connection: Connection, room: RoomId, person: PersonId, answer: Answer) -> bool:
    """Answer the invitation, or answer otherwise. False: this person is not on the roll."""
    return await connection.fetchval(_ANSWER, room, person, answer) is not None


# --- the agenda --------------------------------------------------------------------------------------------------------

_ITEMS = "select id, plan from room_items where room = $1 order by place, id"
_CLEAR = "delete from room_items where room = $1"
_ITEM = "insert into room_items (room, id, place, plan) values ($1, $2, $3, $4)"
_FREE = "select free from rooms where id = $1"
_PRIVATE = "select private_among as among, private_kept as kept from rooms where id = $1"
_SET_PRIVATE = "update rooms set private_among = $2, private_kept = $3 where id = $1"
_SET_FREE = "update rooms set free = $2 where id = $1"


async def read_items(database: Database, room: RoomId) -> tuple[Item, ...]:
    """The prepared agenda in its order. Nobody may see an item of which ``rooms.agenda.may_know`` says that they may not know."""
    return tuple(Item(ItemId(row["id"]), msgspec.convert(row["plan"], Plan)) for row in await database.fetch(_ITEMS, room))


async def replace_items(connection: Connection, room: RoomId, items: Collection[Item]) -> None:
    """Make ``items`` the prepared agenda, in their order; when they were begun and finished is not kept here. While a meeting runs its
    agenda is changed in the meeting, which writes it down here; pages refuse to change it then."""
    await connection.execute(_CLEAR, room)
    rows = [(room, item.id, place, msgspec.to_builtins(item.plan)) for place, item in enumerate(items)]
    await connection.executemany(_ITEM, rows)
    await room_papers.set_readers(connection, room, readers_by_agenda(items))


async def read_free(database: Database, room: RoomId) -> bool:
    """Whether meetings of this room begin with free discussion."""
    return bool(await database.fetchval(_FREE, room))


async def set_free(connection: Connection, room: RoomId, free: bool) -> None:
    """Say whether meetings begin with free discussion. One that runs goes on as it is."""
    await connection.execute(_SET_FREE, room, free)


async def read_private(database: Database, room: RoomId) -> Private:
    """Who may write privately to whom in meetings of this room."""
    return msgspec.convert(dict(await database.fetchrow(_PRIVATE, room) or {}), Private)


async def set_private(connection: Connection, room: RoomId, private: Private) -> None:
    """Say who may write privately to whom. A meeting that runs goes on as it is."""
    await connection.execute(_SET_PRIVATE, room, private.among, private.kept)


async def read_prepared(connection: Connection, room: RoomId) -> Prepared:
    """What a meeting that begins takes from its room."""
    kept = await read_roll(connection, room), await read_items(connection, room), await read_free(connection, room)
    return Prepared(*kept, await read_private(connection, room))


def _who(person: int | None) -> Who | None:
    return None if person is None else person_in_room(PersonId(person))


def _person(who: Who) -> PersonId:
    assert who[0] == "p", f"{who} is no person"
    return PersonId(int(who[1:]))
