"""The roll: who is what in the meeting, who acts for whom, who is present, and who may preside, vote and ask for the word.

Nobody is anything by having come first. A room whose roll names no chair is led by its hosts.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from rooms.state import Duty, Member, Role, Room, Seat, Waiting
from server.kernel.ids import Who
from server.kernel.refused import Refused

HEAVIEST = 1_000_000

_DOORS: Mapping[Duty, Role] = {"chair": "host", "deputy": "host", "secretary": "host", "guest": "guest"}
_LINE: tuple[Duty, ...] = ("chair", "deputy", "member")
_SPEAKING: tuple[Duty, ...] = ("chair", "deputy", "secretary", "member", "guest")


def door(duty: Duty) -> Role:
    """How who has this duty comes in."""
    return _DOORS.get(duty, "member")


def checked(roll: Iterable[Seat]) -> tuple[Seat, ...]:
    """A roll as it was written, if it can be one.

    Raises: Refused ``two_chairs``, ``listed_twice``, ``bad_principal`` (not on the roll, or a substitute in turn), ``bad_hall`` (likewise),
        ``hall_votes`` (a hall has no vote beside those of its delegates), ``bad_weight`` (with ``limit``); all but the first name ``who``.
    """
    seats = tuple(roll)
    if sum(seat.duty == "chair" for seat in seats) > 1:
        raise Refused("two_chairs")
    principals = {seat.who for seat in seats if seat.principal is None}
    halls = {seat.hall for seat in seats if seat.hall is not None}
    for seat in seats:
        if seat.hall is not None and (seat.hall == seat.who or seat.hall not in principals or seat.who in halls):
            raise Refused("bad_hall", who=seat.who)
        if seat.who in halls and seat.weight:
            raise Refused("hall_votes", who=seat.who)
    known: set[Who] = set()
    for seat in seats:
        if seat.who in known:
            raise Refused("listed_twice", who=seat.who)
        if seat.principal is not None and seat.principal not in principals:
            raise Refused("bad_principal", who=seat.who)
        if not 0 <= seat.weight <= HEAVIEST:
            raise Refused("bad_weight", who=seat.who, limit=HEAVIEST)
        known.add(seat.who)
    return seats


def seat_of(state: Room, who: Who) -> Seat | None:
    """The line of the roll on which somebody stands."""
    return state.roll.get(who)


def acting(state: Room) -> Mapping[Who, Who]:
    """Who acts in each seat now, by whose seat it is: its own holder if inside, else the first substitute who is. Seats in which
    nobody acts are not in it."""
    found = {seat.who: seat.who for seat in state.roll.values() if seat.principal is None and seat.who in state.members}
    for seat in state.roll.values():
        if seat.principal is not None and seat.who in state.members:
            found.setdefault(seat.principal, seat.who)
    return found


def acts_for(state: Room, who: Who) -> Who | None:
    """For whom a substitute acts now, or would by coming in."""
    seat = seat_of(state, who)
    if seat is None or seat.principal is None:
        return None
    return seat.principal if acting(state).get(seat.principal, who) == who else None


def is_present(state: Room, who: Who) -> bool:
    """Whether somebody is inside, within reach, and has pressed *present*."""
    return within_reach(state, who) and who in state.attended


def halls(state: Room) -> frozenset[Who]:
    """The endpoints that stand for halls. They are no delegates: they neither vote nor ask for the word nor count for the quorum."""
    return frozenset(seat.hall for seat in state.roll.values() if seat.hall is not None)


def lost_since(state: Room, one: Member | Waiting) -> datetime | None:
    """Since when nothing is heard of somebody: of their own page nor, of who sits in a hall, of the hall's, for phones go to sleep."""
    hall = None if one.sits is None else state.members.get(one.sits.hall)
    if one.lost_at is None or hall is None or isinstance(one, Waiting):
        return one.lost_at
    return None if hall.lost_at is None else max(one.lost_at, hall.lost_at)


def within_reach(state: Room, who: Who) -> bool:
    """Whether somebody is inside, and heard of."""
    one = state.members.get(who)
    return one is not None and lost_since(state, one) is None


def came_late(state: Room, who: Who) -> bool:
    """Whether somebody pressed *present* only after the first item was begun."""
    return state.opened_at is not None and who in state.attended and state.attended[who] > state.opened_at


def voting(roll: Iterable[Seat]) -> list[tuple[Seat, tuple[Who, ...]]]:
    """The seats with a vote, each with its substitutes, in the order of the roll."""
    seats = list(roll)
    substitutes: dict[Who, list[Who]] = {}
    for seat in seats:
        if seat.principal is not None:
            substitutes.setdefault(seat.principal, []).append(seat.who)
    return [(seat, tuple(substitutes.get(seat.who, ()))) for seat in seats if seat.principal is None and seat.weight > 0]


def may_ask(state: Room) -> frozenset[Who]:
    """Those inside who may ask for the word: all without a roll; with one, those whose duty it is, and guests.

    Observers, technicians, halls, substitutes whose principal is there, and officials who are not on the roll may not."""
    if not state.roll:
        return frozenset(state.members)
    here = set(acting(state).values()) - halls(state)
    speaking = {seat.who for seat in state.roll.values() if seat.duty in _SPEAKING and seat.who in here}
    guests = {who for who, one in state.members.items() if one.role == "guest" and who not in state.roll}
    return frozenset(speaking | guests)


# --- the chair -----------------------------------------------------------------------------------------------------------


def names_a_chair(state: Room) -> bool:
    """Whether the roll says who presides."""
    return any(seat.duty == "chair" and seat.principal is None for seat in state.roll.values())


def line(state: Room) -> list[Who]:
    """Who may preside, in this order: the chair, the deputies, the members, each as they stand on the roll. A substitute never does;
    nobody does where the roll names no chair."""
    leading = [seat for seat in state.roll.values() if seat.principal is None] if names_a_chair(state) else []
    return [seat.who for duty in _LINE for seat in leading if seat.duty == duty]


def presiding(state: Room) -> Who | None:
    """Who presides and is inside, though perhaps out of reach for a moment."""
    return state.presides if state.presides in state.members else None


def next_in_line(state: Room) -> Who | None:
    """The first of the line who is within reach."""
    there = {who for who, one in state.members.items() if one.lost_at is None}
    return next((who for who in line(state) if who in there), None)
