"""Retransmissions on a stream of their own: the original sequence number stands before the payload (RFC 4588 section 4)."""

from struct import Struct

from rooms.media.rtp import Header

_HEAD = Struct("!BHII")
_NUMBER = Struct("!H")


def original_sequence(packet: bytes | bytearray | memoryview, header: Header) -> int | None:
    """The sequence number of the packet that ``packet`` repeats; ``None`` when it repeats none, being padding that probes the path."""
    if header.payload_end < header.payload_at + 2:
        return None
    return int(_NUMBER.unpack_from(packet, header.payload_at)[0])


def restore(packet: bytes | bytearray | memoryview, header: Header, ssrc: int, payload_type: int) -> bytes | None:
    """The packet as it was before it was lost, on the stream ``ssrc``; ``None`` when this one only probes the path.

    Extensions stay those of the retransmission, padding goes.
    """
    sequence = original_sequence(packet, header)
    if sequence is None:
        return None
    at = header.payload_at
    head = bytes((packet[0] & ~0x20,)) + _HEAD.pack(header.marker << 7 | payload_type, sequence, header.timestamp, ssrc)
    return b"".join((head, packet[12:at], packet[at + 2 : header.payload_end]))


def wrap(packet: bytes | bytearray | memoryview, header: Header, ssrc: int, payload_type: int, sequence: int) -> bytes:
    """``packet`` as a retransmission on the stream ``ssrc``, numbered ``sequence`` there. Its padding goes."""
    at = header.payload_at
    head = bytes((packet[0] & ~0x20,)) + _HEAD.pack(header.marker << 7 | payload_type, sequence & 0xFFFF, header.timestamp, ssrc)
    return b"".join((head, packet[12:at], _NUMBER.pack(header.sequence), packet[at : header.payload_end]))
