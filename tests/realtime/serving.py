"""A hub on a real port, behind the same HTTP class that uvicorn is given in production."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from server.kernel.ids import QuestionId, Topic
from server.realtime.address import networks
from server.realtime.bus import Bus, LocalBus
from server.realtime.handshake import Rules
from server.realtime.http import http_connection
from server.realtime.hub import Hub
from server.realtime.limits import Limits
from tests.realtime.world import World


class Serving:
    """A running hub, and where to find it."""

    def __init__(self, hub: Hub, port: int) -> None:
        self.hub = hub
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.origin = f"http://{self.host}"
        self.uri = f"ws://{self.host}/live"


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    """The rest of the product: an application without pages."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(world: World, limits: Limits | None = None, bus: Bus | None = None, **rules: Any) -> AsyncIterator[Serving]:
    """A hub over ``world`` for as long as the block runs."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    port = listener.getsockname()[1]
    host = f"127.0.0.1:{port}"
    limits = limits or Limits()
    given = Rules(
        origins=frozenset({f"http://{host}"}),
        hosts=frozenset({host}),
        trusted_proxies=networks(rules.get("trusted_proxies", ())),
        request_bytes=limits.request_bytes,
        request_headers=limits.request_headers,
    )
    hub = Hub(world, bus or LocalBus(), given, limits)
    config = uvicorn.Config(not_found, http=http_connection(limits), ws=hub.door.open, lifespan="off", log_config=None)  # type: ignore[arg-type]
    config.load()
    state = ServerState()
    make: Any = config.http_protocol_class

    def counted(topic: Topic, questions: list[QuestionId]) -> None:
        hub.votes_stored(topic, questions)

    # The process that commits is the one that tells: here the first hub of a world plays it.
    if not world.told:
        world.told.append(hub.events_stored)
        world.counted.append(counted)
    server = await asyncio.get_running_loop().create_server(lambda: make(config=config, server_state=state, app_state={}), sock=listener)
    await hub.start()
    try:
        yield Serving(hub, port)
    finally:
        server.close()
        await hub.stop()
        for connection in tuple(state.connections):
            connection.shutdown()
        await server.wait_closed()
