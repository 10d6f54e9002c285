"""Which nodes of a draft people may comment on, and the điều or annex under which their contributions are listed."""

import msgspec

from consultations.tree import Draft, Kind, anchors, paths
from server.kernel.ids import NodeId

LISTING: frozenset[Kind] = frozenset(("article", "annex", "form"))
"""Kinds that list contributions: the nearest of them above a node, or the node itself, is its place."""

SPOKEN_OF: frozenset[Kind] = frozenset(("article", "clause", "point", "annex", "form", "table"))
"""Kinds people speak of. Loose paragraphs have no name of their own, and chapters are spoken of as the whole draft is."""


class Placed(msgspec.Struct, frozen=True):
    """A node people may comment on, the node that lists what they say, and its permalink fragment (``dieu-7-khoan-2``)."""

    node: NodeId
    place: NodeId
    anchor: str


def placed_nodes(draft: Draft) -> tuple[Placed, ...]:
    """The nodes of ``draft`` that people may comment on, in reading order. A node that lists contributions is its own place.

    The preamble, the names of chapters and whatever else stands in no điều and no annex are left to comments on the whole draft.
    """
    fragments = anchors(draft)
    found: list[Placed] = []
    for path in paths(draft):
        node = path[-1]
        place = next((above.id for above in reversed(path) if above.kind in LISTING), None)
        if place is not None and node.kind in SPOKEN_OF:
            found.append(Placed(node.id, place, fragments[node.id]))
    return tuple(found)
