"""The Room Service: what the platform asks of the rooms over HTTP. LiveKit's other services are declined in the same words.

Source: Twirp v7 (protobuf and JSON bodies) and ``livekit_room.proto``.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError, Message
from livekit.protocol import room as calls
from livekit.protocol.models import DataPacket, DisconnectReason, ParticipantInfo, UserPacket
from livekit.protocol.models import Room as RoomInfo
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from rooms.media.grants import Grants
from server.kernel.refused import Refused
from server.sfu import metrics
from server.sfu.data import LOSSY, RELIABLE
from server.sfu.engine import Engine
from server.sfu.joining import token_of
from server.sfu.participant import from_message
from server.sfu.room import Room
from server.sfu.seat import Seat

log = logging.getLogger(__name__)

_STATUSES = {
    "bad_route": 404,
    "invalid_argument": 400,
    "malformed": 400,
    "not_found": 404,
    "permission_denied": 403,
    "resource_exhausted": 429,
    "unauthenticated": 401,
    "unimplemented": 501,
    "internal": 500,
}
_CODES = {
    "bad_token": "unauthenticated",
    "not_allowed": "permission_denied",
    "not_found": "not_found",
    "limit_exceeded": "resource_exhausted",
    "too_large": "invalid_argument",
    "invalid": "invalid_argument",
    "never_unmutes": "invalid_argument",
}


class RoomService:
    """Answers ``POST /twirp/<service>/<method>``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._methods = {
            "CreateRoom": _Method(calls.CreateRoomRequest, lambda grants, _: grants.create, self._create_room),
            "ListRooms": _Method(calls.ListRoomsRequest, lambda grants, _: grants.list, self._list_rooms),
            "DeleteRoom": _Method(calls.DeleteRoomRequest, lambda grants, _: grants.create, self._delete_room),
            "ListParticipants": _Method(calls.ListParticipantsRequest, _rules, self._list_participants),
            "GetParticipant": _Method(calls.RoomParticipantIdentity, _rules, self._get_participant),
            "RemoveParticipant": _Method(calls.RoomParticipantIdentity, _rules, self._remove_participant),
            "MutePublishedTrack": _Method(calls.MuteRoomTrackRequest, _rules, self._mute),
            "UpdateParticipant": _Method(calls.UpdateParticipantRequest, _rules, self._update_participant),
            "UpdateSubscriptions": _Method(calls.UpdateSubscriptionsRequest, _rules, self._update_subscriptions),
            "SendData": _Method(calls.SendDataRequest, _rules, self._send_data),
            "UpdateRoomMetadata": _Method(calls.UpdateRoomMetadataRequest, _rules, self._update_room),
        }

    async def answer(self, request: Request) -> Response:
        """One call; whatever is wrong with it becomes Twirp's own error."""
        service, name = request.path_params["service"], request.path_params["method"]
        known = name if service == _SERVICE and name in self._methods else "other"
        try:
            answer = await self._call(service, name, request)
        except Refused as refused:
            code = _CODES.get(refused.code, refused.code)
            metrics.calls.labels(known, code).inc()
            return JSONResponse({"code": code, "msg": refused.code.replace("_", " ")}, _STATUSES[code])
        metrics.calls.labels(known, "ok").inc()
        return answer

    async def _call(self, service: str, name: str, request: Request) -> Response:
        claims = self._engine.house.tokens.verify(token_of({}, request.headers))
        method = self._methods.get(name) if service == _SERVICE else None
        if method is None:
            declined = service in _DECLINED_SERVICES or (service == _SERVICE and name in _DECLINED)
            raise Refused("unimplemented" if declined else "bad_route")
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        if kind not in ("application/protobuf", "application/json"):
            raise Refused("bad_route")
        try:
            body = await self._body(request)
            argument = method.argument.FromString(body) if kind.endswith("protobuf") else Parse(body, method.argument())
        except (DecodeError, ParseError, UnicodeDecodeError, RecursionError):
            raise Refused("malformed") from None
        if not method.allowed(claims.grants, getattr(argument, "room", "")):
            raise Refused("not_allowed")
        result = method.call(argument)
        if kind.endswith("protobuf"):
            return Response(result.SerializeToString(), media_type=kind)
        return Response(MessageToJson(result), media_type=kind)

    async def _body(self, request: Request) -> bytes:
        body = b""
        try:
            async for chunk in request.stream():
                body += chunk
                if len(body) > self._engine.house.limits.call_bytes:
                    raise Refused("too_large")
        except ClientDisconnect:
            raise Refused("malformed") from None
        return body

    def _room(self, name: str) -> Room:
        room = self._engine.rooms.get(name)
        if room is None:
            raise Refused("not_found")
        return room

    def _seat(self, room: str, identity: str) -> Seat:
        seat = self._room(room).seats.get(identity)
        if seat is None:
            raise Refused("not_found")
        return seat

    def _create_room(self, request: calls.CreateRoomRequest) -> RoomInfo:
        if {field.name for field, _ in request.ListFields()} - _OF_A_ROOM:
            raise Refused("unimplemented")  # a room without what was asked for would be taken for one that has it
        self._check_metadata(request.metadata)
        new = request.name not in self._engine.rooms
        room = self._engine.open_room(request.name)
        room.info.metadata = request.metadata or room.info.metadata
        room.info.empty_timeout = request.empty_timeout or room.info.empty_timeout
        room.info.departure_timeout = request.departure_timeout or room.info.departure_timeout
        room.info.max_participants = request.max_participants or room.info.max_participants
        if new:
            room.close_when_empty(room.info.empty_timeout)
        elif request.metadata:
            room.tell_of_room()
        return room.describe()

    def _list_rooms(self, request: calls.ListRoomsRequest) -> calls.ListRoomsResponse:
        rooms = self._engine.rooms.values()
        return calls.ListRoomsResponse(rooms=[room.describe() for room in rooms if not request.names or room.name in request.names])

    def _delete_room(self, request: calls.DeleteRoomRequest) -> calls.DeleteRoomResponse:
        self._engine.close_room(self._room(request.room), DisconnectReason.ROOM_DELETED)
        return calls.DeleteRoomResponse()

    def _list_participants(self, request: calls.ListParticipantsRequest) -> calls.ListParticipantsResponse:
        return calls.ListParticipantsResponse(participants=[seat.describe() for seat in self._room(request.room).seats.values()])

    def _get_participant(self, request: calls.RoomParticipantIdentity) -> ParticipantInfo:
        return self._seat(request.room, request.identity).describe()

    def _remove_participant(self, request: calls.RoomParticipantIdentity) -> calls.RemoveParticipantResponse:
        # Before it is known whether they are there: one who is just now coming back must not slip in with the old token.
        self._engine.house.tokens.revoke(request.room, request.identity)
        seat = self._seat(request.room, request.identity)
        seat.room.remove(seat, DisconnectReason.PARTICIPANT_REMOVED)
        return calls.RemoveParticipantResponse()

    def _mute(self, request: calls.MuteRoomTrackRequest) -> calls.MuteRoomTrackResponse:
        seat = self._seat(request.room, request.identity)
        published = seat.publishing.tracks.get(request.track_sid)
        if published is None:
            raise Refused("not_found")
        if not request.muted and published.info.muted:
            raise Refused("never_unmutes")
        seat.set_muted(request.track_sid, request.muted, by_server=True)
        return calls.MuteRoomTrackResponse(track=published.info)

    def _update_participant(self, request: calls.UpdateParticipantRequest) -> ParticipantInfo:
        if request.HasField("permission"):  # also of who is away for a moment
            self._engine.house.tokens.permit(request.room, request.identity, from_message(request.permission))
        seat = self._seat(request.room, request.identity)
        seat.participant.describe(name=request.name, metadata=request.metadata, attributes=request.attributes)
        if request.HasField("permission"):
            seat.permit(from_message(request.permission))
        else:
            seat.room.tell_of(seat, themselves=True)
        return seat.describe()

    def _update_subscriptions(self, request: calls.UpdateSubscriptionsRequest) -> calls.UpdateSubscriptionsResponse:
        seat = self._seat(request.room, request.identity)
        for sid in [*request.track_sids, *(sid for tracks in request.participant_tracks for sid in tracks.track_sids)]:
            seat.subscribing.choose(sid, request.subscribe)
        return calls.UpdateSubscriptionsResponse()

    def _send_data(self, request: calls.SendDataRequest) -> calls.SendDataResponse:
        room = self._room(request.room)
        sids = frozenset(request.destination_sids)
        named = {
            *request.destination_identities,
            *(seat.participant.identity for seat in room.seats.values() if seat.participant.sid in sids),
        }
        if sids and not named:
            return calls.SendDataResponse()  # to nobody, which must not become everybody
        user = UserPacket(payload=request.data, nonce=request.nonce)
        if request.HasField("topic"):
            user.topic = request.topic
        packet = DataPacket(kind=request.kind, user=user, destination_identities=named)
        room.deliver(packet, RELIABLE if request.kind == DataPacket.RELIABLE else LOSSY, named, None)
        return calls.SendDataResponse()

    def _update_room(self, request: calls.UpdateRoomMetadataRequest) -> RoomInfo:
        self._check_metadata(request.metadata)
        room = self._room(request.room)
        room.info.metadata = request.metadata
        room.tell_of_room()
        return room.describe()

    def _check_metadata(self, metadata: str) -> None:
        if len(metadata.encode()) > self._engine.house.limits.metadata_bytes:
            raise Refused("too_large")


class _Method(NamedTuple):
    argument: type[Message]
    allowed: Callable[[Grants, str], bool]
    call: Callable[[Any], Message]


def _rules(grants: Grants, room: str) -> bool:
    return grants.may_rule(room)


_SERVICE = "livekit.RoomService"
_OF_A_ROOM = {"name", "metadata", "empty_timeout", "departure_timeout", "max_participants"}
_DECLINED_SERVICES = {f"livekit.{name}" for name in ("AgentDispatchService", "Connector", "Egress", "Ingress", "SIP")}
_DECLINED = {"ForwardParticipant", "MoveParticipant", "PerformRpc"}
"""Methods that a LiveKit server has and this one has not."""
