"""How much one participant, one room, and all of them, may ask of the media server."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What ends in ``_s`` is in seconds, in ``_bytes`` in bytes."""

    rooms: int = 1_000
    participants: int = 500
    """Of one room; a room made with ``max_participants`` may have fewer."""
    tracks: int = 20
    """Published by one participant."""
    connections: int = 5_000
    """Signalling connections that are open."""

    request_bytes: int = 96 << 10
    """The head of a request: the target of a join carries a whole session description."""
    join_bytes: int = 64 << 10
    """A join request after decompression."""
    signal_bytes: int = 768 << 10
    """One signalling message: a resuming client sends two session descriptions in one, and one with fifty pictures has 350 KiB."""
    call_bytes: int = 128 << 10
    """The body of a Room Service call."""
    signals_per_s: float = 50.0
    signals_burst: int = 500
    work_share: float = 0.2
    """Of the server's time, at most so much is spent on the messages of one client, in the long run."""
    work_at_once_s: float = 0.4
    """The same, at once: whoever joins has long session descriptions to be read."""
    unsent_bytes: int = 4 << 20
    """What waits for a client that does not read. One more message, and it is cut."""

    name_bytes: int = 256
    identity_bytes: int = 256
    metadata_bytes: int = 8 << 10
    """Metadata of a room or a participant; all attributes of a participant together have as much again: all of it
    stands in the tokens of those who come back, and tokens stand in the heads of requests."""

    data_bytes_per_s: float = 4 << 20
    """Data packets of one sender, in the long run."""
    data_burst_bytes: int = 16 << 20

    ping_interval_s: int = 5
    ping_timeout_s: int = 15
    """A client that has said nothing for so long has lost its signalling connection."""
    resume_s: float = 18.0
    """Time in which a client that lost its signalling connection comes back without anybody noticing."""
    empty_s: int = 300
    """A room into which nobody came is closed after so long."""
    departure_s: int = 20
    """A room which everybody left is closed after so long."""
    token_s: int = 600
    """Life of the tokens that those inside are given to come back with; half of it lies between two."""


class Bucket:
    """A token bucket: ``rate`` a second in the long run, ``burst`` at once. The clock is the caller's."""

    __slots__ = ("_burst", "_full_at_s", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._full_at_s = float("-inf")

    def take(self, amount: float, now_s: float) -> bool:
        """Takes ``amount`` if it is there."""
        full_at_s = max(self._full_at_s, now_s) + amount / self._rate
        if (full_at_s - now_s) * self._rate > self._burst:
            return False
        self._full_at_s = full_at_s
        return True
