"""What one transport publishes: its packets sorted into layers, and the feedback that its sender needs."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rooms.media import rtcp, rtp
from rooms.media.arrivals import Arrivals
from rooms.media.negotiated import Received
from rooms.media.rtcp import Goodbye, Nack, Parsed, PictureLoss, ReceiverReport, SenderReport
from rooms.media.rtp import Header
from server.sfu.forwarding import QUALITIES, Forwarding, Track
from server.sfu.layers import Layer

STREAMS = 96
"""Streams of packets learnt from one transport, retransmissions included."""
REPORT_US = 1_000_000
"""Time between two receiver reports."""
REPORTED = 31
"""Streams of one receiver report."""

Send = Callable[[bytes], object]
Take = Callable[[bytes, Header, int], None]


class _Section(NamedTuple):
    received: Received
    track: Track


class Incoming:
    """``send`` sends RTCP to the publisher."""

    def __init__(self, forwarding: Forwarding, send: Send) -> None:
        self._forwarding = forwarding
        self._send = send
        self.ssrc = forwarding.new_ssrc()
        self._arrivals = Arrivals()
        self._sections: dict[str, _Section] = {}
        self._streams: dict[int, Take] = {}
        self._layers: dict[int, Layer] = {}
        self._transport_id = self._mid_id = self._rid_id = self._repaired_id = 0
        self._reported_us = 0

    @property
    def streams(self) -> int:
        """Streams of packets that are known."""
        return len(self._streams)

    # What the session description says

    def publish(self, received: Received, track: Track) -> None:
        """What a session description lets flow in is this track's. Repeating it changes nothing.

        Streams that the description does not name are learnt from their packets' extensions.
        """
        extensions = received.extensions
        self._transport_id = extensions.get("transport-cc", self._transport_id)
        self._mid_id, self._rid_id = extensions.get("mid", self._mid_id), extensions.get("rid", self._rid_id)
        self._repaired_id = extensions.get("repaired-rid", self._repaired_id)
        track.published(extensions, self._ask_keyframe)
        section = self._sections[received.mid] = _Section(received, track)
        for ssrc in received.ssrcs:
            if ssrc not in self._streams:
                self._add_layer(section, ssrc, "", 0)
        for ssrc, repeated in received.fid.items():
            if repeated in self._layers and ssrc not in self._streams:
                self._add_stream(ssrc, self._layers[repeated].take_again)

    def unpublish(self, mid: str) -> None:
        """A section publishes nothing any more; what still comes of it is dropped."""
        section = self._sections.pop(mid, None)
        if section is not None:
            for layer in [layer for layer in self._layers.values() if layer.track is section.track]:
                self._forget(layer)

    def close(self) -> None:
        """Every track that it publishes ends."""
        for mid, section in list(self._sections.items()):
            self.unpublish(mid)
            section.track.close()

    # What comes

    def on_rtp(self, packet: bytes, now_us: int) -> None:
        """Takes one packet."""
        header = rtp.parse(packet)
        if header is None:
            self._forwarding.malformed += 1
            return
        if self._transport_id:
            found = rtp.extension(packet, header, self._transport_id)
            if found is not None and found[1] == 2:
                at = found[0]
                self._arrivals.note(packet[at] << 8 | packet[at + 1], now_us)
        take = self._streams.get(header.ssrc) or self._learn(packet, header, now_us)
        if take is None:
            self._forwarding.unknown += 1
            return
        take(packet, header, now_us)

    def on_reports(self, reports: Sequence[Parsed], now_us: int) -> None:
        """Takes what the publisher reports of its streams."""
        for report in reports:
            if isinstance(report, SenderReport):
                if (layer := self._layers.get(report.ssrc)) is not None:
                    layer.take_report(report, now_us)
            elif isinstance(report, Goodbye):
                for ssrc in report.ssrcs:
                    if (layer := self._layers.get(ssrc)) is not None:
                        layer.last_us = 0

    def _learn(self, packet: bytes, header: Header, now_us: int) -> Take | None:
        """Finds the section and the layer of a stream that no description has named (RFC 8852)."""
        names = rtp.extensions(packet, header)
        section = self._sections.get(_text(names.get(self._mid_id)))
        if section is None:
            return None
        received = section.received
        repaired = _text(names.get(self._repaired_id)) if self._repaired_id in names else None
        if repaired is not None or header.payload_type == received.rtx_payload_type:
            layer = section.track.layers.get(repaired or "")
            return None if layer is None else self._add_stream(header.ssrc, layer.take_again)
        rid = _text(names.get(self._rid_id)) if received.rids else ""
        if header.payload_type != received.payload_type or (received.rids and rid not in received.rids):
            return None
        quality = QUALITIES.get(rid, received.rids.index(rid)) if received.rids else 0
        return self._add_layer(section, header.ssrc, rid, quality, now_us)

    def _add_layer(self, section: _Section, ssrc: int, rid: str, quality: int, now_us: int = 0) -> Take | None:
        earlier = section.track.layers.get(rid)
        if earlier is not None:
            self._forget(earlier)  # its sender has begun anew
        layer = Layer(section.track, ssrc, section.received.payload_type, rid, quality, self._repair_soon)
        take = self._add_stream(ssrc, layer.take)
        if take is not None:
            self._layers[ssrc] = layer
            layer.last_us = now_us
            section.track.add_layer(layer, now_us)
        return take

    def _add_stream(self, ssrc: int, take: Take) -> Take | None:
        if len(self._streams) >= STREAMS:
            return None
        self._streams[ssrc] = take
        return take

    def _forget(self, layer: Layer) -> None:
        self._layers.pop(layer.ssrc, None)
        self._streams = {ssrc: take for ssrc, take in self._streams.items() if take not in (layer.take, layer.take_again)}

    # What is told

    def tick(self, now_us: int) -> None:
        """Sends the feedback that is due: when packets came, and how they are received."""
        if not self._sections:
            return  # most only watch
        media = next(iter(self._layers), 0)
        for feedback in self._arrivals.feedback(self.ssrc, media):
            self._send(feedback)
        for section in self._sections.values():
            section.track.tick(now_us)
        if now_us - self._reported_us >= REPORT_US:
            blocks = tuple(layer.reception.report(ssrc, now_us) for ssrc, layer in self._layers.items() if layer.is_alive(now_us))
            for start in range(0, len(blocks), REPORTED):
                self._reported_us = now_us
                self._send(rtcp.build(ReceiverReport(self.ssrc, blocks[start : start + REPORTED])))

    def repair(self, now_us: int) -> bool:
        """Asks again for what is missing. Returns whether anything still is."""
        for ssrc, layer in self._layers.items():
            lost = layer.reception.lost(now_us)
            if lost:
                self._send(rtcp.build(Nack(self.ssrc, ssrc, tuple(lost))))
        return any(layer.reception.missing for layer in self._layers.values())

    def _repair_soon(self) -> None:
        self._forwarding.repair_soon(self)

    def _ask_keyframe(self, layer: Layer) -> None:
        self._send(rtcp.build(PictureLoss(self.ssrc, layer.ssrc)))


def _text(value: bytes | None) -> str:
    """The name in an extension, which is ASCII; anything else names nothing."""
    return value.decode("ascii", "replace") if value is not None else "\0"
