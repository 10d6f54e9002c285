"""Transport-wide feedback: which packets of a transport arrived and when, as numbers and as bytes.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1. Only the part after the two SSRCs stands here; ``rtcp`` adds these.
"""

from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

TICK_US = 250
REFERENCE_US = 64_000
MOST_STATUSES = 8192
"""Statuses of one packet that are read: more than a second of the fastest stream. A longer one is malformed."""

_HEAD = Struct("!HHI")
_CHUNK = Struct("!H")
_LARGE = Struct("!h")
_LONGEST_RUN = 0x1FFF
_MISSING, _SMALL, _WIDE = 0, 1, 2


class TransportFeedback(NamedTuple):
    """What became of the packets numbered ``base``, ``base + 1``, ... of one transport."""

    sender: int
    media: int
    base: int
    """The transport-wide number, 16 bits, of the first status."""
    running: int
    """The running number of this feedback, 8 bits."""
    reference: int
    """24 bits, in units of 64 ms of the receiver's clock."""
    arrivals: tuple[int | None, ...]
    """For each packet its arrival in units of 250 us after the reference; ``None`` when it had not arrived."""


def write(base: int, count: int, reference: int, arrivals: Sequence[int | None]) -> bytes:
    """The body of a feedback with these fields, unpadded. Successive arrivals differ by less than 8.19 s.

    Raises: ``struct.error`` when they do not.
    """
    symbols: list[int] = []
    deltas: list[bytes] = []
    before = 0
    for arrival in arrivals:
        if arrival is None:
            symbols.append(_MISSING)
            continue
        delta = arrival - before
        before = arrival
        if 0 <= delta <= 255:
            symbols.append(_SMALL)
            deltas.append(bytes((delta,)))
        else:
            symbols.append(_WIDE)
            deltas.append(_LARGE.pack(delta))
    head = _HEAD.pack(base & 0xFFFF, len(symbols), (reference & 0xFFFFFF) << 8 | count & 0xFF)
    return b"".join((head, _chunks(symbols), *deltas))


def _chunks(symbols: list[int]) -> bytes:
    """The symbols in the fewest chunks that a look at the next fourteen can tell: runs, vectors of fourteen bits, of seven pairs."""
    out = bytearray()
    at, total = 0, len(symbols)
    while at < total:
        symbol = symbols[at]
        run = 1
        while at + run < total and run < _LONGEST_RUN and symbols[at + run] == symbol:
            run += 1
        ahead = symbols[at : at + 14]
        narrow = _WIDE not in ahead
        if run >= (14 if narrow else 7) or at + run == total:
            out += _CHUNK.pack(symbol << 13 | run)
            at += run
        elif narrow:
            bits = 0
            for place, one in enumerate(ahead):
                bits |= one << (13 - place)
            out += _CHUNK.pack(0x8000 | bits)
            at += len(ahead)
        else:
            pairs = 0
            for place, one in enumerate(ahead[:7]):
                pairs |= one << (12 - 2 * place)
            out += _CHUNK.pack(0xC000 | pairs)
            at += 7
    return bytes(out)


def read(sender: int, media: int, body: bytes) -> TransportFeedback | None:
    """The feedback that stands in ``body``, or ``None`` if it is malformed. Never raises."""
    if len(body) < 8:
        return None
    base, total, tail = _HEAD.unpack_from(body)
    if not 0 < total <= MOST_STATUSES:
        return None
    symbols: list[int] = []
    at = 8
    while len(symbols) < total:
        if at + 2 > len(body):
            return None
        chunk = _CHUNK.unpack_from(body, at)[0]
        at += 2
        if chunk < 0x8000:
            symbols += [chunk >> 13] * min(chunk & _LONGEST_RUN, total - len(symbols))
            if not chunk & _LONGEST_RUN:
                return None
        elif chunk < 0xC000:
            symbols += [chunk >> place & 1 for place in range(13, -1, -1)]
        else:
            symbols += [chunk >> place & 3 for place in range(12, -1, -2)]
    del symbols[total:]
    arrivals: list[int | None] = []
    now = 0
    for symbol in symbols:
        if symbol == _MISSING:
            arrivals.append(None)
            continue
        size = 1 if symbol == _SMALL else 2
        if symbol > _WIDE or at + size > len(body):
            return None
        now += body[at] if size == 1 else _LARGE.unpack_from(body, at)[0]
        at += size
        arrivals.append(now)
    return TransportFeedback(sender, media, base, tail & 0xFF, tail >> 8, tuple(arrivals))
