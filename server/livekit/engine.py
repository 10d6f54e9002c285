"""A media engine behind LiveKit's public interfaces. It may be down at any moment: whoever asks is told so, within seconds."""

from collections.abc import Coroutine
from datetime import timedelta
from secrets import token_hex
from typing import Any, Literal, TypeVar

import aiohttp
import msgspec
from livekit.api import AccessToken, ServerError, TokenVerifier, VideoGrants, WebhookReceiver
from livekit.api.room_service import RoomService
from livekit.protocol.models import ParticipantInfo, TrackSource
from livekit.protocol.room import DeleteRoomRequest, ListParticipantsRequest, MuteRoomTrackRequest, RoomParticipantIdentity

PASS_LASTS = timedelta(minutes=10)
"""A pass is for connecting only: the engine itself renews the token of who is connected."""
TRIAL = "trial"
TRIAL_LASTS = timedelta(minutes=1)
WAIT_S = 3.0
"""How long the engine may take for an answer."""

Source = Literal["microphone", "camera", "screen_share"]
Answer = TypeVar("Answer")

_SOURCES = ["microphone", "camera", "screen_share", "screen_share_audio"]
_MUTED_WITH = {
    "microphone": (TrackSource.MICROPHONE,),
    "camera": (TrackSource.CAMERA,),
    "screen_share": (TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO),
}


class EngineAway(Exception):
    """The engine did not answer in time, or not as it should."""


class News(msgspec.Struct, frozen=True):
    """What a webhook tells: something of this kind happened in this media room, to this participant (empty: to the room itself)."""

    kind: str
    room: str
    who: str


class MediaEngine:
    """One engine. ``url`` is where this process reaches it over HTTP; ``public_url`` is what pages connect to (empty: their own origin)."""

    def __init__(self, url: str, public_url: str, key: str, secret: str) -> None:
        self.public_url = public_url
        self._url = url
        self._key = key
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None
        self._webhooks = WebhookReceiver(TokenVerifier(key, secret))

    async def close(self) -> None:
        """End the connections to the engine."""
        if self._session is not None:
            await self._session.close()

    def media_pass(self, room: str, who: str, name: str) -> str:
        """A token with which ``who`` may connect to the media room ``room`` within ``PASS_LASTS``, see, hear and be seen and heard."""
        grants = VideoGrants(
            room_join=True,
            room=room,
            can_publish=True,
            can_subscribe=True,
            can_publish_data=False,
            can_publish_sources=_SOURCES,
            can_update_own_metadata=False,
        )
        token = AccessToken(self._key, self._secret).with_identity(who).with_name(name).with_grants(grants)
        return token.with_ttl(PASS_LASTS).to_jwt()

    def trial_pass(self) -> str:
        """A token with which a page finds out whether it could connect: unseen, to see, hear and send nothing."""
        # One room for all who try: who keeps connections open fills that room, and takes none from the meetings.
        grants = VideoGrants(room_join=True, room=TRIAL, can_publish=False, can_subscribe=False, can_publish_data=False, hidden=True)
        token = AccessToken(self._key, self._secret).with_identity(f"trial-{token_hex(8)}").with_grants(grants)
        return token.with_ttl(TRIAL_LASTS).to_jwt()

    async def participants(self, room: str) -> set[str]:
        """Who is connected to a media room; nobody when there is no such room.

        Raises: EngineAway.
        """
        return {one.identity for one in await self._list(room)}

    async def mute(self, room: str, who: str, source: Source) -> None:
        """Turn off what ``who`` publishes from ``source``, if anything.

        Raises: EngineAway.
        """
        for one in await self._list(room):
            for track in one.tracks:
                if one.identity == who and track.source in _MUTED_WITH[source] and not track.muted:
                    asked = MuteRoomTrackRequest(room=room, identity=who, track_sid=track.sid, muted=True)
                    await _answer(self._service().mute_published_track(asked))

    async def remove(self, room: str, who: str) -> None:
        """Disconnect a participant, if there is one.

        Raises: EngineAway.
        """
        await _answer(self._service().remove_participant(RoomParticipantIdentity(room=room, identity=who)))

    async def delete(self, room: str) -> None:
        """Disconnect everybody and end the media room, if there is one.

        Raises: EngineAway.
        """
        await _answer(self._service().delete_room(DeleteRoomRequest(room=room)))

    def read_webhook(self, body: bytes, authorization: str) -> News | None:
        """What a webhook tells; nothing when it is not signed with the engine's secret, or malformed."""
        try:
            event = self._webhooks.receive(body.decode(), authorization.removeprefix("Bearer "))
        except Exception:  # the library raises whatever its parts do, down to a bare Exception
            return None
        return News(event.event, event.room.name, event.participant.identity)

    async def _list(self, room: str) -> list[ParticipantInfo]:
        answer = await _answer(self._service().list_participants(ListParticipantsRequest(room=room)))
        return [] if answer is None else list(answer.participants)

    def _service(self) -> RoomService:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WAIT_S))
        return RoomService(self._session, self._url, self._key, self._secret, failover=False)


async def _answer(asked: Coroutine[Any, Any, Answer]) -> Answer | None:
    """The engine's answer; nothing when what it was asked about is not there."""
    try:
        return await asked
    except ServerError as error:
        if error.code == "not_found":
            return None
        raise EngineAway(error.code) from None
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise EngineAway(type(error).__name__) from None
