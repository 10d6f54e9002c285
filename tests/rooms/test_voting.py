"""The life of a motion and who may vote on it, as people meet them."""

from datetime import timedelta

import msgspec
import pytest

from rooms import motions as m
from rooms.motions import HALF, Box, Rule, Share, Voter
from rooms.voting import OBJECT_WITHIN, evolve_motion, lacking, reminders, voters
from server.kernel.ids import Who
from tests.rooms import sitting
from tests.rooms.meeting import NOON
from tests.rooms.motion import CHAIR, MEMBER, OTHER, ROLL, SECRETARY, STRANGER, SUBSTITUTE, Voting, moments, refused

DRAFT = m.DraftMotion("Thông qua nghị quyết")
SECRET = Rule(secret=True)
ONE, TWO, THREE = ("0" * 31 + digit for digit in "123")
LATER = m.DelayMotion(NOON + timedelta(hours=1), "Cần thêm thời gian đọc tài liệu")


def test_a_motion_is_drafted_opened_closed_counted_and_announced() -> None:
    voting = Voting().opened()
    voting.vote(CHAIR, 0)
    voting.vote(OTHER, 0)
    voting.counted()
    assert (voting.phase, voting.outcome) == ("counted", "passed")
    voting.ask(CHAIR, m.AnnounceMotion())
    assert [type(event).__name__ for event in voting.happened] == [
        *("MotionDrafted", "MotionOpened", "MotionClosed", "MotionCounted", "MotionAnnounced")
    ]


def test_every_event_is_read_back_as_it_was_and_gives_the_same_motion() -> None:
    voting = Voting(rule=Rule(tie="chair", base="cast")).opened()
    voting.vote(MEMBER, 0)
    voting.vote(OTHER, 1)
    voting.counted()
    voting.ask(OTHER, m.Object("Tôi chọn không đồng ý"))
    voting.ask(CHAIR, m.BreakTie(1))
    voting.ask(CHAIR, m.AnnounceMotion())
    motion = None
    for event in voting.happened:
        motion = evolve_motion(motion, msgspec.json.decode(msgspec.json.encode(event), type=m.AnyMotionEvent))
    assert motion == voting.motion and voting.outcome == "rejected"


# --- drafting ------------------------------------------------------------------------------------------------------------


def test_the_secretary_and_the_chair_write_motions_and_nobody_else() -> None:
    assert refused(Voting(), MEMBER, DRAFT) == "not_allowed"
    voting = Voting()
    voting.ask(SECRETARY, DRAFT)
    voting.ask(CHAIR, m.DraftMotion("  Thông qua \u202enghị quyết số 1 "))
    assert voting.motion is not None and voting.motion.text == "Thông qua nghị quyết số 1"


def test_what_is_voted_on_is_changed_no_more() -> None:
    voting = Voting().opened()
    assert refused(voting, SECRETARY, DRAFT) == "motion_decided"
    assert refused(voting, CHAIR, m.OpenMotion(60)) == "motion_decided"


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        (m.DraftMotion(" "), "empty"),
        (m.DraftMotion("a" * 5_001), "too_long"),
        (m.DraftMotion("Chọn", ("A",)), "bad_options"),
        (m.DraftMotion("Chọn", ("A", "a ")), "bad_options"),
        (m.DraftMotion("Chọn", tuple(f"{number}" for number in range(21))), "bad_options"),
        (m.DraftMotion("Chọn", ("A", " ")), "empty"),
        (m.DraftMotion("Chọn", rule=Rule(secret=True, live=True)), "bad_rule"),
        (m.DraftMotion("Chọn", rule=Rule(secret=True, papers=4)), "bad_rule"),
        (m.DraftMotion("Chọn", rule=Rule(threshold=Share(3, 2))), "bad_rule"),
        (m.DraftMotion("Chọn", rule=Rule(threshold=Share(1, 1, more=True))), "bad_rule"),
        (m.DraftMotion("Chọn", rule=Rule(quorum=Share(1, 0))), "bad_rule"),
        (m.DraftMotion("Chọn", rule=Rule(threshold=Share(-1, 2))), "bad_rule"),
    ],
)
def test_what_cannot_be_decided_is_not_drafted(draft: m.DraftMotion, code: str) -> None:
    assert refused(Voting(), SECRETARY, draft) == code


# --- opening and closing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [m.OpenMotion(60), LATER, m.CloseMotion(), m.BreakTie(0), m.AnnounceMotion(), m.WithdrawMotion("Hoãn")],
    ids=lambda command: type(command).__name__,
)
def test_only_who_chairs_decides_on_the_life_of_a_motion(command: m.Command) -> None:
    voting = Voting()
    assert refused(voting, CHAIR, command) == "not_found"
    voting.ask(SECRETARY, DRAFT)
    for who in (SECRETARY, MEMBER, None):
        assert refused(voting, who, command) == "not_allowed"


@pytest.mark.parametrize(
    "command",
    [
        m.OpenMotion(),
        m.OpenMotion(60, NOON + timedelta(minutes=1)),
        m.OpenMotion(9),
        m.OpenMotion(-60),
        m.OpenMotion(10**30),
        m.OpenMotion(closes_at=NOON),
        m.OpenMotion(closes_at=NOON + timedelta(days=61)),
    ],
)
def test_a_vote_has_one_deadline_not_too_near_and_not_too_far(command: m.OpenMotion) -> None:
    voting = Voting()
    voting.ask(SECRETARY, DRAFT)
    assert refused(voting, CHAIR, command) == "bad_deadline"


@pytest.mark.parametrize(
    ("roll", "rule", "code"),
    [
        ((), Rule(), "bad_roll"),
        ((ROLL[0], ROLL[0]), Rule(), "bad_roll"),
        ((Voter(CHAIR, "Chủ tịch", 0),), Rule(), "bad_roll"),
        ((Voter(CHAIR, "Chủ tịch", substitutes=(CHAIR,)),), Rule(), "bad_roll"),
        ((ROLL[1], ROLL[2]), Rule(tie="chair"), "no_casting_vote"),
        ((Voter(CHAIR, "Chủ tịch", 2), ROLL[1]), SECRET, "bad_rule"),
    ],
)
def test_a_vote_is_opened_on_a_roll_that_fits_its_rule(roll: tuple[Voter, ...], rule: Rule, code: str) -> None:
    voting = Voting(roll=roll, rule=rule)
    voting.ask(SECRETARY, m.DraftMotion("Thông qua", rule=rule))
    assert refused(voting, CHAIR, m.OpenMotion(60)) == code


def test_the_roll_and_who_is_present_are_those_of_the_opening() -> None:
    voting = Voting()
    voting.present |= {STRANGER}
    voting.opened()
    voting.roll = (*ROLL, Voter(STRANGER, "Người mới"))
    assert refused(voting, STRANGER, 0) == "not_on_roll"
    assert voting.motion is not None and voting.motion.present == {CHAIR, OTHER}
    voting.roll = ()
    voting.vote(OTHER, 0)


def test_those_vote_who_have_a_vote_on_the_roll_of_the_meeting() -> None:
    assert voters(sitting.ROLL, {CHAIR: "Chủ tịch"}) == (
        Voter(CHAIR, "Chủ tịch"),
        Voter(MEMBER, "", substitutes=(SUBSTITUTE,)),
        Voter(OTHER, ""),
    )


def test_a_vote_closes_on_its_deadline_whoever_notices_and_whenever() -> None:
    voting = Voting().opened(60)
    voting.later(59.999)
    assert voting.ask(None, m.CloseDue()) == []
    voting.vote(OTHER, 0)
    voting.later(0.001)
    assert refused(voting, CHAIR, 0) == "vote_closed"
    voting.later(3600)
    for closing in (m.CloseMotion(), m.CloseMotion(), m.CloseDue()):
        voting.ask(CHAIR if isinstance(closing, m.CloseMotion) else None, closing)
    assert moments(voting.happened[2:]) == [("MotionClosed", NOON + timedelta(seconds=60))]


def test_the_deadline_is_moved_to_later_with_a_reason_and_never_to_earlier() -> None:
    voting = Voting().opened(600)
    assert refused(voting, CHAIR, m.DelayMotion(LATER.closes_at, " ")) == "empty"
    for until, code in ((600, "deadline_not_later"), (60, "deadline_not_later"), (61 * 24 * 3_600, "bad_deadline")):
        assert refused(voting, CHAIR, m.DelayMotion(NOON + timedelta(seconds=until), "Vội")) == code
    voting.later(500)
    voting.ask(CHAIR, LATER)
    voting.later(100)
    voting.vote(OTHER, 0)
    assert voting.ask(None, m.CloseDue()) == []
    voting.later(3_000)
    assert refused(voting, OTHER, 0) == refused(voting, CHAIR, m.DelayMotion(NOON + timedelta(days=1), "Muộn")) == "vote_closed"
    assert moments(voting.ask(None, m.CloseDue())) == [("MotionClosed", LATER.closes_at)]
    assert voting.motion is not None
    [delay] = voting.motion.delays
    assert (delay.before, delay.until, delay.reason) == (NOON + timedelta(seconds=600), LATER.closes_at, LATER.reason)


def test_a_vote_closed_by_two_chairs_is_closed_once() -> None:
    voting = Voting().opened()
    assert len(voting.ask(CHAIR, m.CloseMotion())) == 1
    assert voting.ask(CHAIR, m.CloseMotion()) == voting.ask(None, m.CloseDue()) == []
    assert refused(voting, CHAIR, 0) == "vote_closed"


def test_nothing_is_counted_before_the_close_nor_twice() -> None:
    voting = Voting().opened()
    assert refused(voting, None, m.Count(Box())) == "vote_not_closed"
    assert refused(voting, CHAIR, m.AnnounceMotion()) == "vote_not_counted"
    assert voting.counted().ask(None, m.Count(Box())) == []
    voting.ask(CHAIR, m.AnnounceMotion())
    assert voting.ask(CHAIR, m.AnnounceMotion()) == []


def test_a_motion_is_withdrawn_before_it_is_decided_and_not_after() -> None:
    voting = Voting().opened()
    voting.ask(CHAIR, m.WithdrawMotion("Chuyển sang phiên sau"))
    assert refused(voting, OTHER, 0) == refused(voting, CHAIR, m.CloseMotion()) == "vote_not_open"
    decided = Voting().opened(60)
    decided.later(60)
    assert refused(decided, CHAIR, m.WithdrawMotion("Hoãn")) == "motion_decided"


def test_a_tie_waits_for_the_chair() -> None:
    voting = Voting("Phương án A", "Phương án B", "Phương án C", rule=Rule(base="cast", threshold=HALF, tie="chair")).opened()
    voting.vote(MEMBER, 0)
    voting.vote(OTHER, 2)
    voting.counted()
    assert voting.outcome == "tied"
    assert refused(voting, CHAIR, m.AnnounceMotion()) == "tied"
    assert refused(voting, CHAIR, m.BreakTie(1)) == "bad_choice"
    voting.ask(CHAIR, m.BreakTie(2))
    assert voting.outcome == "passed"
    assert refused(voting, CHAIR, m.BreakTie(0)) == "no_casting_vote"


def test_members_say_within_a_minute_that_the_count_is_wrong() -> None:
    voting = Voting().opened()
    wrong = m.Object("Phiếu của tôi ghi sai")
    assert refused(voting, OTHER, wrong) == "objected_too_late"
    voting.counted()
    assert refused(voting, STRANGER, wrong) == "not_allowed"
    assert refused(voting, OTHER, m.Object("")) == "empty"
    voting.ask(OTHER, wrong)
    assert refused(voting, OTHER, wrong) == "already"
    voting.later(OBJECT_WITHIN.total_seconds())
    assert refused(voting, MEMBER, wrong) == "objected_too_late"


def test_who_has_not_voted_is_reminded_a_day_and_an_hour_before() -> None:
    slip = Voting().opened(3 * 24 * 3600)
    assert slip.motion is not None
    assert reminders(slip.motion) == [NOON + timedelta(days=2), NOON + timedelta(days=2, hours=23)]
    slip.vote(MEMBER, 0)
    assert lacking(slip.motion, {ballot.member for ballot in slip.ballots}) == [ROLL[0], ROLL[2]]
    slip.later(2.5 * 24 * 3_600)
    slip.ask(CHAIR, m.DelayMotion(NOON + timedelta(days=3, hours=2), LATER.reason))
    assert slip.motion is not None and reminders(slip.motion) == [NOON + timedelta(days=3, hours=1)], "a day before has passed"
    soon = Voting().opened(60)
    assert soon.motion is not None and reminders(soon.motion) == []


# --- who may vote --------------------------------------------------------------------------------------------------------


def test_nobody_votes_before_the_opening_or_from_outside_the_roll() -> None:
    voting = Voting()
    voting.ask(SECRETARY, DRAFT)
    assert refused(voting, CHAIR, 0) == "vote_not_open"
    voting.ask(CHAIR, m.OpenMotion(60))
    assert refused(voting, STRANGER, 0) == refused(voting, SECRETARY, 0) == refused(voting, OTHER, 0, member=CHAIR) == "not_on_roll"


@pytest.mark.parametrize("choice", [2, -1, 10_000])
def test_only_an_option_is_voted_for(choice: int) -> None:
    assert refused(Voting().opened(), OTHER, choice) == "bad_choice"


def test_a_named_vote_is_changed_until_the_close_and_counts_once() -> None:
    voting = Voting(rule=Rule(base="cast")).opened()
    for choice in (0, None, 1):
        voting.vote(OTHER, choice)
    voting.counted()
    assert voting.motion is not None and voting.motion.result is not None
    assert (voting.motion.result.counts, voting.motion.result.silent) == ((0, 1), 2)


def test_a_substitute_votes_while_the_member_is_absent_and_only_inside_the_meeting() -> None:
    voting = Voting().opened()
    assert refused(voting, SUBSTITUTE, 0) == "not_on_roll"
    voting.present |= {SUBSTITUTE}
    voting.vote(SUBSTITUTE, 0)
    voting.present |= {MEMBER}
    voting.attended = set()  # who is inside is inside, also without having said so
    assert refused(voting, SUBSTITUTE, 1) == "member_present"


def test_of_two_substitutes_who_are_there_the_first_votes() -> None:
    roll = (ROLL[0], Voter(MEMBER, "Thành viên A", substitutes=(SUBSTITUTE, STRANGER)))
    voting = Voting(roll=roll).opened()
    voting.present |= {STRANGER}
    voting.vote(STRANGER, 0)
    voting.present |= {SUBSTITUTE}
    assert refused(voting, STRANGER, 1) == "member_present"
    voting.vote(SUBSTITUTE, 1)


def test_a_member_takes_back_their_vote_from_the_substitute_for_good() -> None:
    voting = Voting().opened()
    voting.present |= {SUBSTITUTE}
    voting.vote(SUBSTITUTE, 0)
    voting.vote(MEMBER, 1)  # by slip
    assert refused(voting, SUBSTITUTE, 0) == "voted_already"
    voting.counted()
    assert voting.motion is not None and voting.motion.result is not None and voting.motion.result.counts == (0, 1)


def test_a_slip_does_not_replace_what_was_cast_in_the_meeting() -> None:
    voting = Voting().opened()
    voting.vote(OTHER, 0)
    voting.present.remove(OTHER)
    assert refused(voting, OTHER, 1) == "voted_already"
    assert voting.ballots[-1].origin == "remote"


def test_delegates_in_a_hall_vote_each_for_themselves_and_are_told_apart_from_those_far_away() -> None:
    voting = Voting().opened()
    voting.hall = {OTHER, SUBSTITUTE}
    voting.vote(OTHER, 0)
    voting.vote(SUBSTITUTE, 0)
    voting.vote(CHAIR, 1)
    voting.counted()
    assert voting.motion is not None and voting.motion.result is not None
    assert voting.motion.result.origins == {"hall": 2, "remote": 1}


def test_who_was_present_is_on_record_for_the_opening_and_for_the_close() -> None:
    voting = Voting().opened()
    voting.present = {OTHER, STRANGER}
    voting.counted()
    _, opened, closed, counted = voting.happened
    assert isinstance(opened, m.MotionOpened) and isinstance(closed, m.MotionClosed) and isinstance(counted, m.MotionCounted)
    assert opened.present == {CHAIR, OTHER} and closed.present == {OTHER} and counted.result.attending == 2


def test_who_is_a_member_and_stands_in_for_another_says_whose_vote_it_is() -> None:
    roll = (
        ROLL[0],
        Voter(MEMBER, "Thành viên A", substitutes=(OTHER,)),
        ROLL[2],
        Voter(Who("p6"), "Thành viên C", substitutes=(SUBSTITUTE,)),
    )
    voting = Voting(roll=(*roll, Voter(Who("p7"), "Thành viên D", substitutes=(SUBSTITUTE,)))).opened()
    voting.present |= {SUBSTITUTE}
    voting.vote(OTHER, 0)
    voting.vote(OTHER, 1, member=MEMBER)
    assert [(ballot.member, ballot.by) for ballot in voting.ballots] == [(OTHER, OTHER), (MEMBER, OTHER)]
    assert refused(voting, SUBSTITUTE, 0) == "not_on_roll"  # stands in for two, and none is named
    voting.vote(SUBSTITUTE, 0, member=Who("p7"))


# --- secret votes --------------------------------------------------------------------------------------------------------


def test_a_secret_vote_names_nobody_and_is_not_changed() -> None:
    voting = Voting(rule=SECRET).opened()
    voting.vote(OTHER, 0, tracker=TWO)
    assert refused(voting, OTHER, 1, tracker=ONE) == "voted_already"
    voting.vote(CHAIR, 1, tracker=ONE)
    voting.vote(MEMBER, 1, tracker=THREE)
    counted = voting.counted().happened[-1]
    assert isinstance(counted, m.MotionCounted)
    assert [one.member for one in counted.box.voted] == [CHAIR, MEMBER, OTHER]  # in the order of the roll
    assert [paper.tracker for paper in counted.box.papers] == [ONE, TWO, THREE]  # in the order of the trackers
    assert counted.box.ballots == ()


def test_a_secret_vote_is_not_ended_at_will_before_its_papers_hide_each_other() -> None:
    voting = Voting(rule=SECRET).opened(60)
    for who, tracker in ((CHAIR, ONE), (MEMBER, TWO)):
        assert refused(voting, CHAIR, m.CloseMotion()) == "too_few_papers"
        voting.vote(who, 0, tracker=tracker)
    assert refused(voting, CHAIR, m.CloseMotion()) == "too_few_papers"
    voting.later(60)
    voting.ask(None, m.CloseDue())
    voting.ask(None, m.Count(voting.box()))
    counted = voting.happened[-1]
    assert isinstance(counted, m.MotionCounted) and voting.outcome == "withheld"
    assert (counted.box.papers, [one.member for one in counted.box.voted]) == ((), [CHAIR, MEMBER])


@pytest.mark.parametrize("tracker", ["", "0" * 31, "0" * 33, "A" * 32, "０" * 32, "0" * 32 + "\n"])
def test_a_secret_vote_needs_a_tracker(tracker: str) -> None:
    assert refused(Voting(rule=SECRET).opened(), OTHER, 0, tracker=tracker) == "bad_input"


def test_a_named_vote_has_none() -> None:
    assert refused(Voting().opened(), OTHER, 0, tracker=ONE) == "bad_input"
