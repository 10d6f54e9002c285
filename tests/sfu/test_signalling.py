"""Signalling without media: who may come in, what they may do, what they are told."""

import asyncio
import time
from collections.abc import Callable

import httpx
import pytest
import websockets
from livekit import api
from livekit.protocol.models import DisconnectReason, ParticipantInfo, TrackSource, TrackType
from livekit.protocol.room import RoomConfiguration
from livekit.protocol.rtc import (
    AddTrackRequest,
    JoinRequest,
    LeaveRequest,
    MuteTrackRequest,
    Ping,
    PublishDataTrackRequest,
    RequestResponse,
    SessionDescription,
    SimulateScenario,
    StoreDataBlobRequest,
    SyncState,
    TrackPublishedResponse,
    UpdateParticipantMetadata,
    UpdateSubscription,
)

from server.sfu.limits import Limits
from tests.peers.engine import KEY, SECRET, MediaServer, token
from tests.peers.signals import PATIENCE_S, signalling

NOT_ALLOWED, INVALID, UNSUPPORTED = RequestResponse.NOT_ALLOWED, RequestResponse.INVALID_REQUEST, RequestResponse.UNSUPPORTED_TYPE
CAMERA = AddTrackRequest(cid="c", type=TrackType.VIDEO, source=TrackSource.CAMERA)
MICROPHONE = AddTrackRequest(cid="m", type=TrackType.AUDIO, source=TrackSource.MICROPHONE)


async def test_the_welcome_says_what_clients_need(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        join = await one.hear("join")
        assert one.kinds()[0] == "join"
        assert join.participant.sid.startswith("PA_") and join.room.sid.startswith("RM_") and join.room.name == room
        assert join.server_info.version and (join.ping_interval, join.ping_timeout) == (5, 15)
        assert join.subscriber_primary and join.fast_publish and join.sif_trailer and join.enabled_publish_codecs
        offer = await one.hear("offer")
        assert "a=ice-lite" in offer.sdp and "m=application" in offer.sdp


async def test_over_one_connection_the_server_never_offers(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room), JoinRequest()) as one:
        assert not (await one.hear("join")).subscriber_primary
        await one.silence()
        assert not one.all("offer")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 401),
        ({"access_token": "nonsense"}, 401),
        ({"access_token": token("one", "hall", life_s=-120)}, 401),
        ({"access_token": token("x" * 300, "hall")}, 400),
        ({"access_token": token("one", "x" * 300)}, 400),
        ({"access_token": token("one", "hall", metadata="x" * 10_000)}, 400),
    ],
)
async def test_who_may_not_join_is_refused_on_the_upgrade_and_told_why(
    media_server: MediaServer, query: dict[str, str], status: int
) -> None:
    async with httpx.AsyncClient(verify=False) as http:
        answer = await http.get(f"{media_server.url}/rtc/validate", params=query)
    assert answer.status_code == status and answer.headers["access-control-allow-origin"] == "*" and answer.text
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(f"{media_server.url.replace('http', 'ws')}/rtc?{httpx.QueryParams(query)}"):
            pass
    assert refused.value.response.status_code == status
    said = await asyncio.to_thread(media_server.output.read_text, "utf-8")
    assert "handshake" not in said, "a stranger writes nothing into the log"


@pytest.mark.parametrize(
    ("asks", "claim"),
    [
        (lambda made: made.with_kind("agent"), "kind"),
        (lambda made: made.with_room_preset("small"), "roomPreset"),
        (lambda made: made.with_room_config(RoomConfiguration(max_participants=3)), "roomConfig"),
    ],
)
async def test_a_token_that_asks_for_what_is_not_there_is_refused_by_the_name_of_its_claim(
    media_server: MediaServer, room: str, asks: Callable[[api.AccessToken], api.AccessToken], claim: str
) -> None:
    grants = api.VideoGrants(room_join=True, room=room)
    made = asks(api.AccessToken(KEY, SECRET).with_identity("one").with_grants(grants)).to_jwt()
    async with httpx.AsyncClient(verify=False) as http:
        answer = await http.get(f"{media_server.url}/rtc/validate", params={"access_token": made})
    assert (answer.status_code, answer.text) == (400, f"not supported: {claim}")


async def test_the_same_question_over_http_succeeds_for_who_may_join(media_server: MediaServer, room: str) -> None:
    async with httpx.AsyncClient(verify=False) as http:
        answer = await http.get(f"{media_server.url}/rtc/validate", headers={"Authorization": f"Bearer {token('one', room)}"})
        assert (answer.status_code, answer.text) == (200, "success")
        answer = await http.get(f"{media_server.url}/rtc/v1/validate", params={"access_token": token("one", room)})
        assert answer.status_code == 400  # no join request


async def test_a_long_request_is_taken_and_a_longer_one_is_not(media_server: MediaServer, room: str) -> None:
    # Letters that gzip cannot shorten.
    long = JoinRequest(metadata="".join(chr(33 + number * number % 7919 % 90) for number in range(40_000)))
    async with signalling(media_server.url, token("one", room), long) as one:
        await one.hear("join")
    with pytest.raises((websockets.InvalidMessage, websockets.InvalidStatus)):
        async with websockets.connect(f"{media_server.url.replace('http', 'ws')}/rtc?x={'x' * 200_000}"):
            pass


async def test_others_are_told_who_comes_changes_and_goes(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        await one.hear("join")
        async with signalling(media_server.url, token("two", room, update_metadata=True)) as two:
            joined = await two.hear("join")
            assert [other.identity for other in joined.other_participants] == ["one"]
            [came] = (await one.hear("update")).participants
            assert came.identity == "two" and came.state == ParticipantInfo.JOINED
            await two.say(update_metadata=UpdateParticipantMetadata(name="N", metadata="m", attributes={"a": "b"}, request_id=7))
            assert (await two.hear("request_response")).request_id == 7
            [changed] = (await one.hear("update", lambda update: update.participants[0].name == "N")).participants
            assert (changed.metadata, dict(changed.attributes)) == ("m", {"a": "b"}) and changed.version > came.version
            assert (await two.hear("update")).participants[0].name == "N"
            await two.say(leave=LeaveRequest())
            [gone] = (await one.hear("update", lambda update: update.participants[0].state == ParticipantInfo.DISCONNECTED)).participants
            assert gone.identity == "two" and gone.disconnect_reason == DisconnectReason.CLIENT_INITIATED


async def test_who_is_hidden_sees_and_is_not_seen(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        await one.hear("join")
        async with signalling(media_server.url, token("ghost", room, hidden=True)) as ghost:
            joined = await ghost.hear("join")
            assert [other.identity for other in joined.other_participants] == ["one"] and joined.room.num_participants == 1
            async with signalling(media_server.url, token("two", room)) as two:
                assert [other.identity for other in (await two.hear("join")).other_participants] == ["one"]
                await ghost.hear("update", lambda update: update.participants[0].identity == "two")
        await one.silence()
        assert {who.identity for update in one.all("update") for who in update.participants} == {"two"}


@pytest.mark.parametrize(
    ("grants", "request_", "reason"),
    [
        ({"publish": False}, CAMERA, NOT_ALLOWED),
        ({"sources": ["camera"]}, MICROPHONE, NOT_ALLOWED),
        ({"sources": ["screen_share"]}, AddTrackRequest(cid="s", source=TrackSource.SCREEN_SHARE_AUDIO), NOT_ALLOWED),
        ({"sources": ["camera"]}, AddTrackRequest(cid="u", type=TrackType.VIDEO), NOT_ALLOWED),
        (
            {"sources": ["camera"]},
            AddTrackRequest(cid="x", type=TrackType.AUDIO, source=TrackSource.CAMERA),
            INVALID,
        ),
        ({}, AddTrackRequest(cid="d", type=TrackType.DATA), UNSUPPORTED),
        ({}, AddTrackRequest(type=TrackType.VIDEO, source=TrackSource.CAMERA), INVALID),
    ],
)
async def test_a_track_that_may_not_be_published_is_refused_in_the_protocols_words(
    media_server: MediaServer, room: str, grants: dict[str, object], request_: AddTrackRequest, reason: int
) -> None:
    async with signalling(media_server.url, token("one", room, **grants)) as one:  # type: ignore[arg-type]
        await one.say(add_track=request_)
        response = await one.hear("request_response")
        assert response.reason == reason and response.add_track == request_
        assert not one.all("track_published")


async def test_a_track_that_may_be_published_is_given_a_name(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room, sources=["camera"])) as one:
        await one.say(add_track=CAMERA)
        published = await one.hear("track_published")
        assert published.cid == "c" and published.track.sid.startswith("TR_VC") and published.track.mime_type == "video/VP8"


@pytest.mark.parametrize("muted", [True, False])
async def test_a_track_that_is_not_known_is_not_muted_in_silence(media_server: MediaServer, room: str, muted: bool) -> None:
    """As LiveKit's server answers; a track that is announced and not sent yet is known."""
    async with signalling(media_server.url, token("one", room)) as one:
        request = MuteTrackRequest(sid="TR_none", muted=muted)
        await one.say(mute=request)
        response = await one.hear("request_response")
        assert response.reason == RequestResponse.NOT_FOUND and response.mute == request
        one.forget()
        await one.say(add_track=CAMERA)
        published = await one.hear("track_published")
        await one.say(mute=MuteTrackRequest(sid=published.track.sid, muted=muted))
        await one.silence()
        assert not one.all("request_response")


async def test_nobody_publishes_without_end(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        for number in range(21):
            await one.say(add_track=AddTrackRequest(cid=str(number), type=TrackType.VIDEO, source=TrackSource.CAMERA))
        assert (await one.hear("request_response")).reason == RequestResponse.LIMIT_EXCEEDED
        await one.silence()
        assert len(one.all("track_published")) == 20


async def test_nobody_changes_themselves_without_permission_or_without_measure(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        await one.say(update_metadata=UpdateParticipantMetadata(name="N", request_id=1))
        assert (await one.hear("request_response")).reason == RequestResponse.NOT_ALLOWED
    async with signalling(media_server.url, token("two", room, update_metadata=True)) as two:
        await two.say(update_metadata=UpdateParticipantMetadata(metadata="x" * 10_000, request_id=2))
        assert (await two.hear("request_response")).reason == RequestResponse.LIMIT_EXCEEDED


async def test_what_is_not_supported_is_refused_and_not_ignored(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        for message in (
            {"publish_data_track_request": PublishDataTrackRequest(pub_handle=1, name="n")},
            {"store_data_blob_request": StoreDataBlobRequest()},
            {"simulate": SimulateScenario(server_leave=True)},
        ):
            one.forget()
            await one.say(**message)
            assert (await one.hear("request_response")).reason == RequestResponse.UNSUPPORTED_TYPE


async def test_pings_are_answered_in_both_forms(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        await one.say(ping=12)
        assert abs(await one.hear("pong") / 1000 - time.time()) < 60
        await one.say(ping_req=Ping(timestamp=34))
        assert (await one.hear("pong_resp")).last_ping_timestamp == 34


async def test_a_track_that_is_not_there_is_told_to_be_missing(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        await one.say(subscription=UpdateSubscription(track_sids=["TR_none"], subscribe=True))
        assert (await one.hear("subscription_response")).track_sid == "TR_none"


async def test_who_comes_back_as_somebody_unknown_is_asked_to_begin_anew(media_server: MediaServer, room: str) -> None:
    for sid in ("PA_unknown", ""):
        async with signalling(media_server.url, token("one", room), reconnect="1", sid=sid) as one:
            leave = await one.hear("leave")
            assert leave.action == LeaveRequest.RECONNECT and leave.reason == DisconnectReason.STATE_MISMATCH and leave.can_reconnect
            await one.closed.wait()


async def test_who_comes_back_in_time_is_where_they_were(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("other", room)) as other:
        await other.hear("join")
        async with signalling(media_server.url, token("one", room)) as one:
            sid = (await one.hear("join")).participant.sid
            await one.say(add_track=CAMERA)
            track = (await one.hear("track_published")).track.sid
            await one.drop()
        other.forget()
        async with signalling(media_server.url, token("one", room), reconnect="1", sid=sid) as again:
            await again.hear("reconnect")
            assert again.kinds()[0] == "reconnect"
            update = await again.hear("update")
            assert [who.identity for who in update.participants] == ["one", "other"]
            await again.hear("room_update")
            assert "a=ice-lite" in (await again.hear("offer")).sdp
            published = TrackPublishedResponse(cid="c")
            published.track.sid = track
            await again.say(sync_state=SyncState(publish_tracks=[published]))
            await again.silence()
            assert not again.all("leave")
        await other.silence()
        assert not other.all("update")


async def test_who_believes_to_publish_what_is_not_known_begins_anew(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        published = TrackPublishedResponse(cid="c")
        published.track.sid = "TR_unknown"
        await one.say(sync_state=SyncState(publish_tracks=[published]))
        assert (await one.hear("leave")).action == LeaveRequest.RECONNECT


async def test_a_new_connection_takes_over_and_the_old_one_ends_without_harm(media_server: MediaServer, room: str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        sid = (await one.hear("join")).participant.sid
        async with signalling(media_server.url, token("one", room), reconnect="1", sid=sid) as again:
            await one.closed.wait()
            await again.silence()
            assert not one.all("leave") and not again.all("leave")


@pytest.mark.parametrize("kind", ["offer", "answer"])
async def test_a_bad_session_description_ends_only_the_connection_of_who_sent_it(media_server: MediaServer, room: str, kind: str) -> None:
    async with signalling(media_server.url, token("other", room)) as other, signalling(media_server.url, token("one", room)) as one:
        await one.hear("offer")
        await one.say(**{kind: SessionDescription(type=kind, sdp="v=0\r\nnonsense\r\n")})
        assert (await one.hear("leave")).action == LeaveRequest.RECONNECT
        await one.closed.wait()
        await other.silence()
        assert not other.closed.is_set()


@pytest.mark.parametrize("raw", [b"\xff\xff\xff\xff", "text", bytes(Limits().signal_bytes + 1)])
async def test_what_is_no_message_ends_the_connection(media_server: MediaServer, room: str, raw: bytes | str) -> None:
    async with signalling(media_server.url, token("one", room)) as one:
        await one.hear("join")
        await one.say_bytes(raw)
        await asyncio.wait_for(one.closed.wait(), PATIENCE_S)


async def test_too_many_messages_end_the_connection(media_server: MediaServer, room: str) -> None:
    before = media_server.figure("sfu_signal_sessions_cut_total")
    async with signalling(media_server.url, token("one", room)) as one:
        for _ in range(2_000):
            await one.say(mute=MuteTrackRequest(sid="TR_none", muted=True))
        await asyncio.wait_for(one.closed.wait(), PATIENCE_S)
    assert media_server.figure("sfu_signal_sessions_cut_total") == before + 1
