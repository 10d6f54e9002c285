"""What is shown of a room: the parts of a view, and of the changes to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from rooms.state import Floor, Hand, Item, Limits, Line, Phase, Post, Role, Seat
from server.kernel.ids import ItemId, MeetingId, Who

Right = Literal["keep_door", "lead", "prepare", "take_chair", "end"]
Standing = Literal["outside", "waiting", "inside", "elsewhere", "turned_away", "removed"]


class SeenMember(msgspec.Struct, frozen=True):
    """Somebody inside. ``hand`` is the number of the first raised hand, ``acts_for`` whose substitute acts, ``heard`` says whether the
    microphone is forwarded, ``asks`` whether one may ask for the word, ``hall`` in which hall one sits, ``post`` what one is to who writes
    privately."""

    who: Who
    name: str
    role: Role
    connected: bool
    hand: int | None = None
    attended: bool = False
    acts_for: Who | None = None
    heard: bool = True
    asks: bool = True
    hall: Who | None = None
    post: Post = "ordinary"


class SeenWaiting(msgspec.Struct, frozen=True):
    """Somebody in the lobby, as hosts see them."""

    who: Who
    name: str
    at: datetime
    connected: bool


class Me(msgspec.Struct, frozen=True):
    """The viewer in the room. ``lobby`` says whether to enter would mean to wait, ``may`` what one may do inside besides what all may.
    ``group`` is the one in which one is now, 0 the room itself; ``cell`` is where one has one's media. ``reach`` is to whom one may
    write privately; ``checked_since`` is since when one's site is asked to check itself, if it is."""

    who: Who
    name: str
    role: Role
    standing: Standing
    lobby: bool
    may: tuple[Right, ...] = ()
    group: int = 0
    cell: int = 0
    reach: tuple[Post, ...] = ()
    checked_since: datetime | None = None


class Procedure(msgspec.Struct, frozen=True):
    """Where the meeting stands: fields of ``Room``, and when the next of the line presides, if nobody comes back before."""

    presides: Who | None = None
    unchaired_since: datetime | None = None
    chair_passes_at: datetime | None = None
    opened_at: datetime | None = None
    item: ItemId | None = None
    free: bool = True
    limits: Limits = Limits()
    floor: Floor | None = None


class Spoken(msgspec.Struct, frozen=True):
    """Time of turns that ended, on the item under way."""

    speakers: Mapping[Who, timedelta] = {}
    agencies: Mapping[str, timedelta] = {}


class SeenGroups(msgspec.Struct, frozen=True):
    """Fields of ``Groups``, and when those who meet apart are told of the end."""

    count: int = 0
    places: Mapping[Who, int] = {}
    opened_at: datetime | None = None
    until: datetime | None = None
    warn_at: datetime | None = None
    visits: Mapping[Who, int] = {}


class View(msgspec.Struct, frozen=True):
    """What an audience may know. Who is not inside knows of nobody. The agenda has only items of which one may know; the queue is the
    same for all. ``letters`` are each viewer's own: lines that are not for all; ``letters_kept`` says whether they are part of the
    record."""

    phase: Phase = "idle"
    meeting: MeetingId | None = None
    title: str = ""
    started_at: datetime | None = None
    lobby: bool = False
    members: Mapping[Who, SeenMember] = {}
    waiting: tuple[SeenWaiting, ...] = ()
    chat: tuple[Line, ...] = ()
    earlier: bool = False
    roll: tuple[Seat, ...] = ()
    agenda: tuple[Item, ...] = ()
    queue: tuple[Hand, ...] = ()
    procedure: Procedure = Procedure()
    spoken: Spoken = Spoken()
    groups: SeenGroups = SeenGroups()
    letters: tuple[Line, ...] = ()
    letters_kept: bool = False


class Changes(msgspec.Struct, frozen=True):
    """What an event changes in a view; None is unchanged. ``members`` came or changed, ``left`` are gone, ``said`` and ``written`` (of
    the letters) are new; the others are whole."""

    title: str | None = None
    lobby: bool | None = None
    members: tuple[SeenMember, ...] = ()
    left: tuple[Who, ...] = ()
    waiting: tuple[SeenWaiting, ...] | None = None
    said: tuple[Line, ...] = ()
    roll: tuple[Seat, ...] | None = None
    agenda: tuple[Item, ...] | None = None
    queue: tuple[Hand, ...] | None = None
    procedure: Procedure | None = None
    spoken: Spoken | None = None
    groups: SeenGroups | None = None
    written: tuple[Line, ...] = ()
