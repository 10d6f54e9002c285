"""To whom a line of the chat may be: to all, to one's own group, or privately to a person or to those of a role.

Who reads a line that is not for all is settled when it is written, and never becomes more. How far one's letters reach is the rule of
the room; guests and observers write to the secretaries and the technicians alone.
"""

from rooms import commands as c
from rooms.context import Context
from rooms.entitled import preparer
from rooms.state import Address, Member, Post, Room
from server.kernel.ids import Who
from server.kernel.refused import Refused


def post(state: Room, who: Who) -> Post:
    """What somebody is to who writes privately: ``staff`` are secretaries, technicians and hosts who are not on the roll; ``desk`` is who
    presides and the chair."""
    seat, one = state.roll.get(who), state.members.get(who)
    if seat is None:
        if one is not None and one.role == "host":
            return "staff"
        return "ordinary" if one is not None and one.role == "member" else "guest"
    if seat.duty in ("secretary", "technician"):
        return "staff"
    if who == state.presides or seat.duty == "chair":
        return "desk"
    return "guest" if seat.duty in ("guest", "observer") else "ordinary"


def reach(state: Room, who: Who) -> tuple[Post, ...]:
    """To whom somebody inside may write privately."""
    if state.private.among == "nobody":
        return ()
    match post(state, who):
        case "staff" | "desk":
            return ("staff", "desk", "ordinary", "guest")
        case "ordinary":
            return ("staff", "desk", "ordinary") if state.private.among == "all" else ("staff", "desk")
        case "guest":
            return ("staff",)


def addressed(state: Room, me: Member, command: c.Say, context: Context) -> tuple[Address | None, tuple[Who, ...] | None]:
    """The address of a line and who reads it, sorted, its writer among them; None for everybody.

    Raises: Refused ``not_allowed``, ``not_found``, ``groups_closed``, ``nobody_there`` where nobody is of that role.
    """
    match command.to:
        case None:
            return None, None
        case "groups":
            preparer(state, context)
            if not state.groups.are_open:
                raise Refused("groups_closed")
            return Address("groups"), None
        case "group":
            group = state.groups.place(me.who)
            if not group:
                raise Refused("groups_closed")
            there = (who for who in {**state.groups.places, **state.members} if state.groups.place(who) == group)
            return Address("group", group=group), tuple(sorted({me.who, *there}))
        case "person":
            return _to_person(state, me, command.who)
        case "desk" | "technicians" | "agency":
            return _to_role(state, me, command.to)


def _to_person(state: Room, me: Member, who: Who | None) -> tuple[Address, tuple[Who, ...]]:
    if who is None or who not in state.members or who == me.who:
        raise Refused("not_found")
    if post(state, who) not in reach(state, me.who):
        raise Refused("not_allowed")
    return Address("person", who=who), tuple(sorted({me.who, who}))


def _to_role(state: Room, me: Member, role: str) -> tuple[Address, tuple[Who, ...]]:
    mine = state.roll.get(me.who)
    agency = "" if mine is None else mine.agency
    needed: Post = "staff" if role == "technicians" else "desk" if role == "desk" else "ordinary"
    if needed not in reach(state, me.who) or (role == "agency" and (not agency or post(state, me.who) == "guest")):
        raise Refused("not_allowed")
    found = {who for who in {**state.roll, **state.members} if _is_of(state, who, role, agency)}
    if not found - {me.who}:
        raise Refused("nobody_there")
    return Address(role, agency=agency if role == "agency" else ""), tuple(sorted({me.who, *found}))  # type: ignore[arg-type]


def _is_of(state: Room, who: Who, role: str, agency: str) -> bool:
    seat = state.roll.get(who)
    technician = seat is not None and seat.duty == "technician"
    if role == "technicians":
        return technician
    if role == "desk":
        return not technician and post(state, who) in ("staff", "desk")
    return seat is not None and seat.agency == agency and post(state, who) != "guest"
