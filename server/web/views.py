"""What the citizens' templates show, as plain data. Pages fill these structs; templates in ``citizen/`` read nothing else but the
globals named at the top of ``base.html``. All texts are ready to print (untrusted: the templates escape them); times are aware and
are printed in Vietnam's time; addresses begin with ``/``.
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec


class Crumb(msgspec.Struct, frozen=True):
    """One step of the way back to the home page. ``url`` is empty for the page itself, ``lang`` where it is the page's own."""

    label: str
    url: str = ""
    lang: str = ""


class VoteBox(msgspec.Struct, frozen=True):
    """One question with three answers: 0 agree, 1 disagree, 2 no opinion.

    ``label`` names what is asked about (``Điều 7``). ``totals`` are people per answer, or None while they are hidden until close.
    ``mine`` is the viewer's recorded answer; ``chosen`` one that they chose before they had to sign in, not sent yet.
    """

    question: int
    label: str
    totals: tuple[int, int, int] | None = None
    mine: int | None = None
    chosen: int | None = None


class AnswerView(msgspec.Struct, frozen=True):
    """The agency's answer. ``outcome`` is that of ``consultations.contribution``; ``change`` names the clause of a later version that has
    what was accepted, ``url`` is its permalink.
    """

    outcome: str
    explanation: str
    change: str = ""
    url: str = ""


class Fate(msgspec.Struct, frozen=True):
    """Where a contribution of an earlier version is now. ``state`` is kept, moved, changed, removed or doubtful; ``first`` and ``now``
    are (label, address), ``now`` empty where nothing can be shown for certain."""

    state: str
    sentence: str
    first: tuple[str, str]
    now: tuple[str, str] = ("", "")


class ContributionView(msgspec.Struct, frozen=True):
    """One contribution as this viewer may see it. ``label`` and ``anchor`` say which node it speaks of; empty for the whole draft.

    ``kind``, ``side`` and ``channel`` are those of ``consultations.contribution``. ``quote`` is words of the draft's ``version`` on which
    it was given. ``suggests`` says that it has other wording. ``supports`` are people, ``replies`` visible answers to it; ``url`` is its
    own page. ``answer`` is the agency's, once published. ``fate`` tells what became of its words in later versions, if there are any.
    ``source`` says, in Vietnamese, where what officers entered comes from. Since ``erased_at`` there are no words and no name.
    """

    id: int
    name: str
    kind: str
    verified: bool
    text: str
    at: datetime
    state: str = "visible"
    label: str = ""
    anchor: str = ""
    side: str = ""
    quote: str = ""
    version: int = 1
    suggests: bool = False
    channel: str = "online"
    edited_at: datetime | None = None
    supports: int = 0
    replies: int = 0
    url: str = ""
    answer: AnswerView | None = None
    fate: Fate | None = None
    source: str = ""
    erased_at: datetime | None = None

    @property
    def follow_url(self) -> str:
        """Where one begins to follow it."""
        return f"{self.url.rpartition('/gop-y/')[0]}/theo-doi?y-kien={self.id}" if self.url else ""


class FormError(msgspec.Struct, frozen=True):
    """A sentence about one field of a form. ``field`` is the id of its input."""

    field: str
    message: str


class ContributionForm(msgspec.Struct, frozen=True):
    """The form in which one writes, opened in one place. ``command`` is a fresh UUID, or that of the try that failed.

    ``suggestion`` is set while one writes other wording for ``node``; ``parent`` is the contribution that is answered.
    """

    command: str
    node: str = ""
    name: str = ""
    text: str = ""
    errors: tuple[FormError, ...] = ()
    version: int = 1
    quote: str = ""
    before: str = ""
    after: str = ""
    side: str = ""
    kind: str = "citizen"
    suggestion: str | None = None
    parent: int | None = None


class Place(msgspec.Struct, frozen=True):
    """The contributions listed under one điều or annex, or about the whole draft (``node`` empty).

    ``newest`` holds at most ten, newest first, of ``total`` that everyone can see. ``all_url`` lists them all; ``write_url`` opens the
    form without JavaScript. ``form`` is set only where that form stands open; ``choices`` are the
    nodes one may write about there: (node, ``khoản 2 Điều 7``), the whole draft being an empty node. ``said`` tells the viewer what
    became of what they have just sent from here.
    """

    node: str
    label: str
    anchor: str
    total: int
    newest: tuple[ContributionView, ...]
    all_url: str
    write_url: str
    choices: tuple[tuple[str, str], ...] = ()
    form: ContributionForm | None = None
    said: str = ""


class NodeBlock(msgspec.Struct, frozen=True):
    """One node of the draft with its children. ``kind`` is that of ``consultations.tree``; ``mark`` the numbering as written (``2.``).

    ``text`` has a paragraph a line. ``rows`` are the cells of a table. Only a điều has a ``vote``; a điều or an annex a ``place``.
    ``below`` are the children of an annex that are places themselves, such as the forms in it. ``followed`` by the viewer.
    """

    node: str
    kind: str
    anchor: str
    label: str
    mark: str
    heading: str
    text: str
    rows: tuple[tuple[str, ...], ...] = ()
    children: tuple["NodeBlock", ...] = ()
    below: tuple["NodeBlock", ...] = ()
    vote: VoteBox | None = None
    place: Place | None = None
    followed: bool = False


class Statement(msgspec.Struct, frozen=True):
    """One sentence that is put to the vote by itself."""

    number: int
    anchor: str
    text: str
    vote: VoteBox


class TocEntry(msgspec.Struct, frozen=True):
    """One line of the table of contents: a chapter with its điều, or a điều."""

    anchor: str
    label: str
    heading: str
    children: tuple["TocEntry", ...] = ()


class Clock(msgspec.Struct, frozen=True):
    """What the law says of one consultation. ``source`` names the article that asks for ``minimum_days``.

    ``reply_due`` is the last moment of the last day for the answer, None where none is due; ``days_left`` counts to it while the answer
    is awaited, ``days_late`` from it until the answer is there.
    """

    document: str
    source: str
    minimum_days: int
    reply_due: datetime | None = None
    days_left: int | None = None
    days_late: int = 0


class PaperView(msgspec.Struct, frozen=True):
    """One file of the dossier. ``kind`` and ``format`` are words, ``size`` is in bytes."""

    id: int
    url: str
    title: str
    kind: str
    format: str
    size: int


class Numbers(msgspec.Struct, frozen=True):
    """Totals with their units: people who voted, answers they gave, contributions everyone can see, people who wrote those.

    ``voters`` and ``answers`` are not ``with_votes`` while totals are hidden until close; ``heard`` are people who did either, of whom
    voters are left out so long. None stands for a number that is withheld; of ``heard`` there are ``least`` at least then.
    """

    voters: int | None
    answers: int | None
    contributions: int
    contributors: int | None
    heard: int | None = None
    least: int = 0
    with_votes: bool = False


class ConsultationHead(msgspec.Struct, frozen=True):
    """What is said of a consultation in a list and at the head of its page. ``days_left`` counts to the close, or to the opening.

    ``clock`` is that of the law, ``target`` how many people the agency hopes to hear; each None where there is none.
    """

    id: int
    slug: str
    title: str
    agency: str
    summary: str
    phase: str
    opens_at: datetime | None
    closes_at: datetime | None
    days_left: int | None
    contributions: int
    moderation: str = "after"
    tallies: str = "hidden"
    demo: bool = False
    title_lang: str = "vi"
    summary_lang: str = "vi"
    version: int = 1
    clock: Clock | None = None
    target: int | None = None

    @property
    def url(self) -> str:
        """Where the newest version stands, and under which its forms and lists do."""
        return f"/lay-y-kien/{self.slug}"

    @property
    def page_url(self) -> str:
        """Where this version stands for ever: permalinks begin with it."""
        return f"{self.url}/v{self.version}"


class ConsultationPage(msgspec.Struct, frozen=True):
    """``citizen/consultation.html``. Either ``nodes`` (a draft) or ``statements`` is filled.

    ``topic`` and ``seq`` are where the live socket goes on from. ``text_lang`` is the language of the draft's words. ``rules`` are the
    rules of moderation as sentences. ``standing`` says what the viewer can do here: take part, take part once signed in, or only look
    (not open, or not a citizen). ``name`` is the viewer's usual display name, ``text_limit`` the longest contribution in characters.
    ``closing_reason`` says why it was closed before its time, if it was. The viewer follows the whole (``followed``), and contributions.
    ``gone`` counts those on words that this version has no more. ``questionnaire`` is how many questions it has, ``open_polls`` are
    (id, text).
    """

    head: ConsultationHead
    crumbs: tuple[Crumb, ...]
    topic: str
    seq: int
    numbers: Numbers
    toc: tuple[TocEntry, ...]
    nodes: tuple[NodeBlock, ...]
    statements: tuple[Statement, ...]
    whole: Place
    rules: tuple[str, ...]
    standing: Literal["vote", "sign_in", "look"]
    name: str
    text_limit: int
    name_limit: int
    text_lang: str = "vi"
    closing_reason: str = ""
    papers: tuple[PaperView, ...] = ()
    kinds: tuple[str, ...] = ()
    followed: bool = False
    followed_contributions: frozenset[int] = frozenset()
    gone: int = 0
    questionnaire: int = 0
    open_polls: tuple[tuple[int, str], ...] = ()


class Pagination(msgspec.Struct, frozen=True):
    """Where one is in a long list, newest first. An empty address: there is no such page."""

    newer_url: str = ""
    older_url: str = ""


class Thread(msgspec.Struct, frozen=True):
    """A contribution with the answers to it, and what this viewer may do with it. ``tracked`` are the runs of its suggested wording
    against the words it would replace, as in ``consultations.comparing``; ``supported`` and ``followed`` by the viewer."""

    voice: ContributionView
    answers: tuple["Thread", ...] = ()
    tracked: tuple[tuple[str, str], ...] = ()
    supported: bool = False
    followed: bool = False
    own: bool = False


class PlacePage(msgspec.Struct, frozen=True):
    """``citizen/place.html``: all contributions of one place, a page at a time. ``orders`` are (label, address, whether it is this)."""

    head: ConsultationHead
    crumbs: tuple[Crumb, ...]
    place: Place
    pagination: Pagination
    threads: tuple[Thread, ...] = ()
    orders: tuple[tuple[str, str, bool], ...] = ()
    standing: str = "look"
    here: str = ""


class Former(msgspec.Struct, frozen=True):
    """Words of a contribution before they were changed, written ``at``."""

    text: str
    suggestion: str | None
    at: datetime


class VoicePage(msgspec.Struct, frozen=True):
    """``citizen/voice.html``: one contribution with its answers, its history and the form to answer it."""

    head: ConsultationHead
    crumbs: tuple[Crumb, ...]
    thread: Thread
    former: tuple[Former, ...]
    parent_url: str
    standing: str
    form: ContributionForm | None
    rules: tuple[str, ...]
    name: str
    text_limit: int
    name_limit: int
    kinds: tuple[str, ...]
    text_lang: str = "vi"


class HomePage(msgspec.Struct, frozen=True):
    """``citizen/home.html``. With a ``query``, ``found`` holds the answers and the other lists are not shown.

    ``pagination`` leads to older ones, on whose pages all but ``past`` are empty.
    """

    query: str
    found: tuple[ConsultationHead, ...]
    open: tuple[ConsultationHead, ...]
    announced: tuple[ConsultationHead, ...]
    past: tuple[ConsultationHead, ...]
    suspended: tuple[ConsultationHead, ...] = ()
    pagination: Pagination = Pagination()


BLANK_VOICE = ContributionView(id=0, name="", kind="citizen", verified=False, text="", at=datetime(2000, 1, 1, tzinfo=UTC), label=" ")
"""What the script's ``<template>`` of a contribution is rendered from."""
BLANK_FORM = ContributionForm(command="")
"""What the script's ``<template>`` of the form is rendered from; the script makes the command's id."""
