"""How an event changes the state. No rule is here, and nothing here fails."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from rooms import events as e
from rooms.state import CHAT_KEPT, NOTHING, Member, Room, Waiting
from server.kernel.ids import Who

Place = TypeVar("Place", Member, Waiting)


def evolve(state: Room, event: e.AnyEvent) -> Room:
    """``state`` after ``event``."""
    match event:
        case e.Started():
            return Room(
                phase="running",
                meeting=event.meeting,
                title=event.title,
                lobby=event.lobby,
                started_at=event.at,
                empty_since=event.at,
            )
        case e.Configured():
            members = {who: replace(one, role=event.roles.get(who, one.role)) for who, one in state.members.items()}
            return replace(state, title=event.title, members=members)
        case e.LobbySet():
            return replace(state, lobby=event.on)
        case e.Knocked():
            waiting = Waiting(event.who, event.name, event.role, event.tab, event.at)
            return replace(state, waiting={**state.waiting, event.who: waiting})
        case e.Entered():
            return _entered(state, event)
        case e.Moved():
            return _changed(state, event.who, {"tab": event.tab, "lost_at": None})
        case e.TurnedAway():
            return replace(_out(state, event.who, None), turned_away=_counted(state, event.who))
        case e.Left():
            return _out(state, event.who, event.at)
        case e.Removed():
            return replace(
                _out(state, event.who, event.at),
                admitted=state.admitted - {event.who},
                removed=state.removed | {event.who},
                turned_away=_counted(state, event.who),
            )
        case e.Lost():
            return _emptied(_changed(state, event.who, {"lost_at": event.at}), event.at)
        case e.Found():
            return _changed(state, event.who, {"lost_at": None})
        case e.HandRaised():
            return replace(_changed_inside(state, event.who, {"hand": event.number}), hands=event.number)
        case e.HandLowered():
            return _changed_inside(state, event.who, {"hand": None})
        case e.Said():
            chat = (*state.chat, event.line)
            return replace(state, chat=chat[-CHAT_KEPT:], earlier=state.earlier or len(chat) > CHAT_KEPT)
        case e.Ended():
            return Room(phase="ended", title=state.title, lobby=state.lobby)


def replay(events: Iterable[e.AnyEvent], state: Room = NOTHING) -> Room:
    """The state after all ``events``."""
    for event in events:
        state = evolve(state, event)
    return state


def _entered(state: Room, event: e.Entered) -> Room:
    came = Member(event.who, event.name, event.role, event.tab)
    waited = state.waiting.get(event.who)
    if waited is not None:
        came = replace(came, lost_at=waited.lost_at)
    return replace(
        state,
        members={**state.members, event.who: came},
        waiting=_without(state.waiting, event.who),
        admitted=state.admitted | {event.who},
        removed=state.removed - {event.who},
        empty_since=None if came.lost_at is None else state.empty_since,
    )


def _out(state: Room, who: Who, at: datetime | None) -> Room:
    state = replace(state, members=_without(state.members, who), waiting=_without(state.waiting, who))
    return state if at is None else _emptied(state, at)


def _emptied(state: Room, at: datetime) -> Room:
    """Since when nobody of those inside is there, if so."""
    if any(one.lost_at is None for one in state.members.values()):
        return replace(state, empty_since=None)
    return state if state.empty_since is not None else replace(state, empty_since=at)


def _changed(state: Room, who: Who, changes: Mapping[str, object]) -> Room:
    """Inside or waiting."""
    if who in state.waiting:
        return replace(state, waiting={**state.waiting, who: replace(state.waiting[who], **changes)})
    state = _changed_inside(state, who, changes)
    return replace(state, empty_since=None) if who in state.members and state.members[who].lost_at is None else state


def _changed_inside(state: Room, who: Who, changes: Mapping[str, object]) -> Room:
    if who not in state.members:
        return state
    return replace(state, members={**state.members, who: replace(state.members[who], **changes)})


def _without(places: Mapping[Who, Place], who: Who) -> dict[Who, Place]:
    return {other: one for other, one in places.items() if other != who}


def _counted(state: Room, who: Who) -> dict[Who, int]:
    return {**state.turned_away, who: state.turned_away.get(who, 0) + 1}
