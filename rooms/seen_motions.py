"""The only place that says what one viewer may know of a motion."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from rooms.motions import Ballot, Box, Delay, Motion, Phase, Result, Rule
from rooms.tally import least_papers, result, standing, tells
from server.kernel.ids import MotionId, Who


class SeenVote(msgspec.Struct, frozen=True):
    """How somebody voted by name; ``by`` whom is told where it was a substitute."""

    member: Who
    name: str
    choice: int | None
    by: Who | None = None


class SeenMotion(msgspec.Struct, frozen=True):
    """A motion as one viewer sees it. ``voted`` of ``members`` have voted. ``result`` and ``votes`` are None while they are hidden, as
    votes of a secret ballot always are; ``mine`` are the votes that the viewer gave by name or that were given for them. ``tells`` warns
    that a secret result gives votes away, as few as there are; so many ``papers`` it needs to be counted at all. ``delays`` are those of
    the deadline."""

    id: MotionId
    text: str
    options: tuple[str, ...]
    rule: Rule
    phase: Phase
    opened_at: datetime | None = None
    closes_at: datetime | None = None
    closed_at: datetime | None = None
    members: int = 0
    voted: int = 0
    result: Result | None = None
    votes: tuple[SeenVote, ...] | None = None
    mine: tuple[SeenVote, ...] = ()
    tells: bool = False
    papers: int = 0
    delays: tuple[Delay, ...] = ()


def see(motion: Motion, ballots: Sequence[Ballot], voted: int, who: Who | None, prepares: bool) -> SeenMotion | None:
    """What ``who`` may know of a motion, of which ``ballots`` were cast by name and ``voted`` members have voted.

    What is only drafted is seen by who prepares the meeting. Numbers and names are shown from the count on, and before it only of a named
    vote that is shown live: to nobody otherwise, who chairs included.
    """
    if motion.phase == "drafted" and not prepares:
        return None
    named = () if motion.rule.secret else tuple(standing(ballots).values())
    names = {voter.member: voter.name for voter in motion.roll}
    votes = tuple(SeenVote(one.member, names[one.member], one.choice, None if one.by == one.member else one.by) for one in named)
    shown, votes_shown = motion.result, None
    if motion.result is None and motion.phase in ("open", "closed") and motion.rule.live and not motion.rule.secret:
        shown = result(motion, Box(tuple(ballots)))
    if shown is not None and not motion.rule.secret:
        votes_shown = votes
    return SeenMotion(
        *(motion.id, motion.text, motion.options, motion.rule, motion.phase),
        *(motion.opened_at, motion.closes_at, motion.closed_at),
        members=len(motion.roll),
        voted=voted,
        result=shown,
        votes=votes_shown,
        mine=tuple(one for one in votes if who is not None and who in (one.member, one.by)),
        tells=motion.rule.secret and tells(motion.roll),
        papers=least_papers(motion),
        delays=motion.delays,
    )
