"""A motion for tests: people who ask something of it, one after the other, by a clock that the test moves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from rooms import motions as m
from rooms.motions import Ballot, Box, Cast, Context, Motion, Paper, Rule, Voted, Voter
from rooms.tally import standing
from rooms.voting import cast, cast_secretly, decide_motion, evolve_motion
from server.kernel.ids import MotionId, Who
from server.kernel.refused import Refused
from tests.rooms.meeting import NOON

CHAIR, SECRETARY, MEMBER, SUBSTITUTE, OTHER, STRANGER = (Who(name) for name in ("p1", "p2", "p3", "p4", "p5", "p9"))
ROLL = (Voter(CHAIR, "Chủ tịch"), Voter(MEMBER, "Thành viên A", substitutes=(SUBSTITUTE,)), Voter(OTHER, "Thành viên B"))


class Voting:
    """One motion with everything cast on it. Whoever is ``present`` asks from a page inside the meeting, those in the ``hall`` on a
    phone there, the others from outside; ``attended`` have pressed *present*, all of them if it is None."""

    def __init__(self, *options: str, roll: tuple[Voter, ...] = ROLL, rule: Rule = Rule()) -> None:  # noqa: B008
        self.motion: Motion | None = None
        self.happened: list[m.AnyMotionEvent] = []
        self.now = NOON
        self.roll, self.rule, self.options = roll, rule, options
        self.chair, self.secretary = CHAIR, SECRETARY
        self.present: set[Who] = {CHAIR, OTHER}
        self.hall: set[Who] = set()
        self.attended: set[Who] | None = None
        self.ballots: list[Ballot] = []
        self.secret: dict[Who, tuple[Voted, Paper]] = {}

    def context(self, who: Who | None) -> Context:
        place: Literal["hall", "remote"] | None = "hall" if who in self.hall else "remote" if who in self.present else None
        return Context(
            self.now,
            who,
            chairs=who == self.chair,
            prepares=who in (self.chair, self.secretary),
            place=place,
            inside=frozenset(self.present),
            present=frozenset(self.present if self.attended is None else self.attended),
            chair=self.chair,
            roll=self.roll,
            motion=MotionId(1),
            papers=len(self.secret),
        )

    def ask(self, who: Who | None, command: m.Command) -> list[m.AnyMotionEvent]:
        """Decide and evolve."""
        events = decide_motion(self.motion, command, self.context(who))
        for event in events:
            self.motion = evolve_motion(self.motion, event)
        self.happened += events
        return events

    def vote(self, who: Who, choice: int | None, member: Who | None = None, tracker: str = "") -> None:
        """Cast and keep."""
        assert self.motion is not None
        command = Cast(choice, member, tracker=tracker)
        votes = [voter.member for voter in self.roll if who in (voter.member, *voter.substitutes)]
        voter = member or (who if who in votes else [*votes, who][0])
        if tracker:
            kept = cast_secretly(self.motion, command, self.context(who), voter in self.secret)
            self.secret[kept[0].member] = kept
        else:
            self.ballots.append(cast(self.motion, command, self.context(who), standing(self.ballots).get(voter)))

    def opened(self, lasts_s: int = 60) -> "Voting":
        """Drafted by the secretary and opened by the chair."""
        self.ask(self.secretary, m.DraftMotion("Thông qua nghị quyết", self.options, self.rule))
        self.ask(self.chair, m.OpenMotion(lasts_s))
        return self

    def box(self) -> Box:
        """All that was cast."""
        return Box(tuple(self.ballots), *(tuple(one) for one in zip(*self.secret.values(), strict=True)))

    def counted(self) -> "Voting":
        """Closed by the chair and counted."""
        self.ask(self.chair, m.CloseMotion())
        self.ask(None, m.Count(self.box()))
        return self

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    @property
    def phase(self) -> str | None:
        return None if self.motion is None else self.motion.phase

    @property
    def outcome(self) -> str | None:
        return None if self.motion is None or self.motion.result is None else self.motion.result.outcome


def refused(voting: Voting, who: Who | None, asked: m.Command | int | None, member: Who | None = None, tracker: str = "") -> str:
    """The code with which a command, or a vote for this choice, is refused; it must be, and must change nothing."""
    before = voting.motion, list(voting.ballots), dict(voting.secret)
    try:
        if asked is None or isinstance(asked, int):
            assert who is not None
            voting.vote(who, asked, member, tracker)
        else:
            voting.ask(who, asked)
    except Refused as reason:
        assert before == (voting.motion, voting.ballots, voting.secret)
        return reason.code
    raise AssertionError(f"{asked} was not refused")


def moments(events: Iterable[m.AnyMotionEvent]) -> list[tuple[str, datetime]]:
    """What happened when."""
    return [(type(event).__name__, event.at) for event in events]
