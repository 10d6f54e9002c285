"""A room of RTP clients on a running media server, for the tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.peers.engine import MediaServer, new_room, token
from tests.peers.rtp_client import RtpClient, playing
from tests.peers.rtp_streams import Sink


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
