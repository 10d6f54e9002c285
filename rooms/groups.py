"""The rules of groups (thảo luận nhóm): a meeting parts into companies that hear, see and write to nobody else, and comes together again
by the clock.

Who belongs to no group, comes late or is put in none stays in the room. Who was away comes back to their group.
"""

from datetime import datetime, timedelta

from rooms import commands as c
from rooms import events as e
from rooms.context import Context
from rooms.entitled import preparer, prepares
from rooms.floor import ended
from rooms.roll import may_ask, names_a_chair
from rooms.state import MOST_GROUPS, Room
from server.kernel.ids import Who
from server.kernel.refused import Refused

LEAST_S = 60
MOST_S = 4 * 3600
MOST_NOTICE_S = 600
WARNED = timedelta(seconds=60)
"""How long before the end of their time groups are told of it."""


def decide_groups(state: Room, command: c.OfGroups, context: Context) -> list[e.AnyEvent]:
    """What ``command`` causes: all of it is for who prepares the meeting.

    Raises: Refused ``not_inside``, ``not_allowed``, ``not_found``, ``groups_open``, ``groups_closed``, ``no_groups``, ``too_many_groups``
        (with ``limit``), ``bad_duration`` (with ``least``, ``most``).
    """
    me = preparer(state, context).who
    groups = state.groups
    match command:
        case c.PlanGroups():
            return _plan(state, command, me)
        case c.PutInGroup():
            return _put(state, command, context.now)
        case c.OpenGroups():
            return _open(state, command, context.now)
        case c.VisitGroup():
            return _visit(state, command, me)
        case c.CallBack():
            _must_be_open(state)
            until = context.now + _duration(command.seconds, 0, MOST_NOTICE_S)
            if command.seconds == 0:
                return [e.GroupsClosed(context.now)]
            return [e.GroupsCalled(until)] if groups.until is None or until < groups.until else []


def over(state: Room, now: datetime) -> list[e.AnyEvent]:
    """Everybody is back when the time of the groups is over: at that moment, however late it is found."""
    groups = state.groups
    return [e.GroupsClosed(groups.until)] if groups.are_open and groups.until is not None and now >= groups.until else []


def end_visits(state: Room) -> list[e.AnyEvent]:
    """Those of who may not look in on groups any more."""
    return [e.GroupVisited(who, None) for who in state.groups.visits if not prepares(state, who)]


def _plan(state: Room, command: c.PlanGroups, me: Who) -> list[e.AnyEvent]:
    if state.groups.are_open:
        raise Refused("groups_open")
    if not 0 <= command.count <= MOST_GROUPS:
        raise Refused("too_many_groups", limit=MOST_GROUPS)
    places = {}
    if command.deal and command.count:
        places = {who: number % command.count + 1 for number, who in enumerate(_dealt(state, me))}
    if (command.count, places) == (state.groups.count, state.groups.places):
        return []
    return [e.GroupsPlanned(command.count, places)]


def _dealt(state: Room, me: Who) -> list[Who]:
    """Those inside who may speak, in the order of the roll, without who leads: that one stays in the room and looks in."""
    leading = state.presides if names_a_chair(state) else me
    order = [*state.roll, *(who for who in state.members if who not in state.roll)]
    asking = may_ask(state)
    return [who for who in order if who in asking and who != leading]


def _put(state: Room, command: c.PutInGroup, now: datetime) -> list[e.AnyEvent]:
    groups = state.groups
    if not 0 <= command.group <= groups.count or not (command.who in state.members or command.who in state.roll):
        raise Refused("not_found")
    return [] if groups.places.get(command.who, 0) == command.group else [e.PutInGroup(command.who, command.group, now)]


def _open(state: Room, command: c.OpenGroups, now: datetime) -> list[e.AnyEvent]:
    """Who has the floor loses it: nobody would listen."""
    if state.groups.are_open:
        raise Refused("groups_open")
    if not state.groups.places:
        raise Refused("no_groups")
    until = None if command.seconds is None else now + _duration(command.seconds, LEAST_S, MOST_S)
    return [*ended(state, "groups", now), e.GroupsOpened(now, until)]


def _visit(state: Room, command: c.VisitGroup, me: Who) -> list[e.AnyEvent]:
    _must_be_open(state)
    groups, group = state.groups, command.group
    if group is not None and not 0 <= group <= groups.count:
        raise Refused("not_found")
    if group == groups.places.get(me, 0):
        group = None
    return [] if groups.visits.get(me) == group else [e.GroupVisited(me, group)]


def _must_be_open(state: Room) -> None:
    if not state.groups.are_open:
        raise Refused("groups_closed")


def _duration(seconds: int, least: int, most: int) -> timedelta:
    if not least <= seconds <= most:
        raise Refused("bad_duration", least=least, most=most)
    return timedelta(seconds=seconds)
