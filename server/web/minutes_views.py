"""What the templates in ``minutes/`` show, as plain data. Texts are untrusted and escaped by the templates; times are aware."""

from datetime import date, datetime

import msgspec

from server.web.views import Crumb


class MeetingHead(msgspec.Struct, frozen=True):
    """What stands above every page of one meeting. ``url`` is that of its record; ``keeps`` says that the reader writes its papers;
    ``fault`` names the first link of the record that is not as it was, empty while it is whole; who is ``came_only`` reads neither the
    record nor the chat."""

    title: str
    agency: str
    url: str
    room_url: str
    started_at: datetime
    ended_at: datetime | None
    came: int
    attended: int
    events: int
    digest: str
    keeps: bool
    fault: str
    here: str
    came_only: bool
    crumbs: tuple[Crumb, ...]


class MeetingLine(msgspec.Struct, frozen=True):
    """One meeting of the list; ``came_only`` as in ``MeetingHead``."""

    title: str
    url: str
    started_at: datetime
    ended_at: datetime | None
    came: int
    attended: int
    came_only: bool


class EventLine(msgspec.Struct, frozen=True):
    """One event of the record; ``says`` is what happened, of which every second piece is Vietnamese in any language; None for one of
    an item of which the reader may not know."""

    number: int
    at: datetime
    says: tuple[str, ...] | None
    digest: str


class ChatLine(msgspec.Struct, frozen=True):
    """One line of the chat, with the ``number`` of its event. ``name`` and ``text`` are empty where they were erased; ``mark`` says for
    whom it was, where that is not simply everybody; at ``erase_url`` the reader may have it erased."""

    number: int
    at: datetime
    name: str
    text: str
    mark: str
    private: bool
    erase_url: str = ""


class SentenceView(msgspec.Struct, frozen=True):
    """``text`` is empty for one that was struck out; ``drafted`` is what was drafted where the secretary wrote something else, "" where
    there was nothing, None where it stands as drafted."""

    key: str
    id: str
    text: str
    drafted: str | None
    events: tuple[int, ...]


class PartView(msgspec.Struct, frozen=True):
    """A heading, which may be empty, with what stands under it."""

    heading: str
    level: int
    sentences: tuple[SentenceView, ...]


class PaperView(msgspec.Struct, frozen=True):
    """Minutes or a notice. ``url`` is its address and ``query`` what is added to addresses of its parts; ``other`` leads to the same paper
    with, or without, what not everybody may know, empty where there is no such thing; ``newest`` is the number of what may be undone, 0
    for nothing; ``wrong`` are sentences about where paper and record disagree; ``edits`` says that the reader may write in it."""

    kind: str
    title: str
    subject: str
    url: str
    query: str
    whole: bool
    other: str
    parts: tuple[PartView, ...]
    newest: int
    seen: int
    wrong: tuple[str, ...]
    edits: bool


class VersionLink(msgspec.Struct, frozen=True):
    """A version that was approved: when, and by whom (empty for a name that is not known any more)."""

    number: int
    url: str
    at: datetime
    by: str


class ApprovalView(msgspec.Struct, frozen=True):
    """Where a paper stands. ``shown`` is the approved version on this page, with its ``digest``; None for a draft, which is ``later`` than
    one that was approved. ``others`` are the approved versions besides; ``current`` leads to the one that stands, or to the draft, from
    an older one. ``stands`` says that what was approved last was not reopened. With ``seen`` the reader may approve, if it ``reopens``
    reopen; ``command`` is the id for either."""

    shown: VersionLink | None
    digest: str
    stands: bool
    later: bool
    others: tuple[VersionLink, ...]
    current: str
    seen: str
    reopens: bool
    command: str


class ConclusionView(msgspec.Struct, frozen=True):
    """A conclusion as it was written. ``command`` is the id with which it would be struck out."""

    id: int
    text: str
    owner: str
    due: date | None
    events: tuple[int, ...]
    command: str
