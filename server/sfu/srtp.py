"""Keys of media: the libsrtp contexts inside the wheel of pylibsrtp, used in place on our own buffers.

pylibsrtp's own ``protect`` and ``unprotect`` copy a packet twice and cost as much as the cipher; they are not called here.
"""

import socket
import struct
from typing import Any

from pylibsrtp import Session
from pylibsrtp import _binding as binding  # type: ignore[attr-defined, unused-ignore]

from server.sfu.counters import Counters, Drop

ffi = binding.ffi
lib = binding.lib

TRAILER = 16 + 4
"""Bytes that protection adds at most, in the profiles we speak: tag, and for SRTCP the index."""
STREAMS = 4096
"""Sources (ssrc) that one peer may use in its lifetime; each keeps some hundred bytes in libsrtp."""
PROTECT_ADDRESS = int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_protect")))
"""Where ``srtp_protect(srtp_t, void *packet, int *length)`` stands in memory, for compiled callers."""

_OK = lib.srtp_err_status_ok
_unprotect, _unprotect_rtcp = lib.srtp_unprotect, lib.srtp_unprotect_rtcp
_word = struct.Struct("!I").unpack_from
_REPLAYED = (9, 10)
"""srtp_err_status_replay_fail and srtp_err_status_replay_old of srtp.h."""
_LONGEST = 2048


class Sending:
    """The context that protects what goes to one peer. It must outlive every use of ``context`` and ``address``."""

    __slots__ = ("_buffer", "_counters", "_length", "_memory", "_session", "address", "context")

    def __init__(self, session: Session, counters: Counters) -> None:
        self._session = session
        self._counters = counters
        self.context: Any = session._srtp[0]
        """The ``srtp_t``, for callers through ``ffi``."""
        self.address = int(ffi.cast("uintptr_t", self.context))
        """The same as a number, for compiled callers."""
        self._buffer = ffi.new("char[]", _LONGEST + TRAILER)
        self._memory = ffi.buffer(self._buffer)
        self._length = ffi.new("int *")

    def protect(self, packet: bytes) -> bytes | None:
        """One RTP packet, protected; None (counted) when libsrtp refuses it."""
        return self._run(lib.srtp_protect, packet)

    def protect_rtcp(self, packet: bytes) -> bytes | None:
        """One compound RTCP packet, protected; None (counted) when libsrtp refuses it."""
        return self._run(lib.srtp_protect_rtcp, packet)

    def forget(self, ssrc: int) -> None:
        """Frees what libsrtp keeps for a source that will not be sent again."""
        lib.srtp_remove_stream(self.context, socket.htonl(ssrc))

    def _run(self, function: Any, packet: bytes) -> bytes | None:
        length = len(packet)
        if length > _LONGEST:
            self._counters.protect_failed += 1
            return None
        self._memory[:length] = packet
        self._length[0] = length
        if function(self.context, self._buffer, self._length) != _OK:
            self._counters.protect_failed += 1
            return None
        protected: bytes = self._memory[: self._length[0]]
        return protected


class Receiving:
    """The context that opens what comes from one peer, in ``buffer``, in which everything comes."""

    __slots__ = ("_buffer", "_context", "_counters", "_length", "_memory", "_session", "_ssrcs")

    def __init__(self, session: Session, counters: Counters, buffer: Any) -> None:
        self._session = session
        self._counters = counters
        self._context = session._srtp[0]
        self._buffer = buffer
        self._memory = ffi.buffer(buffer)
        self._length = ffi.new("int *")
        self._ssrcs: set[int] = set()

    def open_rtp(self, length: int) -> bytes | None:
        """The RTP packet of ``length`` bytes in the buffer; None when it was dropped (and counted)."""
        return self._open(_unprotect, _word(self._memory, 8)[0], length)

    def open_rtcp(self, length: int) -> bytes | None:
        """The compound RTCP packet of ``length`` bytes in the buffer; None when it was dropped (and counted)."""
        return self._open(_unprotect_rtcp, _word(self._memory, 4)[0], length)

    def _open(self, unprotect: Any, ssrc: int, length: int) -> bytes | None:
        known = ssrc in self._ssrcs
        if not known and len(self._ssrcs) >= STREAMS:
            self._counters.drops[Drop.SSRC_EXCESS] += 1
            return None
        out = self._length
        out[0] = length
        status = unprotect(self._context, self._buffer, out)
        if status:
            self._counters.drops[Drop.SRTP_REPLAYED if status in _REPLAYED else Drop.SRTP_FAILED] += 1
            return None
        if not known:
            # Only what was authentic makes libsrtp keep a stream, so only that is counted.
            self._ssrcs.add(ssrc)
        opened: bytes = self._memory[0 : out[0]]
        return opened
