"""A participant's place in a room: what they publish and receive, and the peer connections that carry it."""

import logging
import time
from typing import TYPE_CHECKING

import msgspec
from livekit.protocol.models import DisconnectReason, ParticipantInfo, VideoQuality
from livekit.protocol.rtc import (
    AddTrackRequest,
    JoinRequest,
    LeaveRequest,
    SignalResponse,
    SubscribedCodec,
    SubscribedQuality,
    SubscribedQualityUpdate,
    TrackPublishedResponse,
    TrackSubscribed,
    TrackUnpublishedResponse,
)

from rooms.media.grants import Permission
from server.sfu import metrics
from server.sfu.data import destinations
from server.sfu.link import Link, make_link
from server.sfu.participant import Participant
from server.sfu.publishing import Published, Publishing, infos
from server.sfu.subscribing import Subscribing

if TYPE_CHECKING:
    from server.sfu.room import Room

log = logging.getLogger(__name__)

_LEAVE_S = 2.0
_QUALITIES = (VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH)


class Seat:
    """Made when somebody joins, closed when they are removed; it outlives their signalling connections."""

    def __init__(self, room: "Room", participant: Participant, request: JoinRequest, *, single: bool) -> None:
        self.room = room
        self.participant = participant
        self.single = single
        self.was_active = False
        """Whether media could ever flow."""
        self._token_due_us = 0
        self.publishing = Publishing(participant)
        self.subscribing = Subscribing(self, auto=request.connection_settings.auto_subscribe)
        self.link: Link = make_link(self, single=single)

    def describe(self) -> ParticipantInfo:
        """What is told of them, with their live tracks."""
        live = self.publishing.live()
        info = ParticipantInfo()
        info.CopyFrom(self.participant.info)
        info.is_publisher = bool(live)
        info.tracks.extend(infos(live))
        return info

    def send(self, response: SignalResponse) -> None:
        self.participant.send(response)

    def begin(self, request: JoinRequest) -> None:
        """What follows the welcome: the tracks of the others, and the client's first offer."""
        self.room.reporting.welcome(self)
        self.subscribing.settle_all()
        self._refresh_token()
        self.link.begin(request.publisher_offer if request.HasField("publisher_offer") else None)

    def resume(self) -> None:
        """The client has come back: the peer connections are tried anew."""
        self.room.reporting.welcome(self)
        self._refresh_token()
        self.link.resume()

    # Publishing

    def announce(self, request: AddTrackRequest) -> None:
        """Raises: ``Refused``, see ``Publishing.announce``."""
        published = self.publishing.announce(request)
        self.link.announce(published)
        self.send(SignalResponse(track_published=TrackPublishedResponse(cid=request.cid, track=published.info)))

    def went_live(self, published: Published) -> None:
        """The section of an announced track has been negotiated."""
        self.room.published(published, self)

    def withdraw(self, sid: str, *, tell_client: bool = True) -> None:
        """Ends one of their tracks, at once and for all."""
        published = self.publishing.withdraw(sid)
        if published is None:
            return
        self.link.withdraw(published)
        if tell_client:
            self.send(SignalResponse(track_unpublished=TrackUnpublishedResponse(track_sid=sid)))
        if published.media is not None:
            self.room.unpublished(published, self)

    def set_muted(self, sid: str, muted: bool, *, by_server: bool = False) -> None:
        """Mutes or unmutes a track for all; the server may only mute."""
        published = self.publishing.set_muted(sid, muted)
        if published is None:
            return
        if muted:
            self.room.reporting.speakers.forget(self.participant.sid)
        if by_server:
            self.participant.mute(sid)
        if published.live:
            self.room.tell_of(self, themselves=by_server)

    def permit(self, permission: Permission) -> None:
        """Changes what they may do; what they may not do any more stops before this returns."""
        was_hidden = self.participant.permission.hidden
        self.participant.permit(permission)
        for published in self.publishing.not_permitted():
            self.withdraw(published.sid)
        self.subscribing.settle_all()
        self._refresh_token()
        if permission.hidden != was_hidden:
            self.room.hid(self)
        self.room.tell_of(self, themselves=True)

    # What the peer connections report

    def on_connected(self) -> None:
        """Media can flow."""
        if self.participant.info.state == ParticipantInfo.JOINED:
            self.participant.info.state = ParticipantInfo.ACTIVE
            self.was_active = True
            self.room.tell_of(self)
            self.room.house.webhooks.tell("participant_joined", self.room.describe(), self.participant.info)

    def on_closed(self, why: str) -> None:
        """A peer connection ended by itself: the client is asked to begin anew."""
        if self.participant.gone:
            return
        facts = {"room": self.room.info.sid, "participant": self.participant.sid, "why": why}
        log.info("a peer connection ended", extra={"facts": facts})
        self.participant.broken = True
        # A client that leaves may close its connections first and say so afterwards.
        wait_s = _LEAVE_S if why == "peer_closed" else 0.0
        self.participant.depart_in(wait_s, lambda: self.room.remove(self, DisconnectReason.CONNECTION_TIMEOUT, LeaveRequest.RECONNECT))

    def on_data(self, label: str, message: bytes) -> None:
        if self.participant.gone or not self.participant.permission.publish_data:
            metrics.data_packets.labels("not_allowed").inc()
            return
        packet = self.participant.sender.take(label, message)
        if packet is not None:
            self.room.deliver(packet, label, destinations(packet), self)

    # What the others do

    def tell_subscribed(self, published: Published) -> None:
        """Somebody receives one of their tracks for the first time."""
        if not published.told_subscribed:
            published.told_subscribed = True
            self.send(SignalResponse(track_subscribed=TrackSubscribed(track_sid=published.sid)))

    def _tell_wanted(self, published: Published, now_us: int) -> None:
        """Tells the publisher which layers somebody watches, when that has changed: the others need not be sent."""
        most = published.dynacast.due(now_us)
        if most is None:
            return
        qualities = [
            SubscribedQuality(quality=quality, enabled=quality <= most)
            for quality in (VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH)
        ]
        codec = SubscribedCodec(codec=published.mime.partition("/")[2].lower(), qualities=qualities)
        update = SubscribedQualityUpdate(track_sid=published.sid, subscribed_qualities=qualities, subscribed_codecs=[codec])
        self.send(SignalResponse(subscribed_quality_update=update))

    def _refresh_token(self) -> None:
        """Gives the client a token with which to come back as who they are now."""
        info, house = self.participant.info, self.room.house
        claims = msgspec.structs.replace(self.participant.claims, name=info.name, metadata=info.metadata, attributes=dict(info.attributes))
        token = house.tokens.fresh(claims, self.participant.permission, house.limits.token_s)
        self.send(SignalResponse(refresh_token=token))
        self._token_due_us = time.monotonic_ns() // 1000 + house.limits.token_s * 500_000

    def tick(self, now_us: int) -> None:
        """What is due now; called many times a second."""
        if now_us >= self._token_due_us:
            self._refresh_token()
        self.subscribing.tick(now_us)
        for published in self.publishing.tracks.values():
            if published.live and published.kind == "video":
                self._tell_wanted(published, now_us)

    def close(self) -> None:
        """Ends what they publish and receive, and their peer connections."""
        for sid in list(self.publishing.tracks):
            published = self.publishing.withdraw(sid)
            if published is not None:
                for other in self.room.others(self):
                    other.subscribing.drop(sid)
        self.subscribing.close()
        self.link.close()
