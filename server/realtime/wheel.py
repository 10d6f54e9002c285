"""One timer for all connections: their pings, and the one deadline that each may have."""

import asyncio
from typing import Protocol

TICK_S = 0.25


class Timed(Protocol):
    """What a wheel keeps time for."""

    def beat(self) -> None:
        """Called once every ``beat_s``."""

    def overdue(self) -> None:
        """Called when the deadline has come, a tick early rather than late."""


class Wheel:
    """Calls ``beat`` of everyone who entered every ``beat_s``, spread evenly, and ``overdue`` of those whose deadline comes.

    A timer per connection would cost a heap entry and two objects each; this costs one place in a set.
    """

    def __init__(self, beat_s: float) -> None:
        self._slots: list[set[Timed]] = [set() for _ in range(max(1, round(beat_s / TICK_S)))]
        self._deadlines: dict[Timed, float] = {}
        self._entered = 0
        self._turn = 0
        self._next: asyncio.TimerHandle | None = None

    def enter(self, timed: Timed) -> None:
        self._slot(timed).add(timed)
        self._entered += 1
        if self._next is None:
            self._next = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def leave(self, timed: Timed) -> None:
        """Forget someone who had entered. When nobody is left, the timer stops."""
        self._slot(timed).remove(timed)
        self._deadlines.pop(timed, None)
        self._entered -= 1
        if self._entered == 0 and self._next is not None:
            self._next.cancel()
            self._next = None

    def watch(self, timed: Timed, seconds: float) -> None:
        """Set the deadline, in place of an earlier one."""
        self._deadlines[timed] = asyncio.get_running_loop().time() + seconds

    def unwatch(self, timed: Timed) -> None:
        self._deadlines.pop(timed, None)

    def _slot(self, timed: Timed) -> set[Timed]:
        return self._slots[(id(timed) >> 6) % len(self._slots)]

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(TICK_S, self._tick)
        soon = loop.time() + TICK_S
        for timed in [timed for timed, deadline in self._deadlines.items() if deadline <= soon]:
            if self._deadlines.pop(timed, None) is not None:
                timed.overdue()
        self._turn = (self._turn + 1) % len(self._slots)
        for timed in tuple(self._slots[self._turn]):
            timed.beat()
