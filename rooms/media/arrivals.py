"""When the packets of one transport arrived, told to their sender, whose bandwidth estimate lives on it.

Source: draft-holmer-rmcat-transport-wide-cc-extensions-01.
"""

from rooms.media import feedback, rtcp

MOST_KEPT = 4096
"""Arrivals noted between two feedbacks; the rest are left out, and the sender takes them for lost."""

OLDEST = 1000
"""A packet this many numbers behind the last feedback comes too late to be told."""

LEAP = 0x1FFF
"""A number this far ahead of what has been told begins anew: the sender has restarted, or is hostile."""

MOST_BYTES = 1000
"""Of deltas in one feedback packet, so that it fits a datagram."""

_WIDEST = 0x7FFF


class Arrivals:
    """The recorder of one transport. ``note`` runs once for every packet that arrives."""

    __slots__ = ("_came", "_count", "_newest", "_next")

    def __init__(self) -> None:
        self._came: dict[int, int] = {}
        self._newest = -1
        self._next = 0
        """The extended number up to which everything has been told."""
        self._count = 0

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
        packets: list[bytes] = []
        late = sorted(number for number in came if number < self._next)
        # What came after it had been told as missing is told alone: between late ones stand numbers already told.
        at = 0
        while at < len(late):
            end = at + 1
            while end < len(late) and late[end] == late[end - 1] + 1:
                end += 1
            self._tell(packets, late[at], late[end - 1], came, sender_ssrc, media_ssrc)
            at = end
        if len(late) < len(came):
            last = max(came)
            self._tell(packets, self._next, last, came, sender_ssrc, media_ssrc)
            self._next = last + 1
        return packets

    def _tell(self, packets: list[bytes], first: int, last: int, came: dict[int, int], sender: int, media: int) -> None:
        """Adds the feedbacks over the numbers from ``first`` to ``last``, a new one wherever a delta or the size would not fit."""
        number = first
        while number <= last:
            base = number
            arrivals: list[int | None] = []
            reference = before = size = 0
            began = False
            while number <= last and size < MOST_BYTES and len(arrivals) < feedback.MOST_STATUSES:
                at_us = came.get(number)
                if at_us is None:
                    arrivals.append(None)
                else:
                    if not began:
                        reference, began = at_us // feedback.REFERENCE_US, True
                    ticks = (at_us - reference * feedback.REFERENCE_US) // feedback.TICK_US
                    if not -_WIDEST <= ticks - before <= _WIDEST:
                        break
                    size += 1 if 0 <= ticks - before <= 255 else 2
                    arrivals.append(ticks)
                    before = ticks
                number += 1
            told = feedback.TransportFeedback(sender, media, base & 0xFFFF, self._count, reference, tuple(arrivals))
            packets.append(rtcp.build(told))
            self._count = self._count + 1 & 0xFF
