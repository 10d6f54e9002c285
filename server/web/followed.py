"""What a viewer follows in one consultation, as its pages mark it."""

import msgspec
from msgspec.structs import replace

from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId, NodeId
from server.store import drafts, follows
from server.store.connection import Connection
from server.store.reading import Listed
from server.web.views import NodeBlock


class Followed(msgspec.Struct, frozen=True):
    """The ``whole`` consultation, ``nodes`` of the newest version (also what those followed earlier have become), ``contributions``."""

    whole: bool = False
    nodes: frozenset[NodeId] = frozenset()
    contributions: frozenset[ContributionId] = frozenset()


NOTHING = Followed()


async def followed_by(connection: Connection, viewer: Viewer, consultation: Listed) -> Followed:
    """What the viewer follows here; nothing for who has not signed in."""
    if viewer.person is None:
        return NOTHING
    own = await follows.own_follows_in(connection, viewer.person, consultation.id)
    nodes: set[NodeId] = set()
    for one in own:
        if one.node is not None:
            nodes |= await drafts.nodes_now(connection, consultation.id, one.node, one.version, consultation.version)
    return Followed(
        whole=any(one.node is None and one.contribution is None for one in own),
        nodes=frozenset(nodes),
        contributions=frozenset(one.contribution for one in own if one.contribution is not None),
    )


def marked(block: NodeBlock, nodes: frozenset[NodeId]) -> NodeBlock:
    """A block in which those of ``nodes`` are marked as followed."""
    if not nodes:
        return block
    children = tuple(marked(child, nodes) for child in block.children)
    return replace(block, children=children, followed=block.node in nodes)
