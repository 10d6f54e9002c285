"""When the packets of one transport arrived, told to their sender, whose bandwidth estimate lives on it.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01.
"""

from bisect import bisect_left

from rooms.media import rtcp
from rooms.media.feedback import REFERENCE_US, TICK_US, Statuses

MOST_KEPT = 4096
"""Arrivals noted between two feedbacks; the rest are left out, and the sender takes them for lost."""

OLDEST = 1000
"""A packet this many numbers behind the last feedback comes too late to be told."""

LEAP = 0x1FFF
"""A number this far ahead of what has been told begins anew: the sender has restarted, or is hostile."""

MOST_BYTES = 1000
"""Of deltas in one feedback packet, so that it fits a datagram."""


class Arrivals:
    """The recorder of one transport. ``note`` runs once for every packet that arrives."""

    __slots__ = ("_came", "_newest", "_next", "_running")

    def __init__(self) -> None:
        self._came: dict[int, int] = {}
        self._newest = -1
        self._next = 0
        """The extended number up to which everything has been told."""
        self._running = 0

    def note(self, sequence: int, now_us: int) -> None:
        """The packet with the transport-wide number ``sequence`` (16 bits) arrived. A repetition changes nothing."""
        newest = self._newest
        came = self._came
        if newest < 0:
            self._next = self._newest = extended = sequence
        else:
            extended = newest + ((sequence - newest + 0x8000) & 0xFFFF) - 0x8000
            if extended > newest:
                if extended - self._next > LEAP:
                    came.clear()
                    self._next = extended
                self._newest = extended
            elif extended < self._next - OLDEST:
                return
        if len(came) < MOST_KEPT and extended not in came:
            came[extended] = now_us

    def feedback(self, sender_ssrc: int, media_ssrc: int) -> list[bytes]:
        """The RTCP packets that tell what arrived since the last call; empty when nothing did."""
        came = self._came
        if not came:
            return []
        self._came = {}
        numbers = sorted(came)
        fresh = bisect_left(numbers, self._next)
        packets: list[bytes] = []
        # What came after it had been told as missing is told alone: between late ones stand numbers already told.
        begin = 0
        for at in range(1, fresh + 1):
            if at == fresh or numbers[at] != numbers[at - 1] + 1:
                self._tell(packets, numbers[begin], numbers[begin:at], came, sender_ssrc, media_ssrc)
                begin = at
        if fresh < len(numbers):
            self._tell(packets, self._next, numbers[fresh:], came, sender_ssrc, media_ssrc)
            self._next = numbers[-1] + 1
        return packets

    def _tell(self, packets: list[bytes], base: int, numbers: list[int], came: dict[int, int], sender: int, media: int) -> None:
        """Adds the feedbacks from ``base`` over these numbers, a new one wherever a step in time or the size would not fit."""
        statuses, reference = Statuses(), came[numbers[0]] // REFERENCE_US
        for number in numbers:
            at_us = came[number]
            ticks = (at_us - reference * REFERENCE_US) // TICK_US
            if statuses.size >= MOST_BYTES or not statuses.fits(ticks):
                packets.append(self._packet(statuses, base, reference, sender, media))
                base += len(statuses)
                statuses, reference = Statuses(), at_us // REFERENCE_US
                ticks = (at_us - reference * REFERENCE_US) // TICK_US
            gap = number - base - len(statuses)
            if gap:
                statuses.miss(gap)
            statuses.arrive(ticks)
        packets.append(self._packet(statuses, base, reference, sender, media))

    def _packet(self, statuses: Statuses, base: int, reference: int, sender: int, media: int) -> bytes:
        body = statuses.body(base, self._running, reference)
        self._running = self._running + 1 & 0xFF
        return rtcp.wrap_feedback(sender, media, body)
