"""Biên bản and thông báo kết luận of a meeting: read, corrected by the secretary sentence by sentence, and taken as Word file or PDF."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import date

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from rooms.approvals import standing
from rooms.chronicle import kept_apart
from rooms.minutes import SENTENCE_LIMIT, Cover, Difference, Edit, Kind, Sentence, reconcile
from server.documents.minutes import MEDIA_TYPES, Format, Scribe
from server.identity.policy import Action
from server.identity.viewer import Viewer
from server.kernel.ids import MeetingId
from server.kernel.refused import Refused
from server.kernel.words import clean
from server.locale import translator
from server.realtime.minuting import Minuting, OnRecord, Paper
from server.web import refusals
from server.web.approving import WHOLE, ApprovalDoors, approval_view, approved_links, query_of
from server.web.desk import command_of, field_error, fresh_command
from server.web.door import Door, form, page
from server.web.fields import number_in_path, number_of, text_of
from server.web.held import ONE, head_of, meeting_url, opened
from server.web.minutes_views import PaperView, PartView, SentenceView
from server.web.pages import Pages, redirect
from server.web.paper_kinds import PAPERS, kind_in
from server.web.views import Crumb, FormError

_LINE, _LINES = 300, 30
_ONE_LINE = ("parent_agency", "agency", "symbol", "place", "venue", "authority", "signer")


class MinutesPages:
    """Pages about the papers of one meeting; who may read and who may write them, ``Minuting`` knows."""

    def __init__(self, pages: Pages, minuting: Minuting, scribe: Scribe) -> None:
        self._pages = pages
        self._minuting = minuting
        self._scribe = scribe
        self._approving = ApprovalDoors(minuting)

    def doors(self) -> Sequence[Door]:
        act, one = Action.LIST_ROOMS, ONE + "/{paper}"
        return (
            page(one, act, self.show),
            page(one + "/sua", act, self.edit),
            form(one + "/sua", act, self.write),
            form(one + "/hoan-tac", act, self.undo),
            page(one + "/the-thuc", act, self.cover),
            form(one + "/the-thuc", act, self.place_cover),
            page(one + "/tep.{format}", act, self.file),
            *self._approving.doors(),
        )

    # --- reading -----------------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """The paper as it stands now, each sentence with its events, and where it disagrees with the record."""
        viewer: Viewer = request.state.viewer
        kind, whole, version = kind_in(request), _whole(request), _version(request)
        of = await opened(self._minuting, request, also_came=True)
        if of.came_only and version is None and standing(of.told.approvals, kind) is None:
            older = approved_links(of, kind)
            return self._pages.render(request, "minutes/not_issued.html", head=head_of(of, viewer, kind), kind=kind, older=older)
        paper = await self._minuting.paper(of, kind, whole=whole, version=version)
        wrong = [] if paper.approved is not None else await asyncio.to_thread(reconcile, paper.document, of.log)
        view = _view(of, paper, kind, whole, tuple(_said(one, viewer) for one in wrong), version)
        approval = await approval_view(self._minuting, of, kind, paper, not wrong)
        return self._pages.render(request, "minutes/paper.html", head=head_of(of, viewer, kind), paper=view, approval=approval)

    async def file(self, request: Request) -> Response:
        """The paper as a file. The same paper is the same bytes, which a browser that has them need not get again.

        Raises: Refused ``record_broken`` while the record is not as it was, else as ``Minuting.paper``.
        """
        kind, format = kind_in(request), _format(request)
        of = await opened(self._minuting, request, also_came=True)
        if of.fault is not None:
            raise Refused("record_broken")
        paper = await self._minuting.paper(of, kind, whole=_whole(request), version=_version(request))
        document = paper.document
        tag = f'"{hashlib.sha256(msgspec.msgpack.encode((format, document))).hexdigest()}"'
        headers = {"etag": tag, "cache-control": "private, no-cache", "x-content-type-options": "nosniff"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        version = f"-lan-{paper.approved.version}" if paper.approved is not None else ""
        name = f"{request.path_params['paper']}-{of.room.slug}-{of.held.id}{version}.{format}"
        headers["content-disposition"] = f'attachment; filename="{name}"'
        return Response(await self._scribe.write(document, format), media_type=MEDIA_TYPES[format], headers=headers)

    # --- the secretary -----------------------------------------------------------------------------------------------------

    async def edit(self, request: Request) -> Response:
        """One sentence to be written anew, ``cau`` by its key."""
        of = await self._in_hand(request)
        return await self._edit(request, of, request.query_params.get("cau", ""))

    async def write(self, request: Request) -> Response:
        """Another sentence, none, the drafted one again, or a new one behind it."""
        viewer: Viewer = request.state.viewer
        kind, whole, command = kind_in(request), _whole(request), await command_of(request)
        key, act = await text_of(request, "key", 200), await text_of(request, "act", 10)
        text, added = await text_of(request, "text", 4 * SENTENCE_LIMIT), await text_of(request, "added", 4 * SENTENCE_LIMIT)
        seen = await number_of(request, "seen")
        of = await self._in_hand(request)
        drafted = (await self._sentence(of, kind, whole, key))[1].drafted or ""
        edits = {"add": Edit("", added, key), "strike": Edit(key, ""), "restore": Edit(key, drafted)}
        edit = edits.get(act, Edit(key, text))
        slug, meeting = str(request.path_params["slug"]), number_in_path(request, "meeting")
        try:
            if act not in edits and not text.strip():
                raise Refused("empty", field="text")
            await self._minuting.write(viewer, command, slug, meeting, kind, edit, seen, whole=whole)
        except Refused as refused:
            if refused.code not in ("edited_meanwhile", "empty", "too_long"):
                raise
            field = "added" if act == "add" else "text"
            wrong = FormError(field, field_error(refused, viewer.lang).message)
            return await self._edit(request, of, key, (text, added), wrong, refusals.status_of(refused))
        return redirect(request, f"{_url(of, request)}{'?ban=' + WHOLE if whole else ''}", notice="minutes_edited")

    async def _edit(
        self,
        request: Request,
        of: OnRecord,
        key: str,
        typed: tuple[str, str] | None = None,
        wrong: FormError | None = None,
        status: int = 200,
    ) -> Response:
        viewer: Viewer = request.state.viewer
        kind, whole = kind_in(request), _whole(request)
        paper, one = await self._sentence(of, kind, whole, key)
        step = Crumb(translator(viewer.lang)("Sửa một câu"))
        return self._pages.render(
            request,
            "minutes/edit.html",
            status=status,
            head=head_of(of, viewer, kind, step),
            paper=_view(of, paper, kind, whole),
            one=_sentence(one),
            typed=typed or (one.text, ""),
            commands=(fresh_command(), fresh_command()),  # what was refused was not carried out
            errors=() if wrong is None else (wrong,),
        )

    async def _sentence(self, of: OnRecord, kind: Kind, whole: bool, key: str) -> tuple[Paper, Sentence]:
        paper = await self._minuting.paper(of, kind, whole=whole)
        for part in paper.document.parts:
            for one in part.sentences:
                if one.key == key:
                    return paper, one
        raise Refused("not_found")

    async def undo(self, request: Request) -> Response:
        """Takes back what was written last."""
        kind, number = kind_in(request), await number_of(request, "number")
        of = await self._in_hand(request)
        await self._minuting.undo(request.state.viewer, of.room.slug, of.held.id, kind, number)
        return redirect(request, f"{_url(of, request)}{'?ban=' + WHOLE if _whole(request) else ''}", notice="minutes_undone")

    async def cover(self, request: Request) -> Response:
        of = await self._in_hand(request)
        cover = (await self._minuting.paper(of, kind_in(request))).document.cover
        return self._cover(request, of, _untyped(cover))

    async def place_cover(self, request: Request) -> Response:
        """What stands around the text."""
        viewer: Viewer = request.state.viewer
        of = await self._in_hand(request)
        typed = {name: await text_of(request, name, 4 * _LINE * _LINES) for name in (*_ONE_LINE, "number", "day", "recipients")}
        cover, errors = _cover(typed, viewer)
        if cover is None:
            return self._cover(request, of, typed, errors)
        await self._minuting.place_cover(viewer, of.room.slug, MeetingId(of.held.id), kind_in(request), cover)
        return redirect(request, _url(of, request), notice="cover_saved")

    def _cover(self, request: Request, of: OnRecord, typed: dict[str, str], errors: tuple[FormError, ...] = ()) -> Response:
        viewer: Viewer = request.state.viewer
        kind = kind_in(request)
        step = Crumb(translator(viewer.lang)("Thể thức văn bản"))
        head, url = head_of(of, viewer, kind, step), _url(of, request)
        status = 422 if errors else 200
        return self._pages.render(request, "minutes/cover.html", status=status, head=head, kind=kind, url=url, typed=typed, errors=errors)

    async def _in_hand(self, request: Request) -> OnRecord:
        """The meeting, for who writes its papers.

        Raises: Refused ``not_found``, ``not_allowed``, ``record_broken``, ``paper_approved``.
        """
        kind = kind_in(request)
        of = await opened(self._minuting, request)
        if not of.keeps:
            raise Refused("not_allowed")
        if of.fault is not None:
            raise Refused("record_broken")
        if standing(of.told.approvals, kind) is not None:
            raise Refused("paper_approved")
        return of


def _format(request: Request) -> Format:
    match request.path_params["format"]:
        case "docx":
            return "docx"
        case "pdf":
            return "pdf"
        case _:
            raise Refused("not_found")


def _whole(request: Request) -> bool:
    return request.query_params.get("ban") == WHOLE


def _version(request: Request) -> int | None:
    asked = request.query_params.get("lan", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else None


def _url(of: OnRecord, request: Request) -> str:
    return f"{meeting_url(of)}/{request.path_params['paper']}"


# --- views -----------------------------------------------------------------------------------------------------------------


def _view(of: OnRecord, paper: Paper, kind: Kind, whole: bool, wrong: tuple[str, ...] = (), version: int | None = None) -> PaperView:
    document = paper.document
    url = f"{meeting_url(of)}/{next(part for part, one in PAPERS.items() if one == kind)}"
    has_other = whole or kept_apart(of.told, None) != kept_apart(of.told, of.who)
    return PaperView(
        kind=kind,
        title=document.title,
        subject=document.subject,
        url=url,
        query=query_of(whole, version),
        whole=whole,
        other=f"{url}{query_of(not whole, version)}" if has_other else "",
        parts=tuple(
            PartView(part.heading, 3 if part.heading[:1].isdigit() else 2, tuple(map(_sentence, part.sentences))) for part in document.parts
        ),
        newest=paper.applied[-1].number if paper.applied and paper.applied[-1].number == paper.seen else 0,
        seen=paper.seen,
        wrong=wrong,
        edits=of.keeps and of.fault is None and paper.approved is None,
    )


def _sentence(one: Sentence) -> SentenceView:
    return SentenceView(one.key, "cau-" + one.key.replace("/", "-"), one.text, one.drafted, one.events)


def _said(one: Difference, viewer: Viewer) -> str:
    _ = translator(viewer.lang)
    match one.wrong:
        case "differs":
            return _("Văn bản ghi “%(found)s”, còn nhật ký cho thấy “%(recorded)s”.", found=one.found, recorded=one.recorded)
        case "missing":
            return _("Văn bản thiếu câu “%(recorded)s”.", recorded=one.recorded)
        case "unfounded":
            return _("Nhật ký không có căn cứ cho câu “%(found)s”.", found=one.found)
        case "numbers":
            return _("Câu đã sửa “%(found)s” có con số khác với nhật ký: “%(recorded)s”.", found=one.found, recorded=one.recorded)
        case "miscounted":
            return _("Kiểm phiếu lại được “%(found)s”, còn kết quả đã ghi là “%(recorded)s”.", found=one.found, recorded=one.recorded)


# --- the cover -------------------------------------------------------------------------------------------------------------


def _untyped(cover: Cover) -> dict[str, str]:
    """A cover as it stands in the fields of the form."""
    number = "" if cover.number is None else str(cover.number)
    day = "" if cover.day is None else cover.day.isoformat()
    words = {name: str(getattr(cover, name)) for name in _ONE_LINE}
    return words | {"number": number, "day": day, "recipients": "\n".join(cover.recipients)}


def _cover(typed: dict[str, str], viewer: Viewer) -> tuple[Cover | None, tuple[FormError, ...]]:
    """The cover that was typed, or what is wrong with it."""
    _ = translator(viewer.lang)
    words = {name: _seen(typed[name]) for name in _ONE_LINE}
    errors = [] if words["agency"] else [FormError("agency", _("Xin điền nội dung."))]
    for name, line in words.items():
        if len(line) > _LINE:
            errors.append(FormError(name, refusals.sentence(Refused("too_long", limit=_LINE, length=len(line)), viewer.lang)))
    recipients = tuple(seen for line in typed["recipients"].splitlines() if (seen := _seen(line)))
    if len(recipients) > _LINES or any(len(line) > _LINE for line in recipients):
        errors.append(FormError("recipients", _("Nhiều nhất 30 dòng, mỗi dòng tối đa 300 ký tự.")))
    number, day = typed["number"].strip(), _day(typed["day"])
    if number and not (number.isascii() and number.isdigit() and len(number) < 7 and int(number) > 0):
        errors.append(FormError("number", _("Số văn bản là một số lớn hơn 0.")))
    if typed["day"].strip() and day is None:
        errors.append(FormError("day", _("Xin chọn ngày có thật.")))
    if errors:
        return None, tuple(errors)
    return replace(Cover(words["agency"]), number=int(number) if number else None, day=day, recipients=recipients, **words), ()


def _seen(line: str) -> str:
    """Without what no file can hold and no eye can see."""
    return clean(line, "line", len(line), lines=False, required=False)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
