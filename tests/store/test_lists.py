"""Lists of contributions are read by an index and counted without being looked at, however long they are."""

from typing import Any

import asyncpg

from server.kernel.ids import NodeId
from server.store import lists, reading
from server.store.connection import Connection
from tests.store.scene import open_scene

MANY = 3_000
_FILL = """
insert into contributions (consultation, node, place, here_node, here_place, author, name, kind, verified, text, state, at, supports)
select $1, 'n1.1', 'n' || i % 20, 'n1.1', nullif('n' || i % 20, 'n0'), $2, 'Người dân', 'citizen', false, repeat('lời ', 40), 'visible',
    now(), i % 97
from generate_series(1, $3) as i
"""


class Explained:
    """A connection that plans each query, and looks up nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plans: list[str] = []

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        rows = await self._connection.fetch(f"explain {query}", *values)
        self.plans.append("\n".join(row[0] for row in rows))
        return []

    async def fetchval(self, query: str, *values: Any) -> int:
        await self.fetch(query, *values)
        return 0


async def test_no_list_and_no_count_scans_or_sorts_a_long_draft(pool: asyncpg.Pool) -> None:
    scene = await open_scene(pool)
    here = scene.world.consultation
    async with pool.acquire() as connection:
        await connection.execute(_FILL, here, scene.world.people[0], MANY)
        explained = Explained(connection)
        asked: Any = explained
        for order in lists.ORDERS:
            for where in (NodeId("n7"), "whole", "gone"):
                await lists.page(asked, here, where, order, lists.BEGINNING, 20)
        await reading.page_of_place(asked, here, NodeId("n7"), reading.NEWEST_ID, 20)
        await reading.visible_totals(asked, here)
        await reading.visible_total(asked, here, NodeId("n7"))
        await lists.totals_by_node(asked, here)
        await lists.contributions_by_kind(asked, here)
        assert sum((await reading.visible_totals(connection, here)).values()) == MANY
    pages = [plan for plan in explained.plans if "contributions_" in plan]
    assert len(pages) == 13 and not any("Sort" in plan for plan in pages)
    assert not any("Seq Scan on contributions" in plan for plan in explained.plans)
