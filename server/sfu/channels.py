"""Data channels of one peer: aiortc's SCTP over the DTLS association, with the limits that it lacks.

Its SCTP is written in Python and trusts its peer: so every packet is looked at first (``sctp.py``), a peer may cost only so much time
in a second, and what it leaves unfinished is bounded. Whatever a peer makes go wrong here ends its own transport and no other.
"""

import logging
import time
from typing import Protocol, cast

from aiortc import RTCDataChannel, RTCDataChannelParameters, RTCDtlsTransport, RTCSctpCapabilities, RTCSctpTransport

from server.sfu.counters import Counters, Drop
from server.sfu.dtls import Association
from server.sfu.sctp import is_acceptable

RELIABLE, LOSSY, TRACK = "_reliable", "_lossy", "_data_track"
LABELS = (RELIABLE, LOSSY, TRACK)

LONGEST_MESSAGE = 64 << 10
"""Bytes of one message, either way; to be told in the session description."""
LOSSY_BEHIND = 64 << 10
"""Unsent bytes above which a message that may be lost is lost."""
RELIABLE_BEHIND = 2 << 20
"""Unsent bytes above which a receiver is cut."""
EARLY = 64
"""Reliable messages kept for somebody who has just come, until their channel opens; with ``SLOW_BEHIND`` bytes at most."""
SLOW_BEHIND, SLOW_US = 256 << 10, 15_000_000
"""Nor may it be so far behind for so long."""
UNFINISHED = 2048
"""Chunks of a peer that wait for others, at most: what its window of 1 MiB holds of full packets, twice."""
COST_NS = 150_000_000
"""Time in each second that packets of one peer may cost."""

_PORT = 5000
_log = logging.getLogger(__name__)


class Owner(Protocol):
    """Whose channels these are."""

    def receive_message(self, label: str, message: bytes) -> None:
        """A message over the channel ``label``."""

    def end(self, why: str) -> None:
        """The peer is hostile, or too slow: no more of it."""


class Channels:
    """The three channels of the protocol. aiortc takes this object for its DTLS transport."""

    _role = "server"
    """RFC 8832: decides which side has the odd stream numbers."""
    state = "connected"

    def __init__(self, association: Association, counters: Counters, owner: Owner) -> None:
        self._association = association
        self._counters = counters
        self._owner = owner
        self._channels: dict[str, RTCDataChannel] = {}
        self._cost_ns = 0
        self._behind_since_us: int | None = None
        self._ended = False
        self._early: list[bytes] = []
        self._sctp = RTCSctpTransport(cast(RTCDtlsTransport, self), _PORT)
        self._sctp.on("datachannel", self._adopt)
        association.deliver_to(self)

    async def start(self) -> None:
        """Begins the SCTP association; after the DTLS handshake."""
        await self._sctp.start(RTCSctpCapabilities(maxMessageSize=LONGEST_MESSAGE), _PORT)

    def open(self) -> None:
        """Opens the three channels from our side, where the protocol wants that."""
        for label in LABELS:
            lossy = label != RELIABLE
            parameters = RTCDataChannelParameters(label=label, ordered=not lossy, maxRetransmits=0 if lossy else None)
            self._adopt(RTCDataChannel(self._sctp, parameters))

    def send(self, label: str, message: bytes) -> bool:
        """Sends, without waiting; what is reliable is kept until its channel opens for the first time. False when it will not arrive:
        channel not open, too long, or the receiver too far behind."""
        channel = self._channels.get(label)
        if len(message) > LONGEST_MESSAGE:
            self._counters.drops[Drop.MESSAGE_OVERSIZED] += 1
            return False
        if channel is None or channel.readyState != "open":
            return label == RELIABLE and (channel is None or channel.readyState == "connecting") and self._keep(message)
        behind = channel.bufferedAmount
        if behind + len(message) > (RELIABLE_BEHIND if label == RELIABLE else LOSSY_BEHIND):
            self._counters.drops[Drop.BEHIND] += 1
            if label == RELIABLE:
                self._end("too_slow")
            return False
        channel.send(message)
        return True

    def tick(self, now_us: int) -> None:
        """Once a second: the peer may cost again, and a slow one is looked at."""
        self._cost_ns = 0
        channel = self._channels.get(RELIABLE)
        if channel is None or channel.bufferedAmount < SLOW_BEHIND:
            self._behind_since_us = None
        elif self._behind_since_us is None:
            self._behind_since_us = now_us
        elif now_us - self._behind_since_us > SLOW_US:
            self._end("too_slow")

    async def close(self) -> None:
        """Aborts the SCTP association. Nothing is told of it."""
        self._ended = True
        await self._sctp.stop()
        self._channels.clear()

    # What aiortc's DTLS transport calls, for every SCTP packet.
    async def _handle_data(self, data: bytes) -> None:
        if self._ended:
            return
        if self._cost_ns > COST_NS:
            # SCTP sends again what is not acknowledged: an honest peer is slowed by this, and a hostile one stopped.
            self._counters.drops[Drop.SCTP_FLOOD] += 1
            return
        if not is_acceptable(data):
            self._counters.drops[Drop.SCTP_MALFORMED] += 1
            return
        began = time.perf_counter_ns()
        try:
            await self._sctp._handle_data(data)
        except Exception:
            # aiortc asserts what a peer should do; which peer does not is nobody's business but its own.
            _log.debug("an SCTP packet made aiortc give up", exc_info=True)
            self._counters.drops[Drop.SCTP_MALFORMED] += 1
            self._end("bad_data")
        self._cost_ns += time.perf_counter_ns() - began
        self._refuse_hoards()

    def _refuse_hoards(self) -> None:
        sctp = self._sctp
        waiting = len(sctp._sack_misordered) + sum(len(stream.reassembly) for stream in sctp._inbound_streams.values())
        if waiting > UNFINISHED or sctp._advertised_rwnd < -LONGEST_MESSAGE:
            self._end("bad_data")

    def _end(self, why: str) -> None:
        if not self._ended:
            self._ended = True
            self._owner.end(why)

    def _adopt(self, channel: RTCDataChannel) -> None:
        if channel.label not in LABELS:
            return
        self._channels[channel.label] = channel
        if channel.label == RELIABLE:
            if channel.readyState == "open":
                self._send_early()
            else:
                channel.on("open", self._send_early)
        channel.on("message", lambda message: self._receive(channel.label, message))

    def _keep(self, message: bytes) -> bool:
        if self._ended or len(self._early) >= EARLY or sum(map(len, self._early)) + len(message) > SLOW_BEHIND:
            self._counters.drops[Drop.BEHIND] += 1
            return False
        self._early.append(message)
        return True

    def _send_early(self) -> None:
        early, self._early = self._early, []
        for message in early:
            self.send(RELIABLE, message)

    def _receive(self, label: str, message: str | bytes) -> None:
        if not isinstance(message, bytes):
            self._counters.drops[Drop.MESSAGE_UNKNOWN] += 1
        elif len(message) > LONGEST_MESSAGE:
            self._counters.drops[Drop.MESSAGE_OVERSIZED] += 1
        elif not self._ended:
            self._owner.receive_message(label, message)

    # What aiortc's SCTP transport asks of the DTLS transport for which it takes this object.
    async def _send_data(self, data: bytes) -> None:
        await self._association.send(data)

    def _register_data_receiver(self, receiver: object) -> None:
        pass

    def _unregister_data_receiver(self, receiver: object) -> None:
        pass
