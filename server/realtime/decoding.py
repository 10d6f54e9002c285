"""From the bytes of one message to a struct, or ``bad_input``. Nothing is coerced and nothing is overlooked."""

import json

import msgspec

from server.kernel.refused import Refused
from server.protocol.live import FromClient


class _Named(msgspec.Struct):
    id: str


_decode = msgspec.json.Decoder(FromClient).decode
_decode_name = msgspec.json.Decoder(_Named).decode

_FIELDS: dict[type, int] = {}


def decode(message: bytes) -> FromClient:
    """The message in ``message`` (UTF-8).

    Raises: Refused(``bad_input``), for malformed JSON, an unknown type or field, a value of another type or out of its bounds,
        ``NaN``, numbers beyond 64 bits, a lone surrogate, any nesting (no message has depth), or a key that stands twice.
    """
    try:
        found: FromClient = _decode(message)
    except (ValueError, RecursionError):
        raise Refused("bad_input") from None
    if message.count(b":") > _smallest(type(found)):
        # As many colons as fields cannot hide a second key. More may be a time, an optional field, or a key that stands twice.
        _refuse_double_keys(message)
    return found


def id_in(message: bytes) -> str | None:
    """The id in a message that was refused before it was understood, if it can be found, so that the refusal finds its command."""
    try:
        name = _decode_name(message).id
    except (ValueError, RecursionError):
        return None
    return name if len(name) <= 64 else None


def _smallest(kind: type[msgspec.Struct]) -> int:
    """How many keys a message has at least: its type and its required fields."""
    if kind not in _FIELDS:
        _FIELDS[kind] = 1 + sum(field.required for field in msgspec.structs.fields(kind))
    return _FIELDS[kind]


def _refuse_double_keys(message: bytes) -> None:
    json.loads(message, object_pairs_hook=_without_double_keys)


def _without_double_keys(pairs: list[tuple[str, object]]) -> None:
    keys = {key for key, _ in pairs}
    if len(keys) != len(pairs):
        raise Refused("bad_input", field=next(key for key, _ in pairs if [other for other, _ in pairs].count(key) > 1))
