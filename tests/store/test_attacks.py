"""What people try who know the program: many acts of one person at once, and acts at the very moment in which something ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from consultations import commands as c
from consultations.questions import Asked
from server.identity.keys import Keys
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import QuestionId
from server.kernel.refused import Refused
from server.realtime.consulting import Consulting
from server.realtime.following import Following
from server.realtime.votes import voter_key
from server.store import dispositions, questions, reports, votes
from server.store.connection import Connection
from tests.peers.reported import COVER
from tests.store.scene import Scene, new_id, open_scene

AT_ONCE = 100


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


async def opened_poll(scene: Scene, asked: Asked) -> QuestionId:
    await scene.change(c.AddPoll(asked))
    async with scene.world.pool.acquire() as connection:
        poll = (await questions.list_questions(connection, scene.world.consultation))[-1].id
    await scene.change(c.OpenPoll(poll))
    return poll


async def until_waiting(scene: Scene, task: asyncio.Task[Any]) -> None:
    """Returns when ``task`` waits for somebody else in this database, or has not waited."""
    waiting = "select exists (select from pg_stat_activity where datname = current_database() and cardinality(pg_blocking_pids(pid)) > 0)"
    while not task.done() and not await scene.world.pool.fetchval(waiting):
        await scene.world.pool.fetchval("select pg_sleep(0.01)")


@asynccontextmanager
async def unfinished(scene: Scene) -> AsyncIterator[Connection]:
    """A transaction that is committed when the block ends."""
    async with scene.world.pool.acquire() as connection, connection.transaction():
        yield connection


def one_vote(scene: Scene, poll: QuestionId) -> votes.Ballots:
    assert scene.citizen.person is not None
    return votes.Ballots([scene.citizen.person], [voter_key(scene.world.secret, scene.citizen.person)], [new_id()], [7], [poll], [0])


# --- the moment in which something ends ------------------------------------------------------------------------------------


async def test_a_response_under_way_while_its_poll_is_closed_is_refused(scene: Scene) -> None:
    poll = await opened_poll(scene, Asked("several", "Màu nào?", ("Đỏ", "Vàng")))
    async with unfinished(scene) as closing:
        await questions.set_state(closing, poll, "closed")
        responding = asyncio.create_task(scene.consulting.respond(scene.citizen, poll, [0]))
        await until_waiting(scene, responding)
    with pytest.raises(Refused, match="closed"):
        await responding


async def test_a_vote_under_way_while_its_poll_is_closed_is_refused(scene: Scene) -> None:
    poll = await opened_poll(scene, Asked("single", "Đồng ý không?", ("Có", "Không")))
    async with unfinished(scene) as closing, scene.world.pool.acquire() as voting:
        await questions.set_state(closing, poll, "closed")
        cast = asyncio.create_task(votes.cast(voting, one_vote(scene, poll)))
        await until_waiting(scene, cast)
        await closing.execute("commit; begin")
        assert await cast == ["closed"]


async def test_a_poll_is_closed_only_when_what_was_accepted_is_recorded(scene: Scene) -> None:
    poll = await opened_poll(scene, Asked("single", "Đồng ý không?", ("Có", "Không")))
    async with unfinished(scene) as voting:
        assert await votes.cast(voting, one_vote(scene, poll)) == ["done"]
        closing = asyncio.create_task(scene.change(c.ClosePoll(poll)))
        await until_waiting(scene, closing)
    await closing
    async with scene.world.pool.acquire() as connection:
        assert (await votes.read_totals(connection, scene.world.consultation)).people[poll] == [1, 0]


async def test_who_edits_what_was_answered_waits_for_another_answer(scene: Scene) -> None:
    bait = await scene.contributed("Nên giảm thời hạn")
    await scene.change(c.Dispose((bait,), "accepted", "Tiếp thu"))
    await scene.consulting.change_own(scene.citizen, new_id(), c.Edit(bait, "Nên bãi bỏ toàn bộ"))
    async with scene.world.pool.acquire() as connection:
        assert await dispositions.answers_in_hand(connection, [bait]) == {}
    await scene.check_replay()
    await scene.change(c.Close("Đã đủ ý kiến"))
    with pytest.raises(Refused, match="unanswered"):
        await scene.change(c.PublishAnswers())


# --- one person, many times at once ----------------------------------------------------------------------------------------


async def test_one_person_who_does_everything_a_hundred_times_at_once_has_done_it_once(scene: Scene) -> None:
    pool, consulting, consultation = scene.world.pool, scene.consulting, scene.world.consultation
    poll = await opened_poll(scene, Asked("several", "Màu nào?", ("Đỏ", "Vàng")))
    anothers = (await scene.contribute(viewer=scene.other)).contribution
    hidden = await scene.contributed()
    assert anothers is not None
    await consulting.rule(scene.moderator, new_id(), c.Rule(hidden, "hide", "insult", "Xúc phạm"))
    following = Following(pool, Keys(b"k" * 32))
    id = new_id()
    told = await asyncio.gather(*(scene.contribute("Một ý kiến", id) for _ in range(AT_ONCE)))
    assert len(set(told)) == 1
    assert set(await asyncio.gather(*(consulting.support(scene.citizen, anothers, True) for _ in range(AT_ONCE)))) == {1}
    await asyncio.gather(*(consulting.respond(scene.citizen, poll, [number % 2]) for number in range(AT_ONCE)))
    await asyncio.gather(*(consulting.open_text(scene.citizen, consultation) for _ in range(AT_ONCE)))
    await asyncio.gather(*(following.follow(scene.citizen, consultation) for _ in range(AT_ONCE)))
    appeals = [consulting.change_own(scene.citizen, new_id(), c.Appeal(hidden, "Xin xem lại")) for _ in range(AT_ONCE)]
    answers = await asyncio.gather(*appeals, return_exceptions=True)
    assert sorted(one.code if isinstance(one, Refused) else "done" for one in answers) == ["already"] * (AT_ONCE - 1) + ["done"]
    counted = """
    select (select count(*) from contributions where text = 'Một ý kiến'), (select count(*) from supports),
        (select supports from contributions where id = $1), (select count(*) from responses), (select count(*) from text_openings),
        (select count(*) from follows), (select count(*) from events where type = 'appealed'),
        (select sum(people) from tallies where question = $2 and choice = -1),
        (select sum(people) from tallies where question = $2 and choice >= 0)
    """
    [row] = await pool.fetch(counted, anothers, poll)
    assert tuple(row) == (1,) * 9
    await scene.check_replay()


async def test_a_draft_begun_and_answers_published_a_hundred_times_at_once_are_one(scene: Scene) -> None:
    begun, published, disposed = new_id(), new_id(), new_id()
    made = await asyncio.gather(
        *(scene.consulting.create(scene.editor, begun, scene.world.agency, "Dự thảo mới", "moi") for _ in range(AT_ONCE))
    )
    assert len(set(made)) == 1
    one = await scene.contributed()
    await scene.change(c.Close("Đã đủ ý kiến"))
    command = c.Dispose((one,), "noted", "")
    consultation = scene.world.consultation
    await asyncio.gather(*(scene.consulting.change(scene.editor, disposed, consultation, command) for _ in range(AT_ONCE)))
    again = [scene.consulting.change(scene.editor, published, consultation, c.PublishAnswers()) for _ in range(AT_ONCE)]
    assert len(set(await asyncio.gather(*again))) == 1
    counted = (
        "select (select count(*) from dispositions), (select count(*) from events where type = 'answered'), count(*) from consultations"
    )
    [row] = await scene.world.pool.fetch(counted)
    assert tuple(row) == (1, 1, 2)


async def test_a_report_asked_for_twice_at_once_is_written_once(scene: Scene) -> None:
    async def ask_again() -> int | None:
        async with scene.world.pool.acquire() as connection:
            return await reports.ask(connection, scene.world.consultation, COVER)

    async with unfinished(scene) as asking:
        assert await reports.ask(asking, scene.world.consultation, COVER) is not None
        again = asyncio.create_task(ask_again())
        await until_waiting(scene, again)
    assert await again is None


async def test_who_edits_again_and_again_is_stopped_as_who_contributes_is(scene: Scene) -> None:
    consulting = Consulting(scene.world.pool, lambda consultation, events: None, per_hour=3)
    made = await consulting.contribute(scene.citizen, new_id(), scene.world.consultation, None, "Lời 0", "Tôi")
    assert made.contribution is not None
    for number in (1, 2):
        await consulting.change_own(scene.citizen, new_id(), c.Edit(made.contribution, f"Lời {number}"))
    with pytest.raises(Refused, match="contributed_enough"):
        await consulting.change_own(scene.citizen, new_id(), c.Edit(made.contribution, "Lời 3"))
    await scene.world.pool.execute("delete from requests")  # an hour goes by
    await consulting.change_own(scene.citizen, new_id(), c.Edit(made.contribution, "Lời 3"))
    await scene.check_replay()


# --- other people's numbers ------------------------------------------------------------------------------------------------


async def test_what_is_of_another_consultation_is_not_there_for_any_command(scene: Scene) -> None:
    pool, consulting, here = scene.world.pool, scene.consulting, scene.world.consultation
    elsewhere = await open_scene(pool, slug="khac", moderation="before")
    there = elsewhere.world.consultation
    one, waiting = await scene.contributed(), await elsewhere.contributed("Lời đợi duyệt")
    hers = await opened_poll(elsewhere, Asked("several", "Màu nào?", ("Đỏ", "Vàng")))
    await elsewhere.change(c.AddPoll(Asked("single", "Chưa mở?", ("Có", "Không"))))
    unopened = QuestionId(await pool.fetchval("select max(id) from questions"))
    before = await pool.fetch("select id, state, text, disposition, appeal from contributions order by id")
    of_editors = (c.Dispose((one, waiting), "noted", ""), c.OpenPoll(unopened), c.ClosePoll(hers))
    asked = [
        *(consulting.change(scene.editor, new_id(), here, command) for command in of_editors),
        consulting.speak(scene.citizen, new_id(), here, c.Contribute(None, "Đáp lại", "Tôi", parent=waiting)),
        consulting.support(scene.citizen, waiting, True),
        *(consulting.change_own(scene.other, new_id(), command) for command in (c.Edit(one, "Khác"), c.Withdraw(one), c.Appeal(one, "Vì"))),
        consulting.moderate(scene.citizen, new_id(), c.Rule(one, "hide", "insult", "Vì")),
        consulting.moderate(scene.editor, new_id(), c.DecideAppeal(one, True, "Vì")),
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [getattr(answer, "code", answer) for answer in answers] == ["not_found"] * len(asked)
    many = await consulting.moderate(scene.moderator, new_id(), c.RuleMany((one, waiting), "hide", "insult", "Xúc phạm"))
    assert many.contributions == (one,) and many.consultation == here
    with pytest.raises(Refused, match="not_open"):
        await consulting.respond(scene.citizen, unopened, [0])
    after = await pool.fetch("select id, state, text, disposition, appeal from contributions order by id")
    assert [tuple(row) for row in after if row["id"] != one] == [tuple(row) for row in before if row["id"] != one]
    assert await pool.fetchval("select count(*) from contributions where consultation = $1", there) == 1


async def test_an_id_that_another_person_has_used_is_free_and_tells_nothing(scene: Scene) -> None:
    id = new_id()
    first = await scene.contribute("Lời của người thứ nhất", id)
    second = await scene.contribute("Lời của người thứ hai", id, scene.other)
    assert first.contribution != second.contribution
    with pytest.raises(Refused, match="conflict"):
        await scene.contribute("Lời khác", id)
    assert await scene.world.pool.fetchval("select count(*) from contributions") == 2


async def test_one_who_keeps_accounts_does_nothing_with_what_they_said_before(scene: Scene) -> None:
    said = await scene.contributed()
    keeper = Viewer(scene.citizen.person, grants=frozenset({Grant(Role.ADMINISTRATOR, scene.world.agency)}))
    asked = [
        scene.contribute(viewer=keeper),
        scene.consulting.change_own(keeper, new_id(), c.Edit(said, "Khác")),
        scene.consulting.support(keeper, said, True),
    ]
    refused = await asyncio.gather(*asked, return_exceptions=True)
    assert [getattr(answer, "code", answer) for answer in refused] == ["not_allowed"] * len(asked)
    with pytest.raises(Refused, match="not_found"):
        await scene.consulting.moderate(keeper, new_id(), c.Rule(said, "hide", "insult", "Vì"))
