"""Datagrams that are nearly right: what was well formed, altered at a few places. For the tests and for the long fuzz runs."""

import random
import struct

from aioice import stun
from google_crc32c import value as crc32c

PASSWORD = "p" * 24
UFRAG = "abcdefgh"


def checks() -> list[bytes]:
    """Well-formed connectivity checks, and a few other messages of STUN."""
    found = []
    for attributes in (
        {"USERNAME": f"{UFRAG}:peer", "PRIORITY": 1, "ICE-CONTROLLING": 1, "USE-CANDIDATE": None},
        {"USERNAME": f"{UFRAG}:peer", "PRIORITY": 1, "ICE-CONTROLLED": 1, "SOFTWARE": "x"},
        {"XOR-MAPPED-ADDRESS": ("192.0.2.1", 5), "ERROR-CODE": (401, "Unauthorized"), "USERNAME": UFRAG},
    ):
        for kind in (*[stun.Class.REQUEST] * 6, stun.Class.RESPONSE, stun.Class.INDICATION):
            message = stun.Message(stun.Method.BINDING, kind, bytes(12), dict(attributes))
            message.add_message_integrity(PASSWORD.encode())
            found.append(bytes(message))
    return found


def signed(message: bytes, transaction: bytes) -> bytes:
    """The STUN message, however odd its attributes, with a new transaction number, right lengths and right signatures."""
    if len(message) < 20:
        return message
    integrity = message.rfind(b"\x00\x08\x00\x14")
    body = message[20:integrity] if integrity >= 20 else message[20:]
    body += bytes(-len(body) % 4)
    bare = message[:2] + len(body).to_bytes(2, "big") + message[4:8] + transaction + body
    bare = stun.set_body_length(bare, len(body) + 24) + b"\x00\x08\x00\x14" + stun.message_integrity(bare, PASSWORD.encode())
    return stun.set_body_length(bare, len(body) + 32) + b"\x80\x28\x00\x04" + struct.pack("!I", stun.message_fingerprint(bare))


def associations(tag: int, tsn: int) -> list[bytes]:
    """Well-formed SCTP packets of every kind of chunk, for an association with this verification tag, expecting ``tsn`` next."""

    def chunk(kind: int, body: bytes, flags: int = 0) -> bytes:
        return struct.pack("!BBH", kind, flags, 4 + len(body)) + body + bytes(-len(body) % 4)

    def data(offset: int, stream: int, protocol: int, body: bytes, flags: int = 3) -> bytes:
        return chunk(0, struct.pack("!LHHL", (tsn + offset) % 2**32, stream, 0, protocol) + body, flags)

    opening = struct.pack("!BBHLHH", 3, 0, 0, 0, 9, 0) + b"_reliable"
    parameter = struct.pack("!HH", 0xC000, 4) + struct.pack("!HH", 0x8008, 6) + b"\xc0\x82\x00\x00"
    chunks = [
        data(0, 0, 50, opening),
        data(0, 0, 53, b"message", 7),
        data(0, 0, 53, b"second", 7) + data(1, 0, 53, b"third", 7),
        data(0, 0, 51, "chữ".encode(), 7),
        data(0, 2, 53, b"first", 2) + data(1, 2, 53, b"last", 1),
        data(3, 4, 53, b"later", 7),
        chunk(1, struct.pack("!LLHHL", 7, 65536, 9, 9, 7) + parameter),
        chunk(2, struct.pack("!LLHHL", 7, 65536, 9, 9, 7) + parameter + struct.pack("!HH", 7, 8) + b"cook"),
        chunk(3, struct.pack("!LLHHHHL", tsn, 65536, 1, 1, 2, 3, tsn)),
        chunk(4, struct.pack("!HH", 1, 8) + b"beat"),
        chunk(5, struct.pack("!HH", 1, 8) + b"beat"),
        chunk(6, b""),
        chunk(7, struct.pack("!L", tsn)),
        chunk(8, b""),
        chunk(9, struct.pack("!HH", 3, 8) + bytes(4)),
        chunk(10, bytes(24)),
        chunk(11, b""),
        chunk(14, b""),
        chunk(130, struct.pack("!HHLLLHH", 13, 18, 7, 7, tsn, 0, 2)),
        chunk(130, struct.pack("!HHLL", 16, 12, 7, 1)),
        chunk(130, struct.pack("!HHLHH", 17, 12, 7, 1, 0)),
        chunk(192, struct.pack("!LHH", (tsn + 2) % 2**32, 0, 1)),
    ]
    header = struct.pack("!HHL", 5000, 5000, tag)
    return [header + bytes(4) + body for body in chunks] + [header + bytes(4) + chunks[1] + chunks[7] + chunks[8]]


def with_checksum(packet: bytes) -> bytes:
    """The SCTP packet with its right checksum: without, nothing would look at it."""
    if len(packet) < 12:
        return packet
    bare = packet[:8] + bytes(4) + packet[12:]
    return bare[:8] + struct.pack("<L", crc32c(bare)) + bare[12:]


def altered(rng: random.Random, original: bytes, keep: int = 0) -> bytes:
    """``original`` with some bytes changed, cut, doubled or added, but not among the first ``keep``."""
    packet = bytearray(original)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 8))):
        at = rng.randrange(keep, len(packet)) if len(packet) > keep else keep
        match rng.randrange(7):
            case 0 | 1 | 2 if at < len(packet):
                packet[at] = rng.choice((0, 1, 2, 4, 127, 128, 255, rng.randrange(256)))
            case 3 if at < len(packet):
                packet[at] ^= 1 << rng.randrange(8)
            case 4:
                del packet[at : at + rng.choice((1, 4, len(packet)))]
            case 5:
                packet[at:at] = rng.randbytes(rng.choice((1, 4, 40)))
            case _:
                packet[at:at] = packet[at : at + rng.choice((4, 16, 40))]
    return bytes(packet[:2048])
