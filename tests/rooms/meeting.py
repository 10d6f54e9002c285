"""A meeting for tests: people who ask something of a room, one after the other, by a clock that the test moves."""

from datetime import UTC, datetime, timedelta

from rooms import commands as c
from rooms import events as e
from rooms.decide import Context, decide
from rooms.evolve import replay
from rooms.state import NOTHING, Phase, Role, Room
from server.kernel.ids import LineId, MeetingId, Who
from server.kernel.refused import Refused

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
CHAIR, MEMBER, GUEST, OTHER_GUEST = Who("p1"), Who("p2"), Who("g3"), Who("g4")
ROLES: dict[Who, Role] = {CHAIR: "host", MEMBER: "member", GUEST: "guest", OTHER_GUEST: "guest"}


class Meeting:
    """A room whose state the tests look at. Each command is asked from the tab ``first`` of who asks, unless another is named."""

    def __init__(self, lobby: bool = True) -> None:
        self.state: Room = NOTHING
        self.now = NOON
        self.lobby = lobby
        self.line = 0

    def ask(self, who: Who | None, command: c.Command, tab: str = "first") -> list[e.AnyEvent]:
        """Decide and evolve."""
        self.line += 1
        context = Context(
            self.now,
            who,
            tab,
            ROLES[who] if who else None,
            f"Đại biểu {who}",
            "Họp giao ban",
            self.lobby,
            MeetingId(1),
            LineId(self.line),
        )
        events = decide(self.state, command, context)
        self.state = replay(events, self.state)
        return events

    def refused(self, who: Who | None, command: c.Command, tab: str = "first") -> str:
        """The code with which a command is refused; it must be, and must change nothing."""
        before = self.state
        try:
            events = self.ask(who, command, tab)
        except Refused as refused:
            assert self.state is before
            return refused.code
        raise AssertionError(f"{command} was not refused but caused {events}")

    def later(self, seconds: float) -> None:
        """Let time pass, with a tick at its end."""
        self.now += timedelta(seconds=seconds)
        self.ask(None, c.Tick())

    def notice(self, *present: Who) -> None:
        """Only the first tabs of these follow now."""
        self.ask(None, c.Notice(frozenset((who, "first") for who in present)))

    def phase(self) -> Phase:
        return self.state.phase

    @property
    def inside(self) -> set[Who]:
        return set(self.state.members)

    @property
    def waiting(self) -> set[Who]:
        return set(self.state.waiting)

    def hands(self) -> list[Who]:
        """Who has a hand raised, in the order of the hands."""
        raised = [one for one in self.state.members.values() if one.hand is not None]
        return [one.who for one in sorted(raised, key=lambda one: one.hand or 0)]


def with_everybody() -> Meeting:
    """The chair, a member and a guest are inside."""
    meeting = Meeting()
    meeting.ask(CHAIR, c.Enter())
    meeting.ask(MEMBER, c.Enter())
    meeting.ask(GUEST, c.Enter())
    meeting.ask(CHAIR, c.Admit(GUEST))
    return meeting
