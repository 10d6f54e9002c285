"""The frames of RFC 6455 as bytes: those that are sent, and a strict reader of those that a client sends. No socket here.

The handshake and the parsing of close frames are those of ``websockets``; a test compares the reader with its ``ServerProtocol``.
"""

from collections.abc import Iterator

import msgspec
from websockets.exceptions import ProtocolError
from websockets.frames import Close
from websockets.speedups import apply_mask

from server.protocol.closing import Closing
from server.protocol.live import FromServer

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
PING_FRAME = b"\x89\x00"
_WHOLE_TEXT = 0x80 | TEXT

_encode = msgspec.json.Encoder().encode


class Fault(Exception):
    """The peer broke the rules of framing, or a limit: close with ``code``."""

    def __init__(self, code: Closing, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def frame(opcode: int, payload: bytes) -> bytes:
    """One whole unmasked frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


def message_frame(message: FromServer) -> bytes:
    """A message to a client, ready for any number of transports."""
    return frame(TEXT, _encode(message))


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; ``reason`` must not exceed 123 bytes."""
    return frame(CLOSE, code.to_bytes(2, "big") + reason.encode())


class FrameReader:
    """Takes bytes as they come and gives whole messages and control frames. At rest it holds no buffer."""

    __slots__ = ("_fragments", "_opcode", "_parts", "_rest", "_size", "_whole")

    def __init__(self, largest_message: int, fragments: int) -> None:
        self._whole = largest_message
        self._fragments = fragments
        self._rest: bytes | bytearray = b""
        self._parts: list[bytes] | None = None
        self._opcode = 0
        self._size = 0

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Each (opcode, payload) that ``data`` completes: whole TEXT and BINARY messages, PING, PONG, and CLOSE with what must be
        sent back. To be used up before it is called again, unless the connection is given up.

        Raises: Fault, after which nothing may be fed any more.
        """
        rest: bytes | bytearray = data
        if self._rest:
            held = self._rest if isinstance(self._rest, bytearray) else bytearray(self._rest)
            held += data
            rest = held
        position, end = 0, len(rest)
        while end - position >= 2:
            first, second = rest[position], rest[position + 1]
            opcode, length, start = first & 0x0F, second & 0x7F, position + 2
            if first != _WHOLE_TEXT or second < 0x80 or self._parts is not None:  # nearly all frames are whole texts
                self._check_head(first, second, opcode, length)
            if length > 125:
                wide = 2 if length == 126 else 8
                if end - start < wide:
                    break
                length = int.from_bytes(rest[start : start + wide], "big")
                start += wide
            if opcode < CLOSE and self._size + length > self._whole:
                raise Fault(Closing.TOO_BIG, "message too big")
            if end - start < 4 + length:
                break
            payload = apply_mask(rest[start + 4 : start + 4 + length], rest[start : start + 4])
            position = start + 4 + length
            if opcode >= CLOSE:
                yield opcode, payload if opcode != CLOSE else _close_reply(payload)
            elif first & 0x80 and self._parts is None:
                yield opcode, _checked(opcode, payload)
            else:
                message = self._fragment(opcode, payload, final=bool(first & 0x80))
                if message is not None:
                    yield message
        if position == 0 and rest is not data:
            self._rest = rest
        else:
            self._rest = rest[position:]

    def _check_head(self, first: int, second: int, opcode: int, length: int) -> None:
        if first & 0x70:
            raise Fault(Closing.PROTOCOL_ERROR, "reserved bits")
        if not second & 0x80:
            raise Fault(Closing.PROTOCOL_ERROR, "unmasked frame")
        if opcode >= CLOSE:
            if opcode > PONG:
                raise Fault(Closing.PROTOCOL_ERROR, "unknown opcode")
            if length > 125 or not first & 0x80:
                raise Fault(Closing.PROTOCOL_ERROR, "control frame too long or fragmented")
        elif opcode > BINARY:
            raise Fault(Closing.PROTOCOL_ERROR, "unknown opcode")
        elif (opcode == 0) != (self._parts is not None):
            raise Fault(Closing.PROTOCOL_ERROR, "lost or unexpected fragment")

    def _fragment(self, opcode: int, payload: bytes, *, final: bool) -> tuple[int, bytes] | None:
        if self._parts is None:
            self._parts, self._opcode = [], opcode
        self._parts.append(payload)
        self._size += len(payload)
        if len(self._parts) > self._fragments:
            raise Fault(Closing.ABUSE, "too many fragments")
        if not final:
            return None
        opcode, whole = self._opcode, b"".join(self._parts)
        self._parts, self._size = None, 0
        return opcode, _checked(opcode, whole)


def _checked(opcode: int, payload: bytes) -> bytes:
    """``payload`` as it is, if it may be what its opcode says (RFC 6455 section 8.1)."""
    if opcode == TEXT and not payload.isascii():
        try:
            payload.decode()
        except UnicodeDecodeError:
            raise Fault(Closing.BAD_TEXT, "not UTF-8") from None
    return payload


def _close_reply(payload: bytes) -> bytes:
    """What a close frame must be answered with: the same (RFC 6455 section 5.5.1)."""
    try:
        Close.parse(payload)
    except ProtocolError as error:
        raise Fault(Closing.PROTOCOL_ERROR, str(error)) from None
    except UnicodeDecodeError:
        raise Fault(Closing.BAD_TEXT, "not UTF-8") from None
    return payload
