"""What an SCTP packet must be before aiortc sees it (RFC 9260).

aiortc's parser loops for ever on a parameter of length nought, counts through every gap that a peer claims, and keeps a stream for
every number it is told. An honest peer sends nothing of the kind.
"""

import struct

STREAMS = 256
"""Streams of a peer: data channels take the lowest numbers."""
GAPS = 16_384
"""Chunks that the gap blocks of one acknowledgement may cover together: a window of 1 MiB holds a tenth."""

_HEADER, _CHUNK = 12, 4
_DATA, _INIT, _INIT_ACK, _SACK, _FORWARD_TSN = 0, 1, 2, 3, 192
_WITH_PARAMETERS = {_INIT: 16, _INIT_ACK: 16, 4: 0, 5: 0, 6: 0, 9: 0, 130: 0}
"""Where the parameters begin in INIT, INIT ACK, HEARTBEAT (and its answer), ABORT, ERROR and RE-CONFIG."""
_LEAST = {_DATA: 12, _INIT: 16, _INIT_ACK: 16, _SACK: 12, 7: 4, _FORWARD_TSN: 4}


def is_acceptable(packet: bytes) -> bool:
    """Whether a decrypted SCTP packet is well formed and within the limits above. Never raises."""
    length = len(packet)
    if length < _HEADER + _CHUNK:
        return False
    at = _HEADER
    while at <= length - _CHUNK:
        kind, size = packet[at], int.from_bytes(packet[at + 2 : at + 4], "big")
        if size < _CHUNK or at + size > length:
            return False
        if not _is_acceptable_chunk(kind, packet[at + _CHUNK : at + size]):
            return False
        at += size + (-size % 4)
    return True


def _is_acceptable_chunk(kind: int, body: bytes) -> bool:
    if len(body) < _LEAST.get(kind, 0):
        return False
    if kind == _DATA:
        return int.from_bytes(body[4:6], "big") < STREAMS
    if kind == _SACK:
        return _covers_little(body)
    if kind == _FORWARD_TSN:
        return len(body) % 4 == 0 and all(stream < STREAMS for stream, _ in struct.iter_unpack("!HH", body[4:]))
    if kind in _WITH_PARAMETERS:
        return _has_whole_parameters(body, _WITH_PARAMETERS[kind])
    return True


def _covers_little(body: bytes) -> bool:
    gaps, duplicates = struct.unpack_from("!HH", body, 8)
    if len(body) < 12 + 4 * (gaps + duplicates):
        return False
    covered = 0
    for start, end in struct.iter_unpack("!HH", body[12 : 12 + 4 * gaps]):
        if start < 1 or end < start:
            return False
        covered += end - start + 1
    return covered <= GAPS


def _has_whole_parameters(body: bytes, at: int) -> bool:
    while at <= len(body) - 4:
        size = int.from_bytes(body[at + 2 : at + 4], "big")
        if size < 4 or at + size > len(body):
            return False
        at += size + (-size % 4)
    return True
