"""Roll, chair, agenda and floor over the live socket of the finished product, on real PostgreSQL."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.roll import seat_of
from rooms.state import Item, Plan, Seat
from server.kernel.ids import ItemId
from server.protocol import live, meeting, rooms
from server.store import meetings, rolls
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.postgres import Database
from tests.realtime.halls import Hall, House, open_house
from tests.realtime.procedures import any_command

BRIEFLY = 10
"""Seconds: the shortest turn there is."""


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    """Its chair is on no invitation list; its host is an observer, and the microphone of a hall in which an official sits."""
    hall = await Hall.open(pool)
    await hall.seat(
        Seat(hall.who("citizen"), "chair", "Văn phòng"),
        Seat(hall.who("editor"), "deputy", "Văn phòng"),
        Seat(hall.who("member"), "member", "Sở Tài chính"),
        Seat(hall.who("host"), "observer"),
        Seat(hall.who("official"), "member", "Xã mẫu", hall=hall.who("host")),
    )
    secret = Plan("Nhân sự", readers=tuple(sorted((hall.who("citizen"), hall.who("editor")))))
    async with pool.acquire() as connection, connection.transaction():
        await rolls.replace_items(connection, hall.room, [Item(ItemId(1), Plan("Dự toán")), Item(ItemId(2), secret)])
        await rolls.set_free(connection, hall.room, free=False)
    return hall


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        yield house


async def come(house: House, *names: str) -> list[Attendee]:
    """These enter, and see that all are there."""
    came = [await house.person(name) for name in names]
    for one in came:
        await one.sees(lambda one=one: one.inside >= {other.who for other in came})  # type: ignore[misc]
    return came


def titles(attendee: Attendee) -> list[str]:
    return [item.plan.title for item in attendee.page.agenda]


async def test_a_meeting_begins_with_the_roll_and_the_agenda_of_its_room(house: House, hall: Hall) -> None:
    chair, host = await come(house, "citizen", "host")
    assert chair.page.procedure.presides == chair.who and not chair.page.procedure.free
    assert [(seat.name, seat.duty, seat.agency) for seat in host.page.roll][:2] == [
        ("Đại biểu citizen", "chair", "Văn phòng"),
        ("Đại biểu editor", "deputy", "Văn phòng"),
    ]
    assert (chair.page.me.role, chair.page.me.may) == ("host", ["keep_door", "lead", "prepare", "end"])
    assert (host.page.me.role, host.page.me.may) == ("host", ["keep_door"])
    assert await host.refused(meeting.GoTo(new_id(), hall.room, 1)) == "not_allowed"
    assert await host.refused(meeting.RaiseHand(new_id(), hall.room)) == "not_allowed"
    await host.do(meeting.Attend(new_id(), hall.room))
    await chair.sees(lambda: [member.who for member in chair.page.members if member.attended] == [host.who])
    await hall.seat(Seat(hall.who("citizen"), "chair"), Seat(hall.who("host"), "secretary"))
    await host.sees(lambda: [seat.duty for seat in host.page.roll] == ["chair", "secretary"] and "prepare" in host.page.me.may)


async def test_nobody_else_knows_of_an_item_for_some_and_during_it_they_are_outside(house: House, hall: Hall, pool: Pool) -> None:
    chair, deputy, member = await come(house, "citizen", "editor", "member")
    assert (titles(chair), titles(member)) == (["Dự toán", "Nhân sự"], ["Dự toán"])
    plan = meeting.Plan("Kỷ luật", readers=[deputy.who])
    await chair.do(meeting.AddItem(new_id(), hall.room, plan, before=1))
    await deputy.sees(lambda: titles(deputy) == ["Kỷ luật", "Dự toán", "Nhân sự"])
    await chair.do(meeting.MoveItem(new_id(), hall.room, 1))
    await member.sees(lambda: member.page.seq == chair.page.seq)
    assert titles(member) == ["Dự toán"]
    assert await member.refused(meeting.RemoveItem(new_id(), hall.room, 2)) == "not_allowed"
    assert [item.plan.title for item in await rolls.read_items(pool, hall.room)] == ["Kỷ luật", "Nhân sự", "Dự toán"]
    await chair.do(meeting.GoTo(new_id(), hall.room, 3))
    await member.sees(lambda: member.standing == "waiting")
    assert (member.inside, member.page.agenda, member.page.procedure.item) == (set(), [], None)
    assert member.who not in deputy.inside
    await chair.do(meeting.FinishItem(new_id(), hall.room))
    await member.sees(lambda: member.standing == "inside" and titles(member) == ["Dự toán"])


async def test_only_who_presides_and_who_has_the_floor_are_heard(house: House, hall: Hall) -> None:
    chair, deputy, member = await come(house, "citizen", "editor", "member")
    everybody = (chair, deputy, member)
    for one, kind in ((member, "statement"), (deputy, "reply"), (member, "point_of_order")):
        await one.do(meeting.RaiseHand(new_id(), hall.room, kind, "for"))  # type: ignore[arg-type]
    for one in everybody:
        await one.sees(lambda one=one: [hand.kind for hand in one.page.queue] == ["point_of_order", "statement", "reply"])  # type: ignore[misc]
    assert await member.refused(meeting.GiveFloor(new_id(), hall.room, member.who, 60)) == "not_allowed"
    await chair.do(meeting.MoveHand(new_id(), hall.room, 2, before=3))
    await chair.do(meeting.SetLimits(new_id(), hall.room, meeting.Limits(speaker_s=60, grace_s=0)))
    await chair.do(meeting.GiveFloor(new_id(), hall.room, deputy.who))
    for one in everybody:
        await one.sees(lambda one=one: one.heard == {chair.who, deputy.who} and one.hands == [member.who, member.who])  # type: ignore[misc]
        floor = one.page.procedure.floor
        assert floor is not None and floor.until is not None
        assert (floor.kind, (floor.until - floor.given_at).total_seconds(), floor.cut_at) == ("reply", 60, floor.until)
    await deputy.do(meeting.YieldFloor(new_id(), hall.room))
    for one in everybody:
        await one.sees(lambda one=one: one.heard == {chair.who} and list(one.page.spoken.speakers) == [deputy.who])  # type: ignore[misc]
    await chair.do(meeting.SetDiscussion(new_id(), hall.room, True))
    await member.sees(lambda: member.heard == {chair.who, deputy.who, member.who})


async def test_who_sits_in_a_hall_is_heard_by_its_microphone(house: House, hall: Hall) -> None:
    chair, together = await come(house, "citizen", "host")
    phone = await house.attend(await hall.phone("official", "host"))
    assert await phone.enter() == "inside" and phone.who == hall.who("official")
    assert await phone.refused(rooms.AskMedia(new_id(), hall.room)) == "sits_in_hall"
    await phone.do(meeting.RaiseHand(new_id(), hall.room))
    await chair.do(meeting.GiveFloor(new_id(), hall.room, phone.who))
    await chair.sees(lambda: chair.heard == {chair.who, together.who})
    await phone.lose()  # it goes to sleep, and the hall is there
    await chair.do(meeting.WithdrawFloor(new_id(), hall.room))
    await chair.sees(lambda: chair.heard == {chair.who})
    assert {one.who: (one.hall, one.attended, one.connected) for one in chair.page.members}[phone.who] == (together.who, True, True)


async def test_a_turn_ends_with_its_time_and_an_empty_chair_is_taken_by_the_next_of_the_line(house: House, hall: Hall) -> None:
    chair, deputy, member = await come(house, "citizen", "editor", "member")
    await chair.do(meeting.SetLimits(new_id(), hall.room, meeting.Limits(grace_s=0)))
    await chair.do(meeting.GiveFloor(new_id(), hall.room, member.who, BRIEFLY))
    await chair.do(rooms.Leave(new_id(), hall.room))
    await deputy.sees(lambda: deputy.page.procedure.chair_passes_at is not None)
    assert await deputy.refused(meeting.GoTo(new_id(), hall.room, 1)) == "not_allowed"
    for one in (deputy, member):
        await one.sees(lambda one=one: (one.page.procedure.floor, one.page.procedure.presides) == (None, deputy.who))  # type: ignore[misc]
    assert member.heard == {deputy.who} and member.page.spoken.speakers == {member.who: BRIEFLY}
    await deputy.do(meeting.GoTo(new_id(), hall.room, 1))
    await chair.enter()
    await chair.do(meeting.TakeChair(new_id(), hall.room))
    await deputy.sees(lambda: deputy.page.procedure.presides == chair.who)


async def test_whatever_many_do_at_once_all_see_the_same_queue_and_so_does_who_reads_the_log(house: House, hall: Hall, pool: Pool) -> None:
    everybody = await come(house, "citizen", "editor", "member", "host")
    chance = random.Random(7)

    async def do_anything(one: Attendee) -> None:
        for _ in range(20):
            answer = await one.ask(any_command(chance, hall.room, [other.who for other in everybody]))
            assert isinstance(answer, live.Done | live.RefusedCommand)

    await asyncio.gather(*(do_anything(one) for one in everybody))
    await everybody[0].do(meeting.SetDiscussion(new_id(), hall.room, not everybody[0].page.procedure.free))
    async with pool.acquire() as connection, connection.transaction():
        found = await meetings.load(connection, hall.room)
    assert found is not None
    seq, state = found
    for one in everybody:
        await one.sees(lambda one=one: one.page.seq >= seq)  # type: ignore[misc]
        page = one.page
        assert [(hand.number, hand.who) for hand in page.queue] == [(hand.number, hand.who) for hand in state.queue]
        assert (page.procedure, page.spoken) == (everybody[0].page.procedure, everybody[0].page.spoken)
        assert page.procedure.free == state.free and seat_of(state, one.who) is not None  # type: ignore[arg-type]
