"""The one UDP port of the media server: everything of everybody comes and goes through it.

A datagram is told apart by its first byte (RFC 7983). Checks find their transport by the user name fragment; everything else by the
address it comes from, and only if that address has passed a check. The rest is dropped and counted, before any parser sees it.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from server.kernel.refused import Refused
from server.sfu import ice, stun
from server.sfu.counters import Counters, Drop
from server.sfu.srtp import ffi

if TYPE_CHECKING:
    from server.sfu.transport import Transport

LONGEST = 2048
"""Bytes of the longest datagram taken: media and DTLS keep below the 1500 of an Ethernet."""
BATCH = 64
"""Datagrams taken at one wake-up, before the event loop has its turn."""
TRANSPORTS = 4096
"""Transports at a time; a participant has one or two."""
_BUFFER_BYTES = 4 << 20
_log = logging.getLogger(__name__)


class Port:
    """A bound UDP socket with the transports behind it. Made within a running event loop.

    ``advertised`` are the addresses told to clients, each ``host`` or ``(host, port)``; default: the address bound to, or, where that
    is all of them, the one this machine uses towards the world. ``media_per_s`` is the most that one transport may send of RTP.

    Raises: OSError when the port is taken.
    """

    def __init__(
        self, host: str = "0.0.0.0", port: int = 0, *, advertised: tuple[str | tuple[str, int], ...] = (), media_per_s: int = 4_000
    ) -> None:
        self.counters = Counters()
        self.media_per_s = media_per_s
        self.socket = _bound(host, port)
        self.number: int = self.socket.getsockname()[1]
        self.advertised: tuple[tuple[str, int], ...] = tuple(
            (address, self.number) if isinstance(address, str) else address for address in advertised or (_own_address(host),)
        )
        """Host and port of each candidate for the session descriptions."""
        self._by_ufrag: dict[str, Transport] = {}
        self._by_address: dict[ice.Address, Transport] = {}
        self._answers = ice.Answers()
        # One byte more than is taken shows that a datagram was longer.
        self.buffer = ffi.new("unsigned char[]", LONGEST + 1)
        """The datagram being received, for libsrtp; ``view`` is the same memory."""
        self.view = memoryview(ffi.buffer(self.buffer)).cast("B")
        self.on_batch: Callable[[], None] = _nothing
        """Called after each wake-up, when all that came has been handed on."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.socket.fileno(), self._drain)
        self._timer = self._loop.call_later(1.0, self._tick)

    @property
    def transports(self) -> list["Transport"]:
        """Every transport that has not ended, in no order."""
        return list(set(self._by_ufrag.values()))

    def send(self, datagram: bytes, address: ice.Address) -> None:
        """Sends one datagram, or drops and counts it when the kernel does not take it."""
        try:
            self.socket.sendto(datagram, address)
        except OSError:
            self.counters.drops[Drop.SEND_BLOCKED] += 1
            return
        self.counters.datagrams_out += 1
        self.counters.bytes_out += len(datagram)

    def add(self, ufrag: str, transport: "Transport") -> None:
        """Checks for ``ufrag`` are now this transport's.

        Raises: Refused ``server_full``.
        """
        if len(self._by_ufrag) >= 2 * TRANSPORTS:
            raise Refused("server_full")
        self._by_ufrag[ufrag] = transport

    def remove(self, ufrag: str) -> None:
        """Checks for ``ufrag`` are nobody's from now on."""
        self._by_ufrag.pop(ufrag, None)

    def forget(self, address: ice.Address, transport: "Transport") -> None:
        """What comes from ``address`` is no longer this transport's."""
        if self._by_address.get(address) is transport:
            del self._by_address[address]

    def close(self) -> None:
        """Ends every transport and closes the socket. What they still have to say goes out first."""
        for transport in self.transports:
            transport.close()
        self._timer.cancel()
        self._loop.remove_reader(self.socket.fileno())
        self._loop.call_soon(self._loop.call_soon, self.socket.close)

    def _drain(self) -> None:
        self._receive()
        self.on_batch()

    def _receive(self) -> None:
        receive, view = self.socket.recvfrom_into, self.view
        now_us = time.monotonic_ns() // 1000
        for _ in range(BATCH):
            try:
                length, address = receive(view)
            except BlockingIOError:
                return
            except OSError:
                _log.warning("the media port could not be read", exc_info=True)
                return
            try:
                self._take(length, address, now_us)
            except Exception:
                # Nothing a datagram says may stop the others'.
                self.counters.faults += 1
                _log.exception("a datagram was not handled")

    def _take(self, length: int, address: ice.Address, now_us: int) -> None:
        counters = self.counters
        counters.datagrams_in += 1
        counters.bytes_in += length
        if length == 0:
            counters.drops[Drop.EMPTY] += 1
            return
        if length > LONGEST:
            counters.drops[Drop.OVERSIZED] += 1
            return
        first = self.view[0]
        if first < 4:
            self._take_check(bytes(self.view[:length]), address, now_us)
            return
        transport = self._by_address.get(address)
        if transport is None:
            counters.drops[Drop.STRANGER] += 1
        elif 127 < first < 192:
            transport.receive_media(length, now_us)
        elif 19 < first < 64:
            transport.receive_dtls(bytes(self.view[:length]))
        else:
            counters.drops[Drop.UNKNOWN] += 1

    def _take_check(self, datagram: bytes, address: ice.Address, now_us: int) -> None:
        drops = self.counters.drops
        if self._answers.are_spent(address, now_us):
            drops[Drop.STUN_FLOOD] += 1
            return
        ufrag = stun.read_ufrag(datagram)
        transport = self._by_ufrag.get(ufrag) if ufrag is not None else None
        if ufrag is None or transport is None:
            drops[Drop.STUN_MALFORMED if ufrag is None else Drop.STUN_UNKNOWN] += 1
            return
        check = stun.read_check(datagram, ufrag)
        if check is None:
            drops[Drop.STUN_MALFORMED] += 1
            return
        password = transport.check_password(check, address)
        if password is None:
            return
        holder = self._by_address.get(address)
        if holder is not None and holder is not transport and holder.holds(address, now_us):
            drops[Drop.STUN_TAKEN] += 1
            return
        if not self._answers.take(address, check.ufrag):
            drops[Drop.STUN_FLOOD] += 1
            return
        self.counters.checks += 1
        self.send(ice.answer(check, address, password), address)
        if not check.conflicting:
            if holder is not None and holder is not transport:
                holder.lose(address)
            self._by_address[address] = transport
            transport.receive_check(check, address, now_us)

    def _tick(self) -> None:
        self._timer = self._loop.call_later(1.0, self._tick)
        now_us = time.monotonic_ns() // 1000
        for transport in self.transports:
            try:
                transport.tick(now_us)
            except Exception:
                self.counters.faults += 1
                _log.exception("a transport was not looked after")


def _bound(host: str, port: int) -> socket.socket:
    version = ipaddress.ip_address(host).version
    bound = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        if version == 6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            bound.setsockopt(socket.SOL_SOCKET, option, _BUFFER_BYTES)
        bound.setblocking(False)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _own_address(host: str) -> str:
    """The bound address, or the one from which this machine would speak to the world. Nothing is sent."""
    address = ipaddress.ip_address(host)
    if not address.is_unspecified:
        return host
    # Addresses of documentation (RFC 5737, RFC 3849): only the route to them is looked up.
    family, far = (socket.AF_INET, "192.0.2.1") if address.version == 4 else (socket.AF_INET6, "2001:db8::1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect((far, 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1" if address.version == 4 else "::1"


def _nothing() -> None:
    """Nobody waits for the end of a batch."""
