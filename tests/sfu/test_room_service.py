"""The Room Service, asked by LiveKit's own library, and what it does to those in the room."""

import asyncio
from functools import partial

import httpx
import pytest
from livekit import api, rtc
from livekit.protocol.models import DataPacket, DisconnectReason, ParticipantInfo, TrackSource
from livekit.protocol.rtc import LeaveRequest, RequestResponse

from tests.peers.engine import KEY, SECRET, MediaServer, room_service, token
from tests.peers.sdk import Participant, participants
from tests.peers.signals import signalling
from tests.sfu.test_signalling import MICROPHONE


def who(room: str, identity: str = "one") -> api.RoomParticipantIdentity:
    return api.RoomParticipantIdentity(room=room, identity=identity)


async def test_rooms_are_made_listed_changed_and_deleted(media_server: MediaServer, room: str) -> None:
    async with room_service(media_server) as service:
        made = await service.create_room(api.CreateRoomRequest(name=room, metadata="m", max_participants=1, empty_timeout=60))
        assert (made.name, made.metadata, made.max_participants, made.empty_timeout) == (room, "m", 1, 60)
        again = await service.create_room(api.CreateRoomRequest(name=room))
        assert (again.sid, again.metadata) == (made.sid, "m")
        assert [one.sid for one in (await service.list_rooms(api.ListRoomsRequest(names=[room]))).rooms] == [made.sid]
        assert made.sid in [one.sid for one in (await service.list_rooms(api.ListRoomsRequest())).rooms]
        async with signalling(media_server.url, token("one", room)) as one:
            assert (await one.hear("join")).room.metadata == "m"
            await service.update_room_metadata(api.UpdateRoomMetadataRequest(room=room, metadata="n"))
            await one.hear("room_update", lambda update: update.room.metadata == "n")  # one that only counts people may come before
            async with httpx.AsyncClient(verify=False) as http:  # one is the most this room takes
                full = await http.get(f"{media_server.url}/rtc/validate", params={"access_token": token("two", room)})
                assert full.status_code == 429
            await service.delete_room(api.DeleteRoomRequest(room=room))
            leave = await one.hear("leave")
            assert (leave.action, leave.reason) == (LeaveRequest.DISCONNECT, DisconnectReason.ROOM_DELETED)
        assert not (await service.list_rooms(api.ListRoomsRequest(names=[room]))).rooms


async def test_participants_are_listed_and_described(media_server: MediaServer, room: str) -> None:
    async with room_service(media_server) as service, signalling(media_server.url, token("one", room, metadata="m")) as one:
        sid = (await one.hear("join")).participant.sid
        [listed] = (await service.list_participants(api.ListParticipantsRequest(room=room))).participants
        found = await service.get_participant(who(room))
        assert (listed.sid, found.sid, found.metadata) == (sid, sid, "m")
        with pytest.raises(api.TwirpError) as missing:
            await service.get_participant(who(room, "nobody"))
        assert missing.value.code == "not_found"


async def test_who_is_removed_is_gone_for_all_and_their_token_is_void(media_server: MediaServer, room: str) -> None:
    old = token("one", room)
    async with room_service(media_server) as service, signalling(media_server.url, token("other", room)) as other:
        async with signalling(media_server.url, old) as one:
            fresh = await one.hear("refresh_token")
            await service.remove_participant(who(room))
            leave = await one.hear("leave")
            assert (leave.action, leave.reason) == (LeaveRequest.DISCONNECT, DisconnectReason.PARTICIPANT_REMOVED)
            await one.closed.wait()
        gone = await other.hear("update", lambda update: update.participants[0].state == ParticipantInfo.DISCONNECTED)
        assert gone.participants[0].identity == "one"
        async with httpx.AsyncClient(verify=False) as http:
            for void in (old, fresh):
                answer = await http.get(f"{media_server.url}/rtc/validate", params={"access_token": void})
                assert answer.status_code == 401


async def test_what_is_told_of_somebody_is_changed_for_all(media_server: MediaServer, room: str) -> None:
    async with (
        room_service(media_server) as service,
        signalling(media_server.url, token("one", room)) as one,
        signalling(media_server.url, token("other", room)) as other,
    ):
        await other.hear("join")
        update = api.UpdateParticipantRequest(room=room, identity="one", name="N", metadata="m", attributes={"a": "b"})
        changed = await service.update_participant(update)
        assert (changed.name, changed.metadata, dict(changed.attributes)) == ("N", "m", {"a": "b"})
        for client in (one, other):
            await client.hear("update", lambda told: told.participants[0].name == "N")
        await service.update_participant(api.UpdateParticipantRequest(room=room, identity="one", attributes={"a": ""}))
        await other.hear("update", lambda told: told.participants[0].name == "N" and not told.participants[0].attributes)


async def test_data_is_sent_to_everybody_or_to_those_who_are_named(media_server: MediaServer, room: str) -> None:
    async with room_service(media_server) as service, participants(2) as (one, other):
        await one.join(media_server.url, room, "one")
        await other.join(media_server.url, room, "other", single=False)
        await one.until(lambda: one.room.remote_participants)
        await asyncio.gather(_until_channels_open(one, other), _until_channels_open(other, one))
        send = api.SendDataRequest
        await service.send_data(send(room=room, data=b"one", kind=DataPacket.RELIABLE, destination_identities=["one"]))
        await service.send_data(send(room=room, data=b"nobody", kind=DataPacket.RELIABLE, destination_sids=["PA_none"]))
        await service.send_data(send(room=room, data=b"all", kind=DataPacket.RELIABLE, topic="t"))
        for participant, heard in ((one, [b"one", b"all"]), (other, [b"all"])):
            await participant.until(partial(_last_is, participant, b"all"))
            assert _sent(participant) == heard


async def test_the_server_mutes_and_never_unmutes(media_server: MediaServer, room: str) -> None:
    async with room_service(media_server) as service, participants(2) as (speaker, listener):
        await listener.join(media_server.url, room, "listener")
        await speaker.join(media_server.url, room, "speaker")
        microphone = await speaker.speak()
        await listener.hears(microphone.sid)
        request = api.MuteRoomTrackRequest(room=room, identity="speaker", track_sid=microphone.sid, muted=True)
        assert (await service.mute_published_track(request)).track.muted
        await speaker.until(lambda: microphone.muted)
        await listener.until(lambda: listener.seen("track_muted"))
        request.muted = False
        with pytest.raises(api.TwirpError) as refused:
            await service.mute_published_track(request)
        assert refused.value.code == "invalid_argument"
        assert microphone.muted
        track = microphone.track
        assert isinstance(track, rtc.LocalAudioTrack)
        track.unmute()  # the microphone is opened by its owner
        await listener.until(lambda: listener.seen("track_unmuted"))
        await listener.hears(microphone.sid)


async def test_a_permission_withdrawn_ends_what_it_allowed_and_nothing_else(media_server: MediaServer, room: str) -> None:
    async with room_service(media_server) as service, participants(2) as (speaker, listener):
        await listener.join(media_server.url, room, "listener")
        await speaker.join(media_server.url, room, "speaker")
        microphone, camera = await speaker.speak(), await speaker.show()
        await listener.hears(microphone.sid)
        permission = api.ParticipantPermission(can_publish=True, can_subscribe=True, can_publish_data=True)
        permission.can_publish_sources.append(TrackSource.CAMERA)
        update = api.UpdateParticipantRequest(room=room, identity="speaker", permission=permission)
        changed = await service.update_participant(update)
        assert [track.sid for track in changed.tracks] == [camera.sid]
        await listener.until(lambda: listener.seen("track_unpublished"))
        await listener.sees(camera.sid)
        await listener.hears_no_more(microphone.sid)
        async with signalling(media_server.url, token("third", room, publish=False)) as third:
            await third.say(add_track=MICROPHONE)
            assert (await third.hear("request_response")).reason == RequestResponse.NOT_ALLOWED
            permission.can_publish_sources[:] = []
            await service.update_participant(api.UpdateParticipantRequest(room=room, identity="third", permission=permission))
            await third.say(add_track=MICROPHONE)
            await third.hear("track_published")


async def test_who_may_not_receive_any_more_receives_nothing(media_server: MediaServer, room: str) -> None:
    async with room_service(media_server) as service, participants(2) as (speaker, listener):
        await listener.join(media_server.url, room, "listener")
        await speaker.join(media_server.url, room, "speaker")
        microphone = await speaker.speak()
        await listener.hears(microphone.sid)
        permission = api.ParticipantPermission(can_publish=True, can_subscribe=False)
        await service.update_participant(api.UpdateParticipantRequest(room=room, identity="listener", permission=permission))
        await listener.hears_no_more(microphone.sid)
        permission.can_subscribe = True
        await service.update_participant(api.UpdateParticipantRequest(room=room, identity="listener", permission=permission))
        await listener.hears(microphone.sid)


async def test_subscriptions_are_changed_from_outside(media_server: MediaServer, room: str) -> None:
    async with room_service(media_server) as service, participants(2) as (speaker, listener):
        await listener.join(media_server.url, room, "listener")
        await speaker.join(media_server.url, room, "speaker")
        microphone = await speaker.speak()
        await listener.hears(microphone.sid)
        request = api.UpdateSubscriptionsRequest(room=room, identity="listener", track_sids=[microphone.sid], subscribe=False)
        await service.update_subscriptions(request)
        await listener.hears_no_more(microphone.sid)
        request.subscribe = True
        await service.update_subscriptions(request)
        await listener.hears(microphone.sid)


@pytest.mark.parametrize(
    ("method", "grants", "status"),
    [
        ("CreateRoom", {"room_list": True}, 403),
        ("ListRooms", {"room_create": True}, 403),
        ("DeleteRoom", {"room_admin": True}, 403),
        ("ListParticipants", {"room_create": True, "room_list": True}, 403),
        ("RemoveParticipant", {"room_join": True}, 403),
        ("UpdateParticipant", {"room_admin": True, "room": "another room"}, 403),
        ("ListParticipants", {"room_admin": True}, 404),
        ("PerformRpc", {"room_admin": True}, 501),
        ("MoveParticipant", {"room_admin": True}, 501),
        ("NoSuchMethod", {"room_admin": True}, 404),
    ],
)
async def test_a_call_needs_its_own_grant(media_server: MediaServer, method: str, grants: dict[str, object], status: int) -> None:
    signed = api.AccessToken(KEY, SECRET).with_identity("platform").with_grants(api.VideoGrants(**{"room": "hall", **grants}))  # type: ignore[arg-type]
    body = b"{}" if method in ("CreateRoom", "ListRooms") else b'{"room": "hall"}'
    answer = await _post(media_server, method, signed.to_jwt(), body, "application/json")
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "msg"}


@pytest.mark.parametrize(
    ("signed", "body", "kind", "status"),
    [
        ("nonsense", b"{}", "application/json", 401),
        (None, b"{", "application/json", 400),
        (None, b'{"nobody": 1}', "application/json", 400),
        (None, b"\xff\xff", "application/protobuf", 400),
        (None, b"{}", "text/plain", 404),
        (None, b'{"names": ["' + b"x" * 200_000 + b'"]}', "application/json", 400),
        (None, b"[" * 5_000, "application/json", 400),
    ],
)
async def test_what_is_no_call_is_refused_in_twirps_words(
    media_server: MediaServer, signed: str | None, body: bytes, kind: str, status: int
) -> None:
    lister = api.AccessToken(KEY, SECRET).with_grants(api.VideoGrants(room_list=True)).to_jwt()
    answer = await _post(media_server, "ListRooms", lister if signed is None else signed, body, kind)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"code", "msg"}


async def test_what_only_livekits_server_has_is_declined_and_not_left_out(media_server: MediaServer, room: str) -> None:
    async with api.LiveKitAPI(media_server.url, KEY, SECRET) as client:
        for call in (
            client.egress.list_egress(api.ListEgressRequest()),
            client.agent_dispatch.list_dispatch(room),
            client.room.create_room(api.CreateRoomRequest(name=room, sync_streams=True)),
            client.room.create_room(api.CreateRoomRequest(name=room, agents=[api.RoomAgentDispatch(agent_name="a")])),
        ):
            with pytest.raises(api.TwirpError) as declined:
                await call
            assert (declined.value.code, declined.value.status) == ("unimplemented", 501)
        assert not (await client.room.list_rooms(api.ListRoomsRequest(names=[room]))).rooms


async def _post(server: MediaServer, method: str, signed: str, body: bytes, kind: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {signed}", "Content-Type": kind}
    async with httpx.AsyncClient(verify=False) as http:
        return await http.post(f"{server.url}/twirp/livekit.RoomService/{method}", content=body, headers=headers)


def _last_is(participant: Participant, data: bytes) -> bool:
    return _sent(participant)[-1:] == [data]


def _sent(participant: Participant) -> list[bytes]:
    """What the platform has sent them: data from nobody in the room."""
    return [bytes(packet.data) for (packet,) in participant.seen("data_received") if packet.participant is None]


async def _until_channels_open(sender: Participant, receiver: Participant) -> None:
    await receiver.until(lambda: sender.room.local_participant.identity in receiver.room.remote_participants)
    await sender.room.local_participant.publish_data(b"open")
    await receiver.until(lambda: any(packet.participant is not None for (packet,) in receiver.seen("data_received")))
