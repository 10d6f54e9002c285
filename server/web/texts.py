"""The words put to consultation, made ready for the page once: a published version never changes, so it is kept in memory."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from consultations import tree
from consultations.tree import Draft, Kind, Node
from server.kernel.ids import ConsultationId, NodeId, QuestionId
from server.locale import Language
from server.store import contributions, drafts
from server.store.connection import Connection
from server.store.drafts import PlacedNode, Question
from server.store.reading import Listed
from server.web.views import NodeBlock, TocEntry

KEPT = 64
"""Versions kept in memory; a long decree takes a few megabytes."""

_WITH_OWN_LINE: frozenset[Kind] = frozenset(("attachment", "annex", "form", "part", "chapter", "section", "subsection", "article"))
"""Kinds that stand in the table of contents."""


class Listing(msgspec.Struct, frozen=True):
    """A điều or annex under which contributions are listed, and the nodes one may speak of there: (id, label), itself first."""

    label: str
    anchor: str
    choices: tuple[tuple[str, str], ...]


class Words(msgspec.Struct, frozen=True):
    """A draft in one language. ``labels`` name every node in full; ``lang`` is the language its words are in.

    ``blocks`` have neither votes nor contributions yet. All nodes are named by their ids.
    """

    lang: Language
    blocks: tuple[NodeBlock, ...]
    toc: tuple[TocEntry, ...]
    labels: Mapping[NodeId, str]
    listings: Mapping[NodeId, Listing]


class Text(msgspec.Struct, frozen=True):
    """What is put to consultation: a draft's ``words`` by language of the page, or none, and the ``questions``.

    ``question_on`` finds the question about a điều. ``anchors`` are the permalink fragments of all nodes; ``places`` map each node one
    may speak of to the node that lists it. ``voter_secret`` is the key under which voters are known here.
    """

    voter_secret: bytes
    questions: tuple[Question, ...]
    question_on: Mapping[NodeId, QuestionId]
    anchors: Mapping[NodeId, str]
    places: Mapping[NodeId, NodeId]
    words: Mapping[Language, Words]

    def name(self, node: NodeId | None, lang: Language) -> tuple[str, str]:
        """Label and anchor of a node, both empty for the whole draft."""
        return ("", "") if node is None else (self.words[lang].labels[node], self.anchors[node])

    def content_of(self, node: NodeId) -> str:
        """What a node that one may speak of says in the language it was written in, without its numbering; empty for any other."""
        words = self.words.get("vi") if node in self.places else None
        block = None if words is None else next((one for one in _all(words.blocks) if one.node == node), None)
        return (
            "" if block is None else "\n".join(part for part in (block.heading, block.text, *(" ".join(row) for row in block.rows)) if part)
        )

    def anchor_of(self, question: Question) -> str:
        """Where a question stands in the page: its điều, or its number among the statements."""
        if question.node is not None:
            return self.anchors[question.node]
        return f"cau-{1 + [one.id for one in self.questions if one.statement is not None].index(question.id)}"

    def listing_at(self, anchor: str) -> NodeId | None:
        """The node with this anchor under which contributions are listed."""
        return next((place for place in self.places.values() if self.anchors[place] == anchor), None)


class Texts:
    """Reads texts; keeps those that can no longer change."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[ConsultationId, int], Text] = OrderedDict()

    async def read(self, connection: Connection, consultation: Listed, version: int | None = None) -> Text:
        """The text of a consultation in one version (None: the newest): at most four queries the first time, none after that unless it
        is still a draft. A version that is not there has neither words nor questions."""
        key = consultation.id, version or consultation.version
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        text = await _read(connection, *key)
        if consultation.phase != "draft" and key[1] <= consultation.version:
            self._kept[key] = text
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return text


async def _read(connection: Connection, consultation: ConsultationId, number: int) -> Text:
    questions = tuple(await drafts.read_questions(connection, consultation, number))
    secret = await contributions.voter_secret(connection, consultation)
    version = await drafts.read_version(connection, consultation, number)
    if version is None:
        return Text(secret, questions, {}, {}, {}, {})
    nodes = await drafts.read_nodes(connection, consultation, number)
    draft = msgspec.convert(version.draft, Draft)
    translation = None if version.translation is None else msgspec.convert(version.translation, Draft)
    anchors = tree.anchors(draft)
    return Text(
        voter_secret=secret,
        questions=questions,
        question_on={question.node: question.id for question in questions if question.node is not None},
        anchors=anchors,
        places={node.id: node.place for node in nodes},
        words=words_of(draft, translation, nodes, anchors),
    )


def words_of(draft: Draft, translation: Draft | None, nodes: list[PlacedNode], anchors: Mapping[NodeId, str]) -> Mapping[Language, Words]:
    """The words for pages in both languages. English pages show the draft itself where no translation has the same nodes."""
    vietnamese = _words(draft, "vi", "vi", anchors, nodes)
    if translation is not None and [node.id for node in tree.walk(translation)] == [node.id for node in tree.walk(draft)]:
        return {"vi": vietnamese, "en": _words(translation, "en", "en", anchors, nodes)}
    return {"vi": vietnamese, "en": _words(draft, "vi", "en", anchors, nodes)}


def _words(draft: Draft, written: Language, page: Language, anchors: Mapping[NodeId, str], nodes: list[PlacedNode]) -> Words:
    labels = {path[-1].id: tree.full_label(path, page) for path in tree.paths(draft)}
    listing = {node.place for node in nodes}
    choices: dict[NodeId, list[tuple[str, str]]] = {}
    for node in nodes:
        choices.setdefault(node.place, []).append((node.id, labels[node.id]))
    return Words(
        lang=written,
        blocks=tuple(_block(node, page, anchors, labels, listing) for node in draft.nodes),
        toc=_toc(draft.nodes, page, anchors),
        labels=labels,
        listings={place: Listing(labels[place], anchors[place], tuple(found)) for place, found in choices.items()},
    )


def _block(node: Node, lang: Language, anchors: Mapping[NodeId, str], labels: Mapping[NodeId, str], listing: set[NodeId]) -> NodeBlock:
    inside: list[NodeBlock] = []
    below: list[NodeBlock] = []
    for child in node.children:
        block = _block(child, lang, anchors, labels, listing)
        (below if node.id in listing and _lists(child, listing) else inside).append(block)
    return NodeBlock(
        node=node.id,
        kind=node.kind,
        anchor=anchors[node.id],
        label=labels[node.id],
        mark=node.marker or _mark(node, lang),
        heading=node.heading,
        text=node.text,
        rows=node.rows,
        children=tuple(inside),
        below=tuple(below),
    )


def _all(blocks: Iterable[NodeBlock]) -> Iterator[NodeBlock]:
    for block in blocks:
        yield block
        yield from _all((*block.children, *block.below))


def _lists(node: Node, listing: set[NodeId]) -> bool:
    return node.id in listing or any(_lists(child, listing) for child in node.children)


def _mark(node: Node, lang: Language) -> str:
    """The numbering of a node whose source leaves it to the word processor."""
    if node.number is None:
        return ""
    match node.kind:
        case "clause":
            return f"{node.number}."
        case "point":
            return f"{node.number})"
        case "article":
            return f"{tree.label(node, lang)}."
        case _:
            return tree.label(node, lang)


def _toc(nodes: tuple[Node, ...], lang: Language, anchors: Mapping[NodeId, str]) -> tuple[TocEntry, ...]:
    return tuple(
        TocEntry(anchors[node.id], tree.label(node, lang), node.heading, _toc(node.children, lang, anchors))
        for node in nodes
        if node.kind in _WITH_OWN_LINE
    )
