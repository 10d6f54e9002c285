"""The only place that says what one viewer may know of a room.

``snapshot`` is what a page shows, ``project`` the changes that an event makes to it, ``apply`` how a follower uses them:
``apply(snapshot(s, v), project(s, e, v)) == snapshot(evolve(s, e), v)``. What is seen is the same for everyone of one ``Audience``;
only ``Me`` is each viewer's own.
"""

from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from rooms import events as e
from rooms.agenda import is_barred, may_know
from rooms.door import must_wait
from rooms.entitled import closes, keeps_the_door, leads, prepares
from rooms.evolve import evolve
from rooms.floor import may_be_heard
from rooms.groups import WARNED
from rooms.letters import post, reach
from rooms.roll import acting, may_ask, within_reach
from rooms.seen import Changes as Changes
from rooms.seen import Me as Me
from rooms.seen import Procedure, Right, SeenGroups, SeenMember, SeenWaiting, Spoken, Standing
from rooms.seen import View as View
from rooms.state import CHAT_KEPT, Post, Role, Room
from rooms.succession import may_take, vacant_until
from server.kernel.ids import ItemId, Who

Part = TypeVar("Part")


class Viewer(msgspec.Struct, frozen=True):
    """Who looks, from which tab; ``role`` and ``name`` are those with which one would enter."""

    who: Who
    tab: str
    role: Role
    name: str = ""


class Audience(msgspec.Struct, frozen=True):
    """Those who may know the same: how far they are in, and of which items they know that are not for all."""

    place: Literal["outside", "inside", "host"]
    items: frozenset[ItemId] = frozenset()


OUTSIDE = Audience("outside")


def audience(state: Room, viewer: Viewer) -> Audience:
    """To whom the viewer belongs now. Another tab of somebody inside is outside, and so is who should be by the item under way."""
    me = state.members.get(viewer.who)
    if me is None or me.tab != viewer.tab or is_barred(state, viewer.who):
        return OUTSIDE
    items = (item for item in state.agenda if item.plan.readers is not None and may_know(state, item, viewer.who))
    return Audience("host" if keeps_the_door(state, me.who) else "inside", frozenset(item.id for item in items))


def look(state: Room, seen_by: Audience) -> View:
    """All that an audience may know."""
    if seen_by.place == "outside":
        return View(state.phase, state.meeting, state.title, state.started_at)
    return View(
        state.phase,
        state.meeting,
        state.title,
        state.started_at,
        state.lobby,
        _members(state),
        tuple(SeenWaiting(one.who, one.name, one.at, one.lost_at is None) for one in state.waiting.values() if seen_by.place == "host"),
        state.chat,
        state.earlier,
        tuple(state.roll.values()),
        tuple(item for item in state.agenda if item.plan.readers is None or item.id in seen_by.items),
        state.queue,
        _procedure(state),
        Spoken(state.spoken, state.spoken_by_agency),
        _groups(state),
        letters_kept=state.private.kept,
    )


def _groups(state: Room) -> SeenGroups:
    groups = state.groups
    warn_at = None if groups.until is None or groups.opened_at is None else max(groups.opened_at, groups.until - WARNED)
    return SeenGroups(groups.count, groups.places, groups.opened_at, groups.until, warn_at, groups.visits)


def _procedure(state: Room) -> Procedure:
    return Procedure(
        presides=state.presides,
        unchaired_since=state.unchaired_since,
        chair_passes_at=vacant_until(state),
        opened_at=state.opened_at,
        item=state.item,
        free=state.free,
        limits=state.limits,
        floor=state.floor,
    )


def _members(state: Room) -> dict[Who, SeenMember]:
    heard, asking = may_be_heard(state), may_ask(state)
    principals = {who: principal for principal, who in acting(state).items() if who != principal}
    hands: dict[Who, int] = {}
    for hand in state.queue:
        hands.setdefault(hand.who, hand.number)
    return {
        who: SeenMember(
            who,
            one.name,
            one.role,
            connected=within_reach(state, who),
            hand=hands.get(who),
            attended=who in state.attended,
            acts_for=principals.get(who),
            heard=who in heard,
            asks=who in asking,
            post=post(state, who),
            hall=None if one.sits is None else one.sits.hall,
        )
        for who, one in state.members.items()
    }


def look_at_me(state: Room, viewer: Viewer) -> Me:
    """What the viewer is in the room."""
    place = state.members.get(viewer.who) or state.waiting.get(viewer.who)
    if place is None:
        return Me(viewer.who, viewer.name, viewer.role, _standing_of_absent(state, viewer.who), must_wait(state, viewer.who, viewer.role))
    here: Standing = "inside" if viewer.who in state.members else "waiting"
    if place.tab != viewer.tab:
        return Me(place.who, place.name, place.role, "elsewhere", lobby=here == "waiting")
    group, cell = (state.groups.place(place.who), state.groups.cell(place.who)) if here == "inside" else (0, 0)
    right, check = _rights(state, place.who), state.checks.get(place.who)
    since = check.asked_at if here == "inside" and check is not None and check.told_at is None else None
    return Me(place.who, place.name, place.role, here, here == "waiting", right, group, cell, _reach(state, place.who), since)


def _reach(state: Room, who: Who) -> tuple[Post, ...]:
    return reach(state, who) if who in state.members else ()


def _rights(state: Room, who: Who) -> tuple[Right, ...]:
    if who not in state.members:
        return ()
    found: dict[Right, bool] = {
        "keep_door": keeps_the_door(state, who),
        "lead": leads(state, who),
        "prepare": prepares(state, who),
        "take_chair": may_take(state, who),
        "end": closes(state, who),
    }
    return tuple(right for right, held in found.items() if held)


def _standing_of_absent(state: Room, who: Who) -> Standing:
    if who in state.removed:
        return "removed"
    return "turned_away" if who in state.turned_away else "outside"


def snapshot(state: Room, viewer: Viewer) -> tuple[View, Me]:
    """All that ``viewer`` may know."""
    return _with_letters(look(state, audience(state, viewer)), state, viewer), look_at_me(state, viewer)


def reads(event: e.AnyEvent, viewer: Viewer) -> bool:
    """Whether ``event`` is a line that is not for all, and the viewer one of its readers."""
    return isinstance(event, e.Said) and event.line.readers is not None and viewer.who in event.line.readers


def _with_letters(seen: View, state: Room, viewer: Viewer) -> View:
    inside = audience(state, viewer) != OUTSIDE
    return replace(seen, letters=state.letters.get(viewer.who, ())) if inside else seen


def project(state: Room, event: e.AnyEvent, viewer: Viewer) -> tuple[View | Changes, Me | None]:
    """What ``event``, happening in ``state``, changes for ``viewer``: a whole view for who comes in, goes out, may know of other items
    or finds another meeting. ``Me`` is None when it is unchanged."""
    after = evolve(state, event)
    was, now = audience(state, viewer), audience(after, viewer)
    me = look_at_me(after, viewer)
    seen = look(after, now) if was != now else compare(look(state, was), look(after, now))
    if isinstance(seen, View):
        seen = _with_letters(seen, after, viewer)
    elif isinstance(event, e.Said) and now != OUTSIDE and reads(event, viewer):
        seen = replace(seen, written=(event.line,))
    return seen, None if me == look_at_me(state, viewer) else me


def compare(was: View, now: View) -> View | Changes:
    """The way from one view of an audience to the next: the changes, or the whole where another meeting begins or the one ends."""
    if (was.phase, was.meeting) != (now.phase, now.meeting):
        return now
    return Changes(
        title=_new(was.title, now.title),
        lobby=_new(was.lobby, now.lobby),
        members=tuple(one for one in now.members.values() if was.members.get(one.who) != one),
        left=tuple(who for who in was.members if who not in now.members),
        waiting=_new(was.waiting, now.waiting),
        said=now.chat[-1:] if now.chat[-1:] != was.chat[-1:] else (),
        roll=_new(was.roll, now.roll),
        agenda=_new(was.agenda, now.agenda),
        queue=_new(was.queue, now.queue),
        procedure=_new(was.procedure, now.procedure),
        spoken=_new(was.spoken, now.spoken),
        groups=_new(was.groups, now.groups),
    )


def _new(was: Part, now: Part) -> Part | None:
    return None if was == now else now


def apply(view: tuple[View, Me], change: tuple[View | Changes, Me | None]) -> tuple[View, Me]:
    """A follower's view after a change. Of the chat it keeps as much as a snapshot holds."""
    seen, me = view
    changed, new_me = change
    if isinstance(changed, View):
        return changed, new_me or me
    chat = seen.chat + changed.said
    members = {who: one for who, one in seen.members.items() if who not in changed.left}
    whole = ("title", "lobby", "waiting", "roll", "agenda", "queue", "procedure", "spoken", "groups")
    seen = replace(
        seen,
        **{part: new for part in whole if (new := getattr(changed, part)) is not None},
        members=members | {one.who: one for one in changed.members},
        chat=chat[-CHAT_KEPT:],
        letters=(seen.letters + changed.written)[-CHAT_KEPT:],
        earlier=seen.earlier or len(chat) > CHAT_KEPT,
    )
    return seen, new_me or me
