"""What an editor should look at in a draft: numbers that do not run 1..N, and numbers that are not what is written."""

from collections.abc import Iterator

from consultations.blocks import Doubt
from consultations.marks import ordinal, read_mark
from consultations.tree import Draft, Kind, Node, walk


def doubts_about(draft: Draft) -> Iterator[Doubt]:
    """The doubts that the tree itself raises, in reading order."""
    nodes = list(walk(draft))
    if not any(node.kind == "article" for node in nodes):
        yield Doubt("no_articles")
    if not draft.title:
        yield Doubt("no_title")
    last: dict[Kind, float] = {}
    for node in nodes:
        if _misread(node):
            yield Doubt("number_misread", node.id, node.marker)
        elif node.kind in ("article", "clause", "point") and not _follows(ordinal(node.kind, node.number), last.get(node.kind, 0)):
            yield Doubt("number_skipped", node.id, node.marker)
        for kind in _RESTARTED.get(node.kind, ()):
            last.pop(kind, None)
        last[node.kind] = ordinal(node.kind, node.number) or 0


_RESTARTED: dict[Kind, tuple[Kind, ...]] = {
    "attachment": ("article", "clause", "point"),
    "article": ("clause", "point"),
    "clause": ("point",),
}


def _follows(place: float | None, last: float) -> bool:
    return place is not None and last < place <= int(last) + 1


def _misread(node: Node) -> bool:
    mark = read_mark(node.marker) if node.marker else None
    return mark is not None and mark.kind == node.kind and mark.number != node.number
