"""Commands carried out on real PostgreSQL: what is stored replays to the state, repeats change nothing, races end in one truth."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from consultations import commands as c
from consultations.view import PUBLIC, look
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId, ContributionId, NodeId, Topic
from server.kernel.refused import Refused
from server.store import consultations as store
from server.store import reading, topics
from tests.store.scene import Scene, new_id, open_scene


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


async def test_what_is_stored_replays_to_the_state_in_the_database(scene: Scene) -> None:
    answers = [await scene.contribute(f"Ý kiến {number}") for number in range(4)]
    ids = [answer.contribution for answer in answers]
    assert all(id is not None for id in ids)
    await scene.consulting.withdraw(scene.citizen, new_id(), ContributionId(ids[0] or 0))
    await scene.consulting.rule(scene.moderator, new_id(), c.Rule(ContributionId(ids[1] or 0), "hide", "insult", "Xúc phạm"))
    await scene.consulting.change(scene.editor, new_id(), scene.world.consultation, c.Close("Có văn bản mới"))
    await scene.check_replay()


async def test_numbers_are_gapless_under_parallel_commands(scene: Scene) -> None:
    await asyncio.gather(*(scene.contribute(f"Ý kiến {number}") for number in range(40)))
    async with scene.world.pool.acquire() as connection:
        events = await topics.read_events(connection, scene_topic(scene), 0, 1000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1)) and len(events) == 43
    await scene.check_replay()


def scene_topic(scene: Scene) -> Topic:
    return Topic(f"consultation/{scene.world.consultation}")


async def test_a_repeat_returns_the_first_answer_and_records_nothing(scene: Scene) -> None:
    id = new_id()
    first = await scene.contribute(id=id)
    assert await scene.contribute(id=id) == first
    async with scene.world.pool.acquire() as connection:
        assert await reading.visible_totals(connection, scene.world.consultation) == {NodeId("n1"): 1}


async def test_twenty_parallel_repeats_are_one_contribution(scene: Scene) -> None:
    id = new_id()
    answers = await asyncio.gather(*(scene.contribute(id=id) for _ in range(20)))
    assert len(set(answers)) == 1
    async with scene.world.pool.acquire() as connection:
        assert await reading.visible_totals(connection, scene.world.consultation) == {NodeId("n1"): 1}


async def test_an_id_used_for_other_words_is_a_conflict(scene: Scene) -> None:
    id = new_id()
    await scene.contribute(id=id)
    with pytest.raises(Refused, match="conflict"):
        await scene.contribute("Lời khác", id=id)


async def test_the_words_stand_in_one_place_only_and_hiding_seals_them(scene: Scene) -> None:
    answer = await scene.contribute("Một câu rất riêng")
    await scene.consulting.rule(scene.moderator, new_id(), c.Rule(ContributionId(answer.contribution or 0), "hide", "insult", "Xúc phạm"))
    async with scene.world.pool.acquire() as connection:
        assert await connection.fetchval("select count(*) from events where body::text like '%rất riêng%'") == 0
        assert await connection.fetchval("select count(*) from commands where answer::text like '%rất riêng%'") == 0
        state = await store.load_whole(connection, scene.world.consultation)
        [one] = state.contributions.values()
        assert one.text == "Một câu rất riêng" and look(one, PUBLIC) is None
        assert await reading.visible_totals(connection, scene.world.consultation) == {}


async def test_a_refused_command_changes_nothing(scene: Scene) -> None:
    with pytest.raises(Refused, match="not_allowed"):
        await scene.consulting.change(scene.citizen, new_id(), scene.world.consultation, c.Close("Tôi muốn"))
    with pytest.raises(Refused, match="not_found"):
        await scene.consulting.contribute(scene.citizen, new_id(), scene.world.consultation, "n999", "Ý kiến", "Tên")
    with pytest.raises(Refused, match="sign_in_needed"):
        await scene.contribute(viewer=Viewer())
    with pytest.raises(Refused, match="bad_input"):
        await scene.contribute(id=CommandId("no uuid"))
    await scene.check_replay()
    assert scene.told == []


async def test_a_draft_does_not_exist_for_those_who_do_not_edit_it(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool, published=False)
    with pytest.raises(Refused, match="not_found"):
        await scene.contribute()
    stranger = Viewer(person=scene.world.people[3], grants=frozenset({Grant(Role.EDITOR, scene.world.agency + 1)}))  # type: ignore[arg-type]
    with pytest.raises(Refused, match="not_found"):
        await scene.consulting.change(stranger, new_id(), scene.world.consultation, c.Describe("Tên khác", "", "", ""))


async def test_the_tick_opens_and_closes_by_the_databases_clock_and_once(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool, opens_in_s=-2, closes_in_s=-1)
    for _ in range(3):
        await scene.consulting.tick(scene.world.consultation)
    async with pool.acquire() as connection:
        state = await store.load_whole(connection, scene.world.consultation)
    assert state.phase == "closed"
    await scene.check_replay()


async def test_publishing_arranges_the_tick_of_the_opening_and_opening_that_of_the_close(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool, published=False)
    async with pool.acquire() as connection:
        now = await store.database_now(connection)
    publish = c.Publish(now + timedelta(days=1), now + timedelta(days=2), "after", "live")
    await scene.change(c.Describe("Dự thảo mẫu", "", "Tóm tắt", ""))
    await scene.change(publish)
    async with pool.acquire() as connection:
        kinds = await connection.fetch("select kind, round(extract(epoch from due_at - now()) / 3600) as hours from jobs")
    assert [(row["kind"], row["hours"]) for row in kinds] == [("consultation_tick", 24)]


async def test_only_the_newest_of_each_place_are_read_and_all_are_counted(scene: Scene) -> None:
    for number in range(5):
        await scene.contribute(f"Ý kiến {number}")
    await scene.consulting.contribute(scene.other, new_id(), scene.world.consultation, None, "Về toàn văn", "Người khác")
    async with scene.world.pool.acquire() as connection:
        newest = await reading.newest_by_place(connection, scene.world.consultation, 3)
        assert [row.text for row in newest[NodeId("n1")]] == ["Ý kiến 4", "Ý kiến 3", "Ý kiến 2"]
        assert [row.text for row in newest[None]] == ["Về toàn văn"]
        assert await reading.visible_totals(connection, scene.world.consultation) == {NodeId("n1"): 5, None: 1}
        page = await reading.page_of_place(connection, scene.world.consultation, NodeId("n1"), newest[NodeId("n1")][-1].id, 10)
        assert [row.text for row in page] == ["Ý kiến 1", "Ý kiến 0"]
