"""Words as they are compared: what a word is, and which words of two texts are the same ones.

A word is a syllable, a number with its separators, or one sign of punctuation. White space is layout and never compared.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import LCSseq

_WORD = re.compile(r"\d+(?:[.,]\d+)*(?!\w)|\w+|[^\w\s]")
_MOST = 400_000_000
"""Words times words that are aligned: the table takes a bit for each. Beyond it (texts of 20,000 words) all counts as changed."""


class Word(NamedTuple):
    """A word with its place in the text, in code points."""

    text: str
    start: int
    end: int


class Block(NamedTuple):
    """A run of ``length`` words that two texts share, by the places of its first word in each."""

    old: int
    new: int
    length: int


def words(text: str) -> list[Word]:
    """The words of a text with their places, in order."""
    return [Word(found[0], found.start(), found.end()) for found in _WORD.finditer(text)]


def plain_words(text: str) -> list[str]:
    """The words of a text, in order."""
    return _WORD.findall(text)


def shared(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """A longest common subsequence of two lists of words, as runs that rise in both. Bounded: about a bit for each pair of words."""
    if len(old) * len(new) > _MOST:
        return []
    number: dict[str, int] = {}
    coded = [[number.setdefault(word, len(number)) for word in side] for side in (old, new)]
    # The editing steps end with an empty run, which says nothing.
    found = LCSseq.editops(coded[0], coded[1]).as_matching_blocks()
    return [Block(block.a, block.b, block.size) for block in found if block.size]


def readable(blocks: Sequence[Block], old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """The shared runs of two texts as a reader would see them.

    A longest common subsequence finds stray words within a sentence that was written anew; such runs, shorter than what changed on both
    sides of them, are given up. A change that could as well stand one word further on begins where a sentence begins.
    """
    kept = list(blocks)
    while True:
        fewer = _without_strays(kept, old, new)
        if len(fewer) == len(kept):
            break
        kept = fewer
    return _slid(kept, old, new)


def _without_strays(blocks: list[Block], old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """One pass from left to right: what is given up makes the change on its right larger for the next run."""
    kept: list[Block] = []
    for place, block in enumerate(blocks):
        before = kept[-1] if kept else Block(0, 0, 0)
        after = blocks[place + 1] if place + 1 < len(blocks) else Block(len(old), len(new), 0)
        weight = sum(1 for word in old[block.old : block.old + block.length] if word[0].isalnum())
        if weight >= min(_rewritten(before, block), _rewritten(block, after)):
            kept.append(block)
    return kept


def _rewritten(left: Block, right: Block) -> int:
    """How many words were written anew between two shared runs; 0 if some were only put in or only taken out."""
    gaps = right.old - left.old - left.length, right.new - left.new - left.length
    return max(gaps) if min(gaps) else 0


_ENDS = {"\n": 3, ".": 3, ";": 3, ":": 2, ",": 1, ")": 1, "”": 1}


def _slid(blocks: list[Block], old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """Move each pure insertion or deletion to the place, of all equal ones, that best follows the end of a sentence."""
    slid = list(blocks)
    for place in range(len(slid) - 1):
        left, right = slid[place], slid[place + 1]
        gap_old, gap_new = right.old - left.old - left.length, right.new - left.new - left.length
        if (gap_old == 0) == (gap_new == 0):
            continue
        side, end, gap = (new, left.new + left.length, gap_new) if gap_new else (old, left.old + left.length, gap_old)
        # The change may go left while the word before it equals its last word; at least one word stays in each run.
        most = 0
        while most + 1 < left.length and side[end - 1 - most] == side[end + gap - 1 - most]:
            most += 1
        best = max(range(most + 1), key=lambda steps: (_ENDS.get(side[end - 1 - steps], 0), -steps))
        further = 0
        while further + 1 < right.length and side[end + further] == side[end + gap + further]:
            further += 1
        worth = _ENDS.get(side[end - 1 - best], 0)
        forward = max(range(further + 1), key=lambda steps: (_ENDS.get(side[end - 1 + steps], 0), -steps))
        steps = forward if _ENDS.get(side[end - 1 + forward], 0) > worth else -best
        slid[place] = Block(left.old, left.new, left.length + steps)
        slid[place + 1] = Block(right.old + steps, right.new + steps, right.length - steps)
    return slid
