"""Questionnaires, polls and follows on real PostgreSQL."""

import asyncio

import asyncpg
import pytest

from consultations import commands as c
from consultations.questions import Asked
from server.identity.keys import Keys
from server.kernel.ids import NodeId, QuestionId
from server.kernel.refused import Refused
from server.realtime.following import MOST_FOLLOWS, Following
from server.realtime.votes import voter_key
from server.store import contributions, follows, questions, reading, votes
from tests.store.scene import Scene, new_id, open_scene

COLOURS = Asked("several", "Màu nào?", ("Đỏ", "Vàng", "Xanh"), 2)


async def opened_poll(scene: Scene, asked: Asked) -> QuestionId:
    await scene.change(c.AddPoll(asked))
    async with scene.world.pool.acquire() as connection:
        poll = (await questions.list_questions(connection, scene.world.consultation))[-1].id
    with pytest.raises(Refused, match="not_open"):
        await scene.consulting.respond(scene.citizen, poll, [0])
    await scene.change(c.OpenPoll(poll))
    return poll


async def test_the_last_response_of_each_person_counts_and_nobody_knows_before_the_poll_is_closed(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool, tallies="hidden")
    poll = await opened_poll(scene, COLOURS)
    await asyncio.gather(*(scene.consulting.respond(scene.citizen, poll, [choice]) for choice in (0, 1, 0, 1)))
    await scene.consulting.respond(scene.citizen, poll, [2, 0])
    await scene.consulting.respond(scene.other, poll, [2])
    async with pool.acquire() as connection:
        assert await questions.people_by_choice(connection, scene.world.consultation) == {}
        assert poll not in (await votes.read_totals(connection, scene.world.consultation)).people
        assert await reading.count_voters_and_answers(connection, scene.world.consultation) == (2, 2, (reading.Part("poll", 2, 2),))
    await scene.change(c.ClosePoll(poll))
    with pytest.raises(Refused, match="closed"):
        await scene.consulting.respond(scene.other, poll, [1])
    async with pool.acquire() as connection:
        assert await questions.people_by_choice(connection, scene.world.consultation) == {poll: {-1: 2, 0: 1, 2: 2}}
        assert (await votes.read_totals(connection, scene.world.consultation)).people == {poll: [1, 0, 2, 2]}
        kept, counted = await votes.kept_and_recounted(connection, scene.world.consultation)
        assert kept == counted == []
    await scene.check_replay()


async def test_an_order_is_counted_by_place_and_words_are_kept_until_the_close(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool, tallies="hidden", published=False)
    order, words = Asked("rank", "Thứ tự?", ("Đỏ", "Vàng", "Xanh")), Asked("text", "Vì sao?")
    await scene.change(c.Ask((COLOURS,)))
    await scene.change(c.Ask((order, words)))
    await scene.change(c.Describe("Khảo sát", "", "Tóm tắt", ""))
    async with pool.acquire() as connection:
        now = await connection.fetchval("select now()")
        asked = await questions.list_questions(connection, scene.world.consultation)
    await scene.change(c.Publish(None, now.replace(year=now.year + 1), "after", "hidden"))
    assert [one.asked for one in asked] == [order, words]
    await scene.consulting.respond(scene.citizen, asked[0].id, [2, 0, 1])
    await scene.consulting.respond(scene.other, asked[0].id, [2, 1, 0])
    await scene.consulting.respond(scene.other, asked[1].id, [], "Vì rõ ràng")
    async with pool.acquire() as connection:
        assert await questions.texts_given(connection, scene.world.consultation, asked[1].id, 10, 0) == []
    await scene.change(c.Close("Đã đủ ý kiến"))
    async with pool.acquire() as connection:
        people = await questions.people_by_choice(connection, scene.world.consultation)
        assert people[asked[0].id] == {-1: 2, 2: 2, 32: 1, 33: 1, 64: 1, 65: 1}
        totals = (await votes.read_totals(connection, scene.world.consultation)).people
        assert totals[asked[0].id] == [0, 0, 2, 1, 1, 0, 1, 1, 0, 2]
        assert totals[asked[1].id] == [1]
        assert await questions.texts_given(connection, scene.world.consultation, asked[1].id, 10, 0) == ["Vì rõ ràng"]
    await scene.check_replay()


async def test_a_poll_of_one_choice_takes_votes_only_while_it_is_open(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool)
    poll = await opened_poll(scene, Asked("single", "Đồng ý?", ("Có", "Không")))
    with pytest.raises(Refused, match="bad_choice"):
        await scene.consulting.respond(scene.citizen, poll, [0])
    async with pool.acquire() as connection:
        ballots = votes.Ballots(scene.world.people[:2], [b"0" * 16, b"1" * 16], [new_id(), new_id()], [1, 2], [poll, poll], [0, 2])
        assert await votes.cast(connection, ballots) == ["done", "bad_choice"]
    await scene.change(c.ClosePoll(poll))
    async with pool.acquire() as connection:
        assert await votes.cast(connection, votes.Ballots(scene.world.people[:1], [b"2" * 16], [new_id()], [3], [poll], [0])) == ["closed"]
        assert (await votes.read_totals(connection, scene.world.consultation, [poll])).people == {poll: [1, 0]}


@pytest.mark.parametrize("kind", ["single", "several"])
async def test_who_has_not_opened_the_text_answers_no_question_about_the_whole(pool: asyncpg.Pool, kind: str) -> None:
    scene = await open_scene(pool)
    about_the_whole = Asked(kind, "Ông/bà có tán thành dự thảo không?", ("Có", "Không"), whole=True)  # type: ignore[arg-type]
    await scene.change(c.AddPoll(about_the_whole))
    async with scene.world.pool.acquire() as connection:
        [poll] = [one.id for one in await questions.list_questions(connection, scene.world.consultation)]
        secret = await contributions.voter_secret(connection, scene.world.consultation)
    await scene.change(c.OpenPoll(poll))

    async def answer() -> str:
        if kind == "several":
            try:
                await scene.consulting.respond(scene.citizen, poll, [0])
            except Refused as refused:
                return refused.code
            return "done"
        assert scene.citizen.person is not None
        ballots = votes.Ballots([scene.citizen.person], [voter_key(secret, scene.citizen.person)], [new_id()], [1], [poll], [0])
        async with pool.acquire() as connection:
            [outcome] = await votes.cast(connection, ballots)
        return outcome

    assert await answer() == "unread"
    await scene.consulting.open_text(scene.other, scene.world.consultation)
    assert await answer() == "unread"
    await scene.consulting.open_text(scene.citizen, scene.world.consultation)
    assert await answer() == "done"


async def test_whoever_begins_many_follows_at_once_has_no_more_than_the_most(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool)
    following = Following(pool, Keys(b"k" * 32))
    said = [await scene.contributed() for _ in range(6)]
    elsewhere = "insert into follows (person, consultation, node, version) select $1, $2, 'n' || i, 9 from generate_series(1, $3) as i"
    await pool.execute(elsewhere, scene.world.people[1], scene.world.consultation, MOST_FOLLOWS - 2)
    wishes = [following.follow(scene.other, scene.world.consultation, contribution=one) for one in said]
    told = await asyncio.gather(*wishes, return_exceptions=True)
    assert sorted(one.code if isinstance(one, Refused) else "follows" for one in told) == ["follows"] * 2 + ["too_many_follows"] * 4
    assert await pool.fetchval("select count(*) from follows where person = $1", scene.world.people[1]) == MOST_FOLLOWS


async def test_one_follows_once_and_a_letters_link_ends_that_follow_only(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool)
    following = Following(pool, Keys(b"k" * 32))
    here = scene.world.consultation
    opinion = await scene.contributed()
    whole = await following.follow(scene.other, here)
    assert (await following.follow(scene.other, here, digest="weekly")).id == whole.id
    clause = await following.follow(scene.other, here, NodeId("n1.1"))
    answer = await following.follow(scene.other, here, contribution=opinion)
    async with pool.acquire() as connection:
        assert [one.id for one in await follows.own_follows(connection, scene.world.people[1])] == [answer.id, clause.id, whole.id]
    with pytest.raises(Refused, match="not_found"):
        await following.unfollow_by_link(clause.id, following.secret(whole))
    assert await following.unfollow_by_link(clause.id, following.secret(clause)) == clause
    assert await following.unfollow_by_link(clause.id, following.secret(clause)) is None
    with pytest.raises(Refused, match="not_found"):
        await following.unfollow(scene.citizen, whole.id)
    await following.unfollow(scene.other, whole.id)
    for wrong in ({"node": NodeId("n9")}, {"contribution": type(opinion)(opinion + 99)}):
        with pytest.raises(Refused, match="not_found"):
            await following.follow(scene.other, here, **wrong)
