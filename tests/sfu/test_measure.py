"""What one participant says of themselves is short: everybody else is told of it, and the server remembers it."""

import pytest
from livekit.protocol.models import ClientInfo, TrackSource, TrackType, VideoLayer
from livekit.protocol.rtc import (
    AddTrackRequest,
    JoinRequest,
    RequestResponse,
    SimulcastCodec,
    UpdateSubscription,
    UpdateTrackSettings,
)

from tests.peers.engine import MediaServer, token
from tests.peers.signals import signalling


@pytest.mark.parametrize("within", ["the track", "its codec"])
async def test_a_picture_has_no_more_layers_than_can_be_sent(media_server: MediaServer, room: str, within: str) -> None:
    layers = [VideoLayer(width=number) for number in range(4)]
    request = AddTrackRequest(cid="c", type=TrackType.VIDEO, source=TrackSource.CAMERA)
    if within == "the track":
        request.layers.extend(layers)
    else:
        request.simulcast_codecs.append(SimulcastCodec(codec="vp8", cid="c", layers=layers))
    async with signalling(media_server.url, token("one", room)) as one:
        await one.say(add_track=request)
        assert (await one.hear("request_response")).reason == RequestResponse.INVALID_REQUEST


async def test_of_a_layer_only_its_numbers_are_told(media_server: MediaServer, room: str) -> None:
    told = VideoLayer(quality=2, width=1280, height=720, bitrate=1_500_000, ssrc=7)  # type: ignore[arg-type]
    unknown = VideoLayer.FromString(told.SerializeToString() + b"\xfa\x3f\x04more")  # field 1023
    assert b"more" in unknown.SerializeToString()
    unknown.rid = "r" * 10_000
    async with signalling(media_server.url, token("one", room)) as one:
        await one.say(add_track=AddTrackRequest(cid="c", type=TrackType.VIDEO, source=TrackSource.CAMERA, layers=[unknown]))
        track = (await one.hear("track_published")).track
        assert list(track.layers) == [told] == list(track.codecs[0].layers)


async def test_what_a_program_says_it_can_do_is_told_in_short(media_server: MediaServer, room: str) -> None:
    able = JoinRequest(client_info=ClientInfo(capabilities=[1] * 4_000))  # type: ignore[list-item]
    async with signalling(media_server.url, token("one", room), able) as one:
        assert len((await one.hear("join")).participant.capabilities) == 16


async def test_tracks_yet_to_come_are_remembered_by_names_that_tracks_can_have(media_server: MediaServer, room: str) -> None:
    long = "TR_" + "x" * 100_000
    async with signalling(media_server.url, token("one", room)) as one:
        for message in (
            {"subscription": UpdateSubscription(track_sids=[long], subscribe=True)},
            {"track_setting": UpdateTrackSettings(track_sids=[long])},
        ):
            one.forget()
            await one.say(**message)
            assert (await one.hear("request_response")).reason == RequestResponse.LIMIT_EXCEEDED
