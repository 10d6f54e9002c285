"""One received stream of packets: a track's only one, or one of its simulcast layers.

Every packet of it runs through ``Layer.take`` once. Whatever is done for each viewer is done by a fan (``server/sfu/fanout``).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rooms.media import payloads, rtp, rtx
from rooms.media.history import History
from rooms.media.payloads import Vp8
from rooms.media.reception import Reception
from rooms.media.rtcp import SenderReport
from rooms.media.rtp import Header
from rooms.media.switching import Source
from server.sfu.fanout.contract import Fan

if TYPE_CHECKING:
    from server.sfu.forwarding import Track
    from server.sfu.viewing import Viewing

CLOCK_HZ = {"audio": 48_000, "video": 90_000}
HISTORY = {"audio": 64, "video": 1024}
"""Packets kept for repair: at least a second of what a microphone or a camera sends."""

KEYFRAME_EVERY_US = 500_000
"""A publisher is asked for key frames no more often than this, whoever asks."""
KEYFRAME_TO_BEGIN_US = 100_000
"""But sooner while a viewer waits to begin: browsers pass over what is asked within 300 ms of the last time, and never make up for it."""
ALIVE_US = 1_000_000
"""A layer without a packet for so long has stopped."""


class Variant:
    """Viewers to whom the same header extensions are relayed, under the same numbers, and the same ones are added: one prepared packet
    serves them all."""

    __slots__ = ("added", "fan", "mapping")

    def __init__(self, fan: Fan, mapping: Mapping[int, int], added: Mapping[int, bytes]) -> None:
        self.fan = fan
        self.mapping = mapping
        self.added = added


class Layer:
    """``rid`` is empty for a track without simulcast; ``quality`` is 0 for the lowest layer; ``on_gap`` is called while any are lost."""

    def __init__(self, track: "Track", ssrc: int, payload_type: int, rid: str, quality: int, on_gap: Callable[[], None]) -> None:
        self.track = track
        self.ssrc = ssrc
        self.payload_type = payload_type
        self.rid = rid
        self.quality = quality
        self.clock_hz = CLOCK_HZ[track.kind]
        self.reception = Reception(self.clock_hz)
        self.history = History(HISTORY[track.kind])
        self.last_us = 0
        """When its last packet came; 0 before the first."""
        self.source = Source(quality, self.clock_hz)
        """Its newest forwarded packet, as viewers' switches know it."""
        self.sender_report: SenderReport | None = None
        """The publisher's last one, and when it came."""
        self.sender_report_us = 0
        self._variants: list[Variant] = []
        self._waiting: list[Viewing] = []
        self._asked_us = -KEYFRAME_EVERY_US
        self._wanted = False
        self._on_gap = on_gap

    def is_alive(self, now_us: int) -> bool:
        return now_us - self.last_us < ALIVE_US

    # Every packet

    def take(self, packet: bytes, header: Header, now_us: int, *, recovered: bool = False) -> None:
        """Takes one packet of this stream; duplicates go no further."""
        track = self.track
        sequence = self.reception.note(header.sequence, header.timestamp, now_us, recovered=recovered)
        self.last_us = now_us
        if self.reception.missing:
            self._on_gap()
        if sequence is None or not track.forwards or header.payload_type != self.payload_type:
            return
        self.history.keep(sequence, packet)
        if track.on_level is not None:
            track.hear(packet, header, now_us)
        if not self._waiting and not self._variants:
            return
        vp8 = payloads.read_vp8(packet, header.payload_at, header.payload_end) if track.codec == "vp8" else None
        self.source.note(sequence, header.timestamp, now_us, vp8)
        if self._waiting:
            self._begin(packet, header, sequence, vp8, now_us)
        self._send(packet, header, sequence, vp8)

    def take_again(self, packet: bytes, header: Header, now_us: int) -> None:
        """Takes a retransmission (RFC 4588): forwarded only if what it repeats is really missing, for such packets also probe the path."""
        original = rtx.original_sequence(packet, header)
        if original is None or not self.reception.is_missing(original):
            return
        restored = rtx.restore(packet, header, self.ssrc, self.payload_type)
        if restored is not None and (restored_header := rtp.parse(restored)) is not None:
            self.take(restored, restored_header, now_us, recovered=True)

    def _send(self, packet: bytes, header: Header, sequence: int, vp8: Vp8 | None) -> None:
        picture_at = picture_bits = tl0_at = 0
        if vp8 is not None:
            picture_bits = vp8.picture_bits
            picture_at = vp8.picture_at and vp8.picture_at - header.payload_at
            tl0_at = vp8.tl0_at and vp8.tl0_at - header.payload_at
        tail = len(packet) - header.payload_at
        for variant in self._variants:
            prepared = rtp.variant(packet, header, variant.mapping, variant.added)
            variant.fan.send(prepared, sequence, len(prepared) - tail, picture_at, picture_bits, tl0_at)

    def _begin(self, packet: bytes, header: Header, sequence: int, vp8: Vp8 | None, now_us: int) -> None:
        """Lets those who wait begin, if one can begin with this packet."""
        if self.track.codec == "vp8":
            if vp8 is None or not vp8.keyframe:
                return
        elif not payloads.begins_keyframe(self.track.codec, packet, header.payload_at, header.payload_end):
            return
        waiting, self._waiting, self._wanted = self._waiting, [], False
        for viewing in waiting:
            viewing.begin_with(self, header, sequence, vp8, now_us)

    def take_report(self, report: SenderReport, now_us: int) -> None:
        """Takes the publisher's sender report of this stream."""
        self.sender_report, self.sender_report_us = report, now_us
        self.reception.sender_report(report.ntp, now_us)
        self.source.sender_report(report.ntp, report.timestamp)

    # Viewers

    def wait(self, viewing: "Viewing", now_us: int) -> None:
        """The viewing begins with the next key frame of this layer, for which the publisher is asked."""
        if viewing not in self._waiting:
            self._waiting.append(viewing)
            self.want_keyframe(now_us)

    def wait_no_more(self, viewing: "Viewing") -> None:
        if viewing in self._waiting:
            self._waiting.remove(viewing)

    def fan_for(self, mapping: Mapping[int, int], added: Mapping[int, bytes]) -> Fan:
        """The fan of those viewers to whom extensions are relayed by ``mapping``, and these added."""
        for variant in self._variants:
            if variant.mapping == mapping and variant.added == added:
                return variant.fan
        variant = Variant(self.track.forwarding.sender.fan(), mapping, added)
        self._variants.append(variant)
        return variant.fan

    def tidy(self) -> None:
        """Forgets variants that have lost their last viewer."""
        self._variants = [variant for variant in self._variants if len(variant.fan)]

    # Key frames

    def want_keyframe(self, now_us: int) -> None:
        """Asks the publisher for a key frame: now, or as soon as it may be asked again."""
        self._wanted = True
        self._ask_if_due(now_us)

    def tick(self, now_us: int) -> None:
        """Asks again while somebody waits: the request or the key frame may have been lost."""
        if self.reception.keyframe_needed:
            self.reception.keyframe_needed = False
            self._wanted = True
        if self._wanted or self._waiting:
            self._ask_if_due(now_us)

    def _ask_if_due(self, now_us: int) -> None:
        if self.track.kind != "video":
            return
        # Who sends nothing at present is not asked in vain ten times a second.
        every_us = KEYFRAME_TO_BEGIN_US if self._waiting and self.is_alive(now_us) else KEYFRAME_EVERY_US
        if now_us - self._asked_us >= every_us:
            self._asked_us, self._wanted = now_us, False
            self.track.ask_keyframe(self)
