"""Words that somebody quotes of a draft, found where they stand: what is kept is the draft's own words, or nothing."""

import unicodedata
from collections.abc import Collection, Iterator

from consultations.anchoring import Anchor, anchor
from consultations.passages import Passage, Text
from consultations.tree import Draft, Node, content, find
from consultations.wording import plain_words
from server.kernel.ids import NodeId
from server.kernel.refused import Refused


def quoted(draft: Draft, node: NodeId, words: str, before: str = "", after: str = "", *, among: Collection[NodeId]) -> Anchor:
    """The anchor of ``words`` in a node, or in one of those below it that are ``among`` the nodes one may speak of.

    White space, the numbering before the words and how their letters are composed do not matter; every word does. Where they stand more
    than once, what stands ``before`` and ``after`` them must tell which are meant.

    Raises: Refused ``not_found`` for an unknown node, ``bad_quote`` where the words stand nowhere there, ``quoted_twice`` where they stand
        at several places that nothing tells apart.
    """
    path = find(draft, node)
    if path is None:
        raise Refused("not_found")
    wanted = plain_words(unicodedata.normalize("NFC", words))
    if not any(word[0].isalnum() for word in wanted):
        raise Refused("bad_quote")
    places = [place for one in _below(path[-1]) if one.id == node or one.id in among for place in _places(one, wanted)]
    if not places:
        raise Refused("bad_quote")
    meant = [place for place in places if place.text.node == node] or places
    if len(meant) > 1:
        meant = [place for place in meant if _between(place, before, after)]
    if len(meant) != 1:
        raise Refused("quoted_twice")
    found = meant[0].found()
    return anchor(draft, found.node, found.start, found.end)


def _below(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _below(child)


def _places(node: Node, wanted: list[str]) -> list[Passage]:
    text = Text(node.id, content(node))
    marker = plain_words(node.marker)
    bare = wanted[len(marker) :] if marker and wanted[: len(marker)] == marker and len(wanted) > len(marker) else wanted
    for words in (wanted, bare):
        if places := text.places(words):
            return [Passage(text, first, len(words), 0, 0) for first in places]
    return []


def _between(place: Passage, before: str, after: str) -> bool:
    """Whether what is said to stand around the words does. The word at the far end of each side may have been cut."""
    around = place.found()
    left = plain_words(unicodedata.normalize("NFC", before))[1:]
    right = plain_words(unicodedata.normalize("NFC", after))[:-1]
    stands = plain_words(place.text.text[: around.start]), plain_words(place.text.text[around.end :])
    return (not left or stands[0][-len(left) :] == left) and stands[1][: len(right)] == right
