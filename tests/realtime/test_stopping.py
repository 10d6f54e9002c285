"""How connections end when the process does, and how they end over TLS, where a connection cannot be half-closed."""

import asyncio
from pathlib import Path

from server.protocol import live
from server.protocol.closing import Closing
from tests.realtime.clients import Client, RawClient, masked, until
from tests.realtime.serving import make_certificate, served_by_uvicorn, serving
from tests.realtime.world import TOPIC, World


async def test_when_uvicorn_stops_everybody_is_told_to_come_back_and_nobody_is_waited_for(world: World) -> None:
    async with served_by_uvicorn(world) as (site, server):
        await until(lambda: server.started)
        async with Client(site) as one, Client(site) as other, RawClient(site) as silent, RawClient(site) as hesitant:
            for client in (one, other):
                await client.hello(world.ticket(world.citizen()))
            assert await silent.upgrade() == 101
            hesitant.write(b"GET /live HTTP/1.1\r\n")
            world.committing = asyncio.Event()
            id = await one.vote(1, 0)
            await one.follow(TOPIC)
            await one.hear()
            server.should_exit = True
            for client in (one, other):
                bye = await client.hear()
                assert isinstance(bye, live.Bye)
                assert bye.reason == "restart"
            assert (await other.closed())[0] == Closing.RESTART
            assert await silent.close_code() == Closing.RESTART
            world.committing.set()
            assert await one.hear() == live.Done(id)
            assert (await one.closed())[0] == Closing.RESTART
    assert world.ballots != {}


async def test_over_tls_votes_and_tallies_pass_and_the_close_code_arrives(world: World, tmp_path: Path) -> None:
    citizen = world.citizen()
    assert citizen.session is not None
    async with serving(world, certificate=make_certificate(tmp_path)) as site, Client(site) as client, RawClient(site) as flood:
        await client.hello(world.ticket(citizen))
        await client.follow(TOPIC)
        await client.hear()
        id = await client.vote(1, 2)
        assert await client.hear() == live.Done(id)
        assert await client.hear() == live.Tally(TOPIC, 1, {"1": [0, 0, 1]})
        site.hub.session_ended(citizen.session)
        assert await client.closed() == (Closing.NOT_RECOGNISED, "session ended")
        assert await flood.upgrade() == 101
        flood.write(masked(0x1, b"x" * 70_000))
        assert await flood.close_code() == Closing.TOO_BIG
