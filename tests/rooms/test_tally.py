"""The arithmetic of votes: every rule against a second, plain count, and the result in words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from rooms.motions import HALF, Ballot, Box, Motion, Origin, Paper, Rule, Share, Voted, Voter
from rooms.tally import break_tie, leading, least, line, origins_line, result, standing, tells
from server.kernel.ids import MotionId, Who
from server.locale import translator
from tests.rooms.naive_tally import count, enough

NOON = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
VIETNAMESE, ENGLISH = translator("vi"), translator("en")

shares = st.builds(
    lambda part, more, of: Share(min(part, of - 1 if more else of), of, more),
    st.integers(0, 7),
    st.booleans(),
    st.integers(1, 7),
)
some_rule = st.builds(
    Rule,
    base=st.sampled_from(["members", "present", "cast"]),
    threshold=st.sampled_from([HALF, Share(1, 2), Share(2, 3), Share(3, 4), Share(1, 1)]) | shares,
    quorum=st.none() | st.sampled_from([HALF, Share(2, 3)]) | shares,
    tie=st.sampled_from(["falls", "chair"]),
    secret=st.booleans(),
    papers=st.sampled_from([5, 5, 6, 7]),
)


@st.composite
def votes(draw: st.DrawFn) -> tuple[Motion, Box]:
    """Any motion that the rules let open, with anything that can be cast on it."""
    rule = draw(some_rule)
    size = draw(st.integers(1, 8))
    weights = st.just(1) if rule.secret else st.sampled_from([1, 1, 1, 2, 3])
    roll = tuple(
        Voter(
            Who(f"p{number}"),
            f"Thành viên {number}",
            draw(weights),
            draw(st.sampled_from([(), (Who(f"s{number}"),), (Who(f"s{number}"), Who("t"))])),
        )
        for number in range(size)
    )
    options = draw(st.sampled_from([(), (), ("A", "B"), ("A", "B", "C")]))
    people = [who for voter in roll for who in (voter.member, *voter.substitutes)]
    motion = Motion(
        MotionId(1),
        "Thông qua nghị quyết",
        options,
        rule,
        "closed",
        roll,
        roll[0].member,
        frozenset(draw(st.sets(st.sampled_from(people)))),
    )
    # Few choices and often the same make ties as likely as majorities.
    choice = st.sampled_from([0, 0, 1, 1, None]) if len(options) < 3 else st.sampled_from([0, 1, 2, None])
    if rule.secret:
        voters = draw(st.lists(st.sampled_from(roll), unique_by=lambda voter: voter.member))
        papers = tuple(Paper(f"{number:032x}", draw(choice)) for number in range(len(voters)))
        return motion, Box(voted=tuple(Voted(voter.member, voter.member, "remote") for voter in voters), papers=papers)
    ballots = []
    for voter in draw(st.lists(st.sampled_from(roll), max_size=2 * size)):
        by = draw(st.sampled_from([voter.member, *voter.substitutes]))
        ballots.append(Ballot(voter.member, by, draw(choice), draw(st.sampled_from(["hall", "remote", "slip"])), NOON))
    return motion, Box(tuple(ballots))


@given(votes())
@settings(max_examples=500, deadline=None)
def test_every_rule_gives_what_a_plain_count_gives(cast: tuple[Motion, Box]) -> None:
    motion, box = cast
    came = result(motion, box)
    outcome, winner, needed = count(motion, box)
    assert (came.outcome, came.winner) == (outcome, winner)
    assert came.needed == needed or needed is None
    uncounted = len(box.voted) if outcome == "withheld" else 0
    assert sum(came.counts) + came.abstained + came.silent + uncounted == sum(voter.weight for voter in motion.roll)
    assert sum(came.origins.values()) <= came.attending <= came.members == len(motion.roll)
    assert line(came, VIETNAMESE) != line(came, ENGLISH)
    if came.outcome == "tied":
        for choice in leading(came):
            broken = break_tie(came, choice)
            passes = bool(motion.options) or choice == 0
            assert (broken.outcome, broken.winner) == (("passed", choice) if passes else ("rejected", None))
            assert enough(came.counts[choice] + motion.roll[0].weight, came.whole, motion.rule.threshold)


@given(st.integers(0, 10_000), shares)
def test_what_is_needed_is_enough_and_one_less_is_not(whole: int, share: Share) -> None:
    needed = least(share, whole)
    assert enough(needed, whole, share)
    assert not enough(needed - 1, whole, share)


# --- which ballot of a member counts -----------------------------------------------------------------------------------

MEMBER, SUBSTITUTE = Who("p1"), Who("s1")


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        ((MEMBER, "hall"), (MEMBER, "hall"), "second"),
        ((MEMBER, "slip"), (MEMBER, "slip"), "second"),
        ((MEMBER, "slip"), (MEMBER, "hall"), "second"),
        ((MEMBER, "hall"), (MEMBER, "slip"), "first"),
        ((SUBSTITUTE, "hall"), (MEMBER, "slip"), "second"),
        ((MEMBER, "slip"), (SUBSTITUTE, "hall"), "first"),
        ((SUBSTITUTE, "remote"), (SUBSTITUTE, "hall"), "second"),
    ],
)
def test_a_member_counts_once(first: tuple[Who, Origin], second: tuple[Who, Origin], counts: str) -> None:
    one, other = (Ballot(MEMBER, by, None, origin, NOON) for by, origin in (first, second))
    assert standing([one, other]) == {MEMBER: one if counts == "first" else other}


# --- examples ------------------------------------------------------------------------------------------------------------


def voted(size: int, *choices: int | None, origin: Origin = "hall", options: tuple[str, ...] = (), **rule: Any) -> tuple[Motion, Box]:
    """A motion of ``size`` members of whom the first give these votes; the first one chairs, and nobody else is present."""
    roll = tuple(Voter(Who(f"p{number}"), f"Thành viên {number}") for number in range(size))
    motion = Motion(MotionId(1), "Thông qua", options, Rule(**rule), "closed", roll, roll[0].member)
    members = [voter.member for voter in roll]
    if motion.rule.secret:
        return motion, Box(
            voted=tuple(Voted(who, who, origin) for who in members[: len(choices)]),
            papers=tuple(Paper(f"{number:032x}", choice) for number, choice in enumerate(choices)),
        )
    return motion, Box(tuple(Ballot(who, who, choice, origin, NOON) for who, choice in zip(members, choices, strict=False)))


@pytest.mark.parametrize(
    ("cast", "vietnamese", "english"),
    [
        (voted(27, *[0] * 25), "25/27 thành viên - cần ≥ 14 - THÔNG QUA", "25/27 members - needed ≥ 14 - CARRIED"),
        (voted(27, *[0] * 13), "13/27 thành viên - cần ≥ 14 - KHÔNG THÔNG QUA", "13/27 members - needed ≥ 14 - NOT CARRIED"),
        (
            voted(27, *[0] * 9, quorum=Share(2, 3), base="cast"),
            "9/27 thành viên tham gia - cần ≥ 18 - KHÔNG ĐỦ SỐ THÀNH VIÊN ĐỂ BIỂU QUYẾT",
            "9/27 members took part - needed ≥ 18 - NO QUORUM",
        ),
        (
            voted(27, *[0, 1] * 13, tie="chair"),
            "13/27 thành viên và phiếu quyết định của người chủ trì - cần ≥ 14 - THÔNG QUA",
            "13/27 members and the chair's casting vote - needed ≥ 14 - CARRIED",
        ),
        (
            voted(26, *[1, 0] * 13, tie="chair"),
            "13/26 thành viên và phiếu quyết định của người chủ trì - cần ≥ 14 - KHÔNG THÔNG QUA",
            "13/26 members and the chair's casting vote - needed ≥ 14 - NOT CARRIED",
        ),
        (
            voted(6, 0, 0, 1, 1, None, tie="chair", base="cast", secret=True),
            "2/4 phiếu - cần ≥ 3 - NGANG NHAU, CHỜ NGƯỜI CHỦ TRÌ QUYẾT ĐỊNH",
            "2/4 votes - needed ≥ 3 - TIED, THE CHAIR DECIDES",
        ),
        (
            voted(20, 0, 0, 0, 1, secret=True, quorum=HALF),
            "4/20 thành viên đã bỏ phiếu kín - cần ≥ 5 phiếu - KHÔNG KIỂM PHIẾU ĐỂ GIỮ BÍ MẬT, CHƯA QUYẾT ĐỊNH",
            "4/20 members voted in secret - needed ≥ 5 papers - NOT COUNTED, TO KEEP THEM SECRET; NOTHING IS DECIDED",
        ),
        (
            voted(5, 1, 1, 1, 0, None, options=("Địa điểm A", "Địa điểm B"), base="present"),
            "Địa điểm B: 3/5 thành viên có mặt - cần ≥ 3 - THÔNG QUA",
            "Địa điểm B: 3/5 members present - needed ≥ 3 - CARRIED",
        ),
        (
            voted(4, 1, 1, 0, 0, options=("Địa điểm A", "Địa điểm B"), base="cast", threshold=Share(1, 2)),
            "Địa điểm A: 2/4 phiếu; Địa điểm B: 2/4 phiếu - cần ≥ 2 - NGANG NHAU, KHÔNG PHƯƠNG ÁN NÀO ĐƯỢC THÔNG QUA",
            "Địa điểm A: 2/4 votes; Địa điểm B: 2/4 votes - needed ≥ 2 - TIED, NO OPTION CARRIED",
        ),
        (
            voted(4, options=("Địa điểm A", "Địa điểm B")),
            "0/4 thành viên - cần ≥ 3 - KHÔNG PHƯƠNG ÁN NÀO ĐƯỢC THÔNG QUA",
            "0/4 members - needed ≥ 3 - NO OPTION CARRIED",
        ),
    ],
)
def test_the_result_is_one_line_with_its_arithmetic(cast: tuple[Motion, Box], vietnamese: str, english: str) -> None:
    came = result(*cast)
    assert (line(came, VIETNAMESE), line(came, ENGLISH)) == (vietnamese, english)


def test_votes_that_weigh_differently_are_not_called_members() -> None:
    motion, box = voted(2, 0, 1)
    heavier = Motion(motion.id, motion.text, roll=(Voter(Who("p0"), "Đoàn A", 3), Voter(Who("p1"), "Đoàn B", 2)))
    assert line(result(heavier, box), VIETNAMESE) == "3/5 tổng trọng số của các thành viên - cần ≥ 3 - THÔNG QUA"


def test_it_is_said_from_where_the_votes_came() -> None:
    motion, hall = voted(27, *[0] * 21)
    slips = tuple(Ballot(Who(f"p{number}"), Who(f"p{number}"), 1, "slip", NOON) for number in range(21, 25))
    came = result(motion, Box(hall.ballots + slips))
    assert origins_line(came, VIETNAMESE) == "21 tại phòng họp + 4 bằng phiếu lấy ý kiến"
    assert origins_line(came, ENGLISH) == "21 in the hall + 4 by slip"
    assert origins_line(result(motion, Box()), VIETNAMESE) == ""


@pytest.mark.parametrize(
    "box",
    [
        Box(voted=tuple(Voted(Who(f"p{number}"), Who("p0"), "hall") for number in range(5))),
        Box(papers=(Paper("0" * 32, 0),)),
        Box(voted=(Voted(Who("p9"), Who("p9"), "hall"),), papers=(Paper("0" * 32, 0),)),
        Box(voted=(Voted(Who("p0"), Who("p0"), "hall"),) * 2, papers=(Paper("0" * 32, 0), Paper("1" * 32, 0))),
        Box(voted=(Voted(Who("p0"), Who("p0"), "hall"), Voted(Who("p1"), Who("p1"), "hall")), papers=(Paper("0" * 32, 0),) * 2),
        Box(voted=(Voted(Who("p0"), Who("p0"), "hall"),), papers=(Paper("0" * 32, 7),)),
        Box(ballots=(Ballot(Who("p0"), Who("p0"), 0, "hall", NOON),)),
    ],
)
def test_a_secret_box_that_does_not_add_up_is_void(box: Box) -> None:
    came = result(voted(5, secret=True)[0], box)
    assert came.outcome == "void" and came.winner is None
    assert line(came, VIETNAMESE).endswith("KẾT QUẢ KHÔNG CÓ GIÁ TRỊ")


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "thrown away"])
@pytest.mark.parametrize(("size", "few", "enough"), [(20, 4, 5), (5, 4, 5), (3, 2, 3), (1, 0, 1)])
def test_so_few_secret_papers_that_they_tell_are_never_counted(size: int, few: int, enough: int, kept: bool) -> None:
    motion, box = voted(size, *[0] * few, secret=True)
    came = result(motion, box if kept else replace(box, papers=()))
    assert (came.outcome, came.counts, came.abstained, came.needed, came.winner) == ("withheld", (0, 0), 0, enough, None)
    assert result(motion, box) == result(motion, voted(size, *[1] * few, secret=True)[1]), "what they say makes no difference"
    assert result(*voted(size, *[0] * enough, secret=True)).counts == (enough, 0)


def test_a_named_vote_from_outside_the_roll_or_the_options_makes_the_count_void() -> None:
    motion, _ = voted(5)
    assert result(motion, Box((Ballot(Who("p9"), Who("p9"), 0, "hall", NOON),))).outcome == "void"
    assert result(motion, Box((Ballot(Who("p1"), Who("p1"), 2, "hall", NOON),))).outcome == "void"


def test_a_chair_who_is_stood_in_for_has_not_given_the_casting_vote() -> None:
    motion, box = voted(3, 0, 1, None, tie="chair", base="cast")
    by_substitute = Ballot(Who("p0"), Who("s0"), 0, "hall", NOON)
    assert result(motion, box).winner == 0
    assert result(motion, Box((by_substitute, *box.ballots[1:]))).outcome == "tied"


def test_few_members_are_warned_that_a_secret_result_tells() -> None:
    assert tells(voted(4)[0].roll) and not tells(voted(5)[0].roll)
