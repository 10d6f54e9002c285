"""Other words for one node of a draft, everything else being as it was."""

import unicodedata

from msgspec.structs import replace

from consultations.tree import HEADED, Draft, Node
from server.kernel.ids import NodeId


def reworded(draft: Draft, node: NodeId, words: str) -> Draft:
    """``draft`` with ``words`` in the place of the ``content`` of one node: its heading, if it has one, is the first line.

    Rows of a table stay as they are, and so does a draft that has no such node.
    """
    lines = [line for line in (" ".join(line.split()) for line in unicodedata.normalize("NFC", words).split("\n")) if line]

    def changed(one: Node) -> Node:
        if one.id == node:
            heading = lines[0] if one.heading and one.kind in HEADED and lines else ""
            return replace(one, heading=heading, text="\n".join(lines[1:] if heading else lines))
        children = tuple(changed(child) for child in one.children)
        return one if children == one.children else replace(one, children=children)

    return replace(draft, nodes=tuple(changed(one) for one in draft.nodes))
