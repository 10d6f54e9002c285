"""Who asks something of a room, and when: what ``decide`` is given with a command."""

from datetime import datetime

import msgspec

from rooms.state import Item, Private, Role, Seat, Sitting
from server.kernel.ids import LineId, MeetingId, Who


class Context(msgspec.Struct, frozen=True):
    """Who asks, from which tab, and when. ``now`` is the database's clock (UTC). ``role`` is the asker's by the invitation list and
    the policy, None for who has no business here; ``sits`` is for who asks from a phone in a hall, and has shown both. The shell itself
    asks as nobody.

    For a meeting that begins as number ``meeting``, ``title``, ``lobby``, ``roll``, ``agenda``, ``free`` and ``private`` are the room's as
    they are kept. ``line`` is the number of a new line of the chat.
    """

    now: datetime
    who: Who | None = None
    tab: str = ""
    role: Role | None = None
    name: str = ""
    title: str = ""
    lobby: bool = True
    meeting: MeetingId = MeetingId(0)
    line: LineId = LineId(0)
    roll: tuple[Seat, ...] = ()
    agenda: tuple[Item, ...] = ()
    free: bool = True
    private: Private = Private()
    sits: Sitting | None = None
