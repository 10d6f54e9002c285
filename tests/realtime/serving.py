"""A hub on a real port, behind the same HTTP class that uvicorn is given in production."""

import asyncio
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

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


class Certificate(NamedTuple):
    """Files in PEM."""

    chain: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 that vouches for itself."""
    made = Certificate(folder / "chain.pem", folder / "key.pem")
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(made.key), "-out", str(made.chain)]
    subprocess.run([*request, *names], check=True, capture_output=True)
    return made


class Serving:
    """A running hub, and where to find it."""

    def __init__(
        self, world: World, port: int, certificate: Certificate | None, limits: Limits | None, bus: Bus | None, proxies: Sequence[str]
    ) -> None:
        self.port = port
        self.host = f"127.0.0.1:{port}"
        self.origin = f"{'https' if certificate else 'http'}://{self.host}"
        self.uri = f"{'wss' if certificate else 'ws'}://{self.host}/live"
        self.trusted = ssl.create_default_context(cafile=certificate.chain) if certificate else None
        limits = limits or Limits()
        rules = Rules(
            origins=frozenset({self.origin}),
            hosts=frozenset({self.host}),
            trusted_proxies=networks(proxies),
            request_bytes=limits.request_bytes,
            request_headers=limits.request_headers,
        )
        self.hub = Hub(world, bus or LocalBus(), rules, limits)
        self.config = uvicorn.Config(
            not_found,
            http=http_connection(limits),
            ws=self.hub.door.open,  # type: ignore[arg-type]
            lifespan="off",
            log_config=None,
            ssl_certfile=certificate.chain if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
            timeout_graceful_shutdown=10,
        )
        self.config.load()
        # The process that commits is the one that tells: here the first hub of a world plays it.
        if not world.told:
            world.told.append(self.hub.events_stored)
            world.counted.append(self._counted)

    def _counted(self, topic: Topic, questions: list[QuestionId]) -> None:
        self.hub.votes_stored(topic, questions)


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    """The rest of the product: an application without pages."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def serving(
    world: World,
    limits: Limits | None = None,
    bus: Bus | None = None,
    *,
    trusted_proxies: Sequence[str] = (),
    certificate: Certificate | None = None,
) -> AsyncIterator[Serving]:
    """A hub over ``world`` for as long as the block runs, without uvicorn's own start and stop, which take their time."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    site = Serving(world, listener.getsockname()[1], certificate, limits, bus, trusted_proxies)
    state = ServerState()
    make: Any = site.config.http_protocol_class
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: make(config=site.config, server_state=state, app_state={}), sock=listener, ssl=site.config.ssl
    )
    await site.hub.start()
    try:
        yield site
    finally:
        server.close()
        await site.hub.stop()
        for connection in tuple(state.connections):
            connection.shutdown()
        await server.wait_closed()


@asynccontextmanager
async def served_by_uvicorn(world: World) -> AsyncIterator[tuple[Serving, uvicorn.Server]]:
    """The same under uvicorn's own server, as in production: started, and stopped by whoever sets ``should_exit``."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    site = Serving(world, listener.getsockname()[1], None, None, None, ())
    await site.hub.start()
    server = uvicorn.Server(site.config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield site, server
    finally:
        server.should_exit = True
        await running
        await site.hub.stop()
