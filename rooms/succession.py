"""The rules of the chair: who presides, by the roll and never by chance, and who follows when that one is gone."""

from datetime import datetime

from rooms import commands as c
from rooms import events as e
from rooms.context import Context
from rooms.entitled import inside, leader, other
from rooms.roll import line, next_in_line, presiding, seat_of
from rooms.state import CHAIR_GONE_FOR, Room
from server.kernel.ids import Who
from server.kernel.refused import Refused


def may_take(state: Room, who: Who) -> bool:
    """Whether somebody may take the chair who has not got it: the chair by the roll at any time, with this one command; the first of the
    line while nobody presides."""
    seat = seat_of(state, who)
    if seat is None or who == state.presides:
        return False
    if seat.duty == "chair":
        return seat.principal is None
    return presiding(state) is None and next_in_line(state) == who


def take_chair(state: Room, context: Context) -> list[e.AnyEvent]:
    me = inside(state, context).who
    if me == state.presides:
        return []
    if not may_take(state, me):
        raise Refused("not_allowed")
    return [e.ChairPassed(me, "taken", context.now)]


def give_chair(state: Room, command: c.GiveChair, context: Context) -> list[e.AnyEvent]:
    me = leader(state, context).who
    if other(state, command.to).who not in line(state):
        raise Refused("not_allowed")
    return [] if me == command.to else [e.ChairPassed(command.to, "given", context.now)]


def vacate(state: Room, now: datetime) -> list[e.AnyEvent]:
    """The chair, if who presides may not any more by the roll."""
    return [] if state.presides is None or state.presides in line(state) else [e.ChairVacated(now)]


def welcome(state: Room, now: datetime) -> list[e.AnyEvent]:
    """The chair presides from coming in, if nobody does yet."""
    if state.presides is not None:
        return []
    chair = next((seat.who for seat in state.roll.values() if seat.duty == "chair" and seat.principal is None), None)
    return [e.ChairPassed(chair, "came", now)] if chair is not None and chair in state.members else []


def vacant_until(state: Room) -> datetime | None:
    """When the next in the line must preside; None while nobody must, or nobody is there who could."""
    if state.unchaired_since is None or next_in_line(state) is None:
        return None
    return state.unchaired_since + CHAIR_GONE_FOR


def succeed(state: Room, now: datetime) -> list[e.AnyEvent]:
    """The next in the line presides, once the chair has stood empty long enough."""
    due, heir = vacant_until(state), next_in_line(state)
    return [] if due is None or heir is None or now < due else [e.ChairPassed(heir, "gone", now)]
