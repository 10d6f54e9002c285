"""Readers who do not read: they are cut, nobody waits for them, and nothing grows."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from server.kernel.ids import PersonId
from server.protocol import live
from server.protocol.closing import Closing
from server.realtime.limits import Limits
from server.realtime.pump import Pump
from tests.realtime.clients import PATIENCE_S, Client, RawClient, masked, until
from tests.realtime.serving import Serving, serving
from tests.realtime.world import TOPIC, Page, World

SMALL = Limits(socket_buffer_bytes=8 << 10, behind_bytes=64 << 10, behind_s=60.0)


@asynccontextmanager
async def lazy_reader(site: Serving, world: World) -> AsyncIterator[RawClient]:
    """A follower who reads nothing of its own accord, with the smallest buffers the system gives."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", site.port))
    lazy = RawClient(site)
    lazy.reader, lazy.writer = await asyncio.open_connection(sock=connection, limit=1024)
    try:
        assert await lazy.upgrade() == 101
        for message in (live.Hello(world.ticket(world.citizen()), live.PROTOCOL_VERSION), live.Follow(TOPIC, world.head)):
            lazy.write(masked(0x1, msgspec.json.encode(message)))
            await lazy.frame()
        lazy.writer.transport.pause_reading()  # type: ignore[attr-defined]
        yield lazy
    finally:
        lazy.writer.transport.abort()


async def test_a_reader_behind_by_bytes_is_cut_and_the_others_get_everything(world: World) -> None:
    """A-015."""
    async with serving(world, SMALL) as site, Client(site) as quick, lazy_reader(site, world):
        await quick.hello(world.ticket(world.citizen()))
        await quick.follow(TOPIC, 0)
        page = Page()
        page.apply(await quick.hear())
        largest = 0
        for n in range(60):
            world.show(f"{n} " + "x" * 8_000)
            page.apply(await quick.hear())
            largest = max(largest, *(s._transport.get_write_buffer_size() for s in site.hub.door.sockets))
        assert page.seq == 60
        assert largest < SMALL.behind_bytes + 10_000
        assert len([s for s in site.hub.door.sockets if s._receiver is not None]) == 1


async def test_a_reader_behind_by_time_is_cut(world: World) -> None:
    """A-015, with less patience than in production."""
    limits = Limits(socket_buffer_bytes=8 << 10, behind_s=1.0, linger_s=0.5)
    async with serving(world, limits) as site, Client(site) as quick, lazy_reader(site, world):
        await quick.hello(world.ticket(world.citizen()))
        for n in range(6):
            world.show(f"{n} " + "x" * 8_000)
        await until(lambda: len(site.hub.door.sockets) == 1)
        id = await quick.vote(1, 0)
        assert await quick.hear() == live.Done(id)


async def test_a_reader_who_wakes_up_finds_why_it_was_cut(world: World) -> None:
    limits = Limits(socket_buffer_bytes=8 << 10, behind_s=0.5, linger_s=PATIENCE_S)
    async with serving(world, limits) as site, lazy_reader(site, world) as lazy:
        for n in range(6):
            world.show(f"{n} " + "x" * 8_000)
        await until(lambda: all(s._receiver is None for s in site.hub.door.sockets))
        lazy.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await lazy.close_code() == Closing.RESYNC


async def test_a_reader_who_was_behind_gets_the_newest_totals_and_not_all_those_between(world: World) -> None:
    async with serving(world, SMALL) as site, lazy_reader(site, world) as lazy:
        pump = await site.hub.pump(TOPIC)
        assert isinstance(pump, Pump)
        (session,) = pump.feed.public
        (its,) = site.hub.door.sockets
        while its._transport.get_write_buffer_size() < 12_000:
            world.show("x" * 3_000)
            await asyncio.sleep(0.02)  # until the kernel's buffers are full, each write leaves
        assert session.behind
        seen = world.head
        for person in range(1, 6):
            world.vote(PersonId(person), live.Vote("", person, 0), lambda outcome: None)
            await until(lambda: session in pump.feed.skipped and pump._counting is not None and pump._counting.done())
        lazy.writer.transport.resume_reading()  # type: ignore[attr-defined]
        decode = msgspec.json.Decoder(live.FromServer).decode
        heard = [decode((await lazy.frame())[1]) for _ in range(seen + 1)]
        assert [type(message) for message in heard] == [live.Shown] * seen + [live.Tally]
        assert isinstance(heard[-1], live.Tally)
        assert heard[-1].totals == {str(question): [1, 0, 0] for question in range(1, 6)}
        assert pump.feed.skipped == set()
