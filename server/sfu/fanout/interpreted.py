"""What the two back ends without a compiler share: copies are rewritten in Python and protected in place by libsrtp.

Each fan lays its connected viewers out in chunks: where each copy stands, its context and its numbers. They are laid again after anything
has changed, so that next to nothing is left for each copy. Sent at once: these back ends have nothing to flush.

The numbers of a chunk stand side by side in one long integer, so that one addition renumbers the packet for all its viewers::

    lane of 64 bits:  flags 8 | marker and type 8 | sequence number 16 | timestamp 32      the first 8 bytes of an RTP header
"""

import struct
from collections import deque
from collections.abc import Callable
from itertools import repeat
from operator import setitem
from typing import Any, cast

from pylibsrtp import _binding as srtp

from server.sfu.fanout import addresses
from server.sfu.fanout.contract import LONGEST_PACKET, Address, Counts, Totals
from server.sfu.fanout.contract import Outlet as AnyOutlet
from server.sfu.fanout.contract import Viewer as AnyViewer

SLOT = 1664
"""Bytes for one copy: the longest packet and libsrtp's longest trailer (144), up to a cache line."""
SLOTS = 128
"""Copies protected before they are sent together."""
REMEMBERED = 256
"""Lengths of packets for which what depends on them is kept ready."""

_HEAD = struct.Struct("!BBHL")
_NUMBERS = struct.Struct("!HL")
_write = struct.Struct("!BHLL").pack_into
_put: Callable[..., object] = setitem
_memmove = srtp.ffi.memmove
_protect = srtp.lib.srtp_protect
_run = deque[object](maxlen=0).extend
"""Runs an iterator to its end and keeps nothing of it."""


class Chunk:
    """At most ``SLOTS`` connected viewers of a fan, in columns: no loop over them runs in the interpreter."""

    __slots__ = (
        "_head_places",
        "_ones",
        "_sequence_bits",
        "_sequences",
        "_ssrc_places",
        "_ssrcs",
        "_timestamp_bits",
        "_timestamps",
        "_types",
        "contexts",
        "copies",
        "count",
        "destinations",
        "lengths",
        "viewers",
    )

    def __init__(self, sender: "Interpreted", viewers: list["Viewer"]) -> None:
        self.viewers, self.count = viewers, len(viewers)
        self.copies, self.lengths = sender.copies[: self.count], sender.lengths[: self.count]
        self.contexts = [viewer.outlet.context for viewer in viewers]
        self.destinations = sender.destinations([viewer.outlet for viewer in viewers])
        self._head_places = slice(0, SLOT // 8 * self.count, SLOT // 8)
        self._ssrc_places = slice(2, SLOT // 4 * self.count, SLOT // 4)
        self._ones = _lanes([1] * self.count)
        self._sequence_bits, self._timestamp_bits = (0xFFFF << 32) * self._ones, 0xFFFFFFFF * self._ones
        self._types = _lanes([viewer.payload_type << 48 for viewer in viewers])
        self._sequences = _lanes([viewer.sequence_offset << 32 for viewer in viewers])
        self._timestamps = _lanes([viewer.timestamp_offset for viewer in viewers])
        self._ssrcs = memoryview(struct.pack(f"!{self.count}L", *(viewer.ssrc for viewer in viewers))).cast("I")

    def renumber(self, sender: "Interpreted", packet: bytes) -> None:
        """Gives each copy of the packet its viewer's numbers."""
        flags, kind, sequence, timestamp = _HEAD.unpack_from(packet)
        ones = self._ones
        # Sums that overflow reach into bits that are masked away: sequence numbers and timestamps are added apart.
        heads = (
            (flags << 56 | (kind & 0x80) << 48) * ones
            | self._types
            | (self._sequences + (sequence << 32) * ones) & self._sequence_bits
            | (self._timestamps + timestamp * ones) & self._timestamp_bits
        )
        sender.words_of_8[self._head_places] = memoryview(heads.to_bytes(8 * self.count, "big")).cast("Q")
        sender.words_of_4[self._ssrc_places] = self._ssrcs


def _lanes(values: list[int]) -> int:
    """The values side by side, 64 bits for each, the first the most significant."""
    return int.from_bytes(struct.pack(f"!{len(values)}Q", *values), "big")


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
        self.chunks: list[Chunk] = []
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
        self.chunks = [Chunk(sender, laid[start : start + SLOTS]) for start in range(0, len(laid), SLOTS)]

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
        simple = sequence >= self._youngest and not (self._shifted and (picture_at or tl0_at))
        for chunk in self.chunks:
            if simple and self._copy(chunk, packet):
                sender.transmit(chunk.destinations, chunk.count)
                continue
            for place, viewer in enumerate(chunk.viewers):
                own = _shifted(packet, viewer, picture_at and payload_at + picture_at, picture_bits, tl0_at and payload_at + tl0_at)
                if sequence >= viewer.first and (simple or self._copy_one(chunk, place, own)) and chunk.lengths[place][0]:
                    sender.transmit_one(chunk.destinations, place)
                else:
                    viewer.packets -= 1
                    viewer.octets -= octets

    def _copy(self, chunk: Chunk, packet: bytes) -> bool:
        """A protected copy for each viewer; whether all could be protected. The lengths of those that could not are 0."""
        sender, length, count = self._sender, len(packet), chunk.count
        sender.begin(count, length)
        _run(map(_put, repeat(sender.memory), sender.places(length), repeat(packet, count)))
        chunk.renumber(sender, packet)
        statuses = list(map(_protect, chunk.contexts, chunk.copies, chunk.lengths))
        if not any(statuses):
            return True
        for copy_length, status in zip(chunk.lengths, statuses, strict=True):
            if status:
                copy_length[0] = 0
                sender.unprotected += 1
        return False

    def _copy_one(self, chunk: Chunk, place: int, packet: bytes) -> bool:
        """The same for one viewer, where its copy is not like the others'."""
        viewer, copy_length = chunk.viewers[place], chunk.lengths[place]
        sequence, timestamp = _NUMBERS.unpack_from(packet, 2)
        copy_length[0] = len(packet)
        _memmove(chunk.copies[place], packet, len(packet))
        _write(
            self._sender.memory,
            SLOT * place + 1,
            packet[1] & 0x80 | viewer.payload_type,
            sequence + viewer.sequence_offset & 0xFFFF,
            timestamp + viewer.timestamp_offset & 0xFFFFFFFF,
            viewer.ssrc,
        )
        if _protect(chunk.contexts[place], chunk.copies[place], copy_length):
            self._sender.unprotected += 1
            return False
        return True


def _shifted(packet: bytes, viewer: Viewer, picture_at: int, picture_bits: int, tl0_at: int) -> bytes:
    """The packet with VP8's own numbers as the viewer has them; the places are counted from its first byte."""
    if not (picture_at or tl0_at):
        return packet
    own = bytearray(packet)
    if picture_at and picture_bits == 15:
        picture = (packet[picture_at] << 8 | packet[picture_at + 1]) + viewer.picture_offset
        own[picture_at], own[picture_at + 1] = 0x80 | (picture >> 8) & 0x7F, picture & 0xFF
    elif picture_at:
        own[picture_at] = (packet[picture_at] + viewer.picture_offset) & 0x7F
    if tl0_at:
        own[tl0_at] = (packet[tl0_at] + viewer.tl0_offset) & 0xFF
    return bytes(own)


class Interpreted:
    """The slab of copies and the counters; a back end adds how copies leave."""

    def __init__(self) -> None:
        ffi = srtp.ffi
        self.changes = 0
        self.sent = self.refused = self.unprotected = self.oversized = self.calls = 0
        self._slab = ffi.new("char[]", SLOT * SLOTS)
        self.memory = memoryview(ffi.buffer(self._slab))
        self.words_of_8, self.words_of_4 = self.memory.cast("B").cast("Q"), self.memory.cast("B").cast("I")
        self.copies = [self._slab + SLOT * i for i in range(SLOTS)]
        self._places: dict[int, list[slice]] = {}
        self._lengths = ffi.new("int[]", SLOTS)
        self.lengths: list[Any] = [self._lengths + i for i in range(SLOTS)]

    def places(self, length: int) -> list[slice]:
        """Where copies of so many bytes stand in ``memory``. Kept ready: making them costs as much as copying."""
        places = self._places.get(length)
        if places is None:
            if len(self._places) >= REMEMBERED:
                self._places.clear()
            places = self._places[length] = [slice(at, at + length) for at in range(0, SLOT * SLOTS, SLOT)]
        return places

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
