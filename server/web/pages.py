"""Answers that are pages, and ways to the next page.

``request.state`` holds, for every endpoint: ``viewer`` (``server.identity.viewer.Viewer``), ``csrf`` (the form token; empty while the
browser has no cookie of ours), ``address`` (the client's network address, for limits only), ``cookies`` (their names and flags),
``browser`` (the secret of a browser that has not signed in), ``theme``, ``reference`` (the number told to who meets an error).
"""

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from server.identity.policy import Action, may_somewhere
from server.identity.viewer import Viewer
from server.locale import translate
from server.web import csrf
from server.web.cookies import Cookies
from server.web.rendering import Templates

_LONGEST_WAY = 500
_WORTH_COMPRESSING = 1_000


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


NOTICES: Mapping[str, tuple[str, str]] = {
    "signed_in": ("good", _("Ông/bà đã đăng nhập.")),
    "signed_out": ("good", _("Ông/bà đã đăng xuất.")),
    "code_sent_again": ("note", _("Mã vừa được gửi lại. Thời hạn của mã không đổi.")),
    "name_saved": ("good", _("Đã lưu tên hiển thị.")),
    "device_ended": ("good", _("Đã đăng xuất khỏi thiết bị đó.")),
    "others_ended": ("good", _("Đã đăng xuất khỏi mọi thiết bị khác.")),
    "invited": ("good", _("Đã gửi lời mời.")),
    "invitation_withdrawn": ("good", _("Đã rút lời mời.")),
    "role_accepted": ("good", _("Ông/bà đã nhận vai trò.")),
    "role_taken_away": ("good", _("Đã bỏ vai trò. Các phiên đăng nhập của người đó đã kết thúc.")),
    "agency_added": ("good", _("Đã thêm cơ quan.")),
    "contribution_edited": ("good", _("Đã sửa ý kiến. Nội dung trước khi sửa vẫn xem được.")),
    "contribution_withdrawn": ("good", _("Đã rút ý kiến.")),
    "erasure_code_sent": ("note", _("Đã gửi mã xác nhận đến địa chỉ thư điện tử của ông/bà.")),
    "line_erased": ("good", _("Đã xóa hẳn lời trao đổi.")),
    "account_erased": ("good", _("Đã xóa tài khoản và dữ liệu của ông/bà. Thư xác nhận đang được gửi đến địa chỉ vừa xóa.")),
    "contribution_erased": ("good", _("Đã xóa hẳn nội dung ý kiến.")),
    "agency_renamed": ("good", _("Đã đổi tên cơ quan.")),
    "consultation_created": ("good", _("Đã tạo bản soạn.")),
    "description_saved": ("good", _("Đã lưu tên gọi và tóm tắt.")),
    "text_imported": ("good", _("Đã đọc tệp. Xin xem lại văn bản và kết quả nhập dưới đây.")),
    "version_placed": ("good", _("Đã đưa phiên bản mới ra lấy ý kiến.")),
    "taken_over": ("good", _("Đã tiếp nhận. Các số trong tệp đều khớp khi đếm lại.")),
    "taken_over_before": ("note", _("Tệp này đã được tiếp nhận trước đây.")),
    "taken_off": ("good", _("Đã bỏ hồ sơ.")),
    "version_dropped": ("good", _("Đã bỏ bản chuẩn bị.")),
    "wording_taken": ("good", _("Đã đưa lời văn vào bản chuẩn bị cho phiên bản sau.")),
    "text_corrected": ("good", _("Đã lưu văn bản.")),
    "statements_saved": ("good", _("Đã lưu danh sách phát biểu.")),
    "consultation_published": ("good", _("Đã công bố.")),
    "room_created": ("good", _("Đã tạo phòng họp. Xin gửi đường dẫn dưới đây cho người dự họp.")),
    "room_saved": ("good", _("Đã lưu phòng họp.")),
    "room_deleted": ("good", _("Đã xóa phòng họp.")),
    "concluded": ("good", _("Đã ghi kết luận.")),
    "conclusion_struck": ("good", _("Đã bỏ kết luận.")),
    "minutes_edited": ("good", _("Đã sửa văn bản.")),
    "minutes_undone": ("good", _("Đã hoàn tác lần sửa gần nhất.")),
    "paper_approved": ("good", _("Đã phê duyệt văn bản.")),
    "paper_reopened": ("good", _("Đã mở lại văn bản để sửa đổi.")),
    "cover_saved": ("good", _("Đã lưu thể thức văn bản.")),
    "seat_added": ("good", _("Đã thêm người dự họp.")),
    "seat_saved": ("good", _("Đã lưu.")),
    "seat_removed": ("good", _("Đã bỏ khỏi danh sách.")),
    "roll_read": ("good", _("Đã ghi danh sách.")),
    "letters_sent": ("good", _("Đã gửi giấy mời cho những người chưa nhận.")),
    "letters_sent_before": ("note", _("Mọi người trong danh sách đều đã được gửi giấy mời cho thời gian họp này.")),
    "agenda_saved": ("good", _("Đã lưu chương trình.")),
    "answer_taken": ("good", _("Đã ghi nhận câu trả lời. Cảm ơn ông/bà.")),
    "guest_link_made": ("good", _("Đã tạo đường dẫn mới cho khách.")),
    "guest_link_withdrawn": ("good", _("Đã thu hồi đường dẫn dành cho khách.")),
    "motion_drafted": ("good", _("Đã lưu bản soạn. Chưa ai được gửi phiếu.")),
    "motion_opened": ("good", _("Đã gửi phiếu. Các thành viên được báo qua thư điện tử.")),
    "motion_edited": ("good", _("Đã lưu bản sửa. Chưa ai được gửi phiếu.")),
    "motion_delayed": ("good", _("Đã lùi hạn. Các thành viên được báo.")),
    "motion_paper_put": ("good", _("Đã đính kèm tài liệu.")),
    "motion_paper_taken": ("good", _("Đã gỡ tài liệu khỏi nội dung này. Tài liệu vẫn còn trong phòng họp.")),
    "opinion_file_added": ("good", _("Đã đính kèm tệp vào ý kiến.")),
    "opinion_file_removed": ("good", _("Đã xóa tệp.")),
    "motion_closed": ("good", _("Đã kết thúc biểu quyết và kiểm phiếu.")),
    "motion_announced": ("good", _("Đã công bố kết quả biểu quyết.")),
    "motion_withdrawn": ("good", _("Đã rút nội dung biểu quyết.")),
    "motion_objected": ("good", _("Đã ghi nhận khiếu nại về kết quả kiểm phiếu.")),
    "motion_decided": ("good", _("Đã ghi nhận phiếu quyết định.")),
    "voted": ("good", _("Đã nhận phiếu của ông/bà.")),
    "phone_vouched": ("good", _("Đã xác nhận. Điện thoại của đại biểu tự chuyển tiếp.")),
    "phone_forgotten": ("good", _("Đã ghi nhận đại biểu rời điểm cầu.")),
    "rulings_undone": ("good", _("Đã hoàn tác. Các ý kiến trở lại như trước khi xử lý.")),
    "flagged": ("good", _("Người kiểm duyệt sẽ xem lại ý kiến này. Cảm ơn ông/bà.")),
    "flags_settled": ("good", _("Đã giữ ý kiến và ghi nhận là không vi phạm.")),
    "followed": ("good", _("Đã theo dõi.")),
    "unfollowed": ("good", _("Đã thôi theo dõi.")),
    "pace_set": ("good", _("Đã đổi cách báo tin.")),
    "consultation_suspended": ("good", _("Đã tạm dừng đợt lấy ý kiến.")),
    "consultation_resumed": ("good", _("Đợt lấy ý kiến đã được tiếp tục.")),
    "consultation_cancelled": ("good", _("Đã hủy đợt lấy ý kiến.")),
    "consultation_archived": ("good", _("Đã đưa đợt lấy ý kiến vào lưu trữ.")),
    "paper_added": ("good", _("Đã thêm tệp vào hồ sơ.")),
    "paper_removed": ("good", _("Đã bỏ tệp khỏi hồ sơ.")),
    "meeting_paper_added": ("good", _("Đã thêm tài liệu họp.")),
    "meeting_paper_changed": ("good", _("Đã tải bản mới lên. Các bản trước vẫn còn.")),
    "meeting_paper_placed": ("good", _("Đã lưu các mục của tài liệu.")),
    "meeting_paper_removed": ("good", _("Đã bỏ tài liệu họp.")),
    "note_saved": ("good", _("Đã lưu ghi chú.")),
    "opinion_entered": ("good", _("Đã nhập ý kiến. Nguồn vừa ghi được giữ lại cho ý kiến tiếp theo.")),
    "lines_chosen": ("good", _("Đã lưu lựa chọn.")),
    "file_dropped": ("good", _("Đã bỏ tệp.")),
    "answers_recorded": ("good", _("Đã ghi nhận câu trả lời. Ông/bà thay đổi được đến khi kết thúc.")),
    "text_opened": ("note", _("Ông/bà đã mở văn bản. Đọc xong, xin trở lại phần câu hỏi để trả lời về toàn văn.")),
    "questions_saved": ("good", _("Đã lưu bảng câu hỏi.")),
    "poll_added": ("good", _("Đã chuẩn bị câu thăm dò. Chưa ai thấy cho đến khi mở.")),
    "poll_opened": ("good", _("Đã mở câu thăm dò; mọi người đang theo dõi thấy ngay.")),
    "poll_closed": ("good", _("Đã đóng câu thăm dò và công bố kết quả.")),
    "consultation_closed": ("good", _("Đợt lấy ý kiến đã kết thúc.")),
    "answer_saved": ("good", _("Đã lưu câu trả lời.")),
    "answers_published": ("good", _("Đã công bố trả lời cho mọi ý kiến.")),
}
"""What a page says once after a form: (kind, sentence). A cookie carries the code, so nobody can make the site say something else."""


class MenuItem(NamedTuple):
    """One line of the account menu."""

    url: str
    label: str


_MENU = (
    (Action.SEE_OWN, "/y-kien-cua-toi", _("Ý kiến của tôi")),
    (Action.ENTER_ROOM, "/phong-hop", _("Phòng họp")),
    (Action.READ_QUEUE, "/kiem-duyet", _("Kiểm duyệt")),
    (Action.CREATE_CONSULTATION, "/bien-tap", _("Biên tập")),
    (Action.MANAGE_PEOPLE, "/quan-tri", _("Quản trị")),
    (Action.KEEP_ACCOUNT, "/tai-khoan", _("Tài khoản và thiết bị")),
    (Action.ERASE_OWN, "/du-lieu-cua-toi", _("Dữ liệu của tôi")),
)


class Pages:
    """Renders templates that stand in ``base.html``."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates

    def render(
        self, request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **context: object
    ) -> HTMLResponse:
        """The page in the reader's language, with all that its frame needs and, once, the notice that ``redirect`` left."""
        viewer: Viewer = request.state.viewer
        kind, text = NOTICES.get(request.state.notice, ("", ""))
        frame = {
            "viewer": viewer,
            "theme": request.state.theme,
            "here": self.here(request),
            "csrf": request.state.csrf,
            "now": datetime.now(UTC),
            "notices": ((kind, self.say(request, text)),) if text else (),
            "menu": [MenuItem(url, self.say(request, label)) for action, url, label in _MENU if may_somewhere(viewer, action)],
        }
        whole = frame | context
        token = str(whole["csrf"])
        whole["csrf"] = csrf.masked(token) if token else ""
        response = _compressed(request, self._templates.render(template, viewer.lang, **whole), status, headers)
        if request.state.notice:
            response.delete_cookie("notice", path="/")
        return response

    def say(self, request: Request, text: str, **values: object) -> str:
        """A Vietnamese sentence in the reader's language."""
        return translate(request.state.viewer.lang, text, **values)

    def here(self, request: Request) -> str:
        """Path and query of this page without the wish for a language; the way back, for whoever must sign in first."""
        query = urlencode([(name, value) for name, value in QueryParams(request.scope["query_string"]).multi_items() if name != "lang"])
        return way(request.scope["path"]) + (f"?{query}" if query else "")


def _compressed(request: Request, html: str, status: int, headers: Mapping[str, str] | None) -> HTMLResponse:
    """A long page as a slow line wants it. Nothing secret stands in pages but form tokens, which are masked."""
    if len(html) < _WORTH_COMPRESSING or "gzip" not in request.headers.get("accept-encoding", ""):
        return HTMLResponse(html, status, headers=headers)
    response = HTMLResponse(gzip.compress(html.encode(), 5, mtime=0), status, headers=headers)
    response.headers["content-encoding"] = "gzip"
    response.headers["vary"] = "accept-encoding"
    return response


def redirect(request: Request, path: str, *, notice: str = "", **query: str) -> RedirectResponse:
    """Sends the browser on to a page of ours, there to read; ``notice`` is a code of ``NOTICES``."""
    asked = urlencode({name: value for name, value in query.items() if value})
    response = RedirectResponse(path + (f"?{asked}" if asked else ""), 303)
    if notice:
        cookies: Cookies = request.state.cookies
        cookies.set_wish(response, "notice", notice, 60)
    return response


def way(text: str) -> str:
    """``text`` if it is a path within the site (no host, no control characters), otherwise the home page."""
    safe = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable() and len(text) <= _LONGEST_WAY
    return text if safe else "/"
