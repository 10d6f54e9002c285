"""LiveKit's Rust client, on both paths of the protocol; ours stands behind two web processes."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import pytest_asyncio
from livekit import rtc

from tests.peers.engine import Doorway, Engine, doorway
from tests.peers.media_engines import LIVEKIT, PRODUCT, engines, running_engine
from tests.peers.sdk import PATIENCE_S, Participant, participants

both_paths = pytest.mark.parametrize("single", [True, False], ids=["one connection", "two connections"])


@pytest.fixture(scope="module", params=[PRODUCT, *({LIVEKIT} & set(engines()))])
def media_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running_engine(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def door(media_server: Engine) -> AsyncIterator[Doorway]:
    """How everybody comes: the site knows itself by this address alone."""
    async with doorway(media_server) as door:
        yield door


@both_paths
async def test_pictures_and_sound_reach_the_others_whenever_they_come(door: Doorway, room: str, single: bool) -> None:
    async with participants(3) as (speaker, listener, late):
        await listener.join(door.url, room, "listener", single=single)
        await speaker.join(door.url, room, "speaker", single=single)
        camera, microphone = await speaker.show(), await speaker.speak()
        await listener.sees(camera.sid)
        await listener.hears(microphone.sid)
        await late.join(door.url, room, "late", single=single)
        await late.sees(camera.sid)
        await late.hears(microphone.sid)
        await listener.until(lambda: any("speaker" in [one.identity for one in who] for (who,) in listener.seen("active_speakers_changed")))


@both_paths
async def test_data_reaches_everybody_or_those_who_are_named(door: Doorway, room: str, single: bool) -> None:
    async with participants(3) as (sender, named, other):
        for participant, identity in ((sender, "sender"), (named, "named"), (other, "other")):
            await participant.join(door.url, room, identity, single=single)
        await _all_see_each_other(sender, named, other)
        await sender.room.local_participant.publish_data(b"for one", destination_identities=["named"])
        await sender.room.local_participant.publish_data(b"for all", topic="t")
        for participant in (named, other):
            await participant.until(partial(_has_heard, participant, b"for all"))
        assert _data(named) == [b"for one", b"for all"]
        assert _data(other) == [b"for all"]
        [(packet,)] = other.seen("data_received")
        assert packet.participant.identity == "sender" and packet.topic == "t"


@both_paths
async def test_a_megabyte_arrives_whole_and_a_question_is_answered(door: Doorway, room: str, single: bool) -> None:
    async with participants(2) as (one, other):
        await one.join(door.url, room, "one", single=single)
        await other.join(door.url, room, "other", single=single)
        await _all_see_each_other(one, other)

        content = os.urandom(1_000_000)
        received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def read(reader: rtc.ByteStreamReader) -> None:
            received.set_result(b"".join([chunk async for chunk in reader]))

        def begin_to_read(reader: rtc.ByteStreamReader, _: str) -> None:
            reading.append(asyncio.create_task(read(reader)))

        reading: list[asyncio.Task[None]] = []
        other.room.register_byte_stream_handler("file", begin_to_read)
        writer = await one.room.local_participant.stream_bytes("content", topic="file", total_size=len(content))
        await writer.write(content)
        await writer.aclose()
        assert await asyncio.wait_for(received, PATIENCE_S) == content

        async def answer(question: rtc.RpcInvocationData) -> str:
            return question.payload[::-1]

        other.room.local_participant.register_rpc_method("reverse", answer)
        answered = await one.room.local_participant.perform_rpc(destination_identity="other", method="reverse", payload="abc")
        assert answered == "cba"


async def test_what_is_encrypted_from_end_to_end_passes_untouched(door: Doorway, room: str) -> None:
    key = b"a key that the server never has"
    async with participants(3) as (one, other, stranger):
        await one.join(door.url, room, "one", key=key)
        await other.join(door.url, room, "other", key=key)
        await stranger.join(door.url, room, "stranger", key=b"another key, which opens nothing")
        camera = await one.show()
        await other.sees(camera.sid)
        await stranger.until(lambda: stranger.seen("track_subscribed"))
        assert camera.sid not in stranger.pictures


async def test_the_same_identity_joins_again_and_the_first_one_has_to_go(door: Doorway, room: str) -> None:
    async with participants(3) as (first, second, other):
        await other.join(door.url, room, "other")
        await first.join(door.url, room, "one")
        await second.join(door.url, room, "one")
        await first.until(lambda: first.seen("disconnected"))
        assert first.seen("disconnected") == [(rtc.DisconnectReason.DUPLICATE_IDENTITY,)]
        await other.until(lambda: other.room.remote_participants["one"].sid == second.room.local_participant.sid)


@both_paths
async def test_a_lost_signalling_connection_interrupts_nothing(door: Doorway, room: str, single: bool) -> None:
    async with participants(2) as (one, other):
        await one.join(door.url, room, "one", single=single)
        await other.join(door.url, room, "other", single=single)
        microphone, camera = await one.speak(), await one.show()
        await other.hears(microphone.sid)
        await other.sees(camera.sid)
        sid = one.room.local_participant.sid
        door.drop()
        await one.until(lambda: one.seen("reconnected"))
        await other.hears(microphone.sid)
        await other.sees(camera.sid)
        assert one.room.local_participant.sid == sid and one.room.isconnected()
        assert not other.seen("participant_disconnected") and not other.seen("track_unsubscribed")
        later = await other.speak()
        await one.hears(later.sid)


async def test_clients_come_back_by_themselves_when_the_server_does(media_server: Engine, door: Doorway, room: str) -> None:
    async with participants(2) as (one, other):
        await one.join(door.url, room, "one")
        await other.join(door.url, room, "other")
        camera = await one.show()
        await other.sees(camera.sid)
        media_server.kill()
        media_server.start()
        for participant in (one, other):
            await participant.until(partial(participant.seen, "reconnected"))
        await other.until(lambda: len(other.pictures) == 2)


def _data(participant: Participant) -> list[bytes]:
    return [bytes(packet.data) for (packet,) in participant.seen("data_received")]


async def _all_see_each_other(*everybody: Participant) -> None:
    for participant in everybody:
        await participant.until(partial(_sees, participant, len(everybody) - 1))


def _has_heard(participant: Participant, data: bytes) -> bool:
    return data in _data(participant)


def _sees(participant: Participant, others: int) -> bool:
    return len(participant.room.remote_participants) == others
