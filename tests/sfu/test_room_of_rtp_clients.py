"""A room of clients that see every packet: sound and pictures come whole and in their order, over loss, switches and restarts of ICE."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from livekit.protocol.models import DataPacket, UserPacket, VideoQuality
from livekit.protocol.rtc import UpdateTrackSettings

from tests.peers.engine import MediaServer, running_media_server, token
from tests.peers.rtp_client import RtpClient
from tests.sfu.rtp_room import clients, is_whole
from tests.soak.room import faults_of, run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    with running_media_server(tmp_path_factory.mktemp("media") / "output") as running:
        yield running


async def test_everybody_gets_everything_of_everybody_else(server: MediaServer) -> None:
    async with clients(server, 3) as everybody:
        for client in everybody:
            await client.publish_audio()
            await client.publish_video(1, 2, 4)
        for client in everybody:
            await client.until(lambda client=client: len(client.sinks) == 4 and all(s.received > 100 for s in client.sinks.values()))  # type: ignore[misc]
        for client in everybody:
            assert all(map(is_whole, client.sinks.values())) and client.strays == client.down.failed == client.up.failed == 0
            await client.until(lambda client=client: client.feedbacks > 10)  # type: ignore[misc]


async def test_a_late_viewer_begins_with_a_key_frame(server: MediaServer) -> None:
    async with clients(server, 1) as (first,):
        publication = await first.publish_video(1, 2, 4)
        assert first.joined is not None
        late = RtpClient(server.url, token("late", first.joined.room.name), seed=99)
        try:
            await late.join()
            await late.until(lambda: late.sinks and all(sink.received > 50 for sink in late.sinks.values()))
            (sink,) = late.sinks.values()
            assert sink.keyframes >= 1 and is_whole(sink) and late.tracks.keys() == {publication.sid}
        finally:
            await late.close()


async def test_what_five_in_a_hundred_lose_each_way_is_repaired(server: MediaServer) -> None:
    async with clients(server, 2, loss=0.05) as (publisher, viewer):
        publication = await publisher.publish_video(2)
        await viewer.until(lambda: viewer.sinks and min(sink.received for sink in viewer.sinks.values()) > 400)
        publisher.silent = True
        (sink,) = viewer.sinks.values()
        await viewer.until(lambda: not sink.missing)
        assert sink.repaired > 5 and publication.streams[0].repaired > 5
        assert sink.corrupt == sink.jumps == 0


async def test_layers_are_switched_without_a_gap_or_a_jump(server: MediaServer) -> None:
    async with clients(server, 2) as (publisher, viewer):
        publication = await publisher.publish_video(1, 2, 4)
        await viewer.until(lambda: viewer.sinks)
        (sink,) = viewer.sinks.values()
        for quality, layer in ((VideoQuality.LOW, 0), (VideoQuality.HIGH, 2), (VideoQuality.MEDIUM, 1), (VideoQuality.LOW, 0)):
            await viewer.signal(track_setting=UpdateTrackSettings(track_sids=[publication.sid], quality=quality))
            before = sink.layers.get(layer, 0)
            await viewer.until(lambda: sink.layers.get(layer, 0) > before + 30)  # noqa: B023
        assert is_whole(sink)


async def test_a_viewer_that_pauses_a_picture_gets_nothing_of_it_until_it_wants_it_again(server: MediaServer) -> None:
    async with clients(server, 2) as (publisher, viewer):
        publication = await publisher.publish_video(1)
        await publisher.publish_audio()
        await viewer.until(lambda: len(viewer.sinks) == 2 and all(sink.received > 10 for sink in viewer.sinks.values()))
        sound, picture = (next(sink for sink in viewer.sinks.values() if sink.kind == kind) for kind in ("audio", "video"))
        await viewer.signal(track_setting=UpdateTrackSettings(track_sids=[publication.sid], disabled=True))
        heard = sound.received
        await viewer.until(lambda: sound.received > heard + 25)
        seen, heard = picture.received, sound.received
        await viewer.until(lambda: sound.received > heard + 25)
        assert picture.received == seen
        await viewer.signal(track_setting=UpdateTrackSettings(track_sids=[publication.sid], quality=VideoQuality.HIGH))
        await viewer.until(lambda: picture.received > seen + 25)
        assert is_whole(picture) and is_whole(sound)


async def test_messages_reach_everybody_else_over_each_channel(server: MediaServer) -> None:
    async with clients(server, 2) as (speaker, listener):
        await speaker.publish_audio()
        for label in ("_reliable", "_lossy"):
            packet = DataPacket(user=UserPacket(payload=label.encode(), topic="test"), kind=DataPacket.RELIABLE)
            await speaker.send_data(label, packet.SerializeToString())
            await listener.until(lambda: listener.messages)
            came, message = listener.messages.pop()
            assert came == label and DataPacket.FromString(message).user.payload == label.encode()


async def test_who_comes_and_goes_among_five_publishers_and_five_viewers_leaves_nothing_behind(tmp_path: Path) -> None:
    figures = await run(tmp_path, publishers=5, viewers=5, seconds=30, settled_s=10, calm=True)
    # Until the histories are full memory grows; ten of each for five minutes are what ``python3 -m tests.soak room`` is for.
    assert faults_of(figures, most_growth=0.10) == [], figures
