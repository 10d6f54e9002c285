"""What may be known of a motion, by whom and when."""

from collections.abc import Iterator

import msgspec
import pytest

from rooms import motions as m
from rooms.motions import Rule, Voter
from rooms.seen_motions import SeenMotion, SeenVote, see
from server.kernel.ids import Who
from tests.rooms.motion import CHAIR, MEMBER, OTHER, ROLL, SECRETARY, STRANGER, SUBSTITUTE, Voting

EVERYBODY = (CHAIR, SECRETARY, MEMBER, SUBSTITUTE, OTHER, STRANGER, None)


def seen(voting: Voting, who: Who | None) -> SeenMotion | None:
    assert voting.motion is not None
    return see(voting.motion, voting.ballots, len(voting.ballots) or len(voting.secret), who, who in (CHAIR, SECRETARY))


def lives(rule: Rule) -> Iterator[Voting]:
    """The stations of a vote of the chair for and of a substitute against, with both votes cast from the third on; in secret also one for
    nothing, so that there are papers enough to be counted."""
    voting = Voting(rule=rule)
    voting.present |= {SUBSTITUTE}
    voting.ask(SECRETARY, m.DraftMotion("Thông qua", rule=rule))
    yield voting
    voting.ask(CHAIR, m.OpenMotion(60))
    yield voting
    for number, (who, choice) in enumerate(((CHAIR, 0), (SUBSTITUTE, 1), (OTHER, None))[: 3 if rule.secret else 2]):
        voting.vote(who, choice, tracker=f"{number:032x}" if rule.secret else "")
    yield voting
    voting.ask(CHAIR, m.CloseMotion())
    yield voting
    voting.ask(None, m.Count(voting.box()))
    yield voting


def test_a_draft_is_seen_by_who_prepares_the_meeting() -> None:
    draft = next(lives(Rule()))
    assert {who for who in EVERYBODY if seen(draft, who) is not None} == {CHAIR, SECRETARY}


@pytest.mark.parametrize("rule", [Rule(), Rule(secret=True)], ids=["named", "secret"])
def test_until_the_count_nobody_sees_more_than_how_many_voted(rule: Rule) -> None:
    *before, _counted = (([seen(voting, who) for who in EVERYBODY]) for voting in lives(rule))
    for views in before[1:]:
        assert all(one is not None and one.result is None and one.votes is None for one in views)
    cast = 3 if rule.secret else 2
    assert [views[-1] and views[-1].voted for views in before[1:]] == [0, cast, cast]


def test_a_vote_shown_live_is_seen_by_all_with_its_names() -> None:
    stations = lives(Rule(live=True))
    for _ in range(3):
        voting = next(stations)
    for who in EVERYBODY:
        one = seen(voting, who)
        assert one is not None and one.result is not None and one.result.counts == (1, 1)
        assert one.votes == (SeenVote(CHAIR, "Chủ tịch", 0), SeenVote(MEMBER, "Thành viên A", 1, SUBSTITUTE))


@pytest.mark.parametrize("rule", [Rule(), Rule(secret=True)], ids=["named", "secret"])
def test_after_the_count_all_see_the_result_and_of_a_named_vote_the_names(rule: Rule) -> None:
    *_, counted = lives(rule)
    for who in EVERYBODY:
        one = seen(counted, who)
        assert one is not None and one.result is not None and one.result.counts == (1, 1)
        assert (one.votes is None) == rule.secret


def test_one_sees_the_vote_one_gave_or_that_was_given_for_one() -> None:
    *_, counted = lives(Rule())
    views = {who: seen(counted, who) for who in EVERYBODY}
    mine = {who: [vote.choice for vote in one.mine] for who, one in views.items() if one is not None and one.mine}
    assert mine == {CHAIR: [0], MEMBER: [1], SUBSTITUTE: [1]}


def test_of_a_secret_vote_a_view_holds_no_tracker_and_no_choice_of_anybodys() -> None:
    for voting in lives(Rule(secret=True)):
        for who in EVERYBODY:
            told = msgspec.json.encode(seen(voting, who))
            assert b"0000000000" not in told and b'"choice"' not in told


def test_of_a_secret_vote_with_too_few_papers_nobody_ever_sees_what_one_of_them_says() -> None:
    told = []
    for choice in (0, 1, None):
        voting = Voting(rule=Rule(secret=True)).opened(60)
        voting.vote(CHAIR, choice, tracker="0" * 32)
        voting.later(60)
        for step in (m.CloseDue(), m.Count(voting.box())):
            voting.ask(None, step)
        voting.ask(CHAIR, m.AnnounceMotion())
        told.append(msgspec.json.encode((voting.happened, [seen(voting, who) for who in EVERYBODY])))
    assert told[0] == told[1] == told[2] and b"withheld" in told[0]


def test_who_opens_a_secret_vote_of_few_is_warned() -> None:
    many = tuple(Voter(Who(f"p{number}"), "") for number in range(1, 6))
    for roll, warned in ((ROLL, True), (many, False)):
        one = seen(Voting(roll=roll, rule=Rule(secret=True)).opened(), CHAIR)
        assert one is not None and one.tells == warned and one.papers == min(5, len(roll))
    named = seen(Voting().opened(), CHAIR)
    assert named is not None and not named.tells
