"""Votes on real PostgreSQL: one row, one count, whatever the order, the repeats and the races."""

import asyncio
import random
from collections import Counter
from uuid import UUID, uuid4

import asyncpg
import pytest

from server.kernel.ids import CommandId, ConsultationId, PersonId, QuestionId
from server.kernel.refused import Refused
from server.realtime.votes import VoteWriter, voter_key
from server.store import votes as store
from tests.worlds import World, open_world


@pytest.fixture
async def world(pool: asyncpg.Pool) -> World:
    return await open_world(pool, articles=3, people=20)


def told_nothing(consultation: ConsultationId, questions: set[QuestionId]) -> None:
    pass


async def totals(world: World) -> dict[QuestionId, list[int]]:
    async with world.pool.acquire() as connection:
        kept, counted = await store.kept_and_recounted(connection, world.consultation)
        assert kept == counted
        return (await store.read_totals(connection, world.consultation)).people


async def cast(world: World, votes: list[tuple[int, UUID, QuestionId, int]]) -> list[str]:
    ballots = store.Ballots([], [], [], [], [], [])
    for person, id, question, choice in votes:
        ballots.people.append(world.people[person])
        ballots.voters.append(voter_key(world.secret, world.people[person]))
        ballots.ids.append(id)
        ballots.digests.append(question << 5 | choice)
        ballots.questions.append(question)
        ballots.choices.append(choice)
    async with world.pool.acquire() as connection:
        return await store.cast(connection, ballots)


async def test_a_vote_is_counted_once_and_can_be_changed(world: World) -> None:
    question = world.questions[0]
    assert await cast(world, [(0, uuid4(), question, 0)]) == ["done"]
    assert await cast(world, [(0, uuid4(), question, 1)]) == ["done"]
    assert (await totals(world))[question] == [0, 1, 0]


async def test_a_repeated_command_is_recorded_once_and_never_undoes_a_later_vote(world: World) -> None:
    question, first = world.questions[0], uuid4()
    assert await cast(world, [(0, first, question, 0)]) == ["done"]
    assert await cast(world, [(0, uuid4(), question, 1)]) == ["done"]
    assert await cast(world, [(0, first, question, 0)]) == ["repeated"]
    assert (await totals(world))[question] == [0, 1, 0]


async def test_an_id_used_for_another_vote_is_a_conflict(world: World) -> None:
    first = uuid4()
    await cast(world, [(0, first, world.questions[0], 0)])
    assert await cast(world, [(0, first, world.questions[0], 1)]) == ["conflict"]


async def test_the_same_id_from_two_people_is_two_votes(world: World) -> None:
    shared = uuid4()
    assert await cast(world, [(0, shared, world.questions[0], 0), (1, shared, world.questions[0], 1)]) == ["done", "done"]
    assert (await totals(world))[world.questions[0]] == [1, 1, 0]


async def test_the_last_of_two_votes_in_one_batch_counts(world: World) -> None:
    question = world.questions[0]
    assert await cast(world, [(0, uuid4(), question, 0), (0, uuid4(), question, 2)]) == ["done", "done"]
    assert (await totals(world))[question] == [0, 0, 1]


async def test_a_choice_that_is_not_offered_and_a_question_that_is_not_there_are_refused(world: World) -> None:
    assert await cast(world, [(0, uuid4(), world.questions[0], 3), (0, uuid4(), QuestionId(999_999), 0)]) == ["bad_choice", "not_found"]
    assert await totals(world) == {question: [0, 0, 0] for question in world.questions}


async def test_the_databases_clock_says_what_is_open(pool: asyncpg.Pool) -> None:
    early = await open_world(pool, articles=1, people=1, opens_in_s=3600, closes_in_s=7200, slug="early")
    late = await open_world(pool, articles=1, people=1, opens_in_s=-7200, closes_in_s=-3600, slug="late")
    draft = await open_world(pool, articles=1, people=1, published=False, slug="draft")
    assert await cast(early, [(0, uuid4(), early.questions[0], 0)]) == ["not_open"]
    assert await cast(late, [(0, uuid4(), late.questions[0], 0)]) == ["closed"]
    assert await cast(draft, [(0, uuid4(), draft.questions[0], 0)]) == ["not_found"]


async def test_hidden_totals_are_not_read_before_the_close(pool: asyncpg.Pool) -> None:
    world = await open_world(pool, articles=1, people=1, tallies="hidden")
    await cast(world, [(0, uuid4(), world.questions[0], 0)])
    assert await totals(world) == {}
    async with pool.acquire() as connection:
        await connection.execute("update consultations set phase = 'closed' where id = $1", world.consultation)
    assert await totals(world) == {world.questions[0]: [1, 0, 0]}


async def test_the_application_cannot_delete_a_vote_or_write_a_total(world: World) -> None:
    await cast(world, [(0, uuid4(), world.questions[0], 0)])
    async with world.pool.acquire() as connection:
        for forbidden in ("delete from votes", "update tallies set people = 9", "truncate votes", "delete from events"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)


async def test_two_writers_and_two_thousand_random_votes_end_in_each_persons_last_word(world: World) -> None:
    writers = [VoteWriter(world.pool, told_nothing) for _ in range(2)]
    for writer in writers:
        writer.start()
    chance = random.Random(7)

    async def votes_of(person: PersonId) -> dict[QuestionId, int]:
        last: dict[QuestionId, int] = {}
        for _ in range(100):
            question, choice = chance.choice(world.questions), chance.randrange(3)
            await chance.choice(writers).cast(person, CommandId(str(uuid4())), question, choice)
            last[question] = choice
        return last

    ledgers = await asyncio.gather(*(votes_of(person) for person in world.people))
    expected = Counter((question, choice) for ledger in ledgers for question, choice in ledger.items())
    counted = {(question, choice): n for question, people in (await totals(world)).items() for choice, n in enumerate(people) if n}
    assert counted == dict(expected)
    for writer in writers:
        await writer.stop()


async def test_a_hundred_parallel_votes_of_one_person_are_one_row(world: World) -> None:
    writer = VoteWriter(world.pool, told_nothing)
    writer.start()
    question = world.questions[0]
    await asyncio.gather(*(writer.cast(world.people[0], CommandId(str(uuid4())), question, 1) for _ in range(100)))
    assert (await totals(world))[question] == [0, 1, 0]
    await writer.stop()


async def test_a_vote_that_breaks_the_form_is_refused_without_harm_to_the_others(world: World) -> None:
    writer = VoteWriter(world.pool, told_nothing)
    writer.start()
    question = world.questions[0]
    attempts = [
        ("no-uuid", question, 0),
        (str(uuid4()), QuestionId(-1), 0),
        (str(uuid4()), QuestionId(2**62), 0),
        (str(uuid4()), question, 9**9),
    ]
    outcomes = await asyncio.gather(
        writer.cast(world.people[1], CommandId(str(uuid4())), question, 2),
        *(writer.cast(world.people[0], CommandId(id), asked, choice) for id, asked, choice in attempts),
        return_exceptions=True,
    )
    assert outcomes[0] is None
    assert [one.code for one in outcomes[1:] if isinstance(one, Refused)] == ["bad_input", "not_found", "not_found", "bad_choice"]
    assert (await totals(world))[question] == [0, 0, 1]
    await writer.stop()
