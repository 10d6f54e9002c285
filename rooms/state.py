"""What the rules need to know of one room: its meeting that runs, who is inside, who waits, the hands and the newest of the chat.

A room is a place with a lasting link; a meeting is one sitting in it. The state begins anew with each meeting.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from server.kernel.ids import LineId, MeetingId, Who

Role = Literal["host", "member", "guest"]
Phase = Literal["idle", "running", "ended"]

LOST_FOR = timedelta(seconds=60)
"""How long one's place is kept after the way to one's page was lost."""
EMPTY_FOR = timedelta(hours=1)
"""How long a meeting waits for anybody to come back before it ends by itself."""
MOST_INSIDE = 300
MOST_WAITING = 100
MOST_TURNS_AWAY = 3
"""How often in one meeting one may be turned away or removed and still knock again."""
CHAT_KEPT = 50
"""Lines of the chat that the state holds; the others are read where they are stored."""
LINE_LIMIT = 2_000
NAME_LIMIT = 80
MOST_LINES = 8
LINES_WITHIN = timedelta(seconds=10)


class Member(msgspec.Struct, frozen=True):
    """Somebody inside. ``tab`` is the page that holds the place, ``lost_at`` since when nothing is heard of it."""

    who: Who
    name: str
    role: Role
    tab: str
    lost_at: datetime | None = None
    hand: int | None = None


class Waiting(msgspec.Struct, frozen=True):
    """Somebody in the lobby, since ``at``."""

    who: Who
    name: str
    role: Role
    tab: str
    at: datetime
    lost_at: datetime | None = None


class Line(msgspec.Struct, frozen=True):
    """A line of the chat."""

    id: LineId
    who: Who
    name: str
    at: datetime
    text: str


class Room(msgspec.Struct, frozen=True):
    """One room. ``admitted`` need not knock again; ``turned_away`` counts for whom that did not end well, ``removed`` are those of them
    who had been inside; ``hands`` is the number given to the last hand raised, ``empty_since`` when the last one inside was lost."""

    phase: Phase = "idle"
    meeting: MeetingId | None = None
    title: str = ""
    lobby: bool = False
    started_at: datetime | None = None
    members: Mapping[Who, Member] = {}
    waiting: Mapping[Who, Waiting] = {}
    admitted: frozenset[Who] = frozenset()
    turned_away: Mapping[Who, int] = {}
    removed: frozenset[Who] = frozenset()
    hands: int = 0
    chat: tuple[Line, ...] = ()
    earlier: bool = False
    empty_since: datetime | None = None


NOTHING = Room()
"""A room in which no meeting has begun."""


def places(state: Room) -> list[Member | Waiting]:
    """Everybody inside, then everybody in the lobby, each in the order of coming."""
    return [*state.members.values(), *state.waiting.values()]


def next_deadline(state: Room) -> datetime | None:
    """When the shell must send ``Tick``: when a lost one's time is over, or that of an empty meeting."""
    if state.phase != "running":
        return None
    lost = [one.lost_at + LOST_FOR for one in places(state) if one.lost_at is not None]
    empty = [] if state.empty_since is None else [state.empty_since + EMPTY_FOR]
    return min(lost + empty, default=None)
