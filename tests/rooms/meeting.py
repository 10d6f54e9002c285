"""A meeting for tests: people who ask something of a room, one after the other, by a clock that the test moves."""

from datetime import UTC, datetime, timedelta

from rooms import commands as c
from rooms import events as e
from rooms.chronicle import Entry
from rooms.decide import Context, decide
from rooms.evolve import replay
from rooms.roll import door
from rooms.state import NOTHING, Duty, Item, Phase, Plan, Private, Role, Room, Seat, Sitting
from server.kernel.ids import ItemId, LineId, MeetingId, Who
from server.kernel.refused import Refused

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
CHAIR, MEMBER, GUEST, OTHER_GUEST = Who("p1"), Who("p2"), Who("g3"), Who("g4")
ROLES: dict[Who, Role] = {CHAIR: "host", MEMBER: "member", GUEST: "guest", OTHER_GUEST: "guest"}

DEPUTY, SECRETARY, SUBSTITUTE, SECOND_SUBSTITUTE = Who("p5"), Who("p6"), Who("p7"), Who("p8")
OTHER_MEMBER, OBSERVER, TECHNICIAN, OFFICIAL = Who("p9"), Who("p10"), Who("p11"), Who("p12")
DUTIES: dict[Who, Duty] = {
    MEMBER: "member",
    SECRETARY: "secretary",
    CHAIR: "chair",
    DEPUTY: "deputy",
    OTHER_MEMBER: "member",
    SUBSTITUTE: "member",
    SECOND_SUBSTITUTE: "member",
    OBSERVER: "observer",
    TECHNICIAN: "technician",
    GUEST: "guest",
}
AGENCIES = {MEMBER: "Sở Tài chính", OTHER_MEMBER: "Sở Y tế", SUBSTITUTE: "Sở Tài chính"}
ROLL = tuple(
    Seat(
        who,
        duty,
        AGENCIES.get(who, ""),
        int(duty not in ("observer", "technician", "guest")),
        MEMBER if who in (SUBSTITUTE, SECOND_SUBSTITUTE) else None,
    )
    for who, duty in DUTIES.items()
)
"""An official is not on the roll, but may come in."""


PHONE = "phone"


class Meeting:
    """A room whose state the tests look at. Each command is asked from the tab ``first`` of who asks, unless another is named; from the tab
    ``phone`` by who sits in the hall that ``sits`` says."""

    def __init__(self, lobby: bool = True, roll: tuple[Seat, ...] = (), agenda: tuple[Item, ...] = ()) -> None:
        self.state: Room = NOTHING
        self.now = NOON
        self.lobby = lobby
        self.line = 0
        self.roll = roll
        self.agenda = agenda
        self.private = Private()
        self.happened: list[e.AnyEvent] = []
        self.record: list[Entry] = []
        self.sits: dict[Who, Sitting] = {}

    def ask(self, who: Who | None, command: c.Command, tab: str = "first") -> list[e.AnyEvent]:
        """Decide and evolve."""
        self.line += 1
        context = Context(
            self.now,
            who,
            tab,
            role_of(who) if who else None,
            f"Đại biểu {who}",
            "Họp giao ban",
            self.lobby,
            MeetingId(1),
            LineId(self.line),
            self.roll,
            self.agenda,
            sits=self.sits.get(who) if who and tab == PHONE else None,
            private=self.private,
        )
        events = decide(self.state, command, context)
        self.happened += events
        self.record += [Entry(number, self.now, event) for number, event in enumerate(events, start=len(self.record) + 1)]
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

    def after(self, seconds: float) -> "Meeting":
        """Let time pass without a tick, as between two commands."""
        self.now += timedelta(seconds=seconds)
        return self

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
        """Who has a hand raised, in the order of the queue."""
        return [hand.who for hand in self.state.queue]

    def titles(self) -> list[str]:
        """The agenda."""
        return [item.plan.title for item in self.state.agenda]


def role_of(who: Who) -> Role:
    """How somebody comes in."""
    return ROLES[who] if who in ROLES else door(DUTIES.get(who, "member"))


def an_item(number: int, title: str, **planned: object) -> Item:
    """An item as it is planned before the meeting."""
    return Item(ItemId(number), Plan(title, **planned))  # type: ignore[arg-type]


def with_everybody() -> Meeting:
    """The chair, a member and a guest are inside."""
    meeting = Meeting()
    meeting.ask(CHAIR, c.Enter())
    meeting.ask(MEMBER, c.Enter())
    meeting.ask(GUEST, c.Enter())
    meeting.ask(CHAIR, c.Admit(GUEST))
    return meeting


def by_the_roll(*inside: Who, agenda: tuple[Item, ...] = ()) -> Meeting:
    """A meeting with a roll and without a lobby, in which these are inside."""
    meeting = Meeting(lobby=False, roll=ROLL, agenda=agenda)
    for who in inside:
        meeting.ask(who, c.Enter())
    return meeting
