"""Data packets between participants: whose they are, to whom they go, and how many. What is inside is nobody's business here.

Source: ``livekit_models.proto``, ``DataPacket``; channels ``_reliable`` and ``_lossy``. Text and byte streams, RPC and encrypted
packets are all such packets and are passed on unread.
"""

import time

from google.protobuf.message import DecodeError
from livekit.protocol.models import DataPacket

from server.sfu import metrics
from server.sfu.limits import Bucket, Limits

RELIABLE, LOSSY = "_reliable", "_lossy"
_KINDS = {RELIABLE: DataPacket.RELIABLE, LOSSY: DataPacket.LOSSY}


class Sender:
    """What one participant has sent so far."""

    def __init__(self, limits: Limits) -> None:
        self._bucket = Bucket(limits.data_bytes_per_s, limits.data_burst_bytes)
        self.last_sequence = 0
        """Of the reliable packets. After a resume a client repeats those beyond it."""

    def take(self, label: str, raw: bytes) -> DataPacket | None:
        """The packet in ``raw``, or None when it is to be dropped: unreadable, sent before, or too much."""
        if label not in _KINDS:
            _drop("unknown_channel")
            return None
        if not self._bucket.take(len(raw), time.monotonic()):
            _drop("rate")
            return None
        try:
            packet = DataPacket.FromString(raw)
        except DecodeError:
            _drop("malformed")
            return None
        if label == RELIABLE and packet.sequence:
            if packet.sequence <= self.last_sequence:
                _drop("repeated")
                return None
            self.last_sequence = packet.sequence
        packet.kind = _KINDS[label]
        return packet


def stamp(packet: DataPacket, sid: str, identity: str) -> None:
    """Writes who really sent ``packet``; empty for a sender of whom nobody is told."""
    packet.participant_sid, packet.participant_identity = sid, identity
    if packet.WhichOneof("value") == "user":
        packet.user.participant_sid, packet.user.participant_identity = sid, identity


def destinations(packet: DataPacket) -> frozenset[str]:
    """The identities to which ``packet`` goes; empty for everybody."""
    named = packet.destination_identities
    if not named and packet.WhichOneof("value") == "user":
        named = packet.user.destination_identities
    return frozenset(named)


def _drop(why: str) -> None:
    metrics.data_packets.labels(why).inc()
