"""Why the server closes a ``/live`` connection: the close codes of RFC 6455 section 7.4 that are used, and those of the product."""

import enum
from typing import Self


class Closing(enum.IntEnum):
    """A close code. A client comes back by itself after each of them, but for those that say otherwise."""

    NORMAL = 1000, "The client said goodbye."
    PROTOCOL_ERROR = 1002, "A frame broke RFC 6455: unmasked, reserved bits, an unknown opcode, a lost fragment."
    NOT_TEXT = 1003, "A binary message: all messages are JSON text."
    BAD_TEXT = 1007, "A text message that is not UTF-8."
    ABUSE = 1008, "Too many messages, pings or fragments, after `rate_limited` was not heeded."
    TOO_BIG = 1009, "A message above the hard limit."
    FAILED = 1011, "A fault of the server."
    RESTART = 1012, "The server restarts; a `bye` came before."
    NOT_RECOGNISED = 4401, "No ticket within 5 s, a bad ticket, or a session that ended: fetch a new ticket."
    RESYNC = 4409, "The reader fell too far behind: come back and follow from the last number seen."
    OUTDATED = 4426, "This version of the protocol is not spoken any more: load the page again, do not reconnect."
    TOO_MANY = 4429, "Too many connections of one session: do not reconnect before another page is closed."

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member
