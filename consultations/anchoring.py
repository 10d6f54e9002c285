"""What a contribution is tied to, and where that is in the next version of the draft.

An anchor is a node, the quoted words and 32 characters on either side. In a new version its words are *kept*, *moved*, *changed* or
*removed*. The rule above all others: an anchor is never tied to other words unseen. Equal words are taken for the quoted ones only where
what stands around them agrees, and where nobody else's words are a better claim to the place; else the placement is doubtful.
"""

import unicodedata
from collections.abc import Iterable
from typing import Literal

import msgspec
from msgspec.structs import replace
from rapidfuzz.distance import Indel

from consultations.matching import Correspondence
from consultations.passages import Found, Passage, Text
from consultations.tree import Draft, anchors, content, walk
from server.kernel.ids import NodeId
from server.kernel.refused import Refused

CONTEXT = 32
"""How many characters (code points) on either side an anchor remembers."""

_SURE = 0.45
"""Equal words whose surroundings agree less than this may be other words."""

_CHANGED = 0.65
"""How similar words must be, letter by letter, to be the quoted ones changed."""

_MARGIN = 0.1
"""Two places whose surroundings differ by less are equally good."""

_LONG_WORDS = 12
"""A quote of so many words is nobody else's: it proves half by itself where it came from."""


class Anchor(msgspec.Struct, frozen=True):
    """Words of one node of one version. An empty ``quote`` means the whole node. All texts are NFC."""

    node: NodeId
    quote: str = ""
    before: str = ""
    after: str = ""


class Placement(msgspec.Struct, frozen=True):
    """Where an anchor is in the next version.

    ``kept``: the same words under the same number. ``moved``: the same words, elsewhere or under another number. ``changed``: other
    words, shown in ``found``. ``removed``: nowhere. Where nobody can be sure, the state is ``changed``, ``found`` is None and ``rivals``
    are the places that a person may choose from. ``sure`` says how well words and surroundings agree, 0 to 1.
    """

    state: Literal["kept", "moved", "changed", "removed"]
    found: Found | None = None
    sure: float = 1.0
    rivals: tuple[Found, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether a person should look before anything is shown at a place of the new version."""
        return bool(self.rivals)


def anchor(draft: Draft, node: NodeId, start: int = 0, end: int = 0) -> Anchor:
    """The anchor of the words from ``start`` to ``end`` (code points) of a node's content; without offsets of the whole node.

    Where the same words stand in the node between the same 32 characters more than once, the anchor remembers as many more as it takes.

    Raises:
        Refused: ``not_found`` for an unknown node, ``bad_quote`` for offsets that name no words.
    """
    found = next((one for one in walk(draft) if one.id == node), None)
    if found is None:
        raise Refused("not_found")
    text = unicodedata.normalize("NFC", content(found))
    if start == end == 0:
        return Anchor(node)
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        raise Refused("bad_quote")
    reach = CONTEXT
    while True:
        made = Anchor(node, text[start:end], text[max(0, start - reach) : start], text[end : end + reach])
        if reach >= len(text) or len(Text(node, text).passages(made.quote, made.before, made.after)) == 1:
            return made
        reach *= 2


class Placing:
    """Placing many anchors of one version in the next: what has been read of the two is kept."""

    def __init__(self, old: Draft, new: Draft, correspondence: Correspondence) -> None:
        self.olds = {node.id: Text(node.id, content(node)) for node in walk(old)}
        self.news = {node.id: Text(node.id, content(node)) for node in walk(new)}
        self.addresses = anchors(old), anchors(new)
        self.correspondence = correspondence

    def place(self, anchor: Anchor) -> Placement:
        """Where ``anchor`` is in the new version.

        Raises:
            Refused: ``bad_quote`` if the anchor is not one of the old version.
        """
        text = self.olds.get(anchor.node)
        if text is None:
            raise Refused("bad_quote")
        successors = [self.news[node] for node in self.correspondence.successors[anchor.node]]
        if not anchor.quote:
            return self._whole(text, successors)
        passages = text.passages(anchor.quote, anchor.before, anchor.after)
        if not passages or not passages[0].count:
            raise Refused("bad_quote")
        placements = [self._passage(passage, successors) for passage in passages]
        if len(placements) == 1:
            return placements[0]
        # The anchor cannot tell apart the places where its words stood.
        rivals = tuple(found for one in placements for found in (*one.rivals, one.found) if found)
        return Placement("changed", sure=0.0, rivals=rivals) if rivals else Placement("removed")

    def _passage(self, passage: Passage, successors: list[Text]) -> Placement:
        if len(successors) == 1 and successors[0].plain == passage.text.plain:
            return self._kept_or_moved(passage.text.node, passage.same_in(successors[0], passage.first).found(), 1.0)
        return (
            self._intact(passage, successors)
            or self._changed(passage, successors)
            or self._intact(passage, [new for new in self.news.values() if new not in successors], elsewhere=True)
            or Placement("removed")
        )

    def _whole(self, text: Text, successors: list[Text]) -> Placement:
        """The placement of a whole node: its words are all of its content."""
        if not successors:
            return Placement("removed")
        places = tuple(Found(new.node, 0, len(new.text), new.text) for new in successors)
        if len(places) > 1:
            return Placement("changed", rivals=places)
        if successors[0].plain != text.plain:
            return Placement("changed", places[0], round(Indel.normalized_similarity(text.plain, successors[0].plain), 3))
        return self._kept_or_moved(text.node, places[0], 1.0)

    def _kept_or_moved(self, node: NodeId, found: Found, sure: float) -> Placement:
        if found.node in self.correspondence.unsure:
            same = self.news[found.node]
            equals = [self.news[one] for one in self.correspondence.unsure if self.news[one].plain == same.plain]
            return Placement("changed", sure=0.0, rivals=tuple(replace(found, node=one.node) for one in equals))
        return Placement("kept" if self.addresses[0][node] == self.addresses[1][found.node] else "moved", found, round(sure, 3))

    def _intact(self, passage: Passage, texts: Iterable[Text], elsewhere: bool = False) -> Placement | None:
        """The placement if the quoted words stand unchanged in one of ``texts``, in surroundings that agree.

        Where the same words of another old place agree better with the surroundings, they are that place's and not the quoted ones.
        """
        words = passage.words

        def same(text: Text) -> list[Passage]:
            return [passage.same_in(text, place) for place in text.places(words)]

        parted = len(self.correspondence.successors[passage.text.node]) > 1
        candidates: list[tuple[float, float, Passage]] = []
        for text in texts:
            sources = self.correspondence.predecessors[text.node]
            here = same(text)
            claims = [claim for node in sources for claim in same(self.olds[node]) if not claim.overlaps(passage)] if here else []
            for place in here:
                agreed, *others = (one.agrees(place, parted, len(sources) > 1) for one in (passage, *claims))
                lead = agreed - max(others) if others else 1.0
                if lead > (_MARGIN if elsewhere else -_MARGIN):
                    candidates.append((agreed, lead, place))
        if not candidates:
            return None
        agreed, lead, best = max(candidates, key=lambda one: one[0])
        alone = len(candidates) == 1 and lead == 1.0
        sure = max(agreed, 1 - 0.5 ** (len(words) / _LONG_WORDS)) if alone else agreed
        if elsewhere and sure < _SURE:
            return None  # words that are said at many places of a law
        equals = [place.found() for good, _, place in candidates if agreed - good < _MARGIN]
        if len(equals) > 1 or sure < _SURE or lead < _MARGIN:
            return Placement("changed", sure=0.0, rivals=tuple(equals))
        return self._kept_or_moved(passage.text.node, best.found(), sure)

    def _changed(self, passage: Passage, successors: list[Text]) -> Placement | None:
        """The placement if the words that now stand where the quoted ones stood are like them."""
        quote, best = " ".join(passage.words), None
        for new in successors:
            now = passage.now_in(new)
            if now is None:
                continue
            alike = Indel.normalized_similarity(quote, " ".join(now.words))
            if alike >= _CHANGED and (best is None or alike > best[0]) and not self._others(passage, now):
                best = alike, now
        return Placement("changed", best[1].found(), round(best[0], 3)) if best else None

    def _others(self, passage: Passage, now: Passage) -> bool:
        """Whether the words that were found stood, as they are, at another place of the old version already."""
        sources = [self.olds[node] for node in self.correspondence.predecessors[now.text.node]]
        return any(not now.same_in(old, place).overlaps(passage) for old in sources for place in old.places(now.words))


def place(anchor: Anchor, old: Draft, new: Draft, correspondence: Correspondence) -> Placement:
    """Where ``anchor``, made on ``old``, is in ``new``. For many anchors keep one ``Placing``."""
    return Placing(old, new, correspondence).place(anchor)
