"""How much two nodes of a draft say the same."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from rapidfuzz.distance import Indel, LCSseq

from consultations.tree import Draft, Kind, Node, content
from consultations.wording import plain_words
from server.kernel.ids import NodeId

ALIKE = 0.5
"""From here on two nodes may be two versions of one."""

FEW_WORDS = 6
"""Fewer words than this are said at many places of a law; only their place tells whose they are."""

_FEWEST = 3
"""Fewer words than this prove nothing about where they come from."""

_ROOT = Node(NodeId(""), "paragraph")
_CHANCE = 0.5
"""How similar two unrelated Vietnamese sentences are, letter by letter."""


class Side:
    """One version of a draft, its nodes numbered in reading order from 1; number 0 is the whole draft.

    ``words`` are a node's own, ``keys`` the same as one text, ``whole`` those of the node with all below it, ``weight`` how many
    words those are.
    """

    def __init__(self, draft: Draft) -> None:
        self.nodes: list[Node] = [_ROOT]
        self.parent: list[int] = [0]
        self.children: list[list[int]] = [[]]
        self._add(draft.nodes, 0)
        self.words = [tuple(plain_words(content(node))) for node in self.nodes]
        self.keys = [" ".join(found) for found in self.words]
        self.whole = list(self.keys)
        self.weight = [len(found) for found in self.words]
        for place in range(len(self.nodes) - 1, 0, -1):  # children stand behind their parent
            above = self.parent[place]
            self.weight[above] += self.weight[place]
        for place in range(len(self.nodes) - 1, -1, -1):
            self.whole[place] = "\n".join((self.keys[place], *(self.whole[child] for child in self.children[place])))

    def _add(self, nodes: tuple[Node, ...], above: int) -> None:
        for node in nodes:
            place = len(self.nodes)
            self.nodes.append(node)
            self.parent.append(above)
            self.children.append([])
            self.children[above].append(place)
            self._add(node.children, place)

    def __len__(self) -> int:
        return len(self.nodes)

    def numbered(self) -> Iterator[tuple[int, Node]]:
        """All nodes with their numbers, without the whole draft."""
        return ((place, node) for place, node in enumerate(self.nodes) if place)

    def places(self) -> dict[str, list[int]]:
        """Where each text of a node stands."""
        found: dict[str, list[int]] = {}
        for place in range(1, len(self.nodes)):
            found.setdefault(self.keys[place], []).append(place)
        return found

    def twos(self, place: int) -> set[tuple[str, str]]:
        """The pairs of neighbouring words of a node."""
        return set(pairwise(self.words[place]))


_PEERS: dict[Kind, int] = {"clause": 1, "point": 1, "paragraph": 1, "annex": 2, "form": 2, "attachment": 2}
"""Kinds that turn into each other when a text is edited. Any other kind stays what it is."""


def like(old: Side, one: int, new: Side, other: int) -> float:
    """How much two nodes with all below them are alike, 0 to 1."""
    kinds = old.nodes[one].kind, new.nodes[other].kind
    if kinds[0] != kinds[1] and _PEERS.get(kinds[0], 0) != _PEERS.get(kinds[1], -1):
        return 0.0
    if not old.children[one] and not new.children[other]:
        return likeness(old, one, new, other)
    below = _alike(old.whole[one], new.whole[other], old.whole[one].split(), new.whole[other].split())
    return (below + likeness(old, one, new, other)) / 2 if old.words[one] and new.words[other] else below


def likeness(old: Side, one: int, new: Side, other: int) -> float:
    """How much the own words of two nodes are alike, 0 to 1. Two nodes without words are not alike."""
    return _alike(old.keys[one], new.keys[other], old.words[one], new.words[other])


def _alike(one: str, other: str, words: Sequence[str], others: Sequence[str]) -> float:
    if not words or not others:
        return 0.0
    if one == other:
        return 1.0
    if max(len(words), len(others)) > 4 * min(len(words), len(others)):
        return 0.0  # below what may count, whatever the words
    by_word = Indel.normalized_similarity(words, others)
    if by_word >= ALIKE or by_word < 0.2:
        return by_word
    # Typing errors spoil words, not most of their letters.
    return max(by_word, (Indel.normalized_similarity(one, other) - _CHANCE) / (1 - _CHANCE))


def common(old: Side, one: int, new: Side, other: int) -> int:
    """How many words two nodes share in their order."""
    if old.keys[one] == new.keys[other]:
        return len(old.words[one])
    return LCSseq.similarity(old.words[one], new.words[other])


def covered(words: Sequence[str], spare: Mapping[int, tuple[str, ...]], share: float) -> int | None:
    """The node whose spare words hold this share of ``words`` in their order, and most of them; None if there is none."""
    best, most = None, share * len(words)
    if len(words) < _FEWEST:
        return None
    wanted, twos = set(words), set(pairwise(words))
    for node, left in spare.items():
        if len(left) < most or len(wanted.intersection(left)) < share * len(wanted):
            continue
        # Any long text holds most of the words of a short one; only whole phrases prove that it was a part.
        if len(twos.intersection(pairwise(left))) < share / 2 * len(twos):
            continue
        held = LCSseq.similarity(words, left)
        if held > most or (held == most and best is None):
            best, most = node, held
    return best
