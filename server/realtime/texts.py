"""Texts ready to be put to consultation: a draft as it was imported, or a list of statements."""

import msgspec

from consultations.blocks import Imported
from consultations.places import placed_nodes
from consultations.tree import Draft, articles
from server.kernel.ids import NodeId
from server.store import drafts


class Text(msgspec.Struct, frozen=True):
    """A text ready to be put in place: the stored version, its nodes, and what is voted on (articles, or statements)."""

    version: drafts.Version | None
    nodes: list[drafts.PlacedNode]
    articles: list[NodeId]
    statements: list[str]


def text_of(imported: Imported, file_name: str, translation: Draft | None = None) -> Text:
    """An imported draft, ready to be put in place. ``translation`` is the same tree in English, node for node."""
    draft = imported.draft
    built = msgspec.to_builtins
    return Text(
        version=drafts.Version(
            1,
            file_name,
            built(draft),
            built(imported.left_out),
            built(imported.doubts),
            None if translation is None else built(translation),
        ),
        nodes=[drafts.PlacedNode(placed.node, placed.place, placed.anchor) for placed in placed_nodes(draft)],
        articles=[node.id for node in articles(draft)],
        statements=[],
    )


def statements_of(lines: list[str]) -> Text:
    """A plain list of statements, ready to be put in place."""
    return Text(version=None, nodes=[], articles=[], statements=lines)
