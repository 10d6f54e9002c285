"""Media follows the meeting, with our own engine beside the finished product; and the meeting needs no media."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from livekit.api.room_service import RoomService
from livekit.protocol.models import TrackSource, TrackType
from livekit.protocol.room import ListParticipantsRequest, ListRoomsRequest
from livekit.protocol.rtc import AddTrackRequest, RequestResponse
from websockets.exceptions import InvalidStatus

from server.livekit.engine import EngineAway, MediaEngine
from server.protocol import groups, meeting, rooms
from server.realtime.room_media import RETRY_S, RoomMedia
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


class Stumbling(MediaEngine):
    """An engine whose connection breaks the first ``times`` it is called."""

    def __init__(self, times: int) -> None:
        super().__init__("http://127.0.0.1:9", "", "key", "s" * 32)
        self._left = times
        self.done = asyncio.Event()

    async def delete(self, room: str) -> None:
        if self._left:
            self._left -= 1
            raise EngineAway("ServerDisconnectedError")
        self.done.set()


async def test_one_broken_connection_to_the_engine_holds_nothing_up() -> None:
    engine = Stumbling(2)
    following = RoomMedia(engine, lambda room: None)
    following.end("room-1-1")
    async with asyncio.timeout(RETRY_S):  # the wait after a long absence
        await engine.done.wait()
    await following.stop()


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


async def test_only_who_has_the_floor_is_forwarded_and_only_as_long_whatever_their_client_does(house: House, media: MediaServer) -> None:
    chair, speaker = await house.person("host"), await house.person("member")
    await chair.do(meeting.SetDiscussion(new_id(), chair.room, False))
    await chair.do(meeting.SetLimits(new_id(), chair.room, meeting.Limits(grace_s=0)))
    listening, speaking = await media_of(chair, media), await media_of(speaker, media)
    async with playing([listening, speaking]):
        await speaking.signal(add_track=AddTrackRequest(cid="1", type=TrackType.AUDIO, source=TrackSource.MICROPHONE))
        await speaking.until(lambda: any(signal.request_response.reason == RequestResponse.NOT_ALLOWED for signal in speaking.signals))
        await chair.do(meeting.GiveFloor(new_id(), chair.room, speaker.who, 10))
        await speaking.until(lambda: may_speak(speaking))
        kept = await speaker.ask(rooms.AskMedia(new_id(), speaker.room))
        assert isinstance(kept, rooms.MediaPass)
        sound = await speaking.publish_audio()
        await listening.until(lambda: sound.sid in listening.tracks and listening.tracks[sound.sid].received > 50)
        await chair.sees(lambda: chair.page.procedure.floor is None)
        await speaking.until(lambda: any(signal.track_unpublished.track_sid == sound.sid for signal in speaking.signals))
        still = await none_come(lambda: listening.tracks[sound.sid].received, lambda: sound.streams[0].sent)
        assert still, "what is sent without the floor is forwarded"
    for client in (speaking, listening):
        await client.close()
    media.kill()  # and with it all that it was told
    media.start()
    listening, speaking = await media_of(chair, media), RtpClient(media.url, kept.token)  # the pass of who has the floor no more
    await speaking.join()
    async with playing([listening, speaking]):
        await speaking.until(lambda: not may_speak(speaking))
        await chair.do(meeting.SetDiscussion(new_id(), chair.room, True))
        await speaking.until(lambda: may_speak(speaking))
        sound = await speaking.publish_audio()
        await listening.until(lambda: sound.sid in listening.tracks and listening.tracks[sound.sid].received > 50)
    for client in (speaking, listening):
        await client.close()


async def test_nothing_passes_between_groups_whatever_a_client_does(house: House, media: MediaServer, service: RoomService) -> None:
    host, member, official = await house.person("host"), await house.person("member"), await house.person("official")
    stays, kept = await media_of(member, media), await host.ask(rooms.AskMedia(new_id(), host.room))
    assert isinstance(kept, rooms.MediaPass)
    await host.do(groups.PlanGroups(new_id(), host.room, 2))
    for one, number in ((member, 1), (official, 2)):
        await host.do(groups.PutInGroup(new_id(), host.room, one.who, number))
    await host.do(groups.OpenGroups(new_id(), host.room))
    await stays.until(lambda: stays.left is not None)  # who does not go is put out
    await stays.close()
    await put_out_again(RtpClient(media.url, stays.token))
    await host.do(groups.VisitGroup(new_id(), host.room, 1))
    speaking, looking, apart = await media_of(member, media), await media_of(host, media), await media_of(official, media)
    async with playing([speaking, looking, apart]):
        sound = await speaking.publish_audio()
        await looking.until(lambda: sound.sid in looking.tracks and looking.tracks[sound.sid].received > 50)
        assert not apart.tracks
        await host.do(groups.VisitGroup(new_id(), host.room, None))
        await looking.until(lambda: looking.left is not None)
        await host.do(groups.PutInGroup(new_id(), host.room, member.who, 2))
        await speaking.until(lambda: speaking.left is not None)
    for client in (speaking, looking, apart):
        await client.close()
    for old in (speaking.token, kept.token):
        await put_out_again(RtpClient(media.url, old))
    assert await connected(service) == set()


def may_speak(client: RtpClient) -> bool:
    """Whether the engine has told the client last, at its joining or since, that its microphone is permitted."""
    assert client.joined is not None
    told = [one for signal in client.signals for one in signal.update.participants if one.identity == client.identity]
    return TrackSource.MICROPHONE in [client.joined.participant, *told][-1].permission.can_publish_sources


async def none_come(received: Callable[[], int], sent: Callable[[], int]) -> bool:
    """Whether of a second of packets that are sent from some moment on none is received. What came before may still be on its way."""
    for _ in range(10):
        before, until_sent = received(), sent() + 50
        await until(lambda: sent() >= until_sent)  # noqa: B023
        if received() == before:
            return True
    return False
