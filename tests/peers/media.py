"""A client of the media port: a controlling ICE agent, DTLS as client, SRTP and data channels, on one UDP socket.

It is a peer of its own making, not the product's code turned round, so that a mistake is not made twice.
"""

import asyncio
import contextlib
import os
import random
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pylibsrtp
from aioice import stun
from aiortc import (
    RTCCertificate,
    RTCDataChannel,
    RTCDataChannelParameters,
    RTCDtlsTransport,
    RTCIceTransport,
    RTCSctpCapabilities,
    RTCSctpTransport,
)
from aiortc.rtcdtlstransport import RTCDtlsFingerprint, RTCDtlsParameters

from server.kernel.tasks import end

Address = tuple[str, int]
Fingerprint = tuple[str, str]
PATIENCE_S = 60.0
"""How long a check is repeated: on a busy machine the server may hold still for seconds, and who gives up then is put out as silent."""
_CERTIFICATE = RTCCertificate.generateCertificate()


class MediaPeer:
    """One client. ``on_rtp``, ``on_rtcp`` and ``on_message`` may be set at any time; what comes before waits nowhere.

    ``loss`` is the chance that a media packet is lost, each way; ``rng`` decides which.
    """

    role = "controlling"

    def __init__(self, host: str = "127.0.0.1", *, loss: float = 0.0, seed: int = 1, check_every_s: float = 2.5) -> None:
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(12)
        self.certificate = _CERTIFICATE
        self.loss = loss
        self.check_every_s = check_every_s
        self.on_rtp: Callable[[bytes], None] = lambda packet: None
        self.on_rtcp: Callable[[bytes], None] = lambda packet: None
        self.on_message: Callable[[str, str | bytes], None] = lambda label, message: None
        self.received = 0
        self.failed = 0
        """SRTP packets that could not be opened."""
        self.channels: dict[str, RTCDataChannel] = {}
        self._host = host
        self._rng = random.Random(seed)
        self._remote: tuple[Address, str, str] | None = None
        self._answers: dict[bytes, asyncio.Future[stun.Message]] = {}
        self._dtls_queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._checking: asyncio.Task[None] | None = None
        self._sctp: RTCSctpTransport | None = None
        self._opened: dict[str, asyncio.Event] = {}
        self._overflowed = 0
        self.socket = self._bind()
        self.dtls = RTCDtlsTransport(cast(RTCIceTransport, self), [self.certificate])
        self.dtls._set_role("client")

    @property
    def fingerprints(self) -> list[Fingerprint]:
        """Of this peer's certificate, for ``Transport.set_remote``."""
        return [(print_.algorithm, print_.value) for print_ in self.certificate.getFingerprints()]

    @property
    def profile(self) -> str:
        """The SRTP profile that the server chose."""
        assert self.dtls._ssl is not None
        return bytes(self.dtls._ssl.get_selected_srtp_profile()).decode()

    @property
    def local(self) -> Address:
        """Where this peer is."""
        name: Address = self.socket.getsockname()[:2]
        return name

    def aim(self, address: Address, ufrag: str, password: str) -> None:
        """Says where the server is, without speaking to it."""
        self._remote = (address, ufrag, password)

    async def connect(
        self, address: Address, ufrag: str, password: str, fingerprints: Sequence[Fingerprint], *, as_server: bool = False
    ) -> None:
        """Checks, shakes hands (by default as DTLS client), and keeps checking until ``close``."""
        self.dtls._set_role("server" if as_server else "client")
        self.aim(address, ufrag, password)
        await self.check()
        self._checking = asyncio.create_task(self._keep_checking())
        await self.shake_hands(fingerprints)

    async def shake_hands(self, fingerprints: Sequence[Fingerprint]) -> None:
        """The DTLS handshake. Raises: ConnectionError when it fails."""
        await self.dtls.start(RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(*print_) for print_ in fingerprints]))
        if self.dtls.state != "connected":
            raise ConnectionError(self.dtls.state)
        if self._sctp is not None:
            await self._sctp.start(RTCSctpCapabilities(maxMessageSize=65536), 5000)

    def build_check(self, *, nominate: bool = True, password: str | None = None) -> bytes:
        """A signed connectivity check, as it would be sent now."""
        assert self._remote is not None
        _, ufrag, right = self._remote
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        request.attributes["USERNAME"] = f"{ufrag}:{self.ufrag}"
        request.attributes["PRIORITY"] = 2_130_706_431
        request.attributes["ICE-CONTROLLING"] = 1
        if nominate:
            request.attributes["USE-CANDIDATE"] = None
        request.add_message_integrity((password or right).encode())
        return bytes(request)

    async def check(self, *, nominate: bool = True, tries: int | None = None, wait_s: float = 0.3) -> stun.Message:
        """One check, repeated every ``wait_s`` until its answer has come. Raises: TimeoutError after so many tries, or ``PATIENCE_S``."""
        assert self._remote is not None
        datagram = self.build_check(nominate=nominate)
        transaction = datagram[8:20]
        answered = self._answers[transaction] = asyncio.get_running_loop().create_future()
        try:
            for _ in range(tries or round(PATIENCE_S / wait_s)):
                self.send(datagram)
                with contextlib.suppress(TimeoutError):
                    return await asyncio.wait_for(asyncio.shield(answered), wait_s)
            raise TimeoutError("no answer to a check")
        finally:
            del self._answers[transaction]

    async def restart_ice(self, ufrag: str, password: str) -> None:
        """Checks with the new credentials of the server."""
        assert self._remote is not None
        self.aim(self._remote[0], ufrag, password)
        await self.check()

    async def move(self) -> None:
        """Another socket, as a phone that changes its network; then a check from there."""
        self._unbind()
        self.socket = self._bind()
        await self.check()

    def open_channels(self, *labels: str) -> None:
        """Data channels: those that are named are opened by this peer, others may be by the server."""
        self._sctp = RTCSctpTransport(self.dtls, 5000)
        self._sctp.on("datachannel", self._adopt)
        for label in labels:
            lossy = label != "_reliable"
            parameters = RTCDataChannelParameters(label=label, ordered=not lossy, maxRetransmits=0 if lossy else None)
            self._adopt(RTCDataChannel(self._sctp, parameters))

    async def channel(self, label: str) -> RTCDataChannel:
        """The channel of that name, once it is open."""
        while label not in self.channels or self.channels[label].readyState != "open":
            event = self._opened.setdefault(label, asyncio.Event())
            event.clear()
            await event.wait()
        return self.channels[label]

    def send(self, datagram: bytes) -> None:
        """A datagram as it is."""
        assert self._remote is not None
        with contextlib.suppress(BlockingIOError):
            self.socket.sendto(datagram, self._remote[0])

    def send_rtp(self, packet: bytes) -> None:
        """Protects and sends an RTP packet."""
        protected = self.dtls._tx_srtp.protect(packet)
        if self._rng.random() >= self.loss:
            self.send(protected)

    def send_rtcp(self, packet: bytes) -> None:
        """Protects and sends a compound RTCP packet."""
        self.send(self.dtls._tx_srtp.protect_rtcp(packet))

    @property
    def overflowed(self) -> int:
        """Datagrams that came and were lost because this process was too slow to read them: the kernel's own count (Linux)."""
        inode = os.fstat(self.socket.fileno()).st_ino if self.socket.fileno() >= 0 else None
        return self._overflowed if inode is None else self._overflowed + overflows().get(inode, 0)

    def deafen(self) -> None:
        """From now on what is sent to this peer comes to nobody."""
        asyncio.get_running_loop().remove_reader(self.socket.fileno())

    async def close(self, *, silently: bool = False) -> None:
        """Ends; ``silently`` as a peer whose network is gone."""
        if self._checking is not None:
            await end((self._checking,))
        if silently:
            self.send = lambda datagram: None  # type: ignore[method-assign]
        if self._sctp is not None:
            await self._sctp.stop()
        await self.dtls.stop()
        self._dtls_queue.put_nowait(None)
        self._unbind()

    def _bind(self) -> socket.socket:
        bound = socket.socket(socket.AF_INET6 if ":" in self._host else socket.AF_INET, socket.SOCK_DGRAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        bound.setblocking(False)
        bound.bind((self._host, 0))
        asyncio.get_running_loop().add_reader(bound.fileno(), self._drain)
        return bound

    def _unbind(self) -> None:
        if self.socket.fileno() >= 0:
            self._overflowed = self.overflowed
            asyncio.get_running_loop().remove_reader(self.socket.fileno())
            self.socket.close()

    async def _keep_checking(self) -> None:
        while True:
            await asyncio.sleep(self.check_every_s)
            with contextlib.suppress(TimeoutError):
                await self.check(tries=1)  # as a browser: the next one comes soon enough (RFC 7675), also where nobody reads the answer

    def _drain(self) -> None:
        for _ in range(64):
            try:
                datagram, _ = self.socket.recvfrom(4096)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if datagram:
                self._take(datagram)

    def _take(self, datagram: bytes) -> None:
        first = datagram[0]
        if first < 4:
            self._take_stun(stun.parse_message(datagram))
        elif 19 < first < 64:
            self._dtls_queue.put_nowait(datagram)
        elif 127 < first < 192 and self.dtls._rx_srtp is not None and self._rng.random() >= self.loss:
            rtcp = 191 < datagram[1] < 224
            try:
                packet = (self.dtls._rx_srtp.unprotect_rtcp if rtcp else self.dtls._rx_srtp.unprotect)(datagram)
            except pylibsrtp.Error:
                self.failed += 1
                return
            self.received += 1
            (self.on_rtcp if rtcp else self.on_rtp)(packet)

    def _take_stun(self, message: stun.Message) -> None:
        waiting = self._answers.get(message.transaction_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        elif message.message_class == stun.Class.REQUEST and self._remote is not None:
            # A server that is no lite agent checks as well.
            response = stun.Message(message.message_method, stun.Class.RESPONSE, message.transaction_id)
            response.attributes["XOR-MAPPED-ADDRESS"] = self._remote[0]
            response.add_message_integrity(self.password.encode())
            self.send(bytes(response))

    def _adopt(self, channel: RTCDataChannel) -> None:
        self.channels[channel.label] = channel
        channel.on("message", lambda message: self.on_message(channel.label, message))
        channel.on("open", lambda: self._open(channel.label))
        if channel.readyState == "open":
            self._open(channel.label)

    def _open(self, label: str) -> None:
        self._opened.setdefault(label, asyncio.Event()).set()

    # What aiortc asks of an ICE transport.
    async def _recv(self) -> bytes:
        datagram = await self._dtls_queue.get()
        if datagram is None:
            raise ConnectionError
        return datagram

    async def _send(self, data: bytes) -> None:
        self.send(data)


def overflows() -> dict[int, int]:
    """Datagrams lost for want of room, of every UDP socket of this machine by its inode (proc(5), ``/proc/net/udp``)."""
    rows = [line.split() for name in ("udp", "udp6") for line in Path(f"/proc/net/{name}").read_text("ascii").splitlines()[1:]]
    return {int(row[9]): int(row[-1]) for row in rows}


@asynccontextmanager
async def media_peer(**how: Any) -> AsyncIterator[MediaPeer]:
    """A peer for as long as the block runs."""
    peer = MediaPeer(**how)
    try:
        yield peer
    finally:
        await peer.close()
