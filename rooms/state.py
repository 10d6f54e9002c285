"""What the rules need to know of one room: its meeting that runs, who is inside, who waits, the roll, the agenda, the queue and the
floor, and the newest of the chat.

A room is a place with a lasting link; a meeting is one sitting in it. The state begins anew with each meeting.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from server.kernel.ids import ItemId, LineId, MeetingId, PaperId, Who

Role = Literal["host", "member", "guest"]
"""How one comes in: hosts keep the door and members pass it, guests knock where there is a lobby."""
Duty = Literal["chair", "deputy", "secretary", "member", "guest", "observer", "technician"]
"""What one is in the meeting, by the roll."""
Phase = Literal["idle", "running", "ended"]
To = Literal["groups", "group", "person", "desk", "technicians", "agency"]
Post = Literal["staff", "desk", "ordinary", "guest"]
Among = Literal["all", "desk", "nobody"]
Kind = Literal["statement", "reply", "point_of_order"]
Side = Literal["for", "against"]

LOST_FOR = timedelta(seconds=60)
"""How long one's place is kept after the way to one's page was lost."""
EMPTY_FOR = timedelta(hours=1)
"""How long a meeting waits for anybody to come back before it ends by itself."""
CHAIR_GONE_FOR = timedelta(seconds=10)
"""How long the chair stands empty before the next in the line presides."""
MOST_INSIDE = 600
MOST_WAITING = 100
MOST_TURNS_AWAY = 3
"""How often in one meeting one may be turned away or removed and still knock again."""
CHAT_KEPT = 50
"""Lines of the chat that the state holds; the others are read where they are stored."""
LINE_LIMIT = 2_000
NAME_LIMIT = 80
MOST_LINES = 8
LINES_WITHIN = timedelta(seconds=10)
MOST_GROUPS = 50
MOST_RAISED = 8
RAISED_WITHIN = timedelta(seconds=10)
"""One raises a hand, or changes what one raised, so many times within this."""


class Sitting(msgspec.Struct, frozen=True):
    """That somebody takes part from a ``hall`` (điểm cầu), on a phone. ``vouched`` is who has said there that it is them, None where they
    have shown it by a code of their own."""

    hall: Who
    vouched: Who | None = None


class Member(msgspec.Struct, frozen=True):
    """Somebody inside. ``tab`` is the page that holds the place, ``lost_at`` since when nothing is heard of it; ``sits`` is for who is in
    a hall."""

    who: Who
    name: str
    role: Role
    tab: str
    lost_at: datetime | None = None
    sits: Sitting | None = None


class Waiting(msgspec.Struct, frozen=True):
    """Somebody in the lobby, since ``at``."""

    who: Who
    name: str
    role: Role
    tab: str
    at: datetime
    lost_at: datetime | None = None
    sits: Sitting | None = None


class Address(msgspec.Struct, frozen=True):
    """To whom a line is that is not simply to all: ``groups`` is to all groups, and read by all; ``group`` to the one of that number,
    ``person`` privately to ``who``, ``desk`` to who presides and the secretaries, ``technicians`` to these, ``agency`` to the people of
    that one."""

    to: To
    who: Who | None = None
    group: int = 0
    agency: str = ""


class Private(msgspec.Struct, frozen=True):
    """The rule of a room for what is written privately: whether all may write to each other, or only to and from the desk and the
    technicians, or nobody; whether it is ``kept`` in the record of the meeting, or gone when that ends."""

    among: Among = "all"
    kept: bool = False


class Line(msgspec.Struct, frozen=True):
    """A line of the chat. ``readers`` (sorted) are all who may ever read it, None: everybody inside; what is not ``kept`` goes with the
    meeting."""

    id: LineId
    who: Who
    name: str
    at: datetime
    text: str
    to: Address | None = None
    readers: tuple[Who, ...] | None = None
    kept: bool = True


class Seat(msgspec.Struct, frozen=True):
    """A line of the roll. ``agency`` is written as on the invitation list, empty for none; ``weight`` is that of one's vote, 0 for who
    has none. Who has a ``principal`` is a substitute: one acts in the principal's seat while the principal is away, and only then. Who has
    a place in a ``hall`` (điểm cầu: an endpoint that stands for many) may come there and take part on a phone. ``name`` may be empty."""

    who: Who
    duty: Duty
    agency: str = ""
    weight: int = 1
    principal: Who | None = None
    hall: Who | None = None
    name: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What is planned of an item. ``planned_at`` is UTC, ``lasts_s`` in seconds. Of an item with ``readers`` (sorted) nobody else may
    know; without, everybody inside may."""

    title: str
    presenter: Who | None = None
    planned_at: datetime | None = None
    lasts_s: int | None = None
    papers: tuple[PaperId, ...] = ()
    readers: tuple[Who, ...] | None = None


class Item(msgspec.Struct, frozen=True):
    """An item of the agenda: when it was first begun and last finished, if it was."""

    id: ItemId
    plan: Plan
    begun_at: datetime | None = None
    ended_at: datetime | None = None


class Hand(msgspec.Struct, frozen=True):
    """A raised hand: an entry of the queue. Numbers rise in the order in which the server took the hands."""

    number: int
    who: Who
    kind: Kind = "statement"
    side: Side | None = None


class Limits(msgspec.Struct, frozen=True):
    """Time on one item: ``speaker_s`` for each speaker, ``agency_s`` for all of an agency together, None for no limit. A speaker is
    warned ``warn_s`` before the end and is heard for ``grace_s`` after it."""

    speaker_s: int | None = None
    agency_s: int | None = None
    warn_s: int = 30
    grace_s: int = 10


class Floor(msgspec.Struct, frozen=True):
    """Who has the floor. The time is over at ``until``; at ``cut_at``, after the grace, the microphone is closed. None: no limit."""

    who: Who
    kind: Kind
    side: Side | None
    agency: str
    given_at: datetime
    until: datetime | None = None
    warn_at: datetime | None = None
    cut_at: datetime | None = None


class Groups(msgspec.Struct, frozen=True):
    """Groups into which a meeting parts (thảo luận nhóm), numbered from 1 to ``count``; 0 is the room itself.

    ``places`` says who belongs to which group, inside or not; who is not in it stays in the room. They meet apart from ``opened_at`` until
    they are closed: at ``until``, if that is set. ``visits`` are of those who look in on a group meanwhile. ``cells`` has the number under
    which each of these places has its media now, ``made`` is the number given last: each cell is for one company and never for another.
    """

    count: int = 0
    places: Mapping[Who, int] = {}
    opened_at: datetime | None = None
    until: datetime | None = None
    visits: Mapping[Who, int] = {}
    cells: Mapping[int, int] = {}
    made: int = 0

    @property
    def are_open(self) -> bool:
        """Whether they meet apart now."""
        return self.opened_at is not None

    def place(self, who: Who) -> int:
        """Where somebody inside is now."""
        return self.visits.get(who, self.places.get(who, 0)) if self.are_open else 0

    def cell(self, who: Who) -> int:
        """Where somebody inside has their media now."""
        return self.cells.get(self.place(who), 0)


class Findings(msgspec.Struct, frozen=True):
    """What the page of a site found out about itself; None where it was off, or nobody answered. ``level`` is the loudest moment of the
    microphone (0 to 100), ``picture`` whether the camera shows anything, ``heard`` whether somebody there said to have heard the test
    sound; ``round_trip_ms`` and ``lost`` (of a thousand packets) are of the way to the media."""

    level: int | None = None
    picture: bool | None = None
    heard: bool | None = None
    round_trip_ms: int | None = None
    lost: int | None = None


class Check(msgspec.Struct, frozen=True):
    """The last check of a site: since when, and what its page told when."""

    asked_at: datetime
    found: Findings | None = None
    told_at: datetime | None = None


class Room(msgspec.Struct, frozen=True):
    """One room.

    ``admitted`` need not knock again; ``turned_away`` counts for whom that did not end well, ``removed`` are those of them who had been
    inside; ``empty_since`` is when the last one inside was lost. ``hands`` and ``items`` are the numbers given last.

    ``roll`` is in its own order, ``attended`` says when each pressed *present*. ``presides`` has the chair, ``unchaired_since`` is since
    when that one is away. ``opened_at`` is when the first item was begun, ``item`` the one under way. In ``free`` discussion everybody may
    be heard. ``raised_at`` is when each last raised a hand, at most ``MOST_RAISED`` times. ``spoken`` and ``spoken_by_agency`` count the
    time of turns that ended, on the item under way.
    ``letters`` are the newest lines that are not for all, by reader. ``checks`` are the last of each site, ``to_check`` the sites that
    will be checked, in this order.
    """

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
    chat: tuple[Line, ...] = ()
    earlier: bool = False
    empty_since: datetime | None = None
    roll: Mapping[Who, Seat] = {}
    attended: Mapping[Who, datetime] = {}
    presides: Who | None = None
    unchaired_since: datetime | None = None
    agenda: tuple[Item, ...] = ()
    items: int = 0
    item: ItemId | None = None
    opened_at: datetime | None = None
    queue: tuple[Hand, ...] = ()
    hands: int = 0
    raised_at: Mapping[Who, tuple[datetime, ...]] = {}
    free: bool = True
    limits: Limits = Limits()
    floor: Floor | None = None
    spoken: Mapping[Who, timedelta] = {}
    spoken_by_agency: Mapping[str, timedelta] = {}
    groups: Groups = Groups()
    private: Private = Private()
    letters: Mapping[Who, tuple[Line, ...]] = {}
    checks: Mapping[Who, Check] = {}
    to_check: tuple[Who, ...] = ()


NOTHING = Room()
"""A room in which no meeting has begun."""


def places(state: Room) -> list[Member | Waiting]:
    """Everybody inside, then everybody in the lobby, each in the order of coming."""
    return [*state.members.values(), *state.waiting.values()]
