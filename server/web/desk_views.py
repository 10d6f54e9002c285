"""What the templates of moderators and editors show, as plain data. Texts are untrusted and escaped by the templates."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from consultations.tree import Draft
from server.kernel.ids import ContributionId, NodeId
from server.store.flags import Flags
from server.store.opinion_files import Provenance
from server.web.views import Clock, ContributionView, Crumb, FormError, Numbers, Pagination


class Tab(msgspec.Struct, frozen=True):
    """One of the three lists of the queue and how many contributions are in it."""

    state: str
    url: str
    total: int
    current: bool


class QueueItem(msgspec.Struct, frozen=True):
    """One contribution before its moderator, with the wording it suggests, if any. ``url`` leads to the words it speaks of.

    ``seen`` is its ``stand``, ``due`` when it should be ruled on, ``late`` that this has passed. ``command`` is a fresh id for the ruling.
    ``own`` contributions are left to another moderator. ``hiding`` says that the form for
    hiding stands open, with ``rule`` and ``reason`` as they were sent; of a hidden contribution they are those it was hidden by.
    ``entered`` tells where what an officer entered comes from; ``flags`` what readers hold against it that nobody has looked at.
    """

    contribution: ContributionView
    consultation: str
    consultation_lang: str
    url: str
    command: str
    own: bool
    hiding: bool = False
    rule: str = ""
    reason: str = ""
    seen: str = ""
    suggestion: str = ""
    due: datetime | None = None
    late: bool = False
    entered: Provenance | None = None
    flags: Flags | None = None


class Done(msgspec.Struct, frozen=True):
    """The ruling that was just made, and the id for taking it back (empty when it cannot be taken back)."""

    contribution: int
    name: str
    state: str
    command: str


class DoneToMany(msgspec.Struct, frozen=True):
    """What one form (its id) has just done to ``number`` contributions. ``command`` is the id for taking it back, empty when it is too
    late, which it is from ``until``."""

    number: int
    form: str
    command: str
    until: datetime


class QueuePage(msgspec.Struct, frozen=True):
    """``moderation/queue.html``. ``topics`` are (topic, number of its newest event) to follow as a moderator.

    ``command`` is a fresh id for a ruling on many; ``chosen_again`` what it was tried on. ``appeals`` wait to be decided,
    ``flagged`` are public and held to break a rule; ``flagged_url`` lists them.
    ``consultations`` are (slug, title) to choose from, ``chosen`` a slug or empty. ``back`` are the fields that lead back here,
    ``orders`` (label, address, whether it is this). ``enter_url`` is where contributions are entered for others, if that may be done.
    """

    crumbs: tuple[Crumb, ...]
    state: str
    tabs: tuple[Tab, ...]
    consultations: tuple[tuple[str, str], ...]
    chosen: str
    items: tuple[QueueItem, ...]
    rules: tuple[tuple[str, str], ...]
    pagination: Pagination
    topics: tuple[tuple[str, int], ...]
    back: tuple[tuple[str, str], ...]
    reason_limit: int
    here: str
    orders: tuple[tuple[str, str, bool], ...] = ()
    done: Done | None = None
    done_to_many: DoneToMany | None = None
    command: str = ""
    appeals: int = 0
    flagged: int = 0
    flagged_url: str = ""
    chosen_again: frozenset[ContributionId] = frozenset()
    all_chosen: bool = False
    enter_url: str = ""
    choose_all_url: str = ""
    tried_rule: str = ""
    tried_reason: str = ""
    errors: tuple[FormError, ...] = ()


class DeskRow(msgspec.Struct, frozen=True):
    """A consultation in the editor's list. ``step`` says what comes next and ``step_url`` where; ``days_left`` counts to the close, or to
    the opening."""

    title: str
    url: str
    agency: str
    phase: str
    opens_at: datetime | None
    closes_at: datetime | None
    contributions: int
    waiting: int
    step: str
    step_url: str
    title_lang: str
    days_left: int | None = None
    clock: Clock | None = None


class Task(msgspec.Struct, frozen=True):
    """One line of the checklist before publication. ``state`` is ``done``, ``missing``, ``advised``, ``ready`` or ``later``."""

    label: str
    url: str
    state: str
    note: str


class Head(msgspec.Struct, frozen=True):
    """The consultation an editor works on; ``url`` is that of its desk, ``public_url`` that of citizens (a preview while in draft)."""

    slug: str
    title: str
    agency: str
    phase: str
    url: str
    public_url: str
    crumbs: tuple[Crumb, ...]
    title_lang: str


class Schedule(msgspec.Struct, frozen=True):
    """When and how a consultation is held, as typed: days ``2026-11-30``, times ``17:00``, both of Vietnam.

    ``opening`` is ``now`` or ``later``, ``moderation`` ``after`` or ``before``, ``tallies`` ``hidden`` or ``live``, ``document`` a kind of
    document of ``consultations.statute``, ``target`` a number of people or empty.
    """

    document: str = ""
    target: str = ""

    opening: str = "now"
    opens_day: str = ""
    opens_time: str = "08:00"
    closes_day: str = ""
    closes_time: str = "17:00"
    moderation: str = "after"
    tallies: str = "hidden"


class Confirmation(msgspec.Struct, frozen=True):
    """What is about to be published. ``opens_at`` null: at once. ``days`` are whole days from the opening to the close.

    ``document`` names its kind; ``source`` is the article of law that asks for ``minimum_days``, or empty.
    """

    schedule: Schedule
    opens_at: datetime | None
    closes_at: datetime
    days: int
    document: str
    minimum_days: int
    source: str
    target: int | None
    command: str


class LeftOutView(msgspec.Struct, frozen=True):
    """Words that are not part of the tree, verbatim, why, and the node behind which they stood."""

    text: str
    why: str
    label: str
    anchor: str


class DoubtView(msgspec.Struct, frozen=True):
    """One place where an editor should look, and the words found there."""

    sentence: str
    words: str
    label: str
    anchor: str


class ImportView(msgspec.Struct, frozen=True):
    """An imported text beside its report. ``counts`` are (kind, how many); ``anchors`` and ``labels`` are by node."""

    file_name: str
    draft: Draft
    anchors: Mapping[NodeId, str]
    labels: Mapping[NodeId, str]
    counts: tuple[tuple[str, int], ...]
    left_out: tuple[LeftOutView, ...]
    doubts: tuple[DoubtView, ...]
    doubted: frozenset[NodeId]


class StepLink(msgspec.Struct, frozen=True):
    """One thing that an editor may do to a whole consultation: to the page that says what it means."""

    url: str
    label: str
    why: str


class Standing(msgspec.Struct, frozen=True):
    """A published consultation in figures: ``queue`` counts contributions by state, ``days_left`` days to the close or the opening.

    ``steps`` are what an editor may do to it as a whole; ``reason`` is why it was closed early, suspended or cancelled, if it was.
    """

    opens_at: datetime
    closes_at: datetime
    moderation: str
    tallies: str
    numbers: Numbers
    queue: Mapping[str, int]
    queue_url: str
    days_left: int | None = None
    clock: Clock | None = None
    target: int | None = None
    reason: str = ""
    steps: tuple[StepLink, ...] = ()
