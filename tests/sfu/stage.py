"""A publisher and viewers on the packet path, over real transports: what the forwarding tests play on."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from rooms.media import rtcp, rtp
from rooms.media.codecs import Codec
from rooms.media.negotiated import Received, Sent
from rooms.media.rtcp import Parsed
from server.sfu.forwarding import Forwarding, Track
from server.sfu.leg import Leg
from server.sfu.port import Port
from server.sfu.transport import Transport
from server.sfu.viewing import Viewing
from tests.peers.media import PATIENCE_S, MediaPeer
from tests.sfu.connections import CERTIFICATES, open_port

EXTENSIONS = {"mid": 1, "rid": 2, "repaired-rid": 3, "transport-cc": 4, "audio-level": 5, "video-orientation": 6}
SECOND_US = 1_000_000
R = TypeVar("R", bound=Parsed)
V = TypeVar("V")


class Player:
    """One client: its transport with its leg at the server, and its own end."""

    def __init__(self, port: Port, forwarding: Forwarding) -> None:
        self.port = port
        self.transport = Transport(port, CERTIFICATES.current(), self)
        self.leg = Leg(forwarding, self.transport)
        self.peer = MediaPeer()
        self.connected = asyncio.Event()
        self.rtp: asyncio.Queue[bytes] = asyncio.Queue()
        self.reports: asyncio.Queue[Parsed] = asyncio.Queue()
        self.peer.on_rtp = self.rtp.put_nowait
        self.peer.on_rtcp = self._hear

    async def connect(self) -> None:
        self.transport.set_remote(self.peer.fingerprints)
        await self.peer.connect(self.port.advertised[0], self.transport.ufrag, self.transport.password, [self.transport.fingerprint])
        await self.connected.wait()

    async def close(self) -> None:
        self.leg.close()
        self.transport.close()
        await self.peer.close(silently=True)

    async def told(self, kind: type[R]) -> R:
        """The next report of that kind; others are passed over."""
        async with asyncio.timeout(PATIENCE_S):
            while not isinstance(report := await self.reports.get(), kind):
                pass
            return report

    def told_so_far(self, kind: type[R]) -> list[R]:
        """Every report of that kind that has come."""
        reports = [self.reports.get_nowait() for _ in range(self.reports.qsize())]
        return [report for report in reports if isinstance(report, kind)]

    async def sees(self, count: int) -> list[bytes]:
        """The next packets."""
        async with asyncio.timeout(PATIENCE_S):
            return [await self.rtp.get() for _ in range(count)]

    async def sees_nothing(self) -> bool:
        """Asked when nothing more will be sent: everything sent so far has been read when a check has been answered."""
        await self.peer.check()
        return self.rtp.empty()

    def on_connected(self) -> None:
        self.leg.on_connected()
        self.connected.set()

    def on_closed(self, why: str) -> None:
        self.leg.close()

    def on_address(self) -> None:
        self.leg.on_address()

    def on_rtp(self, packet: bytes, now_us: int) -> None:
        self.leg.on_rtp(packet, now_us)

    def on_rtcp(self, packet: bytes, now_us: int) -> None:
        self.leg.on_rtcp(packet, now_us)

    def on_data(self, label: str, message: bytes) -> None:
        raise AssertionError(label)

    def _hear(self, packet: bytes) -> None:
        for report in rtcp.parse(packet):
            self.reports.put_nowait(report)


class Stage:
    """``now_us`` is the time at which packets come; it moves only when a test moves it."""

    def __init__(self, port: Port, forwarding: Forwarding, players: AsyncExitStack) -> None:
        self.port = port
        self.forwarding = forwarding
        self.now_us = time.monotonic_ns() // 1000
        self._players = players

    async def player(self) -> Player:
        player = Player(self.port, self.forwarding)
        self._players.push_async_callback(player.close)
        await player.connect()
        return player

    def publish(self, player: Player, track: Track, *, mid: str = "0", rids: Sequence[str] = (), ssrcs: Sequence[int] = (),
                repaired: Mapping[int, int] | None = None) -> None:  # fmt: skip
        received = Received(
            mid=mid,
            kind=track.kind,
            track_sid="TR_1",
            cid="1",
            codec=Codec(f"{track.kind}/{track.codec}"),
            payload_type=96,
            rtx_payload_type=97,
            rids=tuple(rids),
            ssrcs=tuple(ssrcs),
            fid=dict(repaired or {}),
            extensions=EXTENSIONS,
        )
        player.leg.incoming.publish(received, track)

    def view(self, player: Player, track: Track, *, rtx: bool = True, section: str = "9", **extensions: int) -> Viewing:
        viewing = player.leg.view(track)
        sent = Sent(
            mid=section,
            kind=track.kind,
            track_sid="TR_1",
            codec=Codec(f"{track.kind}/{track.codec}"),
            payload_type=100,
            rtx_payload_type=101 if rtx else None,
            ssrc=viewing.ssrc,
            rtx_ssrc=viewing.rtx_ssrc,
            extensions=_named(extensions),
        )
        viewing.begin(sent, self.now_us)
        return viewing

    def play(self, player: Player, *packets: bytes) -> None:
        """The packets come from the player at this moment."""
        for packet in packets:
            player.leg.on_rtp(packet, self.now_us)
        self.forwarding.sender.flush()


@asynccontextmanager
async def stage(**how: str) -> AsyncIterator[Stage]:
    """An empty stage for as long as the block runs."""
    async with open_port() as port:
        forwarding = Forwarding(port, **how)
        try:
            async with AsyncExitStack() as players:
                yield Stage(port, forwarding, players)
        finally:
            forwarding.close()


def vp8(
    number: int, *, key: bool = False, ssrc: int = 1, timestamp: int | None = None, picture: int | None = None, **named: bytes
) -> bytes:
    """One packet that is one VP8 frame, with the header extensions ``named``."""
    picture = number if picture is None else picture
    payload = b"\x90\xe0" + (0x8000 | picture & 0x7FFF).to_bytes(2, "big") + bytes([number & 0xFF, 0x20, 0x10 if key else 0x11]) + b"frame"
    extensions = {EXTENSIONS[name]: value for name, value in _named(named).items()}
    return rtp.build(96, number, number * 3000 if timestamp is None else timestamp, ssrc, payload, marker=True, extensions=extensions)


def opus(number: int, *, ssrc: int = 2, level: int = 30) -> bytes:
    """One packet of sound."""
    return rtp.build(96, number, number * 960, ssrc, b"sound", extensions={EXTENSIONS["audio-level"]: bytes([0x80 | level])})


def numbers(packets: Sequence[bytes]) -> list[int]:
    """Their sequence numbers, counted from the first."""
    sequences = [int.from_bytes(packet[2:4], "big") for packet in packets]
    return [sequence - sequences[0] & 0xFFFF for sequence in sequences]


def header(packet: bytes) -> rtp.Header:
    """Of a packet that must be a good one."""
    found = rtp.parse(packet)
    assert found is not None
    return found


def _named(by_keyword: Mapping[str, V]) -> dict[str, V]:
    """By the names of extensions, which a keyword cannot bear: ``transport_cc`` is ``transport-cc``."""
    return {name.replace("_", "-"): value for name, value in by_keyword.items()}
