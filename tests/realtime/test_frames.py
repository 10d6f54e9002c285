"""The framing against RFC 6455, and against the sans-IO protocol of ``websockets``."""

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from server.protocol.closing import Closing
from server.realtime import frames
from server.realtime.frames import BINARY, CLOSE, PING, PONG, TEXT, Fault, FrameReader
from tests.realtime.clients import Client, RawClient, masked
from tests.realtime.serving import Serving
from tests.realtime.world import TOPIC, World

LARGEST = 64 << 10
CONT = 0


def read(*chunks: bytes, largest: int = LARGEST) -> list[tuple[int, bytes] | Closing]:
    """What a reader makes of ``chunks``: messages and control frames, at last the code of the fault."""
    reader = FrameReader(largest, fragments=64)
    taken: list[tuple[int, bytes] | Closing] = []
    try:
        for chunk in chunks:
            for opcode, payload in reader.feed(chunk):
                taken.append((opcode, payload))
                if opcode == CLOSE:
                    return taken  # the connection is given up: nothing after it is read
    except Fault as fault:
        taken.append(fault.code)
    return taken


# Case: (what is sent, what is taken). The numbers are sections of RFC 6455.
CASES: dict[str, tuple[bytes, list[tuple[int, bytes] | Closing]]] = {
    "5.7 a masked Hello": (bytes.fromhex("818537fa213d7f9f4d5158"), [(TEXT, b"Hello")]),
    "5.6 an empty text": (masked(TEXT, b""), [(TEXT, b"")]),
    "5.6 binary": (masked(BINARY, b"\xff\x00"), [(BINARY, b"\xff\x00")]),
    "5.2 length of 125": (masked(TEXT, b"a" * 125), [(TEXT, b"a" * 125)]),
    "5.2 length of 126": (masked(TEXT, b"a" * 126), [(TEXT, b"a" * 126)]),
    "5.2 length of 65,535": (masked(TEXT, b"a" * 65_535), [(TEXT, b"a" * 65_535)]),
    "5.2 length of 65,536": (masked(TEXT, b"a" * 65_536), [(TEXT, b"a" * 65_536)]),
    "A-007 one byte too many": (masked(TEXT, b"a" * (LARGEST + 1)), [Closing.TOO_BIG]),
    "A-007 70 KiB": (masked(TEXT, b"a" * 70 * 1024), [Closing.TOO_BIG]),
    "A-009 2^62 bytes announced": (b"\x81\xff" + (1 << 62).to_bytes(8, "big"), [Closing.TOO_BIG]),
    "A-009 the highest bit": (b"\x81\xff" + b"\xff" * 8, [Closing.TOO_BIG]),
    "A-010 unmasked": (b"\x81\x05Hello", [Closing.PROTOCOL_ERROR]),
    "A-010 reserved bit 1": (masked(TEXT, b"a", reserved=0x40), [Closing.PROTOCOL_ERROR]),
    "A-010 reserved bit 2": (masked(TEXT, b"a", reserved=0x20), [Closing.PROTOCOL_ERROR]),
    "A-010 reserved bit 3": (masked(PING, b"a", reserved=0x10), [Closing.PROTOCOL_ERROR]),
    **{f"A-010 opcode {opcode}": (masked(opcode, b""), [Closing.PROTOCOL_ERROR]) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "5.4 fragments": (
        masked(TEXT, b"a", final=False) + masked(CONT, b"b", final=False) + masked(CONT, b"c"),
        [(TEXT, b"abc")],
    ),
    "5.4 control frames between fragments": (
        masked(TEXT, b"a", final=False) + masked(PING, b"p") + masked(CONT, b"b") + masked(PONG, b"q"),
        [(PING, b"p"), (TEXT, b"ab"), (PONG, b"q")],
    ),
    "5.4 a fragment of nothing": (masked(CONT, b"b"), [Closing.PROTOCOL_ERROR]),
    "5.4 a message within a message": (masked(TEXT, b"a", final=False) + masked(TEXT, b"b"), [Closing.PROTOCOL_ERROR]),
    "5.4 fragments too big together": (
        masked(TEXT, b"a" * LARGEST, final=False) + masked(CONT, b"b"),
        [Closing.TOO_BIG],
    ),
    "A-011 too many fragments": (masked(TEXT, b"a", final=False) + masked(CONT, b"", final=False) * 100_000, [Closing.ABUSE]),
    "5.5 a long ping": (masked(PING, b"p" * 126), [Closing.PROTOCOL_ERROR]),
    "5.5 a fragmented ping": (masked(PING, b"p", final=False), [Closing.PROTOCOL_ERROR]),
    "5.5.1 close": (masked(CLOSE, b""), [(CLOSE, b"")]),
    "5.5.1 close with a reason": (masked(CLOSE, b"\x03\xe8bye"), [(CLOSE, b"\x03\xe8bye")]),
    "5.5.1 close with half a code": (masked(CLOSE, b"\x03"), [Closing.PROTOCOL_ERROR]),
    "5.5.1 close with a reason that is not UTF-8": (masked(CLOSE, b"\x03\xe8\xff"), [Closing.BAD_TEXT]),
    **{
        f"7.4 close code {code}": (masked(CLOSE, code.to_bytes(2, "big")), [(CLOSE, code.to_bytes(2, "big"))])
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    },
    **{
        f"7.4 close code {code}": (masked(CLOSE, code.to_bytes(2, "big")), [Closing.PROTOCOL_ERROR])
        for code in (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535)
    },
    "8.1 Vietnamese": (masked(TEXT, "Điều 7".encode()), [(TEXT, "Điều 7".encode())]),
    "8.1 a letter cut by fragments": (
        masked(TEXT, "Điều".encode()[:1], final=False) + masked(CONT, "Điều".encode()[1:]),
        [(TEXT, "Điều".encode())],
    ),
    "A-012 not UTF-8": (masked(TEXT, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"), [Closing.BAD_TEXT]),
    "A-012 overlong": (masked(TEXT, b"\xc0\x80"), [Closing.BAD_TEXT]),
    "A-012 half a letter": (masked(TEXT, b"a", final=False) + masked(CONT, "Đ".encode()[:1]), [Closing.BAD_TEXT]),
}


@pytest.mark.parametrize(("sent", "taken"), CASES.values(), ids=CASES.keys())
def test_a_frame_is_taken_as_the_standard_says(sent: bytes, taken: list[tuple[int, bytes] | Closing]) -> None:
    assert read(sent) == taken


@pytest.mark.parametrize(("sent", "taken"), CASES.values(), ids=CASES.keys())
def test_it_makes_no_difference_how_the_bytes_are_cut(sent: bytes, taken: list[tuple[int, bytes] | Closing]) -> None:
    few = sent[:2_000]
    assert read(*(few[at : at + 1] for at in range(len(few))), sent[2_000:]) == taken
    assert read(sent[:3], sent[3:]) == taken


def test_messages_before_a_fault_are_taken() -> None:
    assert read(masked(TEXT, b"a") + masked(TEXT, b"b") + b"\x81\x00") == [(TEXT, b"a"), (TEXT, b"b"), Closing.PROTOCOL_ERROR]


def test_a_reader_at_rest_holds_no_bytes() -> None:
    reader = FrameReader(LARGEST, fragments=64)
    whole = masked(TEXT, b"x" * 50_000)
    assert list(reader.feed(whole[:40_000])) == []
    assert list(reader.feed(whole[40_000:])) == [(TEXT, b"x" * 50_000)]
    assert reader._rest in (b"", bytearray())


A_FRAME = st.builds(
    lambda opcode, payload, final, reserved: masked(opcode, payload, final=final, reserved=reserved),
    st.sampled_from([CONT, CONT, TEXT, TEXT, BINARY, CLOSE, PING, PONG, 3, 11]),
    st.one_of(st.binary(max_size=130), st.text(max_size=60).map(str.encode), st.sampled_from([b"\x03\xe8", b"\x03\xe8ok", b"x" * 301])),
    st.booleans(),
    st.sampled_from([0, 0, 0, 0, 0, 0x40]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(A_FRAME, max_size=12), st.lists(st.integers(1, 400), max_size=20))
def test_the_reader_agrees_with_the_protocol_of_websockets(sent: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(sent)
    chunks, at = [], 0
    for size in cuts:
        chunks.append(stream[at : at + size])
        at += size
    chunks.append(stream[at:])
    assert without_rank(read(*chunks, largest=300)) == without_rank(read_by_websockets(chunks))


def without_rank(taken: list[tuple[int, bytes] | Closing]) -> list[tuple[int, bytes] | Closing]:
    """A frame may be too big and broken at once. Which of the two is reported is not laid down."""
    return [Closing.PROTOCOL_ERROR if one is Closing.TOO_BIG else one for one in taken]


def read_by_websockets(chunks: list[bytes]) -> list[tuple[int, bytes] | Closing]:
    """The same as ``read``, by ``websockets``; it gives frames, which are put together here."""
    quiet = logging.getLogger("tests.quiet")
    quiet.setLevel(logging.CRITICAL)
    protocol = ServerProtocol(state=OPEN, max_size=300, logger=quiet)
    taken: list[tuple[int, bytes] | Closing] = []
    parts: list[Frame] = []
    for chunk in chunks:
        if not chunk:
            continue
        protocol.receive_data(chunk)
        for event in protocol.events_received():
            assert isinstance(event, Frame)
            if event.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
                taken.append((int(event.opcode), bytes(event.data)))
                if event.opcode is Opcode.CLOSE:
                    return taken
                continue
            parts.append(event)
            if event.fin:
                whole = b"".join(bytes(part.data) for part in parts)
                opcode = int(parts[0].opcode)
                parts = []
                if opcode == TEXT:
                    try:
                        whole.decode()
                    except UnicodeDecodeError:
                        return [*taken, Closing.BAD_TEXT]  # websockets leaves this to who reads the message
                taken.append((opcode, whole))
        if protocol.close_rcvd is not None:
            # In the middle of a message: websockets calls it an error, RFC 6455 section 5.5.1 allows it.
            return [*taken, (CLOSE, b"" if protocol.close_rcvd.code == 1005 else protocol.close_rcvd.serialize())]
        if protocol.close_sent is not None:
            return [*taken, {code.value: code for code in Closing}[protocol.close_sent.code]]
    return taken


def test_what_is_sent_can_be_read_by_any_client() -> None:
    for size in (0, 1, 125, 126, 65_535, 65_536, 70_000):
        payload = b"x" * size
        assert frames.frame(TEXT, payload) == Frame(Opcode.TEXT, payload).serialize(mask=False)
    assert frames.close_frame(Closing.RESYNC, "resync") == Frame(Opcode.CLOSE, b"\x11\x39resync").serialize(mask=False)


async def test_a_client_may_say_goodbye_and_is_answered(site: Serving) -> None:
    async with Client(site) as client:
        await client.socket.close(1000, "xong")
        assert (client.socket.close_code, client.socket.close_reason) == (1000, "xong")


async def test_pings_are_answered_with_their_payload(site: Serving) -> None:
    async with RawClient(site) as client:
        assert await client.upgrade() == 101
        client.write(masked(PING, b"abc") + masked(PONG, b"unasked"))
        assert await client.frame() == (PONG, b"abc")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x05Hello", Closing.PROTOCOL_ERROR),
        (masked(TEXT, b"\xff"), Closing.BAD_TEXT),
        (masked(BINARY, b"{}"), Closing.NOT_TEXT),
        (masked(TEXT, b" " * 70 * 1024), Closing.TOO_BIG),
        (b"\x81\xff" + (1 << 62).to_bytes(8, "big"), Closing.TOO_BIG),
        (masked(TEXT, b"a", final=False) + masked(CONT, b"b", final=False) * 100_000, Closing.ABUSE),
        (masked(TEXT, b"a", reserved=0x40), Closing.PROTOCOL_ERROR),
    ],
    ids=["unmasked", "not UTF-8", "binary", "70 KiB", "2^62", "100,000 fragments", "compressed"],
)
async def test_who_breaks_the_rules_is_told_the_code_and_closed(site: Serving, sent: bytes, code: Closing) -> None:
    async with RawClient(site) as client:
        assert await client.upgrade() == 101
        client.write(sent)
        assert await client.close_code() == code


async def test_a_client_that_vanishes_leaves_nothing_behind(site: Serving, world: World) -> None:
    async with Client(site) as client:
        await client.hello(world.ticket(world.citizen()))
        await client.follow(TOPIC)
        await client.hear()
        client.socket.transport.abort()
        await site.hub.door.empty.wait()
    assert (site.hub._persons, site.hub._sessions) == ({}, {})
    assert not (await site.hub.pump(TOPIC)).feed.followed
