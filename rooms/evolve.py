"""How an event changes the state. No rule is here, and nothing here fails."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from rooms import events as e
from rooms.checks import evolve_checks
from rooms.grouped import evolve_groups
from rooms.state import CHAT_KEPT, MOST_RAISED, NOTHING, Floor, Hand, Item, Member, Room, Seat, Waiting
from server.kernel.ids import ItemId, Who

Place = TypeVar("Place", Member, Waiting)
Entry = TypeVar("Entry", Hand, Item)


def evolve(state: Room, event: e.AnyEvent) -> Room:
    """``state`` after ``event``."""
    match event:
        case e.Started():
            return _started(event)
        case e.Configured():
            members = {who: replace(one, role=event.roles.get(who, one.role)) for who, one in state.members.items()}
            return replace(state, title=event.title, members=members)
        case e.LobbySet():
            return replace(state, lobby=event.on)
        case e.Knocked():
            waiting = Waiting(event.who, event.name, event.role, event.tab, event.at, sits=event.sits)
            return replace(state, waiting={**state.waiting, event.who: waiting})
        case e.Entered():
            return _chaired(_inside(state, event))
        case e.Moved():
            return _chaired(_changed(state, event.who, {"tab": event.tab, "lost_at": None, "sits": event.sits}))
        case e.TurnedAway():
            return replace(_out(state, None, event.who), turned_away=_counted(state, event.who))
        case e.Left():
            return _unchaired(_out(state, event.at, event.who), event.at)
        case e.Removed():
            out = replace(
                _out(state, event.at, event.who),
                admitted=state.admitted - {event.who},
                removed=state.removed | {event.who},
                turned_away=_counted(state, event.who),
            )
            return _unchaired(out, event.at)
        case e.SentOut():
            return _unchaired(_sent_out(state, event), event.at)
        case e.LetBack():
            return _chaired(_inside(state, *(state.waiting[who] for who in event.whom if who in state.waiting)))
        case e.Lost():
            return _unchaired(_emptied(_changed(state, event.who, {"lost_at": event.at}), event.at), event.at)
        case e.Found():
            return _chaired(_changed(state, event.who, {"lost_at": None}))
        case e.Said() if event.line.readers is not None:
            letters = {who: (*state.letters.get(who, ()), event.line)[-CHAT_KEPT:] for who in event.line.readers}
            return replace(state, letters={**state.letters, **letters})
        case e.Said():
            chat = (*state.chat, event.line)
            return replace(state, chat=chat[-CHAT_KEPT:], earlier=state.earlier or len(chat) > CHAT_KEPT)
        case e.Ended():
            return Room(phase="ended", title=state.title, lobby=state.lobby)
        case e.RollSet():
            return replace(state, roll=_by_holder(event.roll))
        case e.Attended():
            return replace(state, attended={**state.attended, event.who: event.at})
        case e.ChairPassed():
            return _unchaired(replace(state, presides=event.to, unchaired_since=None), event.at)
        case e.ChairVacated():
            return replace(state, presides=None, unchaired_since=state.unchaired_since or event.at)
        case e.GroupsPlanned() | e.PutInGroup() | e.GroupsOpened() | e.GroupsCalled() | e.GroupVisited() | e.GroupsClosed():
            return replace(state, groups=evolve_groups(state.groups, event))
        case e.ChecksAsked():
            return replace(state, to_check=(*state.to_check, *event.whom))
        case e.CheckBegun() | e.Checked():
            left = tuple(who for who in state.to_check if who != event.who and who in state.members)
            return replace(state, checks=evolve_checks(state.checks, event), to_check=left)
        case _:
            return _on_the_floor(state, event)


def replay(events: Iterable[e.AnyEvent], state: Room = NOTHING) -> Room:
    """The state after all ``events``."""
    for event in events:
        state = evolve(state, event)
    return state


def _on_the_floor(state: Room, event: e.OfAgenda | e.OfFloor) -> Room:
    match event:
        case e.ItemAdded():
            item = Item(event.id, event.plan)
            return replace(state, agenda=_put(state.agenda, item, _place_of_item(state, event.before)), items=max(state.items, event.id))
        case e.ItemEdited():
            return _item(state, event.id, {"plan": event.plan})
        case e.ItemMoved():
            return _item_moved(state, event)
        case e.ItemRemoved():
            return replace(state, agenda=tuple(item for item in state.agenda if item.id != event.id))
        case e.ItemBegun():
            begun = {item.id: item.begun_at for item in state.agenda}.get(event.id) or event.at
            state = _item(state, event.id, {"begun_at": begun, "ended_at": None})
            return replace(state, item=event.id, opened_at=state.opened_at or event.at)
        case e.ItemEnded():
            state = _item(state, event.id, {"ended_at": event.at})
            return replace(state, item=None, queue=(), spoken={}, spoken_by_agency={})
        case e.HandRaised():
            return _hand_raised(state, event)
        case e.HandLowered():
            left = (hand for hand in state.queue if hand.who != event.who or event.number not in (None, hand.number))
            return replace(state, queue=tuple(left))
        case e.HandMoved():
            return _hand_moved(state, event)
        case e.DiscussionSet():
            return replace(state, free=event.free)
        case e.LimitsSet():
            return replace(state, limits=event.limits)
        case e.FloorGiven():
            times = (event.at, event.until, event.warn_at, event.cut_at)
            floor = Floor(event.to, event.kind, event.side, event.agency, *times)
            return replace(state, floor=floor, queue=tuple(hand for hand in state.queue if hand.number != event.number))
        case e.FloorExtended():
            floor_now = state.floor
            longer = floor_now and replace(floor_now, until=event.until, warn_at=event.warn_at, cut_at=event.cut_at)
            return replace(state, floor=longer)
        case e.FloorEnded():
            return _floor_ended(state, event)


# --- coming and going ----------------------------------------------------------------------------------------------------


def _started(event: e.Started) -> Room:
    return Room(
        phase="running",
        meeting=event.meeting,
        title=event.title,
        lobby=event.lobby,
        started_at=event.at,
        empty_since=event.at,
        roll=_by_holder(event.roll),
        agenda=event.agenda,
        items=max((item.id for item in event.agenda), default=0),
        free=event.free,
        private=event.private,
    )


def _inside(state: Room, *these: e.Entered | Waiting) -> Room:
    came = {}
    for one in these:
        waited = state.waiting.get(one.who)
        came[one.who] = Member(one.who, one.name, one.role, one.tab, None if waited is None else waited.lost_at, one.sits)
    return replace(
        state,
        members={**state.members, **came},
        waiting=_without(state.waiting, *came),
        admitted=state.admitted | came.keys(),
        removed=state.removed - came.keys(),
        empty_since=None if any(one.lost_at is None for one in came.values()) else state.empty_since,
    )


def _sent_out(state: Room, event: e.SentOut) -> Room:
    out = [state.members[who] for who in event.whom if who in state.members]
    waiting = {one.who: Waiting(one.who, one.name, one.role, one.tab, event.at, one.lost_at, one.sits) for one in out}
    state = _out(state, event.at, *waiting)
    return replace(state, waiting={**state.waiting, **waiting})


def _out(state: Room, at: datetime | None, *whom: Who) -> Room:
    """Neither inside nor waiting; in no queue either."""
    queue = tuple(hand for hand in state.queue if hand.who not in whom)
    state = replace(state, members=_without(state.members, *whom), waiting=_without(state.waiting, *whom), queue=queue)
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
    if who not in state.members:
        return state
    state = replace(state, members={**state.members, who: replace(state.members[who], **changes)})
    return replace(state, empty_since=None) if state.members[who].lost_at is None else state


def _without(places: Mapping[Who, Place], *whom: Who) -> dict[Who, Place]:
    gone = set(whom)
    return {other: one for other, one in places.items() if other not in gone}


def _counted(state: Room, who: Who) -> dict[Who, int]:
    return {**state.turned_away, who: state.turned_away.get(who, 0) + 1}


def _by_holder(roll: Iterable[Seat]) -> dict[Who, Seat]:
    return {seat.who: seat for seat in roll}


# --- the chair -------------------------------------------------------------------------------------------------------------


def _unchaired(state: Room, at: datetime) -> Room:
    """Since when the one who presides is away, if so."""
    if state.presides is None or state.unchaired_since is not None:
        return state
    one = state.members.get(state.presides)
    return state if one is not None and one.lost_at is None else replace(state, unchaired_since=at)


def _chaired(state: Room) -> Room:
    """The one who presides may have come back."""
    one = None if state.presides is None else state.members.get(state.presides)
    return replace(state, unchaired_since=None) if one is not None and one.lost_at is None else state


# --- agenda, queue and floor ---------------------------------------------------------------------------------------------


def _item(state: Room, id: ItemId, changes: Mapping[str, object]) -> Room:
    return replace(state, agenda=tuple(replace(item, **changes) if item.id == id else item for item in state.agenda))


def _item_moved(state: Room, event: e.ItemMoved) -> Room:
    moved = [item for item in state.agenda if item.id == event.id]
    state = replace(state, agenda=tuple(item for item in state.agenda if item.id != event.id))
    for item in moved:
        state = replace(state, agenda=_put(state.agenda, item, _place_of_item(state, event.before)))
    return state


def _place_of_item(state: Room, before: ItemId | None) -> int:
    return next((place for place, item in enumerate(state.agenda) if item.id == before), len(state.agenda))


def _hand_raised(state: Room, event: e.HandRaised) -> Room:
    """At the end of the queue; a point of order before all others but those of its kind."""
    hand = Hand(event.number, event.who, event.kind, event.side)
    if event.at is not None:
        before = state.raised_at.get(event.who, ())
        state = replace(state, raised_at={**state.raised_at, event.who: (*before, event.at)[-MOST_RAISED:]})
    if any(one.number == hand.number for one in state.queue):
        return replace(state, queue=tuple(hand if one.number == hand.number else one for one in state.queue))
    place = len(state.queue)
    if hand.kind == "point_of_order":
        place = max((place for place, one in enumerate(state.queue, start=1) if one.kind == hand.kind), default=0)
    return replace(state, queue=_put(state.queue, hand, place), hands=hand.number)


def _hand_moved(state: Room, event: e.HandMoved) -> Room:
    moved = [hand for hand in state.queue if hand.number == event.number]
    queue = tuple(hand for hand in state.queue if hand.number != event.number)
    place = next((place for place, hand in enumerate(queue) if hand.number == event.before), len(queue))
    for hand in moved:
        queue = _put(queue, hand, place)
    return replace(state, queue=queue)


def _put(entries: Sequence[Entry], entry: Entry, place: int) -> tuple[Entry, ...]:
    return (*entries[:place], entry, *entries[place:])


def _floor_ended(state: Room, event: e.FloorEnded) -> Room:
    floor = state.floor
    if floor is None:
        return state
    time = event.at - floor.given_at
    spoken = {**state.spoken, floor.who: state.spoken.get(floor.who, timedelta()) + time}
    by_agency = dict(state.spoken_by_agency)
    if floor.agency:
        by_agency[floor.agency] = by_agency.get(floor.agency, timedelta()) + time
    return replace(state, floor=None, spoken=spoken, spoken_by_agency=by_agency)
