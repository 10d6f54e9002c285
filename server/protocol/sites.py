"""The messages about the checks of sites (điểm cầu), as part of ``rooms.py``."""

from typing import Annotated

import msgspec

from server.protocol.shape import CommandUuid, Id, Message, Who

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Permille = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=60_000)]


class Findings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What the page of a site found out about itself; null where it was off, or nobody answered. ``level`` is the loudest moment of the
    microphone, ``picture`` whether the camera shows anything, ``heard`` whether somebody there said to have heard the test sound;
    ``round_trip_ms`` and ``lost`` (of a thousand packets) are of the way to the media."""

    level: Percent | None = None
    picture: bool | None = None
    heard: bool | None = None
    round_trip_ms: Milliseconds | None = None
    lost: Permille | None = None


class CheckSites(Message, frozen=True, tag="checkSites"):
    """A technician, or who leads, has one site checked, or all one after the other: each is told in turn, by ``me.checkedSince``."""

    id: CommandUuid
    room: Id
    who: Who | None = None


class TellCheck(Message, frozen=True, tag="tellCheck"):
    """The page of the site that is checked tells what it found."""

    id: CommandUuid
    room: Id
    found: Findings


ForSites = CheckSites | TellCheck
