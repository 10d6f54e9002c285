"""The messages of a meeting's procedure, as part of ``rooms.py``: its roll, who presides, the agenda, the queue and the floor."""

from typing import Annotated, Literal

import msgspec

from server.protocol.shape import CommandUuid, Count, Id, Message, Moment, Who

Duty = Literal["chair", "deputy", "secretary", "member", "guest", "observer", "technician"]
Kind = Literal["statement", "reply", "point_of_order"]
Side = Literal["for", "against"]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What is planned of an item. Of one with ``readers`` nobody else may know; null is for everybody inside. Who plans an item is
    always one of its readers."""

    title: str
    presenter: Who | None = None
    planned_at: Moment | None = None
    lasts_s: Seconds | None = None
    papers: Annotated[list[Id], msgspec.Meta(max_length=64)] = []
    readers: Annotated[list[Who], msgspec.Meta(max_length=512)] | None = None


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Time on one item: for each speaker, and for all of an agency together; null for no limit. A speaker is warned ``warn_s`` before
    the end and is heard for ``grace_s`` after it."""

    speaker_s: Seconds | None = None
    agency_s: Seconds | None = None
    warn_s: Seconds = 30
    grace_s: Seconds = 10


# --- from the client: the roll and the chair -----------------------------------------------------------------------------


class Attend(Message, frozen=True, tag="attend"):
    """Press *present*."""

    id: CommandUuid
    room: Id


class TakeChair(Message, frozen=True, tag="takeChair"):
    """Preside: the chair at any time, others of the line while nobody does."""

    id: CommandUuid
    room: Id


class GiveChair(Message, frozen=True, tag="giveChair"):
    """Who presides lets another of the line preside."""

    id: CommandUuid
    room: Id
    to: Who


# --- from the client: the agenda -----------------------------------------------------------------------------------------


class AddItem(Message, frozen=True, tag="addItem"):
    """A new item, before item ``before`` or at the end."""

    id: CommandUuid
    room: Id
    plan: Plan
    before: Id | None = None


class EditItem(Message, frozen=True, tag="editItem"):
    """Plan an item otherwise."""

    id: CommandUuid
    room: Id
    item: Id
    plan: Plan


class MoveItem(Message, frozen=True, tag="moveItem"):
    """Put an item before item ``before``, or at the end."""

    id: CommandUuid
    room: Id
    item: Id
    before: Id | None = None


class RemoveItem(Message, frozen=True, tag="removeItem"):
    """Take an item off that was never begun."""

    id: CommandUuid
    room: Id
    item: Id


class GoTo(Message, frozen=True, tag="goTo"):
    """Begin an item, also one that was finished; the one under way is finished."""

    id: CommandUuid
    room: Id
    item: Id


class FinishItem(Message, frozen=True, tag="finishItem"):
    """Finish the item under way."""

    id: CommandUuid
    room: Id


# --- from the client: the queue and the floor ----------------------------------------------------------------------------


class RaiseHand(Message, frozen=True, tag="raiseHand"):
    """Ask for the word, once for each kind. Raised again with another side, the hand keeps its place."""

    id: CommandUuid
    room: Id
    kind: Kind = "statement"
    side: Side | None = None


class LowerHand(Message, frozen=True, tag="lowerHand"):
    """Lower one's own hands (``who`` null), or another's as one who keeps the door; or only the one of this number."""

    id: CommandUuid
    room: Id
    who: Who | None = None
    number: Id | None = None


class MoveHand(Message, frozen=True, tag="moveHand"):
    """Put an entry of the queue before the entry ``before``, or at the end."""

    id: CommandUuid
    room: Id
    number: Id
    before: Id | None = None


class SetDiscussion(Message, frozen=True, tag="setDiscussion"):
    """Let everybody be heard, or only who presides and who has the floor."""

    id: CommandUuid
    room: Id
    free: bool


class SetLimits(Message, frozen=True, tag="setLimits"):
    """Say how long may be spoken, in turns that begin from now on."""

    id: CommandUuid
    room: Id
    limits: Limits


class GiveFloor(Message, frozen=True, tag="giveFloor"):
    """Give the floor to somebody inside for so many seconds; null is what the limits leave, if there are any."""

    id: CommandUuid
    room: Id
    to: Who
    seconds: Seconds | None = None


class ExtendFloor(Message, frozen=True, tag="extendFloor"):
    """Give the speaker so many seconds more."""

    id: CommandUuid
    room: Id
    seconds: Seconds


class WithdrawFloor(Message, frozen=True, tag="withdrawFloor"):
    """Take the floor from the speaker."""

    id: CommandUuid
    room: Id


class YieldFloor(Message, frozen=True, tag="yieldFloor"):
    """The speaker gives the floor back."""

    id: CommandUuid
    room: Id


ByPreparer = AddItem | EditItem | MoveItem | RemoveItem
ByLeader = GiveChair | GoTo | FinishItem | MoveHand | SetDiscussion | SetLimits | GiveFloor | ExtendFloor | WithdrawFloor
ForMeeting = Attend | TakeChair | RaiseHand | LowerHand | YieldFloor | ByPreparer | ByLeader


# --- from the server -----------------------------------------------------------------------------------------------------


class Seat(msgspec.Struct, frozen=True, rename="camel"):
    """A line of the roll, of somebody who need not be inside; ``name`` may be empty. ``weight`` is that of one's vote, 0 for none. Who has
    a ``principal`` is a substitute; who sits in a ``hall`` with others is heard by the microphone of that participant."""

    who: str
    name: str
    duty: Duty
    agency: str
    weight: int
    principal: str | None
    hall: str | None


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """An item of the agenda: when it was first begun and last finished, if it was."""

    id: int
    plan: Plan
    begun_at: Moment | None
    ended_at: Moment | None


class Hand(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of the queue, which is in its own order."""

    number: int
    who: str
    kind: Kind
    side: Side | None


class Floor(msgspec.Struct, frozen=True, rename="camel"):
    """Who has the floor. The time is over at ``until``; the microphone is closed at ``cut_at``. Null: there is no limit."""

    who: str
    kind: Kind
    side: Side | None
    given_at: Moment
    until: Moment | None
    warn_at: Moment | None
    cut_at: Moment | None


class Procedure(msgspec.Struct, frozen=True, rename="camel"):
    """Where the meeting stands. ``presides`` is null while nobody has presided yet, or where the roll names no chair and the hosts lead.
    ``unchaired_since`` is since when who presides is away; ``chair_passes_at`` is when the next of the line presides. ``opened_at`` is
    when the first item was begun, ``item`` the one under way. In ``free`` discussion everybody may be heard."""

    presides: str | None = None
    unchaired_since: Moment | None = None
    chair_passes_at: Moment | None = None
    opened_at: Moment | None = None
    item: int | None = None
    free: bool = True
    limits: Limits = Limits()
    floor: Floor | None = None


class Spoken(msgspec.Struct, frozen=True, rename="camel"):
    """Whole seconds of turns that ended on the item under way, by speaker and by agency."""

    speakers: dict[str, Count] = {}
    agencies: dict[str, Count] = {}
