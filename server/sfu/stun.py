"""The two messages of STUN (RFC 8489) that a lite ICE agent needs: a connectivity check is read, and answered.

Every client sends checks for as long as a call lasts, and strangers send what they like: this is part of the packet path.
"""

import hmac
import socket
import struct
import zlib
from typing import NamedTuple

_COOKIE = 0x2112A442
_REQUEST, _SUCCESS, _FAILURE = 0x0001, 0x0101, 0x0111
_USERNAME, _INTEGRITY, _ERROR, _MAPPED = 0x0006, 0x0008, 0x0009, 0x0020
_NOMINATED, _FINGERPRINT, _CONTROLLED = 0x0025, 0x8028, 0x8029
_HEADER = struct.Struct("!HHI12s")
_ATTRIBUTE = struct.Struct("!HH")
_NUMBER = struct.Struct("!I")
_SIGNED_BYTES, _PRINTED_BYTES = 24, 8
_CONFLICT = b"\0\0\x04\x57Role Conflict"


class Check(NamedTuple):
    """A well-formed connectivity check, not yet authenticated."""

    transaction: bytes
    ufrag: str
    """Ours: the first half of the user name."""
    nominated: bool
    conflicting: bool
    """The peer believes that it is the controlled one, which a lite agent always is."""
    signed: bytes
    """What the signature covers."""
    signature: bytes

    def is_signed_with(self, password: str) -> bool:
        """Whether who sent it knows the password."""
        return hmac.compare_digest(hmac.digest(password.encode(), self.signed, "sha1"), self.signature)


def read_ufrag(datagram: bytes) -> str | None:
    """The first half of the user name in a connectivity check, ours, or None. Cheap: most of what strangers send ends here."""
    if not _is_request(datagram):
        return None
    at, end = 20, len(datagram)
    while at <= end - 4:
        kind, size = _ATTRIBUTE.unpack_from(datagram, at)
        if kind == _USERNAME:
            return _first_half(datagram[at + 4 : at + 4 + size])
        at += 4 + size + (-size % 4)
    return None


def read_check(datagram: bytes, ufrag: str) -> Check | None:
    """The check for ``ufrag`` (see ``read_ufrag``) in a datagram; None for anything else, however broken.

    What follows the signature, but for the fingerprint at the end, is not signed and not read (RFC 8489 section 9).
    """
    if not _is_request(datagram):
        return None
    signed, signature, names, nominated, conflicting = b"", b"", 0, False, False
    at, end = 20, len(datagram)
    while at < end:
        if at > end - 4:
            return None
        kind, size = _ATTRIBUTE.unpack_from(datagram, at)
        following = at + 4 + size + (-size % 4)
        if following > end:
            return None
        if kind == _FINGERPRINT:
            if following != end or size != 4 or not signature or not names:
                return None
            if _NUMBER.unpack_from(datagram, at + 4)[0] != _fingerprint(datagram[:at]):
                return None
            return Check(datagram[8:20], ufrag, nominated, conflicting, signed, signature)
        if not signature:
            if kind == _INTEGRITY:
                if size != 20:
                    return None
                signature = datagram[at + 4 : following]
                signed = b"%b%b%b" % (datagram[:2], (at + _SIGNED_BYTES - 20).to_bytes(2, "big"), datagram[4:at])
            elif kind == _USERNAME:
                if _first_half(datagram[at + 4 : at + 4 + size]) != ufrag:
                    return None  # it has two user names
                names += 1
            elif kind == _NOMINATED:
                nominated = True
            elif kind == _CONTROLLED:
                conflicting = True
        at = following
    return None


def answer(check: Check, host: str, port: int, password: str) -> bytes:
    """The signed answer to an authenticated check from there: at most 1.5 times as long as the check can be."""
    if check.conflicting:
        return _message(_FAILURE, check.transaction, _ERROR, _CONFLICT, password)
    mask = _NUMBER.pack(_COOKIE) + check.transaction
    family, plain = (1, socket.inet_pton(socket.AF_INET, host)) if ":" not in host else (2, socket.inet_pton(socket.AF_INET6, host))
    masked = bytes(one ^ other for one, other in zip(plain, mask, strict=False))
    mapped = struct.pack("!BBH", 0, family, port ^ (_COOKIE >> 16)) + masked
    return _message(_SUCCESS, check.transaction, _MAPPED, mapped, password)


def _message(kind: int, transaction: bytes, attribute: int, value: bytes, password: str) -> bytes:
    body = _ATTRIBUTE.pack(attribute, len(value)) + value + bytes(-len(value) % 4)
    begun = _HEADER.pack(kind, len(body) + _SIGNED_BYTES, _COOKIE, transaction) + body
    signature = _ATTRIBUTE.pack(_INTEGRITY, 20) + hmac.digest(password.encode(), begun, "sha1")
    whole = _HEADER.pack(kind, len(body) + _SIGNED_BYTES + _PRINTED_BYTES, _COOKIE, transaction) + body + signature
    return whole + _ATTRIBUTE.pack(_FINGERPRINT, 4) + _NUMBER.pack(_fingerprint(whole))


def _is_request(datagram: bytes) -> bool:
    if len(datagram) < 20:
        return False
    kind, size, cookie, _ = _HEADER.unpack_from(datagram)
    return (kind, size, cookie) == (_REQUEST, len(datagram) - 20, _COOKIE)


def _first_half(name: bytes) -> str | None:
    ours, colon, _ = name.partition(b":")
    return ours.decode("ascii", "replace") if colon else None


def _fingerprint(message: bytes) -> int:
    """Tells STUN from other protocols (RFC 8489 section 14.7)."""
    return zlib.crc32(message) ^ 0x5354554E
