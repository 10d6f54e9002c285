"""What is given away of a consultation as data: the records of the read API and of the export, which are the same.

Of a person there is nothing but the sort of contributor and what they wrote: display names stand on the pages, and are given in bulk
only where an organisation, a business or an agency speaks as such.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from consultations.statute import day_of, midnight
from server.kernel.ids import ConsultationId, ContributionId, NodeId
from server.store import dispositions, drafts, open_data, questions, votes
from server.store.connection import Connection
from server.store.dispositions import Disposition
from server.store.open_data import every_contribution
from server.store.reading import Listed, Row
from server.web.figures import BY_CHANNEL, BY_KIND, BY_VERIFIED, Cell, Figures, Table

AT_ONCE = 500
_AS_SUCH = frozenset({"business", "organisation", "agency", "front"})
_ANSWERS = ("Đồng ý", "Không đồng ý", "Không ý kiến")


class Consultation(msgspec.Struct, frozen=True):
    """One consultation. ``contributions`` counts those everybody can see, answers to others left out."""

    id: int
    slug: str
    url: str
    agency: str
    title: str
    title_en: str
    summary: str
    phase: str
    opens_at: datetime | None
    closes_at: datetime | None
    moderation: str
    tallies: str
    document: str
    version: int
    contributions: int
    target_people: int | None


class Contribution(msgspec.Struct, frozen=True):
    """A contribution, or an answer to one (``parent``). ``clause`` is where it was given, in ``version``; ``clause_now`` where its words
    are in the newest version, ``here`` how they came there. Both are permalink fragments, null for the whole draft. ``source``
    says where what an officer entered comes from."""

    id: int
    parent: int | None
    at: datetime
    edited_at: datetime | None
    kind: str
    verified: bool
    channel: str
    source: str
    organisation: str | None
    version: int
    clause: str | None
    clause_now: str | None
    here: str
    quote: str
    side: str | None
    text: str
    suggestion: str | None
    supports: int
    outcome: str | None
    answer: str | None
    erased_at: datetime | None


class Total(msgspec.Struct, frozen=True):
    """People who chose one option of one question, each counted with their last answer. ``place`` is that of a ranking, from 1.

    ``choice`` -1 is all who answered, where people may choose several.
    """

    question: int
    part: str
    kind: str
    version: int | None
    clause: str | None
    text: str | None
    choice: int
    place: int | None
    label: str
    people: int


class Logged(msgspec.Struct, frozen=True):
    """One line of the public log."""

    number: int
    at: datetime
    what: str
    detail: dict[str, Any]


class Number(msgspec.Struct, frozen=True):
    """People, contributions and answers to questions of one sort; null where fewer than five, where it would give away such a number, and
    where it is not counted. ``contributions`` in the line ``replies`` are answers to contributions, which no other line counts."""

    by: str
    code: str
    people: int | None
    contributions: int | None
    answers: int | None


def consultation_record(one: Listed, origin: str) -> Consultation:
    """What is said of a consultation."""
    return Consultation(
        id=one.id,
        slug=one.slug,
        url=f"{origin}/lay-y-kien/{one.slug}",
        agency=one.agency_name,
        title=one.title,
        title_en=one.title_en,
        summary=one.summary,
        phase=one.phase,
        opens_at=one.opens_at,
        closes_at=one.closes_at,
        moderation=one.moderation,
        tallies=one.tallies,
        document=one.document,
        version=one.version,
        contributions=one.contributions,
        target_people=one.target,
    )


async def read_anchors(connection: Connection, one: Listed) -> dict[tuple[int, NodeId], str]:
    """Permalink fragments by version and node."""
    return {
        (version, node.id): node.anchor
        for version in range(1, one.version + 1)
        for node in await drafts.read_nodes(connection, one.id, version)
    }


async def read_contribution_records(
    connection: Connection, one: Listed, after: int, limit: int, anchors: Mapping[tuple[int, NodeId], str] | None = None
) -> list[Contribution]:
    """At most ``limit`` of all that everybody can see, with ids above ``after``, in order, with the answers that are published."""
    rows = await every_contribution(connection, one.id, ContributionId(after), limit)
    answers = await dispositions.published_answers(connection, [row.id for row in rows])
    known = await read_anchors(connection, one) if anchors is None else anchors
    return [_contribution(row, answers.get(row.id), one, known) for row in rows]


async def read_totals(connection: Connection, one: Listed) -> list[Total]:
    """The totals that may be shown now; empty while they are hidden until the close."""
    anchors = await read_anchors(connection, one)
    people = (await votes.read_totals(connection, one.id)).people
    several = await questions.people_by_choice(connection, one.id)
    made: list[Total] = []
    for version in range(1, one.version + 1):
        for asked in await drafts.read_questions(connection, one.id, version):
            clause = anchors.get((version, asked.node)) if asked.node is not None else None
            for choice, number in enumerate(people.get(asked.id, ())):
                made.append(Total(asked.id, "draft", "single", version, clause, asked.statement, choice, None, _ANSWERS[choice], number))
    for question in await questions.list_questions(connection, one.id):
        kind, text, labels = question.asked.kind, question.asked.text, question.asked.labels
        counted = dict(enumerate(people.get(question.id, ())))
        numbers = counted if kind in ("single", "scale") or not counted else _every_choice(kind, len(labels)) | several.get(question.id, {})
        for choice, number in numbers.items():
            place = choice // 32 + 1 if kind == "rank" and choice >= 0 else None
            option = choice % 32 if kind == "rank" and choice >= 0 else choice
            label = labels[option] if 0 <= option < len(labels) else ""
            made.append(Total(question.id, question.part, kind, None, None, text, option, place, label, number))
    return made


async def read_log_records(connection: Connection, consultation: ConsultationId, after: int, upto: int) -> list[Logged]:
    """The public log above number ``after`` up to ``upto``, in order."""
    entries = await open_data.what_passed(connection, consultation, after, upto)
    return [Logged(entry.seq, entry.at, entry.what, msgspec.to_builtins(dict(entry.detail))) for entry in entries]


def number_records(figures: Figures) -> list[Number]:
    """The published numbers, a line each."""
    return [
        Number("all", "heard", figures.heard, figures.contributions, None),
        Number("all", "contributors", figures.contributors, None, None),
        *((Number("all", "voters", figures.voters, None, None),) if figures.with_votes else ()),
        Number("all", "replies", None, figures.replies, None),
        *(Number(table.by, cell.code, cell.people, cell.contributions, None) for table in figures.tables for cell in table.cells),
        *(Number("part", part, people, None, answers) for part, people, answers in figures.parts or ()),
        *(Number("outcome", code, None, number, None) for code, number in figures.outcomes or ()),
    ]


def figures_of(numbers: Sequence[Number], target: int | None) -> Figures:
    """The figures that ``number_records`` made these lines of."""
    found = {(one.by, one.code): one for one in numbers}
    nothing = Number("", "", None, None, None)
    heard, contributors, replies = (found.get(("all", code), nothing) for code in ("heard", "contributors", "replies"))

    def table(by: str) -> Table:
        cells = tuple(Cell(one.code, one.people, one.contributions) for one in numbers if one.by == by)
        return Table(by, cells, contributors.people, heard.contributions)

    outcomes = tuple((one.code, one.contributions or 0) for one in numbers if one.by == "outcome")
    return Figures(
        heard=heard.people,
        contributors=contributors.people,
        voters=found.get(("all", "voters"), nothing).people,
        with_votes=("all", "voters") in found,
        target=target,
        contributions=heard.contributions,
        replies=replies.contributions,
        tables=tuple(table(by) for by in (BY_KIND, BY_CHANNEL, BY_VERIFIED)),
        parts=tuple((one.code, one.people, one.answers) for one in numbers if one.by == "part"),
        outcomes=outcomes or None,
    )


def _every_choice(kind: str, options: int) -> dict[int, int]:
    """The choices of a question of several options, of an order or of words, as the store numbers them, chosen by nobody."""
    places = {"several": 1, "rank": options}.get(kind, 0)
    return {-1: 0} | {32 * place + option: 0 for place in range(places) for option in range(options)}


def _contribution(row: Row, answer: Disposition | None, one: Listed, anchors: Mapping[tuple[int, NodeId], str]) -> Contribution:
    return Contribution(
        id=row.id,
        parent=row.parent,
        at=row.at,
        edited_at=row.edited_at,
        kind=row.kind,
        verified=row.verified,
        channel=row.channel,
        source=row.source,
        organisation=(row.name or None) if row.kind in _AS_SUCH else None,
        version=row.version,
        clause=anchors.get((row.version, row.first_node)) if row.first_node is not None else None,
        clause_now=anchors.get((one.version, row.node)) if row.node is not None else None,
        here=row.here,
        quote=row.quote,
        side=row.side,
        text=row.text,
        suggestion=row.suggestion,
        supports=row.supports,
        outcome=answer.outcome if answer else None,
        answer=answer.explanation if answer else None,
        erased_at=midnight(day_of(row.erased_at)) if row.erased_at is not None else None,  # as in the public log
    )
