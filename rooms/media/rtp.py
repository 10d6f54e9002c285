"""RTP packets: reading their headers, and rebuilding their extensions for those who receive them (RFC 3550, RFC 8285).

:func:`parse` runs once for every packet that arrives, so it makes one tuple of offsets and copies nothing.
"""

from collections.abc import Mapping
from struct import Struct
from typing import NamedTuple

ONE_BYTE = 0xBEDE
TWO_BYTE = 0x1000
"""The extension profiles of RFC 8285; the low four bits of the second are free ("appbits")."""

_FIXED = Struct("!BBHII")
_EXTENDED = Struct("!HH")
_FIRST = [bytes((value,)) for value in range(256)]
_tuple = tuple.__new__


class Header(NamedTuple):
    """Where things stand in one packet. Offsets count from the packet's first byte; the payload excludes padding."""

    marker: bool
    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload_at: int
    payload_end: int
    extensions_at: int
    extensions_end: int
    """Equal to ``extensions_at`` when the packet has no extensions in a form RFC 8285 knows."""
    two_byte: bool


def parse(packet: bytes | bytearray | memoryview) -> Header | None:
    """The header of ``packet``, or ``None`` if it is no whole RTP packet of version 2. Never raises (RFC 3550 section 5.1)."""
    size = len(packet)
    if size < 12:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(packet)
    if first >> 6 != 2:
        return None
    at = 12 + 4 * (first & 15)
    begin = finish = at
    two_byte = False
    if first & 0x10:
        if size < at + 4:
            return None
        profile, words = _EXTENDED.unpack_from(packet, at)
        begin = at + 4
        at = finish = begin + 4 * words
        if profile != ONE_BYTE:
            two_byte = profile & 0xFFF0 == TWO_BYTE
            if not two_byte:
                begin = finish
    end = size
    if first & 0x20:
        padding = packet[-1]
        if padding == 0:
            return None
        end -= padding
    if end < at:
        return None
    return _tuple(Header, (second > 127, second & 127, sequence, timestamp, ssrc, at, end, begin, finish, two_byte))


def extension(packet: bytes | bytearray | memoryview, header: Header, wanted: int) -> tuple[int, int] | None:
    """Offset and length of the value of the extension with the id ``wanted``, or ``None``. A value that overruns the block is none."""
    at, end = header.extensions_at, header.extensions_end
    if header.two_byte:
        while at + 1 < end:
            found = packet[at]
            if found == 0:
                at += 1
                continue
            length = packet[at + 1]
            if found == wanted:
                return (at + 2, length) if at + 2 + length <= end else None
            at += 2 + length
        return None
    while at < end:
        both = packet[at]
        found = both >> 4
        if found == wanted:
            length = (both & 15) + 1
            return (at + 1, length) if at + 1 + length <= end else None
        if found == 0:
            # Padding is one zero byte; an id 0 with a length is skipped as the receiver must (RFC 8285 section 4.2).
            at += 1 if both == 0 else (both & 15) + 2
        elif found == 15:
            return None
        else:
            at += (both & 15) + 2
    return None


def extensions(packet: bytes | bytearray | memoryview, header: Header) -> dict[int, bytes]:
    """Every extension of the packet by its id; of an id that stands twice the first. Reading ends at the first that overruns the block."""
    return _chosen(packet, header, _EVERY)


_EVERY = {name: name for name in range(1, 256)}


def _chosen(packet: bytes | bytearray | memoryview, header: Header, mapping: Mapping[int, int]) -> dict[int, bytes]:
    """The extensions whose ids ``mapping`` knows, under the ids it gives them."""
    found: dict[int, bytes] = {}
    at, end, two_byte = header.extensions_at, header.extensions_end, header.two_byte
    while at < end:
        both = packet[at]
        at += 1
        if both == 0:
            continue
        if two_byte:
            if at >= end:
                break
            name, length = both, packet[at]
            at += 1
        else:
            name, length = both >> 4, (both & 15) + 1
            if name == 15:
                break
        value_at = at
        at += length
        if at > end:
            break
        if name in mapping and name:
            found.setdefault(mapping[name], bytes(packet[value_at:at]))
    return found


def block(values: Mapping[int, bytes]) -> bytes:
    """An extension block of these values by id, with its profile and length; empty if there are none.

    The one-byte form is used where it can hold them all (ids to 14, values of 1 to 16 bytes), else the two-byte form,
    which a receiver takes only after ``extmap-allow-mixed`` (RFC 8285 section 4.1.2).

    Raises: ``ValueError`` for an id outside 1 to 255 or a value above 255 bytes.
    """
    if not values:
        return b""
    body = bytearray(4)
    for name, value in values.items():
        if not (0 < name < 15 and 0 < len(value) <= 16):
            break
        body.append(name << 4 | len(value) - 1)
        body += value
    else:
        return _closed(ONE_BYTE, body)
    if 0 in values:
        raise ValueError("0 is padding, not an id")
    body = bytearray(4)
    for name, value in values.items():
        body.append(name)
        body.append(len(value))
        body += value
    return _closed(TWO_BYTE, body)


def _closed(profile: int, block: bytearray) -> bytes:
    """The block with its elements padded to whole words and its first four bytes filled in."""
    block += bytes(-len(block) % 4)
    _EXTENDED.pack_into(block, 0, profile, len(block) // 4 - 1)
    return bytes(block)


def playout_delay(least_ms: int, most_ms: int) -> bytes:
    """The value of the extension playout-delay: how long after it was taken a picture is shown, in steps of 10 ms up to 40,950.

    Source: http://www.webrtc.org/experiments/rtp-hdrext/playout-delay.
    """
    return (least_ms // 10 << 12 | most_ms // 10).to_bytes(3, "big")


NONE_ADDED: Mapping[int, bytes] = {}


def variant(
    packet: bytes | bytearray | memoryview, header: Header, mapping: Mapping[int, int], added: Mapping[int, bytes] = NONE_ADDED
) -> bytes:
    """The packet as those viewers get it whose extension ids ``mapping`` gives for the publisher's: every other extension is left out.
    What is ``added`` stands beside them, by the viewers' ids.

    So no stream name, transport number or other value that means something only between publisher and server ever reaches a viewer.
    Contributing sources are left out too. Payload and padding stay as they are.
    """
    at = header.payload_at
    if added or (mapping and header.extensions_at < header.extensions_end):
        kept = {**_chosen(packet, header, mapping), **added}
        if kept:
            return b"".join((_FIRST[packet[0] & 0xE0 | 0x10], packet[1:12], block(kept), packet[at:]))
    return b"".join((_FIRST[packet[0] & 0xE0], packet[1:12], packet[at:]))


def build(
    payload_type: int,
    sequence: int,
    timestamp: int,
    ssrc: int,
    payload: bytes,
    *,
    marker: bool = False,
    extensions: Mapping[int, bytes] | None = None,
    padding: int = 0,
) -> bytes:
    """A packet of these parts; sequence number and timestamp are cut to 16 and 32 bits, ``padding`` is 0 to 255 bytes.

    Raises: ``ValueError`` or ``struct.error`` for parts that do not fit.
    """
    values = block(extensions or {})
    first = 0x80 | (0x10 if values else 0) | (0x20 if padding else 0)
    head = _FIXED.pack(first, marker << 7 | payload_type, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + values + payload + (bytes(padding - 1) + bytes((padding,)) if padding else b"")
