"""Transport-wide feedback: which packets of a transport arrived and when, as numbers and as bytes.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1. Only the part after the two SSRCs stands here; ``rtcp`` adds these.
"""

import re
from collections.abc import Sequence
from struct import Struct
from typing import NamedTuple

TICK_US = 250
REFERENCE_US = 64_000
MOST_STATUSES = 8192
"""Statuses of one packet that are read: more than a second of the fastest stream. A longer one is malformed."""

WIDEST = 0x7FFF
"""The greatest step from one arrival to the next, forward or back, in units of 250 us."""

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


def write(base: int, running: int, reference: int, arrivals: Sequence[int | None]) -> bytes:
    """The body of a feedback with these fields, unpadded. Successive arrivals differ by less than 8.19 s.

    Raises: ``struct.error`` when they do not.
    """
    statuses = Statuses()
    for arrival in arrivals:
        if arrival is None:
            statuses.miss(1)
        else:
            statuses.arrive(arrival)
    return statuses.body(base, running, reference)


class Statuses:
    """The statuses of one feedback as they are found, from the first packet on."""

    __slots__ = ("_deltas", "_last", "_symbols")

    def __init__(self) -> None:
        self._symbols = bytearray()
        self._deltas = bytearray()
        self._last = 0

    def __len__(self) -> int:
        return len(self._symbols)

    @property
    def size(self) -> int:
        """Bytes of the deltas so far."""
        return len(self._deltas)

    def fits(self, arrival: int) -> bool:
        """Whether a packet that arrived then, in units of 250 us after the reference, can be told after the last one."""
        return -WIDEST <= arrival - self._last <= WIDEST

    def miss(self, packets: int) -> None:
        """The next ``packets`` have not arrived."""
        self._symbols += bytes(packets)

    def arrive(self, arrival: int) -> None:
        """The next packet arrived, in units of 250 us after the reference."""
        delta = arrival - self._last
        self._last = arrival
        if 0 <= delta <= 255:
            self._symbols.append(_SMALL)
            self._deltas.append(delta)
        else:
            self._symbols.append(_WIDE)
            self._deltas += _LARGE.pack(delta)

    def body(self, base: int, running: int, reference: int) -> bytes:
        """The body of the feedback, unpadded."""
        head = _HEAD.pack(base & 0xFFFF, len(self._symbols), (reference & 0xFFFFFF) << 8 | running & 0xFF)
        return b"".join((head, _chunks(self._symbols), self._deltas))


_RUN = re.compile(rb"\x00+|\x01+|\x02+")


def _chunks(symbols: bytearray) -> bytes:
    """The symbols in the fewest chunks that a look at the next fourteen can tell: runs, vectors of fourteen bits, of seven pairs."""
    out = bytearray()
    at, total = 0, len(symbols)
    while at < total:
        symbol = symbols[at]
        found = _RUN.match(symbols, at, at + _LONGEST_RUN)
        run = found.end() - at if found else 1
        ahead = symbols[at : at + 14]
        narrow = _WIDE not in ahead
        if run >= (14 if narrow else 7) or at + run == total:
            out += _CHUNK.pack(symbol << 13 | run)
            at += run
        elif narrow:
            bits = 0
            for one in ahead:
                bits = bits << 1 | one
            out += _CHUNK.pack(0x8000 | bits << (14 - len(ahead)))
            at += len(ahead)
        else:
            pairs = 0
            for one in ahead[:7]:
                pairs = pairs << 2 | one
            out += _CHUNK.pack(0xC000 | pairs << 2 * (7 - len(ahead[:7])))
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
