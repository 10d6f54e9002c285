"""What has happened in a room. Names are past; each event says all that ``evolve`` needs.

A field that an event has got since has a default, with which an older log is read.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from rooms.state import Findings, Item, Kind, Limits, Line, Plan, Private, Role, Seat, Side, Sitting
from server.kernel.ids import ItemId, MeetingId, Who


class Event(msgspec.Struct, frozen=True, tag_field="type"):
    """The common form of all events."""


class Started(Event, frozen=True, tag="started"):
    """A meeting begins, with what it takes from its room."""

    meeting: MeetingId
    title: str
    lobby: bool
    at: datetime
    roll: tuple[Seat, ...] = ()
    agenda: tuple[Item, ...] = ()
    free: bool = True
    private: Private = Private()


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
    sits: Sitting | None = None


class Entered(Event, frozen=True, tag="entered"):
    """Somebody is inside, at once or out of the lobby."""

    who: Who
    name: str
    role: Role
    tab: str
    sits: Sitting | None = None


class Moved(Event, frozen=True, tag="moved"):
    """Another tab of the same person holds the place, perhaps from another place: a phone in a hall, or a page elsewhere."""

    who: Who
    tab: str
    sits: Sitting | None = None


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


class SentOut(Event, frozen=True, tag="sent_out"):
    """To the lobby, while an item is under way that is not for them."""

    whom: tuple[Who, ...]
    at: datetime


class LetBack(Event, frozen=True, tag="let_back"):
    """Inside again, who was there before and had to wait for the end of an item."""

    whom: tuple[Who, ...]
    at: datetime


# --- the roll and the chair ----------------------------------------------------------------------------------------------


class RollSet(Event, frozen=True, tag="roll_set"):
    """The roll is another."""

    roll: tuple[Seat, ...]
    at: datetime


class Attended(Event, frozen=True, tag="attended"):
    """Somebody pressed *present*."""

    who: Who
    at: datetime


class ChairPassed(Event, frozen=True, tag="chair_passed"):
    """Somebody presides from now on: the chair ``came``, it was ``taken``, ``given`` by who had it, or who had it was ``gone``."""

    to: Who
    why: Literal["came", "taken", "given", "gone"]
    at: datetime


class ChairVacated(Event, frozen=True, tag="chair_vacated"):
    """Who presided may do so no more by the new roll."""

    at: datetime


# --- the agenda ----------------------------------------------------------------------------------------------------------


class ItemAdded(Event, frozen=True, tag="item_added"):
    """A new item, before another or at the end."""

    id: ItemId
    plan: Plan
    before: ItemId | None


class ItemEdited(Event, frozen=True, tag="item_edited"):
    id: ItemId
    plan: Plan


class ItemMoved(Event, frozen=True, tag="item_moved"):
    """Before another, or to the end."""

    id: ItemId
    before: ItemId | None


class ItemRemoved(Event, frozen=True, tag="item_removed"):
    id: ItemId


class ItemBegun(Event, frozen=True, tag="item_begun"):
    id: ItemId
    at: datetime


class ItemEnded(Event, frozen=True, tag="item_ended"):
    """With it the hands raised on it are lowered, and the time spoken is counted anew."""

    id: ItemId
    at: datetime


# --- the queue and the floor ---------------------------------------------------------------------------------------------


class HandRaised(Event, frozen=True, tag="hand_raised"):
    """A new entry of the queue; or, with a number that is there, one that was changed."""

    who: Who
    number: int
    kind: Kind = "statement"
    side: Side | None = None
    at: datetime | None = None


class HandLowered(Event, frozen=True, tag="hand_lowered"):
    """One entry of somebody's, or all."""

    who: Who
    number: int | None = None


class HandMoved(Event, frozen=True, tag="hand_moved"):
    """Before another entry, or to the end of the queue."""

    number: int
    before: int | None


class DiscussionSet(Event, frozen=True, tag="discussion_set"):
    """All may be heard, or only who presides and who has the floor."""

    free: bool


class LimitsSet(Event, frozen=True, tag="limits_set"):
    limits: Limits


class FloorGiven(Event, frozen=True, tag="floor_given"):
    """Out of the queue if ``number`` is that of an entry. The times are those of ``Floor``."""

    to: Who
    kind: Kind
    side: Side | None
    agency: str
    number: int | None
    at: datetime
    until: datetime | None = None
    warn_at: datetime | None = None
    cut_at: datetime | None = None


class FloorExtended(Event, frozen=True, tag="floor_extended"):
    """Whoever has the floor has it longer."""

    until: datetime
    warn_at: datetime
    cut_at: datetime


class FloorEnded(Event, frozen=True, tag="floor_ended"):
    """Withdrawn, given back, the time with its grace was over, the speaker left, the floor or the item went to the next."""

    who: Who
    why: Literal["withdrawn", "yielded", "over", "left", "next", "item", "groups"]
    at: datetime


# --- groups --------------------------------------------------------------------------------------------------------------


class GroupsPlanned(Event, frozen=True, tag="groups_planned"):
    """So many groups, with who belongs to which."""

    count: int
    places: Mapping[Who, int] = {}


class PutInGroup(Event, frozen=True, tag="put_in_group"):
    """Somebody belongs to another group, or to none (0)."""

    who: Who
    group: int
    at: datetime


class GroupsOpened(Event, frozen=True, tag="groups_opened"):
    """The groups meet apart, until they are closed."""

    at: datetime
    until: datetime | None = None


class GroupsCalled(Event, frozen=True, tag="groups_called"):
    """They will be closed at another moment."""

    until: datetime


class GroupVisited(Event, frozen=True, tag="group_visited"):
    """Somebody looks in on a group; 0: is in the room; None: where they belong."""

    who: Who
    group: int | None


class GroupsClosed(Event, frozen=True, tag="groups_closed"):
    """Everybody is back in the room. The groups stay planned."""

    at: datetime


# --- checks of sites -----------------------------------------------------------------------------------------------------


class ChecksAsked(Event, frozen=True, tag="checks_asked"):
    """Somebody has these sites checked, in this order, after those that will be already."""

    who: Who
    whom: tuple[Who, ...]


class CheckBegun(Event, frozen=True, tag="check_begun"):
    """A site is checked."""

    who: Who
    at: datetime


class Checked(Event, frozen=True, tag="checked"):
    """What its page told."""

    who: Who
    found: Findings
    at: datetime


# -------------------------------------------------------------------------------------------------------------------------


class Said(Event, frozen=True, tag="said"):
    line: Line


class Ended(Event, frozen=True, tag="ended"):
    at: datetime


OfAgenda = ItemAdded | ItemEdited | ItemMoved | ItemRemoved | ItemBegun | ItemEnded
OfFloor = HandRaised | HandLowered | HandMoved | DiscussionSet | LimitsSet | FloorGiven | FloorExtended | FloorEnded
OfGroups = GroupsPlanned | PutInGroup | GroupsOpened | GroupsCalled | GroupVisited | GroupsClosed
OfChecks = ChecksAsked | CheckBegun | Checked
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
    | SentOut
    | LetBack
    | Lost
    | Found
    | RollSet
    | Attended
    | ChairPassed
    | ChairVacated
    | OfAgenda
    | OfFloor
    | OfGroups
    | OfChecks
    | Said
    | Ended
)
