"""What a new version of a draft changes, clause by clause and word by word, as a reader wants to see it."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from consultations.matching import Correspondence
from consultations.tree import Draft, Node, content, paths
from consultations.wording import readable, shared, words
from server.kernel.ids import NodeId

Change = Literal["same", "changed", "moved", "renumbered", "added", "removed", "split", "merged"]


class Run(msgspec.Struct, frozen=True):
    """Words that both versions have, that only the old one has, or that only the new one has, with the white space behind them."""

    kind: Literal["equal", "deleted", "inserted"]
    text: str


class Row(msgspec.Struct, frozen=True):
    """Nodes of the old version beside those they became.

    ``old`` and ``new`` are in reading order; several old ones were merged, several new ones come from a split. ``change`` names what
    happened to the place; the words may have changed besides: then ``reworded`` is true. The old side of the words is ``equal`` and
    ``deleted``, the new side ``equal`` and ``inserted``; white space is that of the new version where both have the words.
    """

    change: Change
    old: tuple[NodeId, ...]
    new: tuple[NodeId, ...]
    runs: tuple[Run, ...]

    @property
    def reworded(self) -> bool:
        return bool(self.old and self.new) and any(run.kind != "equal" for run in self.runs)


def compare(old: Draft, new: Draft, correspondence: Correspondence) -> tuple[Row, ...]:
    """Every node of both versions in exactly one row, in the reading order of the new version; what was removed stands behind what
    it stood behind."""
    olds, news = _Version(old), _Version(new)
    rows: dict[NodeId, Row] = {}  # by the first new node
    row_of: dict[NodeId, NodeId] = {}  # old node to the row it is in
    moved = _moved(olds, news, correspondence)
    for before, after in _groups(olds, news, correspondence):
        ids = [tuple(node.id for node in side) for side in (before, after)]
        rows[after[0].id] = Row(_change(before, after, moved), ids[0], ids[1], _runs(before, after))
        row_of.update((node.id, after[0].id) for node in before)
    behind: dict[NodeId | None, list[Row]] = {}
    last: NodeId | None = None
    for node in olds.nodes.values():
        if node.id in row_of:
            last = row_of[node.id]
        else:
            behind.setdefault(last, []).append(Row("removed", (node.id,), (), _runs((node,), ())))
    ordered = list(behind.get(None, ()))
    for first in (id for id in news.nodes if id in rows):
        ordered += (rows[first], *behind.get(first, ()))
    return tuple(ordered)


def runs(old: str, new: str) -> tuple[Run, ...]:
    """The words of two texts as runs. White space is not compared: two layouts of one text are equal."""
    found: list[Run] = []
    olds, news = words(old), words(new)
    sides = [word.text for word in olds], [word.text for word in news]
    at = place = 0  # the next word of each side

    def say(kind: Literal["equal", "deleted", "inserted"], text: str, first: int, last: int) -> None:
        if first < last:
            side = olds if kind == "deleted" else news
            end = side[last].start if last < len(side) else len(text)
            found.append(Run(kind, text[side[first].start if first else 0 : end]))

    for block in (*readable(shared(*sides), *sides), None):
        until = (block.old, block.new) if block else (len(olds), len(news))
        say("deleted", old, at, until[0])
        say("inserted", new, place, until[1])
        if block:
            at, place = block.old + block.length, block.new + block.length
            say("equal", new, block.new, place)
    return tuple(found)


def _runs(before: Sequence[Node], after: Sequence[Node]) -> tuple[Run, ...]:
    return runs("\n".join(content(node) for node in before), "\n".join(content(node) for node in after))


class _Version:
    def __init__(self, draft: Draft) -> None:
        self.nodes: dict[NodeId, Node] = {}
        self.parent: dict[NodeId, NodeId | None] = {}
        for path in paths(draft):
            self.nodes[path[-1].id] = path[-1]
            self.parent[path[-1].id] = path[-2].id if len(path) > 1 else None
        self.place = {node: place for place, node in enumerate(self.nodes)}


def _groups(olds: _Version, news: _Version, correspondence: Correspondence) -> Iterator[tuple[tuple[Node, ...], tuple[Node, ...]]]:
    """The nodes that became each other: for each new node not yet told, all that are linked with it, in reading order."""
    told: set[NodeId] = set()
    for first in news.nodes:
        if first in told:
            continue
        before: set[NodeId] = set()
        after, waiting = {first}, [first]
        while waiting:
            for one in correspondence.predecessors[waiting.pop()]:
                if one not in before:
                    before.add(one)
                    fresh = [other for other in correspondence.successors[one] if other not in after]
                    after.update(fresh)
                    waiting += fresh
        told |= after
        yield (
            tuple(olds.nodes[one] for one in sorted(before, key=olds.place.__getitem__)),
            tuple(news.nodes[other] for other in sorted(after, key=news.place.__getitem__)),
        )


def _change(before: tuple[Node, ...], after: tuple[Node, ...], moved: set[NodeId]) -> Change:
    if not before:
        return "added"
    if len(before) > 1:
        return "merged"
    if len(after) > 1:
        return "split"
    if after[0].id in moved:
        return "moved"
    if (before[0].kind, before[0].number) != (after[0].kind, after[0].number):
        return "renumbered"
    return "same" if all(run.kind == "equal" for run in _runs(before, after)) else "changed"


def _moved(olds: _Version, news: _Version, correspondence: Correspondence) -> set[NodeId]:
    """The new nodes that stand in another node than before, or in another order among those they stand with."""
    moved: set[NodeId] = set()
    stayed: dict[NodeId | None, list[NodeId]] = {}
    for node, above in news.parent.items():
        before = correspondence.predecessors[node][:1]
        if not before:
            continue
        old_above = olds.parent[before[0]]
        if (old_above is None and above is None) or (above is not None and old_above in correspondence.predecessors[above]):
            stayed.setdefault(above, []).append(node)
        else:
            moved.add(node)
    for siblings in stayed.values():
        places = [olds.place[correspondence.predecessors[node][0]] for node in siblings]
        kept = _longest_rise(places)
        moved.update(node for at, node in enumerate(siblings) if at not in kept)
    return moved


def _longest_rise(places: Sequence[int]) -> set[int]:
    """The positions of a longest rising subsequence: whoever is not in it has changed places with the others."""
    ends: list[int] = []
    holders: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(holders[length - 1] if length else -1)
        if length == len(ends):
            ends.append(place)
            holders.append(at)
        else:
            ends[length], holders[length] = place, at
    kept: set[int] = set()
    at = holders[-1] if holders else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return kept
