"""DTLS with one peer: aiortc's transport as server, fed with datagrams by us; media passes it by.

Private names of aiortc and of libsrtp's binding stand only here, in ``srtp.py``, in ``channels.py`` and in the contract test
``tests/sfu/test_aiortc_contract.py``, which fails when a new version changes one.
"""

import asyncio
import contextlib
import datetime
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceTransport
from aiortc.rtcdtlstransport import SRTP_PROFILES, X509_DIGEST_ALGORITHMS, RTCDtlsFingerprint, RTCDtlsParameters
from pylibsrtp import Session

from server.kernel.refused import Refused
from server.sfu.counters import Counters, Drop

HANDSHAKE_S = 15.0
UNDELIVERED = 256
"""Datagrams that wait for OpenSSL, at most."""
ROTATED_BEFORE = datetime.timedelta(days=15)
"""A certificate of aiortc is good for 30 days, and a call that began with it keeps it."""

Fingerprint = tuple[str, str]
"""Algorithm and value, as in the SDP attribute: ``("sha-256", "AB:CD:…")``."""

# A packet of 1100 bytes costs 0.37 us under AES-128-GCM and 1.08 us under AES-CM with SHA-1; 256 bits are preferred by nobody's rule.
_PREFERENCE = (b"SRTP_AEAD_AES_128_GCM", b"SRTP_AEAD_AES_256_GCM", b"SRTP_AES128_CM_SHA1_80")
PROFILES = sorted(SRTP_PROFILES, key=lambda profile: _PREFERENCE.index(profile.openssl_profile))


class Certificates:
    """The server's certificate, made anew before it grows old."""

    def __init__(self) -> None:
        self._certificate: RTCCertificate | None = None

    def current(self) -> RTCCertificate:
        """The certificate for a transport that begins now; nothing but its fingerprint identifies the server."""
        soon = datetime.datetime.now(datetime.UTC) + ROTATED_BEFORE
        if self._certificate is None or self._certificate.expires < soon:
            self._certificate = RTCCertificate.generateCertificate()
        return self._certificate


class DataReceiver(Protocol):
    """Takes what came decrypted over DTLS: SCTP packets."""

    async def _handle_data(self, data: bytes) -> None: ...


def accepted_fingerprints(fingerprints: Sequence[Fingerprint]) -> list[RTCDtlsFingerprint]:
    """The fingerprints that the peer's certificate must match, all of them.

    Raises: Refused ``bad_fingerprint`` when none is of an algorithm we know (sha-256, sha-384, sha-512).
    """
    known = [RTCDtlsFingerprint(algorithm.lower(), value) for algorithm, value in fingerprints]
    if not any(fingerprint.algorithm in X509_DIGEST_ALGORITHMS for fingerprint in known):
        raise Refused("bad_fingerprint")
    return known


class Association:
    """One DTLS association as server. ``send`` takes a datagram for the peer; ``on_ended`` is called once, when the peer closes."""

    role = "controlled"
    """Asked by aiortc, which takes this object for its ICE transport; so are ``_recv`` and ``_send``."""

    def __init__(
        self, certificate: RTCCertificate, counters: Counters, send: Callable[[bytes], None], on_ended: Callable[[], None]
    ) -> None:
        self._counters = counters
        self._send_datagram = send
        self._on_ended = on_ended
        self._undelivered: deque[bytes] = deque()
        self._arrived = asyncio.Event()
        self._closing = False
        self._dtls = RTCDtlsTransport(cast(RTCIceTransport, self), [certificate])
        self._dtls._set_role("server")
        self._dtls._srtp_profiles = PROFILES
        self._dtls.on("statechange", self._state_changed)
        self.fingerprint: Fingerprint = next(
            (print_.algorithm, print_.value) for print_ in certificate.getFingerprints() if print_.algorithm == "sha-256"
        )
        self.profile = ""
        """Name of the negotiated SRTP profile, such as ``SRTP_AEAD_AES_128_GCM``; empty before the handshake."""

    async def handshake(self, fingerprints: list[RTCDtlsFingerprint]) -> tuple[Session, Session] | None:
        """Waits for the peer's handshake and checks its certificate. Returns the keys of media, ours and the peer's.

        None when it failed or took more than ``HANDSHAKE_S``.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANDSHAKE_S):
                await self._dtls.start(RTCDtlsParameters(fingerprints=fingerprints))
        if self._dtls.state != "connected":
            return None
        ssl = self._dtls._ssl
        assert ssl is not None
        self.profile = bytes(ssl.get_selected_srtp_profile()).decode()
        return self._dtls._tx_srtp, self._dtls._rx_srtp

    def receive(self, datagram: bytes) -> None:
        """Takes a DTLS datagram of the peer."""
        if len(self._undelivered) >= UNDELIVERED:
            self._counters.drops[Drop.DTLS_EXCESS] += 1
            return
        self._undelivered.append(datagram)
        self._arrived.set()

    def deliver_to(self, receiver: DataReceiver) -> None:
        """From now on what the peer sends over DTLS goes to ``receiver``, which must not raise."""
        self._dtls._register_data_receiver(receiver)

    async def send(self, data: bytes) -> None:
        """Encrypts and sends one SCTP packet; nothing when the association has ended. Never suspends."""
        with contextlib.suppress(ConnectionError):
            await self._dtls._send_data(data)

    async def close(self) -> None:
        """Says goodbye to the peer (close_notify) and ends."""
        self._closing = True
        self._undelivered.clear()
        await self._dtls.stop()
        self._dtls.remove_all_listeners()
        self._arrived.set()

    async def _recv(self) -> bytes:
        while not self._undelivered:
            if self._closing:
                raise ConnectionError
            self._arrived.clear()
            await self._arrived.wait()
        return self._undelivered.popleft()

    async def _send(self, data: bytes) -> None:
        self._send_datagram(data)

    def _state_changed(self) -> None:
        if self._dtls.state == "closed" and not self._closing:
            self._closing = True
            self._on_ended()
