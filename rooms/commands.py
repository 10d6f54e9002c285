"""What people, and the shell, may ask of a room. Who asks stands in the context."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from rooms.state import Role
from server.kernel.ids import Who


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


class RaiseHand(msgspec.Struct, frozen=True):
    """Ask for the word."""


class LowerHand(msgspec.Struct, frozen=True):
    """Lower one's own hand, or as a host another's."""

    who: Who | None = None


class Say(msgspec.Struct, frozen=True):
    """Write a line in the chat."""

    text: str


class React(msgspec.Struct, frozen=True):
    """Show a sign that is not kept: asks only whether one may."""


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


class Configure(msgspec.Struct, frozen=True):
    """The shell: the room was changed from outside. ``roles`` are those of its invitation list, ``stands`` whether it is still there,
    ``gone`` those inside or waiting who have nothing to do with it any more."""

    title: str
    lobby: bool
    roles: Mapping[Who, Role]
    gone: frozenset[Who] = frozenset()
    stands: bool = True


class Notice(msgspec.Struct, frozen=True):
    """The shell: these tabs follow the room at this moment, and no others."""

    present: frozenset[tuple[Who, str]]


class Tick(msgspec.Struct, frozen=True):
    """The shell: a deadline has passed."""


Command = (
    Enter
    | Leave
    | Admit
    | TurnAway
    | SetLobby
    | RaiseHand
    | LowerHand
    | Say
    | React
    | AskMedia
    | ReadChat
    | Mute
    | Remove
    | EndMeeting
    | Configure
    | Notice
    | Tick
)
