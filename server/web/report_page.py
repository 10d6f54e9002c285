"""The consolidated report (form 10): its cover, a preview, the making of its files, and the page where everybody gets them."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import date

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations.report import KINDS, Cover, Kind, Opinion, build
from consultations.statute import day_of
from server.documents.form10 import MEDIA_TYPES
from server.documents.form10_words import COLUMNS, Cells, Heading, front, table
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.jobs.reporting import add_report_job
from server.kernel.refused import Refused
from server.locale import translator
from server.store import reports
from server.store.connection import Connection
from server.store.reading import Listed
from server.store.reports import ReportFile, StoredReport
from server.web import refusals, wording
from server.web.answering import read_outcomes
from server.web.answering_views import FileView, ReportStatus
from server.web.consultation_page import find_consultation
from server.web.desk import DESK, Desk, desk_url, head, in_hand
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.pages import redirect
from server.web.views import Crumb, FormError

_LINE = 300
_LINES = 50
_MOST_ASKED = 1_000_000
_SHOWN = 60
"""Rows of a preview."""
_HIDDEN_SHOWN = 200

_FILE = re.compile(r"([0-9a-f]{64})\.(docx|pdf)")
_ONE_LINE = ("parent_agency", "agency", "symbol", "place", "title", "authority", "signer", "signer_name")
_NEEDED = ("agency", "title", "signer")


class ReportPages:
    """Pages of editors about the report, and the public one. ``wake`` is called when one was asked for."""

    def __init__(self, desk: Desk, wake: Callable[[], None]) -> None:
        self._desk = desk
        self._wake = wake

    def doors(self) -> Sequence[Door]:
        one, public = DESK + "/{slug}/tong-hop", "/lay-y-kien/{slug}/tong-hop"
        return (
            page(one, Action.DISPOSE, self.report),
            form(one, Action.DISPOSE, self.ask),
            form(one + "/huy", Action.DISPOSE, self.cancel),
            page(one + "/xem-truoc", Action.DISPOSE, self.preview),
            page(public, Action.READ_PUBLIC, self.public),
            page(public + "/{file}", Action.READ_PUBLIC, self.file),
        )

    async def report(self, request: Request) -> Response:
        return await self._report(request)

    async def ask(self, request: Request) -> Response:
        """Has the report written under this cover; one that is under way goes on."""
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.DISPOSE)
            _require_published(found)
            typed = await _typed(request)
            cover, errors = _cover(found, typed, viewer)
            if cover is None:
                return await self._report(request, typed, errors)
            async with connection.transaction():
                number = await reports.ask(connection, found.id, cover)
                if number is not None:
                    await add_report_job(connection, number)
        self._wake()
        return redirect(request, f"{desk_url(found)}/tong-hop")

    async def cancel(self, request: Request) -> Response:
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.DISPOSE)
            await reports.cancel(connection, found.id)
        return redirect(request, f"{desk_url(found)}/tong-hop")

    async def preview(self, request: Request) -> Response:
        """The report as it would be now, of what is answered: its first rows."""
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.DISPOSE)
            _require_published(found)
            before = await reports.newest(connection, found.id)
            opinions = await reports.read_opinions(connection, found.id, f"/lay-y-kien/{found.slug}")
        cover = before.cover if before is not None else _first_cover(found)
        around, rows, total = await asyncio.to_thread(_laid_out, cover, [one for one in opinions if one.disposition is not None])
        _ = translator(viewer.lang)
        return self._desk.pages.render(
            request,
            "answering/preview.html",
            head=head(found, viewer.lang, _("Xem trước bản tổng hợp")),
            around=around,
            columns=COLUMNS,
            rows=rows,
            total=total,
            lacking=sum(one.disposition is None for one in opinions),
        )

    async def public(self, request: Request) -> Response:
        """The answers in numbers, and the files for ever."""
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        async with self._desk.pool.acquire() as connection:
            found = await find_consultation(connection, viewer, request.path_params["slug"])
            answered = found.phase in ("answered", "archived")
            outcomes = await read_outcomes(connection, found) if answered else None
            files = await reports.public_files(connection, found.id)
            edition = await reports.read_edition(connection, found.id)
            newest = await reports.newest(connection, found.id)
            hidden = await reports.hidden_since(connection, found.id, _HIDDEN_SHOWN)
        shown = head(found, viewer.lang)
        return self._desk.pages.render(
            request,
            "answering/report_public.html",
            title=shown.title,
            title_lang=shown.title_lang,
            agency=shown.agency,
            phase=found.phase,
            answered_at=found.answered_at,
            url=shown.public_url,
            crumbs=(Crumb(shown.title, shown.public_url, shown.title_lang), Crumb(_("Tiếp thu, giải trình"))),
            outcomes=outcomes,
            files=_file_views(found, files),
            edition=edition,
            under_way=newest is not None and newest.under_way,
            hidden=[(one.id, wording.rule(one.rule, _), one.at) for one in hidden],
        )

    async def file(self, request: Request) -> Response:
        """One file by its digest, which is a part of its address: the address never gives other bytes."""
        viewer: Viewer = request.state.viewer
        named = _FILE.fullmatch(request.path_params["file"])
        async with self._desk.pool.acquire() as connection:
            found = await find_consultation(connection, viewer, request.path_params["slug"])
            if named is None:
                return redirect(request, f"/lay-y-kien/{found.slug}/tong-hop")
            inside = may(viewer, Action.DISPOSE, agency=found.agency)
            data = await reports.read_bytes(connection, found.id, named[1], named[2], inside=inside)
        if data is None:
            raise Refused("not_found")
        name = f"tong-hop-{found.slug}.{named[2]}"
        kept = "public" if found.phase in ("answered", "archived") else "private"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "etag": f'"{named[1]}"',
            "cache-control": f"{kept}, no-cache",  # what is withheld is so at once
            "x-content-type-options": "nosniff",
        }
        return Response(data, media_type=MEDIA_TYPES[named[2]], headers=headers)  # type: ignore[index]

    async def _report(self, request: Request, typed: dict[str, str] | None = None, errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        _ = translator(viewer.lang)
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.DISPOSE)
            _require_published(found)
            outcomes = await read_outcomes(connection, found)
            newest = await reports.newest(connection, found.id)
            status = None if newest is None else await _status(connection, found, newest, viewer)
        cover = newest.cover if newest is not None else _first_cover(found)
        return self._desk.pages.render(
            request,
            "answering/report.html",
            status=422 if errors else 200,
            head=head(found, viewer.lang, _("Bản tổng hợp")),
            outcomes=outcomes,
            report=status,
            typed=typed or _untyped(cover),
            kinds=KINDS,
            public=found.phase in ("answered", "archived"),
            errors=errors,
        )


def _require_published(found: Listed) -> None:
    if found.phase == "draft":
        raise Refused("wrong_phase", phase=found.phase)


def _laid_out(cover: Cover, opinions: list[Opinion]) -> tuple[object, list[Heading | Cells], int]:
    report = build(cover, opinions)
    rows = [row for row, _number in zip(table(report), range(_SHOWN), strict=False)]
    return front(report), rows, report.rows


async def _status(connection: Connection, found: Listed, newest: StoredReport, viewer: Viewer) -> ReportStatus:
    refused = Refused(newest.why, count=0, contributions=()) if newest.why else None
    outcomes = await read_outcomes(connection, found)
    if newest.why == "unanswered":
        refused = Refused("unanswered", count=outcomes.lacking)
    return ReportStatus(
        "waiting" if newest.state == "making" and newest.share == 0 else newest.state,
        round(100 * newest.share),
        "" if refused is None else refusals.sentence(refused, viewer.lang),
        newest.read_at or newest.at,
        _file_views(found, await reports.files_of(connection, newest.id)),
    )


def _file_views(found: Listed, files: Sequence[ReportFile]) -> tuple[FileView, ...]:
    base = f"/lay-y-kien/{found.slug}/tong-hop"
    return tuple(FileView(file.format, f"{base}/{file.sha256}.{file.format}", file.sha256, file.size) for file in files)


# --- the cover -------------------------------------------------------------------------------------------------------------


def _first_cover(found: Listed) -> Cover:
    """What is known of the cover before anybody has filled it in."""
    assert found.opens_at is not None and found.closes_at is not None
    title = found.title.removeprefix("Dự thảo ")
    return Cover(found.agency_name, title[:1].upper() + title[1:], (day_of(found.opens_at), day_of(found.closes_at)), "")


async def _typed(request: Request) -> dict[str, str]:
    names = (*_ONE_LINE, "number", "day", "basis", "recipients", *(f"asked-{kind}" for kind in KINDS))
    return {name: await text_of(request, name, 4 * _LINE * _LINES) for name in names}


def _untyped(cover: Cover) -> dict[str, str]:
    """A cover as it stands in the fields of the form."""
    lines = {"basis": "\n".join(cover.basis), "recipients": "\n".join(cover.recipients)}
    asked = {f"asked-{kind}": str(cover.asked.get(kind, "")) for kind in KINDS}
    number = "" if cover.number is None else str(cover.number)
    day = "" if cover.day is None else cover.day.isoformat()
    return {name: getattr(cover, name) for name in _ONE_LINE} | lines | asked | {"number": number, "day": day}


def _cover(found: Listed, typed: dict[str, str], viewer: Viewer) -> tuple[Cover | None, tuple[FormError, ...]]:
    """The cover that was typed, or what is wrong with it."""
    _ = translator(viewer.lang)
    errors = [FormError(name, _("Xin điền nội dung.")) for name in _NEEDED if not typed[name].strip()]
    for name in _ONE_LINE:
        if len(typed[name]) > _LINE:
            errors.append(FormError(name, refusals.sentence(Refused("too_long", limit=_LINE, length=len(typed[name])), viewer.lang)))
    lists = {}
    for name in ("basis", "recipients"):
        lists[name] = tuple(line.strip() for line in typed[name].splitlines() if line.strip())
        if len(lists[name]) > _LINES or any(len(line) > _LINE for line in lists[name]):
            errors.append(FormError(name, _("Nhiều nhất 50 dòng, mỗi dòng tối đa 300 ký tự.")))
    number, day, asked = _count(typed["number"]), _day(typed["day"]), {}
    if typed["number"].strip() and number is None:
        errors.append(FormError("number", _("Số văn bản là một số lớn hơn 0.")))
    if typed["day"].strip() and day is None:
        errors.append(FormError("day", _("Xin chọn ngày có thật.")))
    for kind in KINDS:
        count = _count(typed[f"asked-{kind}"])
        if count is not None:
            asked[kind] = count
        elif typed[f"asked-{kind}"].strip() not in ("", "0"):
            errors.append(FormError(f"asked-{kind}", _("Xin ghi một số.")))
    if errors:
        return None, tuple(errors)
    return _made(found, typed, lists, number, day, asked), ()


def _made(
    found: Listed, typed: dict[str, str], lists: dict[str, tuple[str, ...]], number: int | None, day: date | None, asked: dict[Kind, int]
) -> Cover:
    first = _first_cover(found)
    words = {name: " ".join(typed[name].split()) for name in _ONE_LINE}
    return msgspec.structs.replace(first, number=number, day=day, asked=asked, **lists, **words)


def _count(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 and 0 < int(text) <= _MOST_ASKED else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
