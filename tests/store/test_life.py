"""The life of a consultation on real PostgreSQL: suspended, gone on with, reminded, ended; and the dossier beside its draft."""

from datetime import timedelta

import asyncpg
import pytest

from consultations import commands as c
from server.kernel.refused import Refused
from server.realtime.consulting import File
from server.store import consultations as store
from server.store import papers, reading, votes
from tests.store.scene import Scene, new_id, open_scene


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool, tallies="hidden")


async def cast(scene: Scene) -> str:
    async with scene.world.pool.acquire() as connection:
        ballots = votes.Ballots(scene.world.people[:1], [b"0" * 16], [new_id()], [1], [scene.world.questions[0]], [0])
        [outcome] = await votes.cast(connection, ballots)
    return outcome


async def test_a_suspended_consultation_takes_nothing_shows_nothing_and_goes_on_later(scene: Scene) -> None:
    assert await cast(scene) == "done"
    async with scene.world.pool.acquire() as connection:
        before = await store.load(connection, scene.world.consultation)
    await scene.change(c.Suspend("Chờ ý kiến cơ quan có thẩm quyền"))
    with pytest.raises(Refused, match="wrong_phase"):
        await scene.contribute()
    async with scene.world.pool.acquire() as connection:
        # Even when the announced day passes in the meantime.
        await connection.execute("update consultations set closes_at = now() - interval '1 second', opens_at = now() - interval '2 days'")
        [listed] = await reading.list_published(connection)
        assert (listed.phase, (await votes.read_totals(connection, listed.id)).people) == ("suspended", {})
        assert await reading.closing_reason(connection, listed.id) == "Chờ ý kiến cơ quan có thẩm quyền"
        await connection.execute("update consultations set closes_at = $1, opens_at = $2", before.closes_at, before.opens_at)
    assert await cast(scene) == "not_open"
    await scene.change(c.Resume())
    assert await cast(scene) == "done"
    await scene.check_replay()
    async with scene.world.pool.acquire() as connection:
        state = await store.load(connection, scene.world.consultation)
    assert before.closes_at is not None and state.closes_at is not None
    assert timedelta(0) < state.closes_at - before.closes_at < timedelta(minutes=1)


async def test_a_cancelled_consultation_takes_no_votes_and_shows_what_it_had(scene: Scene) -> None:
    await cast(scene)
    await scene.change(c.Cancel("Không còn cần thiết"))
    await scene.check_replay()
    async with scene.world.pool.acquire() as connection:
        assert (await votes.read_totals(connection, scene.world.consultation)).people[scene.world.questions[0]] == [1, 0, 0]
        ballots = votes.Ballots(scene.world.people[:1], [b"1" * 16], [new_id()], [1], [scene.world.questions[0]], [0])
        assert await votes.cast(connection, ballots) == ["closed"]


async def test_an_announced_consultation_can_be_ended_before_it_opens(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool, opens_in_s=3600, closes_in_s=7200)
    await scene.change(c.Close("Có văn bản mới"))
    await scene.check_replay()


async def test_editors_are_reminded_by_a_job_and_once(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool, opens_in_s=-864_000, closes_in_s=86_400)
    for _ in range(2):
        await scene.consulting.tick(scene.world.consultation)
    jobs = await pool.fetch("select payload ->> 'what' as what from jobs where kind = 'consultation_notice'")
    assert [job["what"] for job in jobs] == ["closing"]
    await scene.check_replay()


async def test_a_paper_is_kept_with_its_bytes_for_this_consultation_only(scene: Scene) -> None:
    file = File("to-trinh.pdf", "application/pdf", b"%PDF-1.7 words")
    id = new_id()
    for _ in range(2):  # the second is a repeat
        await scene.consulting.add_paper(scene.editor, id, scene.world.consultation, "submission", "Tờ trình", file)
    await scene.check_replay()
    async with scene.world.pool.acquire() as connection:
        [paper] = await papers.list_papers(connection, scene.world.consultation)
        assert (paper.title, paper.size) == ("Tờ trình", 14)
        assert await papers.read_paper(connection, scene.world.consultation, paper.id) == (paper, file.data)
        elsewhere = type(scene.world.consultation)(scene.world.consultation + 1)
        assert await papers.read_paper(connection, elsewhere, paper.id) is None
