"""A draft with 20,000 contributions: how fast its page is, and every list and count that pages are made of.

The page is asked of the product's own web process, as in ``consultation_page``; the lists of the store itself, over one connection.
"""

import asyncio
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from consultations.duplicates import group
from server.kernel.ids import ConsultationId, NodeId
from server.store import dispositions, lists, reading
from server.store.connection import Connection
from server.store.pool import open_pool
from tests.benchmarks.consultation_page import answer_times, fill, p95, web_process
from tests.peers.postgres import Database, running_cluster

GOALS = {"page_p95_ms": 200.0, "list_p95_ms": 50.0, "copies_ms": 1000.0}

CONTRIBUTIONS = 20_000
ROUNDS = 60


async def measure(connection: Connection) -> dict[str, float]:
    """The 95th of 100 in milliseconds for each list and count."""
    here = ConsultationId(await connection.fetchval("select id from consultations"))
    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "counts by điều": lambda: reading.visible_totals(connection, here),
        "counts by clause": lambda: lists.totals_by_node(connection, here),
        "counts by kind": lambda: lists.contributions_by_kind(connection, here),
        "the newest of every điều": lambda: reading.newest_by_place(connection, here, 10),
        "counts by outcome": lambda: dispositions.count_outcomes(connection, here),
    }
    for order in lists.ORDERS:
        asked[f"one điều, {order} first"] = lambda order=order: lists.page(connection, here, NodeId("n7"), order, lists.BEGINNING, 20)  # type: ignore[misc]
    found = {}
    for name, ask in asked.items():
        taken = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            await ask()
            taken.append((time.perf_counter() - began) * 1000)
        found[name] = p95(sorted(taken))
    return found


async def group_copies(connection: Connection) -> float:
    """Milliseconds until it is known who says nearly the same, when nobody has asked before."""
    here = ConsultationId(await connection.fetchval("select id from consultations"))
    began = time.perf_counter()
    group(await lists.texts_in(connection, here, "visible"))
    return (time.perf_counter() - began) * 1000


async def measure_all(database: Database) -> tuple[dict[str, float], float]:
    async with await open_pool(database.app_dsn, connections=1) as pool, pool.acquire() as connection:
        return await measure(connection), await group_copies(connection)


def main() -> int:
    session_secret = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder, running_cluster(Path(folder) / "postgres", durable=True) as cluster:
        database = cluster.fresh_database()
        asyncio.run(fill(database, session_secret, CONTRIBUTIONS))
        slowest, copies = asyncio.run(measure_all(database))
        print(f"groups of near-duplicates: {copies:.0f} ms", flush=True)
        for name, took in slowest.items():
            print(f"{name}: p95 {took:.1f} ms", flush=True)
        with web_process(database):
            visitor, citizen = answer_times(), answer_times(cookie=f"session={session_secret}")
        for name, taken in (("visitor", visitor), ("citizen", citizen)):
            print(f"{name}: median {statistics.median(taken):.1f} ms, p95 {p95(taken):.1f} ms, worst {taken[-1]:.1f} ms", flush=True)
    figures = {
        "page_p95_ms": round(max(p95(visitor), p95(citizen)), 1),
        "list_p95_ms": round(max(slowest.values()), 1),
        "copies_ms": round(copies),
    }
    holds = all(figures[name] <= goal for name, goal in GOALS.items())
    print(json.dumps({"benchmark": "consultation_large", "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1
