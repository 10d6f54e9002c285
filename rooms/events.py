"""What has happened in a room. Names are past; each event says all that ``evolve`` needs."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from rooms.state import Line, Role
from server.kernel.ids import MeetingId, Who


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """The common form of all events."""


class Started(Event, frozen=True, tag="started"):
    """A meeting begins."""

    meeting: MeetingId
    title: str
    lobby: bool
    at: datetime


class Configured(Event, frozen=True, tag="configured"):
    """The room was changed from outside; ``roles`` are the new ones of members whose role changed."""

    title: str
    roles: Mapping[Who, Role]


class LobbySet(Event, frozen=True, tag="lobby_set"):
    on: bool


class Knocked(Event, frozen=True, tag="knocked"):
    who: Who
    name: str
    role: Role
    tab: str
    at: datetime


class Entered(Event, frozen=True, tag="entered"):
    """Somebody is inside, at once or out of the lobby."""

    who: Who
    name: str
    role: Role
    tab: str


class Moved(Event, frozen=True, tag="moved"):
    """Another tab of the same person holds the place."""

    who: Who
    tab: str


class TurnedAway(Event, frozen=True, tag="turned_away"):
    who: Who


class Left(Event, frozen=True, tag="left"):
    """Out of the room or of the lobby, by oneself or because one was ``lost`` for too long."""

    who: Who
    lost: bool
    at: datetime


class Removed(Event, frozen=True, tag="removed"):
    who: Who
    at: datetime


class Lost(Event, frozen=True, tag="lost"):
    """Nothing is heard any more of the tab that holds the place."""

    who: Who
    at: datetime


class Found(Event, frozen=True, tag="found"):
    who: Who


class HandRaised(Event, frozen=True, tag="hand_raised"):
    who: Who
    number: int


class HandLowered(Event, frozen=True, tag="hand_lowered"):
    who: Who


class Said(Event, frozen=True, tag="said"):
    line: Line


class Ended(Event, frozen=True, tag="ended"):
    at: datetime


AnyEvent = (
    Started
    | Configured
    | LobbySet
    | Knocked
    | Entered
    | Moved
    | TurnedAway
    | Left
    | Removed
    | Lost
    | Found
    | HandRaised
    | HandLowered
    | Said
    | Ended
)
