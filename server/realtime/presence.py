"""Whose tabs follow which room, in this process and, as far as they say so, in the others."""

from server.kernel.ids import RoomId, Who
from server.realtime.room_feed import RoomFeed

FRESH_S = 5.0
"""How long a process that says nothing more is believed. Each repeats what it has said every 2 s."""

Tabs = frozenset[tuple[Who, str]]


class Presence:
    """Presence comes from live connections, never from media. It is a snapshot: the newest replaces what was known."""

    def __init__(self) -> None:
        self.feeds: dict[RoomId, RoomFeed] = {}
        """Rooms that somebody here follows."""
        self._elsewhere: dict[RoomId, dict[str, tuple[Tabs, float]]] = {}

    def changed(self, room: RoomId, feed: RoomFeed) -> None:
        """Somebody here came or went."""
        if feed.followed:
            self.feeds[room] = feed
        elif self.feeds.get(room) is feed:
            del self.feeds[room]

    def heard(self, process: str, room: RoomId, tabs: Tabs, now_s: float) -> bool:
        """What another process says; whether it is new."""
        elsewhere = self._elsewhere.setdefault(room, {})
        known = elsewhere.get(process)
        if tabs:
            elsewhere[process] = (tabs, now_s)
        else:
            elsewhere.pop(process, None)
            if not elsewhere:
                del self._elsewhere[room]
        return known is None or known[0] != tabs

    def tabs(self, room: RoomId, now_s: float) -> Tabs:
        """All tabs that follow the room now."""
        here: Tabs = self.feeds[room].tabs if room in self.feeds else frozenset()
        elsewhere = self._elsewhere.get(room, {})
        for process in [process for process, (_, heard_s) in elsewhere.items() if now_s - heard_s > FRESH_S]:
            del elsewhere[process]
        return here.union(*(tabs for tabs, _ in elsewhere.values()))
