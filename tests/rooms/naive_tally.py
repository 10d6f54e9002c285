"""A second count of a vote, slow and plain, to check the first one with. It shares no code with it: fractions, and one head at a time."""

from collections.abc import Sequence
from fractions import Fraction

from rooms.motions import Ballot, Box, Motion, Share, Voter


def enough(votes: int, whole: int, share: Share) -> bool:
    """Whether so many votes are that share. Nobody at all never is."""
    if votes == 0:
        return False
    bar = Fraction(share.part, share.of)
    return votes > bar * whole if share.more else votes >= bar * whole


def count(motion: Motion, box: Box) -> tuple[str, int | None, int | None]:
    """The outcome, what won, and how much was needed at least (none where the base is so small that nothing reaches it)."""
    voters: dict[str, int | None] = {}
    hiding = motion.rule.papers if len(motion.roll) > motion.rule.papers else len(motion.roll)
    if motion.rule.secret and len({voted.member for voted in box.voted}) < hiding:
        return "withheld", None, hiding
    if motion.rule.secret:
        papers = list(box.papers)
        for voted, paper in zip(box.voted, papers, strict=True):  # who takes which paper makes no difference to any sum
            voters[voted.member] = paper.choice
    else:
        for voter in motion.roll:
            cast = [
                (own(ballot), ballot.origin != "slip", number) for number, ballot in enumerate(box.ballots) if ballot.member == voter.member
            ]
            if cast:
                voters[voter.member] = box.ballots[max(cast)[2]].choice
    here = [
        voter
        for voter in motion.roll
        if voter.member in voters or voter.member in motion.present or motion.present & set(voter.substitutes)
    ]
    options = list(range(len(motion.options) or 2))
    votes = {option: sum(voter.weight for voter in motion.roll if voters.get(voter.member, "nothing") == option) for option in options}
    whole = {
        "members": weight(motion.roll),
        "present": weight(here),
        "cast": sum(votes.values()),
    }[motion.rule.base]
    needed = next((number for number in range(1, whole + 2) if enough(number, whole, motion.rule.threshold)), None)
    if motion.rule.quorum is not None and not enough(len(here), len(motion.roll), motion.rule.quorum):
        return "no_quorum", None, needed
    outcome, won = reckon(motion, box, votes, whole)
    return outcome, won, needed


def reckon(motion: Motion, box: Box, votes: dict[int, int], whole: int) -> tuple[str, int | None]:
    """Which option wins, when there are members enough."""
    threshold = motion.rule.threshold
    if not motion.options and enough(votes[0], whole, threshold):
        return "passed", 0
    ranked = sorted(votes, key=lambda option: -votes[option])
    best, second = votes[ranked[0]], votes[ranked[1]]
    if best > second:
        return ("passed", ranked[0]) if motion.options and enough(best, whole, threshold) else ("rejected", None)
    if best == 0 or motion.rule.tie == "falls":
        return "rejected", None
    chair = next(voter for voter in motion.roll if voter.member == motion.chair)
    if not enough(best + chair.weight, whole, threshold):
        return "rejected", None
    if motion.rule.secret:
        return "tied", None
    own_words = [ballot for ballot in box.ballots if ballot.member == chair.member and own(ballot)]
    spoken = [ballot for ballot in own_words if ballot.origin != "slip"] or own_words
    if not spoken or spoken[-1].choice is None or votes[spoken[-1].choice] < best:
        return "tied", None
    if not motion.options and spoken[-1].choice == 1:
        return "rejected", None
    return "passed", spoken[-1].choice


def own(ballot: Ballot) -> bool:
    """Whether the member gave it, and not their substitute."""
    return ballot.by == ballot.member


def weight(voters: Sequence[Voter]) -> int:
    """What these weigh together."""
    return sum(voter.weight for voter in voters)
