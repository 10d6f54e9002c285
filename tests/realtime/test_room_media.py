"""Media follows the meeting, with our own engine beside the finished product; and the meeting needs no media."""

from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from livekit.api.room_service import RoomService
from livekit.protocol.room import ListParticipantsRequest, ListRoomsRequest
from websockets.exceptions import InvalidStatus

from server.protocol import rooms
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.engine import KEY, SECRET, MediaServer, room_service
from tests.peers.ports import free_port
from tests.peers.postgres import Database
from tests.peers.rtp_client import RtpClient, playing
from tests.realtime.clients import until
from tests.realtime.halls import Hall, House, open_house


@pytest.fixture
def port() -> int:
    """Where the product will listen, and be told what happens in the engine."""
    return free_port()


@pytest.fixture
def media(tmp_path: Path, port: int) -> Iterator[MediaServer]:
    server = MediaServer(tmp_path / "engine", web_port=port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def service(media: MediaServer) -> AsyncIterator[RoomService]:
    async with room_service(media) as service:
        yield service


@pytest.fixture
async def house(
    pool: Pool, database: Database, media: MediaServer, port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    keys = {"livekit_api_key": KEY, "livekit_api_secret": SECRET, "media_signal_port": media.port}
    async with open_house(await Hall.open(pool), database.app_dsn, tmp_path, monkeypatch, port, **keys) as house:
        yield house


async def media_of(attendee: Attendee, media: MediaServer) -> RtpClient:
    """The attendee's page connects to the engine with the pass that it was given."""
    given = await attendee.ask(rooms.AskMedia(new_id(), attendee.room))
    assert isinstance(given, rooms.MediaPass) and given.url == ""
    client = RtpClient(media.url, given.token)
    await client.join()
    return client


async def connected(service: RoomService) -> set[str]:
    """Who is connected to the engine, in whatever room."""
    found = await service.list_rooms(ListRoomsRequest())
    return {
        one.identity
        for room in found.rooms
        for one in (await service.list_participants(ListParticipantsRequest(room=room.name))).participants
    }


async def test_a_pass_opens_the_media_of_the_meeting_under_ones_own_name(house: House, media: MediaServer, service: RoomService) -> None:
    host, member = await house.person("host"), await house.person("member")
    clients = [await media_of(host, media), await media_of(member, media)]
    async with playing(clients):
        assert await connected(service) == {host.who, member.who}
    for client in clients:
        await client.close()


async def test_who_is_removed_is_out_of_the_media_and_cannot_come_back_with_the_old_pass(
    house: House, media: MediaServer, service: RoomService
) -> None:
    host, member = await house.person("host"), await house.person("member")
    client = await media_of(member, media)
    await host.do(rooms.Remove(new_id(), host.room, member.who))
    await client.until(lambda: client.left is not None)
    await client.close()
    await put_out_again(RtpClient(media.url, client.token))
    assert await connected(service) == set()


async def put_out_again(client: RtpClient) -> None:
    """Who joins with an old pass is refused, or put out at once."""
    try:
        async with playing([client]):
            await client.join()
            await client.until(lambda: client.left is not None)
    except InvalidStatus as refused:
        status = refused.response.status_code
    else:
        status = HTTPStatus.FORBIDDEN
    await client.close(politely=False)
    assert status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


async def test_at_the_end_of_the_meeting_its_media_ends_and_no_pass_opens_it_again(
    house: House, media: MediaServer, service: RoomService
) -> None:
    host, member = await house.person("host"), await house.person("member")
    clients = [await media_of(host, media), await media_of(member, media)]
    await host.do(rooms.EndMeeting(new_id(), host.room))
    for client in clients:
        await client.until(lambda client=client: client.left is not None)  # type: ignore[misc]
        await client.close()
    await put_out_again(RtpClient(media.url, clients[0].token))
    assert await connected(service) == set()


async def test_a_host_turns_off_a_microphone(house: House, media: MediaServer, service: RoomService) -> None:
    host, member = await house.person("host"), await house.person("member")
    client = await media_of(member, media)
    async with playing([client]):
        await client.publish_audio()
        await host.do(rooms.Mute(new_id(), host.room, member.who, "microphone"))
        [room] = (await service.list_rooms(ListRoomsRequest())).rooms
        [participant] = (await service.list_participants(ListParticipantsRequest(room=room.name))).participants
        assert [track.muted for track in participant.tracks] == [True]
    await client.close()


async def test_without_its_engine_the_meeting_goes_on_and_media_catches_up(house: House, media: MediaServer) -> None:
    host, member = await house.person("host"), await house.person("member")
    client = await media_of(member, media)
    media.kill()
    await client.close(politely=False)
    await member.say("Mất hình, còn chữ")
    await member.raise_hand()
    assert await host.refused(rooms.Mute(new_id(), host.room, member.who, "microphone")) == "media_unavailable"
    await host.do(rooms.Remove(new_id(), host.room, member.who))
    await host.sees(lambda: host.inside == {host.who} and host.chat == ["Mất hình, còn chữ"])
    media.start()
    await put_out_again(RtpClient(media.url, client.token))


async def test_who_leaves_the_meeting_leaves_its_media(house: House, media: MediaServer) -> None:
    host, member = await house.person("host"), await house.person("member")
    client = await media_of(member, media)
    await member.do(rooms.Leave(new_id(), member.room))
    await client.until(lambda: client.left is not None)
    await client.close()
    await until(lambda: host.inside == {host.who})
