"""A room of RTP clients on a running media server, for the tests."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.peers.engine import MediaServer, new_room, token
from tests.peers.rtp_client import PATIENCE_S, Publication, RtpClient, playing
from tests.peers.rtp_streams import Sink

AT_ONCE_MS = 300
"""What is withdrawn may be forwarded for so long, and no longer."""


@asynccontextmanager
async def clients(server: MediaServer, count: int, *, loss: float = 0.0) -> AsyncIterator[list[RtpClient]]:
    """As many in one room, playing for as long as the block runs."""
    room = new_room()
    joined = [RtpClient(server.url, token(f"client-{number}", room), loss=loss, seed=10 * number + 1) for number in range(count)]
    try:
        for client in joined:
            await client.join()
        async with playing(joined):
            yield joined
    finally:
        for client in joined:
            await client.close()


def is_whole(sink: Sink) -> bool:
    """Everything came once, as it was sent, and nothing jumped."""
    return not (sink.missing or sink.duplicates or sink.corrupt or sink.jumps)


async def stops(received: Callable[[], int], *, while_sends: Publication) -> bool:
    """Whether nothing more is received, though it is still sent: while fifty more packets of this publication leave.

    What the server has forwarded before it was asked may still be on its way at first.
    """
    before = -1
    async with asyncio.timeout(PATIENCE_S):
        while before != received():
            before = received()
            await _leave(while_sends, 15)
        await _leave(while_sends, 50)
    return received() == before


async def lingers_ms(*sinks: Sink, while_sends: Publication) -> float:
    """How much later than now the last packet was sent that still came through, though more are sent all the while."""
    now_ns = time.monotonic_ns()
    assert await stops(lambda: sum(sink.received for sink in sinks), while_sends=while_sends)
    return max(0, *(sink.newest_ns - now_ns for sink in sinks)) / 1e6


async def _leave(publication: Publication, packets: int) -> None:
    [stream] = publication.streams
    until = stream.sent + packets
    while stream.sent < until:  # noqa: ASYNC110 - whoever sends tells nobody
        await asyncio.sleep(0.02)
