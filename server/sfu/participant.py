"""One participant: who they are, what they may do, and the signalling connection through which they are told."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from livekit.protocol.models import (
    ConnectionQuality,
    DisconnectReason,
    ParticipantInfo,
    ParticipantPermission,
    TrackSource,
)
from livekit.protocol.rtc import JoinRequest, LeaveRequest, MuteTrackRequest, SignalResponse

from rooms.media.grants import SOURCES, Permission
from server.kernel.refused import Refused
from server.sfu.data import Sender
from server.sfu.limits import Limits
from server.sfu.session import Session
from server.sfu.sids import new_sid
from server.sfu.tokens import Claims

log = logging.getLogger(__name__)

_OF_THE_MOMENT = (
    "update",
    "speakers_changed",
    "connection_quality",
    "room_update",
    "pong",
    "pong_resp",
    "offer",
    "answer",
    "refresh_token",
)
"""Not kept for who is away: all of it is told anew to who comes back."""
_MOST_KEPT = 200
_MOST_CAPABILITIES = 16


class Participant:
    """Somebody in a room, from their join until they are removed; connections come and go in between."""

    def __init__(self, claims: Claims, request: JoinRequest, session: Session, limits: Limits) -> None:
        self.claims = claims
        self.identity = claims.identity
        self.sid = new_sid("PA_")
        self.limits = limits
        self.permission = claims.grants.permission
        self.session: Session | None = session
        self.gone = False
        self.broken = False
        """Whether a peer connection of theirs has ended: only a new beginning helps."""
        self.sender = Sender(limits)
        self.quality: ConnectionQuality = ConnectionQuality.EXCELLENT
        self._departure: asyncio.TimerHandle | None = None
        self._departs_s = 0.0
        self._kept: list[SignalResponse] = []
        now_s = time.time()
        self.info = ParticipantInfo(
            sid=self.sid,
            identity=self.identity,
            name=claims.name,
            metadata=claims.metadata,
            attributes=claims.attributes,
            state=ParticipantInfo.JOINED,
            joined_at=int(now_s),
            joined_at_ms=int(now_s * 1000),
            version=1,
            permission=as_message(self.permission),
            client_protocol=request.client_info.client_protocol,
            capabilities=request.client_info.capabilities[:_MOST_CAPABILITIES],
        )

    @property
    def resumable(self) -> bool:
        """Whether one who is away may come back to where they were: too much happened meanwhile if not."""
        return not (self.gone or self.broken) and len(self._kept) < _MOST_KEPT

    def send(self, response: SignalResponse) -> None:
        """Tells the client now, or when it comes back."""
        if self.session is not None and not self.session.closing:
            self.session.send(response)
        elif not self.gone and response.WhichOneof("message") not in _OF_THE_MOMENT and self.resumable:
            self._kept.append(response)

    def send_kept(self) -> None:
        """Tells a client that has come back what it has missed."""
        kept, self._kept = self._kept, []
        for response in kept:
            self.send(response)

    def send_off(self, reason: DisconnectReason, action: LeaveRequest.Action = LeaveRequest.DISCONNECT) -> None:
        """Tells the client to go, and why, and closes its connection."""
        if self.session is not None:
            self.session.send(SignalResponse(leave=farewell(reason, action)))
            self.session.close()
            self.session = None

    def replace_session(self, session: Session) -> None:
        """From now on the client is told through ``session``."""
        self.stay()
        if self.session is not None:
            self.session.close()
        self.session = session

    def depart_in(self, after_s: float, depart: Callable[[], None]) -> None:
        """Calls ``depart`` unless ``stay`` is called before, or something sooner has been asked for."""
        loop = asyncio.get_running_loop()
        departs_s = loop.time() + after_s
        if self._departure is None or self._departs_s > departs_s:
            self.stay()
            self._departure, self._departs_s = loop.call_later(after_s, depart), departs_s

    def stay(self) -> None:
        """Nothing is left to wait for."""
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None

    def permit(self, permission: Permission) -> None:
        """Changes what they may do. What follows from it is the caller's."""
        self.permission = permission
        self.info.permission.CopyFrom(as_message(permission))

    def describe(self, *, name: str = "", metadata: str = "", attributes: Mapping[str, str]) -> None:
        """Changes what is told about them. Empty texts change nothing; an attribute with an empty value is taken away.

        Raises: ``Refused("too_large")``; nothing has changed then.
        """
        merged = {key: value for key, value in {**self.info.attributes, **attributes}.items() if value}
        check_description(self.limits, name, metadata, merged)
        self.info.name = name or self.info.name
        self.info.metadata = metadata or self.info.metadata
        self.info.attributes.clear()
        self.info.attributes.update(merged)

    def mute(self, track_sid: str) -> None:
        """Makes the client mute a track. There is no way to make it unmute: a microphone is opened only by its owner."""
        self.send(SignalResponse(mute=MuteTrackRequest(sid=track_sid, muted=True)))


def farewell(reason: DisconnectReason, action: LeaveRequest.Action) -> LeaveRequest:
    return LeaveRequest(reason=reason, action=action, can_reconnect=action != LeaveRequest.DISCONNECT)


def check_description(limits: Limits, name: str, metadata: str, attributes: Mapping[str, str]) -> None:
    """Raises: ``Refused("too_large")`` when somebody tells more about themselves than all others should have to receive."""
    size = sum(len(key.encode()) + len(value.encode()) for key, value in attributes.items())
    if len(name.encode()) > limits.name_bytes or max(size, len(metadata.encode())) > limits.metadata_bytes:
        raise Refused("too_large")


def as_message(permission: Permission) -> ParticipantPermission:
    return ParticipantPermission(
        can_subscribe=permission.subscribe,
        can_publish=permission.publish,
        can_publish_data=permission.publish_data,
        can_publish_sources=[name.upper() for name in sorted(permission.sources) if name in SOURCES],
        can_update_metadata=permission.update_metadata,
        hidden=permission.hidden,
        recorder=permission.recorder,
    )


def from_message(message: ParticipantPermission) -> Permission:
    return Permission(
        publish=message.can_publish,
        sources=frozenset(source_name(source) for source in message.can_publish_sources),
        subscribe=message.can_subscribe,
        publish_data=message.can_publish_data,
        update_metadata=message.can_update_metadata,
        hidden=message.hidden,
        recorder=message.recorder,
    )


def source_name(source: int) -> str:
    """The name that tokens give to a ``TrackSource``."""
    return TrackSource.Name(source).lower() if source in TrackSource.values() else "unknown"
