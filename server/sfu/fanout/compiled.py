"""The compiled back end: ``fanout.c``, called once per incoming packet and once per flush."""

from typing import Any, cast

import cffi  # type: ignore[import-untyped]
from pylibsrtp import _binding as srtp

from server.sfu.fanout import addresses, build
from server.sfu.fanout.contract import Address, Counts, NotThere, Totals
from server.sfu.fanout.contract import Outlet as AnyOutlet
from server.sfu.fanout.contract import Viewer as AnyViewer


class Outlet:
    """An outlet whose record the C side reads."""

    __slots__ = ("_sender", "record")

    def __init__(self, sender: "Sender") -> None:
        self._sender = sender
        self.record = sender.ffi.new("fanout_outlet *")

    def connect(self, context: int, address: Address) -> None:
        self.move(address)
        self.record.context = self._sender.ffi.cast("void *", context)

    def move(self, address: Address) -> None:
        self._sender.flush()
        packed = addresses.packed(address)
        self._sender.ffi.memmove(self.record.address, packed, len(packed))
        self.record.address_length = len(packed)

    def disconnect(self) -> None:
        self._sender.flush()
        self.record.context = self._sender.ffi.NULL


class Viewer:
    """A viewer whose record the C side reads and counts in."""

    __slots__ = ("_outlet", "_sender", "record")

    def __init__(self, sender: "Sender", outlet: Outlet, ssrc: int, payload_type: int) -> None:
        self._sender, self._outlet = sender, outlet  # the record points to the outlet's, which must live as long
        self.record = sender.ffi.new("fanout_viewer *")
        self.record.outlet, self.record.ssrc, self.record.payload_type = outlet.record, ssrc, payload_type

    def renumber(self, *, first: int, sequence_offset: int, timestamp_offset: int, picture_offset: int = 0, tl0_offset: int = 0) -> None:
        self._sender.flush()
        record = self.record
        record.first, record.sequence_offset, record.timestamp_offset = first, sequence_offset & 0xFFFF, timestamp_offset & 0xFFFFFFFF
        record.picture_offset, record.tl0_offset = picture_offset & 0x7FFF, tl0_offset & 0xFF

    def counts(self) -> Counts:
        return Counts(self.record.packets, self.record.octets)


class Fan:
    """An array of pointers to viewers, made again when one comes or goes."""

    __slots__ = ("_accept", "_array", "_record", "_sender", "_viewers")

    def __init__(self, sender: "Sender") -> None:
        self._sender = sender
        self._accept = sender.library.fanout_accept
        self._viewers: list[Viewer] = []
        self._record = sender.ffi.new("fanout_fan *")
        self._arrange()

    def __len__(self) -> int:
        return len(self._viewers)

    def add(self, viewer: AnyViewer) -> None:
        self._sender.flush()
        self._viewers.append(cast(Viewer, viewer))
        self._arrange()

    def remove(self, viewer: AnyViewer) -> None:
        if viewer in self._viewers:
            self._sender.flush()
            self._viewers.remove(viewer)
            self._arrange()

    def _arrange(self) -> None:
        self._array = self._sender.ffi.new("fanout_viewer *[]", [viewer.record for viewer in self._viewers])
        self._record.viewers, self._record.count = self._array, len(self._viewers)

    def send(self, packet: bytes, sequence: int, payload_at: int, picture_at: int = 0, picture_bits: int = 0, tl0_at: int = 0) -> None:
        if self._viewers:
            sender = self._sender
            sender.waiting = True
            self._accept(sender.record, self._record, packet, len(packet), sequence, payload_at, picture_at, picture_bits, tl0_at)


class Sender:
    """``fanout.c`` on one socket. Raises: NotThere where it has not been compiled."""

    name = "compiled"

    def __init__(self, descriptor: int, *, segmenting: bool = True) -> None:
        path = build.library()
        if not path.exists():
            raise NotThere("The fan-out has not been compiled: run python -m server.sfu.fanout.build where a C compiler is.")
        self.ffi = cffi.FFI()
        self.ffi.cdef(build.HEADER.read_text("utf-8"))
        self.library: Any = self.ffi.dlopen(str(path))
        protect = self.ffi.cast("fanout_protect", int(srtp.ffi.cast("uintptr_t", srtp.ffi.addressof(srtp.lib, "srtp_protect"))))
        self.record = self.library.fanout_open(descriptor, protect, segmenting)
        if not self.record:
            raise MemoryError
        self.waiting = False
        self._flush = self.library.fanout_flush
        self._counted = self.library.fanout_counted(self.record)

    def outlet(self) -> Outlet:
        return Outlet(self)

    def viewer(self, outlet: AnyOutlet, ssrc: int, payload_type: int) -> Viewer:
        return Viewer(self, cast(Outlet, outlet), ssrc, payload_type)

    def fan(self) -> Fan:
        return Fan(self)

    def flush(self) -> None:
        if self.waiting:
            self.waiting = False
            self._flush(self.record)

    def totals(self) -> Totals:
        return Totals(*(getattr(self._counted, name) for name in Totals._fields))

    def close(self) -> None:
        """Gives the memory back; nothing of this sender may be used afterwards."""
        self.library.fanout_close(self.record)
