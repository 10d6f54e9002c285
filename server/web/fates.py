"""What becomes of contributions in later versions of a draft: placed by the rules, and said in sentences that never claim too much."""

from collections.abc import Mapping, Sequence

from consultations.anchoring import Anchor, Placing
from consultations.contribution import Contribution
from consultations.matching import Correspondence, correspond
from consultations.tree import Draft, paths
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.store.connection import Connection
from server.store.drafts import Placement
from server.store.reading import Listed, Row
from server.web.texts import Text, Texts
from server.web.views import Fate


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


_REMOVED = _("Lời được góp ý không còn trong phiên bản %(number)s.")
_DOUBTFUL = _("Chưa xác định chắc chắn lời được góp ý nay ở đâu trong phiên bản %(number)s.")
_SAID = {
    "kept": _("Lời được góp ý còn nguyên trong phiên bản %(number)s:"),
    "moved": _("Lời được góp ý đã chuyển chỗ trong phiên bản %(number)s:"),
    "changed": _("Lời được góp ý đã sửa trong phiên bản %(number)s:"),
}


class Placer:
    """Places contributions in a version that is not there yet. ``earlier`` are the versions by number, ``places`` the nodes of the new
    one that may be spoken of, with those that list them.

    Comparing takes a second of processor time for each long version: make and use it in a thread.
    """

    def __init__(self, earlier: Mapping[int, Draft], new: Draft, places: Mapping[NodeId, NodeId]) -> None:
        self.correspondences: dict[int, Correspondence] = {number: correspond(old, new) for number, old in earlier.items()}
        self._placings = {number: Placing(old, new, self.correspondences[number]) for number, old in earlier.items()}
        self._known: dict[ContributionId, Placement] = {}
        self._spoken_of: dict[NodeId, NodeId] = {}  # a node, or the nearest above it that people speak of
        for path in paths(new):
            above = next((node.id for node in reversed(path) if node.id in places), None)
            if above is not None:
                self._spoken_of[path[-1].id] = above
        self._places = places

    def place(self, spoken: Sequence[Contribution]) -> list[Placement]:
        """Where each of these contributions is."""
        return [self._known.get(one.id) or self._known.setdefault(one.id, self._place(one)) for one in spoken]

    def _place(self, one: Contribution) -> Placement:
        assert one.node is not None
        try:
            found = self._placings[one.version].place(Anchor(one.node, one.quote, one.before, one.after))
        except Refused:  # words that were never there as quoted: a person must look
            return Placement(one.id, "changed", None, None, True)
        if found.doubtful:
            return Placement(one.id, found.state, None, None, True)
        if found.found is None:
            return Placement(one.id, "removed", None, None, False)
        there = self._spoken_of.get(found.found.node)
        if there is None:
            return Placement(one.id, found.state, None, None, True)
        return Placement(one.id, found.state, there, self._places[there], False)


def state_of(placement: Placement) -> str:
    """kept, moved, changed, removed, or doubtful."""
    return "doubtful" if placement.doubtful else placement.state


async def read_fates(
    connection: Connection, texts: Texts, consultation: Listed, rows: Sequence[Row], lang: Language
) -> dict[ContributionId, Fate]:
    """What became of those of ``rows`` that were given on a node of an earlier version."""
    earlier = [row for row in rows if row.version < consultation.version and row.first_node is not None]
    if not earlier:
        return {}
    old = {number: await texts.read(connection, consultation, number) for number in {row.version for row in earlier}}
    new = await texts.read(connection, consultation)
    return {row.id: fate_of(consultation, row, old[row.version], new, lang) for row in earlier}


def fate_of(consultation: Listed, row: Row, old: Text, new: Text, lang: Language) -> Fate:
    """What became of one contribution, with the way to both places."""
    say = translator(lang)
    number, url = consultation.version, f"/lay-y-kien/{consultation.slug}"
    label, anchor = old.name(row.first_node, lang)
    first = f"{label} ({say('phiên bản %(number)s', number=row.version)})", f"{url}/v{row.version}#{anchor}"
    if row.doubtful:
        return Fate("doubtful", say(_DOUBTFUL, number=number), first)
    if row.node is None:
        return Fate("removed", say(_REMOVED, number=number), first)
    label, anchor = new.name(row.node, lang)
    return Fate(row.here, say(_SAID[row.here], number=number), first, (label, f"{url}/v{number}#{anchor}"))
