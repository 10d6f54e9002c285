"""Who may do what, of those inside: the door is kept by hosts, the meeting is led by who presides."""

from rooms.context import Context
from rooms.roll import names_a_chair, presiding, seat_of
from rooms.state import Member, Room
from server.kernel.ids import Who
from server.kernel.refused import Refused


def inside(state: Room, context: Context) -> Member:
    """The asker, if it is the tab that holds the asker's place inside.

    Raises: Refused ``not_inside``.
    """
    me = None if context.who is None else state.members.get(context.who)
    if me is None or me.tab != context.tab:
        raise Refused("not_inside")
    return me


def other(state: Room, who: Who) -> Member:
    """Somebody inside.

    Raises: Refused ``not_found``.
    """
    found = state.members.get(who)
    if found is None:
        raise Refused("not_found")
    return found


def keeps_the_door(state: Room, who: Who) -> bool:
    """Whether somebody inside is a host, or has taken the place of one by presiding."""
    one = state.members.get(who)
    return one is not None and (one.role == "host" or who == state.presides)


def leads(state: Room, who: Who) -> bool:
    """Whether somebody inside leads the meeting: who presides; a host, where the roll names no chair."""
    one = state.members.get(who)
    return one is not None and (who == state.presides if names_a_chair(state) else one.role == "host")


def prepares(state: Room, who: Who) -> bool:
    """Whether somebody inside prepares the agenda: who presides, chair, deputies and secretaries; a host, where the roll names no chair."""
    one, seat = state.members.get(who), seat_of(state, who)
    if one is None:
        return False
    on_duty = seat is not None and seat.principal is None and seat.duty in ("chair", "deputy", "secretary")
    return on_duty or who == state.presides or (one.role == "host" and not names_a_chair(state))


def closes(state: Room, who: Who) -> bool:
    """Whether somebody inside may end the meeting: who presides, or a host while nobody does."""
    one, chair = state.members.get(who), presiding(state)
    return one is not None and (who == chair if chair is not None else one.role == "host")


def doorkeeper(state: Room, context: Context) -> Member:
    """The asker, if it is one who keeps the door.

    Raises: Refused ``not_inside``, ``not_allowed``.
    """
    return _if(keeps_the_door(state, (me := inside(state, context)).who), me)


def leader(state: Room, context: Context) -> Member:
    """The asker, if it is one who leads the meeting.

    Raises: Refused ``not_inside``, ``not_allowed``.
    """
    return _if(leads(state, (me := inside(state, context)).who), me)


def preparer(state: Room, context: Context) -> Member:
    """The asker, if it is one who prepares the agenda.

    Raises: Refused ``not_inside``, ``not_allowed``.
    """
    return _if(prepares(state, (me := inside(state, context)).who), me)


def closer(state: Room, context: Context) -> Member:
    """The asker, if it is one who may end the meeting.

    Raises: Refused ``not_inside``, ``not_allowed``.
    """
    return _if(closes(state, (me := inside(state, context)).who), me)


def _if(entitled: bool, me: Member) -> Member:
    if not entitled:
        raise Refused("not_allowed")
    return me
