"""What the live path asks of the rest of the product. The application implements it over the store; tests, over a toy world."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from rooms import events as e
from server.identity.viewer import Viewer
from server.kernel.ids import GuestId, PersonId, QuestionId, RoomId, SessionId, Topic
from server.protocol.live import Contribute, Done, RefusedCommand, Respond, Rule, Snapshot, Vote, Withdraw
from server.realtime.feed import Role, Told, Totals
from server.realtime.room_access import Seat

MOST_EVENTS = 500
"""Events read at once. Who misses more gets a snapshot."""


class Source(Protocol):
    """The facts, and the doors through which they change.

    ``refused`` in the comments means that a method raises ``server.kernel.refused.Refused``.
    """

    async def redeem(self, ticket: str, cookies: str) -> Viewer | None:
        """Whom a one-use ticket stands for; nothing if it is unknown, used, old, or of another session than the request's
        ``cookies`` (the header's value, possibly empty)."""

    async def ended(self, sessions: Collection[SessionId]) -> Collection[SessionId]:
        """Those of ``sessions`` that stand no more."""

    async def gone(self, guests: Collection[GuestId]) -> Collection[GuestId]:
        """Those of ``guests`` who are guests no more."""

    async def admit(self, viewer: Viewer, topic: Topic, role: Role) -> None:
        """Refused ``not_found`` or ``not_allowed`` unless the viewer may follow the topic in this role, by the grants of this moment."""

    async def read_heads(self, topics: Sequence[Topic]) -> dict[Topic, int]:
        """The number of the newest event of each topic that exists."""

    async def read_events(self, topic: Topic, after: int) -> list[Told]:
        """The events after ``after`` without a gap, at most ``MOST_EVENTS``, oldest first. Words sealed since must not be in them."""

    async def read_totals(self, topic: Topic, questions: Collection[QuestionId] | None) -> Totals:
        """The newest totals of some questions or of all; empty while they are hidden."""

    async def snapshot(self, viewer: Viewer, topic: Topic, role: Role) -> Snapshot:
        """All that this reader may know of the topic, as of the event ``seq``. At most about 200 KiB, so that it is no burden to send."""

    async def carry_out(self, viewer: Viewer, command: "Contribute | Respond | Withdraw | Rule") -> Done:
        """Decide and record a command; refused with its code. Rights are read anew, never taken from ``viewer.grants``. A repeat
        gets the first answer."""

    def vote(self, person: PersonId, vote: Vote, reply: Callable[[str], None]) -> None:
        """Take a vote without a task. ``reply`` is called exactly once, from the event loop's thread, after COMMIT: with ``done`` or
        the code of the refusal. Those of one group commit are best called in one go: their frames then leave together."""

    def refusal(self, viewer: Viewer, id: str | None, code: str, detail: dict[str, object]) -> RefusedCommand:
        """The refusal in the viewer's language."""


class RoomSource(Protocol):
    """What the copies of rooms ask of the rest."""

    async def seat(self, viewer: Viewer, room: RoomId) -> Seat:
        """The viewer's place in a room, by the rights of this moment; refused ``not_found``."""

    async def read_room_events(self, room: RoomId, after: int, limit: int) -> list[tuple[int, e.AnyEvent]]:
        """At most ``limit`` numbered events after ``after`` without a gap, the oldest first."""
