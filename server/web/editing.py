"""The editor's list of consultations, a new one, and the desk of each: what is missing before publication, how it stands after it."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.tree import search_key
from consultations.words import SUMMARY_LIMIT, TITLE_LIMIT
from server.identity.policy import Action, agencies_where, may, require
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId
from server.kernel.refused import Refused
from server.locale import translator
from server.store import reading
from server.store.connection import Connection
from server.store.desk import Work, count_work
from server.store.drafts import read_version
from server.store.papers import list_papers
from server.store.people import list_agencies
from server.store.reading import Listed
from server.web import refusals
from server.web.clocks import clock_of
from server.web.desk import DESK, Desk, command_of, desk_url, draft_in_hand, field_error, fresh_command, head, in_hand
from server.web.desk_views import DeskRow, Standing, Task
from server.web.door import Door, form, page
from server.web.fields import text_of
from server.web.heads import days_left
from server.web.life import steps_for
from server.web.moderation import QUEUE
from server.web.pages import redirect
from server.web.papers import FILES
from server.web.texts import Text
from server.web.views import Crumb, Numbers

_LONGEST_SLUG = 60
_DESCRIPTION_BYTES = 256 << 10  # two summaries of the greatest length, percent-encoded


class Editing:
    """The pages of editors that are not about the text or the publication of a consultation."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def doors(self) -> Sequence[Door]:
        one = DESK + "/{slug}"
        return (
            page(DESK, Action.CREATE_CONSULTATION, self.overview),
            form(DESK, Action.CREATE_CONSULTATION, self.create),
            page(one, Action.READ_DRAFT, self.desk),
            page(one + "/mo-ta", Action.EDIT_CONSULTATION, self.description),
            form(one + "/mo-ta", Action.EDIT_CONSULTATION, self.describe, limit=_DESCRIPTION_BYTES),
        )

    # --- all consultations ---------------------------------------------------------------------------------------------

    async def overview(self, request: Request) -> Response:
        return await self._overview(request, fresh_command())

    async def create(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        command, title = await command_of(request), await text_of(request, "title", 4 * TITLE_LIMIT)
        agency = _agency(await text_of(request, "agency", 20))
        require(viewer, Action.CREATE_CONSULTATION, agency=agency, secret=True)
        try:
            _id, slug = await self._desk.consulting.create(viewer, command, agency, title, slug_of(title))
        except Refused as refused:
            if refused.code not in ("empty", "too_long"):
                raise
            return await self._overview(request, command, title, agency, refused)
        return redirect(request, f"{DESK}/{slug}", notice="consultation_created")

    async def _overview(
        self, request: Request, command: str, title: str = "", agency: AgencyId | None = None, refused: Refused | None = None
    ) -> Response:
        viewer: Viewer = request.state.viewer
        editable = agencies_where(viewer, Action.CREATE_CONSULTATION)
        agencies = None if editable is None else sorted(editable)
        async with self._desk.pool.acquire() as connection:
            found = await reading.list_of_agencies(connection, agencies)
            work = await count_work(connection, agencies)
            named = await list_agencies(connection, agencies)
        _ = translator(viewer.lang)
        rows = [_row(one, work.get(one.id, Work(0, 0)), viewer) for one in found]
        return self._desk.pages.render(
            request,
            "editing/overview.html",
            status=refusals.status_of(refused) if refused else 200,
            crumbs=(Crumb(_("Biên tập")),),
            rows=rows,
            agencies=[(str(one.id), one.name_en if viewer.lang == "en" and one.name_en else one.name) for one in named],
            agency="" if agency is None else str(agency),
            title=title,
            title_limit=TITLE_LIMIT,
            command=command,
            errors=() if refused is None else (field_error(refused, viewer.lang, "title"),),
        )

    # --- one consultation ----------------------------------------------------------------------------------------------

    async def desk(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        async with self._desk.pool.acquire() as connection:
            found = await in_hand(connection, request, Action.READ_DRAFT)
            text = await self._desk.texts.read(connection, found)
            doubts = await _doubts(connection, found) if found.phase == "draft" else 0
            standing = None if found.phase == "draft" else await _standing(connection, found, viewer)
            paper_count = len(await list_papers(connection, found.id))
        return self._desk.pages.render(
            request,
            "editing/desk.html",
            head=head(found, viewer.lang),
            tasks=_tasks(found, text, doubts, paper_count, viewer.lang) if found.phase == "draft" else (),
            ready=found.phase == "draft" and bool(text.questions) and bool(found.summary),
            papers=paper_count,
            standing=standing,
        )

    async def description(self, request: Request) -> Response:
        found = await draft_in_hand(self._desk, request, Action.EDIT_CONSULTATION)
        described = c.Describe(found.title, found.title_en, found.summary, found.summary_en)
        return self._description(request, found, described, fresh_command())

    async def describe(self, request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        found = await draft_in_hand(self._desk, request, Action.EDIT_CONSULTATION)
        command = await command_of(request)
        described = c.Describe(
            title=await text_of(request, "title", 4 * TITLE_LIMIT),
            title_en=await text_of(request, "title_en", 4 * TITLE_LIMIT),
            summary=await text_of(request, "summary", 4 * SUMMARY_LIMIT),
            summary_en=await text_of(request, "summary_en", 4 * SUMMARY_LIMIT),
        )
        try:
            await self._desk.consulting.change(viewer, command, found.id, described)
        except Refused as refused:
            if refused.code not in ("empty", "too_long"):
                raise
            return self._description(request, found, described, command, refused)
        return redirect(request, desk_url(found), notice="description_saved")

    def _description(
        self, request: Request, found: Listed, described: c.Describe, command: str, refused: Refused | None = None
    ) -> Response:
        lang = request.state.viewer.lang
        return self._desk.pages.render(
            request,
            "editing/description.html",
            status=refusals.status_of(refused) if refused else 200,
            head=head(found, lang, translator(lang)("Tên gọi và tóm tắt")),
            described=described,
            title_limit=TITLE_LIMIT,
            summary_limit=SUMMARY_LIMIT,
            command=command,
            errors=() if refused is None else (field_error(refused, lang, "title"),),
        )


def slug_of(title: str) -> str:
    """The name of a consultation in addresses: its title without marks, cut at a word."""
    kept = "".join(sign if sign.isascii() and sign.isalnum() else " " for sign in search_key(title)).split()
    slug = ""
    for word in kept:
        longer = f"{slug}-{word}" if slug else word[:_LONGEST_SLUG]
        if len(longer) > _LONGEST_SLUG:
            break
        slug = longer
    return slug or "lay-y-kien"


def _agency(text: str) -> AgencyId:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Refused("bad_input", field="agency")
    return AgencyId(int(text))


def _row(one: Listed, work: Work, viewer: Viewer) -> DeskRow:
    _ = translator(viewer.lang)
    shown = head(one, viewer.lang)
    url = desk_url(one)
    match one.phase:
        case "draft" if work.questions == 0:
            step, step_url = _("Đưa nội dung lấy ý kiến vào"), f"{url}/noi-dung"
        case "draft":
            step, step_url = _("Xem lại và công bố"), url
        case "announced":
            step, step_url = _("Chờ đến thời điểm bắt đầu"), ""
        case "open" if work.waiting and may(viewer, Action.READ_QUEUE, agency=one.agency):
            step, step_url = _("Kiểm duyệt ý kiến đang chờ"), f"{QUEUE}?muc=cho&dot={one.slug}"
        case "open":
            step, step_url = _("Theo dõi ý kiến góp ý"), shown.public_url
        case "suspended":
            step, step_url = _("Tiếp tục, kết thúc hoặc hủy"), url
        case "closed":
            step, step_url = _("Trả lời ý kiến góp ý"), url
        case _:
            step, step_url = _("Xem kết quả"), shown.public_url
    return DeskRow(
        shown.title,
        url,
        shown.agency,
        one.phase,
        one.opens_at,
        one.closes_at,
        one.contributions,
        work.waiting,
        step,
        step_url,
        shown.title_lang,
        days_left(one),
        clock_of(one, viewer.lang),
    )


def _tasks(found: Listed, text: Text, doubts: int, papers: int, lang: str) -> tuple[Task, ...]:
    """The way to publication, in order. Only what is ``missing`` prevents it."""
    _ = translator(lang)
    url, public = desk_url(found), f"/lay-y-kien/{found.slug}"
    statements = sum(question.statement is not None for question in text.questions)
    articles = len(text.questions) - statements
    if statements:
        content = _("%(n)s phát biểu", n=statements)
    else:
        content = _("%(n)s điều được đưa ra biểu quyết", n=articles) if articles else _("Chưa có")
    unsaid = [
        name
        for name, said in (
            (_("tên tiếng Anh"), found.title_en),
            (_("tóm tắt tiếng Anh"), found.summary_en),
        )
        if not said
    ]
    tasks = [
        Task(
            _("Tên gọi và tóm tắt"),
            f"{url}/mo-ta",
            ("advised" if unsaid else "done") if found.summary else "missing",
            (_("Nên bổ sung: %(what)s", what=", ".join(unsaid)) if unsaid else "")
            if found.summary
            else _("Bản tóm tắt bằng lời dễ hiểu là bắt buộc trước khi công bố."),
        ),
        Task(_("Nội dung lấy ý kiến"), f"{url}/noi-dung", "done" if text.questions else "missing", content),
    ]
    if articles:
        note = _("%(n)s chỗ cần xem lại", n=doubts) if doubts else _("Không có chỗ nào đáng ngờ")
        tasks.append(Task(_("Kết quả nhập văn bản"), f"{url}/noi-dung#bao-cao", "advised" if doubts else "done", note))
    tasks.append(
        Task(
            _("Hồ sơ"),
            f"{url}/{FILES}",
            "done" if papers else "advised",
            _("%(n)s tệp", n=papers) if papers else _("Nên có tờ trình và tài liệu giải thích"),
        )
    )
    later = "ready" if text.questions else "later"
    tasks.append(Task(_("Xem trước như người dân sẽ thấy"), public if text.questions else "", later, ""))
    tasks.append(
        Task(
            _("Thời gian, kiểm duyệt, công bố"),
            f"{url}/cong-bo" if text.questions else "",
            later if found.summary else "later",
            "" if text.questions and found.summary else _("Sau khi có nội dung và bản tóm tắt"),
        )
    )
    return tuple(tasks)


async def _doubts(connection: Connection, found: Listed) -> int:
    version = await read_version(connection, found.id, 1)
    return 0 if version is None else len(version.warnings)


async def _standing(connection: Connection, found: Listed, viewer: Viewer) -> Standing:
    shown = found.tallies == "live" or found.phase in ("closed", "answered", "archived", "cancelled")
    ended_otherwise = found.phase not in ("announced", "open")
    voters, answers, _parts = await reading.count_voters_and_answers(connection, found.id) if shown else (None, None, ())
    assert found.opens_at is not None
    assert found.closes_at is not None
    return Standing(
        found.opens_at,
        found.closes_at,
        found.moderation,
        found.tallies,
        Numbers(voters, answers, found.contributions, await reading.count_contributors(connection, found.id)),
        await reading.queue_counts(connection, [found.agency], found.id),
        f"{QUEUE}?dot={found.slug}" if may(viewer, Action.READ_QUEUE, agency=found.agency) else "",
        days_left(found),
        clock_of(found, viewer.lang),
        found.target,
        await reading.closing_reason(connection, found.id) if ended_otherwise else "",
        steps_for(found, viewer),
    )
