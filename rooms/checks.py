"""The check of a site before or in a meeting: a technician asks for it, the site's own page measures what is on there and tells it.

A site is anybody inside with media of their own, a hall (điểm cầu) above all. Sites are checked one after the other, each for as long as
``LASTS`` at most, so that who is at one of them can be spoken to.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from rooms import commands as c
from rooms import events as e
from rooms.context import Context
from rooms.entitled import inside, leads
from rooms.roll import halls
from rooms.state import Check, Findings, Member, Room
from server.kernel.ids import Who
from server.kernel.refused import Refused

LASTS = timedelta(seconds=40)
"""How long the page of a site has to measure, for half a minute, and to tell."""

QUIETEST = 25
"""The loudest moment of a microphone that works and is spoken into, of a hundred."""
SLOWEST_MS = 400
MOST_LOST = 50
"""Of a thousand packets."""

Line = Literal["microphone", "camera", "speaker", "path", "loss"]
Outcome = Literal["good", "bad", "unknown"]
"""``unknown``: it was off, nobody answered, or there was nothing to measure."""


def checks(state: Room, who: Who) -> bool:
    """Whether somebody inside may have sites checked: technicians by the roll, and who leads. A hall is run by one, but is none."""
    seat = state.roll.get(who)
    technician = seat is not None and seat.duty == "technician" and who not in halls(state)
    return who in state.members and (technician or leads(state, who))


def sites(state: Room) -> tuple[Member, ...]:
    """Who is inside with media of their own: halls first, each in the order of coming."""
    found = [one for one in state.members.values() if one.sits is None]
    return tuple(sorted(found, key=lambda one: one.who not in halls(state)))


def under_way(state: Room, now: datetime) -> Who | None:
    """The site that is checked now. One that has left, or does not answer in time, is not."""
    for who, one in state.checks.items():
        if one.told_at is None and now < one.asked_at + LASTS and who in state.members:
            return who
    return None


def verdicts(found: Findings) -> Mapping[Line, Outcome]:
    """What is good and what is not."""
    return {
        "microphone": _verdict(None if found.level is None else found.level >= QUIETEST),
        "camera": _verdict(found.picture),
        "speaker": _verdict(found.heard),
        "path": _verdict(None if found.round_trip_ms is None else found.round_trip_ms <= SLOWEST_MS),
        "loss": _verdict(None if found.lost is None else found.lost <= MOST_LOST),
    }


def _verdict(good: bool | None) -> Outcome:
    return "unknown" if good is None else "good" if good else "bad"


# --- commands ------------------------------------------------------------------------------------------------------------


def check_sites(state: Room, command: c.CheckSites, context: Context) -> list[e.AnyEvent]:
    """One site, or all, to the end of the line of those that will be checked.

    Raises: Refused ``not_inside``, ``not_allowed``, ``not_found``.
    """
    me = inside(state, context).who
    if not checks(state, me):
        raise Refused("not_allowed")
    known = [one.who for one in sites(state)]
    if command.who is not None and command.who not in known:
        raise Refused("not_found")
    now = under_way(state, context.now)
    wanted = known if command.who is None else [command.who]
    new = tuple(who for who in wanted if who != now and who not in state.to_check)
    return [e.ChecksAsked(me, new)] if new else []


def tell_check(state: Room, command: c.TellCheck, context: Context) -> e.Checked:
    """Raises: Refused ``not_inside``; ``no_check`` where the asker's site is not checked now."""
    me = inside(state, context).who
    if under_way(state, context.now) != me:
        raise Refused("no_check")
    return e.Checked(me, command.found, context.now)


def go_on(state: Room, now: datetime) -> list[e.AnyEvent]:
    """The next site of the line has its turn, where none is checked now."""
    first = next((who for who in state.to_check if who in state.members), None)
    return [] if first is None or under_way(state, now) is not None else [e.CheckBegun(first, now)]


def next_turn(state: Room) -> datetime | None:
    """When the next site of the line has its turn even if the one before tells nothing."""
    waits = any(who in state.members for who in state.to_check)
    pending = [one.asked_at + LASTS for who, one in state.checks.items() if one.told_at is None and who in state.members]
    return max(pending) if waits and pending else None


# --- events --------------------------------------------------------------------------------------------------------------


def evolve_checks(before: Mapping[Who, Check], event: e.CheckBegun | e.Checked) -> dict[Who, Check]:
    """The last check of each site after ``event``. No rule is here, and nothing here fails."""
    match event:
        case e.CheckBegun():
            return {**before, event.who: Check(event.at)}
        case e.Checked():
            asked_at = before[event.who].asked_at if event.who in before else event.at
            return {**before, event.who: Check(asked_at, event.found, event.at)}
