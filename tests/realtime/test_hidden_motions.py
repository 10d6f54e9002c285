"""Votes that are not for everybody, over the live socket: whom they do not concern learns of none, by no way of asking."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.state import Item, Plan, Seat
from server.kernel.ids import ItemId
from server.protocol import meeting, rooms
from server.protocol import motions as messages
from server.store import rolls
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.postgres import Database
from tests.realtime.halls import Hall, House, open_house
from tests.web.slips import send_slip

TEXT = "Bổ nhiệm cán bộ"


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    """The deputy, for whom an item is as for the chair, sends a substitute."""
    hall = await Hall.open(pool)
    await hall.seat(
        Seat(hall.who("citizen"), "chair"),
        Seat(hall.who("editor"), "deputy"),
        Seat(hall.who("official"), "member", weight=0, principal=hall.who("editor")),
        Seat(hall.who("member"), "member"),
    )
    personnel = Plan("Nhân sự", readers=tuple(sorted((hall.who("citizen"), hall.who("editor")))))
    async with pool.acquire() as connection, connection.transaction():
        await rolls.replace_items(connection, hall.room, [Item(ItemId(1), personnel)])
    return hall


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        yield house


async def opened(chair: Attendee, *, secret: bool = False) -> int:
    """A motion that the chair has put to the vote."""
    done = await chair.do(messages.DraftMotion(new_id(), chair.room, None, TEXT, secret=secret))
    assert done.motion is not None
    await chair.do(messages.OpenMotion(new_id(), chair.room, done.motion, 600))
    return done.motion


def questions(room: int, motion: int) -> list[messages.ForMotion]:
    """What somebody may ask of a motion to find out whether there is one."""
    return [
        messages.DraftMotion(new_id(), room, motion, "Khác"),
        messages.CloseMotion(new_id(), room, motion),
        messages.WithdrawMotion(new_id(), room, motion, "Thôi"),
        messages.ObjectToCount(new_id(), room, motion, "Sai"),
        messages.AskBallotCode(new_id(), room, motion),
        messages.CastBallot(new_id(), room, motion, 0),
        messages.CastBallot(new_id(), room, motion, 0, tracker=secrets.token_hex(16), code="12345678"),
    ]


async def test_who_is_out_for_an_item_cannot_find_its_votes_and_who_stands_in_for_a_reader_votes(house: House, hall: Hall) -> None:
    chair, substitute, member = await house.person("citizen"), await house.person("official"), await house.person("member")
    await chair.do(meeting.GoTo(new_id(), hall.room, 1))
    await member.sees(lambda: member.standing == "waiting")
    for secret in (False, True):
        motion = await opened(chair, secret=secret)
        assert {await member.refused(one) for one in questions(hall.room, motion)} == {"not_found"}
        await substitute.sees(lambda motion=motion: motion in substitute.mandates)  # type: ignore[misc]
        if not secret:
            await substitute.do(messages.CastBallot(new_id(), hall.room, motion, 1))
    assert member.motions == {}


async def test_a_slip_concerns_no_guest_who_is_inside_while_it_is_out(house: House, hall: Hall, pool: Pool) -> None:
    slip = await send_slip(pool, hall.people["host"], hall.slug)
    chair, guest = await house.person("citizen"), await house.person("stranger", enter=False)
    assert await guest.enter() == "waiting"
    await chair.sees(lambda: bool(chair.page.waiting))
    await chair.do(rooms.Admit(new_id(), hall.room, guest.who))
    await guest.sees(lambda: guest.standing == "inside")
    motion = await opened(chair)
    for one in (chair, guest):
        await one.sees(lambda one=one: motion in one.motions)  # type: ignore[misc]
    assert (set(chair.motions), set(guest.motions)) == ({slip, motion}, {motion})
    assert {await guest.refused(one) for one in questions(hall.room, slip)} == {"not_found"}
