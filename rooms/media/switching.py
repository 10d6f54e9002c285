"""One viewer's single stream, made of the layers of one track: it flows from one layer at a time and changes only at key frames.

A viewer's numbers are the source's plus constant offsets, which change only when another layer, or the same after a pause, begins to flow.
So nothing here runs for every packet of every viewer: ``Source.note`` runs once for a packet, ``Switch.begin`` once for a change.

Which layer a viewer should have is not decided here, but by ``wishes`` today and by ``rooms/media/allocation`` once there is an estimate of
each viewer's bandwidth.
"""

from collections import deque
from typing import NamedTuple

from rooms.media.payloads import Vp8
from rooms.media.sequence import difference

RANGES_KEPT = 3
"""Earlier stretches of a viewer's numbers that can still be traced back to their packets."""

MOST_ASTRAY_US = 500_000
"""How far sender reports may lead away from the times of arrival before they are disbelieved."""


class Source:
    """One layer of a track: its newest packet and its sender's clock, kept once for all viewers."""

    __slots__ = ("_ntp", "_ntp_timestamp", "at_us", "clock_hz", "layer", "picture", "sequence", "timestamp", "tl0")

    def __init__(self, layer: int, clock_hz: int) -> None:
        self.layer = layer
        self.clock_hz = clock_hz
        self.sequence = -1
        """Extended; -1 before the first packet."""
        self.timestamp = 0
        self.at_us = 0
        self.picture = 0
        """VP8's, of the newest packet."""
        self.tl0 = 0
        self._ntp = 0
        self._ntp_timestamp = 0

    def note(self, sequence: int, timestamp: int, now_us: int, vp8: Vp8 | None = None) -> None:
        """A packet with this extended number arrived; late ones change nothing. To be called before viewers begin with it."""
        if sequence > self.sequence:
            self.sequence = sequence
            self.timestamp = timestamp
            self.at_us = now_us
            if vp8 is not None:
                self.picture = vp8.picture
                self.tl0 = vp8.tl0

    def sender_report(self, ntp: int, timestamp: int) -> None:
        """The sender's clock showed ``ntp`` (64 bits) at ``timestamp``."""
        self._ntp, self._ntp_timestamp = ntp, timestamp

    def clock(self, now_us: int) -> tuple[int, int] | None:
        """NTP time (64 bits) and timestamp (32 bits) of the sender at about ``now_us``; ``None`` before its first report."""
        if not self.has_clock or self.sequence < 0:
            return None
        timestamp = self.timestamp + max(0, now_us - self.at_us) * self.clock_hz // 1_000_000
        return self.ntp(timestamp) & 0xFFFFFFFFFFFFFFFF, timestamp & 0xFFFFFFFF

    @property
    def has_clock(self) -> bool:
        return self._ntp != 0

    def ntp(self, timestamp: int) -> int:
        """The sender's NTP time at ``timestamp``; meaningless without a clock."""
        return self._ntp + (difference(timestamp, self._ntp_timestamp, 32) << 32) // self.clock_hz

    def at(self, ntp: int) -> int:
        """The timestamp (not wrapped) at the sender's time ``ntp``; meaningless without a clock."""
        return self._ntp_timestamp + ((ntp - self._ntp) * self.clock_hz >> 32)


class Offsets(NamedTuple):
    """What is added to a source's numbers to make a viewer's, each modulo its width."""

    sequence: int = 0
    timestamp: int = 0
    picture: int = 0
    tl0: int = 0


class Traced(NamedTuple):
    """The packet behind one of a viewer's sequence numbers, and how to make the viewer's copy of it again."""

    source: Source
    sequence: int
    """Extended, in the source."""
    offsets: Offsets


class _Range(NamedTuple):
    source: Source
    first: int
    last: int
    """Extended numbers in the source, both included."""
    offsets: Offsets


class Switch:
    """What one viewer gets of one track."""

    __slots__ = (
        "_begun",
        "_ideal",
        "_next",
        "_picture",
        "_ranges",
        "_timestamp",
        "_timestamp_us",
        "_tl0",
        "current",
        "first",
        "offsets",
        "wanted",
    )

    def __init__(self, first_sequence: int, timestamp_offset: int = 0) -> None:
        """``first_sequence`` (16 bits) is the viewer's first; it and ``timestamp_offset`` should be random (RFC 3550 section 5.1)."""
        self.wanted: Source | None = None
        self.current: Source | None = None
        """What flows. Another than ``wanted`` while a key frame is waited for; ``None`` when nothing flows."""
        self.offsets = Offsets()
        """For the packets of ``current``."""
        self.first = 0
        """The extended number of the first packet of ``current`` that flows: older ones that come late must not."""
        self._begun = False
        self._next = first_sequence
        """The viewer's extended number after the newest sent; while something flows, the one that it began with."""
        self._ideal = timestamp_offset
        """The timestamp offset that sender reports alone would give, without the shifts that keep time from standing still."""
        self._timestamp = 0
        self._timestamp_us = 0
        self._picture = 0
        self._tl0 = 0
        self._ranges: deque[_Range] = deque(maxlen=RANGES_KEPT)

    def want(self, source: Source | None) -> bool:
        """From now on ``source`` is wanted; with ``None`` the flow stops at once. Answers whether a key frame must be asked for."""
        self.wanted = source
        if source is None:
            self._close()
        return self.waiting

    @property
    def waiting(self) -> bool:
        """Whether the viewer waits for a packet of ``wanted`` that can be begun with."""
        return self.wanted is not None and self.wanted is not self.current

    def begin(self, sequence: int, timestamp: int, now_us: int, vp8: Vp8 | None = None) -> Offsets:
        """From the packet with these numbers (``sequence`` extended) the wanted source flows; its offsets.

        To be called for a waiting viewer at a packet that can be begun with, after ``Source.note`` and before the packet is sent.

        Raises: ``ValueError`` if the viewer does not wait.
        """
        source = self.wanted
        if source is None or source is self.current:
            raise ValueError("nobody waits")
        self._ideal = self._aligned(source, timestamp, now_us)
        self._close()
        shifted = timestamp + self._ideal
        if self._begun and difference(shifted & 0xFFFFFFFF, self._timestamp, 32) <= 0:
            # Another layer's picture of the same moment is a new frame to the viewer, so it must not bear the old one's timestamp.
            shifted = self._timestamp + 1
        picture = self._picture + 1 - vp8.picture if self._begun and vp8 is not None else 0
        tl0 = self._tl0 + 1 - vp8.tl0 if self._begun and vp8 is not None else 0
        self.offsets = Offsets(self._next - sequence, shifted - timestamp, picture, tl0)
        self.current, self.first, self._begun = source, sequence, True
        return self.offsets

    def stop(self) -> None:
        """The flow stops until a key frame, what is wanted stays: the source has gone silent, or may not be sent for now."""
        self._close()

    def trace(self, sequence: int) -> Traced | None:
        """The packet that the viewer knows as ``sequence`` (16 bits), or ``None`` if it was never due or lies too far back."""
        current = self.current
        newest = self._next - 1 if current is None else current.sequence + self.offsets.sequence
        wanted = newest + difference(sequence, newest & 0xFFFF)
        if current is not None and wanted >= self._next:
            found = wanted - self.offsets.sequence
            return Traced(current, found, self.offsets) if found <= current.sequence else None
        for old in self._ranges:
            found = wanted - old.offsets.sequence
            if old.first <= found <= old.last:
                return Traced(old.source, found, old.offsets)
        return None

    def _close(self) -> None:
        """Ends the stretch that flows, and remembers its last numbers as the viewer has them."""
        source = self.current
        if source is None:
            return
        offsets = self.offsets
        self._ranges.append(_Range(source, self.first, source.sequence, offsets))
        self._next = source.sequence + offsets.sequence + 1
        self._timestamp = source.timestamp + offsets.timestamp & 0xFFFFFFFF
        self._timestamp_us = source.at_us
        self._picture = source.picture + offsets.picture
        self._tl0 = source.tl0 + offsets.tl0
        self.current = None

    def _aligned(self, source: Source, timestamp: int, now_us: int) -> int:
        """The offset by which ``timestamp`` of ``source`` continues the viewer's time line."""
        old = self.current or (self._ranges[-1].source if self._ranges else None)
        if old is None or old is source:
            return self._ideal
        if self.current is not None:
            before, before_us = old.timestamp + self.offsets.timestamp, old.at_us
        else:
            before, before_us = self._timestamp, self._timestamp_us
        by_arrival = before + (now_us - before_us) * source.clock_hz // 1_000_000
        if old.has_clock and source.has_clock:
            by_reports = old.at(source.ntp(timestamp)) + self._ideal
            astray = difference(by_reports & 0xFFFFFFFF, by_arrival & 0xFFFFFFFF, 32)
            if abs(astray) * 1_000_000 < MOST_ASTRAY_US * source.clock_hz:
                return by_reports - timestamp
        return by_arrival - timestamp
