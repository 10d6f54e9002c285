"""Quoted words in a thousand changed decrees: on the right words, or flagged; never silently on others."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from consultations.anchoring import Placing, anchor
from consultations.matching import correspond
from consultations.tree import Draft, Node, walk
from server.documents import import_document
from server.kernel.ids import NodeId
from tests.consultations import mutations as m

EACH = 100
NODES = 80
INTACT: tuple[m.Mutation, ...] = (m.insert, m.delete, m.renumber, m.split, m.merge, m.swap, m.move, m.typing)
GONE: tuple[m.Mutation, ...] = (m.cut, m.remove, m.overwrite)


class Decree:
    """A part of a decree to be changed, and the quotes that can be made on it."""

    def __init__(self, draft: Draft) -> None:
        self.nodes = draft.nodes
        texts = [leaf.text for tree in m.grown(draft.nodes) for leaf in tree.all()]
        phrases = Counter(phrase for text in texts for phrase in set(self.phrases(text)))
        self.repeated = frozenset(phrase for phrase, times in phrases.items() if times > 1)

    @staticmethod
    def phrases(text: str) -> Iterator[str]:
        """All runs of four words of a text."""
        words = text.split(" ")
        return (" ".join(words[at : at + 4]) for at in range(len(words) - 3))

    def marked(self, chance: random.Random, often: bool) -> list[m.Leaf]:
        """The trees with a quote marked in them: some words of one node or, if ``often``, four words that stand at several places."""
        trees = m.grown(self.nodes)
        leaves = [leaf for tree in trees for leaf in tree.all() if len(leaf.text) >= 30]
        while True:
            leaf = chance.choice(leaves)
            if often:
                phrases = [phrase for phrase in self.phrases(leaf.text) if phrase in self.repeated]
                if not phrases:
                    continue
                quote = chance.choice(phrases)
                start = chance.choice([found.start() for found in re.finditer(re.escape(quote), leaf.text)])
                end = start + len(quote)
            else:
                starts = [0, *(found.end() for found in re.finditer(r"\s", leaf.text))]
                start = chance.choice(starts)
                ends = [found.start() for found in re.finditer(r"\s|$", leaf.text) if 15 <= found.start() - start <= 150]
                if not ends:
                    continue
                end = chance.choice(ends)
            m.mark(leaf, start, end)
            return trees


@pytest.fixture(scope="module")
def decrees(real_data: Path) -> list[Decree]:
    """Parts of real decrees, of some 80 nodes or more."""
    found = []
    for name in ("nghi-dinh-30-2020.docx", "nghi-dinh-156-2026.md", "nghi-dinh-284-2026.md", "nghi-dinh-137-2026.md"):
        nodes: list[Node] = []
        for node in import_document(name, (real_data / "legal" / name).read_bytes()).draft.nodes:
            nodes += [node] if node.kind in ("chapter", "article") else []
            if sum(1 for _ in walk(Draft("", tuple(nodes)))) >= NODES:
                found.append(Decree(Draft("", tuple(nodes))))
                nodes = []
        found += [Decree(Draft("", tuple(nodes)))] if len(nodes) > 1 else []
    return found


@pytest.fixture(scope="module")
def foreign(real_data: Path) -> list[str]:
    """Sentences of a text that none of the decrees is."""
    sample = Path(__file__).parents[2] / "server" / "demo" / "decision.md"
    draft = import_document(sample.name, sample.read_bytes()).draft
    return [node.text for node in walk(draft) if len(node.text) > 60]


def trial(kind: m.Mutation, number: int, decrees: list[Decree], foreign: list[str]) -> tuple[m.Marked, m.Marked]:
    """One changed decree: the old and the new version with their quotes. A second, smaller change often comes with the first."""
    chance = random.Random(f"{kind.__name__} {number}")
    while True:
        trees = decrees[number % len(decrees)].marked(chance, often=number % 2 == 1)
        old = m.finished(trees)
        if not kind(chance, m.Place(trees), foreign):
            continue
        if chance.random() < 0.4 and any(leaf.marked for tree in trees for leaf in tree.all()):
            chance.choice((m.insert, m.delete, m.swap))(chance, m.Place(trees), foreign)
        if chance.random() < 0.7:
            m.renumbered(trees)
        return old, m.finished(trees)


def judged(old: m.Marked, new: m.Marked) -> str:
    """How the product does on one trial, in a word. What is flagged names no place, or says that a person should look."""
    assert old.node is not None
    quote = anchor(old.draft, old.node, old.start, old.end)
    placed = Placing(old.draft, new.draft, correspond(old.draft, new.draft)).place(quote)
    places = [one for one in (placed.found, *placed.rivals) if one is not None]
    right = any(one.node == new.node and one.start < new.end and new.start < one.end for one in places)
    if placed.state == "removed":
        return "removed"
    if placed.doubtful:
        return "flagged, right" if right else "flagged"
    if not right:
        return "wrong"
    if placed.state == "changed":
        return "changed"
    [found] = places
    return "right" if (found.start, found.end, found.words) == (new.start, new.end, old.words) else "wrong"


def tally(kind: m.Mutation, decrees: list[Decree], foreign: list[str]) -> Counter[str]:
    """What becomes of the quotes under one kind of change, for the report and the test."""
    found = Counter(judged(*trial(kind, number, decrees, foreign)) for number in range(EACH))
    print(f"{kind.__name__}: {', '.join(f'{times} {word}' for word, times in found.most_common())}")
    return found


@pytest.mark.parametrize("kind", INTACT, ids=lambda kind: kind.__name__)
def test_words_that_still_stand_are_found(kind: m.Mutation, decrees: list[Decree], foreign: list[str]) -> None:
    found = tally(kind, decrees, foreign)
    assert found["right"] + found["flagged, right"] == EACH
    assert found["right"] >= 0.98 * EACH


def test_words_that_changed_a_little_are_found_or_flagged(decrees: list[Decree], foreign: list[str]) -> None:
    found = tally(m.reword, decrees, foreign)
    assert found["changed"] >= 0.97 * EACH
    assert found["wrong"] + found["right"] == 0


@pytest.mark.parametrize("kind", GONE, ids=lambda kind: kind.__name__)
def test_words_that_are_gone_are_flagged(kind: m.Mutation, decrees: list[Decree], foreign: list[str]) -> None:
    found = tally(kind, decrees, foreign)
    assert found["removed"] + found["flagged"] == EACH


def test_the_judge_sees_a_quote_on_other_words(decrees: list[Decree], foreign: list[str]) -> None:
    """The verdict comes from the marks: with the marks on other words, what was right is wrong."""
    old, new = trial(m.insert, 0, decrees, foreign)
    assert judged(old, new) == "right"
    assert judged(old, replace(new, node=NodeId("n1"))) == "wrong"
    assert judged(old, replace(new, start=new.end, end=new.end + 5)) == "wrong"
