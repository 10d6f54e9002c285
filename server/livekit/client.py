"""LiveKit's own library, as much of it as the platform calls. Imported by the first who has a meeting with media: see ``engine``."""

import time
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
from livekit.api import AccessToken, ServerError, TokenVerifier, VideoGrants, WebhookReceiver
from livekit.api.room_service import RoomService
from livekit.protocol.models import ParticipantInfo, ParticipantPermission, TrackSource, TrackType
from livekit.protocol.room import (
    DeleteRoomRequest,
    ListParticipantsRequest,
    MuteRoomTrackRequest,
    RoomParticipantIdentity,
    UpdateParticipantRequest,
)

from server.livekit.engine import WAIT_S, Connected, EngineAway, News, Source

Answer = TypeVar("Answer")

_MUTED_WITH: dict[Source, tuple[int, ...]] = {
    "microphone": (TrackSource.MICROPHONE,),
    "camera": (TrackSource.CAMERA,),
    "screen_share": (TrackSource.SCREEN_SHARE, TrackSource.SCREEN_SHARE_AUDIO),
}


class Client:
    """The tokens, the Room Service and the webhooks of one engine. What the engine is asked raises EngineAway."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self._url = url
        self._key = key
        self._secret = secret
        self._session: aiohttp.ClientSession | None = None
        self._webhooks = WebhookReceiver(TokenVerifier(key, secret))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def token(self, who: str, name: str, lasts: timedelta, grants: dict[str, Any]) -> str:
        """``grants`` by the names of ``VideoGrants``."""
        token = AccessToken(self._key, self._secret).with_identity(who).with_name(name).with_grants(VideoGrants(**grants))
        return token.with_ttl(lasts).to_jwt()

    async def participants(self, room: str) -> list[ParticipantInfo]:
        answer = await _answer(self._service().list_participants(ListParticipantsRequest(room=room)))
        return [] if answer is None else list(answer.participants)

    async def connected(self, room: str) -> dict[str, Connected]:
        return {one.identity: _connected(one) for one in await self.participants(room)}

    async def permit(self, room: str, who: str, sources: Iterable[str]) -> None:
        """``sources`` by their names in tokens."""
        named = [source.upper() for source in sources]
        permission = ParticipantPermission(can_subscribe=True, can_publish=True, can_publish_sources=named)
        await _answer(self._service().update_participant(UpdateParticipantRequest(room=room, identity=who, permission=permission)))

    async def mute(self, room: str, who: str, source: Source) -> None:
        for one in await self.participants(room):
            for track in one.tracks:
                if one.identity == who and track.source in _MUTED_WITH[source] and not track.muted:
                    asked = MuteRoomTrackRequest(room=room, identity=who, track_sid=track.sid, muted=True)
                    await _answer(self._service().mute_published_track(asked))

    async def remove(self, room: str, who: str) -> None:
        # An engine that voids passes does so for those made until now: who may come back is given a new one.
        asked = RoomParticipantIdentity(room=room, identity=who, revoke_token_ts=int(time.time()))
        await _answer(self._service().remove_participant(asked))

    async def delete(self, room: str) -> None:
        await _answer(self._service().delete_room(DeleteRoomRequest(room=room)))

    def read_webhook(self, body: bytes, authorization: str) -> News | None:
        try:
            event = self._webhooks.receive(body.decode(), authorization.removeprefix("Bearer "))
        except Exception:  # the library raises whatever its parts do, down to a bare Exception
            return None
        return News(event.event, event.room.name, event.participant.identity)

    def _service(self) -> RoomService:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WAIT_S))
        return RoomService(self._session, self._url, self._key, self._secret, failover=False)


def _connected(one: ParticipantInfo) -> Connected:
    sources, may = one.permission.can_publish_sources, one.permission.can_publish
    sounds = (track.source for track in one.tracks if track.type == TrackType.AUDIO)
    return Connected(
        heard=may and (not sources or TrackSource.MICROPHONE in sources),
        disguised=any(source in (TrackSource.CAMERA, TrackSource.SCREEN_SHARE) for source in sounds),
        sends=frozenset(
            name for track in one.tracks for name, sources in _MUTED_WITH.items() if track.source in sources and not track.muted
        ),
    )


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
