"""How much two nodes of a draft say the same."""

from collections.abc import Iterable, Iterator
from itertools import pairwise

from rapidfuzz.distance import Indel, LCSseq

from consultations.tree import Draft, Kind, Node, content
from consultations.wording import plain_words
from server.kernel.ids import NodeId

ALIKE = 0.5
"""From here on two nodes may be two versions of one."""

FEW_WORDS = 6
"""Fewer words than this are said at many places of a law; only their place tells whose they are."""

FEWEST_WORDS = 3
"""Fewer words than this prove nothing about where they come from."""

_ROOT = Node(NodeId(""), "paragraph")
_SPOILT = 0.2
"""So few words that are alike may be what typing errors have left."""

_LETTERS = 0x10FFFF
"""So many words have a letter of their own; two that share one only make nodes seem more alike."""

_END = "\0"
"""What stands between the words of one node and of the next. It is the letter of no word."""

_CHANCE = 0.5
"""How similar two unrelated Vietnamese sentences are, letter by letter."""


class _Letters(dict[str, str]):
    """The letter of each word, the next one for a word that is new."""

    def __missing__(self, word: str) -> str:
        letter = self[word] = chr(1 + len(self) % _LETTERS)
        return letter


class Vocabulary:
    """A letter for each word of the versions that are compared: rows of words are compared much faster as texts."""

    def __init__(self) -> None:
        self._letters = _Letters()
        self._read: dict[str, tuple[str, str]] = {}

    def read(self, text: str) -> tuple[str, str]:
        """The words of a text as letters, and as one text with single spaces."""
        if text not in self._read:
            found, letters = plain_words(text), self._letters
            self._read[text] = "".join([letters[word] for word in found]), " ".join(found)
        return self._read[text]


class Side:
    """One version of a draft, its nodes numbered in reading order from 1; number 0 is the whole draft.

    ``plain`` are a node's own words as one text, ``words`` the same with one letter for each word (the same word is the same letter in
    all versions that share a ``Vocabulary``), ``whole`` those of the node with all below it, ``weight`` how many words those are.
    """

    def __init__(self, draft: Draft, vocabulary: Vocabulary) -> None:
        self.nodes: list[Node] = [_ROOT]
        self.parent: list[int] = [0]
        self.children: list[list[int]] = [[]]
        self._add(draft.nodes, 0)
        self.words, self.plain = map(list, zip(*(vocabulary.read(content(node)) for node in self.nodes), strict=True))
        self.whole = list(self.words)
        self.weight = [len(found) for found in self.words]
        for place in range(len(self.nodes) - 1, -1, -1):  # children stand behind their parent
            self.whole[place] = _END.join((self.words[place], *(self.whole[child] for child in self.children[place])))
            self.weight[place] += sum(self.weight[child] for child in self.children[place])

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
            found.setdefault(self.words[place], []).append(place)
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
    alone = likeness(old, one, new, other)
    if not old.children[one] and not new.children[other]:
        return alone
    below = _alike(old.whole[one], new.whole[other])
    return (below + alone) / 2 if old.words[one] and new.words[other] else below


def likeness(old: Side, one: int, new: Side, other: int) -> float:
    """How much the own words of two nodes are alike, 0 to 1. Two nodes without words are not alike."""
    by_word = _alike(old.words[one], new.words[other])
    if by_word >= ALIKE or by_word < _SPOILT:
        return by_word
    # Typing errors spoil words, not most of their letters.
    return max(by_word, (Indel.normalized_similarity(old.plain[one], new.plain[other]) - _CHANCE) / (1 - _CHANCE))


def _alike(one: str, other: str) -> float:
    if not one or not other or max(len(one), len(other)) > 4 * min(len(one), len(other)):
        return 0.0  # in the latter case it is less than may count, whatever the words
    return 1.0 if one == other else Indel.normalized_similarity(one, other)


def common(old: Side, one: int, new: Side, other: int) -> int:
    """How many words two nodes share in their order."""
    return LCSseq.similarity(old.words[one], new.words[other])


def sharing_words(side: Side, nodes: Iterable[int], opposite: Side, holders: Iterable[int], share: float) -> Iterator[tuple[int, int]]:
    """The pairs in which the other node has this share of the node's words, and half as much of its pairs of neighbouring words.

    Any long text holds most of the words of a short one; only whole phrases prove that it was a part.
    """
    known = [(holder, set(opposite.words[holder]), opposite.twos(holder)) for holder in holders]
    for node in nodes:
        wanted, twos = set(side.words[node]), side.twos(node)
        for holder, words, pairs in known:
            if len(wanted & words) >= share * len(wanted) and len(twos & pairs) >= share / 2 * len(twos):
                yield node, holder
