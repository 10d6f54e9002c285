"""The rules of the floor: one queue in the order in which the server took the hands, and who may be heard for how long.

The floor is a forwarding permission: whose microphone is forwarded is ``may_be_heard``, whatever a client does.
"""

from datetime import datetime, timedelta
from typing import Literal

from rooms import commands as c
from rooms import events as e
from rooms.context import Context
from rooms.entitled import doorkeeper, inside, leader, other
from rooms.evolve import replay
from rooms.roll import halls, may_ask, seat_of
from rooms.state import MOST_RAISED, RAISED_WITHIN, Floor, Limits, Room
from server.kernel.ids import Who
from server.kernel.refused import Refused

LEAST_S = 10
MOST_S = 4 * 3600
MOST_WARNING_S = 600
MOST_GRACE_S = 60

Why = Literal["withdrawn", "yielded", "over", "left", "next", "item", "groups"]


# --- who may be heard ----------------------------------------------------------------------------------------------------


def may_be_heard(state: Room) -> frozenset[Who]:
    """Whose microphone is forwarded: in free discussion to technicians and everybody who may ask for the word, else to who presides and
    to who has the floor. Who sits in a hall speaks by the hall's microphone, and has none of their own; in free discussion halls are heard
    whoever speaks in them."""
    leading = (state.presides, None if state.floor is None else state.floor.who)
    heard = {who for who in leading if who is not None and who in state.members}
    if state.free:
        technicians = {seat.who for seat in state.roll.values() if seat.duty == "technician" and seat.who in state.members}
        heard |= may_ask(state) | technicians | halls(state)
    groups = state.groups
    if groups.are_open:  # in each of them discussion is free, and who looks in on one is heard there
        heard |= {who for who in may_ask(state) if groups.place(who)} | (groups.visits.keys() & state.members.keys())
    by = {who: one.sits.hall if one.sits is not None else who for who, one in state.members.items()}
    return frozenset(by[who] for who in heard if who in by) & state.members.keys()


def hearing_changed(before: Room, after: Room) -> tuple[frozenset[Who], frozenset[Who]]:
    """Whose microphones are forwarded from now on, and whose no more."""
    was, now = may_be_heard(before), may_be_heard(after)
    return now - was, was - now


# --- the queue -----------------------------------------------------------------------------------------------------------


def raise_hand(state: Room, command: c.RaiseHand, context: Context) -> list[e.AnyEvent]:
    me = inside(state, context).who
    if me not in may_ask(state):
        raise Refused("not_allowed")
    raised = next((hand for hand in state.queue if hand.who == me and hand.kind == command.kind), None)
    if raised is not None and raised.side == command.side:
        return []
    recent = [at for at in state.raised_at.get(me, ()) if at > context.now - RAISED_WITHIN]
    if len(recent) >= MOST_RAISED:
        raise Refused("rate_limited", retry_after_s=max(0.1, (recent[0] + RAISED_WITHIN - context.now).total_seconds()))
    return [e.HandRaised(me, state.hands + 1 if raised is None else raised.number, command.kind, command.side, context.now)]


def lower_hand(state: Room, command: c.LowerHand, context: Context) -> list[e.AnyEvent]:
    me = inside(state, context).who
    who = command.who or me
    if who != me:
        doorkeeper(state, context)
        other(state, who)
    mine = any(hand.who == who and command.number in (None, hand.number) for hand in state.queue)
    return [e.HandLowered(who, command.number)] if mine else []


def move_hand(state: Room, command: c.MoveHand, context: Context) -> list[e.AnyEvent]:
    """Before another entry: what came in between meanwhile disturbs nothing."""
    leader(state, context)
    there = {hand.number for hand in state.queue}
    if command.number not in there or not (command.before is None or command.before in there):
        raise Refused("not_found")
    return [] if command.before == command.number else [e.HandMoved(command.number, command.before)]


def lower_lost_hands(state: Room) -> list[e.AnyEvent]:
    """Those of who may not ask for the word any more."""
    asking = may_ask(state) if state.queue else frozenset()
    return [e.HandLowered(who) for who in dict.fromkeys(hand.who for hand in state.queue) if who not in asking]


# --- the floor -----------------------------------------------------------------------------------------------------------


def set_discussion(state: Room, command: c.SetDiscussion, context: Context) -> list[e.AnyEvent]:
    leader(state, context)
    return [] if command.free == state.free else [e.DiscussionSet(command.free)]


def set_limits(state: Room, command: c.SetLimits, context: Context) -> list[e.AnyEvent]:
    leader(state, context)
    limits = command.limits
    for limit in (limits.speaker_s, limits.agency_s):
        if limit is not None:
            _duration(limit)
    _duration(limits.warn_s, 0, MOST_WARNING_S)
    _duration(limits.grace_s, 0, MOST_GRACE_S)
    return [] if limits == state.limits else [e.LimitsSet(limits)]


def give_floor(state: Room, command: c.GiveFloor, context: Context) -> list[e.AnyEvent]:
    """To somebody inside, with or without a raised hand: the first of that person's is answered. Whoever has the floor loses it."""
    leader(state, context)
    if state.groups.are_open:
        raise Refused("groups_open")
    to = other(state, command.to).who
    taken = ended(state, "next", context.now)
    state = replay(taken, state)
    hand = next((hand for hand in state.queue if hand.who == to), None)
    kind, side, number = (hand.kind, hand.side, hand.number) if hand else ("statement", None, None)
    seat = seat_of(state, to)
    agency = "" if seat is None else seat.agency
    if command.seconds is not None:
        times = _times(state.limits, context.now, context.now + _duration(command.seconds))
    else:
        left = _left(state, to, agency)
        times = (None, None, None) if left is None else _times(state.limits, context.now, context.now + left)
    return [*taken, e.FloorGiven(to, kind, side, agency, number, context.now, *times)]


def extend_floor(state: Room, command: c.ExtendFloor, context: Context) -> list[e.AnyEvent]:
    leader(state, context)
    floor = _floor(state)
    if floor.until is None:
        return []
    until = max(floor.until, context.now) + _duration(command.seconds)
    if until - floor.given_at > timedelta(seconds=MOST_S):
        raise Refused("bad_duration", least=LEAST_S, most=MOST_S)
    return [e.FloorExtended(*_times(state.limits, floor.given_at, until))]


def withdraw_floor(state: Room, context: Context) -> list[e.AnyEvent]:
    leader(state, context)
    return ended(state, "withdrawn", context.now)


def yield_floor(state: Room, context: Context) -> list[e.AnyEvent]:
    me = inside(state, context).who
    return ended(state, "yielded", context.now) if state.floor is not None and state.floor.who == me else []


def ended(state: Room, why: Why, now: datetime) -> list[e.AnyEvent]:
    """The end of the turn of whoever has the floor: no later than its time with its grace, however late it is found."""
    floor = state.floor
    if floor is None:
        return []
    over = floor.cut_at is not None and now >= floor.cut_at
    return [e.FloorEnded(floor.who, "over" if over else why, floor.cut_at if over and floor.cut_at else max(now, floor.given_at))]


def cut_off(state: Room, now: datetime) -> list[e.AnyEvent]:
    """Who has the floor and whose time with its grace is over, or who is not inside any more."""
    floor = state.floor
    if floor is None:
        return []
    over = floor.cut_at is not None and now >= floor.cut_at
    return ended(state, "left", now) if over or floor.who not in state.members else []


def _floor(state: Room) -> Floor:
    if state.floor is None:
        raise Refused("not_found")
    return state.floor


def _left(state: Room, who: Who, agency: str) -> timedelta | None:
    """What the limits leave to a speaker and the speaker's agency; None for no limit.

    Raises: Refused ``time_used``, with ``of``.
    """
    left: list[timedelta] = []
    for limit_s, spoken, of in (
        (state.limits.speaker_s, state.spoken.get(who), "speaker"),
        (state.limits.agency_s if agency else None, state.spoken_by_agency.get(agency), "agency"),
    ):
        if limit_s is None:
            continue
        left.append(timedelta(seconds=limit_s) - (spoken or timedelta()))
        if left[-1] < timedelta(seconds=1):
            raise Refused("time_used", of=of)
    return min(left, default=None)


def _times(limits: Limits, given_at: datetime, until: datetime) -> tuple[datetime, datetime, datetime]:
    """Of a turn: its end, the warning before, and the end of the grace."""
    return until, max(given_at, until - timedelta(seconds=limits.warn_s)), until + timedelta(seconds=limits.grace_s)


def _duration(seconds: int, least: int = LEAST_S, most: int = MOST_S) -> timedelta:
    if not least <= seconds <= most:
        raise Refused("bad_duration", least=least, most=most)
    return timedelta(seconds=seconds)
