"""What the readers of documents hand to the importer of legal texts, and what it hands back."""

from collections import Counter
from typing import Literal

import msgspec

from consultations.tree import Draft, Kind, walk
from server.kernel.ids import NodeId

Why = Literal["front_matter", "note", "signature", "page_number", "misplaced_heading", "deleted", "footnote"]


class Line(msgspec.Struct, frozen=True):
    """One line of a document, without markup.

    ``level`` is 1.. for a heading and 0 otherwise. ``soft`` says that the line goes on in the paragraph of the line before. ``auto``
    is a number that the word processor shows but does not write. ``apart`` is set when the format itself says that these words are
    not part of the running text. ``quoted`` marks a block quotation.
    """

    text: str
    level: int = 0
    soft: bool = False
    auto: str = ""
    apart: Why | None = None
    quoted: bool = False


class Table(msgspec.Struct, frozen=True):
    """A table, cell by cell. Lines within a cell are separated by a line feed."""

    rows: tuple[tuple[str, ...], ...]


Block = Line | Table


class LeftOut(msgspec.Struct, frozen=True):
    """Words of the source that are not part of the tree, as they are written, and the node they stand in or behind."""

    text: str
    why: Why
    after: NodeId | None


class Doubt(msgspec.Struct, frozen=True):
    """A place where the importer was not sure and an editor should look.

    ``number_skipped``: a number is missing before this node. ``number_misread``: the written number does not fit and its place was
    trusted. ``heading_refused``: the words look like a heading but do not fit the numbering. ``no_articles``, ``no_title``.
    """

    code: Literal["number_skipped", "number_misread", "heading_refused", "no_articles", "no_title"]
    node: NodeId | None = None
    words: str = ""


class Imported(msgspec.Struct, frozen=True):
    """A draft read from a document, all that was left out of it, in order, and the importer's doubts."""

    draft: Draft
    left_out: tuple[LeftOut, ...] = ()
    doubts: tuple[Doubt, ...] = ()

    def counts(self) -> dict[Kind, int]:
        """How many nodes of each kind the draft has."""
        return dict(Counter(node.kind for node in walk(self.draft)))
