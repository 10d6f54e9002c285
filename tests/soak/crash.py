"""``python3 -m tests.soak crash [--rounds N]``: twenty rounds of kill -9 of the server, and of PostgreSQL, in the middle of a burst.

On one web process, and on two that share a port over Redis. A round that loses an acknowledged vote or comment, or counts one twice,
ends the run with what is wrong.
"""

import argparse
import asyncio
import json
import secrets
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from server.store.pool import open_pool
from tests.peers.citizens import Site
from tests.peers.ports import free_port
from tests.peers.product import Product
from tests.peers.redis import running_redis
from tests.stories.bursts import LIMITS, Crowd
from tests.stories.rounds import kill_one_web_process, kill_postgresql, kill_the_server

ROUNDS = 20
_KINDS: dict[str, Callable[[Product, Crowd, int], Awaitable[None]]] = {
    "server": kill_the_server,
    "postgresql": kill_postgresql,
    "web_process": kill_one_web_process,
}


def main() -> int:
    """Prints what was asked and answered in each kind of round and, last, all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args(sys.argv[1:]).rounds
    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder) / "redis") as redis:
        for workers in (1, 2):
            environ = {**LIMITS, **({"REDIS_URL": redis.url} if workers > 1 else {})}
            product = Product(Path(folder) / str(workers), "--workers", str(workers), environ=environ, port=free_port())
            product.start()
            for kind, play in _KINDS.items():
                said[f"{kind}, {workers} web"] = summary = asyncio.run(_play(product, play, rounds))
                print(f"{kind}, web processes: {workers}: {summary}", flush=True)
            product.stop()
    print(json.dumps({"soak": "crash", "rounds": rounds, "recorded": said, "holds": True}))
    return 0


async def _play(product: Product, play: Callable[[Product, Crowd, int], Awaitable[None]], rounds: int) -> str:
    seed = secrets.randbits(32)
    print(f"seed {seed}", flush=True)
    async with await open_pool(product.dsn(), connections=4) as pool, Site(product.url) as site:
        crowd = await Crowd.gather(pool, site, seed)
        await crowd.connect()
        await play(product, crowd, rounds)
        await crowd.leave()
        return f"{crowd.ledger.summary()}; too slow for the full burst: {crowd.slow} times"
