"""What each signalling message of a participant does. What cannot be done is answered by ``request_response``, never by silence.

Source: LiveKit's signalling, ``livekit_rtc.proto``: ``SignalRequest``.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from livekit.protocol.models import DisconnectReason
from livekit.protocol.rtc import (
    AddTrackRequest,
    LeaveRequest,
    MuteTrackRequest,
    Ping,
    Pong,
    RequestResponse,
    SessionDescription,
    SignalRequest,
    SignalResponse,
    SubscriptionPermission,
    SyncState,
    UpdateLocalAudioTrack,
    UpdateLocalVideoTrack,
    UpdateParticipantMetadata,
    UpdateSubscription,
    UpdateTrackSettings,
)

from server.kernel.refused import Refused
from server.sfu import metrics
from server.sfu.seat import Seat

log = logging.getLogger(__name__)

_REASONS = {
    "invalid": RequestResponse.INVALID_REQUEST,
    "limit_exceeded": RequestResponse.LIMIT_EXCEEDED,
    "not_allowed": RequestResponse.NOT_ALLOWED,
    "not_found": RequestResponse.NOT_FOUND,
    "too_large": RequestResponse.LIMIT_EXCEEDED,
    "unsupported": RequestResponse.UNSUPPORTED_TYPE,
}
_ECHOED = {
    "add_track": "add_track",
    "mute": "mute",
    "publish_data_track_request": "publish_data_track",
    "unpublish_data_track_request": "unpublish_data_track",
    "update_audio_track": "update_audio_track",
    "update_metadata": "update_metadata",
    "update_video_track": "update_video_track",
}
"""Requests that a ``request_response`` can quote, and in which of its fields."""
_MOST_NAMED = 2_000
"""Tracks named in one message."""


def hear(seat: Seat, request: SignalRequest) -> None:
    """Does what a participant asks. Never raises: a fault of ours ends this participant's connection only."""
    kind = request.WhichOneof("message")
    if kind is None or seat.participant.gone:
        return  # a message newer than this program, or from somebody who has been sent off
    act = _ACTS.get(kind, _decline)
    message = getattr(request, kind)
    try:
        act(seat, message)
    except Refused as refused:
        _refuse(seat, kind, message, refused)
    except Exception:
        log.exception("a signalling message failed", extra={"facts": {"type": kind, "participant": seat.participant.sid}})
        seat.room.remove(seat, DisconnectReason.STATE_MISMATCH, LeaveRequest.RECONNECT)


def _refuse(seat: Seat, kind: str, message: Any, refused: Refused) -> None:
    reason = _REASONS.get(refused.code, RequestResponse.UNCLASSIFIED_ERROR)
    metrics.signals_refused.labels(kind, refused.code).inc()
    if kind in ("offer", "answer"):
        # Without a description there is no way on, and the protocol has no word for it: the client begins anew, or gives up.
        log.info("a session description was refused", extra={"facts": {"participant": seat.participant.sid, "code": refused.code}})
        seat.room.remove(seat, DisconnectReason.STATE_MISMATCH, LeaveRequest.RECONNECT)
        return
    response = RequestResponse(request_id=getattr(message, "request_id", 0), reason=reason, message=refused.code.replace("_", " "))
    if kind in _ECHOED:
        getattr(response, _ECHOED[kind]).CopyFrom(message)
    seat.send(SignalResponse(request_response=response))


def _decline(seat: Seat, message: Any) -> None:
    raise Refused("unsupported")


def _ignore(seat: Seat, message: Any) -> None:
    """Needs no answer: an ICE-lite server learns addresses from checks, not from candidates."""


def _ping(seat: Seat, sent_ms: int) -> None:
    seat.send(SignalResponse(pong=_now_ms()))


def _ping_request(seat: Seat, ping: Ping) -> None:
    seat.send(SignalResponse(pong_resp=Pong(last_ping_timestamp=ping.timestamp, timestamp=_now_ms())))


def _offer(seat: Seat, offer: SessionDescription) -> None:
    seat.link.on_offer(offer)


def _answer(seat: Seat, answer: SessionDescription) -> None:
    seat.link.on_answer(answer)


def _add_track(seat: Seat, request: AddTrackRequest) -> None:
    seat.announce(request)


def _mute(seat: Seat, request: MuteTrackRequest) -> None:
    if request.sid not in seat.publishing.tracks:
        raise Refused("not_found")
    seat.set_muted(request.sid, request.muted)


def _subscription(seat: Seat, update: UpdateSubscription) -> None:
    for sid in _named(update):
        seat.subscribing.choose(sid, update.subscribe)


def _track_setting(seat: Seat, settings: UpdateTrackSettings) -> None:
    for sid in settings.track_sids[:_MOST_NAMED]:
        seat.subscribing.request(sid, settings)


def _subscription_permission(seat: Seat, permission: SubscriptionPermission) -> None:
    seat.publishing.allow(permission)
    for published in seat.publishing.live():
        for other in seat.room.others(seat):
            other.subscribing.settle(published)


def _update_metadata(seat: Seat, update: UpdateParticipantMetadata) -> None:
    if not seat.participant.permission.update_metadata:
        raise Refused("not_allowed")
    seat.participant.describe(name=update.name, metadata=update.metadata, attributes=update.attributes)
    seat.room.tell_of(seat, themselves=True)
    seat.send(SignalResponse(request_response=RequestResponse(request_id=update.request_id)))


def _update_track(seat: Seat, update: UpdateLocalAudioTrack | UpdateLocalVideoTrack) -> None:
    published = seat.publishing.refine(update)
    if published is None:
        raise Refused("not_found")
    if published.live:
        seat.room.tell_of(seat)


def _sync_state(seat: Seat, state: SyncState) -> None:
    """A client that has come back says what it believes; its choice of tracks holds."""
    named = frozenset(_named(state.subscription))
    for sid in named:
        seat.subscribing.choose(sid, state.subscription.subscribe)
    for sid in state.track_sids_disabled[:_MOST_NAMED]:
        seat.subscribing.request(sid, UpdateTrackSettings(track_sids=[sid], disabled=True))
    for published in state.publish_tracks:
        if published.track.sid not in seat.publishing.tracks:
            # It publishes what is unknown here: only a new beginning brings both to the same view.
            seat.room.remove(seat, DisconnectReason.STATE_MISMATCH, LeaveRequest.RECONNECT)
            return


def _leave(seat: Seat, leave: LeaveRequest) -> None:
    seat.room.remove(seat, DisconnectReason.CLIENT_INITIATED)


def _named(update: UpdateSubscription) -> list[str]:
    sids = [*update.track_sids, *(sid for tracks in update.participant_tracks for sid in tracks.track_sids)]
    return sids[:_MOST_NAMED]


def _now_ms() -> int:
    return int(time.time() * 1000)


_ACTS: dict[str, Callable[[Seat, Any], None]] = {
    "add_track": _add_track,
    "answer": _answer,
    "leave": _leave,
    "mute": _mute,
    "offer": _offer,
    "ping": _ping,
    "ping_req": _ping_request,
    "subscription": _subscription,
    "subscription_permission": _subscription_permission,
    "sync_state": _sync_state,
    "track_setting": _track_setting,
    "trickle": _ignore,
    "update_audio_track": _update_track,
    "update_layers": _ignore,  # of old clients; which layers are sent is seen from what arrives
    "update_metadata": _update_metadata,
    "update_video_track": _update_track,
}
