"""What the platform asks of a media server with LiveKit's own library, and what follows for those in the room."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from livekit import api
from livekit.protocol.models import DataPacket, TrackSource

from tests.peers.engine import Engine, MediaServer, room_service, token
from tests.peers.rtp_client import RtpClient, playing
from tests.peers.rtp_streams import Sink
from tests.peers.sdk import Participant, participants
from tests.sfu.rtp_room import AT_ONCE_MS, is_whole, lingers_ms


@asynccontextmanager
async def speaker_and_viewer(server: Engine, room: str) -> AsyncIterator[tuple[RtpClient, RtpClient]]:
    """Two in a room who go on sending what they publish, whatever the server says."""
    async with contextlib.AsyncExitStack() as leaving:
        clients = (RtpClient(server.url, token("speaker", room), seed=1), RtpClient(server.url, token("viewer", room), seed=11))
        for client in clients:
            leaving.push_async_callback(client.close)
            await client.join()
        async with playing(clients):
            yield clients


async def flows(viewer: RtpClient, sid: str) -> Sink:
    """Waits until fifty more packets of a track have come."""
    await viewer.until(lambda: sid in viewer.tracks)
    sink = viewer.tracks[sid]
    before = sink.received
    await viewer.until(lambda: sink.received > before + 50)
    return sink


async def test_a_source_withdrawn_is_not_forwarded_any_more_whatever_its_owner_sends(media_server: Engine, room: str) -> None:
    async with room_service(media_server) as service, speaker_and_viewer(media_server, room) as (speaker, viewer):
        sound, picture = await speaker.publish_audio(), await speaker.publish_video(2)
        heard, _ = await flows(viewer, sound.sid), await flows(viewer, picture.sid)
        camera_only = api.ParticipantPermission(can_publish=True, can_subscribe=True, can_publish_sources=[TrackSource.CAMERA])
        await service.update_participant(api.UpdateParticipantRequest(room=room, identity="speaker", permission=camera_only))
        lingers = await lingers_ms(heard, while_sends=sound)
        # How soon LiveKit's server does what it has said that it did is not ours to mend.
        assert lingers <= AT_ONCE_MS or not isinstance(media_server, MediaServer)
        await flows(viewer, picture.sid)
        assert any(sent.sent > heard.received + 30 for sent in sound.streams)


async def test_media_flows_on_while_signalling_is_away(media_server: Engine, room: str) -> None:
    async with speaker_and_viewer(media_server, room) as (speaker, viewer):
        sound = await speaker.publish_audio()
        heard = await flows(viewer, sound.sid)
        for client in (speaker, viewer):
            client.cut_signalling()
        before = heard.received
        await viewer.until(lambda: heard.received > before + 150)
        assert is_whole(heard), "everything came that was sent meanwhile"


async def test_the_platform_sees_and_changes_who_is_in_a_room(media_server: Engine, room: str) -> None:
    async with room_service(media_server) as service, participants(2) as (one, other):
        made = await service.create_room(api.CreateRoomRequest(name=room, metadata="m"))
        await one.join(media_server.url, room, "one")
        await other.join(media_server.url, room, "other")
        assert (one.room.name, one.room.metadata, await one.room.sid) == (room, "m", made.sid)
        await service.update_room_metadata(api.UpdateRoomMetadataRequest(room=room, metadata="n"))
        await other.until(lambda: other.room.metadata == "n")

        changed = await service.update_participant(
            api.UpdateParticipantRequest(room=room, identity="one", name="N", metadata="p", attributes={"a": "b"})
        )
        assert (changed.name, changed.metadata, dict(changed.attributes)) == ("N", "p", {"a": "b"})
        await other.until(lambda: other.room.remote_participants["one"].attributes == {"a": "b"})
        seen = other.room.remote_participants["one"]
        assert (seen.name, seen.metadata) == ("N", "p")

        microphone = await one.speak()
        await other.hears(microphone.sid)
        found = await service.get_participant(api.RoomParticipantIdentity(room=room, identity="one"))
        assert [(track.sid, track.source) for track in found.tracks] == [(microphone.sid, TrackSource.MICROPHONE)]
        listed = await service.list_participants(api.ListParticipantsRequest(room=room))
        assert sorted(participant.identity for participant in listed.participants) == ["one", "other"]

        subscription = api.UpdateSubscriptionsRequest(room=room, identity="other", track_sids=[microphone.sid], subscribe=False)
        await service.update_subscriptions(subscription)
        await other.hears_no_more(microphone.sid)
        subscription.subscribe = True
        await service.update_subscriptions(subscription)
        await other.hears(microphone.sid)

        await service.send_data(api.SendDataRequest(room=room, data=b"all", kind=DataPacket.RELIABLE, topic="t"))
        for participant in (one, other):
            await participant.until(partial(_was_told, participant, b"all"))

        await service.remove_participant(api.RoomParticipantIdentity(room=room, identity="one"))
        await one.until(lambda: one.seen("disconnected"))
        await other.until(lambda: not other.room.remote_participants)
        await service.delete_room(api.DeleteRoomRequest(room=room))
        await other.until(lambda: other.seen("disconnected"))
        assert not (await service.list_rooms(api.ListRoomsRequest(names=[room]))).rooms


async def test_the_owner_of_a_microphone_that_the_server_muted_opens_it_again(media_server: Engine, room: str) -> None:
    async with room_service(media_server) as service, participants(2) as (speaker, listener):
        await listener.join(media_server.url, room, "listener")
        await speaker.join(media_server.url, room, "speaker")
        microphone = await speaker.speak()
        await listener.hears(microphone.sid)
        request = api.MuteRoomTrackRequest(room=room, identity="speaker", track_sid=microphone.sid, muted=True)
        await service.mute_published_track(request)
        await listener.until(lambda: listener.seen("track_muted"))
        await speaker.until(lambda: microphone.muted)
        request.muted = False
        with pytest.raises(api.TwirpError):
            await service.mute_published_track(request)
        microphone.track.unmute()  # type: ignore[union-attr]
        await listener.until(lambda: listener.seen("track_unmuted"))
        await listener.hears(microphone.sid)


def _was_told(participant: Participant, data: bytes) -> bool:
    return any(bytes(packet.data) == data and packet.participant is None for (packet,) in participant.seen("data_received"))
