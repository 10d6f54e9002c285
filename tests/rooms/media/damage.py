"""Packets that are nearly right, and what must hold of every reader whatever it is given.

The seeds are what clients send, and shapes that once were read wrongly. The laws use them a little, ``tests.soak.fuzz_media`` much.
"""

import random

from rooms.media import feedback, payloads, rtcp, rtp, rtx
from rooms.media.arrivals import Arrivals
from rooms.media.feedback import TransportFeedback
from rooms.media.reception import MOST_MISSING, Reception
from rooms.media.rtcp import MOST_NACKED, MOST_REPORTS, Malformed, Nack, Report

CODECS = ("vp8", "h264", "vp9", "av1")

VIDEO = [
    bytes.fromhex(text)
    for text in (
        "90e08123452000112233",
        "90f0fffe45e00010029d012a",
        "8080 7f01 00",
        "10 00 9d01 2a",
        "67 42e01f 8c8d40",
        "78 0009 6742e01f8c8d40aabb 0004 68ce3c80",
        "7c 87 0102030405",
        "a8 8123 00 010203",
        "88 92 08 1122",
        "18 0a 0a 0b 00 00 00 24 cf",
        "78 0b e4 c1 36",
    )
]
RTP = [
    rtp.build(111, 65_535, 2**32 - 1, 0x8000_0001, VIDEO[-1], extensions={1: b"0", 2: b"\xb0", 4: b"\x00\x07"}),
    rtp.build(96, 0, 0, 1, VIDEO[0] * 30, marker=True, extensions={1: b"12", 10: b"f", 3: b"\xff\xff", 14: bytes(16)}),
    rtp.build(97, 9, 3000, 2, b"\x12\x34" + VIDEO[1], extensions={1: b"12", 11: b"f"}),
    rtp.build(45, 9, 3000, 3, VIDEO[9], extensions={1: b"12", 12: bytes(range(90)), 200: b""}),
    rtp.build(97, 10, 3000, 2, b"", padding=255),
    bytes((0xB3, 96)) + bytes(10) + bytes(12) + b"\x10\x0f\x00\x02" + b"\x01\x03abc\x00\x05\x00" + VIDEO[2] + b"\x00\x02",
    bytes((0x90, 96)) + bytes(10) + b"\xbe\xde\x00\x02" + b"\x00\x10m\xf0" + b"\x20n\x00\x00" + VIDEO[3],
    bytes((0x90, 96)) + bytes(10) + b"\xab\xcd\x00\x00" + VIDEO[4],
]
BLOCKS = tuple(rtcp.ReportBlock(ssrc, 25, -1, 70_000, 90, 0x56789ABC, 65_536) for ssrc in range(31))
RTCP = [
    rtcp.build(rtcp.SenderReport(1, 2**63, 3, 4, 5, BLOCKS[:2]), rtcp.Description(1, "a name"), rtcp.PictureLoss(1, 2)),
    rtcp.build(rtcp.ReceiverReport(1, BLOCKS), rtcp.Remb(1, 2_500_000, (1, 2, 3))),
    rtcp.build(rtcp.ReceiverReport(1), rtcp.Nack(1, 2, (65_530, 65_535, 0, 10, 500)), rtcp.FullIntra(1, 2, 3), rtcp.Goodbye((1, 2))),
    rtcp.build(TransportFeedback(1, 2, 65_000, 255, 2**24 - 1, (0, None, 255, 511, 400, *[None] * 40, 20_000, *[20_000] * 30))),
    rtcp.build(TransportFeedback(1, 2, 5, 0, 9, tuple(at * 40 if at % 3 else None for at in range(400)))),
    b"\x8f\xcd\x00\x06" + bytes(8) + b"\x00\x00\x20\x00" + bytes(4) + b"\x1f\xff" * 2 + b"\x00\x00\x00\x00",
]


def damaged(chance: random.Random, packet: bytes) -> bytes:
    """``packet`` with up to four bytes or stretches changed, cut, repeated or added; now and then as it was."""
    data = bytearray(packet)
    for _ in range(chance.randrange(5)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0 | 1 if at < len(data):
                data[at] = chance.choice((0, 1, 0x0F, 0x7F, 0x80, 0xFF, chance.randrange(256)))
            case 2 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 3:
                del data[at : at + chance.choice((1, 2, 4, 20, 2000))]
            case 4:
                data[at:at] = data[at : at + chance.choice((1, 4, 24))]
            case _:
                data[at:at] = chance.randbytes(chance.choice((1, 2, 4, 8)))
    return bytes(data[:4000])


def check_rtp(packet: bytes) -> bool:
    """Whether the packet is one; if so, every offset lies within it, and what viewers get of it is a packet with the same payload."""
    header = rtp.parse(packet)
    if header is None:
        return False
    assert 12 <= header.payload_at <= header.payload_end <= len(packet)
    assert 12 <= header.extensions_at <= header.extensions_end <= header.payload_at
    found = rtp.extensions(packet, header)
    for name in range(256):
        place = rtp.extension(packet, header, name) if name else None
        if place is not None:
            assert header.extensions_at < place[0] <= sum(place) <= header.extensions_end
        if name in found and (header.two_byte or name < 15):
            assert place is not None
            assert packet[place[0] : sum(place)] == found[name]
    mapping = {name: 256 - name for name in found if name % 2}
    made = rtp.variant(packet, header, mapping)
    again = rtp.parse(made)
    assert again is not None
    assert (again[:5], made[again.payload_at :]) == (header[:5], packet[header.payload_at :])
    assert rtp.extensions(made, again) == {mapping[name]: value for name, value in found.items() if name in mapping}
    wrapped = rtx.wrap(packet, header, 9, 97, 1)
    outer = rtp.parse(wrapped)
    assert outer is not None
    restored = rtx.restore(wrapped, outer, header.ssrc, header.payload_type)
    assert restored is not None
    assert restored[1:] == packet[1 : header.payload_end]
    rtx.restore(packet, header, 1, 2)
    return True


def check_rtcp(packet: bytes) -> bool:
    """Whether all of the packet is read; what is read of it is bounded, and is written and read the same."""
    reports = rtcp.parse(packet)
    assert len(reports) <= MOST_REPORTS * 2 + 1
    for report in reports:
        if isinstance(report, Malformed):
            continue
        (again,) = rtcp.parse(rtcp.build(report))
        if isinstance(report, Nack):
            assert isinstance(again, Nack)
            assert len(report.sequences) <= MOST_NACKED
            assert set(again.sequences) == set(report.sequences)
        else:
            assert again == report
        _bounded(report)
    return not any(isinstance(report, Malformed) for report in reports)


def _bounded(report: Report) -> None:
    if isinstance(report, TransportFeedback):
        assert 0 < len(report.arrivals) <= feedback.MOST_STATUSES


def check_payload(payload: bytes) -> bool:
    """Whether anything can be begun with the payload; VP8's numbers are changed in their places only."""
    packet = bytes(12) + payload
    vp8 = payloads.read_vp8(packet, 12, len(packet))
    if vp8 is not None:
        copy = bytearray(packet)
        payloads.shift_vp8(copy, vp8, 1, 1)
        places = {vp8.picture_at, vp8.picture_at + (vp8.picture_bits == 15), vp8.tl0_at} - {0}
        assert all(copy[at] == packet[at] for at in range(len(packet)) if at not in places)
        shifted = payloads.read_vp8(copy, 12, len(copy))
        assert shifted is not None
        assert (shifted.picture_at, shifted.picture_bits, shifted.tl0_at) == (vp8.picture_at, vp8.picture_bits, vp8.tl0_at)
        payloads.shift_vp8(copy, shifted, -1, -1)
        assert copy == packet
    begins = [payloads.begins_keyframe(codec, packet, 12, len(packet)) for codec in CODECS]
    return any(begins)


def check_numbers(chance: random.Random) -> bool:
    """Whether any was asked for of a stream whose numbers leap, repeat and turn: each is passed on once, and what is kept stays bounded."""
    reception, arrivals = Reception(90_000), Arrivals()
    number, now_us = chance.randrange(1 << 16), 0
    passed: set[int] = set()
    asked = 0
    for _ in range(chance.randrange(1, 24)):
        number += chance.choice((1, 1, 1, 1, 0, -1, 2, -3, 20, 300, -500, 2999, 3001, -2999, 8191, 32_768, chance.randrange(1 << 16)))
        now_us += chance.choice((0, 100, 20_000, 1_500_000, 9_000_000))
        extended = reception.note(number & 0xFFFF, chance.getrandbits(32), now_us, recovered=chance.random() < 0.1)
        if extended is not None:
            assert extended & 0xFFFF == number & 0xFFFF
            assert extended not in passed
            passed.add(extended)
        arrivals.note(number & 0xFFFF, now_us)
        if chance.random() < 0.2:
            lost = reception.lost(now_us)
            assert len(lost) <= MOST_MISSING and len(set(lost)) == len(lost)
            assert all(reception.is_missing(one) for one in lost)
            asked += len(lost)
            block = reception.report(1, now_us)
            assert 0 <= block.fraction <= 255
            assert rtcp.parse(rtcp.build(rtcp.ReceiverReport(1, (block,)))) == [rtcp.ReceiverReport(1, (block,))]
            told = arrivals.feedback(1, 2)
            assert sum(map(len, told)) < 100_000
            assert all(isinstance(rtcp.parse(packet)[0], TransportFeedback) for packet in told)
    return asked > 0
