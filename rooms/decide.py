"""Every rule of a room: ``decide(state, command, context)`` gives the events, or raises ``Refused``."""

from datetime import datetime

import msgspec

from rooms import commands as c
from rooms import events as e
from rooms.state import (
    EMPTY_FOR,
    LINE_LIMIT,
    LINES_WITHIN,
    LOST_FOR,
    MOST_INSIDE,
    MOST_LINES,
    MOST_TURNS_AWAY,
    MOST_WAITING,
    NAME_LIMIT,
    Line,
    Member,
    Role,
    Room,
    Waiting,
    places,
)
from server.kernel.ids import LineId, MeetingId, Who
from server.kernel.refused import Refused
from server.kernel.words import clean


class Context(msgspec.Struct, frozen=True):
    """Who asks, from which tab, and when. ``now`` is the database's clock (UTC). ``role`` is the asker's by the invitation list and
    the policy, None for who has no business here. ``title`` and ``lobby`` are the room's as it is kept, for a meeting that begins
    as number ``meeting``; ``line`` is the number of a new line of the chat. The shell itself asks as nobody."""

    now: datetime
    who: Who | None = None
    tab: str = ""
    role: Role | None = None
    name: str = ""
    title: str = ""
    lobby: bool = True
    meeting: MeetingId = MeetingId(0)
    line: LineId = LineId(0)


def decide(state: Room, command: c.Command, context: Context) -> list[e.AnyEvent]:
    """The events that ``command`` causes.

    Raises:
        Refused: ``not_allowed``, ``not_started``, ``not_inside``, ``not_found``, ``turned_away``, ``full`` (with ``limit``), ``empty``,
            ``too_long``, ``rate_limited`` (with ``retry_after_s``).
    """
    match command:
        case c.Enter():
            return _enter(state, context)
        case c.Leave():
            return _leave(state, context)
        case c.Admit():
            return _admit(state, command, context)
        case c.TurnAway():
            _host(state, context)
            if command.who not in state.waiting:
                raise Refused("not_found")
            return [e.TurnedAway(command.who)]
        case c.SetLobby():
            _host(state, context)
            return _set_lobby(state, command.on)
        case c.RaiseHand():
            return [e.HandRaised(me.who, state.hands + 1)] if (me := _inside(state, context)).hand is None else []
        case c.LowerHand():
            return _lower_hand(state, command, context)
        case c.Say():
            return [_say(state, command, context)]
        case c.React() | c.AskMedia() | c.ReadChat():
            _inside(state, context)
            return []
        case c.Mute():
            _host(state, context)
            _other(state, command.who)
            return []
        case c.Remove():
            _host(state, context)
            if _other(state, command.who).role == "host":
                raise Refused("not_allowed")  # nobody turns the chair out of the room
            return [e.Removed(command.who, context.now)]
        case c.EndMeeting():
            _host(state, context)
            return [e.Ended(context.now)]
        case c.Configure():
            return _configure(state, command, context)
        case c.Notice():
            return _notice(state, command, context)
        case c.Tick():
            return _tick(state, context.now)


def must_wait(state: Room, who: Who, role: Role) -> bool:
    """Whether to enter would mean to wait in the lobby."""
    if who in state.admitted:
        return False
    return (role == "guest" and state.lobby) or who in state.turned_away


# --- coming and going ----------------------------------------------------------------------------------------------------


def _enter(state: Room, context: Context) -> list[e.AnyEvent]:
    who, role = context.who, context.role
    if who is None or role is None or not context.tab:
        raise Refused("not_allowed")
    if state.phase != "running":
        if role == "guest":
            raise Refused("not_started")
        started = e.Started(context.meeting, context.title, context.lobby, context.now)
        return [started, e.Entered(who, _name(context), role, context.tab)]
    place = state.members.get(who) or state.waiting.get(who)
    if place is not None:
        return [] if place.tab == context.tab and place.lost_at is None else [e.Moved(who, context.tab)]
    if state.turned_away.get(who, 0) >= MOST_TURNS_AWAY:
        raise Refused("turned_away")
    if must_wait(state, who, role):
        if len(state.waiting) >= MOST_WAITING:
            raise Refused("full", limit=MOST_WAITING)
        return [e.Knocked(who, _name(context), role, context.tab, context.now)]
    if len(state.members) >= MOST_INSIDE:
        raise Refused("full", limit=MOST_INSIDE)
    return [e.Entered(who, _name(context), role, context.tab)]


def _name(context: Context) -> str:
    return clean(context.name, "name", NAME_LIMIT, lines=False)


def _leave(state: Room, context: Context) -> list[e.AnyEvent]:
    """From the tab that holds the place. Who is not there has left already."""
    who = context.who
    place = None if who is None else state.members.get(who) or state.waiting.get(who)
    return [] if place is None or place.tab != context.tab else [e.Left(place.who, lost=False, at=context.now)]


def _admit(state: Room, command: c.Admit, context: Context) -> list[e.AnyEvent]:
    _host(state, context)
    if command.who is not None and command.who not in state.waiting:
        raise Refused("not_found")
    chosen = list(state.waiting.values()) if command.who is None else [state.waiting[command.who]]
    if len(state.members) + len(chosen) > MOST_INSIDE:
        raise Refused("full", limit=MOST_INSIDE)
    return [_let_in(one) for one in chosen]


def _set_lobby(state: Room, on: bool) -> list[e.AnyEvent]:
    """Without a lobby nobody waits but those who were turned away before."""
    if on == state.lobby:
        return []
    free = [] if on else [one for one in state.waiting.values() if one.who not in state.turned_away]
    return [e.LobbySet(on), *(_let_in(one) for one in free[: MOST_INSIDE - len(state.members)])]


def _let_in(one: Waiting) -> e.Entered:
    return e.Entered(one.who, one.name, one.role, one.tab)


# --- hands and words -----------------------------------------------------------------------------------------------------


def _lower_hand(state: Room, command: c.LowerHand, context: Context) -> list[e.AnyEvent]:
    me = _inside(state, context)
    if command.who is None or command.who == me.who:
        return [] if me.hand is None else [e.HandLowered(me.who)]
    _host(state, context)
    return [] if _other(state, command.who).hand is None else [e.HandLowered(command.who)]


def _say(state: Room, command: c.Say, context: Context) -> e.Said:
    me = _inside(state, context)
    text = clean(command.text, "text", LINE_LIMIT)
    recent = [line.at for line in state.chat if line.who == me.who and line.at > context.now - LINES_WITHIN]
    if len(recent) >= MOST_LINES:
        raise Refused("rate_limited", retry_after_s=max(0.1, (recent[0] + LINES_WITHIN - context.now).total_seconds()))
    return e.Said(Line(context.line, me.who, me.name, context.now, text))


# --- who may -------------------------------------------------------------------------------------------------------------


def _inside(state: Room, context: Context) -> Member:
    """The asker, if it is the tab that holds the asker's place inside."""
    me = None if context.who is None else state.members.get(context.who)
    if me is None or me.tab != context.tab:
        raise Refused("not_inside")
    return me


def _host(state: Room, context: Context) -> None:
    if _inside(state, context).role != "host":
        raise Refused("not_allowed")


def _other(state: Room, who: Who) -> Member:
    found = state.members.get(who)
    if found is None:
        raise Refused("not_found")
    return found


# --- the shell -----------------------------------------------------------------------------------------------------------


def _configure(state: Room, command: c.Configure, context: Context) -> list[e.AnyEvent]:
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
    return events + _set_lobby(state, command.lobby)


def _new_role(one: Member, listed: Role | None) -> Role:
    """A host who is no longer on the list as one is a member; others keep what they came as unless the list says more."""
    if listed is None or listed == "guest":
        return "member" if one.role == "host" else one.role
    return listed


def _notice(state: Room, command: c.Notice, context: Context) -> list[e.AnyEvent]:
    events: list[e.AnyEvent] = []
    for one in places(state):
        present = (one.who, one.tab) in command.present
        if present and one.lost_at is not None:
            events.append(e.Found(one.who))
        elif not present and one.lost_at is None:
            events.append(e.Lost(one.who, context.now))
    return events


def _tick(state: Room, now: datetime) -> list[e.AnyEvent]:
    if state.phase != "running":
        return []
    if state.empty_since is not None and now >= state.empty_since + EMPTY_FOR:
        return [e.Ended(now)]
    return [e.Left(one.who, lost=True, at=now) for one in places(state) if one.lost_at is not None and now >= one.lost_at + LOST_FOR]
