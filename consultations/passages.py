"""Passages of a node's content: finding words, and telling equal ones apart by what stands around them."""

import unicodedata
from collections.abc import Sequence
from functools import cached_property
from itertools import takewhile

import msgspec
from rapidfuzz.distance import Indel

from consultations.wording import Block, Word, plain_words, shared, words
from server.kernel.ids import NodeId

_NEAR, _FAR = 32, 160
"""How many characters on either side are compared: those an anchor remembers, and more where these do not decide."""

_CHANCE = 0.5
"""How similar two unrelated Vietnamese texts are, letter by letter."""

_AT_EDGES, _CUT_OFF = 0.7, 0.45
"""What it says for two passages that both stand at an edge, or that what stood there cannot be known. Alone the former is too little."""

_SLACK = 12
"""So many words beyond a change are tried when its edges are looked for."""


class Found(msgspec.Struct, frozen=True):
    """A place in a version: the words from ``start`` to ``end`` (code points) of the content of ``node``."""

    node: NodeId
    start: int
    end: int
    words: str


class Text:
    """The content of one node, read into words when first asked for."""

    def __init__(self, node: NodeId, content: str) -> None:
        self.node = node
        self.text = unicodedata.normalize("NFC", content)
        self._shared: dict[NodeId, list[Block]] = {}

    @cached_property
    def placed(self) -> list[Word]:
        """The words with their places."""
        return words(self.text)

    @cached_property
    def plain(self) -> str:
        """The words with one space between any two: equal for two layouts of the same text."""
        return " ".join(plain_words(self.text))

    @cached_property
    def _search(self) -> str:
        return f" {self.plain} "

    def places(self, wanted: Sequence[str]) -> list[int]:
        """Where these words stand, by the number of the first word. Overlapping places are all found."""
        needle = f" {' '.join(wanted)} "
        found, at = [], self._search.find(needle)
        while at >= 0:
            found.append(self._search.count(" ", 0, at))
            at = self._search.find(needle, at + 1)
        return found

    def passages(self, quote: str, before: str, after: str) -> list["Passage"]:
        """The passages that are this quote between these characters; white space counts as written."""
        found, at = [], self.text.find(quote)
        while at >= 0:
            end = at + len(quote)
            if self.text.endswith(before, 0, at) and self.text.startswith(after, end):
                found.append(self.passage(at, end))
            at = self.text.find(quote, at + 1)
        return found

    def passage(self, start: int, end: int) -> "Passage":
        """The words that the characters from ``start`` to ``end`` touch; where they touch none, the place between two words."""
        first = sum(1 for _ in takewhile(lambda word: word.end <= start, self.placed))
        touched = sum(1 for _ in takewhile(lambda word: word.start < end, self.placed[first:]))
        if not touched:
            return Passage(self, first, 0, 0, 0)
        head = start - self.placed[first].start
        return Passage(self, first, touched, max(0, head), max(0, self.placed[first + touched - 1].end - end))

    def shared_with(self, new: "Text") -> list[Block]:
        """The words shared with the content of a node of the next version."""
        if new.node not in self._shared:
            self._shared[new.node] = shared([word.text for word in self.placed], [word.text for word in new.placed])
        return self._shared[new.node]


class Passage:
    """``count`` words of a text from number ``first`` on. ``head`` and ``tail`` letters of the first and last word are not meant."""

    def __init__(self, text: Text, first: int, count: int, head: int = 0, tail: int = 0) -> None:
        self.text, self.first, self.count, self.head, self.tail = text, first, count, head, tail

    @property
    def words(self) -> list[str]:
        return [word.text for word in self.text.placed[self.first : self.first + self.count]]

    def found(self) -> Found:
        """The passage as a place of its node."""
        placed, text = self.text.placed, self.text
        start, end = placed[self.first].start + self.head, placed[self.first + self.count - 1].end - self.tail
        return Found(text.node, start, end, text.text[start:end])

    def same_in(self, text: Text, first: int) -> "Passage":
        """The passage of the same words in another text, where they begin with word ``first``."""
        return Passage(text, first, self.count, self.head, self.tail)

    def overlaps(self, other: "Passage") -> bool:
        """Whether two passages share a word."""
        return self.text is other.text and self.first < other.first + other.count and other.first < self.first + self.count

    def agrees(self, other: "Passage", parted: bool = False, joined: bool = False) -> float:
        """How much what stands around two passages is alike, 0 to 1. One side alone can give more than half: the other may have been
        cut off or rewritten. Where the node was ``parted``, or ``joined`` with others, words that end or begin there say nothing.
        """
        sides = []
        for mine, others in ((self._before, other._before), (self._after, other._after)):
            cut = (parted and len(others) < len(mine)) or (joined and len(mine) < len(others))
            reach = min(len(mine), len(others)) if cut else _FAR
            if not mine and not others:
                sides.append(_AT_EDGES)
            elif not reach:
                sides.append(_CUT_OFF)
            else:
                near = min(reach, _NEAR)
                sides.append(0.8 * _alike(mine[:near], others[:near]) + 0.2 * _alike(mine[:reach], others[:reach]))
        return 0.6 * max(sides) + 0.4 * min(sides)

    @cached_property
    def _before(self) -> str:
        """What stands before, backwards, so that what is nearest stands first."""
        end = self.text.placed[self.first].start if self.first < len(self.text.placed) else len(self.text.text)
        return " ".join(self.text.text[max(0, end - 2 * _FAR) : end].split())[::-1][:_FAR]

    @cached_property
    def _after(self) -> str:
        start = self.text.placed[self.first + self.count - 1].end
        return " ".join(self.text.text[start : start + 2 * _FAR].split())[:_FAR]

    def now_in(self, new: Text) -> "Passage | None":
        """What stands in the next version between the words that stood around this passage and are still there; None if nothing does."""
        last = self.first + self.count - 1
        left, right = -1, len(new.placed)
        begin, end = right, -1  # the passage's own words that are still there
        for block in self.text.shared_with(new):
            for step in range(block.length):
                place = block.old + step
                if place < self.first:
                    left = block.new + step
                elif place > last:
                    right = min(right, block.new + step)
                else:
                    begin, end = min(begin, block.new + step), max(end, block.new + step)
        if end < 0:
            begin, end = left + 1, right - 1
            return Passage(new, begin, end - begin + 1) if begin <= end else None
        quote = " ".join(self.words)
        # Words that are next to a changed edge belong to it only as far as they make the passage more like the quote.
        begin = max(range(begin, max(left, begin - _SLACK - 1), -1), key=lambda at: Indel.normalized_similarity(quote, _said(new, at, end)))
        end = max(range(end, min(right, end + _SLACK + 1)), key=lambda at: Indel.normalized_similarity(quote, _said(new, begin, at)))
        return Passage(new, begin, end - begin + 1)


def _said(text: Text, begin: int, end: int) -> str:
    return " ".join(word.text for word in text.placed[begin : end + 1])


def _alike(one: str, other: str) -> float:
    return max(0.0, (Indel.normalized_similarity(one, other) - _CHANCE) / (1 - _CHANCE))
