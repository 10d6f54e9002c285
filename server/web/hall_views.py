"""What the pages of halls and of the phones in them show, as plain data. Texts are untrusted and escaped by the templates."""

from datetime import datetime
from typing import Literal

import msgspec

from rooms.motions import Ballot
from rooms.seen import Me, View
from rooms.seen_motions import SeenMotion
from rooms.state import Kind, Side
from server.kernel.ids import MotionId, Who


class QueuedView(msgspec.Struct, frozen=True):
    """An entry of the queue; ``hall`` is the name of the one in which somebody sits, empty for none."""

    name: str
    hall: str
    kind: Kind
    side: Side | None
    own: bool


class FloorView(msgspec.Struct, frozen=True):
    """Who has the floor, until when (None: without a limit)."""

    name: str
    hall: str
    own: bool
    until: datetime | None


class NowView(msgspec.Struct, frozen=True):
    """Where the meeting stands, as one inside sees it. ``item`` is the title of the one under way, empty for none; ``agenda`` are
    (title, begun, ended). ``asks`` says whether one may ask for the word, ``raised`` that one's hand is up."""

    presides: str
    item: str
    agenda: tuple[tuple[str, bool, bool], ...]
    floor: FloorView | None
    queue: tuple[QueuedView, ...]
    asks: bool
    raised: bool
    attended: bool
    free: bool


class PhoneVote(msgspec.Struct, frozen=True):
    """A vote that the phone may give on a motion that is open, or the result of one; ``choices`` are (value, name)."""

    motion: MotionId
    seen: SeenMotion
    choices: tuple[tuple[str, str], ...]
    member: Who | None
    cast: Ballot | None
    given: bool
    tracker: str
    command: str
    line: str


class PhoneView(msgspec.Struct, frozen=True):
    """A phone. ``state``: ``waiting`` stands for nobody yet; ``outside`` may enter; ``lobby``; ``elsewhere`` takes part on another page;
    ``inside``. ``number`` is shown to who runs the hall, ``name`` is the delegate's; ``named``
    is false where that is only an address, and one must be typed to come in."""

    state: Literal["waiting", "outside", "lobby", "elsewhere", "inside"]
    number: int
    name: str
    named: bool
    running: bool
    removed: bool
    now: NowView | None
    votes: tuple[PhoneVote, ...]


def now_of(view: View, me: Me) -> NowView:
    """What ``view`` says of where the meeting stands."""
    own = view.members.get(me.who)
    item = next((item for item in view.agenda if item.id == view.procedure.item), None)
    floor = view.procedure.floor
    return NowView(
        _name(view, view.procedure.presides),
        "" if item is None else item.plan.title,
        tuple((one.plan.title, one.begun_at is not None, one.ended_at is not None) for one in view.agenda),
        None if floor is None else FloorView(_name(view, floor.who), _hall(view, floor.who), floor.who == me.who, floor.until),
        tuple(QueuedView(_name(view, hand.who), _hall(view, hand.who), hand.kind, hand.side, hand.who == me.who) for hand in view.queue),
        own is not None and own.asks,
        own is not None and own.hand is not None,
        own is not None and own.attended,
        view.procedure.free,
    )


def _name(view: View, who: Who | None) -> str:
    if who is None:
        return ""
    inside = view.members.get(who)
    return next((seat.name for seat in view.roll if seat.who == who and seat.name), "") if inside is None else inside.name


def _hall(view: View, who: Who) -> str:
    inside = view.members.get(who)
    return "" if inside is None or inside.hall is None else _name(view, inside.hall)
