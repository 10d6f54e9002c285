"""The only place that says what one viewer may know of a room.

``snapshot`` is what a page shows, ``project`` the changes that an event makes to it, ``apply`` how a follower uses them:
``apply(snapshot(s, v), project(s, e, v)) == snapshot(evolve(s, e), v)``. What is seen is the same for everyone of one ``Audience``;
only ``Me`` is each viewer's own.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from rooms import events as e
from rooms.decide import must_wait
from rooms.evolve import evolve
from rooms.state import CHAT_KEPT, Line, Phase, Role, Room
from server.kernel.ids import MeetingId, Who

Audience = Literal["outside", "inside", "host"]
Standing = Literal["outside", "waiting", "inside", "elsewhere", "turned_away", "removed"]


class Viewer(msgspec.Struct, frozen=True):
    """Who looks, from which tab; ``role`` and ``name`` are those with which one would enter."""

    who: Who
    tab: str
    role: Role
    name: str = ""


class SeenMember(msgspec.Struct, frozen=True):
    """Somebody inside."""

    who: Who
    name: str
    role: Role
    connected: bool
    hand: int | None


class SeenWaiting(msgspec.Struct, frozen=True):
    """Somebody in the lobby, as hosts see them."""

    who: Who
    name: str
    at: datetime
    connected: bool


class Me(msgspec.Struct, frozen=True):
    """The viewer in the room. ``lobby`` says whether to enter would mean to wait."""

    who: Who
    name: str
    role: Role
    standing: Standing
    lobby: bool


class View(msgspec.Struct, frozen=True):
    """What an audience may know. Who is not inside knows of nobody."""

    phase: Phase = "idle"
    meeting: MeetingId | None = None
    title: str = ""
    started_at: datetime | None = None
    lobby: bool = False
    members: Mapping[Who, SeenMember] = {}
    waiting: tuple[SeenWaiting, ...] = ()
    chat: tuple[Line, ...] = ()
    earlier: bool = False


class Changes(msgspec.Struct, frozen=True):
    """What an event changes in a view; None is unchanged. ``members`` came or changed, ``left`` are gone, ``said`` is new."""

    title: str | None = None
    lobby: bool | None = None
    members: tuple[SeenMember, ...] = ()
    left: tuple[Who, ...] = ()
    waiting: tuple[SeenWaiting, ...] | None = None
    said: tuple[Line, ...] = ()


def audience(state: Room, viewer: Viewer) -> Audience:
    """To whom the viewer belongs now. Another tab of somebody inside is outside."""
    me = state.members.get(viewer.who)
    if me is None or me.tab != viewer.tab:
        return "outside"
    return "host" if me.role == "host" else "inside"


def look(state: Room, seen_by: Audience) -> View:
    """All that an audience may know."""
    if seen_by == "outside":
        return View(state.phase, state.meeting, state.title, state.started_at)
    members = {one.who: SeenMember(one.who, one.name, one.role, one.lost_at is None, one.hand) for one in state.members.values()}
    waiting: tuple[SeenWaiting, ...] = ()
    if seen_by == "host":
        waiting = tuple(SeenWaiting(one.who, one.name, one.at, one.lost_at is None) for one in state.waiting.values())
    return View(state.phase, state.meeting, state.title, state.started_at, state.lobby, members, waiting, state.chat, state.earlier)


def look_at_me(state: Room, viewer: Viewer) -> Me:
    """What the viewer is in the room."""
    place = state.members.get(viewer.who) or state.waiting.get(viewer.who)
    if place is None:
        return Me(viewer.who, viewer.name, viewer.role, _standing_of_absent(state, viewer.who), must_wait(state, viewer.who, viewer.role))
    here: Standing = "inside" if viewer.who in state.members else "waiting"
    return Me(place.who, place.name, place.role, here if place.tab == viewer.tab else "elsewhere", lobby=here == "waiting")


def _standing_of_absent(state: Room, who: Who) -> Standing:
    if who in state.removed:
        return "removed"
    return "turned_away" if who in state.turned_away else "outside"


def snapshot(state: Room, viewer: Viewer) -> tuple[View, Me]:
    """All that ``viewer`` may know."""
    return look(state, audience(state, viewer)), look_at_me(state, viewer)


def project(state: Room, event: e.AnyEvent, viewer: Viewer) -> tuple[View | Changes, Me | None]:
    """What ``event``, happening in ``state``, changes for ``viewer``: a whole view for who comes in, goes out or finds another meeting.
    ``Me`` is None when it is unchanged."""
    after = evolve(state, event)
    was, now = audience(state, viewer), audience(after, viewer)
    me = look_at_me(after, viewer)
    seen = look(after, now) if was != now else compare(look(state, was), look(after, now))
    return seen, None if me == look_at_me(state, viewer) else me


def compare(was: View, now: View) -> View | Changes:
    """The way from one view of an audience to the next: the changes, or the whole where another meeting begins or the one ends."""
    if (was.phase, was.meeting) != (now.phase, now.meeting):
        return now
    return Changes(
        title=None if now.title == was.title else now.title,
        lobby=None if now.lobby == was.lobby else now.lobby,
        members=tuple(one for one in now.members.values() if was.members.get(one.who) != one),
        left=tuple(who for who in was.members if who not in now.members),
        waiting=None if now.waiting == was.waiting else now.waiting,
        said=now.chat[-1:] if now.chat[-1:] != was.chat[-1:] else (),
    )


def apply(view: tuple[View, Me], change: tuple[View | Changes, Me | None]) -> tuple[View, Me]:
    """A follower's view after a change. Of the chat it keeps as much as a snapshot holds."""
    seen, me = view
    changed, new_me = change
    if isinstance(changed, View):
        return changed, new_me or me
    chat = seen.chat + changed.said
    members = {who: one for who, one in seen.members.items() if who not in changed.left}
    seen = replace(
        seen,
        title=seen.title if changed.title is None else changed.title,
        lobby=seen.lobby if changed.lobby is None else changed.lobby,
        members=members | {one.who: one for one in changed.members},
        waiting=seen.waiting if changed.waiting is None else changed.waiting,
        chat=chat[-CHAT_KEPT:],
        earlier=seen.earlier or len(chat) > CHAT_KEPT,
    )
    return seen, new_me or me
