"""What time alone does: who was lost for too long is out, a turn is over, the chair passes on, an empty meeting ends."""

from datetime import datetime

from rooms import events as e
from rooms.checks import go_on, next_turn
from rooms.floor import cut_off
from rooms.groups import over
from rooms.roll import lost_since
from rooms.state import EMPTY_FOR, LOST_FOR, Room, places
from rooms.succession import succeed, vacant_until


def next_deadline(state: Room) -> datetime | None:
    """When the shell must send ``Tick``. A time that has passed means at once."""
    if state.phase != "running":
        return None
    deadlines = [since + LOST_FOR for one in places(state) if (since := lost_since(state, one)) is not None]
    deadlines += [] if state.empty_since is None else [state.empty_since + EMPTY_FOR]
    deadlines += [] if state.floor is None or state.floor.cut_at is None else [state.floor.cut_at]
    deadlines += [] if state.groups.until is None else [state.groups.until]
    return min(deadlines + [at for at in (vacant_until(state), next_turn(state)) if at is not None], default=None)


def tick(state: Room, now: datetime) -> list[e.AnyEvent]:
    if state.phase != "running":
        return []
    if state.empty_since is not None and now >= state.empty_since + EMPTY_FOR:
        return [e.Ended(now)]
    since = {one.who: lost_since(state, one) for one in places(state)}
    lost = [who for who, at in since.items() if at is not None and now >= at + LOST_FOR]
    return [
        *cut_off(state, now),
        *over(state, now),
        *succeed(state, now),
        *go_on(state, now),
        *(e.Left(who, lost=True, at=now) for who in lost),
    ]
