"""Rooms, their lists, their links and their leases on real PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from rooms import events as e
from server.kernel.ids import CommandId, PersonId
from server.kernel.refused import Refused
from server.realtime.room_desk import Details
from server.store import meetings, rooms
from server.store.connection import Pool
from tests.peers.attendee import new_id
from tests.realtime.halls import Hall

SECOND = timedelta(seconds=1)


async def refusal(asked: object) -> str:
    with pytest.raises(Refused) as refused:
        await asked  # type: ignore[misc]
    return refused.value.code


async def test_a_lease_has_one_holder_and_who_takes_over_fences_the_one_before(pool: Pool) -> None:
    room = (await Hall.open(pool)).room
    first = await meetings.take_lease(pool, room, "first", SECOND * 60, alone=False)
    assert first is not None
    assert await meetings.take_lease(pool, room, "second", SECOND * 60, alone=False) is None
    assert await meetings.read_holder(pool, room) == "first"
    await meetings.release_lease(pool, room, first)
    second = await meetings.take_lease(pool, room, "second", SECOND * 60, alone=False)
    assert second is not None and second > first
    async with pool.acquire() as connection, connection.transaction():
        assert await meetings.hold(connection, room, first) is None
        assert await meetings.hold(connection, room, second) is not None
    assert await meetings.renew_leases(pool, "first", [room], SECOND) == []


async def test_a_process_that_is_alone_takes_over_at_once(pool: Pool) -> None:
    room = (await Hall.open(pool)).room
    before = await meetings.take_lease(pool, room, "dead", SECOND * 60, alone=True)
    after = await meetings.take_lease(pool, room, "alive", SECOND * 60, alone=True)
    assert before is not None and after is not None and after > before


async def test_a_room_concerns_its_agency_and_its_invited_and_nobody_else(pool: Pool) -> None:
    hall = await Hall.open(pool)
    roles = {}
    for name, viewer in hall.people.items():
        listed = await hall.desk.rooms_of(viewer)
        roles[name] = listed[0].role if listed else None
    assert roles == {
        "host": "host",
        "member": "member",
        "official": "member",
        "editor": "member",
        "administrator": "member",
        **dict.fromkeys(("stranger", "citizen", "editor elsewhere", "administrator elsewhere", "site administrator")),
    }


async def test_rooms_are_found_by_their_title_without_accents_and_stand_on_their_day(pool: Pool) -> None:
    hall = await Hall.open(pool)
    host, now = hall.people["host"], datetime.now(UTC)
    for days, title in ((-3, "Họp hôm kia"), (3, "Họp tuần sau")):
        times = (now + timedelta(days=days), now + timedelta(days=days, hours=1))
        await hall.desk.create(host, CommandId(new_id()), hall.agency, Details(title, times), "hop")
    assert {room.title: room.day for room in await hall.desk.rooms_of(host)} == {
        "Họp giao ban": "today",
        "Họp hôm kia": "past",
        "Họp tuần sau": "coming",
    }
    assert [room.title for room in await hall.desk.rooms_of(host, "tuan SAU")] == ["Họp tuần sau"]


async def test_only_hosts_and_editors_of_the_agency_change_a_room(pool: Pool) -> None:
    hall = await Hall.open(pool)
    for name in ("member", "official", "administrator"):
        assert await refusal(hall.desk.make_link(hall.people[name], hall.slug)) == "not_allowed"
    for name, code in {"stranger": "not_allowed", "editor elsewhere": "not_allowed", "citizen": "not_found"}.items():
        assert await refusal(hall.desk.change(hall.people[name], hall.slug, Details("Tên khác", hosts=("host@example.vn",)))) == code
    await hall.desk.change(hall.people["editor"], hall.slug, Details("Tên khác", hosts=("host@example.vn",)))
    assert (await hall.desk.find(hall.people["host"], hall.slug)).title == "Tên khác"
    assert await refusal(hall.desk.change(hall.people["host"], hall.slug, Details("Không ai chủ trì"))) == "no_host"
    assert await refusal(hall.desk.change(hall.people["host"], hall.slug, Details("Sai", hosts=("không phải thư",)))) == "bad_email"


async def test_a_repeated_creation_makes_one_room_and_equal_titles_get_slugs_of_their_own(pool: Pool) -> None:
    hall = await Hall.open(pool)
    id, details = CommandId(new_id()), Details("Họp giao ban")
    first = await hall.desk.create(hall.people["host"], id, hall.agency, details, "hop-giao-ban")
    assert await hall.desk.create(hall.people["host"], id, hall.agency, details, "hop-giao-ban") == first
    assert first[1] == "hop-giao-ban-2"
    assert await refusal(hall.desk.create(hall.people["stranger"], CommandId(new_id()), hall.agency, details, "x")) == "not_allowed"


async def test_a_guest_is_one_for_as_long_as_the_link_stands(pool: Pool) -> None:
    hall = await Hall.open(pool)
    host = hall.people["host"]
    link = await hall.desk.make_link(host, hall.slug)
    room, cookie = await hall.desk.come_as_guest(hall.slug, link, "  Chuyên   gia ")
    assert (await hall.desk.guest_of(hall.slug, cookie))[2] == "Chuyên gia"
    assert await refusal(hall.desk.come_as_guest(hall.slug, "x" * 43, "Kẻ lạ")) == "not_found"
    assert len(await rooms.living_guests(pool, room)) == 1
    await hall.desk.make_link(host, hall.slug)
    assert await refusal(hall.desk.guest_of(hall.slug, cookie)) == "not_found"
    assert await refusal(hall.desk.come_as_guest(hall.slug, link, "Chuyên gia")) == "not_found"
    assert await rooms.living_guests(pool, room) == set()


async def test_who_follows_the_link_while_signed_in_may_knock_and_an_invited_one_stays_invited(pool: Pool) -> None:
    hall = await Hall.open(pool)
    link = await hall.desk.make_link(hall.people["host"], hall.slug)
    for name, role in (("citizen", "guest"), ("member", "member")):
        await hall.desk.come_signed_in(hall.people[name], hall.slug, link)
        assert (await hall.desk.find(hall.people[name], hall.slug)).role == role


async def test_who_came_by_a_link_while_signed_in_is_a_stranger_once_it_is_withdrawn(pool: Pool) -> None:
    hall = await Hall.open(pool)
    link = await hall.desk.make_link(hall.people["host"], hall.slug)
    everybody = [hall.people[name].person or PersonId(0) for name in ("citizen", "member", "official", "stranger")]
    for name in ("citizen", "member"):
        await hall.desk.come_signed_in(hall.people[name], hall.slug, link)
    assert await rooms.strangers(pool, hall.room, everybody) == set()
    await hall.desk.withdraw_link(hall.people["host"], hall.slug)
    assert await refusal(hall.desk.find(hall.people["citizen"], hall.slug)) == "not_found"
    assert (await hall.desk.find(hall.people["member"], hall.slug)).role == "member"
    assert await rooms.strangers(pool, hall.room, everybody) == {hall.people["citizen"].person}


async def test_a_meeting_is_read_back_to_its_end_however_long_it_is(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "AT_ONCE", 2)
    hall, now = await Hall.open(pool), datetime.now(UTC)
    names = ("host", "member", "official")
    async with pool.acquire() as connection, connection.transaction():
        meeting = await meetings.next_meeting_id(connection)
        came = [e.Entered(hall.who(name), name, "member", "tab") for name in names]
        await meetings.append(connection, hall.room, None, now, None, [e.Started(meeting, "Họp", True, now), *came])
        found = await meetings.load(connection, hall.room)
    assert found is not None and set(found[1].members) == {hall.who(name) for name in names}
