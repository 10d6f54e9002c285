"""``media_load.c`` in Python: takes over the sockets and keys of connected peers, publishes with one and watches with the others."""

import asyncio
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cffi  # type: ignore[import-untyped]
from pylibsrtp import _binding as srtp

from server.sfu.fanout import addresses
from tests.peers.media import MediaPeer
from tests.peers.rtp_descriptions import EXTENSIONS, RTX_TYPE, VIDEO_TYPE

HERE = Path(__file__).parent
PAYLOAD = 1100
"""Bytes of each packet after its header and extensions."""
BURST_US = 5_000
"""Browsers send what they have every five milliseconds: libwebrtc's pacer."""


class Publisher(NamedTuple):
    """A connected peer whose section publishes one picture."""

    peer: MediaPeer
    ssrc: int
    rtx_ssrc: int
    mid: str


class Viewer(NamedTuple):
    """A connected peer to whom it is sent."""

    peer: MediaPeer
    rtx_ssrc: int


class Outcome(NamedTuple):
    """What became of the packets of one run. Packets of viewers are sums over all of them."""

    sent: int
    received: int
    lost: int
    stale: int
    """Packets of an earlier run that came in this one; none of the other figures counts them."""
    repaired: int
    asked: int
    asked_of_publisher: int
    feedbacks: int
    undecrypted: int
    p50_ms: float
    p99_ms: float


def build(folder: Path) -> tuple[cffi.FFI, Any]:
    """The compiled load, for as long as the folder stays."""
    built = folder / "media_load.so"
    subprocess.run(["cc", "-O2", "-fPIC", "-shared", "-pthread", "-o", str(built), str(HERE / "media_load.c")], check=True)
    ffi = cffi.FFI()
    ffi.cdef((HERE / "media_load.h").read_text("utf-8"))
    return ffi, ffi.dlopen(str(built))


class Load:
    """One publisher and its viewers. From now on their sockets are read by the C program alone; their checks go on."""

    def __init__(self, program: tuple[cffi.FFI, Any], publisher: Publisher, viewers: Sequence[Viewer]) -> None:
        self._ffi, self._library = program
        new, load = self._ffi.new, self._ffi.new("load *")
        self._load, self._viewers, self._kept = load, new("load_viewer[]", len(viewers)), (publisher, tuple(viewers))
        for name in ("protect", "unprotect", "protect_rtcp", "unprotect_rtcp"):
            found = srtp.ffi.addressof(srtp.lib, f"srtp_{name}")
            setattr(load, name, self._ffi.cast("load_srtp", int(srtp.ffi.cast("uintptr_t", found))))
        self._take(load, publisher.peer)
        load.payload_type, load.rtx_payload_type = VIDEO_TYPE, RTX_TYPE
        load.mid_id, load.transport_id, load.mid = EXTENSIONS["mid"][0], EXTENSIONS["transport-cc"][0], ord(publisher.mid)
        load.ssrc, load.rtx_ssrc = publisher.ssrc, publisher.rtx_ssrc
        load.burst_us, load.payload, load.dice, load.key_wanted = BURST_US, PAYLOAD, 1, 1
        load.viewers, load.viewer = len(viewers), self._viewers
        for number, (record, viewer) in enumerate(zip(self._viewers, viewers, strict=True)):
            self._take(record, viewer.peer)
            record.rtx_ssrc, record.dice = viewer.rtx_ssrc, number + 2

    @property
    def profiles(self) -> set[str]:
        """The SRTP profiles that the server negotiated, with the publisher and with the viewers."""
        publisher, viewers = self._kept
        return {publisher.peer.profile, *(viewer.peer.profile for viewer in viewers)}

    async def run(self, rate: int, seconds: float, *, loss: float = 0.0) -> Outcome:
        """Publishes ``rate`` packets a second; with ``loss`` each end loses that share."""
        load = self._load
        load.rate, load.seconds, load.loss_per_million = rate, seconds, int(loss * 1_000_000)
        for name in ("sent", "errors", "pictures_asked", "feedbacks", "asked_of_publisher"):
            setattr(load, name, 0)
        self._ffi.buffer(load.delays)[:] = bytes(self._ffi.sizeof(load.delays))
        for record in self._viewers:
            record.received = record.repaired = record.repeated = record.stale = record.asked = record.undecrypted = 0
        assert await asyncio.get_running_loop().run_in_executor(None, self._library.load_run, load) == 0
        assert load.errors == 0, f"{load.errors} packets could not be sent by the load itself"
        received, expected = sum(record.received for record in self._viewers), load.sent * len(self._viewers)
        return Outcome(
            sent=load.sent,
            received=received,
            lost=expected - received,
            stale=sum(record.stale for record in self._viewers),
            repaired=sum(record.repaired for record in self._viewers),
            asked=sum(record.asked for record in self._viewers),
            asked_of_publisher=load.asked_of_publisher,
            feedbacks=load.feedbacks,
            undecrypted=sum(record.undecrypted for record in self._viewers),
            p50_ms=self._quantile(0.5),
            p99_ms=self._quantile(0.99),
        )

    def _quantile(self, share: float) -> float:
        delays = list(self._load.delays)
        rank, seen = share * sum(delays), 0
        for bucket, count in enumerate(delays):
            seen += count
            if seen >= rank:
                return round((bucket + 0.5) / 100, 3)
        return float("nan")

    def _take(self, record: Any, peer: MediaPeer) -> None:
        asyncio.get_running_loop().remove_reader(peer.socket.fileno())
        assert peer._remote is not None
        packed = addresses.packed(peer._remote[0])
        record.fd, record.to_length = peer.socket.fileno(), len(packed)
        self._ffi.memmove(record.to, packed, len(packed))
        for name, session in (("tx", peer.dtls._tx_srtp), ("rx", peer.dtls._rx_srtp)):
            setattr(record, name, self._ffi.cast("void *", int(srtp.ffi.cast("uintptr_t", session._srtp[0]))))
