"""What the templates in ``papers/`` show, as plain data. Texts are untrusted and escaped by the templates; times are aware."""

from datetime import datetime

import msgspec


class PaperLine(msgspec.Struct, frozen=True):
    """A paper in the list. ``for_whom`` is a sentence, empty where it is for all."""

    id: int
    url: str
    file_url: str
    title: str
    pages: int
    size: int
    version: int
    at: datetime
    for_whom: str


class FoundLine(msgspec.Struct, frozen=True):
    """A page that holds what was searched for."""

    url: str
    title: str
    page: int
    words: str


class VersionLine(msgspec.Struct, frozen=True):
    number: int
    file_url: str
    file_name: str
    converted: bool
    pages: int
    size: int
    at: datetime


class OpeningLine(msgspec.Struct, frozen=True):
    name: str
    version: int
    first_at: datetime
    last_at: datetime


class ItemLine(msgspec.Struct, frozen=True):
    """An item of the agenda, and whether it has the paper."""

    id: int
    title: str
    has: bool


class NoteLine(msgspec.Struct, frozen=True):
    page: int
    text: str
