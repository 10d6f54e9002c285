"""Drafts that change in known ways: what becomes of quoted words is known because the words carry marks of their own through the change.

``OPEN`` and ``CLOSE`` stand around the quoted words while a tree is changed, and are taken out at the end. Nothing here knows how the
product looks for words.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from consultations.tree import Draft, Kind, Node
from server.kernel.ids import NodeId

OPEN, CLOSE = "\ue000", "\ue001"
_LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắặầấậèéẹềếệìíịòóọồốộờớợùúụừứựỳýỵ"
_POINTS = "abcdđeghiklmnopqrstuvxy"


@dataclass
class Leaf:
    """A node that can be changed."""

    kind: Kind
    number: str | None
    heading: str
    text: str
    rows: tuple[tuple[str, ...], ...] = ()
    children: list["Leaf"] = field(default_factory=list)

    def all(self) -> Iterator["Leaf"]:
        yield self
        for child in self.children:
            yield from child.all()

    @property
    def marked(self) -> bool:
        return OPEN in self.text


def grown(nodes: tuple[Node, ...]) -> list[Leaf]:
    """Trees that can be changed; the root is a list."""
    return [Leaf(node.kind, node.number, node.heading, node.text, node.rows, grown(node.children)) for node in nodes]


@dataclass(frozen=True)
class Marked:
    """A draft, and where in it the marked words are: the node, the offsets in its content, the words. None if they are nowhere."""

    draft: Draft
    node: NodeId | None
    start: int = 0
    end: int = 0
    words: str = ""


def finished(trees: list[Leaf]) -> Marked:
    """The trees as a draft, without the marks."""
    count, found = 0, Marked(Draft("", ()), None)

    def node(leaf: Leaf) -> Node:
        nonlocal count, found
        count += 1
        id = NodeId(f"n{count}")
        text = leaf.text.replace(OPEN, "").replace(CLOSE, "")
        if OPEN in leaf.text:
            ahead = len(leaf.heading) + 1 if leaf.heading else 0
            start, end = leaf.text.index(OPEN), leaf.text.index(CLOSE) - 1
            found = Marked(found.draft, id, ahead + start, ahead + end, text[start:end])
        marker = {"article": f"Điều {leaf.number}.", "clause": f"{leaf.number}.", "point": f"{leaf.number})"}.get(leaf.kind, "")
        children = tuple(node(child) for child in leaf.children)
        return Node(id, leaf.kind, leaf.number, marker, False, leaf.heading, text, leaf.rows, children)

    draft = Draft("Nghị định", tuple(node(leaf) for leaf in trees))
    return replace(found, draft=draft)


def renumbered(trees: list[Leaf]) -> None:
    """Number articles through the draft, clauses through the article, points through the clause."""
    article = 0
    for tree in trees:
        for leaf in tree.all():
            if leaf.kind == "article":
                article += 1
                leaf.number = str(article)
            clause = point = 0
            for child in leaf.children:
                if child.kind == "clause":
                    clause += 1
                    child.number = str(clause)
                elif child.kind == "point":
                    child.number = _POINTS[point % len(_POINTS)]
                    point += 1


class Place:
    """The marked leaf among its siblings, with the nodes it stands in."""

    def __init__(self, trees: list[Leaf]) -> None:
        self.trees = trees
        self.path: list[Leaf] = []
        self.siblings = trees
        self._find(trees, [])

    def _find(self, leaves: list[Leaf], above: list[Leaf]) -> None:
        for leaf in leaves:
            if leaf.marked:
                self.path, self.siblings = [*above, leaf], leaves
            self._find(leaf.children, [*above, leaf])

    @property
    def leaf(self) -> Leaf:
        return self.path[-1]

    @property
    def at(self) -> int:
        return next(at for at, leaf in enumerate(self.siblings) if leaf is self.leaf)


def mark(leaf: Leaf, start: int, end: int) -> None:
    leaf.text = leaf.text[:start] + OPEN + leaf.text[start:end] + CLOSE + leaf.text[end:]


Mutation = Callable[[random.Random, Place, list[str]], bool]
"""Changes the trees in place; false if the place does not allow it. The strings are sentences of another decree."""


def insert(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """New clauses or points before and behind the marked one."""
    for _ in range(chance.randint(1, 3)):
        made = replace(place.leaf, heading="", text=chance.choice(foreign), rows=(), children=[])
        place.siblings.insert(chance.randint(max(0, place.at - 2), min(len(place.siblings), place.at + 2)), made)
    return True


def delete(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """One or two others that stand with the marked one are gone."""
    others = [leaf for leaf in place.siblings if leaf is not place.leaf]
    for gone in chance.sample(others, min(len(others), chance.randint(1, 2))):
        place.siblings.remove(gone)
    return bool(others)


def renumber(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """All articles move up by a few, and the clauses of the marked one's article count from elsewhere."""
    first = replace(place.leaf, kind="article", number="1", heading="", text=chance.choice(foreign), children=[])
    tops = place.trees if place.trees[0].kind == "article" else place.trees[-1 if chance.random() < 0.3 else 0].children
    for _ in range(chance.randint(1, 5)):
        tops.insert(0, replace(first, text=chance.choice(foreign), heading=chance.choice(foreign)[:40], children=[]))
    return True


def split(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """The marked node is cut between two words; the second half stands behind it as one of its kind."""
    text = place.leaf.text
    inside = range(text.index(OPEN), text.index(CLOSE) + 1)
    cuts = [found.end() for found in re.finditer(r"[;.,:] | ", text) if found.end() not in inside and 12 < found.end() < len(text) - 12]
    if not cuts:
        return False
    cut = chance.choice(cuts)
    second = replace(place.leaf, heading="", text=text[cut:], children=place.leaf.children, rows=())
    place.leaf.text, place.leaf.children = text[:cut].rstrip(), []
    place.siblings.insert(
        place.at + 1 if place.leaf.marked else next(at for at, leaf in enumerate(place.siblings) if leaf is place.leaf) + 1, second
    )
    return True


def merge(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """The marked node and a neighbour become one."""
    at = place.at
    near = [other for other in (at - 1, at + 1) if 0 <= other < len(place.siblings) and place.siblings[other].kind == place.leaf.kind]
    if not near or place.leaf.heading:
        return False
    first, second = sorted((at, chance.choice(near)))
    one, other = place.siblings[first], place.siblings[second]
    one.text = f"{one.text.rstrip('.;')}{chance.choice(['; ', '. ', ' và ', chr(10)])}{other.text}"
    one.children += other.children
    del place.siblings[second]
    return True


def swap(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """The marked node, or one it stands in, changes places with another."""
    if len(place.path) > 1 and chance.random() < 0.5:
        above, siblings = place.path[-2], place.path[-3].children if len(place.path) > 2 else place.trees
    else:
        above, siblings = place.leaf, place.siblings
    others = [leaf for leaf in siblings if leaf is not above and leaf.kind == above.kind]
    if not others:
        return False
    one, two = (next(at for at, leaf in enumerate(siblings) if leaf is which) for which in (above, chance.choice(others)))
    siblings[one], siblings[two] = siblings[two], siblings[one]
    return True


def move(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """The marked node stands in another of the same kind as the one it stood in."""
    if len(place.path) < 2:
        return False
    above = place.path[-2]
    targets = [leaf for tree in place.trees for leaf in tree.all() if leaf.kind == above.kind and leaf is not above and leaf.children]
    if not targets:
        return False
    place.siblings.remove(place.leaf)
    target = chance.choice(targets).children
    target.insert(chance.randint(0, len(target)), place.path[-1])
    return True


def mistype(chance: random.Random, text: str, rate: float) -> str:
    """Letters left out, doubled, mistaken or changing places, about ``rate`` of them. Marks and line feeds stay."""
    out: list[str] = []
    for letter in text:
        if chance.random() >= rate or letter in (OPEN, CLOSE, "\n"):
            out.append(letter)
            continue
        match chance.randrange(4):
            case 0:
                out.append(chance.choice(_LETTERS))
            case 1:
                pass
            case 2:
                out += (letter, chance.choice(_LETTERS))
            case 3 if out and out[-1] not in (OPEN, CLOSE):
                out.insert(-1, letter)
            case _:
                out.append(letter)
    return "".join(out)


def parts(text: str) -> tuple[str, str, str]:
    """What stands before the marked words, with the mark, the words, and what stands behind."""
    before, quote, after = re.split(f"[{OPEN}{CLOSE}]", text)
    return before + OPEN, quote, CLOSE + after


def typing(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """Typing errors everywhere, up to a tenth of all letters, but not in the quoted words."""
    rate = chance.uniform(0.01, 0.1)
    for leaf in (leaf for tree in place.trees for leaf in tree.all()):
        if leaf.marked:
            before, quote, after = parts(leaf.text)
            # The white space at the edges stays: where it is lost, a quoted word is no longer the word it was.
            leaf.text = mistype(chance, before[:-2], rate) + before[-2:] + quote + after[:2] + mistype(chance, after[2:], rate)
        else:
            leaf.text = mistype(chance, leaf.text, rate)
            leaf.heading = mistype(chance, leaf.heading, rate)
    return True


def reword(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """The quoted words change by at most 15 of 100 letters: typing errors, or other words, and sometimes errors around them."""
    before, quote, after = parts(place.leaf.text)
    most = int(len(quote) * 0.15)
    if most < 2:
        return False
    rate = chance.choice([0, 0, 0.03, 0.1])
    changed = mistype(chance, quote, 0.1) if chance.random() < 0.5 else _other_words(chance, quote, most, foreign)
    if changed == quote or edits(quote, changed) > most or changed != changed.strip():
        return False
    place.leaf.text = mistype(chance, before, rate) + changed + mistype(chance, after, rate)
    return True


def _other_words(chance: random.Random, quote: str, most: int, foreign: list[str]) -> str:
    words = quote.split(" ")
    at = chance.randrange(len(words))
    new = chance.choice(chance.choice(foreign).split())
    match chance.randrange(3):
        case 0:
            words[at] = new
        case 1:
            words.insert(max(at, 1), new)  # before the first it would leave the quoted words as they are
        case _:
            del words[at]
    return " ".join(words)


def edits(one: str, other: str) -> int:
    """The Levenshtein distance, by the book."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        last, row = row, [at]
        for place, sign in enumerate(other):
            row.append(min(last[place] + (letter != sign), last[place + 1] + 1, row[place] + 1))
    return row[-1]


def cut(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """The quoted words are taken out of their sentence, which stays."""
    before, _, after = parts(place.leaf.text)
    if len(before) + len(after) < 20:
        return False
    place.leaf.text = (before[:-1].rstrip() + " " + after[1:].lstrip()).strip()
    return True


def remove(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """The node of the quoted words is gone with all that stood in it."""
    place.siblings.remove(place.leaf)
    return True


def overwrite(chance: random.Random, place: Place, foreign: list[str]) -> bool:
    """Words of another decree stand where the quoted ones stood."""
    before, quote, after = parts(place.leaf.text)
    other = chance.choice(foreign)[: len(quote)].rstrip()
    if edits(quote, other) < 0.6 * len(quote):
        return False
    place.leaf.text = before[:-1] + other + after[1:]
    return True
