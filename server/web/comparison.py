"""What two versions of a draft differ in, as pages show it: by điều, with the words marked."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence

import msgspec

from consultations import tree
from consultations.comparing import Change, Row, Run, compare, runs
from consultations.matching import correspond
from consultations.tree import RANK, Draft
from server.kernel.ids import ConsultationId, NodeId
from server.locale import Language
from server.store.connection import Pool
from server.store.drafts import read_version

KEPT = 32
"""Drafts, and comparisons of them, kept in memory."""


class Side(msgspec.Struct, frozen=True):
    """A place in one of the versions: what it is called, and its permalink fragment."""

    label: str
    anchor: str


class Line(msgspec.Struct, frozen=True):
    """Nodes of the old version beside those they became. ``anchor`` is unique in the page."""

    anchor: str
    change: Change
    reworded: bool
    old: tuple[Side, ...]
    new: tuple[Side, ...]
    runs: tuple[Run, ...]

    @property
    def changed(self) -> bool:
        """Whether a reader who wants only what is different sees it."""
        return self.change != "same" or self.reworded


class Section(msgspec.Struct, frozen=True):
    """A điều, an annex or a heading with what stands in it. ``changes`` count its lines by what happened to them, "same" not among
    them; a line that was moved or renumbered and reworded besides counts as what happened to its place."""

    anchor: str
    label: str
    heading: str
    lines: tuple[Line, ...]
    changes: Mapping[str, int]


class Comparison(msgspec.Struct, frozen=True):
    """Two versions and their rows. ``title`` are the words of the title."""

    old: Draft
    new: Draft
    title: tuple[Run, ...]
    rows: tuple[Row, ...]


def compared(old: Draft, new: Draft) -> Comparison:
    """Takes a second of processor time for long drafts: call it in a thread."""
    return Comparison(old, new, runs(old.title, new.title), compare(old, new, correspond(old, new)))


class Comparisons:
    """Drafts of published versions, and comparisons of any two of them: they never change, so they are kept."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._drafts: OrderedDict[tuple[ConsultationId, int], Draft] = OrderedDict()
        self._kept: OrderedDict[tuple[ConsultationId, int, int], Comparison] = OrderedDict()
        self._one = asyncio.Lock()  # who asks for a long comparison twice waits for the first

    async def draft(self, consultation: ConsultationId, number: int) -> Draft | None:
        """A published version's tree, or nothing where there is no such version."""
        key = consultation, number
        if key not in self._drafts:
            async with self._pool.acquire() as connection:
                version = await read_version(connection, consultation, number)
            if version is None:
                return None
            self._drafts[key] = msgspec.convert(version.draft, Draft)
            if len(self._drafts) > KEPT:
                self._drafts.popitem(last=False)
        return self._drafts[key]

    async def of(self, consultation: ConsultationId, old: int, new: int) -> Comparison | None:
        """The comparison of two published versions, or nothing where one is not there."""
        key = consultation, old, new
        if key not in self._kept:
            sides = await self.draft(consultation, old), await self.draft(consultation, new)
            if sides[0] is None or sides[1] is None:
                return None
            async with self._one:
                if key not in self._kept:
                    self._kept[key] = await asyncio.to_thread(compared, sides[0], sides[1])
                    if len(self._kept) > KEPT:
                        self._kept.popitem(last=False)
        return self._kept[key]


def sections(comparison: Comparison, lang: Language) -> tuple[Section, ...]:
    """All of a comparison in the order of the new version, by điều. Nodes that stand in none are sections of their own kind."""
    olds, news = _Names(comparison.old, lang), _Names(comparison.new, lang)
    became = {old: row.new[0] for row in comparison.rows if row.new for old in row.old}
    found: dict[tuple[bool, NodeId], list[Line]] = {}
    for row in comparison.rows:
        names, first = (news, row.new[0]) if row.new else (olds, row.old[0])
        key = not row.new, names.section[first]
        if not row.new and (above := became.get(olds.section[first])) is not None:
            key = False, news.section[above]  # it was in a điều that is still there
        anchor = names.anchors[first] if row.new else f"cu-{names.anchors[first]}"
        line = Line(anchor, row.change, row.reworded, olds.sides(row.old), news.sides(row.new), row.runs)
        found.setdefault(key, []).append(line)
    return tuple(_section(olds if gone else news, node, lines) for (gone, node), lines in found.items())


def _section(names: "_Names", node: NodeId, lines: Sequence[Line]) -> Section:
    counted: Counter[str] = Counter("changed" if line.change == "same" else line.change for line in lines if line.changed)
    return Section(lines[0].anchor, names.labels[node], names.headings[node], tuple(lines), dict(counted))


class _Names:
    """What the nodes of one version are called and where they stand."""

    def __init__(self, draft: Draft, lang: Language) -> None:
        self.anchors = tree.anchors(draft)
        self.labels: dict[NodeId, str] = {}
        self.headings: dict[NodeId, str] = {}
        self.section: dict[NodeId, NodeId] = {}
        for path in tree.paths(draft):
            node = path[-1]
            self.labels[node.id] = tree.full_label(path, lang)
            self.headings[node.id] = node.heading
            self.section[node.id] = next((one.id for one in reversed(path) if RANK[one.kind] <= RANK["article"]), node.id)

    def sides(self, nodes: Sequence[NodeId]) -> tuple[Side, ...]:
        return tuple(Side(self.labels[node], self.anchors[node]) for node in nodes)
