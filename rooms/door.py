"""The rules of coming and going: the lobby, one's place and its tab, and what is changed from outside.

While an item is under way that is for some only, the others are in the lobby, whoever they are.
"""

from datetime import datetime

from rooms import commands as c
from rooms import events as e
from rooms.agenda import is_barred
from rooms.context import Context
from rooms.entitled import doorkeeper, keeps_the_door, other
from rooms.state import MOST_INSIDE, MOST_TURNS_AWAY, MOST_WAITING, NAME_LIMIT, Member, Role, Room, Sitting, Waiting, places
from server.kernel.ids import Who
from server.kernel.refused import Refused
from server.kernel.words import clean


def must_wait(state: Room, who: Who, role: Role) -> bool:
    """Whether to enter would mean to wait in the lobby."""
    if is_barred(state, who):
        return True
    if who in state.admitted:
        return False
    return (role == "guest" and state.lobby) or who in state.turned_away


def enter(state: Room, context: Context) -> list[e.AnyEvent]:
    who, role = context.who, context.role
    if who is None or role is None or not context.tab:
        raise Refused("not_allowed")
    if state.phase != "running":
        if role == "guest" or context.sits is not None:
            raise Refused("not_started")
        taken = (context.title, context.lobby, context.now, context.roll, context.agenda, context.free, context.private)
        return [e.Started(context.meeting, *taken), e.Entered(who, _name(context), role, context.tab)]
    sits = _sitting(state, who, context.sits)
    here: list[e.AnyEvent] = [] if sits is None or who in state.attended else [e.Attended(who, context.now)]
    place = state.members.get(who) or state.waiting.get(who)
    if place is not None:
        same = place.tab == context.tab and place.lost_at is None and place.sits == sits
        return [] if same else [e.Moved(who, context.tab, sits), *(here if who in state.members else [])]
    if state.turned_away.get(who, 0) >= MOST_TURNS_AWAY:
        raise Refused("turned_away")
    if must_wait(state, who, role):
        if len(state.waiting) >= MOST_WAITING:
            raise Refused("full", limit=MOST_WAITING)
        return [e.Knocked(who, _name(context), role, context.tab, context.now, sits)]
    if len(state.members) >= MOST_INSIDE:
        raise Refused("full", limit=MOST_INSIDE)
    return [e.Entered(who, _name(context), role, context.tab, sits), *here]


def _sitting(state: Room, who: Who, sits: Sitting | None) -> Sitting | None:
    """Raises: Refused ``not_allowed`` to who has no place in that hall by the roll of this meeting."""
    if sits is not None and not _has_place(state, who, sits):
        raise Refused("not_allowed")
    return sits


def _has_place(state: Room, who: Who, sits: Sitting) -> bool:
    seat = state.roll.get(who)
    return seat is not None and seat.hall == sits.hall


def _name(context: Context) -> str:
    return clean(context.name, "name", NAME_LIMIT, lines=False)


def leave(state: Room, context: Context) -> list[e.AnyEvent]:
    """From the tab that holds the place. Who is not there has left already."""
    who = context.who
    place = None if who is None else state.members.get(who) or state.waiting.get(who)
    return [] if place is None or place.tab != context.tab else [e.Left(place.who, lost=False, at=context.now)]


def admit(state: Room, command: c.Admit, context: Context) -> list[e.AnyEvent]:
    doorkeeper(state, context)
    if command.who is not None and command.who not in state.waiting:
        raise Refused("not_found")
    if command.who is not None and is_barred(state, command.who):
        raise Refused("secret_item")
    asked = list(state.waiting.values()) if command.who is None else [state.waiting[command.who]]
    chosen = [one for one in asked if not is_barred(state, one.who)]
    if len(state.members) + len(chosen) > MOST_INSIDE:
        raise Refused("full", limit=MOST_INSIDE)
    return [_let_in(one) for one in chosen]


def turn_away(state: Room, command: c.TurnAway, context: Context) -> e.TurnedAway:
    doorkeeper(state, context)
    if command.who not in state.waiting:
        raise Refused("not_found")
    return e.TurnedAway(command.who)


def set_lobby(state: Room, on: bool) -> list[e.AnyEvent]:
    """Without a lobby nobody waits but those who were turned away before: ``let_back`` sees to it."""
    return [] if on == state.lobby else [e.LobbySet(on)]


def remove(state: Room, command: c.Remove, context: Context) -> e.Removed:
    doorkeeper(state, context)
    if keeps_the_door(state, other(state, command.who).who):
        raise Refused("not_allowed")  # nobody turns the chair out of the room
    return e.Removed(command.who, context.now)


# --- what follows --------------------------------------------------------------------------------------------------------


def send_out(state: Room, now: datetime) -> list[e.AnyEvent]:
    """Those inside for whom the item under way is not."""
    barred = tuple(who for who in state.members if is_barred(state, who))
    return [e.SentOut(barred, now)] if barred else []


def rise(state: Room, now: datetime) -> list[e.AnyEvent]:
    """Those who sit in a hall in which the roll gives them no place any more."""
    return [e.Left(one.who, lost=False, at=now) for one in places(state) if one.sits and not _has_place(state, one.who, one.sits)]


def let_back(state: Room, now: datetime) -> list[e.AnyEvent]:
    """Those who wait and need not any more, as far as there is room."""
    free = [one for one in state.waiting.values() if not must_wait(state, one.who, one.role)]
    free = free[: max(0, MOST_INSIDE - len(state.members))]
    back = tuple(one.who for one in free if one.who in state.admitted)
    return [*([e.LetBack(back, now)] if back else []), *(_let_in(one) for one in free if one.who not in state.admitted)]


def _let_in(one: Waiting) -> e.Entered:
    return e.Entered(one.who, one.name, one.role, one.tab, one.sits)


# --- the shell -----------------------------------------------------------------------------------------------------------


def configure(state: Room, command: c.Configure, context: Context) -> list[e.AnyEvent]:
    if state.phase != "running":
        return []
    if not command.stands:
        return [e.Ended(context.now)]
    events: list[e.AnyEvent] = [e.Removed(who, context.now) for who in sorted(command.gone) if who in state.members or who in state.waiting]
    changed = {
        who: role
        for who, one in state.members.items()
        if who not in command.gone and (role := _new_role(one, command.roles.get(who))) != one.role
    }
    if changed or command.title != state.title:
        events.append(e.Configured(command.title, changed))
    if command.roll is not None and command.roll != tuple(state.roll.values()):
        events.append(e.RollSet(command.roll, context.now))
    return events + set_lobby(state, command.lobby)


def _new_role(one: Member, listed: Role | None) -> Role:
    """A host who is no longer on the list as one is a member; others keep what they came as unless the list says more."""
    if listed is None or listed == "guest":
        return "member" if one.role == "host" else one.role
    return listed


def notice(state: Room, command: c.Notice, context: Context) -> list[e.AnyEvent]:
    events: list[e.AnyEvent] = []
    for one in places(state):
        present = (one.who, one.tab) in command.present
        if present and one.lost_at is not None:
            events.append(e.Found(one.who))
        elif not present and one.lost_at is None:
            events.append(e.Lost(one.who, context.now))
    return events
