"""The agency's answers: for each điều what people said of it, one answer for one or for many, and the publication of all at once."""

from collections.abc import Callable, Collection, Sequence
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.answering import MOST_AT_ONCE
from consultations.contribution import stand
from consultations.report import DISPOSITIONS
from consultations.words import EXPLANATION_LIMIT
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.jobs.reporting import add_report_job
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused
from server.locale import Language, translator
from server.store import dispositions, lists, reading, reports
from server.store.connection import Connection
from server.store.reading import Listed, Row
from server.web import refusals
from server.web.answering_views import AnswerForm, AnswerItem, AnswerPage, AnswerPlace, Outcomes
from server.web.answers import answer_view
from server.web.consultation_page import WHOLE, contribution_view
from server.web.desk import DESK, Desk, command_of, desk_url, fresh_command, head, in_hand
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.pages import redirect
from server.web.texts import Text
from server.web.views import FormError, TocEntry

ANSWERED_TOGETHER = 50
"""Contributions on one page, all of which may be answered at once."""

GONE = "khong-con"
"""Stands in addresses for words that the newest version has no more."""

_FORM_BYTES = 256 << 10  # the longest explanation in decomposed letters, percent-encoded
_ANSWERABLE = ("open", "suspended", "closed", "answered")


class _Wish(msgspec.Struct, frozen=True):
    """Which part of the list is asked for. ``place`` is an anchor or empty, ``chosen`` what is ticked from the beginning."""

    place: str = ""
    only_lacking: bool = False
    before: int = lists.LARGEST
    chosen: str = ""

    def url(self, base: str, **changes: object) -> str:
        asked = msgspec.structs.replace(self, **changes)
        return f"{base}?{urlencode(asked.fields())}" if asked.fields() else base

    def fields(self) -> dict[str, str]:
        before = "" if self.before == lists.LARGEST else str(self.before)
        found = {"dieu": self.place, "loc": "chua" if self.only_lacking else "", "truoc": before, "chon": self.chosen}
        return {name: value for name, value in found.items() if value}


class Answering:
    """The pages of those who answer. ``wake`` is called when a report was asked for."""

    def __init__(self, desk: Desk, wake: Callable[[], None]) -> None:
        self._desk = desk
        self._wake = wake

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}/tra-loi"
        return (
            page(one, Action.DISPOSE, self.list),
            form(one, Action.DISPOSE, self.dispose, limit=_FORM_BYTES),
            page(one + "/cong-bo", Action.PUBLISH_ANSWERS, self.confirm),
            form(one + "/cong-bo", Action.PUBLISH_ANSWERS, self.publish),
        )

    async def list(self, request: Request) -> Response:
        """All điều with what lacks an answer; below one of them what people said of it, with the form."""
        asked = request.query_params
        wish = _Wish(
            asked.get("dieu", "")[:200],
            asked.get("loc", "") == "chua",
            _number(asked.get("truoc", "")) or lists.LARGEST,
            asked.get("chon", ""),
        )
        return await self._page(request, wish)

    async def dispose(self, request: Request) -> Response:
        """One answer to all that were ticked."""
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.DISPOSE)
        wish = _Wish(await text_of(request, "dieu", 200), await text_of(request, "loc", 10) == "chua", lists.LARGEST)
        before = _number(await text_of(request, "truoc", 20))
        wish = wish if before is None else msgspec.structs.replace(wish, before=before)
        written = AnswerForm(
            command=await command_of(request),
            outcome=await text_of(request, "outcome", 20),
            explanation=await text_of(request, "explanation", _FORM_BYTES),
            node=await text_of(request, "node", 100),
        )
        ticked = await _ticked(request)
        _ = translator(viewer.lang)
        errors = []
        if not ticked and found.phase in _ANSWERABLE:
            errors.append(FormError("danh-sach", _("Xin chọn ít nhất một ý kiến để trả lời.")))
        if written.outcome not in DISPOSITIONS and found.phase in _ANSWERABLE:
            errors.append(FormError("outcome", _("Xin chọn kết quả tiếp thu.")))
        if errors:
            return await self._page(request, wish, written, ticked, tuple(errors))
        node = NodeId(written.node) if written.node else None
        command = c.Dispose(tuple(ticked), written.outcome, written.explanation, node, tuple(ticked.values()))  # type: ignore[arg-type]
        try:
            await self._desk.consulting.change(viewer, written.command, found.id, command)  # type: ignore[arg-type]
        except Refused as refused:
            if refused.code not in ("no_explanation", "too_long", "already", "seen_otherwise"):
                raise
            field = "danh-sach" if refused.code in ("already", "seen_otherwise") else "explanation"
            return await self._page(request, wish, written, ticked, (FormError(field, refusals.sentence(refused, viewer.lang)),))
        return redirect(request, f"{desk_url(found)}/tra-loi", notice="answer_saved", **wish.fields())

    async def confirm(self, request: Request) -> Response:
        return await self._confirmation(request)

    async def publish(self, request: Request) -> Response:
        """All answers become public at once; then the report is made of them, if there is a cover for it."""
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.PUBLISH_ANSWERS)
        try:
            await self._desk.consulting.change(viewer, await command_of(request), found.id, c.PublishAnswers())
        except Refused as refused:
            if refused.code != "unanswered":
                raise
            return await self._confirmation(request, refused)
        async with self._desk.pool.acquire() as connection:
            before = await reports.newest(connection, found.id)
            if before is not None:
                await reports.cancel(connection, found.id)
                number = await reports.ask(connection, found.id, before.cover)
                if number is not None:
                    await add_report_job(connection, number)
                    self._wake()
        return redirect(request, f"{desk_url(found)}/tong-hop", notice="answers_published")

    async def _confirmation(self, request: Request, refused: Refused | None = None) -> Response:
        lang: Language = request.state.viewer.lang
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.PUBLISH_ANSWERS)
            if found.phase != "closed":
                raise Refused("wrong_phase", phase=found.phase)
            outcomes = await read_outcomes(connection, found)
            waiting = await reports.count_waiting(connection, found.id)
        _ = translator(lang)
        error = () if refused is None else (FormError("con-thieu", refusals.sentence(refused, lang)),)
        return self._desk.pages.render(
            request,
            "answering/publish.html",
            status=409 if refused else 200,
            head=head(found, lang, _("Công bố trả lời")),
            outcomes=outcomes,
            waiting=waiting,
            command=fresh_command(),
            errors=error,
        )

    async def _page(
        self,
        request: Request,
        wish: _Wish,
        written: AnswerForm | None = None,
        ticked: Collection[ContributionId] = (),
        errors: tuple[FormError, ...] = (),
    ) -> Response:
        lang: Language = request.state.viewer.lang
        _ = translator(lang)
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.DISPOSE)
            if found.phase == "draft":
                raise Refused("wrong_phase", phase=found.phase)
            text = await self._desk.texts.read(connection, found)
            places = await _places(connection, found, text, lang, wish)
            waiting = await reports.count_waiting(connection, found.id)
            where = _where(text, wish.place)
            rows = [] if where is None else await _rows(connection, found, where, wish)
            more, rows = len(rows) > ANSWERED_TOGETHER, rows[:ANSWERED_TOGETHER]
            answers = await dispositions.answers_in_hand(connection, [row.id for row in rows])
            written, ticked = await _chosen(connection, wish, rows, answers, written, ticked)
            shown = {one.version for one in answers.values() if one.version}
            texts = {version: await self._desk.texts.read(connection, found, version) for version in shown}
        base = f"{desk_url(found)}/tra-loi"
        items = []
        for row in rows:
            answer = answers.get(row.id)
            view = None if answer is None else answer_view(found, answer, texts, lang)
            edit = wish.url(base, chosen=str(row.id)) + "#tra-loi"
            contribution = contribution_view(row, text, lang)
            words = f"/lay-y-kien/{found.slug}/v{found.version}#{contribution.anchor}"
            items.append(AnswerItem(contribution, stand(row.revision, row.ruled_at), view, row.id in ticked, edit, words))
        here = next((place for place in places if place.current), None)
        spoken = AnswerPage(
            places=places,
            total=sum(place.total for place in places),
            lacking=sum(place.lacking for place in places),
            waiting=waiting,
            here=here,
            only_lacking=wish.only_lacking,
            items=tuple(items),
            form=written,
            nodes=_nodes(text, lang) if found.version > 1 else (),
            version=found.version,
            back=tuple((name, value) for name, value in wish.fields().items() if name != "chon"),
            all_url=wish.url(base, chosen="tat-ca") + "#tra-loi",
            lacking_url=wish.url(base, only_lacking=True, before=lists.LARGEST, chosen=""),
            every_url=wish.url(base, only_lacking=False, before=lists.LARGEST, chosen=""),
            next_url=wish.url(base, before=rows[-1].id, chosen="") if more else "",
            explanation_limit=EXPLANATION_LIMIT,
            writable=found.phase in _ANSWERABLE,
            errors=errors,
        )
        steps = (_("Trả lời ý kiến"),) if here is None else (_("Trả lời ý kiến"), here.label)
        return self._desk.pages.render(
            request, "answering/list.html", status=422 if errors else 200, head=head(found, lang, *steps), page=spoken, errors=errors
        )


async def read_outcomes(connection: Connection, found: Listed) -> Outcomes:
    """The four dispositions of a consultation in numbers, for those who answer."""
    counted = await dispositions.count_outcomes(connection, found.id)
    return Outcomes(*(counted.get(outcome, 0) for outcome in (*DISPOSITIONS, None)))


def _where(text: Text, place: str) -> lists.Where | None:
    if place in (WHOLE, GONE):
        return "whole" if place == WHOLE else "gone"
    return text.listing_at(place) if place else None


async def _rows(connection: Connection, found: Listed, where: lists.Where, wish: _Wish) -> list[Row]:
    order: lists.Order = "unanswered" if wish.only_lacking else "newest"
    return await lists.page(connection, found.id, where, order, (0, wish.before), ANSWERED_TOGETHER + 1)


async def _places(connection: Connection, found: Listed, text: Text, lang: Language, wish: _Wish) -> tuple[AnswerPlace, ...]:
    """What people spoke of, in the order of the draft; the whole draft and what is gone come last."""
    _ = translator(lang)
    totals = await reading.visible_totals(connection, found.id)
    lacking = await dispositions.count_lacking(connection, found.id)
    base = f"{desk_url(found)}/tra-loi"
    words = text.words.get(lang)
    headings = {} if words is None else {entry.anchor: entry.heading for entry in _entries(words.toc)}
    listed = [] if words is None else [(one.label, headings.get(one.anchor, ""), one.anchor, node) for node, one in words.listings.items()]
    found_places = [
        AnswerPlace(label, heading, _Wish(anchor, wish.only_lacking).url(base), totals[node], lacking.get(node, 0), anchor == wish.place)
        for label, heading, anchor, node in listed
        if totals.get(node)
    ]
    ends = ((_("Toàn văn dự thảo"), WHOLE, totals.get(None, 0), ""), (_("Nội dung không còn trong dự thảo mới"), GONE, None, "-"))
    for label, anchor, known, under in ends:
        total = await lists.total_gone(connection, found.id) if known is None else known
        if total:
            url = _Wish(anchor, wish.only_lacking).url(base)
            found_places.append(AnswerPlace(label, "", url, total, lacking.get(under, 0), anchor == wish.place))
    return tuple(found_places)


def _entries(toc: Sequence[TocEntry]) -> Sequence[TocEntry]:
    return [entry for one in toc for entry in (one, *_entries(one.children))]


def _nodes(text: Text, lang: Language) -> tuple[tuple[str, str], ...]:
    """What a change can be in: every clause of the newest version."""
    words = text.words.get(lang)
    return () if words is None else tuple(choice for listing in words.listings.values() for choice in listing.choices)


async def _chosen(
    connection: Connection,
    wish: _Wish,
    rows: Sequence[Row],
    answers: dict[ContributionId, dispositions.Disposition],
    written: AnswerForm | None,
    ticked: Collection[ContributionId],
) -> tuple[AnswerForm, Collection[ContributionId]]:
    """The form and what is ticked: as they were sent, or as the address asks; an answer to be changed with all that share it."""
    if written is not None:
        return written, ticked
    if wish.chosen == "tat-ca":
        return AnswerForm(fresh_command()), [row.id for row in rows]
    one = ContributionId(_number(wish.chosen) or 0)
    answer = answers.get(one)
    if answer is None:
        return AnswerForm(fresh_command()), [one]
    together = await dispositions.answered_together(connection, answer.id)
    return AnswerForm(fresh_command(), answer.outcome, answer.explanation, answer.node or ""), together


async def _ticked(request: Request) -> dict[ContributionId, str]:
    """What is ticked, with the stand in which it was read."""
    values = (await request.form()).getlist("contribution")
    ticked = {}
    for value in values:
        number, _, seen = value.partition(".") if isinstance(value, str) else ("", "", "")
        id = _number(number)
        if id is None or not 0 < len(seen) <= 40 or len(values) > MOST_AT_ONCE:
            raise Refused("bad_input", field="contribution")
        ticked[ContributionId(id)] = seen
    return ticked


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 19 else None
