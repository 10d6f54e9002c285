"""One peer connection's transport: checks, handshake, keys and data channels over the shared port, for one listener.

::

    new ──first check, fingerprints known──> connecting ──handshake──> connected
     └───────────────┴───────────── close(), or an end of its own ─────────┴──> closed
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, Protocol

from aiortc import RTCCertificate

from server.kernel.refused import Refused
from server.sfu import ice
from server.sfu.channels import Channels
from server.sfu.counters import Drop
from server.sfu.dtls import Association, Fingerprint, accepted_fingerprints
from server.sfu.port import Port
from server.sfu.srtp import Receiving, Sending
from server.sfu.stun import Check

State = Literal["new", "connecting", "connected", "closed"]
RTCP_PER_S = 1_000
DATA_PER_S = 2_000
"""DTLS datagrams of one peer; 1 MB in pieces of SCTP is 900."""
_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who is told what happens on a transport. All calls come from the event loop, none after ``close()``."""

    def on_connected(self) -> None:
        """Media may flow: ``sending``, ``receiving``, ``address`` and ``profile`` are there from now on."""

    def on_closed(self, why: str) -> None:
        """The transport ended by itself.

        ``why`` is ``silent`` (no check for 30 s), ``handshake_failed``, ``peer_closed``, ``too_slow`` or ``bad_data``.
        """

    def on_address(self) -> None:
        """The connected peer has moved: ``address`` is new."""

    def on_rtp(self, packet: bytes, now_us: int) -> None:
        """An authentic RTP packet, decrypted, that was read at ``now_us`` of the monotonic clock."""

    def on_rtcp(self, packet: bytes, now_us: int) -> None:
        """An authentic compound RTCP packet, decrypted."""

    def on_data(self, label: str, message: bytes) -> None:
        """A message of at most 64 KiB over the data channel ``label``, one of ``channels.LABELS``."""


class Transport:
    """A peer behind ``port``.

    Raises: Refused ``server_full`` when the port has as many as it takes.
    """

    def __init__(self, port: Port, certificate: RTCCertificate, listener: Listener) -> None:
        self._port = port
        self._counters = port.counters
        self._listener = listener
        self._agent = ice.Agent(_now_us())
        self._association = Association(certificate, port.counters, self._send_datagram, lambda: self.end("peer_closed"))
        self._channels: Channels | None = None
        self._fingerprints: tuple[Fingerprint, ...] = ()
        self._tasks: set[asyncio.Task[None]] = set()
        self._media_left = port.media_per_s
        self._rtcp_left = RTCP_PER_S
        self._data_left = DATA_PER_S
        self.state: State = "new"
        self.sending: Sending | None = None
        self.receiving: Receiving | None = None
        self._on_rtp: Callable[[bytes, int], None]
        port.add(self.ufrag, self)

    @property
    def ufrag(self) -> str:
        """Our user name fragment, for the session description."""
        return self._agent.credentials.ufrag

    @property
    def password(self) -> str:
        """Our ICE password, for the session description."""
        return self._agent.credentials.password

    @property
    def fingerprint(self) -> Fingerprint:
        """Algorithm and value of our certificate's fingerprint, for the session description."""
        return self._association.fingerprint

    @property
    def address(self) -> ice.Address | None:
        """Where the peer is, as the socket wants it; None before its first check."""
        return self._agent.address

    @property
    def profile(self) -> str:
        """The negotiated SRTP profile, such as ``SRTP_AEAD_AES_128_GCM``; empty before the handshake."""
        return self._association.profile

    def set_remote(self, fingerprints: Sequence[Fingerprint]) -> None:
        """Says by which certificate the peer is known. Repeating the same changes nothing.

        Raises: Refused ``bad_fingerprint`` (none of an algorithm we know), ``fingerprint_changed``.
        """
        given = tuple((algorithm.lower(), value.upper()) for algorithm, value in fingerprints)
        if self._fingerprints:
            if set(given) != set(self._fingerprints):
                raise Refused("fingerprint_changed")
            return
        accepted_fingerprints(given)
        self._fingerprints = given
        self._connect_when_possible()

    def restart_ice(self) -> None:
        """Makes new ``ufrag`` and ``password``; the old ones are good until the first check with the new. Keys and channels stay."""
        ended = self._agent.restart()
        if ended is not None:
            self._port.remove(ended)
        if self.state != "closed":
            self._port.add(self.ufrag, self)

    def open_channels(self) -> None:
        """Data channels that we open: on the connection whose offers are ours."""
        self.accept_channels()
        if self._channels is not None:
            self._channels.open()

    def accept_channels(self) -> None:
        """Data channels that the peer opens. Repeating it changes nothing."""
        if self._channels is None and self.state != "closed":
            self._channels = Channels(self._association, self._counters, self)
            if self.state == "connected":
                self._spawn(self._channels.start())

    def send_rtp(self, packet: bytes) -> bool:
        """Protects and sends one RTP packet; the fan-out has a faster way. False when not connected."""
        return self._send_protected(self.sending.protect(packet) if self.sending is not None else None)

    def send_rtcp(self, packet: bytes) -> bool:
        """Protects and sends one compound RTCP packet. False when not connected."""
        return self._send_protected(self.sending.protect_rtcp(packet) if self.sending is not None else None)

    def send_data(self, label: str, message: bytes) -> bool:
        """Sends a message over a data channel, without waiting. False when it will not arrive.

        A receiver that is too far behind with what is reliable is cut (``too_slow``).
        """
        return self._channels is not None and self._channels.send(label, message)

    def close(self) -> None:
        """Ends the transport and tells the peer; the listener is told nothing more. Repeating it changes nothing."""
        if self.state == "closed":
            return
        self.state = "closed"
        for task in self._tasks:
            task.cancel()
        self._spawn(self._say_goodbye())
        self.sending = self.receiving = None
        for ufrag in self._agent.ufrags:
            self._port.remove(ufrag)

    def end(self, why: str) -> None:
        """The transport ends by itself; for what stands below it."""
        if self.state == "closed":
            return
        self._counters.ended(why)
        self.close()
        self._tell(self._listener.on_closed, why)

    # What the port calls.

    def holds(self, address: ice.Address, now_us: int) -> bool:
        """Whether the peer has been at ``address`` of late."""
        return now_us - self._agent.paths.get(address, 0) <= ice.QUIET_US

    def lose(self, address: ice.Address) -> None:
        """Another peer is at ``address`` now."""
        self._agent.lose(address)

    def check_password(self, check: Check, address: ice.Address) -> str | None:
        """The password that signs the answer; None (counted) when the check is not authentic."""
        password = self._agent.password(check)
        if password is None:
            self._counters.drops[Drop.STUN_FORGED] += 1
        elif self._agent.is_replayed(check, address):
            self._counters.drops[Drop.STUN_REPLAYED] += 1
            return None
        return password

    def receive_check(self, check: Check, address: ice.Address, now_us: int) -> None:
        """Takes an authentic check."""
        moved, forgotten, ended = self._agent.believe(check, address, now_us)
        for path in forgotten:
            self._port.forget(path, self)
        if ended is not None:
            self._port.remove(ended)
        if moved and self.state == "connected":
            self._listener.on_address()
        self._connect_when_possible()

    def receive_media(self, length: int, now_us: int) -> None:
        """Takes the RTP or RTCP packet of ``length`` bytes in the port's buffer."""
        receiving = self.receiving
        if receiving is None or length < 12:
            self._counters.drops[Drop.EARLY if receiving is None else Drop.SRTP_FAILED] += 1
        elif 191 < self._port.view[1] < 224:  # RFC 5761 section 4
            if self._rtcp_left <= 0:
                self._counters.drops[Drop.FLOOD] += 1
                return
            self._rtcp_left -= 1
            packet = receiving.open_rtcp(length)
            if packet is not None:
                self._listener.on_rtcp(packet, now_us)
        else:
            if self._media_left <= 0:
                self._counters.drops[Drop.FLOOD] += 1
                return
            self._media_left -= 1
            packet = receiving.open_rtp(length)
            if packet is not None:
                self._on_rtp(packet, now_us)

    def receive_dtls(self, datagram: bytes) -> None:
        """Takes a DTLS datagram."""
        if self._data_left <= 0:
            self._counters.drops[Drop.FLOOD] += 1
            return
        self._data_left -= 1
        self._association.receive(datagram)

    def tick(self, now_us: int) -> None:
        """Once a second: new allowances, and whether the peer is still there."""
        self._media_left = self._port.media_per_s
        self._rtcp_left = RTCP_PER_S
        self._data_left = DATA_PER_S
        if self._channels is not None:
            self._channels.tick(now_us)
        if now_us - self._agent.heard_us > ice.SILENCE_US:
            self.end("silent")

    # What the channels call.

    def receive_message(self, label: str, message: bytes) -> None:
        """Takes a message over a data channel."""
        if self.state == "connected":
            self._tell(self._listener.on_data, label, message)

    def _connect_when_possible(self) -> None:
        if self.state == "new" and self._fingerprints and self._agent.address is not None:
            self.state = "connecting"
            self._spawn(self._connect())

    async def _connect(self) -> None:
        keys = await self._association.handshake(accepted_fingerprints(self._fingerprints))
        if keys is None:
            self.end("handshake_failed")
            return
        self.sending = Sending(keys[0], self._counters)
        self.receiving = Receiving(keys[1], self._counters, self._port.buffer)
        self._on_rtp = self._listener.on_rtp
        self.state = "connected"
        self._counters.handshakes += 1
        if self._channels is not None:
            await self._channels.start()
        self._tell(self._listener.on_connected)

    async def _say_goodbye(self) -> None:
        if self._channels is not None:
            await self._channels.close()
        await self._association.close()
        for path in list(self._agent.paths):
            self._port.forget(path, self)

    def _send_protected(self, packet: bytes | None) -> bool:
        address = self._agent.address
        if packet is None or address is None:
            return False
        self._port.send(packet, address)
        return True

    def _send_datagram(self, datagram: bytes) -> None:
        if self._agent.address is not None:
            self._port.send(datagram, self._agent.address)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, call: Callable[..., None], *arguments: object) -> None:
        try:
            call(*arguments)
        except Exception:
            self._counters.faults += 1
            _log.exception("a listener failed")


def _now_us() -> int:
    return time.monotonic_ns() // 1000
