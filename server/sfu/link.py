"""All peer connections of one participant: one that carries both ways, or one for each way."""

import asyncio
from typing import TYPE_CHECKING, Protocol

from livekit.protocol.rtc import SessionDescription, SignalResponse

from rooms.media.offering import Offering
from rooms.media.slots import Slots
from server.kernel.refused import Refused
from server.sfu.leg import Leg
from server.sfu.peer import Peer
from server.sfu.publishing import Published
from server.sfu.subscribing import View
from server.sfu.uplink import Uplink, as_wanted, begin, local_end, new_session_id

if TYPE_CHECKING:
    from server.sfu.seat import Seat


class Link(Protocol):
    """What a participant's place in a room knows of its connections."""

    @property
    def downlink(self) -> Leg:
        """By which tracks go out."""

    def begin(self, offer: SessionDescription | None) -> None:
        """The client has been welcomed; ``offer`` came with its request to join."""

    def resume(self) -> None:
        """The client has come back and will try its connections anew."""

    def announce(self, published: Published) -> None: ...

    def withdraw(self, published: Published) -> None: ...

    def add(self, view: View) -> None:
        """The client shall receive a track."""

    def remove(self, view: View) -> None: ...

    def on_offer(self, offer: SessionDescription) -> None: ...

    def on_answer(self, answer: SessionDescription) -> None: ...

    def send_data(self, label: str, message: bytes) -> bool: ...

    def close(self) -> None: ...


def make_link(seat: "Seat", *, single: bool) -> Link:
    return Single(seat) if single else Dual(seat)


class Single:
    """``/rtc/v1``: all offers are the client's; the server asks it to offer."""

    def __init__(self, seat: "Seat") -> None:
        self._slots = Slots()
        self._up = Uplink(seat, Peer(seat.room.house, seat, seat.on_connected), self._slots)
        self._asking = False
        self._closed = False

    @property
    def downlink(self) -> Leg:
        return self._up.peer.leg

    def begin(self, offer: SessionDescription | None) -> None:
        if offer is not None:
            self.on_offer(offer)

    def resume(self) -> None:
        """The client's next offer restarts ICE."""

    def announce(self, published: Published) -> None:
        self._up.announce(published)

    def withdraw(self, published: Published) -> None:
        self._up.withdraw(published)
        self._ask_soon()

    def add(self, view: View) -> None:
        self._slots.want(as_wanted(view))
        self._ask_soon()

    def remove(self, view: View) -> None:
        self._slots.drop(view.sid)
        self._ask_soon()

    def on_offer(self, offer: SessionDescription) -> None:
        self._up.on_offer(offer)

    def on_answer(self, answer: SessionDescription) -> None:
        raise Refused("unsupported")  # nothing was offered

    def send_data(self, label: str, message: bytes) -> bool:
        return self._up.peer.transport.send_data(label, message)

    def close(self) -> None:
        self._closed = True
        self._up.peer.close()

    def _ask_soon(self) -> None:
        """Asks once for all that changes in one turn of the event loop."""
        if not self._asking and not self._closed:
            self._asking = True
            asyncio.get_running_loop().call_soon(self._ask)

    def _ask(self) -> None:
        self._asking = False
        if not self._closed:
            self._up.ask_for_sections()


class Dual:
    """``/rtc``: what comes in is offered by the client, what goes out by the server. The client is there when the latter stands."""

    def __init__(self, seat: "Seat") -> None:
        self._seat = seat
        self._up: Uplink | None = None
        self._down = Peer(seat.room.house, seat, seat.on_connected)
        self._down.transport.open_channels()
        self._offering = Offering(new_session_id())
        self._soon = False
        self._closed = False

    @property
    def downlink(self) -> Leg:
        return self._down.leg

    def begin(self, offer: SessionDescription | None) -> None:
        self._offer()

    def resume(self) -> None:
        self._down.transport.restart_ice()
        self._offering.restart()
        self._offer()

    def announce(self, published: Published) -> None:
        self._uplink().announce(published)

    def withdraw(self, published: Published) -> None:
        self._uplink().withdraw(published)

    def add(self, view: View) -> None:
        self._offering.want(as_wanted(view))
        self._offer_soon()

    def remove(self, view: View) -> None:
        self._offering.drop(view.sid)
        self._offer_soon()

    def on_offer(self, offer: SessionDescription) -> None:
        self._uplink().on_offer(offer)

    def on_answer(self, answer: SessionDescription) -> None:
        answered = self._offering.answered(answer.sdp, answer.id)
        if answered is None:
            return
        self._down.transport.set_remote(answered.fingerprints)
        begin(self._seat, answered.sent)
        for sid in answered.unsupported:
            if (view := self._seat.subscribing.views.get(sid)) is not None:
                self._seat.subscribing.unsupported(view)
        self._offer()

    def send_data(self, label: str, message: bytes) -> bool:
        return self._down.transport.send_data(label, message)

    def close(self) -> None:
        self._closed = True
        self._down.close()
        if self._up is not None:
            self._up.peer.close()

    def _uplink(self) -> Uplink:
        """Made when it is first needed: a connection that nobody uses would be ended as silent."""
        if self._up is None:
            self._up = Uplink(self._seat, Peer(self._seat.room.house, self._seat, _nothing))
        return self._up

    def _offer_soon(self) -> None:
        """Offers once what changes in one turn of the event loop."""
        if not self._soon and not self._closed:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._offer)

    def _offer(self) -> None:
        self._soon = False
        text = None if self._closed else self._offering.offer(local_end(self._down))
        if text is not None:
            offer = SessionDescription(type="offer", sdp=text, id=self._offering.number, mid_to_track_id=self._offering.mid_to_track_id)
            self._seat.send(SignalResponse(offer=offer))


def _nothing() -> None:
    """That media can come in is news to nobody: what comes tells it."""
