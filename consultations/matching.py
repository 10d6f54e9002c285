"""Which node of one version of a draft is which node of the next, however it was renumbered, moved, split, merged or reworded.

Equal words speak first, then the place in the tree, then similar words. Nothing is paired by its number alone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import msgspec
from rapidfuzz.distance import LCSseq

from consultations.likeness import ALIKE, FEW_WORDS, FEWEST_WORDS, Side, Vocabulary, common, like, likeness, sharing_words
from consultations.tree import RANK, Draft
from consultations.wording import shared
from server.kernel.ids import NodeId

_HELD = 0.7
"""The share of a node's words that another must hold for the one to be a part of the other."""

_MOST_PAIRS = 4_000
"""So many pairs of siblings are compared one by one; among more, those that share words are found first."""

_OFTEN = 40
"""Two words in a row that stand in more nodes than this say nothing about where a node has gone."""


class Correspondence(msgspec.Struct, frozen=True):
    """Every new node's predecessors and every old node's successors, the one that shares most words first.

    A node without predecessors is new, one without successors was removed; with several it was merged, or split. ``unsure`` are the
    new nodes that could as well have another predecessor, because several nodes with the same words stand at the same place.
    """

    predecessors: Mapping[NodeId, tuple[NodeId, ...]]
    successors: Mapping[NodeId, tuple[NodeId, ...]]
    unsure: frozenset[NodeId] = frozenset()


def correspond(old: Draft, new: Draft) -> Correspondence:
    """The correspondence of two versions of a draft. The same drafts always give the same."""
    vocabulary = Vocabulary()
    pairing = _Pairing(Side(old, vocabulary), Side(new, vocabulary))
    pairing.run()
    return pairing.result()


class _Pairing:
    """The search. Nodes are numbered in reading order; number 0 is the whole draft on both sides."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old, self.new = old, new
        self.to_new: dict[int, int] = {0: 0}
        self.to_old: dict[int, int] = {0: 0}
        self.parts: set[tuple[int, int]] = set()  # further links, of what was split or merged
        self.doubtful: set[int] = set()

    def run(self) -> None:
        self.equal_and_unique()
        self.by_place()
        self.anywhere()
        self.by_place()
        self.parts_of_nodes()
        self.parts_of_containers()

    def pair(self, one: int, other: int) -> None:
        self.to_new[one], self.to_old[other] = other, one

    def equal_and_unique(self) -> None:
        """Pair the nodes whose words stand once in each version, wherever they stand."""
        places = [side.places() for side in (self.old, self.new)]
        for key, found in places[0].items():
            other = places[1].get(key, ())
            if len(found) == len(other) == 1 and len(self.old.words[found[0]]) >= FEW_WORDS:
                self.pair(found[0], other[0])

    def by_place(self) -> None:
        """Pair parents of paired children and children of paired parents, until there is nothing more to pair."""
        while True:
            paired = len(self.to_new)
            self.parents()
            for one in range(len(self.old)):  # a parent stands before its children, so that one pass goes all the way down
                if one in self.to_new:
                    self.children(one, self.to_new[one])
            if len(self.to_new) == paired:
                return

    def parents(self) -> None:
        """Pair the parents of most words that are paired, from the leaves upwards."""
        votes: dict[int, Counter[int]] = defaultdict(Counter)
        for one in range(len(self.old) - 1, 0, -1):
            above = self.old.parent[one]
            if one in self.to_new and above not in self.to_new:
                votes[above][self.new.parent[self.to_new[one]]] += 1 + self.old.weight[one]
        for one in sorted(votes, reverse=True):
            other, weight = max(votes[one].items(), key=lambda vote: (vote[1], -vote[0]))
            alike = other not in self.to_old and RANK[self.old.nodes[one].kind] == RANK[self.new.nodes[other].kind] if other else False
            if alike and 2 * weight > max(self.old.weight[one] - len(self.old.words[one]), 1):
                self.pair(one, other)

    def children(self, one: int, other: int) -> None:
        """Pair the children of two paired nodes: equal ones in their order, then the most similar first."""
        olds = [child for child in self.old.children[one] if child not in self.to_new]
        news = [child for child in self.new.children[other] if child not in self.to_old]
        if not olds or not news:
            return
        self.equal_siblings(one, other, olds, news)
        olds = [child for child in olds if child not in self.to_new]
        news = [child for child in news if child not in self.to_old]
        self.similar(self.candidates(olds, news))

    def equal_siblings(self, one: int, other: int, olds: list[int], news: list[int]) -> None:
        """Siblings with equal words and equal descendants keep their order; where their number has changed, which is which is in doubt."""
        counts = [Counter(side.whole[child] for child in found) for side, found in ((self.old, olds), (self.new, news))]

        def sequence(side: Side, parent: int, paired: Mapping[int, int], own: bool) -> list[str]:
            return [f"={child if own else paired[child]}" if child in paired else side.whole[child] for child in side.children[parent]]

        before = sequence(self.old, one, self.to_new, True)
        after = sequence(self.new, other, self.to_old, False)
        for block in shared(before, after):
            for step in range(block.length):
                if not before[block.old + step].startswith("="):
                    self.pair(self.old.children[one][block.old + step], self.new.children[other][block.new + step])
        for key in counts[0]:
            if key not in counts[1]:
                continue
            left = [child for child in olds if child not in self.to_new and self.old.whole[child] == key]
            free = [child for child in news if child not in self.to_old and self.new.whole[child] == key]
            for child, found in zip(left, free, strict=False):
                self.pair(child, found)
            if counts[0][key] != counts[1][key]:
                self.doubtful.update(child for child in news if self.new.whole[child] == key)

    def candidates(self, olds: list[int], news: list[int]) -> Iterator[tuple[float, int, int]]:
        """The pairs that are alike among these nodes, with how much they are."""
        near: Mapping[int, list[int]] | None = None
        if len(olds) * len(news) > _MOST_PAIRS:
            near = self.sharing(olds, news)
        for one in olds:
            for other in news if near is None else near.get(one, ()):
                found = like(self.old, one, self.new, other)
                if found >= ALIKE:
                    yield found, one, other

    def similar(self, candidates: Iterator[tuple[float, int, int]]) -> None:
        """Pair the most similar first; of equally similar ones those with the same number, then the nearer."""

        def order(found: tuple[float, int, int]) -> tuple[float, bool, int, int]:
            alike, one, other = found
            return -alike, self.old.nodes[one].number != self.new.nodes[other].number, abs(one - other), one

        for _, one, other in sorted(candidates, key=order):
            if one not in self.to_new and other not in self.to_old:
                self.pair(one, other)

    def sharing(self, olds: list[int], news: list[int]) -> dict[int, list[int]]:
        """For each old node the few new ones that share most pairs of neighbouring words with it."""
        holders: dict[tuple[str, str], list[int]] = defaultdict(list)
        for other in news:
            for two in self.new.twos(other):
                holders[two].append(other)
        found = {}
        for one in olds:
            counted = Counter(other for two in self.old.twos(one) if len(holders.get(two, ())) <= _OFTEN for other in holders.get(two, ()))
            found[one] = sorted(counted, key=lambda other: (-counted[other], other))[:5]
        return found

    def anywhere(self) -> None:
        """Pair what was both moved and reworded, where the words leave no doubt."""
        olds = [one for one in range(1, len(self.old)) if one not in self.to_new and len(self.old.words[one]) >= FEW_WORDS]
        news = [other for other in range(1, len(self.new)) if other not in self.to_old and len(self.new.words[other]) >= FEW_WORDS]
        found = []
        for one, near in self.sharing(olds, news).items():
            for other in near:
                alike = likeness(self.old, one, self.new, other)
                if alike >= ALIKE + 0.1:
                    found.append((alike, one, other))
        self.similar(iter(found))

    def parts_of_nodes(self) -> None:
        """Link the nodes whose words stand within another, beside those that it already has from elsewhere: parts of what was split, or
        what was merged."""
        self.parts.update((one, other) for other, one in self.held(self.new, self.old, self.to_old, self.to_new))
        self.parts.update(self.held(self.old, self.new, self.to_new, self.to_old))

    @staticmethod
    def held(side: Side, opposite: Side, paired: Mapping[int, int], back: Mapping[int, int]) -> list[tuple[int, int]]:
        """The nodes of one side without a counterpart, with the node of the other that holds their words. No words count twice."""
        alone = [node for node in range(1, len(side)) if node not in paired and len(side.words[node]) >= FEWEST_WORDS]
        if not alone:
            return []
        has = {
            holder: [back[holder]] if holder in back else []
            for holder in range(1, len(opposite))
            if holder not in back or side.words[back[holder]] != opposite.words[holder]
        }

        def share(node: int, holder: int) -> float:
            """How much of a node's words the holder has besides those that it has from the nodes already known."""
            before, after = ("".join(side.words[one] for one in sorted(known)) for known in (has[holder], [*has[holder], node]))
            words = opposite.words[holder]
            return (LCSseq.similarity(after, words) - LCSseq.similarity(before, words)) / len(side.words[node])

        candidates = [(share(node, holder), node, holder) for node, holder in sharing_words(side, alone, opposite, has, _HELD)]
        found: dict[int, int] = {}
        for _, node, holder in sorted(candidates, key=lambda one: (-one[0], one[1:])):
            if node not in found and share(node, holder) >= _HELD:
                found[node] = holder
                has[holder].append(node)
        return list(found.items())

    def parts_of_containers(self) -> None:
        """A node without a counterpart most of whose words came from, or went to, within one other is a part of it."""
        linked = [*self.parts, *self.to_new.items()]
        for side, opposite, paired, turned in ((self.old, self.new, self.to_new, False), (self.new, self.old, self.to_old, True)):
            votes: dict[int, Counter[int]] = defaultdict(Counter)
            for link in linked:
                one, other = link[::-1] if turned else link
                if one and side.parent[one] and side.parent[one] not in paired and opposite.parent[other]:
                    votes[side.parent[one]][opposite.parent[other]] += 1 + side.weight[one]
            for node, found in votes.items():
                best, weight = max(found.items(), key=lambda vote: (vote[1], -vote[0]))
                same = RANK[side.nodes[node].kind] == RANK[opposite.nodes[best].kind]
                if same and 2 * weight > side.weight[node]:
                    self.parts.add((best, node) if turned else (node, best))

    def result(self) -> Correspondence:
        links = {*self.parts, *((one, other) for one, other in self.to_new.items() if one)}
        after: dict[int, list[int]] = defaultdict(list)
        before: dict[int, list[int]] = defaultdict(list)
        for one, other in sorted(links, key=lambda link: (-common(self.old, link[0], self.new, link[1]), link)):
            after[one].append(other)
            before[other].append(one)
        return Correspondence(
            {node.id: tuple(self.old.nodes[one].id for one in before[place]) for place, node in self.new.numbered()},
            {node.id: tuple(self.new.nodes[other].id for other in after[place]) for place, node in self.old.numbered()},
            frozenset(self.new.nodes[other].id for other in self.doubtful),
        )
