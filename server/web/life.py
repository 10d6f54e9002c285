"""What an editor does to a whole published consultation: each act has a page that says what it means, and asks for the reason."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from consultations import commands as c
from consultations.phases import TABLE, Act
from consultations.words import REASON_LIMIT
from server.identity.policy import Action, may
from server.identity.viewer import Viewer
from server.kernel.refused import Refused
from server.locale import translator
from server.store.reading import Listed
from server.web import refusals
from server.web.desk import DESK, Desk, command_of, desk_url, field_error, fresh_command, head, in_hand
from server.web.desk_views import StepLink
from server.web.door import Door, Endpoint, form, page
from server.web.fields import text_of
from server.web.pages import redirect


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


class Step(msgspec.Struct, frozen=True):
    """One act in words: its title, when one does it, what it means (``warning`` first), the label of its reason (empty: none is
    asked), and the buttons that do it and that leave it."""

    act: Act
    path: str
    title: str
    why: str
    warning: str
    meaning: str
    reason: str
    button: str
    leave: str
    notice: str


STEPS = (
    Step(
        "resume",
        "tiep-tuc",
        _("Tiếp tục lấy ý kiến"),
        _("Nhận phiếu và ý kiến trở lại."),
        _("Thời hạn được kéo dài."),
        _("Từ lúc tiếp tục, phiếu và ý kiến được nhận trở lại; thời điểm kết thúc lùi lại đúng bằng thời gian đã tạm dừng."),
        "",
        _("Tiếp tục"),
        _("Chưa tiếp tục"),
        "consultation_resumed",
    ),
    Step(
        "suspend",
        "tam-dung",
        _("Tạm dừng đợt lấy ý kiến này"),
        _("Khi dự thảo phải xem lại hoặc có sự cố. Thời gian tạm dừng không tính vào thời hạn."),
        _("Trong lúc tạm dừng không ai góp ý, biểu quyết được."),
        _("Mọi người vẫn đọc được văn bản và ý kiến. Khi tiếp tục, thời điểm kết thúc lùi lại đúng bằng thời gian đã tạm dừng."),
        _("Lý do tạm dừng"),
        _("Tạm dừng ngay"),
        _("Không tạm dừng"),
        "consultation_suspended",
    ),
    Step(
        "close",
        "ket-thuc",
        _("Kết thúc sớm"),
        _("Đợt lấy ý kiến tự kết thúc vào lúc đã công bố. Chỉ kết thúc sớm khi có lý do nói được với mọi người."),
        _("Không mở lại được."),
        _("Từ lúc kết thúc, không phiếu và ý kiến nào được nhận nữa. Ý kiến và phiếu đã nhận được giữ nguyên."),
        _("Lý do kết thúc sớm"),
        _("Kết thúc ngay"),
        _("Không kết thúc"),
        "consultation_closed",
    ),
    Step(
        "cancel",
        "huy",
        _("Hủy đợt lấy ý kiến"),
        _("Khi việc lấy ý kiến không còn cần thiết. Sẽ không có nội dung tiếp thu, giải trình."),
        _("Không khôi phục được."),
        _("Đợt lấy ý kiến chấm dứt mà không có nội dung tiếp thu, giải trình. Văn bản và ý kiến đã công khai còn lại để xem."),
        _("Lý do hủy"),
        _("Hủy đợt lấy ý kiến"),
        _("Không hủy"),
        "consultation_cancelled",
    ),
    Step(
        "archive",
        "luu-tru",
        _("Đưa vào lưu trữ"),
        _("Khi mọi việc đã xong. Trang vẫn đọc được mãi."),
        _("Không đưa ra khỏi lưu trữ được."),
        _("Từ lúc lưu trữ không còn gì được thêm hay sửa. Trang, ý kiến và nội dung trả lời vẫn công khai."),
        "",
        _("Đưa vào lưu trữ"),
        _("Chưa lưu trữ"),
        "consultation_archived",
    ),
)


class Life:
    """The pages of these acts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def doors(self) -> Sequence[Door]:
        return tuple(door for step in STEPS for door in self._doors_of(step))

    def _doors_of(self, step: Step) -> tuple[Door, Door]:
        path = f"{DESK}/{{slug}}/{step.path}"
        return page(path, Action.CLOSE_CONSULTATION, self._asking(step)), form(path, Action.CLOSE_CONSULTATION, self._doing(step))

    def _asking(self, step: Step) -> Endpoint:
        async def ask(request: Request) -> Response:
            async with self._desk.pool.acquire() as connection:
                found = await in_hand(connection, request, Action.CLOSE_CONSULTATION)
            if found.phase not in TABLE[step.act]:
                raise Refused("wrong_phase", phase=found.phase)
            return self._page(request, found, step, fresh_command())

        return ask

    def _doing(self, step: Step) -> Endpoint:
        async def do(request: Request) -> Response:
            viewer: Viewer = request.state.viewer
            async with self._desk.pool.acquire() as connection:
                found = await in_hand(connection, request, Action.CLOSE_CONSULTATION)
            command, reason = await command_of(request), await text_of(request, "reason", 4 * REASON_LIMIT)
            try:
                await self._desk.consulting.change(viewer, command, found.id, _command(step.act, reason))
            except Refused as refused:
                if refused.code not in ("empty", "too_long"):
                    raise
                return self._page(request, found, step, command, reason, refused)
            return redirect(request, desk_url(found), notice=step.notice)

        return do

    def _page(
        self, request: Request, found: Listed, step: Step, command: str, reason: str = "", refused: Refused | None = None
    ) -> Response:
        lang = request.state.viewer.lang
        say = translator(lang)
        return self._desk.pages.render(
            request,
            "editing/step.html",
            status=refusals.status_of(refused) if refused else 200,
            head=head(found, lang, say(step.title)),
            url=f"{desk_url(found)}/{step.path}",
            closes_at=found.closes_at,
            closing=step.act == "close",
            title=say(step.title),
            warning=say(step.warning),
            meaning=say(step.meaning),
            reason_label=say(step.reason) if step.reason else "",
            button=say(step.button),
            leave=say(step.leave),
            reason=reason,
            reason_limit=REASON_LIMIT,
            command=command,
            errors=() if refused is None else (field_error(refused, lang, "reason"),),
        )


def steps_for(consultation: Listed, viewer: Viewer) -> tuple[StepLink, ...]:
    """What this viewer may do to the whole of a consultation in its phase."""
    if not may(viewer, Action.CLOSE_CONSULTATION, agency=consultation.agency):
        return ()
    say, url = translator(viewer.lang), desk_url(consultation)
    return tuple(StepLink(f"{url}/{step.path}", say(step.title), say(step.why)) for step in STEPS if consultation.phase in TABLE[step.act])


def _command(act: Act, reason: str) -> c.Close | c.Suspend | c.Resume | c.Cancel | c.Archive:
    match act:
        case "close":
            return c.Close(reason)
        case "suspend":
            return c.Suspend(reason)
        case "cancel":
            return c.Cancel(reason)
        case "resume":
            return c.Resume()
        case _:
            return c.Archive()
