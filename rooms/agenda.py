"""The rules of the agenda: what is planned, what is under way, how late it is, and who may know of an item at all.

An item with readers is known to nobody else: they are out of the hall while it is under way, and it is not in their view before or after.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from rooms import commands as c
from rooms import events as e
from rooms.context import Context
from rooms.entitled import leader, preparer
from rooms.floor import ended
from rooms.roll import acts_for, seat_of
from rooms.state import MOST_INSIDE, Item, Plan, Room
from server.kernel.ids import ItemId, Who
from server.kernel.refused import Refused
from server.kernel.words import clean

TITLE_LIMIT = 300
MOST_ITEMS = 100
MOST_PAPERS = 50
LONGEST_S = 24 * 3600
FARTHEST = timedelta(days=366)


# --- who may know --------------------------------------------------------------------------------------------------------


def may_know(state: Room, item: Item, who: Who) -> bool:
    """Whether somebody may know of an item: all of one without readers; else these, and who acts for one of them."""
    readers = item.plan.readers
    return readers is None or who in readers or acts_for(state, who) in readers


def is_barred(state: Room, who: Who) -> bool:
    """Whether the item under way is not for somebody."""
    item = under_way(state)
    return item is not None and not may_know(state, item, who)


def is_closed(state: Room) -> bool:
    """Whether the item under way is for some only."""
    item = under_way(state)
    return item is not None and item.plan.readers is not None


def under_way(state: Room) -> Item | None:
    """The item under way."""
    return next((item for item in state.agenda if item.id == state.item), None)


# --- how late ------------------------------------------------------------------------------------------------------------


def late_by(agenda: Sequence[Item], item: ItemId | None, now: datetime) -> timedelta:
    """By how much the meeting runs late at ``now``: the item under way (``item``) will end, or has not yet begun the next one, so long
    after what was planned; zero for what is in time or has no planned time."""
    for one in agenda:
        plan = one.plan
        if plan.planned_at is None or (one.id != item and (item is not None or one.begun_at is not None)):
            continue
        lasts = timedelta(seconds=plan.lasts_s or 0) if one.id == item else timedelta()
        begun = one.begun_at if one.id == item and one.begun_at is not None else plan.planned_at
        return max(timedelta(), max(now, begun + lasts) - (plan.planned_at + lasts))
    return timedelta()


# --- preparing -----------------------------------------------------------------------------------------------------------


def add_item(state: Room, command: c.AddItem, context: Context) -> e.ItemAdded:
    me = preparer(state, context).who
    if len(state.agenda) >= MOST_ITEMS:
        raise Refused("too_many_items", limit=MOST_ITEMS)
    if command.before is not None:
        _known(state, command.before, me)
    return e.ItemAdded(ItemId(state.items + 1), planned(state, command.plan, me, context.now), command.before)


def edit_item(state: Room, command: c.EditItem, context: Context) -> list[e.AnyEvent]:
    me = preparer(state, context).who
    item = _known(state, command.id, me)
    if item.ended_at is not None:
        raise Refused("already", state="finished")
    if item.id == state.item:
        leader(state, context)  # who plans it otherwise says who must leave the hall
    plan = planned(state, command.plan, me, context.now)
    return [] if plan == item.plan else [e.ItemEdited(command.id, plan)]


def move_item(state: Room, command: c.MoveItem, context: Context) -> list[e.AnyEvent]:
    me = preparer(state, context).who
    _known(state, command.id, me)
    if command.before is not None:
        _known(state, command.before, me)
    return [] if command.before == command.id else [e.ItemMoved(command.id, command.before)]


def remove_item(state: Room, command: c.RemoveItem, context: Context) -> e.ItemRemoved:
    if _known(state, command.id, preparer(state, context).who).begun_at is not None:
        raise Refused("already", state="begun")
    return e.ItemRemoved(command.id)


def _known(state: Room, id: ItemId, who: Who) -> Item:
    """To whom an item is not known, to them there is none."""
    item = next((item for item in state.agenda if item.id == id), None)
    if item is None or not may_know(state, item, who):
        raise Refused("not_found")
    return item


def planned(state: Room, plan: Plan, me: Who, now: datetime) -> Plan:
    """A plan as it may stand on the agenda.

    Raises: Refused ``empty``, ``too_long``, ``bad_duration`` (with ``least``, ``most``), ``bad_planned_time``, ``too_many_papers``
    (with ``limit``), ``not_found`` for a presenter or a reader who has nothing to do with the meeting."""
    if plan.lasts_s is not None and not 1 <= plan.lasts_s <= LONGEST_S:
        raise Refused("bad_duration", least=1, most=LONGEST_S)
    if plan.planned_at is not None and (plan.planned_at.tzinfo is None or abs(plan.planned_at - now) > FARTHEST):
        raise Refused("bad_planned_time")
    if len(plan.papers) > MOST_PAPERS:
        raise Refused("too_many_papers", limit=MOST_PAPERS)
    readers = plan.readers
    if readers is not None:
        if len(readers) > MOST_INSIDE:
            raise Refused("full", limit=MOST_INSIDE)
        # Whoever plans an item knows of it, in one's own name or in that of whom one acts for.
        readers = tuple(sorted({*readers, me}))
    for who in (*(readers or ()), *([] if plan.presenter is None else [plan.presenter])):
        if seat_of(state, who) is None and who not in state.members:
            raise Refused("not_found")
    return replace(
        plan, title=clean(plan.title, "title", TITLE_LIMIT, lines=False), papers=tuple(dict.fromkeys(plan.papers)), readers=readers
    )


# --- leading -------------------------------------------------------------------------------------------------------------


def go_to(state: Room, command: c.GoTo, context: Context) -> list[e.AnyEvent]:
    item = _known(state, command.id, leader(state, context).who)
    if item.id == state.item:
        return []
    if state.groups.are_open:
        raise Refused("groups_open")
    barred = tuple(who for who in state.members if not may_know(state, item, who))
    out = [e.SentOut(barred, context.now)] if barred else []
    return [*_finish(state, context.now), *out, e.ItemBegun(item.id, context.now)]


def finish_item(state: Room, context: Context) -> list[e.AnyEvent]:
    leader(state, context)
    return _finish(state, context.now)


def _finish(state: Room, now: datetime) -> list[e.AnyEvent]:
    if state.item is None:
        return []
    return [*ended(state, "item", now), e.ItemEnded(state.item, now)]
