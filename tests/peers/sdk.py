"""LiveKit's Rust client through its Python package, unmodified: a participant that shows moving pictures and sounds a tone."""

import asyncio
import atexit
import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from livekit import rtc

from server.kernel.tasks import end
from tests.peers.engine import token

# What the client was telling Python when it was disposed of must be told before Python ends. Exit functions run last in, first out, and
# the client's own is registered by the first room.
atexit.register(time.sleep, 0.2)

WIDTH, HEIGHT = 320, 180
RATE_HZ = 48_000
FRAME_S, SOUND_S = 0.1, 0.05
"""Between two pictures, and the length of a piece of sound: what is enough to see and hear, and costs little."""
PATIENCE_S = 120.0
"""How long anything expected may take on a busy machine."""


class Participant:
    """One room joined. ``events`` are the room's with what came along; ``pictures`` and ``sounds`` count, by sid, what was decoded."""

    def __init__(self) -> None:
        self.room = rtc.Room()
        self.events: list[tuple[str, tuple[Any, ...]]] = []
        self.pictures: dict[str, int] = {}
        self.sounds: dict[str, int] = {}
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        for name in _EVENTS:
            self.room.on(name, self._listener(name))  # type: ignore[arg-type]

    async def join(
        self, url: str, room: str, identity: str, *, single: bool = True, key: bytes | None = None, dynacast: bool = False, **grants: Any
    ) -> None:
        """Joins over one peer connection or over two; with ``key`` everything is encrypted from end to end."""
        options = rtc.RoomOptions(single_peer_connection=single, dynacast=dynacast)
        if key is not None:
            options.encryption = rtc.E2EEOptions(key_provider_options=rtc.KeyProviderOptions(shared_key=key))
        await self.room.connect(url, token(identity, room, **grants), options)

    async def show(self, *, simulcast: bool = False) -> rtc.LocalTrackPublication:
        """Publishes a camera."""
        source = rtc.VideoSource(WIDTH, HEIGHT)
        track = rtc.LocalVideoTrack.create_video_track("camera", source)
        self._keep(_pictures(source))
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA, simulcast=simulcast)
        return await self.room.local_participant.publish_track(track, options)

    async def speak(self) -> rtc.LocalTrackPublication:
        """Publishes a microphone."""
        source = rtc.AudioSource(RATE_HZ, 1)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
        self._keep(_tone(source))
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        return await self.room.local_participant.publish_track(track, options)

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits until ``condition`` holds; it is asked at every event and every decoded frame."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 0.2)

    async def sees(self, sid: str, more: int = 10) -> None:
        before = self.pictures.get(sid, 0)
        await self.until(lambda: self.pictures.get(sid, 0) >= before + more)

    async def hears(self, sid: str, more: int = 50) -> None:
        before = self.sounds.get(sid, 0)
        await self.until(lambda: self.sounds.get(sid, 0) >= before + more)

    async def hears_no_more(self, sid: str) -> None:
        """Waits until a second of silence has been heard."""
        async with asyncio.timeout(PATIENCE_S):
            before = -1
            while before != self.sounds.get(sid, 0):
                before = self.sounds.get(sid, 0)
                await asyncio.sleep(1.0)

    def seen(self, name: str) -> list[tuple[Any, ...]]:
        """What came along with each event ``name`` so far."""
        return [arguments for event, arguments in self.events if event == name]

    async def leave(self) -> None:
        await end(self._tasks)
        await self.room.disconnect()

    def _listener(self, name: str) -> Callable[..., None]:
        def listen(*arguments: Any) -> None:
            self.events.append((name, arguments))
            self._news.set()
            if name == "track_subscribed":
                self._keep(self._watch(arguments[0]))

        return listen

    async def _watch(self, track: rtc.RemoteTrack) -> None:
        counts = self.pictures if isinstance(track, rtc.RemoteVideoTrack) else self.sounds
        stream: Any = rtc.VideoStream(track) if isinstance(track, rtc.RemoteVideoTrack) else rtc.AudioStream(track)
        async for event in stream:
            # Where no sound arrives, the client makes up silence.
            if counts is self.sounds and not any(event.frame.data):
                continue
            counts[track.sid] = counts.get(track.sid, 0) + 1
            self._news.set()

    def _keep(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_EVENTS = (
    *("participant_connected", "participant_disconnected", "track_published", "track_unpublished", "local_track_unpublished"),
    *("track_subscribed", "track_unsubscribed", "track_muted", "track_unmuted", "data_received", "active_speakers_changed"),
    *("connection_state_changed", "connection_quality_changed", "disconnected", "reconnecting", "reconnected"),
    *("participant_metadata_changed", "participant_attributes_changed", "participant_name_changed", "room_metadata_changed"),
    *("e2ee_state_changed", "local_track_subscribed", "participant_permissions_changed", "token_refreshed"),
)


@asynccontextmanager
async def participants(number: int) -> AsyncIterator[list[Participant]]:
    """So many, none of whom has joined yet; all leave in the end."""
    everybody = [Participant() for _ in range(number)]
    try:
        yield everybody
    finally:
        for participant in everybody:
            await participant.leave()


async def _pictures(source: rtc.VideoSource) -> None:
    for number in itertools.count():
        shade = bytes([number * 5 % 256])
        source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, shade * (WIDTH * HEIGHT * 3 // 2)))
        await asyncio.sleep(FRAME_S)


async def _tone(source: rtc.AudioSource) -> None:
    samples = int(RATE_HZ * SOUND_S)
    square = b"".join((8_000 if at % 100 < 50 else -8_000).to_bytes(2, "little", signed=True) for at in range(samples))
    while True:
        await source.capture_frame(rtc.AudioFrame(square, RATE_HZ, 1, samples))
