"""What every fan-out back end does, in one vocabulary.

A *sender* owns the socket's outgoing side. An *outlet* is one viewing transport: its SRTP context and its address. A *viewer* is one
track as one outlet sees it: its numbers and counters. A *fan* is a set of viewers of one variant of one layer. ``Fan.send`` accepts one
packet for all of them; ``Sender.flush`` gives each its own copy: rewritten, protected with the outlet's key, and sent. Packets of one
wake-up are accepted together and flushed once, so that a frame's packets leave in few system calls.

Between ``send`` and ``flush`` nothing of a fan may change; every change below therefore flushes first.

Downstream transport-wide sequence numbers, when the bandwidth estimator comes (``rooms/media/allocation``), are one more number of the
*outlet*, written into the copy at an offset given to ``send`` as the picture id is today.
"""

from typing import NamedTuple, Protocol

LONGEST_PACKET = 1484
"""Bytes of a packet before protection. Longer ones are refused and counted: protected, they would fit no Ethernet."""

Address = tuple[str, int] | tuple[str, int, int, int]
"""As the socket module gives it for IPv4 or IPv6."""


class Counts(NamedTuple):
    """What one viewer was sent since it was made."""

    packets: int
    octets: int
    """Of payload, as sender reports count them (RFC 3550 section 6.4.1)."""


class Totals(NamedTuple):
    """What one sender did since it was made. Packets are copies: one incoming packet for twenty viewers counts twenty."""

    sent: int
    refused: int
    """The system took them not (buffers full, no route): lost as on any network, and repaired like it."""
    unprotected: int
    """The SRTP context would not protect them: not sent."""
    oversized: int
    """Incoming packets longer than ``LONGEST_PACKET``: sent to nobody."""
    calls: int
    """System calls."""


class Outlet(Protocol):
    """Where one viewing transport receives. Nothing is sent to it before ``connect`` and after ``disconnect``."""

    def connect(self, context: int, address: Address) -> None:
        """Takes the address in memory of libsrtp's ``srtp_t``, which must live until ``disconnect``."""

    def move(self, address: Address) -> None: ...

    def disconnect(self) -> None: ...


class Viewer(Protocol):
    """One track as one outlet sees it; in at most one fan at a time."""

    def renumber(self, *, first: int, sequence_offset: int, timestamp_offset: int, picture_offset: int = 0, tl0_offset: int = 0) -> None:
        """Sets what is added (modulo their widths) to the numbers of each packet. ``first`` is the extended sequence number of the
        source's first packet meant for this viewer: older ones that come late are not sent to it."""

    def counts(self) -> Counts: ...


class Fan(Protocol):
    """The viewers of one variant of one layer."""

    def __len__(self) -> int: ...

    def add(self, viewer: Viewer) -> None: ...

    def remove(self, viewer: Viewer) -> None:
        """Nothing of this fan is sent to the viewer from now on. Harmless for one that is not in the fan."""

    def send(self, packet: bytes, sequence: int, payload_at: int, picture_at: int = 0, picture_bits: int = 0, tl0_at: int = 0) -> None:
        """Accepts one packet until the next flush. ``sequence`` is its extended sequence number; ``picture_at`` and ``tl0_at`` are
        offsets into the payload of VP8's picture id (7 or 15 bits wide) and tl0picidx (RFC 7741 section 4.2), 0 where it has none."""


class Sender(Protocol):
    """One back end on one socket."""

    name: str

    def outlet(self) -> Outlet: ...

    def viewer(self, outlet: Outlet, ssrc: int, payload_type: int) -> Viewer: ...

    def fan(self) -> Fan: ...

    def flush(self) -> None:
        """Sends what was accepted. Never waits: what the system does not take at once is lost and counted."""

    def totals(self) -> Totals: ...

    def close(self) -> None: ...


class NotThere(Exception):
    """The back end asked for does not run here; the text says why."""
