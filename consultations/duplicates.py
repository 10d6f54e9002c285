"""Contributions that say nearly the same: found whatever their diacritics, shown with what each adds, and each still a voice of its own.

Campaigns send one text a thousand times, each with a line of their own. Read together, they can be judged and answered together.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property, lru_cache
from heapq import nsmallest
from typing import Literal, NamedTuple

from rapidfuzz.distance import Indel

from consultations.tree import search_key
from consultations.wording import plain_words, words
from server.kernel.ids import ContributionId

PHRASE = 4
"""Words of a phrase. Texts that share phrases are looked at; two that share only words are about the same thing, no more."""

SHARE = 0.5
"""From this share of the phrases of the shorter text on, the longer one is a copy of it with something added."""

_SAME = 0.8
"""Texts too short for many phrases are copies when so much of their words is the same."""
_SHORT = 12
_EVERYWHERE = 8
"""A phrase that begins so many different texts is a manner of speaking."""
_CANDIDATES = 4
_SAMPLED = 4
"""Of all words one in so many begins phrases by which a text is found again. What is found is then compared by all its phrases."""

_ENOUGH = 40
"""Texts of fewer words are found by all their phrases."""

_LIKELY = SHARE / 4
"""From this share of the sampled phrases on, all are compared."""

_LETTERS, _BEGINNING = 0x80000, 0x80000
"""So many words have a letter of their own, and so many more that begin sampled phrases: these come after those."""

_SAMPLE = re.compile(f"(?=([{chr(_BEGINNING)}-{chr(0x10FFFF)}].{{{PHRASE - 1}}}))", re.DOTALL)


class Group(NamedTuple):
    """Contributions that say nearly the same, at least two, by id; each is alike to the ``first``."""

    first: ContributionId
    members: tuple[ContributionId, ...]


class Piece(NamedTuple):
    """Some words of a copy: as in the first, ``added`` by the copy, or ``left_out`` of it."""

    text: str
    kind: Literal["same", "added", "left_out"]


class _Text:
    """A text with one letter for each word: rows of words are compared, and looked up, much faster as texts."""

    def __init__(self, words: str) -> None:
        self.words = words
        found = _SAMPLE.findall(words) if len(words) >= _ENOUGH else ()
        self.sampled = frozenset(found) if found else self.phrases

    @cached_property
    def phrases(self) -> frozenset[str]:
        """Rows of words, of which two texts that are alike share many."""
        told = self.words
        return frozenset([told[place : place + PHRASE] for place in range(max(1, len(told) - PHRASE + 1))])


class _Coded(dict[str, str]):
    """The letters of the words in a run of signs between spaces, without accents, case and signs of punctuation. Each run is read once."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def __missing__(self, run: str) -> str:
        coded = "".join([self._letter(word) for word in plain_words(search_key(run)) if word[0].isalnum()])
        self[run] = coded
        return coded

    def _letter(self, word: str) -> str:
        letter = self._letters.get(word)
        if letter is None:
            place = len(self._letters)
            sampled = int.from_bytes(word.encode(), "big") % 1_000_003 % _SAMPLED == 0  # the same for a word, whoever says it first
            letter = self._letters[word] = chr(_BEGINNING + place % _LETTERS if sampled else 1 + place % (_BEGINNING - 1))
        return letter


class _Phrases:
    """Which firsts have a phrase; of most there is only one."""

    def __init__(self) -> None:
        self._first: dict[str, ContributionId] = {}
        self._more: dict[str, list[ContributionId]] = {}

    def add(self, id: ContributionId, phrases: frozenset[str]) -> None:
        known = self._first.keys() & phrases
        self._first |= dict.fromkeys(phrases - known, id)
        for phrase in known:
            others = self._more.setdefault(phrase, [])
            if len(others) + 1 < _EVERYWHERE:
                others.append(id)

    def sharing(self, phrases: frozenset[str]) -> Counter[ContributionId]:
        """How many of ``phrases`` each first has."""
        known = self._first.keys() & phrases
        found = Counter(map(self._first.__getitem__, known))
        for phrase in self._more.keys() & known:
            found.update(self._more[phrase])
        return found


def group(texts: Iterable[tuple[ContributionId, str]]) -> list[Group]:
    """The groups among these texts, the largest first, then the oldest. Whoever is alike to nobody is in none.

    Every text is compared with the first of each group only, so that a chain of small steps joins no two texts that differ.
    """
    members: dict[ContributionId, list[ContributionId]] = {}
    firsts: dict[ContributionId, _Text] = {}
    exact: dict[str, ContributionId] = {}
    having, coded = _Phrases(), _Coded()
    for id, text in sorted(texts):
        told = "".join([coded[run] for run in text.split()])
        if not told:
            continue
        first = exact.get(told)
        if first is None:
            read = _Text(told)
            first = _alike_to(read, firsts, having)
            if first is None:
                first = id
                firsts[id], members[id] = read, []
                having.add(id, read.sampled)
            exact[told] = first
        members[first].append(id)
    found = [Group(first, tuple(ids)) for first, ids in members.items() if len(ids) > 1]
    return sorted(found, key=lambda one: (-len(one.members), one.first))


def compare(first: str, copy: str) -> tuple[Piece, ...]:
    """What a copy keeps of the first, adds and leaves out, in the order of the copy. Accents, case and signs do not count."""
    ours, theirs = _keyed(first), _keyed(copy)
    pieces: list[Piece] = []

    def put(text: str, kind: Literal["same", "added", "left_out"]) -> None:
        if text:
            pieces.append(Piece(text, kind))

    before = 0  # where in the copy's text the last piece ended
    for step in Indel.opcodes([key for key, _, _ in ours], [key for key, _, _ in theirs]):
        if step.tag == "delete":
            put(first[ours[step.src_start][1] : ours[step.src_end - 1][2]], "left_out")
            continue
        end = theirs[step.dest_end][1] if step.dest_end < len(theirs) else len(copy)
        put(copy[before:end], "same" if step.tag == "equal" else "added")
        before = end
    put(copy[before:], "same")
    return tuple(pieces)


def _alike_to(read: _Text, firsts: dict[ContributionId, _Text], having: _Phrases) -> ContributionId | None:
    """The first of a group to which a text belongs: of several the one with which it shares most."""
    best: tuple[float, ContributionId] | None = None
    sharing = having.sharing(read.sampled)
    for id, number in nsmallest(_CANDIDATES, sharing.items(), key=lambda one: (-one[1], one[0])):
        other = firsts[id]
        shortest = min(len(read.words), len(other.words))
        if shortest < _SHORT:
            likeness = Indel.normalized_similarity(read.words, other.words)
            enough = likeness >= _SAME
        elif number < _LIKELY * min(len(read.sampled), len(other.sampled)):
            continue
        else:
            likeness = len(read.phrases & other.phrases) / min(len(read.phrases), len(other.phrases))
            enough = likeness >= SHARE
        if enough and (best is None or likeness > best[0]):
            best = (likeness, id)
    return None if best is None else best[1]


_key = lru_cache(1 << 14)(search_key)
"""The key of one word: a language has some thousands, of which texts are made."""


@lru_cache(8)  # many copies are compared with one first
def _keyed(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words of a text as they are compared, with their places in it."""
    return tuple((_key(word.text), word.start, word.end) for word in words(text) if word.text[0].isalnum())
