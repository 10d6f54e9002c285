"""From what the importer read to what is put before citizens: the stored version, its nodes and its questions."""

import msgspec

from consultations.blocks import Imported
from consultations.places import placed_nodes
from consultations.tree import Draft, articles
from server.realtime.consulting import Text
from server.store.drafts import PlacedNode, Version


def text_of(imported: Imported, file_name: str, translation: Draft | None = None) -> Text:
    """The text as ``Consulting.place_text`` takes it: a vote on every điều, opinions on whatever ``placed_nodes`` names.

    ``translation`` is the English of the same tree.
    """
    version = Version(
        number=1,
        file_name=file_name,
        draft=msgspec.to_builtins(imported.draft),
        left_out=msgspec.to_builtins(imported.left_out),
        warnings=msgspec.to_builtins(imported.doubts),
        translation=None if translation is None else msgspec.to_builtins(translation),
    )
    nodes = [PlacedNode(one.node, one.place, one.anchor) for one in placed_nodes(imported.draft)]
    return Text(version, nodes, [node.id for node in articles(imported.draft)], [])


def imported_from(version: Version) -> Imported:
    """What the importer had read, from a stored version."""
    return msgspec.convert({"draft": version.draft, "left_out": version.left_out, "doubts": version.warnings}, Imported)
