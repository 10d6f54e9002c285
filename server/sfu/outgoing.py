"""What one transport views: its viewings by ssrc, and what its client reports of them."""

from collections.abc import Callable, Sequence

from rooms.media import rtcp
from rooms.media.rtcp import FullIntra, Nack, Parsed, PictureLoss, ReceiverReport, ReportBlock, SenderReport
from server.sfu.fanout.contract import Address
from server.sfu.forwarding import Forwarding
from server.sfu.srtp import Sending
from server.sfu.viewing import Viewing

REPEATED_PER_S = 1_000
"""Packets sent again to one transport in a second, in the long run."""
REPEATED_AT_ONCE = 300
REPORTS_KEPT = 8
"""Sender reports of each stream whose time of sending is remembered, for the round trip."""

Send = Callable[[bytes], bool]


class Outgoing:
    """``send`` sends one RTP packet slowly, ``send_rtcp`` one of reports."""

    def __init__(self, forwarding: Forwarding, send: Send, send_rtcp: Send) -> None:
        self.forwarding = forwarding
        self.outlet = forwarding.sender.outlet()
        self.send = send
        self.rtt_us: int | None = None
        """The round trip, by the client's last reports; None before."""
        self._send_rtcp = send_rtcp
        self._sending: Sending | None = None
        self._viewings: dict[int, Viewing] = {}
        self._reported: dict[int, dict[int, int]] = {}
        self._repeats = float(REPEATED_AT_ONCE)
        self._repeats_us = 0

    @property
    def connected(self) -> bool:
        return self._sending is not None

    def connect(self, sending: Sending, address: Address, now_us: int) -> None:
        """Media may flow. The context is kept until ``disconnect``, whatever becomes of the transport."""
        self._sending = sending
        self.outlet.connect(sending.address, address)
        for viewing in self._viewings.values():
            viewing.choose(now_us)

    def disconnect(self) -> None:
        """Nothing flows any more; every viewing ends. Repeating it changes nothing."""
        for viewing in list(self._viewings.values()):
            viewing.close()
        self.outlet.disconnect()
        self._sending = None

    def add(self, viewing: Viewing) -> None:
        self._viewings[viewing.ssrc] = viewing

    def remove(self, viewing: Viewing) -> None:
        del self._viewings[viewing.ssrc]
        self._reported.pop(viewing.ssrc, None)
        if self._sending is not None:
            self._sending.forget(viewing.ssrc)
            self._sending.forget(viewing.rtx_ssrc)

    def on_reports(self, reports: Sequence[Parsed], now_us: int) -> None:
        """Takes what the client reports and asks for."""
        for report in reports:
            if isinstance(report, Nack):
                if (viewing := self._viewings.get(report.media)) is not None:
                    self._repeat(viewing, report.sequences, now_us)
            elif isinstance(report, PictureLoss | FullIntra):
                if (viewing := self._viewings.get(report.media)) is not None:
                    viewing.want_keyframe(now_us)
            elif isinstance(report, ReceiverReport | SenderReport):
                for block in report.blocks:
                    if (viewing := self._viewings.get(block.ssrc)) is not None:
                        viewing.take_report(block, now_us)
                        self._take_round_trip(block, now_us)

    def tick(self, now_us: int) -> None:
        """Sends the sender reports that are due."""
        due = [report for viewing in self._viewings.values() if (report := viewing.report(now_us)) is not None]
        for report in due:
            sent_us = self._reported.setdefault(report.ssrc, {})
            sent_us[report.ntp >> 16 & 0xFFFFFFFF] = now_us
            if len(sent_us) > REPORTS_KEPT:
                del sent_us[next(iter(sent_us))]
        for start in range(0, len(due), 16):
            self._send_rtcp(rtcp.build(*due[start : start + 16]))

    def _repeat(self, viewing: Viewing, sequences: Sequence[int], now_us: int) -> None:
        """Sends again what is asked for, as long as the allowance lasts."""
        self._repeats = min(REPEATED_AT_ONCE, self._repeats + (now_us - self._repeats_us) * REPEATED_PER_S / 1_000_000)
        self._repeats_us = now_us
        for sequence in sequences:
            if self._repeats < 1:
                return
            self._repeats -= viewing.repeat(sequence, now_us)

    def _take_round_trip(self, block: ReportBlock, now_us: int) -> None:
        sent_us = self._reported.get(block.ssrc, {}).get(block.last_report)
        if sent_us is not None:
            self.rtt_us = max(0, now_us - sent_us - block.since_last_report * 1_000_000 // 65_536)
