"""What people try who know the program: many acts of one person at once, and acts at the very moment in which something ends."""

import asyncio

import asyncpg
import pytest

from consultations import commands as c
from server.kernel.refused import Refused
from server.store import dispositions
from tests.store.scene import Scene, new_id, open_scene

AT_ONCE = 100


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


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
