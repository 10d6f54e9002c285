"""What came, what went and what was dropped: plain numbers, for ``/metrics`` and for tests. Nothing here names anybody."""

import enum


class Drop(enum.StrEnum):
    """Why a datagram, or what was in it, went no further."""

    EMPTY = "empty"
    OVERSIZED = "oversized"
    UNKNOWN = "unknown"
    """A first byte that is none of STUN, DTLS, RTP and RTCP (RFC 7983)."""
    STRANGER = "stranger"
    """Media or DTLS from an address that passed no ICE check."""
    STUN_MALFORMED = "stun_malformed"
    STUN_UNKNOWN = "stun_unknown"
    """A check for a user name fragment that is not ours, or no longer."""
    STUN_FORGED = "stun_forged"
    """A check whose message integrity is wrong."""
    STUN_REPLAYED = "stun_replayed"
    """A check that was answered before, now from another address."""
    STUN_TAKEN = "stun_taken"
    """A check from an address that another transport holds."""
    STUN_FLOOD = "stun_flood"
    EARLY = "early"
    """Media before the end of the handshake."""
    FLOOD = "flood"
    """Media or data beyond what one transport may send in a second."""
    SRTP_FAILED = "srtp_failed"
    """Media that its key does not open."""
    SRTP_REPLAYED = "srtp_replayed"
    SSRC_EXCESS = "ssrc_excess"
    DTLS_EXCESS = "dtls_excess"
    """More undelivered DTLS datagrams of one transport than are kept."""
    SCTP_MALFORMED = "sctp_malformed"
    SCTP_FLOOD = "sctp_flood"
    """Data beyond the time that one transport may cost in a second."""
    MESSAGE_OVERSIZED = "message_oversized"
    MESSAGE_UNKNOWN = "message_unknown"
    """A message over a data channel that has none of the known names, or text where bytes belong."""
    SEND_BLOCKED = "send_blocked"
    """A datagram that the kernel did not take."""
    BEHIND = "behind"
    """A message for a receiver that reads too slowly."""


class Counters:
    """The counters of one ``Port``; all of them only grow."""

    __slots__ = (
        "bytes_in",
        "bytes_out",
        "checks",
        "datagrams_in",
        "datagrams_out",
        "drops",
        "ends",
        "faults",
        "handshakes",
        "protect_failed",
    )

    def __init__(self) -> None:
        self.datagrams_in = 0
        self.bytes_in = 0
        self.datagrams_out = 0
        """Sent one by one; what a fan-out sends, it counts itself."""
        self.bytes_out = 0
        self.checks = 0
        """ICE checks answered."""
        self.handshakes = 0
        """Handshakes completed."""
        self.protect_failed = 0
        self.faults = 0
        """Exceptions that nobody expected: each is in the log."""
        self.drops = dict.fromkeys(Drop, 0)
        self.ends: dict[str, int] = {}
        """Transports that ended by themselves, by reason."""

    def ended(self, why: str) -> None:
        """One more transport ended by itself. ``why`` is one of the few words of ``Transport``."""
        self.ends[why] = self.ends.get(why, 0) + 1

    @property
    def dropped(self) -> int:
        """Everything dropped, for any reason."""
        return sum(self.drops.values())
