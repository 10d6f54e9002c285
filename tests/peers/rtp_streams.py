"""Synthetic sound and pictures: what a publisher sends, and what a viewer finds out about what came of it."""

import secrets
import struct
import time
import zlib
from collections import deque
from collections.abc import Iterator

from rooms.media import rtcp, rtp
from rooms.media.payloads import read_vp8
from rooms.media.sequence import difference
from tests.peers.rtp_descriptions import AUDIO_TYPE, EXTENSIONS, RTX_TYPE, VIDEO_TYPE

_STAMP = struct.Struct("!4sIIBBQ")
"""Magic, layer, frame, packet of the frame, packets of the frame, time of sending in ns of the monotonic clock."""
_MAGIC = b"DHRC"
HISTORY = 600
TRIES = 10
_IDS = {name: number for name, (number, _) in EXTENSIONS.items()}


def stamped(layer: int, frame: int, index: int, count: int, size: int) -> bytes:
    """A payload of ``size`` bytes that says where it belongs and when it was sent, and by which its reader sees that it is whole."""
    body = _STAMP.pack(_MAGIC, layer, frame & 0xFFFFFFFF, index, count, time.monotonic_ns())
    body += bytes(max(0, size - len(body) - 4))
    return body + zlib.crc32(body).to_bytes(4, "big")


def read_stamp(payload: bytes) -> tuple[int, int, int, int, int] | None:
    """Layer, frame, index, count and time of sending; None when the payload is not whole."""
    at = payload.find(_MAGIC)
    if at < 0 or zlib.crc32(payload[at:-4]) != int.from_bytes(payload[-4:], "big"):
        return None
    _, layer, frame, index, count, sent = _STAMP.unpack_from(payload, at)
    return layer, frame, index, count, sent


class Stream:
    """One ssrc of a publisher, with its retransmissions."""

    def __init__(self, kind: str, mid: str, rid: str = "", *, number: int = 0, packets: int = 1, size: int = 1000) -> None:
        self.kind, self.mid, self.rid = kind, mid, rid
        self.ssrc, self.rtx_ssrc = secrets.randbits(31) | 1, secrets.randbits(31) | 1
        self.packets_per_frame, self.size = packets, size
        self.active = True
        self.sent = self.octets = self.keyframes = self.repaired = 0
        self._number = number
        self._frame = 0
        self._sequence, self._rtx_sequence = secrets.randbits(15), secrets.randbits(15)
        self._offset = secrets.randbits(31)
        self._wants_keyframe = True
        self._picture, self._tl0 = secrets.randbits(15), secrets.randbits(8)
        self._history: dict[int, tuple[int, bool, bytes]] = {}

    def timestamp(self, now_ns: int) -> int:
        """Of something sampled now."""
        clock = 48_000 if self.kind == "audio" else 90_000
        return (self._offset + now_ns * clock // 1_000_000_000) & 0xFFFFFFFF

    def ask_keyframe(self) -> None:
        self._wants_keyframe = True

    def frame(self, transport_sequence: Iterator[int]) -> Iterator[bytes]:
        """The packets of the next frame."""
        timestamp = self.timestamp(time.monotonic_ns())
        self._frame += 1
        count = self.packets_per_frame
        for index in range(count):
            payload = stamped(self._number, self._frame, index, count, self.size)
            if self.kind == "video":
                payload = self._descriptor(index == 0) + payload
            yield self._packet(payload, timestamp, index == count - 1 and self.kind == "video", next(transport_sequence))
        self._picture = self._picture + 1 & 0x7FFF
        self._tl0 = self._tl0 + 1 & 0xFF

    def repair(self, sequence: int, transport_sequence: Iterator[int]) -> bytes | None:
        """The retransmission of a packet (RFC 4588 section 4)."""
        kept = self._history.get(sequence)
        if kept is None:
            return None
        timestamp, marker, payload = kept
        self._rtx_sequence += 1
        self.repaired += 1
        values = {_IDS["mid"]: self.mid.encode(), _IDS["transport-cc"]: struct.pack("!H", next(transport_sequence) & 0xFFFF)}
        if self.rid:
            values[_IDS["repaired-rid"]] = self.rid.encode()
        again = struct.pack("!H", sequence) + payload
        return rtp.build(RTX_TYPE, self._rtx_sequence, timestamp, self.rtx_ssrc, again, marker=marker, extensions=values)

    def sender_report(self) -> bytes:
        """What it has sent, and how its clock stands to the wall's."""
        now = time.time()
        ntp = int((now + 2_208_988_800) * (1 << 32))
        return rtcp.build(rtcp.SenderReport(self.ssrc, ntp, self.timestamp(time.monotonic_ns()), self.sent, self.octets))

    def _packet(self, payload: bytes, timestamp: int, marker: bool, transport_sequence: int) -> bytes:
        values = {_IDS["mid"]: self.mid.encode(), _IDS["transport-cc"]: struct.pack("!H", transport_sequence & 0xFFFF)}
        if self.rid:
            values[_IDS["rid"]] = self.rid.encode()
        if self.kind == "audio":
            values[_IDS["audio-level"]] = b"\x9e"  # voice, 30 dB below the loudest
        self._sequence = self._sequence + 1 & 0xFFFF
        self._history[self._sequence] = (timestamp, marker, payload)
        if len(self._history) > HISTORY:
            del self._history[next(iter(self._history))]
        self.sent += 1
        self.octets += len(payload)
        kind = AUDIO_TYPE if self.kind == "audio" else VIDEO_TYPE
        return rtp.build(kind, self._sequence, timestamp, self.ssrc, payload, marker=marker, extensions=values)

    def _descriptor(self, first: bool) -> bytes:
        """VP8's descriptor and, in the first packet, the frame's own header (RFC 7741 section 4, RFC 6386 section 9.1)."""
        head = struct.pack("!BBHBB", 0x90 if first else 0x80, 0xE0, 0x8000 | self._picture, self._tl0, 0)
        if not first:
            return head
        if self._wants_keyframe:
            self._wants_keyframe = False
            self.keyframes += 1
            return head + b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 360)
        return head + b"\x11\x02\x00"


class Sink:
    """What came of one track, received on one ssrc. In the end no sequence number may be missing, and pictures must follow each other."""

    def __init__(self, kind: str, ssrc: int) -> None:
        self.kind, self.ssrc = kind, ssrc
        self.received = self.duplicates = self.corrupt = self.repaired = self.keyframes = self.jumps = 0
        self.layers: dict[int, int] = {}
        """Packets by the number of the layer they came from."""
        self.delays_ms: deque[float] = deque(maxlen=20_000)
        self.newest_ns = 0
        """When the newest of its packets was sent, in ns of the monotonic clock."""
        self.missing: dict[int, int] = {}
        """Extended sequence numbers that have not come, and how often they were asked for."""
        self.highest: int | None = None
        self._first = 0
        self._last: tuple[int, int, int] | None = None

    @property
    def expected(self) -> int:
        """Packets that should have come by now."""
        return 0 if self.highest is None else self.highest - self._first + 1

    @property
    def settled(self) -> bool:
        """Whether nothing is missing any more that will still be asked for."""
        return all(times >= TRIES for times in self.missing.values())

    def take(self, packet: bytes, *, repaired: bool = False) -> None:
        """A packet of this stream, or what its retransmission brought back."""
        header = rtp.parse(packet)
        if header is None:
            self.corrupt += 1
            return
        if header.payload_end == header.payload_at:
            return  # only padding
        extended = self._count(header.sequence, repaired=repaired)
        if extended is None:
            return
        payload = packet[header.payload_at : header.payload_end]
        stamp = read_stamp(payload)
        if stamp is None:
            self.corrupt += 1
            return
        self.layers[stamp[0]] = self.layers.get(stamp[0], 0) + 1
        self.newest_ns = max(self.newest_ns, stamp[4])
        if not repaired:
            self.delays_ms.append((time.monotonic_ns() - stamp[4]) / 1e6)
        self._follow(packet, header, extended)

    def lost(self) -> list[int]:
        """Sequence numbers to ask for now; each is asked for ``TRIES`` times at most."""
        asked = []
        for sequence, times in self.missing.items():
            if times < TRIES:
                self.missing[sequence] = times + 1
                asked.append(sequence & 0xFFFF)
        return asked

    def _count(self, sequence: int, *, repaired: bool) -> int | None:
        """The extended sequence number; None for what has come before."""
        if self.highest is None:
            self.highest = self._first = sequence
            self.received = 1
            return sequence
        ahead = difference(sequence, self.highest & 0xFFFF)
        extended = self.highest + ahead
        if ahead > 0:
            for missed in range(self.highest + 1, min(extended, self.highest + 1000)):
                self.missing[missed] = 0
            self.highest = extended
        elif extended in self.missing:
            del self.missing[extended]
            self.repaired += repaired
        else:
            self.duplicates += not repaired  # what was asked for twice may come twice
            return None
        self.received += 1
        return extended

    def _follow(self, packet: bytes, header: rtp.Header, extended: int) -> None:
        """Compares with the packet before, if that was the last that came: time and pictures go on without a jump."""
        last, self._last = self._last, (extended, header.timestamp, 0)
        vp8 = read_vp8(packet, header.payload_at, header.payload_end) if self.kind == "video" else None
        if vp8 is not None:
            self._last = (extended, header.timestamp, vp8.picture)
            self.keyframes += vp8.keyframe
        if last is None or last[0] != extended - 1:
            return
        ahead = difference(header.timestamp, last[1], 32)
        if ahead < 0 or ahead > 10 * 90_000 or (vp8 is not None and difference(vp8.picture, last[2], 15) != vp8.starts_frame):
            self.jumps += 1
