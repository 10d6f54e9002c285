"""Building the tree of a draft node by node, in reading order."""

from consultations.tree import RANK, Draft, Kind, Node
from server.kernel.ids import NodeId


class Growing:
    """A node that still grows. Its id is known once the tree is finished."""

    def __init__(self, kind: Kind, number: str | None, marker: str) -> None:
        self.kind = kind
        self.number = number
        self.marker = marker
        self.tight = False
        self.heading = ""
        self.lines: list[list[str]] = []
        self.rows: list[tuple[str, ...]] = []
        self.children: list[Growing] = []
        self.id = NodeId("")

    def say(self, words: str, *, on: bool = False) -> None:
        """Add a line, or go on in the last one behind a space."""
        if on and self.lines:
            self.lines[-1].append(words)
        else:
            self.lines.append([words])

    @property
    def last(self) -> str:
        """The words said last; empty before the first."""
        return self.lines[-1][-1] if self.lines else ""


class Building:
    """A tree that grows. ``path`` is the open node with those it stands in, the root first."""

    def __init__(self) -> None:
        self.roots: list[Growing] = []
        self.path: list[Growing] = []

    def open(self, kind: Kind, number: str | None = None, marker: str = "") -> Growing:
        """Begin a node in the deepest open node that can hold one of its kind."""
        while self.path and RANK[self.path[-1].kind] >= RANK[kind]:
            self.path.pop()
        node = Growing(kind, number, marker)
        (self.path[-1].children if self.path else self.roots).append(node)
        self.path.append(node)
        return node

    def close_to(self, kind: Kind | None) -> None:
        """Close all nodes within the open node of this kind; all nodes if there is none or ``kind`` is None."""
        while self.path and self.path[-1].kind != kind:
            self.path.pop()

    def words_node(self) -> Growing:
        """The node that takes the next words: the open one, but behind a table a paragraph of its own."""
        if not self.path or self.path[-1].kind == "table":
            self.open("paragraph")
        return self.path[-1]

    def finish(self, title: str) -> Draft:
        """The draft, with ids by reading order: ``n1``, ``n2`` and so on."""
        count = 0

        def grown(node: Growing) -> Node:
            nonlocal count
            count += 1
            node.id = NodeId(f"n{count}")
            children = tuple(grown(child) for child in node.children)
            text = "\n".join(" ".join(line) for line in node.lines)
            return Node(node.id, node.kind, node.number, node.marker, node.tight, node.heading, text, tuple(node.rows), children)

        return Draft(title, tuple(grown(root) for root in self.roots))
