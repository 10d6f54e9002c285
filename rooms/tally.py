"""The arithmetic of a motion: what was cast, of what, how much was needed, and so what came of it. Exact: only whole numbers."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from rooms.motions import AGAINST, FEW, FOR, Ballot, Base, Box, Motion, Origin, Outcome, Paper, Result, Share, Voted, Voter, Why
from server.kernel.ids import Who


def least(share: Share, whole: int) -> int:
    """The smallest number that is ``share`` of ``whole``; never none, for nothing is decided by nobody."""
    parts = whole * share.part
    return max(1, parts // share.of + 1 if share.more else -(-parts // share.of))


def stands_against(new: Ballot, old: Ballot) -> bool:
    """Whether ``new``, cast later, takes the place of ``old`` for the same member.

    A member's own vote is never replaced by their substitute's, and what is cast in the meeting never by a slip; otherwise the later one
    holds.
    """
    if (new.by == new.member) != (old.by == old.member):
        return new.by == new.member
    return new.origin != "slip" or old.origin == "slip"


def standing(ballots: Iterable[Ballot]) -> dict[Who, Ballot]:
    """The one ballot that counts for each member, of ``ballots`` in the order of casting."""
    found: dict[Who, Ballot] = {}
    for ballot in ballots:
        if ballot.member not in found or stands_against(ballot, found[ballot.member]):
            found[ballot.member] = ballot
    return found


def tells(roll: Sequence[Voter]) -> bool:
    """Whether a secret ballot on this roll is so small that its result gives votes away."""
    return len(roll) < FEW


def least_papers(motion: Motion) -> int:
    """How many papers must be in a secret box before it may be closed early or counted: never more than there are members."""
    return min(motion.rule.papers, len(motion.roll)) if motion.rule.secret else 0


def too_few(motion: Motion, box: Box) -> bool:
    """Whether a secret box holds so few papers that they would tell who voted what."""
    return len(box.voted) < least_papers(motion)


def result(motion: Motion, box: Box) -> Result:
    """What comes of ``motion`` when ``box`` is all that was cast on it.

    A box that does not add up (more papers than voters, a tracker twice, a vote from outside the roll) makes it ``void``; a secret one
    with too few papers is ``withheld``, whether they are still there or not. A tie on which a named vote of the chair's has not decided
    already is ``tied`` until the chair does.
    """
    few, adds_up = too_few(motion, box), _adds_up(motion, box)
    if few:
        box = replace(box, papers=())
    rule, weights = motion.rule, {voter.member: voter.weight for voter in motion.roll}
    counting = standing(box.ballots)
    voters: dict[Who, Origin] = {one.member: one.origin for one in (box.voted if rule.secret else counting.values())}
    sums: Counter[int | None] = Counter(one.choice for one in box.papers)  # a secret paper weighs one
    for one in counting.values():
        sums[one.choice] += weights.get(one.member, 0)
    counts = tuple(sums[option] for option in range(max(2, len(motion.options))))
    attending = [voter for voter in motion.roll if voter.member in voters or motion.present & {voter.member, *voter.substitutes}]
    whole = _whole(rule.base, counts, motion.roll, attending)
    needed = least(rule.threshold, whole)
    plain = Result(
        *("rejected", "too_few"),
        base=rule.base,
        whole=whole,
        needed=needed,
        counts=counts,
        abstained=sums[None],
        silent=sum(voter.weight for voter in motion.roll if voter.member not in voters),
        members=len(motion.roll),
        attending=len(attending),
        quorum=None if rule.quorum is None else least(rule.quorum, len(motion.roll)),
        origins=dict(sorted(Counter(voters.values()).items())),
        options=motion.options,
        weighted=any(voter.weight != 1 for voter in motion.roll),
    )
    if not adds_up:
        return replace(plain, outcome="void", why="does_not_add_up")
    if few:
        return replace(plain, outcome="withheld", why="too_few_papers", needed=least_papers(motion))
    if plain.quorum is not None and plain.attending < plain.quorum:
        return replace(plain, outcome="no_quorum", why="no_quorum")
    if (first := _first(plain)) is not None and counts[first] >= needed:
        return replace(plain, outcome="passed", why="enough", winner=first)
    ahead, most = leading(plain), max(counts)
    if len(ahead) < 2:
        return plain
    if rule.tie == "falls" or most + weights.get(motion.chair or Who(""), 0) < needed:
        return replace(plain, why="tie") if most >= needed else plain
    own = counting.get(motion.chair) if motion.chair is not None and not rule.secret else None
    if own is not None and own.by == motion.chair and own.choice in ahead:
        return break_tie(plain, own.choice)
    return replace(plain, outcome="tied", why="undecided")


def leading(one: Result) -> list[int]:
    """The options of which none weighs more; without any votes, none."""
    return [option for option, count in enumerate(one.counts) if count == max(one.counts) > 0]


def break_tie(tied: Result, choice: int | None) -> Result:
    """``tied`` after the chair's casting vote for one of the options that lead."""
    assert choice in leading(tied)
    if not tied.options and choice == AGAINST:
        return replace(tied, outcome="rejected", why="chair", casting=choice)
    return replace(tied, outcome="passed", why="chair", winner=choice, casting=choice)


def _whole(base: Base, counts: Sequence[int], roll: Sequence[Voter], attending: Sequence[Voter]) -> int:
    match base:
        case "members":
            return sum(voter.weight for voter in roll)
        case "present":
            return sum(voter.weight for voter in attending)
        case "cast":
            return sum(counts)


def _first(one: Result) -> int | None:
    """The option that can pass by itself: being for it, or the one that weighs most; none when several do."""
    if not one.options:
        return FOR
    return ahead[0] if len(ahead := leading(one)) == 1 else None


def _adds_up(motion: Motion, box: Box) -> bool:
    """Of a secret box with too few papers, these may have been thrown away."""
    secret, on_roll = motion.rule.secret, {voter.member for voter in motion.roll}
    cast: Sequence[Ballot | Paper] = box.papers if secret else box.ballots
    voters: Sequence[Ballot | Voted] = box.voted if secret else box.ballots
    options = max(2, len(motion.options))
    if not all(one.choice is None or 0 <= one.choice < options for one in cast) or not all(one.member in on_roll for one in voters):
        return False
    if not secret:
        return not box.voted and not box.papers
    members, trackers = {one.member for one in box.voted}, {one.tracker for one in box.papers}
    if box.ballots or len(members) != len(box.voted) or len(trackers) != len(box.papers):
        return False
    return len(box.papers) == len(box.voted) or (not box.papers and too_few(motion, box))


# --- in words ------------------------------------------------------------------------------------------------------------


def line(one: Result, say: Callable[[str], str]) -> str:
    """The result with its arithmetic, such as ``25/27 thành viên - cần ≥ 14 - THÔNG QUA``; ``say`` translates."""
    if one.why == "does_not_add_up":
        return say("Phiếu thu về không khớp với danh sách biểu quyết - KẾT QUẢ KHÔNG CÓ GIÁ TRỊ")
    if one.outcome == "withheld":
        words = say("{count}/{whole} thành viên đã bỏ phiếu kín - cần ≥ {needed} phiếu - KHÔNG KIỂM PHIẾU ĐỂ GIỮ BÍ MẬT, CHƯA QUYẾT ĐỊNH")
        return words.format(count=sum(one.origins.values()), whole=one.members, needed=one.needed)
    if one.outcome == "no_quorum":
        words = say("{count}/{whole} thành viên tham gia - cần ≥ {needed} - KHÔNG ĐỦ SỐ THÀNH VIÊN ĐỂ BIỂU QUYẾT")
        return words.format(count=one.attending, whole=one.members, needed=one.quorum)
    share = _share(one, say)
    if one.casting is not None:
        share = say("{share} và phiếu quyết định của người chủ trì").format(share=share)
    words = say("{share} - cần ≥ {needed} - {outcome}")
    return words.format(share=share, needed=one.needed, outcome=_outcome(one.outcome, one.why, bool(one.options), say))


def _share(one: Result, say: Callable[[str], str]) -> str:
    if not one.options:
        return _of_base(one, one.counts[FOR], say)
    shown = [one.winner] if one.winner is not None else leading(one)
    return "; ".join(f"{one.options[option]}: {_of_base(one, one.counts[option], say)}" for option in shown) or _of_base(one, 0, say)


def _of_base(one: Result, count: int, say: Callable[[str], str]) -> str:
    words = {
        ("members", False): say("{count}/{whole} thành viên"),
        ("present", False): say("{count}/{whole} thành viên có mặt"),
        ("cast", False): say("{count}/{whole} phiếu"),
        ("members", True): say("{count}/{whole} tổng trọng số của các thành viên"),
        ("present", True): say("{count}/{whole} tổng trọng số của các thành viên có mặt"),
        ("cast", True): say("{count}/{whole} tổng trọng số của các phiếu"),
    }[one.base, one.weighted]
    return words.format(count=count, whole=one.whole)


def _outcome(outcome: Outcome, why: Why, several: bool, say: Callable[[str], str]) -> str:
    if outcome == "passed":
        return say("THÔNG QUA")
    if outcome == "tied":
        return say("NGANG NHAU, CHỜ NGƯỜI CHỦ TRÌ QUYẾT ĐỊNH")
    if why == "tie":
        return say("NGANG NHAU, KHÔNG PHƯƠNG ÁN NÀO ĐƯỢC THÔNG QUA")
    return say("KHÔNG PHƯƠNG ÁN NÀO ĐƯỢC THÔNG QUA") if several else say("KHÔNG THÔNG QUA")


def origins_line(one: Result, say: Callable[[str], str]) -> str:
    """From where the votes came: ``21 tại phòng họp + 4 trực tuyến + 2 bằng phiếu lấy ý kiến``; empty when nobody voted."""
    words: dict[Origin, str] = {
        "hall": say("{count} tại phòng họp"),
        "remote": say("{count} trực tuyến"),
        "slip": say("{count} bằng phiếu lấy ý kiến"),
    }
    return " + ".join(text.format(count=one.origins[origin]) for origin, text in words.items() if origin in one.origins)
