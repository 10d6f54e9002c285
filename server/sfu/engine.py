"""All rooms of one media server: who may come in, and who may come back."""

import logging

from livekit.protocol.models import Codec, DisconnectReason, ServerInfo
from livekit.protocol.rtc import (
    JoinRequest,
    JoinResponse,
    LeaveRequest,
    ParticipantUpdate,
    ReconnectResponse,
    RoomUpdate,
    SignalRequest,
    SignalResponse,
)

from server.kernel.refused import Refused
from server.sfu import metrics
from server.sfu.house import House
from server.sfu.participant import Participant, check_description, farewell
from server.sfu.room import CODECS, Room
from server.sfu.seat import Seat
from server.sfu.session import Session
from server.sfu.signals import hear
from server.sfu.tokens import EVERYBODY, Claims

log = logging.getLogger(__name__)

# Clients compare it with the versions of LiveKit's server to know which features they may use.
_SERVER = ServerInfo(edition=ServerInfo.Standard, version="1.12.0", protocol=16)
_NO_INJECTED_FRAMES = b"dienhong-no-sif"
"""Clients with end-to-end encryption look for it at the end of frames that a server put in unencrypted; ours puts in none."""


class Engine:
    """Made within a running event loop; ``close`` ends it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.rooms: dict[str, Room] = {}
        self._closing = False
        house.forwarding.on_tick = self._tick

    # Rooms

    def open_room(self, name: str) -> Room:
        """The room ``name``, made when there is none.

        Raises: ``Refused("limit_exceeded")``, ``Refused("invalid")``.
        """
        room = self.rooms.get(name)
        if room is None:
            if not name or len(name.encode()) > self.house.limits.name_bytes:
                raise Refused("invalid")
            if len(self.rooms) >= self.house.limits.rooms:
                raise Refused("limit_exceeded")
            room = self.rooms[name] = Room(self.house, name, self._forget)
            metrics.rooms.set(len(self.rooms))
        return room

    def close_room(self, room: Room, reason: DisconnectReason) -> None:
        """Ends a room for all who are in it; the tokens they hold are void."""
        self.house.tokens.revoke(room.name, EVERYBODY)
        room.close(reason)
        self._forget(room)

    def _forget(self, room: Room) -> None:
        if self.rooms.get(room.name) is room:
            del self.rooms[room.name]
            metrics.rooms.set(len(self.rooms))
        if not room.closed:
            room.close(DisconnectReason.ROOM_CLOSED)

    # Joining

    def may_join(self, claims: Claims, request: JoinRequest) -> None:
        """Whether somebody may join now.

        Raises: ``Refused`` with ``bad_token``, ``not_allowed``, ``not_supported`` (``claim``), ``invalid``, ``too_large``,
            ``limit_exceeded`` or ``closing``.
        """
        if self._closing:
            raise Refused("closing")
        limits, room = self.house.limits, self.rooms.get(claims.grants.room)
        if not claims.grants.may_join():
            raise Refused("not_allowed")
        if not self.house.tokens.stands(claims, claims.grants.room):
            raise Refused("bad_token")
        if claims.unknown:
            raise Refused("not_supported", claim=claims.unknown)
        if not claims.identity or len(claims.identity.encode()) > limits.identity_bytes:
            raise Refused("invalid")
        if len(claims.grants.room.encode()) > limits.name_bytes:
            raise Refused("invalid")
        check_description(limits, claims.name, claims.metadata, claims.attributes)
        if room is None:
            if len(self.rooms) >= limits.rooms:
                raise Refused("limit_exceeded")
        elif room.full and claims.identity not in room.seats:
            raise Refused("limit_exceeded")

    def seat(self, claims: Claims, request: JoinRequest, session: Session, *, single: bool) -> Seat | None:
        """Lets somebody in or, when they come back, back in; None when they have been told to begin anew.

        Raises: ``Refused``, see ``may_join``.
        """
        if request.reconnect:
            return self._resume(claims, request, session, single=single)
        self.may_join(claims, request)
        claims = self.house.tokens.current(claims)
        room = self.open_room(claims.grants.room)
        before = room.seats.get(claims.identity)
        if before is not None:
            room.remove(before, DisconnectReason.DUPLICATE_IDENTITY)
        participant = Participant(claims, request, session, self.house.limits)
        if participant.permission.update_metadata:
            participant.describe(metadata=request.metadata, attributes=request.participant_attributes)
        seat = Seat(room, participant, request, single=single)
        room.admit(seat)
        facts = {"room": room.info.sid, "participant": participant.sid, "single": single, "sdk": request.client_info.sdk}
        log.info("a participant joined", extra={"facts": facts})
        seat.send(SignalResponse(join=self._welcome(seat)))
        for track in request.add_track_requests:
            hear(seat, SignalRequest(add_track=track))
        seat.begin(request)
        return seat

    def _resume(self, claims: Claims, request: JoinRequest, session: Session, *, single: bool) -> Seat | None:
        room = self.rooms.get(claims.grants.room)
        seat = room.seats.get(claims.identity) if room is not None else None
        participant = seat.participant if seat is not None else None
        known = participant is not None and participant.sid == request.participant_sid and participant.resumable
        if room is None or seat is None or participant is None or not known or seat.single != single:
            session.send(SignalResponse(leave=farewell(DisconnectReason.STATE_MISMATCH, LeaveRequest.RECONNECT)))
            session.close()
            return None
        participant.replace_session(session)
        log.info("a participant came back", extra={"facts": {"room": room.info.sid, "participant": participant.sid}})
        seat.send(SignalResponse(reconnect=ReconnectResponse(server_info=_SERVER, last_message_seq=participant.sender.last_sequence)))
        everybody = [other.describe() for other in room.visible() if other is not seat]
        seat.send(SignalResponse(update=ParticipantUpdate(participants=[seat.describe(), *everybody])))
        seat.send(SignalResponse(room_update=RoomUpdate(room=room.describe())))
        participant.send_kept()
        seat.resume()
        return seat

    def _welcome(self, seat: Seat) -> JoinResponse:
        room, limits = seat.room, self.house.limits
        return JoinResponse(
            room=room.describe(),
            participant=seat.describe(),
            other_participants=[other.describe() for other in room.visible() if other is not seat],
            server_version=_SERVER.version,
            server_info=_SERVER,
            subscriber_primary=not seat.single,
            ping_interval=limits.ping_interval_s,
            ping_timeout=limits.ping_timeout_s,
            sif_trailer=_NO_INJECTED_FRAMES,
            enabled_publish_codecs=[Codec(mime=mime) for mime in CODECS],
            fast_publish=seat.participant.permission.publish,
        )

    async def serve(self, seat: Seat, session: Session) -> None:
        """Listens to a seated participant's connection until it ends; then they have a while to come back."""
        try:
            await session.run(lambda request: hear(seat, request))
        finally:
            participant = seat.participant
            if participant.session is session and not participant.gone:
                participant.session = None
                participant.depart_in(self.house.limits.resume_s, lambda: seat.room.remove(seat, DisconnectReason.SIGNAL_CLOSE))

    # Time

    def _tick(self, now_us: int) -> None:
        for room in list(self.rooms.values()):
            try:
                room.tick(now_us)
            except Exception:
                # One room's fault must not stop the clock of the others.
                log.exception("a room's clock failed", extra={"facts": {"room": room.info.sid}})

    async def close(self) -> None:
        """Sends everybody off, to come back when this server, or another, is there again. Repeating it changes nothing."""
        if self._closing:
            return
        self._closing = True
        for room in list(self.rooms.values()):
            room.close(DisconnectReason.SERVER_SHUTDOWN, LeaveRequest.RECONNECT)
            self._forget(room)
        await self.house.webhooks.close()
