"""LiveKit's own server obeys the meeting as ours does, also when nothing that it tells ever arrives."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from rooms.state import Item, Plan, Seat
from server.kernel.ids import ItemId
from server.protocol import meeting, rooms
from server.store import rolls
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.engine import KEY, SECRET
from tests.peers.livekit_server import LiveKitServer, find, running_livekit
from tests.peers.postgres import Database
from tests.peers.rtp_client import RtpClient, playing
from tests.realtime.halls import Hall, House, open_house
from tests.realtime.test_room_media import may_speak, none_come


@pytest.fixture
def livekit(tmp_path: Path) -> Iterator[LiveKitServer]:
    program = find()
    assert program is not None
    with running_livekit(program, tmp_path / "livekit") as server:
        yield server


@pytest.fixture
async def house(
    pool: Pool, database: Database, livekit: LiveKitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    hall = await Hall.open(pool)
    chair, member = hall.who("host"), hall.who("member")
    await hall.seat(Seat(chair, "chair"), Seat(member, "member"))
    async with pool.acquire() as connection, connection.transaction():
        await rolls.replace_items(connection, hall.room, [Item(ItemId(1), Plan("Nhân sự", readers=(chair,)))])
        await rolls.set_free(connection, hall.room, free=False)
    settings: dict[str, Any] = {"livekit_url": livekit.url, "livekit_api_key": KEY, "livekit_api_secret": SECRET}
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch, **settings) as house:
        yield house


@asynccontextmanager
async def in_media(attendee: Attendee, livekit: LiveKitServer, token: str = "") -> AsyncIterator[RtpClient]:
    """The attendee's page in the media of the meeting: with the pass it is given now, or with one that it kept."""
    if not token:
        given = await attendee.ask(rooms.AskMedia(new_id(), attendee.room))
        assert isinstance(given, rooms.MediaPass)
        token = given.token
    client = RtpClient(livekit.url, token)
    await client.join()
    async with playing([client]):
        yield client
    await client.close(politely=False)


async def test_the_floor_given_and_taken_and_an_item_for_some_are_obeyed(house: House, livekit: LiveKitServer) -> None:
    chair, member = await house.person("host"), await house.person("member")
    async with in_media(chair, livekit) as listening, in_media(member, livekit) as speaking:
        assert not may_speak(speaking)
        await chair.do(meeting.GiveFloor(new_id(), chair.room, member.who, 600))
        await speaking.until(lambda: may_speak(speaking))
        sound = await speaking.publish_audio()
        await listening.until(lambda: sound.sid in listening.tracks and listening.tracks[sound.sid].received > 50)
        await chair.do(meeting.WithdrawFloor(new_id(), chair.room))
        await speaking.until(lambda: not may_speak(speaking))
        heard = listening.tracks[sound.sid]
        assert await none_come(lambda: heard.received, lambda: sound.streams[0].sent), "what is sent without the floor is forwarded"

        await chair.do(meeting.GoTo(new_id(), chair.room, 1))
        await speaking.until(lambda: speaking.left is not None)
        async with in_media(member, livekit, speaking.token) as again:
            await again.until(lambda: again.left is not None)
        await chair.do(meeting.FinishItem(new_id(), chair.room))
        await member.sees(lambda: member.standing == "inside")
        async with in_media(member, livekit) as back:
            assert back.left is None and not may_speak(back)
