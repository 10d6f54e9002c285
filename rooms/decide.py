"""Every rule of a room: ``decide(state, command, context)`` gives the events, or raises ``Refused``."""

from datetime import datetime

from rooms import agenda, checks, door, floor, groups, papers, succession
from rooms import commands as c
from rooms import events as e
from rooms.chat import say
from rooms.context import Context as Context
from rooms.entitled import closer, doorkeeper, inside, other
from rooms.evolve import replay
from rooms.state import Room
from rooms.ticking import tick
from server.kernel.refused import Refused


def decide(state: Room, command: c.Command, context: Context) -> list[e.AnyEvent]:
    """The events that ``command`` causes, with what follows from them.

    Raises:
        Refused: ``not_allowed``, ``not_started``, ``not_inside``, ``not_found``, ``turned_away``, ``full`` (with ``limit``), ``empty``,
            ``too_long``, ``rate_limited`` (with ``retry_after_s``), ``secret_item``, ``already`` (with ``state``), and what each rule says.
    """
    events = _caused(state, command, context)
    return events + _following(replay(events, state), context.now) if events else events


def _following(state: Room, now: datetime) -> list[e.AnyEvent]:
    """What follows from any change: the hall holds those for whom the item under way is, the queue and the floor those inside who may
    speak, and the chair presides from coming in. Each is looked for in the state after the one before."""
    events: list[e.AnyEvent] = []
    for follow in (
        lambda state: door.rise(state, now),
        lambda state: door.let_back(state, now),
        lambda state: door.send_out(state, now),
        lambda state: succession.vacate(state, now),
        lambda state: succession.welcome(state, now),
        lambda state: floor.cut_off(state, now),
        floor.lower_lost_hands,
        lambda state: groups.over(state, now),
        groups.end_visits,
        lambda state: checks.go_on(state, now),
    ):
        if state.phase == "running":
            more = follow(state)
            events += more
            state = replay(more, state)
    return events


def _caused(state: Room, command: c.Command, context: Context) -> list[e.AnyEvent]:
    match command:
        case c.Enter():
            return door.enter(state, context)
        case c.Leave():
            return door.leave(state, context)
        case c.Admit():
            return door.admit(state, command, context)
        case c.TurnAway():
            return [door.turn_away(state, command, context)]
        case c.SetLobby():
            doorkeeper(state, context)
            return door.set_lobby(state, command.on)
        case c.Remove():
            return [door.remove(state, command, context)]
        case c.Say():
            return [say(state, command, context)]
        case c.React() | c.ReadChat():
            inside(state, context)
            return []
        case c.AskMedia():
            if inside(state, context).sits is not None:
                raise Refused("sits_in_hall")  # the hall has the microphones
            return []
        case c.ShowPage():
            papers.show_page(state, command, context)
            return []
        case c.Mute():
            doorkeeper(state, context)
            other(state, command.who)
            return []
        case c.EndMeeting():
            closer(state, context)
            return [e.Ended(context.now)]
        case c.Attend():
            me = inside(state, context).who
            return [] if me in state.attended else [e.Attended(me, context.now)]
        case c.TakeChair():
            return succession.take_chair(state, context)
        case c.GiveChair():
            return succession.give_chair(state, command, context)
        case c.Configure():
            return door.configure(state, command, context)
        case c.Notice():
            return door.notice(state, command, context)
        case c.PlanGroups() | c.PutInGroup() | c.OpenGroups() | c.VisitGroup() | c.CallBack():
            return groups.decide_groups(state, command, context)
        case c.CheckSites():
            return checks.check_sites(state, command, context)
        case c.TellCheck():
            return [checks.tell_check(state, command, context)]
        case c.Tick():
            return tick(state, context.now)
        case _:
            return _on_the_floor(state, command, context)


def _on_the_floor(state: Room, command: c.OfAgenda | c.OfFloor, context: Context) -> list[e.AnyEvent]:
    match command:
        case c.AddItem():
            return [agenda.add_item(state, command, context)]
        case c.EditItem():
            return agenda.edit_item(state, command, context)
        case c.MoveItem():
            return agenda.move_item(state, command, context)
        case c.RemoveItem():
            return [agenda.remove_item(state, command, context)]
        case c.GoTo():
            return agenda.go_to(state, command, context)
        case c.FinishItem():
            return agenda.finish_item(state, context)
        case c.RaiseHand():
            return floor.raise_hand(state, command, context)
        case c.LowerHand():
            return floor.lower_hand(state, command, context)
        case c.MoveHand():
            return floor.move_hand(state, command, context)
        case c.SetDiscussion():
            return floor.set_discussion(state, command, context)
        case c.SetLimits():
            return floor.set_limits(state, command, context)
        case c.GiveFloor():
            return floor.give_floor(state, command, context)
        case c.ExtendFloor():
            return floor.extend_floor(state, command, context)
        case c.WithdrawFloor():
            return floor.withdraw_floor(state, context)
        case c.YieldFloor():
            return floor.yield_floor(state, context)
