"""One transport on the packet path: what comes in by it and what goes out."""

import time
from typing import TYPE_CHECKING

from rooms.media import rtcp
from rooms.media.rtcp import Malformed
from server.sfu.forwarding import Forwarding, Track
from server.sfu.incoming import Incoming
from server.sfu.outgoing import Outgoing
from server.sfu.viewing import Viewing

if TYPE_CHECKING:
    from server.sfu.transport import Transport


class Leg:
    """Made with its transport, whose listener hands on what it is told."""

    def __init__(self, forwarding: Forwarding, transport: "Transport") -> None:
        self._forwarding = forwarding
        self._transport = transport
        self.incoming = Incoming(forwarding, transport.send_rtcp)
        # Every packet comes this way: no call more than is needed.
        self.on_rtp = self.incoming.on_rtp
        self.outgoing = Outgoing(forwarding, transport.send_rtp, transport.send_rtcp)
        forwarding.add(self)

    def on_connected(self) -> None:
        """The transport has its keys and its address."""
        sending, address = self._transport.sending, self._transport.address
        if sending is not None and address is not None:
            self.outgoing.connect(sending, address, _now_us())

    def on_address(self) -> None:
        """The transport's peer has moved."""
        if self._transport.address is not None:
            self.outgoing.outlet.move(self._transport.address)

    def on_rtcp(self, packet: bytes, now_us: int) -> None:
        reports = rtcp.parse(packet)
        self._forwarding.malformed += sum(isinstance(report, Malformed) for report in reports)
        self.incoming.on_reports(reports, now_us)
        self.outgoing.on_reports(reports, now_us)

    def view(self, track: Track) -> Viewing:
        """A viewing of a track by this transport, which flows once it has been negotiated."""
        return Viewing(track, self.outgoing)

    def tick(self, now_us: int) -> None:
        self.incoming.tick(now_us)
        self.outgoing.tick(now_us)

    def close(self) -> None:
        """Nothing comes in or goes out any more; to be called when the transport ends, and harmless when repeated."""
        self.outgoing.disconnect()
        self.incoming.close()
        self._forwarding.remove(self)


def _now_us() -> int:
    return time.monotonic_ns() // 1000
