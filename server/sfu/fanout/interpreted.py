"""What the two back ends without a compiler share: copies are rewritten in Python and protected in place by libsrtp.

Each fan lays its connected viewers out in rows: where a viewer's copy stands, its context and its numbers. Rows are laid again after
anything has changed, so that nothing but arithmetic is left for each copy. Sent at once: these back ends have nothing to flush.
"""

import struct
from typing import Any, NamedTuple, cast

from pylibsrtp import _binding as srtp

from server.sfu.fanout import addresses
from server.sfu.fanout.contract import LONGEST_PACKET, Address, Counts, Totals
from server.sfu.fanout.contract import Outlet as AnyOutlet
from server.sfu.fanout.contract import Viewer as AnyViewer

SLOT = 1664
"""Bytes for one copy: the longest packet and libsrtp's longest trailer (144), up to a cache line."""
SLOTS = 128
"""Copies protected before they are sent together."""

_HEADER = struct.Struct("!BHLL")
_NUMBERS = struct.Struct("!HL")


class Row(NamedTuple):
    """One viewer's place in a chunk of at most ``SLOTS``, ready for the loop."""

    at: int
    copy: Any
    length: Any
    context: Any
    sequence_offset: int
    timestamp_offset: int
    ssrc: int
    payload_type: int
    viewer: "Viewer"
    place: int


class Outlet:
    """A context and an address, in both forms in which they are asked for."""

    __slots__ = ("_sender", "address", "context", "packed")

    def __init__(self, sender: "Interpreted") -> None:
        self._sender = sender
        self.context: Any = None
        self.address: Address = ("0.0.0.0", 0)
        self.packed: Any = None

    def connect(self, context: int, address: Address) -> None:
        self.move(address)
        self.context = srtp.ffi.cast("srtp_t", context)

    def move(self, address: Address) -> None:
        self.address, self.packed = address, srtp.ffi.new("char[]", addresses.packed(address))
        self._sender.changes += 1

    def disconnect(self) -> None:
        self.context = None
        self._sender.changes += 1


class Viewer:
    """A viewer's numbers. What its fan sends to all is counted by the fan, and taken over when the rows are laid."""

    __slots__ = (
        "_sender",
        "fan",
        "first",
        "octets",
        "octets_mark",
        "outlet",
        "packets",
        "packets_mark",
        "payload_type",
        "picture_offset",
        "sequence_offset",
        "ssrc",
        "timestamp_offset",
        "tl0_offset",
    )

    def __init__(self, sender: "Interpreted", outlet: Outlet, ssrc: int, payload_type: int) -> None:
        self._sender, self.outlet, self.ssrc, self.payload_type = sender, outlet, ssrc, payload_type
        self.first = self.sequence_offset = self.timestamp_offset = self.picture_offset = self.tl0_offset = 0
        self.packets = self.octets = self.packets_mark = self.octets_mark = 0
        self.fan: Fan | None = None

    def renumber(self, *, first: int, sequence_offset: int, timestamp_offset: int, picture_offset: int = 0, tl0_offset: int = 0) -> None:
        self.first, self.sequence_offset, self.timestamp_offset = first, sequence_offset & 0xFFFF, timestamp_offset & 0xFFFFFFFF
        self.picture_offset, self.tl0_offset = picture_offset & 0x7FFF, tl0_offset & 0xFF
        self._sender.changes += 1

    def counts(self) -> Counts:
        self.lie_in(self.fan)
        return Counts(self.packets, self.octets)

    def lie_in(self, fan: "Fan | None") -> None:
        """Takes over what the fan counted while the viewer lay in it, and goes on counting in the other."""
        if self.fan is not None:
            self.packets += self.fan.packets - self.packets_mark
            self.octets += self.fan.octets - self.octets_mark
        self.fan = fan
        if fan is not None:
            self.packets_mark, self.octets_mark = fan.packets, fan.octets


class Fan:
    """Viewers in rows, a chunk of them for each system call."""

    __slots__ = ("_laid", "_laid_at", "_sender", "_shifted", "_viewers", "_youngest", "chunks", "octets", "packets")

    def __init__(self, sender: "Interpreted") -> None:
        self._sender, self._laid_at = sender, -1
        self._viewers: list[Viewer] = []
        self._laid: list[Viewer] = []
        self.chunks: list[tuple[list[Row], Any]] = []
        self.packets = self.octets = self._youngest = 0
        self._shifted = False

    def __len__(self) -> int:
        return len(self._viewers)

    def add(self, viewer: AnyViewer) -> None:
        self._viewers.append(cast(Viewer, viewer))
        self._sender.changes += 1

    def remove(self, viewer: AnyViewer) -> None:
        if viewer in self._viewers:
            self._viewers.remove(viewer)
            self._sender.changes += 1

    def _lay(self) -> None:
        sender, self._laid_at = self._sender, self._sender.changes
        laid = [viewer for viewer in self._viewers if viewer.outlet.context is not None]
        for viewer in self._laid:
            if viewer.fan is self:
                viewer.lie_in(None)
        for viewer in laid:
            viewer.lie_in(self)
        self._laid = laid
        self._youngest = max((viewer.first for viewer in laid), default=0)
        self._shifted = any(viewer.picture_offset or viewer.tl0_offset for viewer in laid)
        self.chunks = []
        for start in range(0, len(laid), SLOTS):
            chunk = laid[start : start + SLOTS]
            rows = [self._row(i, viewer) for i, viewer in enumerate(chunk)]
            self.chunks.append((rows, sender.destinations([viewer.outlet for viewer in chunk])))

    def _row(self, i: int, viewer: Viewer) -> Row:
        at, copy, length, context = SLOT * i, self._sender.copies[i], self._sender.lengths[i], viewer.outlet.context
        return Row(
            at, copy, length, context, viewer.sequence_offset, viewer.timestamp_offset, viewer.ssrc, viewer.payload_type, viewer, i
        )  # fmt: skip

    def send(self, packet: bytes, sequence: int, payload_at: int, picture_at: int = 0, picture_bits: int = 0, tl0_at: int = 0) -> None:
        sender, length = self._sender, len(packet)
        if self._laid_at != sender.changes:
            self._lay()
        if not self._laid:
            return
        if length > LONGEST_PACKET:
            sender.oversized += 1
            return
        octets = length - payload_at
        self.packets += 1
        self.octets += octets
        for rows, destinations in self.chunks:
            taken = rows if sequence >= self._youngest else [row for row in rows if sequence >= row.viewer.first]
            sender.begin(len(rows), length)
            if self._shifted and (picture_at or tl0_at):
                failed = self._copy_shifted(
                    taken, packet, picture_at and payload_at + picture_at, picture_bits, tl0_at and payload_at + tl0_at
                )
            else:
                failed = self._copy(taken, packet)
            if not failed and len(taken) == len(rows):
                sender.transmit(destinations, len(rows))
                continue
            sender.unprotected += failed
            copied = [row for row in taken if row.length[0]]
            for row in copied:
                sender.transmit_one(destinations, row.place)
            for viewer in {row.viewer for row in rows} - {row.viewer for row in copied}:
                viewer.packets -= 1
                viewer.octets -= octets

    def _copy(self, rows: list[Row], packet: bytes | bytearray) -> int:
        """One protected copy in each row; returns how many could not be protected, whose lengths are then 0."""
        length, memory, write, protect = len(packet), self._sender.memory, _HEADER.pack_into, srtp.lib.srtp_protect
        marker = packet[1] & 0x80
        sequence, timestamp = _NUMBERS.unpack_from(packet, 2)
        failed = 0
        for at, copy, copy_length, context, sequences, timestamps, ssrc, payload_type, _, _ in rows:
            memory[at : at + length] = packet
            write(memory, at + 1, marker | payload_type, (sequence + sequences) & 0xFFFF, (timestamp + timestamps) & 0xFFFFFFFF, ssrc)
            if protect(context, copy, copy_length):
                copy_length[0] = 0
                failed += 1
        return failed

    def _copy_shifted(self, rows: list[Row], packet: bytes, picture_at: int, picture_bits: int, tl0_at: int) -> int:
        """The same when VP8's own numbers change as well; the places are counted from the packet's first byte."""
        own, failed = bytearray(packet), 0
        for row in rows:
            viewer = row.viewer
            if picture_at and picture_bits == 15:
                picture = (packet[picture_at] << 8 | packet[picture_at + 1]) + viewer.picture_offset
                own[picture_at], own[picture_at + 1] = 0x80 | (picture >> 8) & 0x7F, picture & 0xFF
            elif picture_at:
                own[picture_at] = (packet[picture_at] + viewer.picture_offset) & 0x7F
            if tl0_at:
                own[tl0_at] = (packet[tl0_at] + viewer.tl0_offset) & 0xFF
            failed += self._copy([row], own)
        return failed


class Interpreted:
    """The slab of copies and the counters; a back end adds how copies leave."""

    def __init__(self) -> None:
        ffi = srtp.ffi
        self.changes = 0
        self.sent = self.refused = self.unprotected = self.oversized = self.calls = 0
        self._slab = ffi.new("char[]", SLOT * SLOTS)
        self.memory = memoryview(ffi.buffer(self._slab))
        self.copies = [self._slab + SLOT * i for i in range(SLOTS)]
        self._lengths = ffi.new("int[]", SLOTS)
        self.lengths: list[Any] = [self._lengths + i for i in range(SLOTS)]

    def begin(self, count: int, length: int) -> None:
        """Sets the lengths of the first copies to that of the packet; protecting adds the trailer to each."""
        for i in range(count):
            self._lengths[i] = length

    def destinations(self, outlets: list[Outlet]) -> Any:
        """Where the copies of a chunk go, in the form in which ``transmit`` wants it."""
        raise NotImplementedError

    def transmit(self, destinations: Any, count: int) -> None:
        """Sends the first copies of the slab."""
        raise NotImplementedError

    def transmit_one(self, destinations: Any, index: int) -> None:
        """Sends one of them."""
        raise NotImplementedError

    def outlet(self) -> Outlet:
        return Outlet(self)

    def viewer(self, outlet: AnyOutlet, ssrc: int, payload_type: int) -> Viewer:
        return Viewer(self, cast(Outlet, outlet), ssrc, payload_type)

    def fan(self) -> Fan:
        return Fan(self)

    def flush(self) -> None:
        """Nothing waits."""

    def totals(self) -> Totals:
        return Totals(self.sent, self.refused, self.unprotected, self.oversized, self.calls)

    def close(self) -> None:
        """Nothing to give back."""
