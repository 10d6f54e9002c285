"""Consultations that were taken over from elsewhere, to be read: what they asked, what was said and answered, and the numbers.

Nothing here is alive: no vote, no contribution, no account stands behind it, only the file that it came in.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations import tree
from consultations.places import placed_nodes
from consultations.taken_over import Given, Total
from consultations.tree import Draft
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.ids import NodeId
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.store import taken_over as store
from server.store.connection import Connection
from server.store.drafts import PlacedNode
from server.store.reading import NEWEST_ID
from server.store.taken_over import Dossier
from server.web import records
from server.web.citizen import Ports, number_in
from server.web.door import Door, page
from server.web.etag import answer
from server.web.fields import number_in_path
from server.web.texts import Words, words_of
from server.web.views import AnswerView, Crumb, Pagination, VoteBox

TAKEN_OVER = "/tiep-nhan"
LISTED = 40
SPOKEN = 50
"""Contributions on one page."""
_KEPT_TEXTS = 8


class DossierView(msgspec.Struct, frozen=True):
    """What stands at the head of its pages. ``there`` is the agency that held it, ``here`` the one that took it over; ``source`` is where
    it says it stood."""

    url: str
    title: str
    title_lang: str
    there: str
    here: str
    phase: str
    opens_at: datetime
    closes_at: datetime
    at: datetime
    source: str
    sha256: str
    size: int
    summary: str
    version: int
    contributions: int


class Asked(msgspec.Struct, frozen=True):
    """One question of a questionnaire or a poll: how many people answered, and (option, place in a ranking or 0, people)."""

    text: str
    people: int
    options: tuple[tuple[str, int, int], ...]


class Spoken(msgspec.Struct, frozen=True):
    """One contribution with the place in the text it was given on, both empty for the whole, and what it answers."""

    line: Given
    label: str
    url: str
    parent_url: str
    answer: AnswerView | None


class _Text(msgspec.Struct, frozen=True):
    """One version: its nodes by permalink fragment, and its words by language; neither where there is no text."""

    nodes: Mapping[str, NodeId] = {}
    words: Mapping[Language, Words] = {}

    def label(self, clause: str | None, lang: Language) -> str:
        """What one calls the clause; empty for the whole."""
        return self.words[lang].labels[self.nodes[clause]] if clause is not None and clause in self.nodes else ""


class TakenOverPages:
    """Pages that anybody reads."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._texts: OrderedDict[tuple[int, int], _Text] = OrderedDict()

    def doors(self) -> Sequence[Door]:
        one = TAKEN_OVER + "/{dossier:int}"
        return (
            page(TAKEN_OVER, Action.READ_PUBLIC, self.list),
            page(one, Action.READ_PUBLIC, self.dossier),
            page(one + "/v{version:int}", Action.READ_PUBLIC, self.text),
            page(one + "/y-kien", Action.READ_PUBLIC, self.contributions),
            page(one + "/du-lieu.zip", Action.READ_PUBLIC, self.file),
        )

    async def list(self, request: Request) -> Response:
        """All of them, the newest first."""
        viewer: Viewer = request.state.viewer
        before = number_in(request, "truoc")
        async with self._ports.pool.acquire() as connection:
            found = await store.list_dossiers(connection, before or NEWEST_ID, LISTED + 1)
        more, found = len(found) > LISTED, found[:LISTED]
        return self._ports.pages.render(
            request,
            "open/taken_over_list.html",
            crumbs=(Crumb(_name(viewer)),),
            dossiers=[view_of(one, viewer.lang) for one in found],
            pagination=Pagination(TAKEN_OVER if before else "", f"{TAKEN_OVER}?truoc={found[-1].id}" if more else ""),
        )

    async def dossier(self, request: Request) -> Response:
        """Where it comes from, what was asked, and every number as it was published there."""
        viewer: Viewer = request.state.viewer
        async with self._ports.pool.acquire() as connection:
            found = await _found(connection, request)
            totals, numbers = await store.read_numbers(connection, found.id)
            versions = await store.versions(connection, found.id)
            texts = {version: await self._text(connection, found.id, version) for version in versions}
        view = view_of(found, viewer.lang)
        figures = records.figures_of([records.Number(*msgspec.structs.astuple(one)) for one in numbers], found.about.target_people)
        return self._ports.pages.render(
            request,
            "open/taken_over.html",
            crumbs=(Crumb(_name(viewer), TAKEN_OVER), Crumb(view.title, "", view.title_lang)),
            dossier=view,
            versions=versions,
            voted=[_voted(rows, texts, view.url, viewer.lang) for rows in _by_question(totals, draft=True)],
            asked=[_asked(rows) for rows in _by_question(totals, draft=False)],
            figures=figures,
            removable=may(viewer, Action.CREATE_CONSULTATION, agency=found.agency),
        )

    async def text(self, request: Request) -> Response:
        """One version of the draft, with the votes on each điều."""
        viewer: Viewer = request.state.viewer
        version = number_in_path(request, "version")
        async with self._ports.pool.acquire() as connection:
            found = await _found(connection, request)
            totals, _ = await store.read_numbers(connection, found.id)
            text = await self._text(connection, found.id, version)
            versions = await store.versions(connection, found.id)
        if not text.words:
            raise Refused("not_found")
        view = view_of(found, viewer.lang)
        votes = {
            text.nodes[clause]: VoteBox(rows[0].question, text.label(clause, viewer.lang), _three(rows))
            for rows in _by_question(totals, draft=True)
            if rows[0].version == version and (clause := rows[0].clause) is not None and clause in text.nodes
        }
        return self._ports.pages.render(
            request,
            "open/taken_over_text.html",
            crumbs=(*way_to(view, viewer), Crumb(translator(viewer.lang)("Phiên bản %(number)s", number=version))),
            dossier=view,
            version=version,
            versions=versions,
            words=text.words[viewer.lang],
            votes=votes,
        )

    async def contributions(self, request: Request) -> Response:
        """What was said, in the order in which it came, and what the agency answered."""
        viewer: Viewer = request.state.viewer
        after, before = number_in(request, "sau") or 0, number_in(request, "truoc")
        async with self._ports.pool.acquire() as connection:
            found = await _found(connection, request)
            if before is None:
                lines = await store.contributions_after(connection, found.id, after, SPOKEN + 1)
                earlier, later, lines = after > 0, len(lines) > SPOKEN, lines[:SPOKEN]
            else:
                lines = await store.contributions_before(connection, found.id, before, SPOKEN + 1)
                earlier, later, lines = len(lines) > SPOKEN, True, lines[-SPOKEN:]
            texts = {version: await self._text(connection, found.id, version) for version in sorted({one.version for one in lines})}
            versions = await store.versions(connection, found.id)
        view = view_of(found, viewer.lang)
        url = f"{view.url}/y-kien"
        return self._ports.pages.render(
            request,
            "open/taken_over_contributions.html",
            crumbs=(*way_to(view, viewer), Crumb(translator(viewer.lang)("Ý kiến và trả lời"))),
            dossier=view,
            versions=versions,
            spoken=[_spoken(one, texts[one.version], view.url, viewer.lang) for one in lines],
            earlier=f"{url}?truoc={lines[0].id}" if earlier and lines else "",
            later=f"{url}?sau={lines[-1].id}" if later and lines else "",
        )

    async def file(self, request: Request) -> Response:
        """The file as it came, byte by byte."""
        async with self._ports.pool.acquire() as connection:
            found = await _found(connection, request)
            data = await store.read_bytes(connection, found.id)
        if data is None:
            raise Refused("not_found")
        headers = {"content-disposition": f'attachment; filename="tiep-nhan-{found.id}.zip"'}
        return answer(request, data, "application/zip", headers | {"content-security-policy": "default-src 'none'; sandbox"})

    async def _text(self, connection: Connection, dossier: int, version: int) -> _Text:
        """The text of one version. A few are kept."""
        key = (dossier, version)
        kept = self._texts.get(key)
        if kept is not None:
            self._texts.move_to_end(key)
            return kept
        stored = await store.read_text(connection, dossier, version)
        if stored is None:
            return _Text()
        # It may be as long as twelve decrees: others are served meanwhile.
        self._texts[key] = made = await asyncio.to_thread(_made, stored)
        while len(self._texts) > _KEPT_TEXTS:
            self._texts.popitem(last=False)
        return made


def _made(stored: object) -> _Text:
    draft = msgspec.convert(stored, Draft)
    anchors = tree.anchors(draft)
    nodes = [PlacedNode(one.node, one.place, one.anchor) for one in placed_nodes(draft)]
    return _Text({anchor: node for node, anchor in anchors.items()}, words_of(draft, None, nodes, anchors))


async def _found(connection: Connection, request: Request) -> Dossier:
    found = await store.read(connection, number_in_path(request, "dossier"))
    if found is None:
        raise Refused("not_found")
    return found


def _name(viewer: Viewer) -> str:
    return translator(viewer.lang)("Tiếp nhận từ nơi khác")


def way_to(view: DossierView, viewer: Viewer) -> tuple[Crumb, ...]:
    """The list, and the one."""
    return Crumb(_name(viewer), TAKEN_OVER), Crumb(view.title, view.url, view.title_lang)


def view_of(one: Dossier, lang: Language) -> DossierView:
    """One of them to be shown."""
    about, english = one.about, lang == "en"
    return DossierView(
        url=f"{TAKEN_OVER}/{one.id}",
        title=(english and about.title_en) or about.title,
        title_lang="en" if english and about.title_en else "vi",
        there=about.agency,
        here=(english and one.agency_name_en) or one.agency_name,
        phase=about.phase,
        opens_at=about.opens_at,
        closes_at=about.closes_at,
        at=one.at,
        source=about.url,
        sha256=one.sha256,
        size=one.size,
        summary=about.summary,
        version=about.version,
        contributions=about.contributions,
    )


def _by_question(totals: Sequence[Total], *, draft: bool) -> list[list[Total]]:
    """The rows of each question, in the order of the file: of the draft (or its statements), or of all others."""
    chosen = [one for one in totals if (one.part == "draft") is draft]
    return [[*rows] for _, rows in groupby(chosen, key=lambda one: one.question)]


def _three(rows: Sequence[Total]) -> tuple[int, int, int]:
    people = {one.choice: one.people for one in rows}
    return people.get(0, 0), people.get(1, 0), people.get(2, 0)


def _voted(rows: Sequence[Total], texts: Mapping[int, _Text], url: str, lang: Language) -> tuple[str, str, int, tuple[int, int, int]]:
    """What was voted on, where it stands, in which version, and people by answer."""
    first = rows[0]
    version = first.version or 1
    label = texts.get(version, _Text()).label(first.clause, lang)
    return label or first.text or "", f"{url}/v{version}#{first.clause}" if label else "", version, _three(rows)


def _asked(rows: Sequence[Total]) -> Asked:
    whole = next((one.people for one in rows if one.choice == -1), sum(one.people for one in rows))
    return Asked(rows[0].text or "", whole, tuple((one.label, one.place or 0, one.people) for one in rows if one.choice >= 0))


def _spoken(one: Given, text: _Text, url: str, lang: Language) -> Spoken:
    label = text.label(one.clause, lang)
    return Spoken(
        one,
        label,
        f"{url}/v{one.version}#{one.clause}" if label else "",
        f"{url}/y-kien?sau={one.parent - 1}#y-kien-{one.parent}" if one.parent else "",
        AnswerView(one.outcome, one.answer or "") if one.outcome else None,
    )
