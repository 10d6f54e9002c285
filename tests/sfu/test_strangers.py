"""A running media server under datagrams from strangers, two thousand a second of every kind: the calls on it do not notice."""

import asyncio
import random
import socket
from collections.abc import Iterator

import pytest

from tests.peers.engine import MediaServer, running_media_server
from tests.peers.processes import resident_mib
from tests.peers.rtp_client import PATIENCE_S
from tests.sfu.connections import rtcp, rtp
from tests.sfu.hostile import altered, checks
from tests.sfu.rtp_room import clients
from tests.soak.room import all_settles, unread_by

PER_S, SECONDS = 2_000, 2
SOURCES = 20


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    with running_media_server(tmp_path_factory.mktemp("media") / "output") as running:
        yield running


def datagrams(rng: random.Random) -> Iterator[bytes]:
    """Without end: nothing, everything, and what is nearly right."""
    right = checks()
    while True:
        yield b""
        yield rng.randbytes(rng.randrange(1, 1500))
        yield altered(rng, rng.choice(right))
        yield rng.choice(right)
        yield rtp(rng.randrange(1 << 16), payload=rng.randbytes(1100))
        yield rtcp() + rng.randbytes(40)
        yield b"\x16\xfe\xff" + bytes(8) + b"\x00\x50" + rng.randbytes(80)
        yield rng.randbytes(1) + bytes(rng.choice((1_500, 9_000, 65_000)))


async def test_two_thousand_datagrams_a_second_from_strangers_disturb_nobody(server: MediaServer) -> None:
    rng = random.Random(2_000)
    async with clients(server, 3) as everybody:
        for client in everybody:
            await client.publish_audio()
            await client.publish_video(1, 1, 2, fps=15)
        for client in everybody:
            await client.until(lambda client=client: len(client.sinks) == 4 and all(sink.received > 20 for sink in client.sinks.values()))  # type: ignore[misc]
        had = {sink.ssrc: sink.received for client in everybody for sink in client.sinks.values()}
        memory, faults = resident_mib(server.pid), server.figure("sfu_faults_total")
        before = server.figure("sfu_drops_total")
        strangers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SOURCES)]
        flood, sent = datagrams(rng), 0
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        sinks = [sink for client in everybody for sink in client.sinks.values()]
        while (elapsed_s := loop.time() - began_s) < SECONDS or not all(sink.received > had[sink.ssrc] + 20 for sink in sinks):
            assert elapsed_s < PATIENCE_S, "the calls stand still"
            while sent < elapsed_s * PER_S:
                rng.choice(strangers).sendto(next(flood), ("127.0.0.1", server.media_port))
                sent += 1
            await asyncio.sleep(0.005)
        for client in everybody:
            client.silent = True
        await all_settles(everybody)
        for stranger in strangers:
            stranger.close()
        unread = unread_by(server) + sum(client.up.overflowed + client.down.overflowed for client in everybody)
        assert all(sink.duplicates == sink.corrupt == sink.jumps == 0 for sink in sinks)
        # A machine that is busy with other things may be too late to read what its own sockets hold: that much may be missing, no more.
        assert sum(len(sink.missing) for sink in sinks) <= unread
        assert server.figure("sfu_drops_total") - before >= sent - unread
        assert server.figure("sfu_faults_total") == faults == 0
        assert resident_mib(server.pid) < memory + 30
