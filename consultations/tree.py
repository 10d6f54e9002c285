"""The tree of a legal text: part, chapter, section, article, clause, point, annex, table (Law 64/2025/QH15, article 7.2).

A draft is an immutable tree of nodes. Every node keeps the words as they are written: ``marker`` is the written numbering
(``Điều 3.``, ``đ)``), ``number`` what it means, ``heading`` and ``text`` the node's own words. Reading ``own_words`` of all nodes
in order gives back the whole text. All words are NFC.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import msgspec

from server.kernel.ids import NodeId

Kind = Literal[
    "preamble", "attachment", "annex", "form", "part", "chapter", "section", "subsection",
    "article", "clause", "point", "paragraph", "table",
]  # fmt: skip
Language = Literal["vi", "en"]

RANK: dict[Kind, int] = {
    "attachment": 0, "annex": 0, "form": 1, "part": 2, "chapter": 3, "section": 4, "subsection": 5,
    "article": 6, "preamble": 6, "clause": 7, "point": 8, "paragraph": 9, "table": 9,
}  # fmt: skip
"""How deep a kind stands: a node's children always have a higher rank than the node itself."""

HEADED: frozenset[Kind] = frozenset(("attachment", "annex", "form", "part", "chapter", "section", "subsection", "article", "table"))
"""The kinds that have a heading. The heading of all others is the empty string."""


class Node(msgspec.Struct, frozen=True):
    """One unit of a legal text with its children.

    ``number`` is the meaning of the numbering: ``II`` of a chapter, ``19a`` of an article, ``đ`` of a point, None where there is
    none. ``marker`` is the numbering as the source writes it, which is empty when a word processor numbers by itself; ``tight`` says
    that no space stands between it and the words behind it. ``heading`` is one line. ``text`` is the node's own words before its
    children, a paragraph a line. ``rows`` are the cells of a table.
    """

    id: NodeId
    kind: Kind
    number: str | None = None
    marker: str = ""
    tight: bool = False
    heading: str = ""
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    children: tuple["Node", ...] = ()


class Draft(msgspec.Struct, frozen=True):
    """A whole legal text. ``title`` is one line, such as ``Nghị định về công tác văn thư``."""

    title: str
    nodes: tuple[Node, ...]


def walk(draft: Draft) -> Iterator[Node]:
    """All nodes in reading order."""
    for path in paths(draft):
        yield path[-1]


def paths(draft: Draft) -> Iterator[tuple[Node, ...]]:
    """For every node, in reading order, the nodes from the root down to it."""

    def below(nodes: tuple[Node, ...], above: tuple[Node, ...]) -> Iterator[tuple[Node, ...]]:
        for node in nodes:
            path = (*above, node)
            yield path
            yield from below(node.children, path)

    return below(draft.nodes, ())


def find(draft: Draft, node: NodeId) -> tuple[Node, ...] | None:
    """The path from the root to one node, or None if the draft has no such node."""
    return next((path for path in paths(draft) if path[-1].id == node), None)


def articles(draft: Draft) -> tuple[Node, ...]:
    """The articles in reading order: what people vote on."""
    return tuple(node for node in walk(draft) if node.kind == "article")


def content(node: Node) -> str:
    """What a node itself says, without its numbering: heading, text and rows, a line for each paragraph or row."""
    return "\n".join(part for part in (node.heading, node.text, *(" ".join(row) for row in node.rows)) if part)


def own_words(node: Node) -> str:
    """The words that belong to the node itself and not to its children, as written, a line for each paragraph or row."""
    gap = "" if node.tight else " "
    words = content(node)
    return f"{node.marker}{gap}{words}" if node.marker and words else node.marker or words


# --- names for people and for addresses --------------------------------------------------------------------------------

_NAMES: dict[Kind, tuple[str, str, str]] = {
    "preamble": ("Căn cứ ban hành", "Legal basis", "can-cu"),
    "attachment": ("Văn bản kèm theo", "Attached text", "kem-theo"),
    "annex": ("Phụ lục", "Annex", "phu-luc"),
    "form": ("Mẫu số", "Form", "mau"),
    "part": ("Phần", "Part", "phan"),
    "chapter": ("Chương", "Chapter", "chuong"),
    "section": ("Mục", "Section", "muc"),
    "subsection": ("Tiểu mục", "Subsection", "tieu-muc"),
    "article": ("Điều", "Article", "dieu"),
    "clause": ("khoản", "clause", "khoan"),
    "point": ("điểm", "point", "diem"),
    "paragraph": ("đoạn", "paragraph", "doan"),
    "table": ("bảng", "table", "bang"),
}


def label(node: Node, language: Language = "vi") -> str:
    """What people call one node among its siblings: ``Điều 7``, ``khoản 2``, ``điểm đ``."""
    name = _NAMES[node.kind][language == "en"]
    return name if node.number is None else f"{name} {node.number}"


def full_label(path: tuple[Node, ...], language: Language = "vi") -> str:
    """What people call a node in the whole text, the innermost first: ``điểm a khoản 2 Điều 7``."""
    names = [label(node, language) for node in reversed(_addressed(path))]
    return (", " if language == "en" else " ").join(names)


def anchors(draft: Draft) -> dict[NodeId, str]:
    """The permalink fragment of every node, unique in the draft: ``dieu-7-khoan-2-diem-a``.

    Articles are numbered through the document, so chapters do not appear in the anchors of what stands in them. Where a faulty text
    repeats a number, the later node has ``-2``, ``-3`` and so on behind it.
    """
    taken: set[str] = set()
    found: dict[NodeId, str] = {}
    for path in paths(draft):
        plain = "-".join(_segment(node.kind, node.number) for node in _addressed(path))
        unique, times = plain, 1
        while unique in taken:
            times += 1
            unique = f"{plain}-{times}"
        taken.add(unique)
        found[path[-1].id] = unique
    return found


def _addressed(path: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes of a path that are part of its address: an article needs no chapter, but it needs the text it is attached in."""
    first = next((place for place, node in enumerate(path) if node.kind == "article"), 0)
    return tuple(node for node in path[:first] if RANK[node.kind] < RANK["part"]) + path[first:]


@lru_cache(4096)
def _segment(kind: Kind, number: str | None) -> str:
    name = _NAMES[kind][2]
    if number is None:
        return name
    # "đ" is a letter of its own in the alphabet of points: it becomes "dd", as it is typed, so that it never meets "d".
    key = search_key(number.lower().replace("đ", "dd"))
    return name + "-" + "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in key)


def search_key(text: str) -> str:
    """The text without diacritics, in lower case, with single spaces, for search: ``Điều  LỆ`` becomes ``dieu le``."""
    bare = "".join(sign for sign in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(sign))
    return " ".join(bare.replace("đ", "d").split())
