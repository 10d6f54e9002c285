"""Clients that say nothing, or hear nothing: both are let go, and in time nobody is left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import create_server

import uvicorn
from livekit.protocol.models import DisconnectReason, ParticipantInfo

from server.sfu.app import make_app
from server.sfu.engine import Engine
from server.sfu.limits import Limits
from server.sfu.serving import Options, running
from tests.peers.engine import KEY, SECRET, token
from tests.peers.signals import PATIENCE_S, SignalClient, signalling

IMPATIENT = Limits(ping_timeout_s=4, resume_s=1.0, departure_s=1, token_s=2, unsent_bytes=4096)


@asynccontextmanager
async def serving(limits: Limits) -> AsyncIterator[tuple[str, Engine]]:
    """A media server in this process, with limits of its own."""
    async with running(Options(port=0, media_port=0, keys={KEY: SECRET}, limits=limits)) as engine:
        with create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(make_app(engine), ws="websockets-sansio", ws_ping_interval=None, lifespan="off", log_config=None)
            server = uvicorn.Server(config)
            task = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}", engine
            finally:
                server.should_exit = True
                await task


async def test_who_says_nothing_is_let_go_and_then_gone(room: str) -> None:
    async with serving(IMPATIENT) as (url, engine), signalling(url, token("other", room)) as other:
        await other.hear("join")
        pinging = asyncio.create_task(_keep_pinging(other))
        async with signalling(url, token("one", room)) as one:
            await asyncio.wait_for(one.closed.wait(), PATIENCE_S)
            gone = await other.hear("update", lambda update: update.participants[0].state == ParticipantInfo.DISCONNECTED)
            assert gone.participants[0].disconnect_reason == DisconnectReason.SIGNAL_CLOSE
        pinging.cancel()
        assert list(engine.rooms[room].seats) == ["other"]


async def test_those_inside_are_given_fresh_tokens_before_the_old_ones_end(room: str) -> None:
    async with serving(IMPATIENT) as (url, _), signalling(url, token("one", room)) as one:
        pinging = asyncio.create_task(_keep_pinging(one))
        first = await one.hear("refresh_token")
        second = await one.hear("refresh_token", lambda fresh: fresh != first)
        pinging.cancel()
        async with signalling(url, second) as again:
            await again.hear("join")


async def test_a_room_that_everybody_left_ends(room: str) -> None:
    async with serving(IMPATIENT) as (url, engine):
        async with signalling(url, token("one", room)) as one:
            await one.hear("join")
            left = engine.rooms[room]
        async with asyncio.timeout(PATIENCE_S):
            await _until_closed(engine, room)
        assert left.closed and not engine.rooms


async def test_who_does_not_read_is_cut_and_may_come_back(room: str) -> None:
    async with serving(IMPATIENT) as (url, engine), signalling(url, token("one", room)) as one:
        await one.hear("join")
        seat = engine.rooms[room].seats["one"]
        session = seat.participant.session
        assert session is not None
        seat.room.info.metadata = "x" * IMPATIENT.unsent_bytes
        seat.room.tell_of_room()
        await asyncio.wait_for(one.closed.wait(), PATIENCE_S)
        assert session.closing and not seat.participant.gone


async def _keep_pinging(client: SignalClient) -> None:
    while True:
        await client.say(ping=1)
        await asyncio.sleep(0.3)


async def _until_closed(engine: Engine, room: str) -> None:
    while room in engine.rooms:  # noqa: ASYNC110 - nobody is left to be told
        await asyncio.sleep(0.05)
