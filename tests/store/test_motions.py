"""Motions and ballots on real PostgreSQL: one log each, one row a member, and secret papers that lead to nobody."""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import timedelta
from itertools import product

import asyncpg
import msgspec
import pytest

from rooms import motions as m
from server.kernel.ids import MotionId, Who
from server.kernel.refused import Refused
from server.realtime import motion_desk
from server.realtime.motion_reading import MotionReading
from server.store import ballots, motions
from server.store.connection import Pool
from tests.peers.postgres import Database
from tests.store.voting import Assembly, new_id, pass_deadline

MEMBERS = 60
SURE = 0.85
"""Of so many votes nobody guesses so many right by chance, one out of two each: five deviations."""


async def load(pool: Pool, motion: MotionId) -> m.Motion:
    async with pool.acquire() as connection:
        head = await motions.read_head(connection, motion)
        assert head is not None
        found = await motions.load(connection, head)
    assert found is not None and found.phase == head.phase
    return found


async def refusal(asked: object) -> str:
    with pytest.raises(Refused) as refused:
        await asked  # type: ignore[misc]
    return refused.value.code


async def test_a_motion_is_read_back_from_its_log_with_all_that_was_cast(pool: Pool) -> None:
    assembly = await Assembly.open(pool, 3)
    motion = await assembly.opened()
    for seat, choice in zip(assembly.people, (0, 0, None), strict=True):
        await assembly.vote(seat, motion, choice)
    await assembly.vote(assembly.people[1], motion, 1)
    await assembly.change(motion, m.CloseMotion())
    found = await load(pool, motion)
    assert found.phase == "counted" and found.result is not None
    assert (found.result.counts, found.result.abstained, found.result.origins) == ((1, 1), 1, {"slip": 3})
    assert [voter.name for voter in found.roll] == ["Đại biểu 0", "Đại biểu 1", "Đại biểu 2"]
    stored = await pool.fetchval("select string_agg(body::text, ' ') from motion_events where motion = $1", motion)
    assert "Đại biểu" not in stored, "names stand in one place only"


async def test_what_is_due_is_ended_once_by_whoever_comes_and_never_counts_what_came_after(pool: Pool, database: Database) -> None:
    assembly = await Assembly.open(pool, 2)
    motion = await assembly.opened(lasts_s=10)
    await assembly.vote(assembly.people[0], motion, 0)
    [left_s] = [await assembly.desk.end_due()]
    assert left_s is not None and 0 < left_s <= 10
    owner = await asyncpg.connect(database.owner_dsn)
    await pass_deadline(owner, motion)
    await owner.close()
    late = Assembly(pool, assembly.people)  # another process, which has not read of the motion yet
    assert await refusal(late.vote(assembly.people[1], motion, 0)) == "vote_closed"
    await asyncio.gather(*(late.desk.end_due() for _ in range(5)))
    found = await load(pool, motion)
    assert found.result is not None and (found.phase, found.result.counts, found.closed_at) == ("counted", (1, 0), found.closes_at)
    types = [row["type"] for row in await pool.fetch("select type from motion_events where motion = $1 order by seq", motion)]
    assert types == ["motion_drafted", "motion_opened", "motion_closed", "motion_counted"]
    assert await assembly.desk.end_due() is None


async def test_however_many_motions_are_written_the_open_ones_are_shown(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motions, "SHOWN", 2)
    assembly = await Assembly.open(pool, 2)
    open_one = await assembly.opened()
    for _ in range(3):
        newest = await assembly.desk.draft(assembly.host, None, new_id(), m.DraftMotion("Khác"), slip=True)
    assert [page.head.id for page in await MotionReading(pool).all(assembly.host)] == [open_one, newest]


async def test_of_so_many_drafts_one_must_be_put_to_the_vote_or_given_up_first(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motion_desk, "MOST_DRAFTS", 2)
    assembly = await Assembly.open(pool, 2)
    drafts = [await assembly.desk.draft(assembly.host, None, new_id(), m.DraftMotion("Một"), slip=True) for _ in range(2)]
    assert await refusal(assembly.desk.draft(assembly.host, None, new_id(), m.DraftMotion("Ba"), slip=True)) == "too_many_motions"
    await assembly.change(drafts[0], m.WithdrawMotion("Thôi"))
    await assembly.desk.draft(assembly.host, None, new_id(), m.DraftMotion("Ba"), slip=True)


async def test_a_hundred_parallel_ballots_of_one_member_leave_one(pool: Pool) -> None:
    assembly = await Assembly.open(pool, 2)
    motion, again = await assembly.opened(), new_id()
    me, other = assembly.people[1], Assembly(pool, assembly.people)  # two processes at once
    await asyncio.gather(*((assembly, other)[n % 2].vote(me, motion, n % 3 if n % 3 < 2 else None) for n in range(50)))
    await asyncio.gather(*((assembly, other)[n % 2].vote(me, motion, 1, again) for n in range(50)))
    assert await refusal(assembly.vote(me, motion, 0, again)) == "conflict"
    [one] = await ballots.standing_ballots(pool, motion)
    assert (one.member, one.choice) == (me.who, 1)


async def test_of_parallel_secret_ballots_of_one_member_one_is_taken(pool: Pool) -> None:
    assembly = await Assembly.open(pool, 2)
    motion, me = await assembly.opened(secret=True), assembly.people[1]
    answers = await asyncio.gather(*(assembly.vote_secretly(me, motion, n % 2) for n in range(30)), return_exceptions=True)
    taken = [one for one in answers if isinstance(one, str)]
    assert len(taken) == 1 and {one.code for one in answers if isinstance(one, Refused)} == {"voted_already"}
    assert await assembly.box.was_cast_secretly(motion, me.who, taken[0]), "the same paper again has nothing left to do"
    assert await refusal(assembly.vote_secretly(assembly.host, motion, 0, taken[0])) == "conflict", "no two papers bear one mark"
    assert await refusal(assembly.change(motion, m.CloseMotion())) == "too_few_papers"
    taken.append(await assembly.vote_secretly(assembly.host, motion, 0))
    await assembly.change(motion, m.CloseMotion())
    async with pool.acquire() as connection:
        box = await ballots.read_box(connection, motion)
    assert [one.member for one in box.voted] == sorted([me.who, assembly.host.who])
    assert [one.tracker for one in box.papers] == sorted(taken)


async def test_before_the_close_the_application_can_look_into_no_box(pool: Pool) -> None:
    assembly = await Assembly.open(pool, 3)
    motion = await assembly.opened(secret=True)
    await assembly.vote_secretly(assembly.people[1], motion, 0)
    for table in (f"box_voters_{motion}", f"box_papers_{motion}"):
        for asked in (f"select * from {table}", f"select xmin from {table}", f"delete from {table}", f"drop table {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await pool.execute(asked)
    with pytest.raises(asyncpg.RaiseError):
        await pool.execute("select empty_box($1)", motion)
    assert await pool.fetchval("select (select count(*) from secret_voters) + (select count(*) from secret_papers)") == 0
    assert await ballots.who_voted_secretly(pool, motion) == [assembly.people[1].who]
    await assembly.change(motion, m.WithdrawMotion("Thôi"))
    assert await pool.fetchval("select to_regclass($1)", f"box_papers_{motion}") is None, "what is given up is thrown away"
    assert await pool.fetchval("select count(*) from secret_papers") == 0


async def test_after_the_close_nobody_finds_from_all_that_is_stored_who_voted_what(
    pool: Pool, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assembly, chance = await Assembly.open(pool, MEMBERS), random.Random(7)
    motion = await assembly.opened(secret=True)
    truth: dict[Who, int] = {}
    papers: dict[str, int] = {}
    commands = await pool.fetchval("select count(*) from commands")
    for seat in chance.sample(assembly.people, MEMBERS):
        truth[seat.who] = chance.randrange(2)
        papers[await assembly.vote_secretly(seat, motion, truth[seat.who])] = truth[seat.who]
    assert await pool.fetchval("select count(*) from commands") == commands, "no command with its moment is kept"
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        before = await best_attack(owner, f"box_voters_{motion}", f"box_papers_{motion}", truth)
        assert before == 1.0, "with the eyes of the owner, an open box tells all: that is why the application has none"
        await assembly.change(motion, m.CloseMotion())
        assert await best_attack(owner, "secret_voters", "secret_papers", truth) < SURE
        tables = [row["tablename"] for row in await owner.fetch("select tablename from pg_tables where schemaname = 'public'")]
        assert not [name for name in tables if name.startswith("box_")]
        for table in tables:
            dump = " ".join(row[0] for row in await owner.fetch(f"select t::text from {table} as t"))
            found = [tracker for tracker in papers if tracker in dump]
            assert not found or table == "secret_papers", table
    finally:
        await owner.close()
    assert not [tracker for tracker in papers if tracker in caplog.text]
    result = (await load(pool, motion)).result
    assert result is not None and result.counts == (list(papers.values()).count(0), list(papers.values()).count(1))


async def test_too_few_secret_papers_are_thrown_away_at_the_deadline_and_nothing_that_is_stored_says_what_they_said(
    pool: Pool, database: Database
) -> None:
    assembly = await Assembly.open(pool, 6)
    motion = await assembly.opened(lasts_s=3_600, secret=True)
    for seat in assembly.people[:4]:
        tracker = await assembly.vote_secretly(seat, motion, 0)
    assert await refusal(assembly.change(motion, m.CloseMotion())) == "too_few_papers"
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await pass_deadline(owner, motion)
        await Assembly(pool, assembly.people).desk.end_due()
        names = [row["tablename"] for row in await owner.fetch("select tablename from pg_tables where schemaname = 'public'")]
        dump = {name: " ".join(row[0] for row in await owner.fetch(f"select t::text from {name} as t")) for name in names}
    finally:
        await owner.close()
    assert not any(name.startswith("box_") or tracker in rows for name, rows in dump.items()) and dump["secret_papers"] == ""
    assert dump["secret_voters"].count("slip") == 4, "who voted is known, as it was while the vote was open"
    found = await load(pool, motion)
    assert found.result is not None
    assert (found.result.outcome, found.result.counts, found.result.abstained) == ("withheld", (0, 0), 0)
    page = await MotionReading(pool).one(assembly.host, motion)
    assert (page.papers, len(page.voters)) == ((), 4)


async def test_a_deadline_that_is_moved_is_the_one_that_ends_the_vote_and_the_one_that_is_reminded_of(pool: Pool) -> None:
    assembly = await Assembly.open(pool, 2)
    motion = await assembly.opened(lasts_s=3_600)
    before = await load(pool, motion)
    assert before.closes_at is not None
    later, again = before.closes_at + timedelta(days=3), new_id()
    delay = m.DelayMotion(later, "Tài liệu gửi muộn")
    for _ in range(2):  # a repeat of the command moves nothing more
        await assembly.desk.change(assembly.host, None, again, motion, delay)
    head, after = await motions.read_head(pool, motion), await load(pool, motion)
    assert head is not None and head.closes_at == after.closes_at == later and len(after.delays) == 1
    left_s = await assembly.desk.end_due()
    assert left_s is not None and left_s > 3_600
    rows = await pool.fetch("select payload, due_at from jobs where kind = 'slip' order by due_at")
    of_new = [(row["payload"]["what"], later - row["due_at"]) for row in rows if row["payload"]["until"] == msgspec.to_builtins(later)]
    assert [what for what, _ in of_new] == ["later", "24h", "1h"]
    assert [timedelta(seconds=round(ahead.total_seconds())) for _, ahead in of_new[1:]] == [timedelta(hours=24), timedelta(hours=1)]


async def best_attack(owner: asyncpg.Connection, voters: str, papers: str, truth: Mapping[Who, int]) -> float:
    """The share of votes that the best of many guesses gets right: rows of the two tables belong together by their hidden transaction, or
    by their place in any order that the tables have."""
    orders = ("ctid", "xmin::text::bigint, ctid", "xmin::text::bigint desc, ctid")
    guesses: list[dict[Who, int]] = []
    joined = await owner.fetch(f"select v.member, p.choice from {voters} as v join {papers} as p on v.xmin = p.xmin")
    guesses.append({row["member"]: row["choice"] for row in joined})
    for of_voters, of_papers in product((*orders, "member", "member desc"), (*orders, "tracker", "tracker desc")):
        members = [row["member"] for row in await owner.fetch(f"select member from {voters} order by {of_voters}")]
        choices = [row["choice"] for row in await owner.fetch(f"select choice from {papers} order by {of_papers}")]
        guesses.append(dict(zip(members, choices, strict=True)))
    return max(sum(guess.get(who) == choice for who, choice in truth.items()) / len(truth) for guess in guesses)
