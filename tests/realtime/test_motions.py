"""Votes over the live socket of the finished product, on real PostgreSQL."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import get_args

import pytest

from server.identity.keys import Keys
from server.protocol import motions as messages
from server.protocol import rooms
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.postgres import Database
from tests.realtime.halls import KEY, Hall, House, open_house

TEXT = "Thông qua kế hoạch quý IV"
_CODE = "select nonce from codes where purpose = 'ballot' and contact = $1"


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    return await Hall.open(pool)


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        yield house


async def drafted(host: Attendee, **rule: object) -> int:
    """A motion that the host has written."""
    done = await host.do(messages.DraftMotion(new_id(), host.room, None, TEXT, **rule))  # type: ignore[arg-type]
    assert done.motion is not None
    return done.motion


async def opened(host: Attendee, *others: Attendee, lasts_s: int = 600, **rule: object) -> int:
    """A motion that the host has put to the vote and that all of them see open."""
    motion = await drafted(host, **rule)
    await host.do(messages.OpenMotion(new_id(), host.room, motion, lasts_s))
    for one in (host, *others):
        await sees(one, motion, "open")
    return motion


async def sees(one: Attendee, motion: int, phase: str) -> messages.MotionShown:
    await one.sees(lambda: motion in one.motions and one.motions[motion].phase == phase)
    return one.motions[motion]


def ballot(one: Attendee, motion: int, choice: int | None, **more: str) -> messages.CastBallot:
    return messages.CastBallot(new_id(), one.room, motion, choice, **more)


async def secretly(one: Attendee, motion: int, choice: int | None, pool: Pool) -> messages.CastBallot:
    """A secret ballot with the code that was sent for it."""
    await one.do(messages.AskBallotCode(new_id(), one.room, motion))
    name = next(member.name for member in one.page.members if member.who == one.who).removeprefix("Đại biểu ")
    code = Keys(KEY.encode()).code(await pool.fetchval(_CODE, f"{name}@example.vn"))
    return ballot(one, motion, choice, tracker=secrets.token_hex(16), code=code)


async def test_a_named_vote_from_the_draft_to_the_announced_result(house: House) -> None:
    host, member, official = await house.person("host"), await house.person("member"), await house.person("official")
    motion = await drafted(host)
    await sees(host, motion, "drafted")
    await host.do(messages.OpenMotion(new_id(), host.room, motion, 600))
    for one in (host, member, official):
        shown = await sees(one, motion, "open")
        await one.sees(lambda one=one: motion in one.mandates)  # type: ignore[misc]
        assert (shown.text, shown.members, shown.voted, shown.result, shown.votes) == (TEXT, 3, 0, None, None)
        assert [(mine.who, mine.voted) for mine in one.mandates[motion]] == [(one.who, False)]
    await member.do(ballot(member, motion, 1))
    await member.do(ballot(member, motion, 0))  # until the close one may change
    await official.do(ballot(official, motion, 0))
    await member.sees(lambda: member.mandates[motion][0].choice == 0 and member.motions[motion].voted == 2)
    assert member.motions[motion].result is None, "hidden until the end"
    await host.do(ballot(host, motion, None))
    await host.do(messages.CloseMotion(new_id(), host.room, motion))
    for one in (host, member, official):
        shown = await sees(one, motion, "counted")
        assert shown.result is not None and shown.votes is not None
        assert (shown.result.line, shown.result.origins) == ("2/3 thành viên - cần ≥ 2 - THÔNG QUA", "3 trực tuyến")
        assert (shown.result.counts, shown.result.abstained) == ([2, 0], 1)
        assert {vote.who: vote.choice for vote in shown.votes} == {host.who: None, member.who: 0, official.who: 0}
    await member.do(messages.ObjectToCount(new_id(), member.room, motion, "Tôi biểu quyết không tán thành"))
    await host.do(messages.AnnounceMotion(new_id(), host.room, motion))
    assert (await sees(official, motion, "announced")).objections == 1
    assert await member.refused(ballot(member, motion, 1)) == "vote_closed"


def every_command(room: int, motion: int) -> list[messages.ForMotion]:
    """One of each kind, about a motion; what votes comes last."""
    commands: list[messages.ForMotion] = [
        messages.DraftMotion(new_id(), room, None, TEXT),
        messages.DraftMotion(new_id(), room, motion, "Khác"),
        messages.OpenMotion(new_id(), room, motion, 600),
        messages.WithdrawMotion(new_id(), room, motion, "Thôi"),
        messages.CloseMotion(new_id(), room, motion),
        messages.BreakTie(new_id(), room, motion, 0),
        messages.AnnounceMotion(new_id(), room, motion),
        messages.ObjectToCount(new_id(), room, motion, "Sai"),
        messages.AskBallotCode(new_id(), room, motion),
        messages.AskHands(new_id(), room, "Ai đồng ý?"),
        messages.ShowHand(new_id(), room, 0),
        messages.CastBallot(new_id(), room, motion, 0),
    ]
    assert {type(command) for command in commands} == set(get_args(messages.ForMotion)), "a command that nobody sends here"
    return commands


async def facts(pool: Pool) -> list[object]:
    """All that is kept of votes."""
    return [await pool.fetch(f"select * from {table}") for table in ("motions", "motion_events", "ballots", "secret_voters")]


async def test_who_may_not_changes_nothing_with_any_command(house: House, hall: Hall, pool: Pool) -> None:
    host, member, guest = await house.person("host"), await house.person("member"), await house.guest()
    stranger = await house.person("citizen", enter=False)
    motion = await drafted(host)
    before = await facts(pool)
    async with Attendee(house.origin, hall.room, {}) as visitor:
        for one, code in ((visitor, "sign_in_needed"), (guest, "sign_in_needed"), (stranger, "not_inside")):
            assert {await one.refused(command) for command in every_command(hall.room, motion)} == {code}
    refused = {type(command): await member.refused(command) for command in every_command(hall.room, motion)}
    own = {messages.AskHands: "not_allowed", messages.ShowHand: "hands_not_asked"}
    assert refused == {kind: own.get(kind, "not_found") for kind in refused}, "a draft is known to who prepares, and to nobody else"
    assert await member.refused(messages.DraftMotion(new_id(), hall.room, None, TEXT)) == "not_allowed"
    assert await facts(pool) == before
    await host.do(messages.OpenMotion(new_id(), host.room, motion, 600))
    await sees(member, motion, "open")
    before = await facts(pool)
    for command in every_command(hall.room, motion)[1:8]:
        assert await member.refused(command) in ("not_allowed", "objected_too_late"), command
    assert await member.refused(ballot(member, motion, 2)) == "bad_choice"
    assert await member.refused(ballot(member, motion, 0, member=host.who)) == "not_on_roll"
    assert await member.refused(ballot(member, motion + 1_000, 0)) == "not_found"
    assert await facts(pool) == before
    assert guest.motions == {}, "who waits outside is told of nothing"


async def test_a_vote_ends_on_its_deadline_by_itself(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    motion = await opened(host, member, lasts_s=10)
    await member.do(ballot(member, motion, 0))
    closes_at = member.motions[motion].closes_at
    assert (await sees(member, motion, "counted")).closes_at == closes_at


async def test_a_secret_vote_needs_a_fresh_code_shows_nothing_early_and_is_counted(house: House, pool: Pool) -> None:
    host, member = await house.person("host"), await house.person("member")
    motion = await opened(host, member, secret=True)
    assert member.motions[motion].tells, "two members: the result will tell who voted what"
    bare = ballot(member, motion, 0, tracker="0" * 32)
    assert await member.refused(bare) == "wrong_code"
    cast = await secretly(member, motion, 0, pool)
    wrong = ballot(member, motion, 0, tracker=cast.tracker, code=f"{(int(cast.code) + 1) % 10**8:08}")
    assert await member.refused(wrong) == "wrong_code"
    await member.do(cast)
    await member.do(cast)  # the answer was lost: the same tracker again
    assert await member.refused(await secretly(member, motion, 1, pool)) == "voted_already"
    await member.sees(lambda: member.motions[motion].voted == 1 and member.mandates[motion][0].voted)
    assert (member.mandates[motion][0].choice, member.motions[motion].result, host.motions[motion].result) == (None, None, None)
    await host.do(await secretly(host, motion, None, pool))
    await host.do(messages.CloseMotion(new_id(), host.room, motion))
    shown = await sees(member, motion, "counted")
    assert shown.result is not None and (shown.result.counts, shown.result.abstained, shown.votes) == ([1, 0], 1, None)


async def test_who_comes_in_later_is_told_of_the_vote_and_of_their_own(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    motion = await opened(host, member)
    await member.do(ballot(member, motion, 1))
    again = await house.person("member")
    await sees(again, motion, "open")
    await again.sees(lambda: motion in again.mandates and again.mandates[motion][0].choice == 1)
    await member.lose()


async def test_a_vote_outlives_its_meeting(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    motion = await opened(host, member)
    await host.do(rooms.EndMeeting(new_id(), host.room))
    await member.sees(lambda: member.page.phase == "ended")
    await member.do(ballot(member, motion, 0))
    await host.do(messages.CloseMotion(new_id(), host.room, motion))
    assert await member.refused(ballot(member, motion, 0)) == "vote_closed"


async def test_a_show_of_hands_is_told_to_all_and_kept_nowhere(house: House, pool: Pool) -> None:
    host, member = await house.person("host"), await house.person("member")
    await member.sees(lambda: member.standing == "inside")
    assert await member.refused(messages.ShowHand(new_id(), member.room, 0)) == "hands_not_asked"
    events = await pool.fetchval("select count(*) from events")
    await host.do(messages.AskHands(new_id(), host.room, "Nghỉ giải lao\u202e lúc 10 giờ?"))
    await member.sees(lambda: member.hands_shown[-1:] == [messages.HandsAsked(f"room/{host.room}", "Nghỉ giải lao lúc 10 giờ?")])
    await member.do(messages.ShowHand(new_id(), member.room, 0))
    await host.sees(lambda: host.hands_shown[-1:] == [messages.HandShown(f"room/{host.room}", member.who, 0)])
    assert await pool.fetchval("select count(*) from events") == events
