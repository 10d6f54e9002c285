"""The back end ``cffi``: Linux's ``sendmmsg`` called without a compiler, one call for all viewers of a packet."""

import errno
import sys
from array import array
from typing import Any

import cffi  # type: ignore[import-untyped]
from pylibsrtp import _binding as srtp

from server.sfu.fanout.contract import NotThere
from server.sfu.fanout.interpreted import REMEMBERED, SLOTS, Interpreted, Outlet

_DECLARATIONS = """
struct iovec { void *base; size_t length; };
struct msghdr {
  void *name; uint32_t name_length; struct iovec *parts; size_t part_count; void *control; size_t control_length; int flags;
};
struct mmsghdr { struct msghdr header; unsigned int length; };
int sendmmsg(int descriptor, struct mmsghdr *messages, unsigned int count, int flags);
"""
_DONT_WAIT = 0x40


class Sender(Interpreted):
    """``sendmmsg`` on one socket. Raises: NotThere on another system, or a processor that is not a little-endian one of 64 bits."""

    name = "cffi"

    def __init__(self, descriptor: int) -> None:
        if sys.platform != "linux" or sys.byteorder != "little" or sys.maxsize < 2**32:
            raise NotThere("The fan-out called cffi needs Linux on a little-endian 64-bit processor.")
        super().__init__()
        self._descriptor = descriptor
        self._ffi = cffi.FFI()
        self._ffi.cdef(_DECLARATIONS)
        libc: Any = self._ffi.dlopen(None)
        self._sendmmsg = libc.sendmmsg
        self._parts = self._ffi.new("struct iovec[]", SLOTS)
        at = int(self._ffi.cast("uintptr_t", self._parts))
        for i in range(SLOTS):
            self._parts[i].base = self._ffi.cast("void *", int(srtp.ffi.cast("uintptr_t", self.copies[i])))
        # Protecting writes a copy's new length where sendmmsg reads it: the low half of the 64-bit length.
        self.lengths = [srtp.ffi.cast("int *", at + 16 * i + 8) for i in range(SLOTS)]

        self._words = memoryview(self._ffi.buffer(self._parts)).cast("B").cast("Q")
        self._packet_lengths: dict[tuple[int, int], memoryview] = {}

    def begin(self, count: int, length: int) -> None:
        lengths = self._packet_lengths.get((count, length))
        if lengths is None:
            if len(self._packet_lengths) >= REMEMBERED:
                self._packet_lengths.clear()
            lengths = self._packet_lengths[count, length] = memoryview(array("Q", [length]) * count)
        self._words[1 : 2 * count : 2] = lengths

    def destinations(self, outlets: list[Outlet]) -> Any:
        messages = self._ffi.new("struct mmsghdr[]", len(outlets))
        for i, outlet in enumerate(outlets):
            header = messages[i].header
            header.name = self._ffi.cast("void *", int(srtp.ffi.cast("uintptr_t", outlet.packed)))
            header.name_length, header.parts, header.part_count = len(outlet.packed) - 1, self._parts + i, 1
        return messages

    def transmit(self, destinations: Any, count: int) -> None:
        at = 0
        while at < count:
            self.calls += 1
            done = self._sendmmsg(self._descriptor, destinations + at, count - at, _DONT_WAIT)
            if done >= 0:
                self.sent += done
                at += done
            elif self._ffi.errno in (errno.EAGAIN, errno.EWOULDBLOCK):
                self.refused += count - at
                return
            elif self._ffi.errno != errno.EINTR:
                self.refused += 1
                at += 1

    def transmit_one(self, destinations: Any, index: int) -> None:
        self.transmit(destinations + index, 1)
