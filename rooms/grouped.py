"""How what happens to groups changes them. No rule is here, and nothing here fails.

A cell of media is used by one company only: whoever is moved out of it, and everybody when groups are opened or closed, leaves a cell that
nobody else is in any more. So a pass that somebody kept opens an empty room.
"""

from collections.abc import Mapping
from typing import assert_never

from msgspec.structs import replace

from rooms import events as e
from rooms.state import Groups
from server.kernel.ids import Who


def evolve_groups(groups: Groups, event: e.OfGroups) -> Groups:
    """``groups`` after ``event``."""
    match event:
        case e.GroupsPlanned():
            return replace(groups, count=event.count, places=event.places)
        case e.PutInGroup():
            return _put(groups, event)
        case e.GroupsOpened():
            cells = {place: groups.made + 1 + place for place in range(groups.count + 1)}
            return replace(groups, opened_at=event.at, until=event.until, visits={}, cells=cells, made=groups.made + len(cells))
        case e.GroupsCalled():
            return replace(groups, until=event.until)
        case e.GroupVisited(group=None):
            return replace(groups, visits=_without(groups.visits, event.who))
        case e.GroupVisited():
            return replace(groups, visits={**groups.visits, event.who: event.group})
        case e.GroupsClosed():
            made = groups.made + 1
            return replace(groups, opened_at=None, until=None, visits={}, cells={0: made}, made=made)
        case _:
            assert_never(event)


def _put(groups: Groups, event: e.PutInGroup) -> Groups:
    was = groups.place(event.who)
    places = {**_without(groups.places, event.who), **({event.who: event.group} if event.group else {})}
    moved = replace(groups, places=places, visits=_without(groups.visits, event.who))
    if not groups.are_open or moved.place(event.who) == was:
        return moved
    return replace(moved, cells={**groups.cells, was: groups.made + 1}, made=groups.made + 1)


def _without(places: Mapping[Who, int], who: Who) -> dict[Who, int]:
    return {one: place for one, place in places.items() if one != who}
