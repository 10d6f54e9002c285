"""The messages about groups (thảo luận nhóm) and about what is not written to all, as part of ``rooms.py``."""

from typing import Annotated, Literal

import msgspec

from server.protocol.meeting import Seconds
from server.protocol.shape import CommandUuid, Id, Message, Moment, Who

Group = Annotated[int, msgspec.Meta(ge=0, le=50)]
To = Literal["groups", "group", "person", "desk", "technicians", "agency"]
Post = Literal["staff", "desk", "ordinary", "guest"]


# --- from the client -----------------------------------------------------------------------------------------------------


class PlanGroups(Message, frozen=True, tag="planGroups"):
    """Who prepares the meeting plans so many groups in the place of those there were; 0 for none. ``deal`` spreads those inside over
    them."""

    id: CommandUuid
    room: Id
    count: Group
    deal: bool = False


class PutInGroup(Message, frozen=True, tag="putInGroup"):
    """Let somebody belong to another group, or to none (0), also while the groups meet."""

    id: CommandUuid
    room: Id
    who: Who
    group: Group


class OpenGroups(Message, frozen=True, tag="openGroups"):
    """Let the groups meet apart for so many seconds; null: until they are called back. Each of them then has media of its own."""

    id: CommandUuid
    room: Id
    seconds: Seconds | None = None


class VisitGroup(Message, frozen=True, tag="visitGroup"):
    """Look in on a group; 0: be in the room; null: go back to where one belongs."""

    id: CommandUuid
    room: Id
    group: Group | None


class CallBack(Message, frozen=True, tag="callBack"):
    """Let everybody be back after so many seconds; 0: at once."""

    id: CommandUuid
    room: Id
    seconds: Seconds = 60


ForGroups = PlanGroups | PutInGroup | OpenGroups | VisitGroup | CallBack


# --- from the server -----------------------------------------------------------------------------------------------------


class Groups(msgspec.Struct, frozen=True, rename="camel"):
    """Groups, numbered from 1 to ``count``, with who belongs to which; who is in none is in the room. They meet apart since ``opened_at``,
    are told of the end at ``warn_at``, and everybody is back at ``until``. ``visits`` are of those who look in on a group meanwhile."""

    count: int = 0
    places: dict[str, int] = {}
    opened_at: Moment | None = None
    until: Moment | None = None
    warn_at: Moment | None = None
    visits: dict[str, int] = {}


class Address(msgspec.Struct, frozen=True, rename="camel"):
    """To whom a line is that is not simply to all: to all groups, to the one of that number, privately to ``who``, to who presides and the
    secretaries (``desk``), to the technicians, or to the people of an agency."""

    to: To
    who: str | None = None
    group: int = 0
    agency: str = ""
