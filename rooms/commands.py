"""What people, and the shell, may ask of a room. Who asks stands in the context."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from rooms.state import Findings, Kind, Limits, Plan, Role, Seat, Side, To
from server.kernel.ids import ItemId, PaperId, Who


class Enter(msgspec.Struct, frozen=True):
    """Come in, or knock; begins the meeting when none runs; brings one's place to this tab."""


class Leave(msgspec.Struct, frozen=True):
    """Go out, or stop waiting."""


class Admit(msgspec.Struct, frozen=True):
    """Let in one who waits, or all."""

    who: Who | None


class TurnAway(msgspec.Struct, frozen=True):
    """Do not let in one who waits."""

    who: Who


class SetLobby(msgspec.Struct, frozen=True):
    """Guests must knock, or need not; then whoever waits comes in."""

    on: bool


class Say(msgspec.Struct, frozen=True):
    """Write a line in the chat, to all or to some."""

    text: str
    to: To | None = None
    who: Who | None = None


class React(msgspec.Struct, frozen=True):
    """Show a sign that is not kept: asks only whether one may."""


class ShowPage(msgspec.Struct, frozen=True):
    """Show a page of a paper to those who follow, which is not kept: asks only whether one may. The shell has checked that one may
    read the paper."""

    paper: PaperId


class AskMedia(msgspec.Struct, frozen=True):
    """Ask for a pass to the media engine: asks only whether one may."""


class ReadChat(msgspec.Struct, frozen=True):
    """Read older lines: asks only whether one may."""


class Mute(msgspec.Struct, frozen=True):
    """Turn off a source of another's: asks only whether one may."""

    who: Who
    source: Literal["microphone", "camera", "screen_share"]


class Remove(msgspec.Struct, frozen=True):
    """Remove somebody from the meeting."""

    who: Who


class EndMeeting(msgspec.Struct, frozen=True):
    """End the meeting for all."""


# --- the roll and the chair ----------------------------------------------------------------------------------------------


class Attend(msgspec.Struct, frozen=True):
    """Press *present*."""


class TakeChair(msgspec.Struct, frozen=True):
    """Preside: the chair at any time, others while nobody does and it is their turn in the line."""


class GiveChair(msgspec.Struct, frozen=True):
    """Let another of the line preside."""

    to: Who


# --- the agenda ----------------------------------------------------------------------------------------------------------


class AddItem(msgspec.Struct, frozen=True):
    """A new item, before another or at the end. That its papers belong to the room the shell has checked."""

    plan: Plan
    before: ItemId | None = None


class EditItem(msgspec.Struct, frozen=True):
    """Plan an item otherwise."""

    id: ItemId
    plan: Plan


class MoveItem(msgspec.Struct, frozen=True):
    """Put an item before another, or at the end."""

    id: ItemId
    before: ItemId | None = None


class RemoveItem(msgspec.Struct, frozen=True):
    """Take an item off that was never begun."""

    id: ItemId


class GoTo(msgspec.Struct, frozen=True):
    """Begin an item, also one that was finished; the one under way is finished."""

    id: ItemId


class FinishItem(msgspec.Struct, frozen=True):
    """Finish the item under way."""


# --- the queue and the floor ---------------------------------------------------------------------------------------------


class RaiseHand(msgspec.Struct, frozen=True):
    """Ask for the word; once for each kind. Raised again with another side, it keeps its place."""

    kind: Kind = "statement"
    side: Side | None = None


class LowerHand(msgspec.Struct, frozen=True):
    """Lower one's own hands, or as a host another's; or only the one with this number."""

    who: Who | None = None
    number: int | None = None


class MoveHand(msgspec.Struct, frozen=True):
    """Put an entry of the queue before another, or at the end."""

    number: int
    before: int | None = None


class SetDiscussion(msgspec.Struct, frozen=True):
    """Let all be heard, or only who presides and who has the floor."""

    free: bool


class SetLimits(msgspec.Struct, frozen=True):
    """Say how long speakers and agencies may speak; for turns that begin from now on."""

    limits: Limits


class GiveFloor(msgspec.Struct, frozen=True):
    """Give the floor to somebody inside, for so many seconds; without a number for what the limits leave."""

    to: Who
    seconds: int | None = None


class ExtendFloor(msgspec.Struct, frozen=True):
    """Give the speaker so many seconds more."""

    seconds: int


class WithdrawFloor(msgspec.Struct, frozen=True):
    """Take the floor from the speaker."""


class YieldFloor(msgspec.Struct, frozen=True):
    """The speaker gives the floor back."""


# --- groups --------------------------------------------------------------------------------------------------------------


class PlanGroups(msgspec.Struct, frozen=True):
    """So many groups in the place of those that were planned; 0 for none. ``deal`` spreads those inside evenly over them."""

    count: int
    deal: bool = False


class PutInGroup(msgspec.Struct, frozen=True):
    """Let somebody belong to another group, or to none (0)."""

    who: Who
    group: int


class OpenGroups(msgspec.Struct, frozen=True):
    """Let the groups meet, for so many seconds; without a number until they are called back."""

    seconds: int | None = None


class VisitGroup(msgspec.Struct, frozen=True):
    """Look in on a group; 0 in the room; None: go back to where one belongs."""

    group: int | None


class CallBack(msgspec.Struct, frozen=True):
    """Let everybody be back after so many seconds."""

    seconds: int = 60


# --- checks of sites -----------------------------------------------------------------------------------------------------


class CheckSites(msgspec.Struct, frozen=True):
    """Have one site checked, or all one after the other."""

    who: Who | None = None


class TellCheck(msgspec.Struct, frozen=True):
    """What the asker's own page found in the check that it is asked for."""

    found: Findings


# --- the shell -----------------------------------------------------------------------------------------------------------


class Configure(msgspec.Struct, frozen=True):
    """The shell: the room was changed from outside. ``roles`` are those of its invitation list, ``stands`` whether it is still there,
    ``gone`` those inside or waiting who have nothing to do with it any more. ``roll`` null: it is as it was."""

    title: str
    lobby: bool
    roles: Mapping[Who, Role]
    gone: frozenset[Who] = frozenset()
    stands: bool = True
    roll: tuple[Seat, ...] | None = None


class Notice(msgspec.Struct, frozen=True):
    """The shell: these tabs follow the room at this moment, and no others."""

    present: frozenset[tuple[Who, str]]


class Tick(msgspec.Struct, frozen=True):
    """The shell: a deadline has passed."""


OfAgenda = AddItem | EditItem | MoveItem | RemoveItem | GoTo | FinishItem
OfFloor = RaiseHand | LowerHand | MoveHand | SetDiscussion | SetLimits | GiveFloor | ExtendFloor | WithdrawFloor | YieldFloor
OfGroups = PlanGroups | PutInGroup | OpenGroups | VisitGroup | CallBack
OfChecks = CheckSites | TellCheck
Command = (
    Enter
    | Leave
    | Admit
    | TurnAway
    | SetLobby
    | Say
    | React
    | ShowPage
    | AskMedia
    | ReadChat
    | Mute
    | Remove
    | EndMeeting
    | Attend
    | TakeChair
    | GiveChair
    | OfAgenda
    | OfFloor
    | OfGroups
    | OfChecks
    | Configure
    | Notice
    | Tick
)
