"""One room: who is in it, what they are told of each other, and when it ends."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from livekit.protocol.models import Codec, DataPacket, DisconnectReason, ParticipantInfo
from livekit.protocol.models import Room as RoomInfo
from livekit.protocol.rtc import LeaveRequest, ParticipantUpdate, RoomUpdate, SignalResponse

from server.sfu import metrics
from server.sfu.data import stamp
from server.sfu.house import House
from server.sfu.publishing import Published
from server.sfu.reporting import Reporting
from server.sfu.seat import Seat
from server.sfu.sids import new_sid

log = logging.getLogger(__name__)

CODECS = ("audio/opus", "video/VP8", "video/H264", "video/VP9", "video/AV1")


class Room:
    """Everything here is called from the event loop, and nothing waits."""

    def __init__(self, house: House, name: str, when_empty: Callable[["Room"], None]) -> None:
        self.house = house
        self._when_empty = when_empty
        self.name = name
        self.seats: dict[str, Seat] = {}
        self.closed = False
        self.reporting = Reporting(self)
        self._closing: asyncio.TimerHandle | None = None
        now_s = time.time()
        self.info = RoomInfo(
            sid=new_sid("RM_"),
            name=name,
            empty_timeout=house.limits.empty_s,
            departure_timeout=house.limits.departure_s,
            creation_time=int(now_s),
            creation_time_ms=int(now_s * 1000),
            enabled_codecs=[Codec(mime=mime) for mime in CODECS],
        )
        house.webhooks.tell("room_started", self.info)
        self.close_when_empty(self.info.empty_timeout)

    # Who is here

    def others(self, me: Seat | None) -> list[Seat]:
        return [seat for seat in self.seats.values() if seat is not me]

    def visible(self) -> list[Seat]:
        return [seat for seat in self.seats.values() if not seat.participant.permission.hidden]

    def find_track(self, sid: str) -> Published | None:
        for seat in self.seats.values():
            if sid in seat.publishing.tracks:
                return seat.publishing.tracks[sid]
        return None

    @property
    def full(self) -> bool:
        most = min(self.info.max_participants or self.house.limits.participants, self.house.limits.participants)
        return len(self.seats) >= most

    def describe(self) -> RoomInfo:
        """What is told of the room, up to date."""
        self.info.num_participants = len(self.visible())
        self.info.num_publishers = sum(bool(seat.publishing.live()) for seat in self.visible())
        return self.info

    # Coming and going

    def admit(self, seat: Seat) -> None:
        """Seats a participant and tells the others."""
        self.seats[seat.participant.identity] = seat
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        metrics.participants.inc()
        self.tell_of(seat)

    def remove(self, seat: Seat, reason: DisconnectReason, action: LeaveRequest.Action = LeaveRequest.DISCONNECT) -> None:
        """Ends somebody's presence: their client is told, their media stops at once, the others see them go."""
        participant = seat.participant
        if participant.gone:
            return
        participant.gone = True
        del self.seats[participant.identity]
        metrics.participants.dec()
        participant.send_off(reason, action)
        participant.stay()
        tracks = seat.publishing.live()
        participant.info.state = ParticipantInfo.DISCONNECTED
        participant.info.disconnect_reason = reason
        self.tell_of(seat)
        seat.close()
        self.reporting.forget(participant.sid)
        for published in tracks:
            self.house.webhooks.tell("track_unpublished", self.describe(), participant.info, published.info)
        left = "participant_left" if seat.was_active else "participant_connection_aborted"
        self.house.webhooks.tell(left, self.describe(), participant.info)
        log.info("a participant left", extra={"facts": {"room": self.info.sid, "participant": participant.sid, "reason": int(reason)}})
        if not self.seats:
            self.close_when_empty(self.info.departure_timeout)

    def close_when_empty(self, after_s: float) -> None:
        if self._closing is not None:
            self._closing.cancel()
        self._closing = asyncio.get_running_loop().call_later(after_s, self._close_if_empty)

    def close(self, reason: DisconnectReason, action: LeaveRequest.Action = LeaveRequest.DISCONNECT) -> None:
        """Ends the room for all. It is the caller's to forget it."""
        if self._closing is not None:
            self._closing.cancel()
        for seat in list(self.seats.values()):
            self.remove(seat, reason, action)
        if self._closing is not None:  # set again by the last one who left
            self._closing.cancel()
        self.closed = True
        self.house.webhooks.tell("room_finished", self.describe())

    def _close_if_empty(self) -> None:
        if not self.seats:
            self._when_empty(self)

    # What is told

    def tell_of(self, seat: Seat, *, themselves: bool = False) -> None:
        """Tells the others what has changed about somebody; those who are hidden are told only to ``themselves``."""
        seat.participant.info.version += 1
        update = SignalResponse(update=ParticipantUpdate(participants=[seat.describe()]))
        for other in self.seats.values():
            if other is seat:
                if themselves:
                    other.participant.send(update)
            elif not seat.participant.permission.hidden:
                other.participant.send(update)

    def hid(self, seat: Seat) -> None:
        """Somebody has vanished from the others' sight, with all they publish, or has appeared."""
        hidden = seat.participant.permission.hidden
        seat.participant.info.version += 1
        info = seat.describe()
        if hidden:
            info.state = ParticipantInfo.DISCONNECTED
        update = SignalResponse(update=ParticipantUpdate(participants=[info]))
        for other in self.others(seat):
            other.participant.send(update)
            for published in seat.publishing.live():
                other.subscribing.settle(published)

    def tell(self, response: SignalResponse) -> None:
        for seat in self.seats.values():
            seat.participant.send(response)

    def tell_of_room(self) -> None:
        self.tell(SignalResponse(room_update=RoomUpdate(room=self.describe())))

    def published(self, published: Published, seat: Seat) -> None:
        """A track has become live: the others hear of it, then receive it."""
        self.tell_of(seat)
        self.house.webhooks.tell("track_published", self.describe(), seat.participant.info, published.info)
        for other in self.others(seat):
            other.subscribing.settle(published)

    def unpublished(self, published: Published, seat: Seat) -> None:
        """A track is gone."""
        for other in self.others(seat):
            other.subscribing.drop(published.sid)
        self.tell_of(seat)
        self.house.webhooks.tell("track_unpublished", self.describe(), seat.participant.info, published.info)

    # Data

    def deliver(self, packet: DataPacket, label: str, to: Iterable[str], sender: Seat | None) -> None:
        """Sends a data packet to the identities ``to``, or to everybody but its sender."""
        if sender is not None:
            hidden = sender.participant.permission.hidden
            stamp(packet, "" if hidden else sender.participant.sid, "" if hidden else sender.participant.identity)
        chosen = frozenset(to)
        raw = packet.SerializeToString()
        for seat in self.others(sender):
            if not chosen or seat.participant.identity in chosen:
                sent = seat.link.send_data(label, raw)
                metrics.data_packets.labels("sent" if sent else "not_taken").inc()

    # Time

    def tick(self, now_us: int) -> None:
        for seat in list(self.seats.values()):
            seat.tick(now_us)
        self.reporting.tick(now_us)
