"""Minutes and notices as they are approved: one text for all, and one for each who may know of more, each whole and with its digest."""

import hashlib
from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from rooms.approvals import Approved, Text
from rooms.chronicle import Chronicle, kept_apart
from rooms.minutes import Document
from server.kernel.ids import Who


def frozen(told: Chronicle, written_for: Callable[[Who | None], Document]) -> tuple[Text, ...]:
    """The texts to be approved, that for everybody first. ``written_for`` gives the paper as somebody may know it, or as all may."""
    alike: dict[frozenset[int], list[Who]] = {}
    for who in sorted({*told.stays, *(seat.who for seat in told.roll)}):
        alike.setdefault(kept_apart(told, who), []).append(who)
    alike.pop(kept_apart(told, None), None)
    return (_text(None, written_for(None)), *(_text(tuple(readers), written_for(readers[0])) for readers in alike.values()))


def marked(document: Document, version: int) -> Document:
    """Says of a later version that it is one."""
    return document if version == 1 else replace(document, subject=f"{document.subject} (bản sửa đổi lần {version - 1})")


def document_of(text: Text) -> Document:
    """The paper that was approved.

    Raises: ValueError when it is not kept as it was.
    """
    if not is_kept(text):
        raise ValueError("the text is not the one that was approved")
    return msgspec.json.decode(text.document, type=Document)


def is_kept(text: Text) -> bool:
    """Whether a text is there as it was approved."""
    return _digest(text.document) == text.digest


def lost(approvals: Iterable[object]) -> Approved | None:
    """The first version of a paper of which some text is not there as it was approved."""
    return next((one for one in approvals if isinstance(one, Approved) and not all(map(is_kept, one.texts))), None)


def stamp(texts: Iterable[Text]) -> str:
    """Tells texts from any others: who approves says by it what was seen."""
    return _digest(" ".join(text.digest for text in texts))


def _text(readers: tuple[Who, ...] | None, document: Document) -> Text:
    kept = replace(document, cover=replace(document.cover, names={}, reader=None))
    written = msgspec.json.encode(kept, order="sorted").decode()
    return Text(readers, _digest(written), written)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
