"""What the templates of a meeting's roll and agenda show, as plain data. Texts are untrusted and escaped by the templates."""

from datetime import datetime

import msgspec

from server.realtime.roll_list import Typed
from server.store.rolls import Answer
from server.web.paper_views import PaperLine


class SeatView(msgspec.Struct, frozen=True):
    """One line of the roll. ``key`` names it in addresses; ``principal`` and ``hall`` are names or addresses, empty for none."""

    key: str
    name: str
    email: str
    duty: str
    agency: str
    weight: int
    principal: str
    hall: str
    answer: Answer | None
    answered_at: datetime | None


class ChangeView(msgspec.Struct, frozen=True):
    """What a list would do to one line of the roll; ``columns`` are the names of what differs."""

    kind: str
    email: str
    duty: str
    agency: str
    weight: int
    principal: str
    hall: str
    columns: tuple[str, ...]


class FaultView(msgspec.Struct, frozen=True):
    """A line of a list that cannot be read."""

    line: int
    column: str
    words: str
    why: str


class SeatForm(msgspec.Struct, frozen=True):
    """A line of the roll as it is typed; ``key`` is that of the line that is changed, empty for a new one."""

    typed: Typed
    key: str = ""


class ItemView(msgspec.Struct, frozen=True):
    """An item of the agenda. ``readers`` are names, None where everybody in the meeting may know of it; ``papers`` are those that the
    viewer may know."""

    id: int
    title: str
    presenter: str
    planned_at: datetime | None
    minutes: int | None
    readers: tuple[str, ...] | None
    papers: tuple[PaperLine, ...]


class ItemForm(msgspec.Struct, frozen=True):
    """An item as it is typed; ``id`` is 0 for a new one. Day and time are those of Viet Nam."""

    id: int = 0
    title: str = ""
    presenter: str = ""
    day: str = ""
    time: str = ""
    minutes: str = ""
    secret: bool = False
    readers: frozenset[str] = frozenset()
    papers: frozenset[int] = frozenset()
