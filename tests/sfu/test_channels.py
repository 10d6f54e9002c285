"""Data channels: both ways, who opens them, and what a peer cannot do to others with them."""

import asyncio
import struct
from functools import partial

import pytest
from aiortc.rtcsctptransport import DataChunk, serialize_packet

from server.sfu.channels import EARLY, LONGEST_MESSAGE
from server.sfu.counters import Drop
from tests.peers.media import PATIENCE_S
from tests.sfu.connections import Connection, Ear, connected, open_port, rtp


async def established(connection: Connection, *, server_opens: bool = False) -> Connection:
    """Connected, with the three channels open at both ends."""
    if server_opens:
        connection.transport.open_channels()
        connection.peer.open_channels()
    else:
        connection.transport.accept_channels()
        connection.peer.open_channels("_reliable", "_lossy", "_data_track")
    await connection.establish()
    for label in ("_reliable", "_lossy", "_data_track"):
        await connection.peer.channel(label)
    return connection


@pytest.mark.parametrize("server_opens", [False, True])
async def test_messages_go_both_ways_whoever_opens_the_channels(server_opens: bool) -> None:
    async with open_port() as port:
        connection = await established(Connection(port), server_opens=server_opens)
        came: asyncio.Queue[tuple[str, str | bytes]] = asyncio.Queue()
        connection.peer.on_message = lambda label, message: came.put_nowait((label, message))
        for label in ("_reliable", "_lossy", "_data_track"):
            (await connection.peer.channel(label)).send(b"to " + label.encode())
            await connection.ear.heard(lambda ear: ear.data)
            assert connection.ear.data.pop() == (label, b"to " + label.encode())
            assert connection.transport.send_data(label, b"from " + label.encode())
            assert await came.get() == (label, b"from " + label.encode())
        await connection.close()


async def test_a_megabyte_in_pieces_arrives_whole_and_in_order() -> None:
    async with open_port() as port:
        connection = await established(Connection(port))
        channel = await connection.peer.channel("_reliable")
        pieces = [index.to_bytes(2, "big") * 8_000 for index in range(64)]
        for piece in pieces:
            channel.send(piece)
        await connection.ear.heard(lambda ear: len(ear.data) == len(pieces))
        assert [message for _, message in connection.ear.data] == pieces
        await connection.close()


async def test_no_message_is_longer_than_was_announced() -> None:
    async with open_port() as port:
        connection = await established(Connection(port))
        assert connection.transport.send_data("_reliable", bytes(LONGEST_MESSAGE))
        assert not connection.transport.send_data("_reliable", bytes(LONGEST_MESSAGE + 1))
        channel = await connection.peer.channel("_reliable")
        assert connection.peer._sctp is not None
        connection.peer._sctp._remote_max_message_size = 0  # a peer that does not care
        channel.send(bytes(LONGEST_MESSAGE + 1))
        channel.send(b"after")
        await connection.ear.heard(lambda ear: ear.data == [("_reliable", b"after")])
        assert port.counters.drops[Drop.MESSAGE_OVERSIZED] == 2
        await connection.close()


async def test_nothing_that_may_be_lost_is_sent_over_a_channel_that_is_not_open() -> None:
    async with open_port() as port, connected(port) as connection:
        assert not connection.transport.send_data("_reliable", b"x")
        connection.transport.accept_channels()
        assert not connection.transport.send_data("_lossy", b"x")


async def test_what_is_reliable_waits_for_its_channel_and_not_without_end() -> None:
    async with open_port() as port:
        connection = Connection(port)
        connection.transport.accept_channels()
        taken = [connection.transport.send_data("_reliable", bytes([number])) for number in range(EARLY + 1)]
        assert taken == [True] * EARLY + [False]
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        connection.peer.open_channels("_reliable")
        connection.peer.channels["_reliable"].on("message", heard.put_nowait)
        await connection.establish()
        assert [await asyncio.wait_for(heard.get(), PATIENCE_S) for _ in range(EARLY)] == [bytes([number]) for number in range(EARLY)]
        await connection.close()


async def test_other_channels_and_text_are_not_heard() -> None:
    async with open_port() as port:
        connection = Connection(port)
        connection.transport.accept_channels()
        connection.peer.open_channels("_reliable", "other")
        await connection.establish()
        (await connection.peer.channel("other")).send(b"x")
        (await connection.peer.channel("_reliable")).send("text")
        (await connection.peer.channel("_reliable")).send(b"bytes")
        await connection.ear.heard(lambda ear: ear.data)
        assert connection.ear.data == [("_reliable", b"bytes")] and port.counters.drops[Drop.MESSAGE_UNKNOWN] == 1
        await connection.close()


async def test_a_reliable_receiver_that_does_not_read_is_cut_and_a_lossy_one_loses() -> None:
    async with open_port() as port:
        connection = await established(Connection(port))
        connection.peer.deafen()  # its datagrams come to nobody
        sent = 0
        while connection.transport.send_data("_lossy", bytes(30_000)):
            sent += 1
        assert sent <= 4 and connection.ear.closed == []
        sent = 0
        while connection.transport.send_data("_reliable", bytes(60_000)):
            sent += 1
        await connection.ear.heard(lambda ear: ear.closed)
        assert connection.ear.closed == ["too_slow"] and 20 < sent < 45 and port.counters.drops[Drop.BEHIND] == 2
        await connection.close()


async def test_a_receiver_that_stays_behind_is_cut_after_a_while() -> None:
    async with open_port() as port:
        connection = await established(Connection(port))
        connection.peer.deafen()
        for _ in range(8):
            assert connection.transport.send_data("_reliable", bytes(60_000))
        assert connection.transport._channels is not None
        connection.transport._channels.tick(0)
        connection.transport._channels.tick(15_000_000)
        assert connection.ear.closed == []
        connection.transport._channels.tick(15_000_001)
        assert connection.ear.closed == ["too_slow"]
        await connection.close()


def chunk(kind: int, body: bytes, size: int | None = None) -> bytes:
    """One SCTP chunk, whose length may be a lie."""
    return struct.pack("!BBH", kind, 0, 4 + len(body) if size is None else size) + body + bytes(-len(body) % 4)


async def send_raw(connection: Connection, chunks: bytes) -> None:
    """An SCTP packet of the peer's association with any chunks."""
    sctp = connection.peer._sctp
    assert sctp is not None

    class Chunks(DataChunk):
        def __bytes__(self) -> bytes:
            return chunks

    await connection.peer.dtls._send_data(serialize_packet(5000, 5000, sctp._remote_verification_tag, Chunks()))


HOSTILE = {
    "a parameter of length nought": chunk(4, b"\x00\x01\x00\x00" * 4),
    "a parameter of length nought in INIT": chunk(1, bytes(16) + b"\x80\x08\x00\x00"),
    "gaps without end": chunk(3, struct.pack("!LLHH", 1, 65536, 250, 0) + struct.pack("!HH", 1, 65535) * 250),
    "a gap that runs backwards": chunk(3, struct.pack("!LLHH", 1, 65536, 1, 0) + struct.pack("!HH", 9, 2)),
    "more gaps than bytes": chunk(3, struct.pack("!LLHH", 1, 65536, 65535, 65535)),
    "a stream of a high number": chunk(0, struct.pack("!LHHL", 1, 65535, 0, 53) + b"x"),
    "a high stream in FORWARD TSN": chunk(192, struct.pack("!LHH", 1, 40000, 1)),
    "a chunk that is too short": chunk(0, b"\x00"),
    "a chunk of length nought": chunk(0, bytes(20), 0),
    "a chunk longer than its packet": chunk(0, bytes(20), 9000),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_malformed_packet_is_dropped_and_the_channel_goes_on(name: str) -> None:
    async with open_port() as port:
        connection = await established(Connection(port))
        await send_raw(connection, HOSTILE[name])
        (await connection.peer.channel("_reliable")).send(b"still here")
        await connection.ear.heard(lambda ear: ear.data)
        assert connection.ear.data == [("_reliable", b"still here")] and port.counters.drops[Drop.SCTP_MALFORMED] == 1
        await connection.close()


def data(tsn: int, flags: int, payload: bytes) -> bytes:
    return struct.pack("!BBHLHHL", 0, flags, 16 + len(payload), tsn, 0, 0, 53) + payload + bytes(-len(payload) % 4)


def has_got(packets: int, ear: Ear) -> bool:
    return len(ear.rtp) == packets or bool(ear.closed)


@pytest.mark.parametrize("step", [1, 2])
async def test_a_peer_that_hoards_unfinished_messages_ends_only_itself(step: int) -> None:
    """Fragments of one byte, in order without an end (step 1) or with a gap after each (step 2)."""
    async with open_port() as port, connected(port) as other:
        connection = await established(Connection(port))
        sctp = connection.peer._sctp
        assert sctp is not None
        tsn = sctp._local_tsn
        await connection.ear.heard(lambda ear: ear.connected)
        for packet in range(100):
            first = packet == 0
            await send_raw(
                connection, b"".join(data((tsn + step * (50 * packet + i)) % 2**32, 2 if first and i == 0 else 0, b"x") for i in range(50))
            )
            connection.peer.send_rtp(rtp(packet))
            await connection.ear.heard(partial(has_got, packet + 1))
            if connection.ear.closed:
                break
            connection.transport.tick(0)  # a new second: the time that it may cost is not what ends it
        await connection.ear.heard(lambda ear: ear.closed)
        assert connection.ear.closed == ["bad_data"]
        other.peer.send_rtp(rtp(1))
        await other.ear.heard(lambda ear: ear.rtp)
        await connection.close()


async def test_what_makes_the_data_channels_give_up_ends_only_that_transport() -> None:
    async with open_port() as port, connected(port) as other:
        connection = await established(Connection(port))
        # DATA_CHANNEL_OPEN on a stream that is open already: aiortc asserts that this does not happen.
        sctp = connection.peer._sctp
        assert sctp is not None
        opening = struct.pack("!BBHLHH", 3, 0, 0, 0, 1, 0) + b"x"
        await send_raw(
            connection, struct.pack("!BBHLHHL", 0, 7, 16 + len(opening), sctp._local_tsn, 0, 0, 50) + opening + bytes(-len(opening) % 4)
        )
        await connection.ear.heard(lambda ear: ear.closed)
        assert connection.ear.closed == ["bad_data"] and connection.transport.state == "closed"
        other.peer.send_rtp(rtp(1))
        await other.ear.heard(lambda ear: ear.rtp)
        assert other.ear.closed == []
        await connection.close()
