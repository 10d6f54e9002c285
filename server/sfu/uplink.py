"""The peer connection on which a client makes the offers: what it publishes comes in by it.

Where one connection carries both ways, what others publish goes out by it too, in the slots of the client's offers.
"""

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

from livekit.protocol.rtc import MediaSectionsRequirement, SessionDescription, SignalResponse

from rooms.media.answering import Answering, Offered
from rooms.media.codecs import Codec
from rooms.media.negotiated import Announced, Local, Received, Sent, Wanted
from rooms.media.slots import Slots
from server.sfu.forwarding import Track
from server.sfu.peer import Peer
from server.sfu.publishing import Published
from server.sfu.subscribing import View

if TYPE_CHECKING:
    from server.sfu.seat import Seat


TAKEN_IN_S = 0.25
"""What flows before a client has taken the answer in may be given to another section, and then it stays lost to Firefox. Nothing
tells when it has; so its media waits a moment, but for the first answer, which the connection itself has to wait for."""


class Uplink:
    """``slots`` is None where the client receives on another connection."""

    def __init__(self, seat: "Seat", peer: Peer, slots: Slots | None = None) -> None:
        self._seat = seat
        self.peer = peer
        self.slots = slots
        self._answering = Answering(new_session_id(), slots)

    def announce(self, published: Published) -> None:
        """A section of the next offers will carry this track."""
        self._answering.announce(as_announced(published))

    def withdraw(self, published: Published) -> None:
        """A track is over: what still comes of it is nobody's."""
        self._answering.withdraw(published.sid)
        if published.media is not None:
            self.peer.leg.incoming.unpublish(published.info.mid)

    def on_offer(self, offer: SessionDescription) -> None:
        """Answers an offer and lets flow what it has negotiated.

        Raises: ``Refused("bad_sdp")``, ``Refused("fingerprint_changed")``, ``Refused("bad_fingerprint")``.
        """
        seat, transport, answering = self._seat, self.peer.transport, self._answering
        offered = answering.offered(offer.sdp)
        transport.set_remote(offered.fingerprints)
        if offered.restarts_ice:
            transport.restart_ice()
        if offered.data:
            transport.accept_channels()
        text = answering.answer(local_end(self.peer))
        answer = SessionDescription(type="answer", sdp=text, id=offer.id, mid_to_track_id=answering.mid_to_track_id)
        seat.send(SignalResponse(answer=answer))
        self._apply(offered)

    def _apply(self, offered: Offered) -> None:
        seat = self._seat
        for sid in offered.ended:
            seat.withdraw(sid, tell_client=False)
        for received in offered.received:
            self._receive(received)
        if self.peer.leg.outgoing.connected:
            asyncio.get_running_loop().call_later(TAKEN_IN_S, begin, seat, offered.sent)
        else:
            begin(seat, offered.sent)
        self.ask_for_sections()

    def ask_for_sections(self) -> None:
        """Asks the client for sections in which it receives, if any are missing. Tracks that it cannot decode are left."""
        if self.slots is None:
            return
        for sid in self.slots.unsupported():
            if (view := self._seat.subscribing.views.get(sid)) is not None:
                self._seat.subscribing.unsupported(view)
        requirement = self.slots.requirement()
        if requirement is not None:
            message = MediaSectionsRequirement(num_audios=requirement.audio, num_videos=requirement.video)
            self._seat.send(SignalResponse(media_sections_requirement=message))

    def _receive(self, received: Received) -> None:
        """Lets a track come in; once negotiated it is live."""
        seat = self._seat
        published = seat.publishing.tracks.get(received.track_sid)
        if published is None:
            return
        new = published.media is None
        if published.media is None:
            published.settle_codec(received.codec)
            published.media = Track(
                seat.room.house.forwarding, published.kind, received.codec.name, on_level=seat.room.reporting.listener(seat.participant.sid)
            )
            published.media.set_muted(published.info.muted)
        published.info.mid = received.mid
        self.peer.leg.incoming.publish(received, published.media)
        if new:
            seat.went_live(published)


def begin(seat: "Seat", negotiated: tuple[Sent, ...]) -> None:
    """Lets flow what a client has agreed to receive."""
    now_us = time.monotonic_ns() // 1000
    for sent in negotiated:
        if (view := seat.subscribing.views.get(sent.track_sid)) is not None and view.viewing.ssrc == sent.ssrc:
            view.viewing.begin(sent, now_us)


def as_announced(published: Published) -> Announced:
    info = published.info
    return Announced(
        sid=published.sid,
        kind=published.kind,
        cids=frozenset(published.cids),
        codec=published.codec,
        dtx=not info.disable_dtx,
        stereo=info.stereo,
    )


def as_wanted(view: View) -> Wanted:
    """A track that a client shall receive, for the session description."""
    published, viewing = view.published, view.viewing
    return Wanted(
        sid=published.sid,
        participant_sid=published.owner.sid,
        kind=published.kind,
        codec=published.codec or Codec(published.mime),
        ssrc=viewing.ssrc,
        rtx_ssrc=viewing.rtx_ssrc if published.kind == "video" else 0,
        stereo=published.info.stereo,
    )


def local_end(peer: Peer) -> Local:
    transport = peer.transport
    return Local(ufrag=transport.ufrag, password=transport.password, fingerprint=transport.fingerprint, addresses=peer.addresses)


def new_session_id() -> int:
    return secrets.randbits(62)
