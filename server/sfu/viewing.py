"""One viewer of one track: what flows to it, under which numbers, and how losses on its way are repaired."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rooms.media import payloads, rtp, rtx
from rooms.media.negotiated import Sent
from rooms.media.payloads import Vp8
from rooms.media.rtcp import ReportBlock, SenderReport
from rooms.media.rtp import Header
from rooms.media.switching import Switch, Traced
from server.sfu.fanout.contract import Counts, Fan, Viewer
from server.sfu.forwarding import Track
from server.sfu.layers import Layer

if TYPE_CHECKING:
    from server.sfu.outgoing import Outgoing

RELAYED = ("dependency-descriptor", "video-orientation", "audio-level", "abs-capture-time", "playout-delay")
"""Header extensions that mean to a viewer what they meant to the publisher; all others are stripped."""
HIGHEST = 2
REPORT_US = 1_000_000
"""Time between two sender reports."""
LOSSY = 5
"""In 256 packets: a viewer that loses 2 % is sent what it asks for twice, and shows its pictures later, so that repairs come in time."""
LOSSY_US = 10_000_000
"""So long after its last report of such a loss."""
TOLD_BY_ASKING = 2
"""Packets asked for that tell of such a loss before the first report does."""
LATEST_MS = 10_000
"""What a browser takes for the longest delay by itself."""
SHOWN_LATER = tuple(rtp.playout_delay(delay_ms, LATEST_MS) for delay_ms in range(40, 201, 40))
"""Step by step, for one long step would itself be a picture that stands still. A viewer that only watches does not know the round trip,
and asks a second time for a packet only after 100 ms: in the end there is time for one repair that was lost too."""
STEP_US = 200_000
SHOWN_AT_ONCE = rtp.playout_delay(0, LATEST_MS)
AGAIN_US = 20_000
"""The same packet is not sent again within this time: its last repetition may still be on its way."""
REMEMBERED = 256
"""Repetitions remembered for that."""
LONGEST_NAME = 16
"""Bytes of a section's name that fit into the short form of an extension (RFC 8285); browsers' have one or two."""
NAMED_US = 10_000_000
"""So long at most every packet names its section; a client that receives them reports sooner."""


class Viewing:
    """Made when somebody subscribes, so that its ``ssrc`` and ``rtx_ssrc`` can be described; flows once ``begin`` has been called."""

    def __init__(self, track: Track, outgoing: "Outgoing") -> None:
        forwarding = track.forwarding
        self.track = track
        self.outgoing = outgoing
        self.ssrc = forwarding.new_ssrc()
        self.rtx_ssrc = forwarding.new_ssrc()
        self.layer: Layer | None = None
        """What flows now."""
        self.paused = self.closed = False
        self.quality = HIGHEST
        """The best layer that is wanted."""
        self.repeated = 0
        """Packets sent again."""
        self.loss = 0
        """What the viewer last reported as lost, in 1/256."""
        self._payload_type = 0
        self._rtx_payload_type: int | None = None
        self._mapping: Mapping[int, int] = {}
        self._section: Mapping[int, bytes] = {}
        """The extension that names the section, where the client takes it."""
        self._named_until_us = 0
        self._delay_id: int | None = None
        self._delay = b""
        """What packets say at present of when to show a picture; empty when they say nothing."""
        self._lossy_since_us = self._lossy_until_us = -LOSSY_US
        self._unreported = 0
        """Packets asked for before the first report; below zero after it."""
        self._viewer: Viewer | None = None
        self._fan: Fan | None = None
        self._switch = Switch(forwarding.random.getrandbits(15), forwarding.random.getrandbits(32))
        self._waits_for: Layer | None = None
        self._begun = False
        self._rtx_sequence = forwarding.random.getrandbits(15)
        self._sent_again_us: dict[int, int] = {}
        self._report_due_us = 0
        track.viewings.add(self)
        outgoing.add(self)

    def begin(self, sent: Sent, now_us: int) -> None:
        """The viewer's side of it has been negotiated. Repeating it changes nothing."""
        if self.closed or self._begun:
            return
        self._begun = True
        self._rtx_payload_type = sent.rtx_payload_type
        theirs = self.track.extensions
        self._mapping = {theirs[name]: sent.extensions[name] for name in RELAYED if name in theirs and name in sent.extensions}
        if (mid_id := sent.extensions.get("mid")) is not None and len(sent.mid.encode()) <= LONGEST_NAME:
            self._section, self._named_until_us = {mid_id: sent.mid.encode()}, now_us + NAMED_US
        self._delay_id = sent.extensions.get("playout-delay")
        self._viewer = self.track.forwarding.sender.viewer(self.outgoing.outlet, self.ssrc, sent.payload_type)
        self._payload_type = sent.payload_type
        self.choose(now_us)

    def pause(self, now_us: int) -> None:
        """Nothing flows until ``resume``."""
        self.paused = True
        self.choose(now_us)

    def resume(self, now_us: int) -> None:
        self.paused = False
        self.choose(now_us)

    def wish(self, quality: int, now_us: int) -> None:
        """Wants no layer better than this: 0 is the lowest."""
        self.quality = quality
        self.choose(now_us)

    def close(self) -> None:
        """Nothing flows any more, and its numbers are forgotten. Repeating it changes nothing."""
        if not self.closed:
            self.closed = True
            self._stop()
            self.track.viewings.discard(self)
            self.outgoing.remove(self)

    # Which layer flows

    def choose(self, now_us: int) -> None:
        """Begins to wait for another layer, if another is the best that is wanted and alive, or stops."""
        if not self._begun or self.paused or self.closed or not self.outgoing.connected or not self.track.forwards:
            self._stop()
            return
        best = self.track.best(self.quality, now_us)
        if best is None:
            return
        if self._waits_for is not None and best is not self._waits_for:
            self._waits_for.wait_no_more(self)
            self._waits_for = None
        if best is self.layer:
            self._switch.want(best.source)
        elif self._waits_for is None:
            self._waits_for = best
            self._switch.want(best.source)
            best.wait(self, now_us)

    def leave(self, layer: Layer) -> None:
        """The layer is gone; another may begin."""
        if layer in (self.layer, self._waits_for):
            self._stop()

    def begin_with(self, layer: Layer, header: Header, sequence: int, vp8: Vp8 | None, now_us: int) -> None:
        """The layer that was waited for begins to flow, with this packet."""
        assert self._viewer is not None, "only who has begun waits"
        self._leave_fan()
        offsets = self._switch.begin(sequence, header.timestamp, now_us, vp8)
        self._viewer.renumber(
            first=sequence,
            sequence_offset=offsets.sequence,
            timestamp_offset=offsets.timestamp,
            picture_offset=offsets.picture,
            tl0_offset=offsets.tl0,
        )
        self.layer, self._waits_for = layer, None
        self._join_fan(self._viewer)

    def _join_fan(self, viewer: Viewer) -> None:
        """Who has not taken the description in yet may give a stream that names no section to a wrong one, for ever: so each packet names
        it until the stream is reported of (RFC 9143, section 9.2; RFC 7941, section 4)."""
        assert self.layer is not None, "a layer flows by its fans"
        self._fan = self.layer.fan_for(self._mapping, self._added(self._named_until_us > 0))
        self._fan.add(viewer)

    def _added(self, named: bool) -> Mapping[int, bytes]:
        delay = {self._delay_id: self._delay} if self._delay_id is not None and self._delay else rtp.NONE_ADDED
        return {**self._section, **delay} if named else delay

    def _is_known(self) -> None:
        """The viewer has placed the stream; no packet names its section any more, but for repetitions."""
        self._named_until_us = 0
        self._change_fan()

    def _loses(self, now_us: int) -> None:
        if now_us >= self._lossy_until_us:
            self._lossy_since_us = now_us
        self._lossy_until_us = now_us + LOSSY_US
        self._pace(now_us)

    def _pace(self, now_us: int) -> None:
        """A browser keeps to the last delay it was told: so when losses have ended it is told of none, for a while."""
        over_us = now_us - self._lossy_until_us
        if over_us < 0:
            delay = SHOWN_LATER[min((now_us - self._lossy_since_us) // STEP_US, len(SHOWN_LATER) - 1)]
        else:
            delay = SHOWN_AT_ONCE if over_us < LOSSY_US else b""
        if delay != self._delay:
            self._delay = delay
            self._change_fan()

    def _change_fan(self) -> None:
        if self._fan is not None and self._viewer is not None and self.layer is not None:
            self._fan.remove(self._viewer)
            self._join_fan(self._viewer)
            self.layer.tidy()

    def _stop(self) -> None:
        if self._waits_for is not None:
            self._waits_for.wait_no_more(self)
            self._waits_for = None
        if self._switch.wanted is not None or self.layer is not None:
            self._switch.want(None)
        self._leave_fan()

    def _leave_fan(self) -> None:
        if self._fan is not None and self._viewer is not None and self.layer is not None:
            self._fan.remove(self._viewer)
            self.layer.tidy()
        self._fan = self.layer = None

    # What the viewer asks for, and is told

    def want_keyframe(self, now_us: int) -> None:
        """The viewer has lost its picture."""
        if self.layer is not None:
            self.layer.want_keyframe(now_us)

    def repeat(self, sequence: int, now_us: int) -> int:
        """Sends a packet again that the viewer has lost; ``sequence`` is the viewer's. Returns how many times: 0 when it is gone or
        was just sent.
        """
        if now_us - self._sent_again_us.get(sequence, -AGAIN_US) < AGAIN_US:
            return 0
        traced = self._switch.trace(sequence)
        packet = self.track.find(traced) if traced is not None and self.track.forwards and not self.paused else None
        if traced is None or packet is None:
            return 0
        times = 2 if now_us < self._lossy_until_us and self._rtx_payload_type is not None else 1
        for sent in range(times):
            again = self._repetition(packet, traced)
            if again is None or not self.outgoing.send(again):
                return sent
        self._sent_again_us.pop(sequence, None)
        self._sent_again_us[sequence] = now_us
        if len(self._sent_again_us) > REMEMBERED:
            del self._sent_again_us[next(iter(self._sent_again_us))]
        self.repeated += times
        if self._unreported >= 0:
            self._unreported += 1
            if self._unreported >= TOLD_BY_ASKING:
                self._loses(now_us)
        return times

    def _repetition(self, packet: bytes, traced: Traced) -> bytes | None:
        """The packet as this viewer got it: on its stream of retransmissions (RFC 4588), or once more as it was where there is none."""
        source = rtp.parse(packet)
        if source is None:
            return None
        copy, offsets = bytearray(rtp.variant(packet, source, self._mapping, self._added(named=True))), traced.offsets
        copy[1] = source.marker << 7 | self._payload_type
        copy[2:4] = (source.sequence + offsets.sequence & 0xFFFF).to_bytes(2, "big")
        copy[4:8] = (source.timestamp + offsets.timestamp & 0xFFFFFFFF).to_bytes(4, "big")
        copy[8:12] = self.ssrc.to_bytes(4, "big")
        header = rtp.parse(copy)
        if header is None:
            return None
        if self.track.codec == "vp8" and (vp8 := payloads.read_vp8(copy, header.payload_at, header.payload_end)) is not None:
            payloads.shift_vp8(copy, vp8, offsets.picture, offsets.tl0)
        if self._rtx_payload_type is None:
            return bytes(copy)
        self._rtx_sequence += 1
        return rtx.wrap(copy, header, self.rtx_ssrc, self._rtx_payload_type, self._rtx_sequence)

    def counts(self) -> Counts:
        """What was sent, without repetitions."""
        return self._viewer.counts() if self._viewer is not None else Counts(0, 0)

    def take_report(self, block: ReportBlock, now_us: int) -> None:
        """Takes what the viewer reports of this stream."""
        self.loss, self._unreported = block.fraction, -1
        if block.fraction >= LOSSY:
            self._loses(now_us)
        if self._named_until_us:
            self._is_known()

    def report(self, now_us: int) -> SenderReport | None:
        """A sender report if one is due: the publisher's own time, so that its sound and picture stay together, and our timestamps."""
        if 0 < self._named_until_us < now_us:
            self._is_known()
        if self._delay:
            self._pace(now_us)
        layer = self.layer
        if layer is None or layer.sender_report is None or now_us < self._report_due_us:
            return None
        self._report_due_us = now_us + REPORT_US
        since_us = now_us - layer.sender_report_us
        ntp = layer.sender_report.ntp + (since_us << 32) // 1_000_000 & 0xFFFFFFFFFFFFFFFF
        timestamp = layer.sender_report.timestamp + since_us * layer.clock_hz // 1_000_000 + self._switch.offsets.timestamp
        packets, octets = self.counts()
        return SenderReport(self.ssrc, ntp, timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
