"""Contributions that say nearly the same: found whatever their diacritics, shown with what each adds, and each still a voice of its own.

Campaigns send one text a thousand times, each with a line of their own. Read together, they can be judged and answered together.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
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


class Group(NamedTuple):
    """Contributions that say nearly the same, at least two, by id; each is alike to the ``first``."""

    first: ContributionId
    members: tuple[ContributionId, ...]


class Piece(NamedTuple):
    """Some words of a copy: as in the first, ``added`` by the copy, or ``left_out`` of it."""

    text: str
    kind: Literal["same", "added", "left_out"]


class _Text(NamedTuple):
    words: tuple[str, ...]
    phrases: frozenset[tuple[str, ...]]


def group(texts: Iterable[tuple[ContributionId, str]]) -> list[Group]:
    """The groups among these texts, the largest first, then the oldest. Whoever is alike to nobody is in none.

    Every text is compared with the first of each group only, so that a chain of small steps joins no two texts that differ.
    """
    members: dict[ContributionId, list[ContributionId]] = {}
    firsts: dict[ContributionId, _Text] = {}
    exact: dict[tuple[str, ...], ContributionId] = {}
    having: defaultdict[tuple[str, ...], list[ContributionId]] = defaultdict(list)
    for id, text in sorted(texts):
        told = _plain(text)
        if not told:
            continue
        first = exact.get(told)
        if first is None:
            read = _Text(told, _phrases(told))
            first = _alike_to(read, firsts, having)
            if first is None:
                first = id
                firsts[id], members[id] = read, []
                for phrase in read.phrases:
                    if len(having[phrase]) < _EVERYWHERE:
                        having[phrase].append(id)
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


def _alike_to(
    read: _Text, firsts: dict[ContributionId, _Text], having: defaultdict[tuple[str, ...], list[ContributionId]]
) -> ContributionId | None:
    """The first of a group to which a text belongs: of several the one with which it shares most."""
    sharing = Counter(id for phrase in read.phrases for id in having.get(phrase, ()))
    best: tuple[float, ContributionId] | None = None
    for id, number in sharing.most_common(_CANDIDATES):
        other = firsts[id]
        shortest = min(len(read.words), len(other.words))
        if shortest < _SHORT:
            likeness = Indel.normalized_similarity(read.words, other.words)
            enough = likeness >= _SAME
        else:
            likeness = number / min(len(read.phrases), len(other.phrases))
            enough = likeness >= SHARE
        if enough and (best is None or likeness > best[0]):
            best = (likeness, id)
    return None if best is None else best[1]


def _plain(text: str) -> tuple[str, ...]:
    """The words of a text without accents, case and signs of punctuation."""
    return tuple(word for word in plain_words(search_key(text)) if word[0].isalnum())


def _keyed(text: str) -> list[tuple[str, int, int]]:
    """The words of a text as they are compared, with their places in it."""
    return [(search_key(word.text), word.start, word.end) for word in words(text) if word.text[0].isalnum()]


def _phrases(told: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(told[place : place + PHRASE] for place in range(max(1, len(told) - PHRASE + 1)))
