"""What the first bytes of a video payload say: where a key frame begins, and VP8's running numbers.

RFC 7741 (VP8), RFC 6184 (H264), RFC 9628 (VP9), RTP Payload Format for AV1 version 1.0. End-to-end encrypted frames keep these bytes clear.
"""

from typing import NamedTuple

Packet = bytes | bytearray | memoryview
_tuple = tuple.__new__


class Vp8(NamedTuple):
    """One VP8 payload descriptor. Offsets count from the packet's first byte; 0 means that the number is absent."""

    picture_at: int
    picture_bits: int
    """7 or 15; 0 when there is no picture id."""
    picture: int
    tl0_at: int
    tl0: int
    """TL0PICIDX; 0 when absent."""
    starts_frame: bool
    keyframe: bool
    """Whether a key frame starts in this packet."""


def read_vp8(packet: Packet, at: int, end: int) -> Vp8 | None:
    """The descriptor of the VP8 payload at ``packet[at:end]``, or ``None`` if it is cut short (RFC 7741 section 4.2)."""
    if at >= end:
        return None
    first = packet[at]
    here = at + 1
    picture_at = picture_bits = picture = tl0_at = tl0 = 0
    if first & 0x80:
        if here >= end:
            return None
        present = packet[here]
        here += 1
        if present & 0x80:
            if here >= end:
                return None
            picture_at, picture, picture_bits = here, packet[here], 7
            here += 1
            if picture & 0x80:
                if here >= end:
                    return None
                picture, picture_bits = (picture & 0x7F) << 8 | packet[here], 15
                here += 1
        if present & 0x40:
            if here >= end:
                return None
            tl0_at, tl0 = here, packet[here]
            here += 1
        if present & 0x30:
            here += 1
    if here > end:
        return None
    starts = first & 0x17 == 0x10
    keyframe = starts and here < end and not packet[here] & 1
    return _tuple(Vp8, (picture_at, picture_bits, picture, tl0_at, tl0, starts, keyframe))


def shift_vp8(packet: bytearray, vp8: Vp8, picture: int, tl0: int) -> None:
    """Adds the offsets ``picture`` and ``tl0`` to the numbers in ``packet``, in place, each within its own width."""
    if vp8.picture_bits == 15:
        shifted = vp8.picture + picture & 0x7FFF
        packet[vp8.picture_at] = 0x80 | shifted >> 8
        packet[vp8.picture_at + 1] = shifted & 0xFF
    elif vp8.picture_bits:
        packet[vp8.picture_at] = vp8.picture + picture & 0x7F
    if vp8.tl0_at:
        packet[vp8.tl0_at] = vp8.tl0 + tl0 & 0xFF


def begins_keyframe(codec: str, packet: Packet, at: int, end: int) -> bool:
    """Whether a viewer can begin with this packet: the first of a key frame of ``codec`` (``"vp8"``, ``"h264"``, ``"vp9"``, ``"av1"``).

    Any other codec is audio or unknown, and each of its packets with a payload is a beginning.
    """
    if at >= end:
        return False
    if codec == "vp8":
        vp8 = read_vp8(packet, at, end)
        return vp8 is not None and vp8.keyframe
    if codec == "h264":
        return _begins_h264(packet, at, end)
    if codec == "vp9":
        return _begins_vp9(packet, at, end)
    if codec == "av1":
        # Z clear: no rest of an earlier unit; N set: the first packet of a coded video sequence.
        return packet[at] & 0x88 == 0x08
    return True


_H264_PARAMETERS = 7


def _begins_h264(packet: Packet, at: int, end: int) -> bool:
    """Whether a sequence parameter set stands in the packet: a new decoder needs it, and encoders put it before each IDR picture."""
    unit = packet[at] & 0x1F
    if unit == 24:
        here = at + 1
        while here + 2 < end:
            if packet[here + 2] & 0x1F == _H264_PARAMETERS:
                return True
            here += 2 + (packet[here] << 8 | packet[here + 1])
        return False
    if unit == 28:
        return at + 1 < end and packet[at + 1] & 0x9F == 0x80 | _H264_PARAMETERS
    return unit == _H264_PARAMETERS


def _begins_vp9(packet: Packet, at: int, end: int) -> bool:
    """Whether the lowest spatial layer of a picture that is predicted from no other begins here (RFC 9628 section 4.2)."""
    first = packet[at]
    if first & 0x48 != 0x08:
        return False
    if not first & 0x20:
        return True
    here = at + 1
    if first & 0x80:
        if here >= end:
            return False
        here += 2 if packet[here] & 0x80 else 1
    return here < end and packet[here] & 0x0E == 0
