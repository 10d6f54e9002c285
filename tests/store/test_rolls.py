"""Rolls and prepared agendas on real PostgreSQL: what is kept of them, and to whom they open a room."""

from datetime import UTC, datetime

import asyncpg
import pytest

from rooms.state import Item, Plan, Private, Seat
from server.kernel.ids import ItemId, PaperId, PersonId, Who
from server.store import rolls, rooms
from server.store.connection import Pool
from tests.realtime.halls import Hall


async def test_a_roll_is_read_as_it_was_written_and_keeps_the_answers_of_who_stays(pool: Pool) -> None:
    hall = await Hall.open(pool)
    chair, member, substitute = hall.who("host"), hall.who("member"), hall.who("citizen")
    roll = (
        Seat(substitute, "member", principal=member),
        Seat(chair, "chair", "Văn phòng", 2, hall=hall.who("official")),
        Seat(member, "member", "Sở Tài chính"),
    )
    await hall.seat(*roll)
    kept = await rolls.read_roll(pool, hall.room)
    assert [(one.who, one.duty, one.agency, one.weight, one.principal, one.hall) for one in kept] == [
        (one.who, one.duty, one.agency, one.weight, one.principal, one.hall) for one in roll
    ]
    assert kept[1].name == "Đại biểu host"
    async with pool.acquire() as connection:
        for name in ("host", "member"):
            assert await rolls.answer(connection, hall.room, PersonId(int(hall.who(name)[1:])), "coming")
        assert not await rolls.answer(connection, hall.room, PersonId(int(hall.who("stranger")[1:])), "absent")
    await hall.seat(Seat(hall.who("stranger"), "observer"), Seat(chair, "deputy"))
    listed = await rolls.list_seats(pool, hall.room)
    assert [(one.email, one.answer, one.answered_at is None) for one in listed] == [
        ("stranger@example.vn", None, True),
        ("host@example.vn", "coming", False),
    ]


async def test_a_substitute_never_outlives_the_principal(pool: Pool) -> None:
    hall = await Hall.open(pool)
    member = hall.who("member")
    await hall.seat(Seat(member, "member"), Seat(hall.who("citizen"), "member", principal=member))
    await pool.execute("delete from room_seats where room = $1 and person = $2", hall.room, int(member[1:]))
    assert await rolls.read_roll(pool, hall.room) == ()
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await hall.seat(Seat(hall.who("citizen"), "member", principal=member))


async def test_the_roll_opens_the_room_by_ones_duty_and_never_takes_what_the_list_gives(pool: Pool) -> None:
    hall = await Hall.open(pool)
    duties = {"citizen": "deputy", "stranger": "guest", "editor elsewhere": "observer", "host": "guest", "member": "secretary"}
    before = await rooms.read_room(pool, hall.room)
    await hall.seat(*(Seat(hall.who(name), duty) for name, duty in duties.items()))  # type: ignore[arg-type]
    roles = {}
    for name in (*duties, "administrator elsewhere"):
        listed = await hall.desk.rooms_of(hall.people[name])
        roles[name] = listed[0].role if listed else None
    assert roles == {
        "citizen": "host",
        "stranger": "guest",
        "editor elsewhere": "member",
        "host": "host",
        "member": "host",
        "administrator elsewhere": None,
    }
    read = await rooms.read_roles(pool, hall.room)
    assert read[PersonId(int(hall.who("member")[1:]))] == "host" and len(read) == len(duties)
    persons = [PersonId(int(hall.who(name)[1:])) for name in ("citizen", "host")]
    assert await rooms.strangers(pool, hall.room, persons) == set()
    await hall.seat()
    assert await rooms.strangers(pool, hall.room, persons) == {persons[0]}
    after = await rooms.read_room(pool, hall.room)
    assert before is not None and after is not None and after.revision == before.revision + 2


async def test_a_prepared_agenda_is_read_as_it_was_written_in_its_order(pool: Pool) -> None:
    hall = await Hall.open(pool)
    planned = Plan("Dự toán", Who("p5"), datetime(2026, 12, 1, 1, tzinfo=UTC), 1200, (PaperId(3), PaperId(1)), (Who("p5"),))
    items = (Item(ItemId(4), planned), Item(ItemId(2), Plan("Khai mạc")))
    async with pool.acquire() as connection, connection.transaction():
        await rolls.replace_items(connection, hall.room, [Item(ItemId(1), Plan("Cũ")), *items])
        await rolls.replace_items(connection, hall.room, items)
        await rolls.set_free(connection, hall.room, free=False)
        await rolls.set_private(connection, hall.room, Private("desk", kept=True))
        assert await rolls.read_prepared(connection, hall.room) == rolls.Prepared((), items, False, Private("desk", kept=True))
