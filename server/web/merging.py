"""Suggested wordings of one clause put together by the editor: what nobody disputes is merged, what is disputed is shown with who wants
what, and the result goes into the text prepared as the next version."""

from collections.abc import Mapping, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations import tree
from consultations.comparing import Run, runs
from consultations.matching import correspond
from consultations.merging import Merged, merge
from consultations.rewording import reworded
from consultations.tree import Draft, Node, content
from consultations.words import SUGGESTION_LIMIT
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.store import dispositions, next_versions
from server.store.reading import Listed, Row
from server.web.comparison import Comparisons
from server.web.desk import DESK, Desk, desk_url, field_error, fresh_command, head, in_hand
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.next_version import imported_of, in_preparation, keep, preparing
from server.web.pages import redirect
from server.web.views import FormError

_FORM_BYTES = 256 << 10
PREPARED = ""
"""The name of the wording in preparation among those that are merged: what has been taken in already counts like a suggestion."""


class Place(msgspec.Struct, frozen=True):
    """A clause for which other wordings were suggested, and how many."""

    label: str
    url: str
    words: str
    suggestions: int


class Suggestion(msgspec.Struct, frozen=True):
    """One suggested wording with what it changes. ``chosen``: it is to be merged. What was written for ``other_words`` than those of the
    newest version is shown but never merged. ``outcome`` is that of its answer, empty while there is none."""

    id: int
    name: str
    kind: str
    text: str
    runs: tuple[Run, ...]
    supports: int
    outcome: str
    chosen: bool
    other_words: bool


class Dispute(msgspec.Struct, frozen=True):
    """Words that several want otherwise: (wording, names of who wants it)."""

    words: str
    wishes: tuple[tuple[str, tuple[str, ...]], ...]


class Result(msgspec.Struct, frozen=True):
    """What comes out: ``text`` to be looked over, ``runs`` against the newest version. Disputed words stay as the version has them."""

    text: str
    runs: tuple[Run, ...]
    taken: int
    disputes: tuple[Dispute, ...]


class Clause(msgspec.Struct, frozen=True):
    """A node of the newest version with the suggestions for it, and its counterpart in the text in preparation. ``prepared`` is None
    where that text has no single counterpart."""

    found: Listed
    newest: Draft
    node: Node
    label: str
    anchor: str
    rows: tuple[Row, ...]
    bases: Mapping[int, Draft]
    revision: int
    prepared: Node | None


class Merging:
    """The editor's pages of suggested wordings."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._comparisons = Comparisons(desk.pool)

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}/hop-nhat"
        return (
            page(one, Action.READ_DRAFT, self.places),
            page(one + "/{anchor}", Action.READ_DRAFT, self.clause),
            form(one + "/{anchor}", Action.EDIT_CONSULTATION, self.take, limit=_FORM_BYTES),
        )

    async def places(self, request: Request) -> Response:
        """The clauses for which other wordings were suggested, in the order of the draft."""
        lang = request.state.viewer.lang
        found, rows = await self._suggestions(request, Action.READ_DRAFT)
        draft = await self._draft(found, found.version)
        by_node: dict[NodeId, int] = {}
        for row in rows:
            if row.node is not None:
                by_node[row.node] = by_node.get(row.node, 0) + 1
        anchors = tree.anchors(draft)
        shown = [
            Place(tree.full_label(path, lang), f"{desk_url(found)}/hop-nhat/{anchors[node.id]}", content(node), by_node[node.id])
            for path in tree.paths(draft)
            if (node := path[-1]).id in by_node
        ]
        return self._desk.pages.render(
            request,
            "versions/suggestions.html",
            head=head(found, lang, translator(lang)("Phương án câu chữ")),
            places=shown,
            elsewhere=sum(1 for row in rows if row.node is None),
        )

    async def clause(self, request: Request) -> Response:
        """One clause: its suggestions, those chosen put together. Until somebody chooses, those accepted are."""
        clause = await self._clause(request, Action.READ_DRAFT)
        return await self._show(request, clause)

    async def take(self, request: Request) -> Response:
        """Takes the words, as the editor left them, into the text in preparation."""
        viewer: Viewer = request.state.viewer
        clause = await self._clause(request, Action.EDIT_CONSULTATION)
        preparing(clause.found)
        typed, sent = await text_of(request, "words", 4 * SUGGESTION_LIMIT), await text_of(request, "revision", 10)
        try:
            if not typed.strip():
                raise Refused("empty", field="words")
            if clause.prepared is None:
                raise Refused("no_single_place")
            prepared = await in_preparation(self._desk, clause.found)
            if str(prepared.revision) != sent:
                raise Refused("edited_meanwhile")
            imported = imported_of(prepared)
            changed = msgspec.structs.replace(imported, draft=reworded(imported.draft, clause.prepared.id, typed))
            await keep(self._desk, clause.found, prepared.revision, prepared.file_name, changed)
        except Refused as refused:
            if refused.code not in ("empty", "no_single_place", "edited_meanwhile"):
                raise
            return await self._show(request, clause, typed, (field_error(refused, viewer.lang, "words"),))
        return redirect(request, f"{desk_url(clause.found)}/hop-nhat", notice="wording_taken")

    # --- what they share -----------------------------------------------------------------------------------------------

    async def _draft(self, found: Listed, number: int) -> Draft:
        draft = await self._comparisons.draft(found.id, number)
        if draft is None:
            raise Refused("not_found")
        return draft

    async def _suggestions(self, request: Request, action: Action) -> tuple[Listed, list[Row]]:
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, action)
            return found, await next_versions.suggestions(connection, found.id)

    async def _clause(self, request: Request, action: Action) -> Clause:
        found, rows = await self._suggestions(request, action)
        newest = await self._draft(found, found.version)
        anchors = {anchor: node for node, anchor in tree.anchors(newest).items()}
        path = tree.find(newest, anchors.get(request.path_params["anchor"], NodeId("")))
        if path is None:
            raise Refused("not_found")
        node = path[-1]
        here = tuple(row for row in rows if row.node == node.id)
        bases = {row.version: await self._draft(found, row.version) for row in here}
        prepared = await in_preparation(self._desk, found)
        draft = imported_of(prepared).draft
        after = (node.id,) if prepared.revision == 0 else correspond(newest, draft).successors.get(node.id, ())
        there = tree.find(draft, after[0]) if len(after) == 1 else None
        label = tree.full_label(path, request.state.viewer.lang)
        anchor = request.path_params["anchor"]
        return Clause(found, newest, node, label, anchor, here, bases, prepared.revision, None if there is None else there[-1])

    async def _show(self, request: Request, clause: Clause, typed: str | None = None, errors: tuple[FormError, ...] = ()) -> Response:
        lang: Language = request.state.viewer.lang
        async with self._desk.pool.acquire() as connection:
            answers = await dispositions.answers_in_hand(connection, [ContributionId(row.id) for row in clause.rows])
        asked = request.query_params.getlist("chon")
        outcomes = {id: answer.outcome for id, answer in answers.items()}
        suggestions = []
        base = content(clause.node)
        for row in clause.rows:
            first = tree.find(clause.bases[row.version], NodeId(row.first_node or ""))
            theirs = content(first[-1]) if first else ""
            other = theirs.split() != base.split()
            chosen = str(row.id) in asked if "loc" in request.query_params else outcomes.get(row.id) == "accepted"
            suggestions.append(
                Suggestion(
                    id=row.id,
                    name=row.name,
                    kind=row.kind,
                    text=row.text,
                    runs=runs(theirs, row.suggestion or ""),
                    supports=row.supports,
                    outcome=outcomes.get(row.id, ""),
                    chosen=chosen and not other,
                    other_words=other,
                )
            )
        wanted = {str(row.id): row.suggestion or "" for row, one in zip(clause.rows, suggestions, strict=True) if one.chosen}
        if clause.prepared is not None and content(clause.prepared).split() != base.split():
            wanted[PREPARED] = content(clause.prepared)
        result = _result(base, merge(base, wanted), {str(one.id): one.name for one in suggestions}, translator(lang)("Bản chuẩn bị"))
        return self._desk.pages.render(
            request,
            "versions/merging.html",
            status=422 if errors else 200,
            head=head(clause.found, lang, translator(lang)("Phương án câu chữ"), clause.label),
            clause=clause,
            words=base,
            suggestions=suggestions,
            result=result,
            prepared=PREPARED in wanted,
            typed=result.text if typed is None else typed,
            command=fresh_command(),
            errors=errors,
        )


def _result(base: str, merged: Merged, names: Mapping[str, str], prepared: str) -> Result:
    def who(by: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{names[one]} (#{one})" if one != PREPARED else prepared for one in by)

    disputes = tuple(Dispute(one.text, tuple((wish.text, who(wish.by)) for wish in one.wishes)) for one in merged.conflicts)
    return Result(merged.text, runs(base, merged.text), len(merged.taken), disputes)
