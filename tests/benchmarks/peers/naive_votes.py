"""The obvious way to take votes live, to compare with: an upsert for each vote, ``count(*)`` for the totals, a send for each socket.

``python -m tests.benchmarks.peers.naive_votes DSN PORT`` serves ``/live`` with as much of the product's protocol as the load needs:
no sessions, no limits, no ids of commands, no rules. Starlette, uvicorn, uvloop and asyncpg as the product uses them.
"""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

CONNECTIONS = 20
TALLY_EVERY_S = 0.25

_TABLE = "create table if not exists votes (question bigint, voter bigint, choice smallint, primary key (question, voter))"
_UPSERT = """
insert into votes (question, voter, choice) values ($1, $2, $3)
on conflict (question, voter) do update set choice = excluded.choice
"""
_COUNT = "select question, choice, count(*) as people from votes group by question, choice"


def application(dsn: str) -> Starlette:
    sockets: dict[WebSocket, int] = {}

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        voter = len(sockets)
        sockets[socket] = voter
        pool: asyncpg.Pool[asyncpg.Record] = socket.app.state.pool
        try:
            while True:
                message = await socket.receive_json()
                if message["type"] == "vote":
                    await pool.execute(_UPSERT, message["question"], voter, message["choice"])
                    await socket.send_json({"type": "done", "id": message["id"]})
                elif message["type"] == "hello":
                    await socket.send_json({"type": "welcome", "signedIn": True})
                else:
                    await socket.send_json({"type": "passed", "topic": message["topic"], "seq": 0})
        except WebSocketDisconnect:
            del sockets[socket]

    async def tell(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        while True:
            await asyncio.sleep(TALLY_EVERY_S)
            totals: dict[str, list[int]] = {}
            for row in await pool.fetch(_COUNT):
                totals.setdefault(str(row["question"]), [0, 0, 0])[row["choice"]] = row["people"]
            for socket in tuple(sockets):
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await socket.send_json({"type": "tally", "topic": "naive", "version": 0, "totals": totals})

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
            await pool.execute(_TABLE)
            app.state.pool = pool
            telling = asyncio.create_task(tell(pool))
            yield
            telling.cancel()

    return Starlette(routes=[WebSocketRoute("/live", live)], lifespan=lifespan)


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1]), port=int(sys.argv[2]), ws="websockets-sansio", ws_per_message_deflate=False, log_level="warning")
