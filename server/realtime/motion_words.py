"""From what is seen of a motion to the messages that say so, in the reader's language."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from rooms.motions import Ballot, Motion, Result, Voter
from rooms.seen_motions import SeenMotion, SeenVote
from rooms.tally import leading, line, origins_line
from rooms.voting import OBJECT_WITHIN
from server.kernel.ids import Topic, Who
from server.locale import translator
from server.protocol import motions as live


def shown(topic: Topic, motion: Motion, seen: SeenMotion, lang: str, *, slip: bool) -> live.MotionShown:
    """A motion as one audience may know it."""
    rule = seen.rule
    quorum = rule.quorum
    return live.MotionShown(
        *(topic, seen.id, seen.text, list(seen.options)),
        *(rule.base, rule.threshold.part, rule.threshold.of, rule.threshold.more),
        *((0, 0, False) if quorum is None else (quorum.part, quorum.of, quorum.more)),
        rule.tie,
        rule.secret,
        rule.live,
        seen.phase,
        *(_moment(seen.opened_at), _moment(seen.closes_at)),
        _moment(None if motion.counted_at is None else motion.counted_at + OBJECT_WITHIN),
        *(seen.members, seen.voted, len(motion.objectors)),
        None if seen.result is None else _result(seen.result, lang, over=motion.result is not None),
        None if seen.votes is None else [_vote(one) for one in seen.votes],
        seen.tells,
        slip,
        seen.papers,
        seen.delays[-1].reason if seen.delays else "",
        _moment(seen.closed_at),
    )


def mandates(voters: Sequence[Voter], ballots: Mapping[Who, Ballot], secretly: Collection[Who]) -> list[live.Mandate]:
    """The votes that somebody could give, with what became of them: ``ballots`` by member, or who has voted ``secretly``."""
    return [
        live.Mandate(
            *(voter.member, voter.name, voter.member in ballots or voter.member in secretly),
            *((one.choice, None if one.by == one.member else one.by) if (one := ballots.get(voter.member)) else (None, None)),
        )
        for voter in voters
    ]


def _result(one: Result, lang: str, *, over: bool) -> live.MotionResult:
    say = translator(lang)
    return live.MotionResult(
        one.outcome,
        line(one, say) if over else "",
        origins_line(one, say) if over else "",
        [] if one.outcome == "withheld" else list(one.counts),
        one.abstained,
        one.silent,
        leading(one) if one.outcome == "tied" else [],
    )


def _vote(one: SeenVote) -> live.MotionVote:
    return live.MotionVote(one.member, one.name, one.choice, one.by)


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
