"""The record of a meeting: its events in one chain, in which none can be changed, left out, added or moved without being found.

Each link holds the digest of the link before it, and its own is the SHA-256 of all it says; the first one refers to the meeting. What is
personal is not in the chain but beside it: the chain has a commitment (SHA-256 of a salt and the value), which still fits after the value
and its salt were erased. Nobody can tell from inside the chain that its end was cut off or that all of it was made anew: for that, compare
with a digest known from elsewhere, such as the one that stands in the minutes.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from server.kernel.ids import MeetingId

_FORM = b"dien-hong record 1\n"
SEALED = "sealed"
"""Names the commitment that stands in the chain in the place of a value."""

Wrong = Literal["altered", "missing", "inserted", "moved", "unsealed"]
"""What is wrong with a link: it says something else than it did; there is none of that number; there are two; it stands elsewhere; what is
kept beside it is not what was sealed."""


class Link(msgspec.Struct, frozen=True):
    """One event: the ``number``-th of its meeting, from 1, of the moment ``at`` (UTC). ``body`` is the event in canonical JSON; ``before``
    and ``digest`` are in hex."""

    number: int
    at: datetime
    body: bytes
    before: str
    digest: str


class Opening(msgspec.Struct, frozen=True):
    """A value that is sealed in link ``number``, at ``path`` in its body (``box/ballots/0/opinion``), with its salt in hex: kept beside the
    chain, and erased together."""

    number: int
    path: str
    salt: str
    value: object


class Fault(msgspec.Struct, frozen=True):
    """The first link that is not as it was."""

    number: int
    wrong: Wrong


def beginning(meeting: MeetingId) -> str:
    """What the first link of a meeting refers to, in hex."""
    return hashlib.sha256(_FORM + f"meeting {meeting}".encode()).hexdigest()


def append(
    meeting: MeetingId, last: Link | None, at: datetime, event: object, personal: Collection[str], secret: bytes
) -> tuple[Link, tuple[Opening, ...]]:
    """The link after ``last``, and what is kept beside it.

    ``event`` is anything that is written as a JSON object. Sealed is every value whose path in it is, or ends in, one of ``personal``
    (``name``, ``line/text``), with salts made from ``secret``: 32 random bytes, used once and forgotten.
    """
    number = 1 if last is None else last.number + 1
    sealed: list[Opening] = []
    plain = msgspec.to_builtins(event, order="sorted")
    body = _canonical(_seal(plain, "", number, personal, secret, sealed))
    link = Link(number, at.astimezone(UTC), body, beginning(meeting) if last is None else last.digest, "")
    return replace(link, digest=digest(link)), tuple(sealed)


def digest(link: Link) -> str:
    """The SHA-256, in hex, of all that a link says. Each part stands after its length, so that no other parts are read out of the same
    bytes."""
    parts = (link.before.encode(), str(link.number).encode(), link.at.astimezone(UTC).isoformat().encode(), link.body)
    return hashlib.sha256(_FORM + b"".join(b"%d:%s" % (len(part), part) for part in parts)).hexdigest()


def check(
    meeting: MeetingId, links: Sequence[Link], openings: Collection[Opening] = (), known: Mapping[int, str] | None = None
) -> Fault | None:
    """The first link that is not as it was, if any. ``known`` are digests by number that are known from elsewhere; a chain that is
    shorter than the last of them lacks its end. ``openings`` that were erased are not missed."""
    known = known or {}
    beside: dict[int, list[Opening]] = {}
    for one in openings:
        beside.setdefault(one.number, []).append(one)
    numbers = [link.number for link in links]
    before = beginning(meeting)
    for place, link in enumerate(links):
        if link.number != place + 1:
            return _misplaced(numbers, place)
        if link.before != before or digest(link) != link.digest or known.get(link.number, link.digest) != link.digest:
            return Fault(link.number, "altered")
        if fault := _with_next(links, place):
            return fault
        if _not_fitting(link, beside.get(link.number, ())) is not None:
            return Fault(link.number, "unsealed")
        before = link.digest
    return Fault(len(links) + 1, "missing") if max(known, default=0) > len(links) else None


def _with_next(links: Sequence[Link], place: int) -> Fault | None:
    """What is wrong between a link and the one after it. A link made anew, digest and all, fits the one before it and no longer the one
    after it: so it is the one of the two that does not fit on its other side."""
    link, *after = links[place : place + 3]
    if not after or after[0].number != link.number + 1 or after[0].before == link.digest:
        return None
    broken = digest(after[0]) != after[0].digest or (len(after) > 1 and after[1].before != after[0].digest)
    return Fault(link.number + broken, "altered")


def read(link: Link, openings: Collection[Opening] = ()) -> dict[str, object]:
    """The event of a link as a JSON object, with what is still known of it in its place; what was erased is an empty text.

    Raises: ValueError for an opening that does not fit; ``check`` finds it first.
    """
    mine = [one for one in openings if one.number == link.number]
    if (wrong := _not_fitting(link, mine)) is not None:
        raise ValueError(f"link {link.number}: {wrong.path} is not what was sealed")
    values = {one.path: one.value for one in mine}
    found = _unseal(msgspec.json.decode(link.body), "", values)
    assert isinstance(found, dict)
    return found


# --- sealing -------------------------------------------------------------------------------------------------------------


def _canonical(value: object) -> bytes:
    """JSON with its keys in order, so that equal events are equal bytes."""
    return msgspec.json.encode(value, order="sorted")


def _commitment(salt: str, value: object) -> str:
    return hashlib.sha256(bytes.fromhex(salt) + _canonical(value)).hexdigest()


def _seal(value: object, path: str, number: int, personal: Collection[str], secret: bytes, sealed: list[Opening]) -> object:
    if value not in (None, "") and any(f"/{path}".endswith(f"/{one}/") for one in personal):  # there is nothing to hide in nothing
        place = path.removesuffix("/")
        salt = hashlib.sha256(secret + place.encode()).hexdigest()
        sealed.append(Opening(number, place, salt, value))
        return {SEALED: _commitment(salt, value)}
    if isinstance(value, dict):
        return {key: _seal(one, f"{path}{key}/", number, personal, secret, sealed) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_seal(one, f"{path}{place}/", number, personal, secret, sealed) for place, one in enumerate(value)]
    return value


def _unseal(value: object, path: str, values: Mapping[str, object]) -> object:
    if isinstance(value, dict):
        if value.keys() == {SEALED}:
            return values.get(path.removesuffix("/"), "")
        return {key: _unseal(one, f"{path}{key}/", values) for key, one in value.items()}
    if isinstance(value, list):
        return [_unseal(one, f"{path}{place}/", values) for place, one in enumerate(value)]
    return value


def _not_fitting(link: Link, openings: Collection[Opening]) -> Opening | None:
    """The first of these values that was not sealed in the link at its place."""
    body: object = msgspec.json.decode(link.body) if openings else None
    return next((one for one in openings if _at(body, one.path) != {SEALED: _commitment(one.salt, one.value)}), None)


def _at(body: object, path: str) -> object:
    """What stands at a path; None where there is no such place."""
    for step in path.split("/"):
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isdecimal() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body


def _misplaced(numbers: Sequence[int], place: int) -> Fault:
    """What is wrong where another number was to be found."""
    expected, found = place + 1, numbers[place]
    if found < expected:
        return Fault(found, "inserted" if numbers.count(found) > 1 else "moved")
    return Fault(expected, "moved" if expected in numbers else "missing")
