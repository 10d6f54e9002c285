"""The laws of a motion: replaying gives the state, only refusals are raised, and what is counted is what could be cast."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rooms import motions as m
from rooms.motions import HALF, Ballot, Box, Cast, Rule, Share
from rooms.seen_motions import see
from rooms.tally import result, standing
from rooms.voting import evolve_motion
from server.kernel.ids import Who
from server.kernel.refused import Refused
from tests.rooms.meeting import NOON
from tests.rooms.motion import CHAIR, MEMBER, OTHER, SECRETARY, STRANGER, SUBSTITUTE, Voting

EVERYBODY = (CHAIR, SECRETARY, MEMBER, SUBSTITUTE, OTHER, STRANGER)

some_rule = st.builds(
    Rule,
    base=st.sampled_from(["members", "present", "cast"]),
    threshold=st.sampled_from([HALF, Share(1, 2), Share(2, 3)]),
    quorum=st.sampled_from([None, None, HALF]),
    tie=st.sampled_from(["falls", "chair"]),
    secret=st.booleans(),
)
some_draft = st.builds(m.DraftMotion, st.just("Thông qua"), st.sampled_from([(), ("A", "B", "C")]), some_rule | st.just(Rule(live=True)))
bad_draft = st.sampled_from(
    [m.DraftMotion(" "), m.DraftMotion("A", ("B",)), m.DraftMotion("A", rule=Rule(threshold=Share(2, 0))), m.DraftMotion("A")]
)
some_command = st.one_of(
    st.builds(m.OpenMotion, st.sampled_from([60, 60, 60, 0, None]), st.sampled_from([None, None, NOON + timedelta(minutes=2)])),
    st.builds(
        m.DelayMotion, st.sampled_from([0, 700, 1_400, 10**8]).map(lambda s: NOON + timedelta(seconds=s)), st.sampled_from(["Vì", ""])
    ),
    st.sampled_from([m.CloseDue(), m.CloseMotion(), m.AnnounceMotion(), m.WithdrawMotion("Hoãn")]),
    st.builds(m.BreakTie, st.integers(-1, 3)),
    st.builds(m.Object, st.sampled_from(["Ghi sai", ""])),
    st.just(m.Count(Box())),
    bad_draft,
)
some_vote = st.builds(Cast, st.sampled_from([0, 1, None, 0, 1, 2, -1]), st.sampled_from([None, None, None, None, MEMBER, STRANGER]))
some_step = st.tuples(
    st.one_of(
        *[st.tuples(st.sampled_from([SUBSTITUTE, CHAIR, MEMBER, OTHER, STRANGER]), some_vote)] * 4,
        st.tuples(st.sampled_from([CHAIR, CHAIR, SECRETARY, MEMBER]), some_command),
    ),
    st.sampled_from([0, 1, 2, 3, 5, 10, 20, 700]),
    st.sampled_from([SUBSTITUTE, None, MEMBER, OTHER]),
)
Step = tuple[tuple[Who, m.Command | Cast], int, Who | None]


@given(some_draft, st.lists(some_step, min_size=6, max_size=16))
@settings(max_examples=150)
def test_whatever_is_asked_a_motion_keeps_its_laws(draft: m.DraftMotion, steps: list[Step]) -> None:
    voting = Voting()
    opening: list[Step] = [((SECRETARY, draft), 0, None), ((CHAIR, m.OpenMotion(600)), 0, None)]
    ending: list[Step] = [((CHAIR, asked), 0, None) for asked in (m.CloseMotion(), m.Count(Box()), m.AnnounceMotion())]
    for number, ((who, asked), seconds, moving) in enumerate(opening + steps + ending):
        voting.later(seconds)
        voting.present ^= {one for one in EVERYBODY if one == moving}
        try:
            if isinstance(asked, m.Count):
                voting.ask(None, m.Count(voting.box()))
            elif not isinstance(asked, Cast):
                voting.ask(who, asked)
            elif voting.motion is not None:
                voting.vote(who, asked.choice, asked.member, f"{number:032x}" if voting.motion.rule.secret else "")
        except Refused:
            continue
    check(voting)


def check(voting: Voting) -> None:
    """What holds after whatever was asked."""
    motion = None
    for event in voting.happened:
        motion = evolve_motion(motion, event)
    assert motion == voting.motion
    kinds = [type(event) for event in voting.happened]
    assert all(kinds.count(kind) <= 1 for kind in (m.MotionOpened, m.MotionClosed, m.MotionCounted, m.TieBroken, m.MotionAnnounced))
    if motion is None or motion.opened_at is None or motion.closes_at is None:
        assert not voting.ballots and not voting.secret
        return
    deadlines = [event.closes_at for event in voting.happened if isinstance(event, m.MotionOpened | m.MotionDelayed)]
    assert deadlines == sorted(set(deadlines)) and deadlines[-1] == motion.closes_at
    last = motion.closed_at or motion.closes_at
    assert last <= motion.closes_at
    assert all(motion.opened_at <= ballot.at <= last and ballot.at < motion.closes_at for ballot in voting.ballots)
    for ballot in standing(voting.ballots).values():
        assert may_give(voting, ballot)
    if motion.rule.secret:
        assert not voting.ballots and len({paper.tracker for _, paper in voting.secret.values()}) == len(voting.secret)
    if motion.result is not None:
        counted = next(event for event in voting.happened if isinstance(event, m.MotionCounted))
        assert counted.result == result(motion, counted.box) and counted.result.outcome != "void"
        few = motion.rule.secret and len(counted.box.voted) < min(motion.rule.papers, len(motion.roll))
        assert few == (counted.result.outcome == "withheld") and not (few and (counted.box.papers or any(counted.result.counts)))
        assert not few or motion.closed_at == motion.closes_at, "so few are never ended before their deadline"
        assert motion.phase != "announced" or motion.result.outcome != "tied"
    for who in EVERYBODY:
        one = see(motion, voting.ballots, 0, who, prepares=False)
        assert one is not None and (one.votes is None or not motion.rule.secret)
        assert motion.result is not None or motion.rule.live or (one.result is None and one.votes is None)


def may_give(voting: Voting, ballot: Ballot) -> bool:
    """Whether somebody on the roll gave this vote, a substitute only inside."""
    voter = next(voter for voter in voting.roll if voter.member == ballot.member)
    return ballot.by == voter.member or (ballot.by in voter.substitutes and ballot.origin != "slip")
