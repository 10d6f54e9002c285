"""RTCP packets: reports, requests for repair, and goodbyes (RFC 3550 section 6, RFC 4585, RFC 5104, and the drafts named below)."""

from struct import Struct, unpack_from
from typing import NamedTuple, TypeAlias

from rooms.media import feedback
from rooms.media.feedback import TransportFeedback

MOST_REPORTS = 256
"""Reports read from one datagram; the rest is dropped as malformed."""

MOST_NACKED = 1024
"""Sequence numbers taken from one NACK: more than a history holds for a second is no request a sender can answer."""

_SENDER, _RECEIVER, _DESCRIPTION, _BYE, _TRANSPORT, _PAYLOAD = 200, 201, 202, 203, 205, 206
_HEAD = Struct("!BBH")
_TWO = Struct("!II")
_PAIR = Struct("!HH")
_INFO = Struct("!IQIII")
_BLOCK = Struct("!IIIIII")


class ReportBlock(NamedTuple):
    """What a receiver tells of one stream (RFC 3550 section 6.4.1)."""

    ssrc: int
    fraction: int
    """Lost since the last report, in 1/256."""
    lost: int
    """Lost since the beginning, 24 bits, negative when more came than were expected."""
    highest: int
    """The low 32 bits of the extended highest sequence number."""
    jitter: int
    """In units of the stream's clock."""
    last_report: int
    """The middle 32 bits of the NTP time of the last sender report; 0 when there was none."""
    since_last_report: int
    """In 1/65536 s."""


class SenderReport(NamedTuple):
    ssrc: int
    ntp: int
    """64 bits, in 1/2**32 s since 1900."""
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


class ReceiverReport(NamedTuple):
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


class Description(NamedTuple):
    """The canonical name of one source (SDES CNAME). Written, never read."""

    ssrc: int
    cname: str


class Goodbye(NamedTuple):
    ssrcs: tuple[int, ...]


class Nack(NamedTuple):
    """These sequence numbers (16 bits) of ``media`` are asked for again."""

    sender: int
    media: int
    sequences: tuple[int, ...]


class PictureLoss(NamedTuple):
    sender: int
    media: int


class FullIntra(NamedTuple):
    """A key frame of ``media`` is asked for; ``number`` tells a new request from a repetition (RFC 5104 section 4.3.1)."""

    sender: int
    media: int
    number: int


class Remb(NamedTuple):
    """The receiver's estimate of what may be sent in all (draft-alvestrand-rmcat-remb-03)."""

    sender: int
    bitrate_bps: int
    ssrcs: tuple[int, ...]


class Malformed(NamedTuple):
    """A part that could not be read, given in its place so that it is counted. ``kind`` is its packet type, 0 when even that is unknown."""

    kind: int


Report: TypeAlias = SenderReport | ReceiverReport | Goodbye | Nack | PictureLoss | FullIntra | Remb | TransportFeedback
Parsed: TypeAlias = Report | Malformed


def parse(packet: bytes | bytearray | memoryview) -> list[Parsed]:
    """What stands in a compound packet, in its order, at most ``MOST_REPORTS``. Packets of other kinds are passed over. Never raises."""
    data = bytes(packet)
    found: list[Parsed] = []
    at = 0
    while at < len(data):
        if at + 4 > len(data) or len(found) >= MOST_REPORTS:
            found.append(Malformed(0))
            break
        first, kind, words = _HEAD.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            found.append(Malformed(kind))
            break
        body = data[at + 4 : end]
        if first & 0x20 and (not body or not 0 < body[-1] <= len(body)):
            found.append(Malformed(kind))
        else:
            found += _part(kind, first & 31, body[: -body[-1]] if first & 0x20 else body)
        at = end
    return found


def _part(kind: int, form: int, body: bytes) -> list[Parsed]:
    if kind == _SENDER:
        blocks = _blocks(body, 24, form)
        return [Malformed(kind) if blocks is None else SenderReport._make((*_INFO.unpack_from(body), blocks))]
    if kind == _RECEIVER:
        blocks = _blocks(body, 4, form)
        return [Malformed(kind) if blocks is None else ReceiverReport(_word(body, 0), blocks)]
    if kind == _BYE:
        return [Malformed(kind) if len(body) < 4 * form else Goodbye(unpack_from(f"!{form}I", body))]
    if kind in (_TRANSPORT, _PAYLOAD):
        if len(body) < 8:
            return [Malformed(kind)]
        sender, media = _TWO.unpack_from(body)
        return _repair(form, sender, media, body[8:]) if kind == _TRANSPORT else _picture(form, sender, media, body[8:])
    return []


def _repair(form: int, sender: int, media: int, body: bytes) -> list[Parsed]:
    if form == 1:
        if not body or len(body) % 4:
            return [Malformed(_TRANSPORT)]
        return [Nack(sender, media, _nacked(body))]
    if form == 15:
        told = feedback.read(sender, media, body)
        return [Malformed(_TRANSPORT) if told is None else told]
    return []


def _picture(form: int, sender: int, media: int, body: bytes) -> list[Parsed]:
    if form == 1:
        return [PictureLoss(sender, media)]
    if form == 4:
        if not body or len(body) % 8:
            return [Malformed(_PAYLOAD)]
        return [FullIntra(sender, _word(body, at), body[at + 4]) for at in range(0, min(len(body), 8 * MOST_REPORTS), 8)]
    if form == 15 and body[:4] == b"REMB":
        if len(body) < 8 or len(body) < 8 + 4 * body[4]:
            return [Malformed(_PAYLOAD)]
        mantissa = (body[5] & 3) << 16 | body[6] << 8 | body[7]
        return [Remb(sender, mantissa << (body[5] >> 2), unpack_from(f"!{body[4]}I", body, 8))]
    return []


def _word(body: bytes, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")


def _blocks(body: bytes, at: int, count: int) -> tuple[ReportBlock, ...] | None:
    """The report blocks that follow the first ``at`` bytes; ``None`` when they are not all there. What follows them is left."""
    if len(body) < at + 24 * count:
        return None
    blocks = []
    for here in range(at, at + 24 * count, 24):
        ssrc, both, highest, jitter, last, since = _BLOCK.unpack_from(body, here)
        lost = both & 0xFFFFFF
        blocks.append(ReportBlock(ssrc, both >> 24, lost - (1 << 24) if lost >> 23 else lost, highest, jitter, last, since))
    return tuple(blocks)


def _nacked(body: bytes) -> tuple[int, ...]:
    found: list[int] = []
    for at in range(0, len(body), 4):
        first, mask = _PAIR.unpack_from(body, at)
        found.append(first)
        while mask:
            lowest = mask & -mask
            found.append(first + lowest.bit_length() & 0xFFFF)
            mask ^= lowest
        if len(found) >= MOST_NACKED:
            break
    return tuple(found[:MOST_NACKED])


def build(*reports: Report | Description) -> bytes:
    """One compound packet of these parts in their order.

    Raises: ``ValueError`` or ``struct.error`` for more than 31 blocks or sources in one part, or numbers that do not fit.
    """
    return b"".join(map(_written, reports))


def _written(report: Report | Description) -> bytes:
    match report:
        case SenderReport(ssrc, ntp, timestamp, packets, octets, blocks):
            head = _INFO.pack(ssrc, ntp, timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
            return _packet(_SENDER, len(blocks), head + b"".join(map(_block, blocks)))
        case ReceiverReport(ssrc, blocks):
            return _packet(_RECEIVER, len(blocks), ssrc.to_bytes(4, "big") + b"".join(map(_block, blocks)))
        case Description(ssrc, cname):
            name = cname.encode()
            chunk = ssrc.to_bytes(4, "big") + bytes((1, len(name))) + name
            return _packet(_DESCRIPTION, 1, chunk + bytes(4 - len(chunk) % 4))
        case Goodbye(ssrcs):
            return _packet(_BYE, len(ssrcs), b"".join(ssrc.to_bytes(4, "big") for ssrc in ssrcs))
        case Nack(sender, media, sequences):
            return _packet(_TRANSPORT, 1, _TWO.pack(sender, media) + _nack_pairs(sequences))
        case PictureLoss(sender, media):
            return _packet(_PAYLOAD, 1, _TWO.pack(sender, media))
        case FullIntra(sender, media, number):
            return _packet(_PAYLOAD, 4, _TWO.pack(sender, 0) + _TWO.pack(media, (number & 0xFF) << 24))
        case Remb(sender, bitrate, ssrcs):
            exponent = max(0, bitrate.bit_length() - 18)
            estimate = (len(ssrcs) << 24 | exponent << 18 | bitrate >> exponent).to_bytes(4, "big")
            listed = b"".join(ssrc.to_bytes(4, "big") for ssrc in ssrcs)
            return _packet(_PAYLOAD, 15, _TWO.pack(sender, 0) + b"REMB" + estimate + listed)
        case TransportFeedback(sender, media, base, count, reference, arrivals):
            return wrap_feedback(sender, media, feedback.write(base, count, reference, arrivals))


def wrap_feedback(sender: int, media: int, body: bytes) -> bytes:
    """The packet of a transport-wide feedback whose body has been written (``feedback.Statuses``)."""
    return _packet(_TRANSPORT, 15, _TWO.pack(sender, media) + body)


def _packet(kind: int, form: int, body: bytes) -> bytes:
    """One RTCP packet; a body that does not fill its last word is padded."""
    if form > 31:
        raise ValueError("an RTCP packet counts to 31")
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes((padding,))
    return _HEAD.pack(0x80 | (0x20 if padding else 0) | form, kind, len(body) // 4) + body


def _block(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    return _BLOCK.pack(
        block.ssrc, block.fraction << 24 | lost, block.highest, block.jitter & 0xFFFFFFFF, block.last_report, block.since_last_report
    )


def _nack_pairs(sequences: tuple[int, ...]) -> bytes:
    """Each pair names one number and, in a mask, those lost of the sixteen after it. Fewest when the numbers stand in their order."""
    out = bytearray()
    at = 0
    while at < len(sequences):
        first = sequences[at]
        mask = 0
        at += 1
        while at < len(sequences) and 0 < (ahead := sequences[at] - first & 0xFFFF) <= 16:
            mask |= 1 << (ahead - 1)
            at += 1
        out += _PAIR.pack(first, mask)
    return bytes(out)
