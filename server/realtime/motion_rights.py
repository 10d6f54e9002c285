"""Who asks something of a motion: what they may, and where in the meeting they are. Pure."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from rooms import entitled
from rooms.agenda import is_closed, under_way
from rooms.agenda import may_know as may_know_item
from rooms.context import Context as RoomContext
from rooms.motions import Context, Motion
from rooms.roll import is_present, presiding
from rooms.state import Member, Role, Room, Seat
from server.kernel.ids import MotionId, Who
from server.kernel.refused import Refused
from server.store.motions import Head

_OFFICERS = ("chair", "deputy", "secretary")


def in_meeting(state: Room, head: Head) -> bool:
    """Whether a motion belongs to the meeting that runs."""
    return state.phase == "running" and head.meeting is not None and head.meeting == state.meeting


def place_of(state: Room, who: Who) -> Literal["hall", "remote"] | None:
    """From where in the meeting somebody votes: on a phone in a hall, or from a page; None from outside."""
    one = state.members.get(who)
    if one is None:
        return None
    return "remote" if one.sits is None else "hall"


def readers_now(state: Room) -> frozenset[Who] | None:
    """Who may know of what is written or put to the vote now, with those inside who stand in for one of them; None is everybody."""
    item = under_way(state)
    if item is None or not is_closed(state):
        return None
    return frozenset(item.plan.readers or ()) | {who for who in state.members if may_know_item(state, item, who)}


def asks(state: Room, head: Head, who: Who, role: Role, tab: str | None, now: datetime, seats: Sequence[Seat]) -> Context:
    """What the rules of votes need to know of ``who`` asks from ``tab`` (None from any: a page outside the room). In the meeting to which
    the motion belongs it is led by who presides; outside, and after it, by the hosts and the officers of the roll (``seats``)."""
    if in_meeting(state, head):
        me = state.members.get(who)
        here = RoomContext(now, who, tab=(me.tab if me is not None else "") if tab is None else tab)
        chairs, prepares = _may(entitled.leader, state, here), _may(entitled.preparer, state, here)
        chair = presiding(state) or (who if chairs else None)
    else:
        line = next((one for one in seats if one.who == who and one.principal is None), None)
        chairs = prepares = role == "host" or (line is not None and line.duty in _OFFICERS)
        chair = next((one.who for one in seats if one.duty == "chair" and one.principal is None), who if chairs else None)
    return Context(now, who, chairs, prepares, place_of(state, who), _inside(state), present(state, head), chair, motion=head.id)


def casts(state: Room, who: Who, now: datetime, motion: MotionId) -> Context:
    """The same of who votes."""
    return Context(now, who, place=place_of(state, who), inside=_inside(state), motion=motion)


def by_itself(state: Room, head: Head, now: datetime) -> Context:
    """The same of the shell, which closes and counts."""
    return Context(now, present=present(state, head), inside=_inside(state), motion=head.id)


def present(state: Room, head: Head) -> frozenset[Who]:
    """Who is present in the meeting to which the motion belongs: by pressing so; without a roll, by being there."""
    if not in_meeting(state, head):
        return frozenset()
    if not state.roll:
        return frozenset(who for who, one in state.members.items() if one.lost_at is None)
    return frozenset(who for who in state.members if is_present(state, who))


def may_know(state: Room, head: Head, motion: Motion, who: Who, role: Role) -> bool:
    """Whether a motion concerns somebody, who then may know of it from its opening on: who is in its meeting, who could vote on it, and the
    room's own people, as far as it is for them. A guest of another meeting learns nothing of it."""
    if head.readers is not None and who not in head.readers:
        return False
    if role != "guest" or (in_meeting(state, head) and who in state.members):
        return True
    return any(who == voter.member or who in voter.substitutes for voter in motion.roll)


def _inside(state: Room) -> frozenset[Who]:
    return frozenset(state.members) if state.phase == "running" else frozenset()


def _may(rule: Callable[[Room, RoomContext], Member], state: Room, context: RoomContext) -> bool:
    try:
        rule(state, context)
    except Refused:
        return False
    return True
