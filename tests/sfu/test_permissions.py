"""What is withdrawn stops at the server, also from clients that go on as if nothing had been said."""

import asyncio

import pytest
from livekit import api
from livekit.protocol.models import DataPacket, ParticipantInfo, TrackSource, TrackType, UserPacket, VideoQuality
from livekit.protocol.rtc import (
    AddTrackRequest,
    MuteTrackRequest,
    RequestResponse,
    StreamState,
    SubscriptionPermission,
    TrackPermission,
    UpdateTrackSettings,
)

from tests.peers.engine import MediaServer, room_service, token
from tests.peers.rtp_client import PATIENCE_S, RtpClient
from tests.sfu.rtp_room import AT_ONCE_MS, clients, lingers_ms


def room_of(client: RtpClient) -> str:
    assert client.joined is not None
    return client.joined.room.name


async def test_a_source_withdrawn_is_not_forwarded_any_more_whatever_its_owner_sends(media_server: MediaServer) -> None:
    async with room_service(media_server) as service, clients(media_server, 2) as (speaker, viewer):
        sound, picture = await speaker.publish_audio(), await speaker.publish_video(2)
        await viewer.until(lambda: len(viewer.tracks) == 2 and all(sink.received > 50 for sink in viewer.tracks.values()))
        heard, seen = viewer.tracks[sound.sid], viewer.tracks[picture.sid]
        permission = api.ParticipantPermission(can_publish=True, can_subscribe=True, can_publish_sources=[TrackSource.CAMERA])
        await service.update_participant(api.UpdateParticipantRequest(room=room_of(speaker), identity="client-0", permission=permission))
        assert await lingers_ms(heard, while_sends=sound) <= AT_ONCE_MS
        before = seen.received
        await viewer.until(lambda: seen.received > before + 50)
        assert any(signal.track_unpublished.track_sid == sound.sid for signal in speaker.signals)


async def test_who_comes_back_with_an_older_token_does_not_get_back_what_was_withdrawn(media_server: MediaServer, room: str) -> None:
    allowed = token("speaker", room)
    silent = api.ParticipantPermission(can_publish=True, can_subscribe=True, can_publish_sources=[TrackSource.CAMERA])
    async with room_service(media_server) as service:
        with pytest.raises(api.TwirpError, match="not_found"):  # who is away for a moment
            await service.update_participant(api.UpdateParticipantRequest(room=room, identity="speaker", permission=silent))
    speaker = RtpClient(media_server.url, allowed)
    await speaker.join()
    await speaker.signal(add_track=AddTrackRequest(cid="1", type=TrackType.AUDIO, source=TrackSource.MICROPHONE))
    await speaker.until(lambda: any(signal.request_response.reason == RequestResponse.NOT_ALLOWED for signal in speaker.signals))
    await speaker.close()


async def test_what_the_server_mutes_is_silent_until_its_owner_opens_it(media_server: MediaServer) -> None:
    async with room_service(media_server) as service, clients(media_server, 2) as (speaker, viewer):
        sound = await speaker.publish_audio()
        await viewer.until(lambda: sound.sid in viewer.tracks and viewer.tracks[sound.sid].received > 50)
        heard = viewer.tracks[sound.sid]
        await service.mute_published_track(
            api.MuteRoomTrackRequest(room=room_of(speaker), identity="client-0", track_sid=sound.sid, muted=True)
        )
        assert await lingers_ms(heard, while_sends=sound) <= AT_ONCE_MS
        assert any(signal.mute.sid == sound.sid and signal.mute.muted for signal in speaker.signals)
        before = heard.received
        await speaker.signal(mute=MuteTrackRequest(sid=sound.sid, muted=False))
        await viewer.until(lambda: heard.received > before + 50)


async def test_who_is_removed_neither_sends_nor_receives(media_server: MediaServer) -> None:
    async with room_service(media_server) as service, clients(media_server, 2) as (removed, other):
        mine, theirs = await removed.publish_audio(), await other.publish_audio()
        await other.until(lambda: mine.sid in other.tracks and other.tracks[mine.sid].received > 50)
        await removed.until(lambda: theirs.sid in removed.tracks and removed.tracks[theirs.sid].received > 50)
        await service.remove_participant(api.RoomParticipantIdentity(room=room_of(removed), identity="client-0"))
        assert await lingers_ms(other.tracks[mine.sid], removed.tracks[theirs.sid], while_sends=theirs) <= AT_ONCE_MS


async def test_a_publisher_chooses_who_may_receive(media_server: MediaServer) -> None:
    async with clients(media_server, 3) as (publisher, chosen, other):
        sound = await publisher.publish_audio()
        for viewer in (chosen, other):
            await viewer.until(lambda: sound.sid in viewer.tracks and viewer.tracks[sound.sid].received > 50)  # noqa: B023
        only = SubscriptionPermission(track_permissions=[TrackPermission(participant_identity="client-1", all_tracks=True)])
        await publisher.signal(subscription_permission=only)
        await other.until(lambda: _updates(other) == [(sound.sid, False)])
        assert await lingers_ms(other.tracks[sound.sid], while_sends=sound) <= AT_ONCE_MS
        before = chosen.tracks[sound.sid].received
        await chosen.until(lambda: chosen.tracks[sound.sid].received > before + 50)
        await publisher.signal(subscription_permission=SubscriptionPermission(all_participants=True))
        await other.until(lambda: _updates(other) == [(sound.sid, False), (sound.sid, True)])
        await other.until(lambda: other.tracks[sound.sid].received > 50)
        assert not _updates(chosen)


async def test_who_hides_is_neither_seen_nor_heard_and_appears_again(media_server: MediaServer) -> None:
    async with room_service(media_server) as service, clients(media_server, 2) as (speaker, viewer):
        sound = await speaker.publish_audio()
        await viewer.until(lambda: sound.sid in viewer.tracks and viewer.tracks[sound.sid].received > 50)
        update = api.UpdateParticipantRequest(room=room_of(speaker), identity="client-0")
        update.permission.CopyFrom(api.ParticipantPermission(can_publish=True, can_subscribe=True, hidden=True))
        await service.update_participant(update)
        assert await lingers_ms(viewer.tracks[sound.sid], while_sends=sound) <= AT_ONCE_MS
        assert _states(viewer)[-1] == ParticipantInfo.DISCONNECTED
        before = viewer.tracks[sound.sid].received
        update.permission.hidden = False
        await service.update_participant(update)
        await viewer.until(lambda: viewer.tracks[sound.sid].received > before + 50)
        assert _states(viewer)[-1] == ParticipantInfo.ACTIVE


async def test_data_is_taken_only_from_who_may_send_it(media_server: MediaServer) -> None:
    async with room_service(media_server) as service, clients(media_server, 2) as (sender, hearer):
        await sender.publish_audio()  # data goes the same way up
        await sender.send_data("_reliable", DataPacket(user=UserPacket(payload=b"one")).SerializeToString())
        await hearer.until(lambda: hearer.messages)
        silent = api.ParticipantPermission(can_publish=True, can_subscribe=True, can_publish_data=False)
        await service.update_participant(api.UpdateParticipantRequest(room=room_of(sender), identity="client-0", permission=silent))
        before = media_server.figure("sfu_data_packets_total")
        await sender.send_data("_reliable", DataPacket(user=UserPacket(payload=b"two")).SerializeToString())
        async with asyncio.timeout(PATIENCE_S):
            while media_server.figure("sfu_data_packets_total") == before:  # noqa: ASYNC110 - nobody is told of what is refused
                await asyncio.sleep(0.05)
        [(_, raw)] = hearer.messages
        packet = DataPacket.FromString(raw)
        assert packet.user.payload == b"one" and packet.participant_identity == packet.user.participant_identity == "client-0"


async def test_a_publisher_is_told_which_layers_somebody_watches(media_server: MediaServer) -> None:
    async with clients(media_server, 2) as (publisher, viewer):
        picture = await publisher.publish_video(1, 2, 4)
        await viewer.until(lambda: viewer.sinks)
        await viewer.signal(track_setting=UpdateTrackSettings(track_sids=[picture.sid], quality=VideoQuality.LOW))
        await publisher.until(lambda: _wanted(publisher) == [[True, False, False]])
        await viewer.signal(track_setting=UpdateTrackSettings(track_sids=[picture.sid], quality=VideoQuality.HIGH))
        await publisher.until(lambda: _wanted(publisher) == [[True, False, False], [True, True, True]])
        [update] = [signal.subscribed_quality_update for signal in publisher.signals if signal.HasField("subscribed_quality_update")][-1:]
        assert [codec.codec for codec in update.subscribed_codecs] == ["vp8"]
        assert update.subscribed_codecs[0].qualities == update.subscribed_qualities


async def test_how_good_connections_are_is_told_to_all(media_server: MediaServer) -> None:
    async with clients(media_server, 2) as (publisher, viewer):
        await publisher.publish_audio()
        assert publisher.joined is not None and viewer.joined is not None
        both = {publisher.joined.participant.sid, viewer.joined.participant.sid}
        for client in (publisher, viewer):
            await client.until(lambda: both <= _judged(client))  # noqa: B023


async def test_how_many_they_are_is_told_to_all(media_server: MediaServer) -> None:
    async with clients(media_server, 2) as (publisher, viewer):
        await publisher.publish_audio()
        for client in (publisher, viewer):
            await client.until(lambda: _counted(client)[-1:] == [(2, 1)])  # noqa: B023


async def test_who_waits_for_a_picture_that_does_not_come_is_told_that_it_stands_still(media_server: MediaServer) -> None:
    async with clients(media_server, 2) as (publisher, viewer):
        publisher.silent = True
        picture = await publisher.publish_video(1)
        still, moving = (picture.sid, StreamState.PAUSED), (picture.sid, StreamState.ACTIVE)
        await viewer.until(lambda: _stream_states(viewer) == [still])
        publisher.silent = False
        await viewer.until(lambda: _stream_states(viewer) == [still, moving])
        publisher.silent = True  # a camera that has come and stops without a word, too
        await viewer.until(lambda: _stream_states(viewer) == [still, moving, still])
        publisher.silent = False
        await viewer.until(lambda: _stream_states(viewer) == [still, moving, still, moving])


def _states(client: RtpClient) -> list[int]:
    """What the client was told of the others, in order."""
    return [who.state for signal in client.signals for who in signal.update.participants if who.identity == "client-0"]


def _updates(client: RtpClient) -> list[tuple[str, bool]]:
    told = [signal.subscription_permission_update for signal in client.signals if signal.HasField("subscription_permission_update")]
    return [(update.track_sid, update.allowed) for update in told]


def _wanted(client: RtpClient) -> list[list[bool]]:
    told = [signal.subscribed_quality_update for signal in client.signals if signal.HasField("subscribed_quality_update")]
    return [[quality.enabled for quality in update.subscribed_qualities] for update in told]


def _judged(client: RtpClient) -> set[str]:
    return {update.participant_sid for signal in client.signals for update in signal.connection_quality.updates}


def _counted(client: RtpClient) -> list[tuple[int, int]]:
    """How many were in the room and how many of them published, as the client was told from time to time."""
    rooms = [signal.room_update.room for signal in client.signals if signal.HasField("room_update")]
    return [(room.num_participants, room.num_publishers) for room in rooms]


def _stream_states(client: RtpClient) -> list[tuple[str, int]]:
    told = [state for signal in client.signals for state in signal.stream_state_update.stream_states]
    return [(state.track_sid, state.state) for state in told]
