"""What arrives of one stream: its numbers made continuous, what is lost and worth asking for, and what is reported of it.

Source: RFC 3550 section 6.4 and appendices A.1, A.3 and A.8; RFC 4585 for the requests.
"""

from typing import NamedTuple

from rooms.media.rtcp import ReportBlock

MOST_DROPOUT = 3000
"""A number this far ahead may be a gap; one farther is a restart of the sender, if its successor comes next."""

MOST_MISORDER = 3000
"""A number this far behind may be late."""

MOST_BEFORE_FIRST = 16
"""Packets that overtake the very first ones of a stream: these few numbers before it are still taken."""

MOST_MISSING = 400
"""Lost packets that are asked for; when more are missing, only a key frame helps."""

REORDERING_US = 10_000
TRIES = 8
GIVEN_UP_US = 1_000_000
FIRST_RTT_US = 100_000
_SHORTEST_US = 20_000
_LONGEST_US = 100_000


class Window(NamedTuple):
    """What arrived between two looks."""

    expected: int
    received: int
    """Without those that came only when they were asked for."""
    recovered: int
    jitter_us: int


class _Missing:
    __slots__ = ("asked_us", "due_us", "since_us", "tries")

    def __init__(self, since_us: int) -> None:
        self.since_us = since_us
        self.due_us = since_us + REORDERING_US
        self.asked_us = 0
        self.tries = 0


class Reception:
    """One received stream with a clock of ``clock_hz``. ``note`` runs once for every packet of it."""

    __slots__ = (
        "_bad",
        "_clock_hz",
        "_first",
        "_jitter",
        "_last_us",
        "_received",
        "_recovered",
        "_reported",
        "_sender_report",
        "_timestamp",
        "_window",
        "highest",
        "keyframe_needed",
        "missing",
        "rtt_us",
    )

    def __init__(self, clock_hz: int) -> None:
        self._clock_hz = clock_hz
        self.highest = -1
        """The greatest extended sequence number; -1 before the first packet."""
        self.keyframe_needed = False
        """Set when so much is lost that asking for it is given up. Whoever asks for a key frame clears it."""
        self.rtt_us = FIRST_RTT_US
        """From a request to its answer, smoothed. May also be set by who knows the round trip better."""
        self._first = 0
        self._bad = -1
        self._received = 0
        self._recovered = 0
        self._jitter = 0.0
        self._timestamp = -1
        self._last_us = 0
        self.missing: dict[int, _Missing] = {}
        """What is lost and still of use, by extended sequence number."""
        self._reported = (0, 0)
        self._window = (0, 0, 0)
        self._sender_report: tuple[int, int] | None = None

    def note(self, sequence: int, timestamp: int, now_us: int, *, recovered: bool = False) -> int | None:
        """The extended number of the packet numbered ``sequence`` (16 bits), or ``None`` for one that must go no further.

        That is a duplicate, one far too late, and the first after a leap: two in a row make a restart (RFC 3550 appendix A.1).
        With ``recovered`` the packet came on a retransmission stream: it repairs, but the network had lost it, and that is reported.
        """
        highest = self.highest
        ahead = (sequence - highest) & 0xFFFF
        if 0 < ahead < MOST_DROPOUT and highest >= 0:
            extended = highest + ahead
            if ahead > 1:
                self._miss(highest + 1, extended, now_us)
            self.highest = extended
            if timestamp != self._timestamp:
                self._spread(timestamp, now_us)
        elif highest < 0:
            # One turn up, so that what came just before the first has a number too.
            extended = self.highest = self._first = sequence + 0x10000
            self._timestamp, self._last_us = timestamp, now_us
        elif ahead == 0:
            return None
        elif ahead > 0x10000 - MOST_MISORDER:
            extended = highest + ahead - 0x10000
            missing = self.missing.pop(extended, None)
            if missing is not None:
                if missing.tries == 1:
                    self.rtt_us += (now_us - missing.asked_us - self.rtt_us) >> 3
            elif not self._is_before_first(extended, now_us):
                return None
        elif sequence == self._bad:
            extended = highest + ahead
            self._restart(extended)
            self._timestamp, self._last_us = timestamp, now_us
        else:
            self._bad = sequence + 1 & 0xFFFF
            return None
        if recovered:
            self._recovered += 1
        else:
            self._received += 1
        return extended

    def is_missing(self, sequence: int) -> bool:
        """Whether the packet numbered ``sequence`` (16 bits) is lost and still of use. Repetitions of others would make losses negative."""
        behind = (self.highest - sequence) & 0xFFFF
        return self.highest - behind in self.missing

    def lost(self, now_us: int) -> list[int]:
        """The numbers (16 bits) to ask for now, in their order, at most ``MOST_MISSING``.

        Each is first asked for when it is ``REORDERING_US`` late, then in growing steps never shorter than a round trip, ``TRIES``
        times at most, and is given up after ``GIVEN_UP_US``.
        """
        asked: list[int] = []
        hopeless: list[int] = []
        for extended, missing in self.missing.items():
            if now_us - missing.since_us > GIVEN_UP_US:
                hopeless.append(extended)
            elif now_us >= missing.due_us and missing.tries < TRIES:
                step = min(_SHORTEST_US << missing.tries, _LONGEST_US)
                missing.tries += 1
                missing.asked_us = now_us
                missing.due_us = now_us + max(step, self.rtt_us * 5 >> 2)
                asked.append(extended)
        for extended in hopeless:
            del self.missing[extended]
        return [extended & 0xFFFF for extended in sorted(asked)]

    def sender_report(self, ntp: int, now_us: int) -> None:
        """A sender report with the NTP time ``ntp`` (64 bits) arrived: the next reports name it."""
        self._sender_report = (ntp >> 16 & 0xFFFFFFFF, now_us)

    def report(self, ssrc: int, now_us: int) -> ReportBlock:
        """What is told to the sender of the stream ``ssrc``, counted since the last call (RFC 3550 appendix A.3)."""
        expected = self._expected()
        before_expected, before_received = self._reported
        self._reported = (expected, self._received)
        interval = expected - before_expected
        lost = interval - (self._received - before_received)
        fraction = min(255, (lost << 8) // interval) if interval > 0 and lost > 0 else 0
        last, since = 0, 0
        if self._sender_report is not None:
            last, at_us = self._sender_report
            since = min(0xFFFFFFFF, (now_us - at_us << 16) // 1_000_000)
        highest = max(0, self.highest - 0x10000) & 0xFFFFFFFF
        total = max(-0x800000, min(0x7FFFFF, expected - self._received))
        return ReportBlock(ssrc, fraction, total, highest, int(self._jitter), last, since)

    def window(self) -> Window:
        """What arrived since the last call."""
        now = (self._expected(), self._received, self._recovered)
        expected, received, recovered = (new - old for new, old in zip(now, self._window, strict=True))
        self._window = now
        return Window(max(0, expected), max(0, received), recovered, int(self._jitter * 1_000_000) // self._clock_hz)

    def _expected(self) -> int:
        return self.highest - self._first + 1 if self.highest >= 0 else 0

    def _miss(self, begin: int, end: int, now_us: int) -> None:
        missing = self.missing
        if end - begin > MOST_MISSING:
            missing.clear()
            self.keyframe_needed = True
            return
        for extended in range(begin, end):
            missing[extended] = _Missing(now_us)
        while len(missing) > MOST_MISSING:
            del missing[next(iter(missing))]
            self.keyframe_needed = True

    def _is_before_first(self, extended: int, now_us: int) -> bool:
        """Takes a packet that the first one has overtaken."""
        if not 0 < self._first - extended <= MOST_BEFORE_FIRST or self._reported != (0, 0):
            return False
        self._miss(extended + 1, self._first, now_us)
        self._first = extended
        return True

    def _spread(self, timestamp: int, now_us: int) -> None:
        """The jitter of arrival (RFC 3550 appendix A.8), once a frame: its packets share one timestamp and leave in a burst."""
        ticks = (timestamp - self._timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        off = abs((now_us - self._last_us) * self._clock_hz / 1_000_000 - ticks)
        # A leap of the clock, or silence that the timestamps do not count, is no jitter of the network.
        if off < 5 * self._clock_hz:
            self._jitter += (off - self._jitter) / 16
        self._timestamp, self._last_us = timestamp, now_us

    def _restart(self, extended: int) -> None:
        self.highest = self._first = extended
        self._bad = -1
        self._received = self._recovered = 0
        self._reported = (0, 0)
        self._window = (0, 0, 0)
        self.missing.clear()
        self.keyframe_needed = True
