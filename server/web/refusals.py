"""What a refusal is to a reader: a status, and a sentence in the reader's language."""

from collections.abc import Mapping

from server.kernel.refused import Refused
from server.locale import translate


def _(text: str) -> str:
    """Marks a sentence for the catalogue; it is translated when somebody reads it."""
    return text


STATUS: Mapping[str, int] = {
    "bad_content_type": 415,
    "bad_input": 400,
    "closed": 409,
    "conflict": 409,
    "foreign_request": 403,
    "form_too_old": 403,
    "not_allowed": 403,
    "not_found": 404,
    "rate_limited": 429,
    "sign_in_needed": 401,
    "too_large": 413,
    "unavailable": 503,
}
"""HTTP statuses of refusals; of any other, 422."""

SENTENCES: Mapping[str, str] = {
    "bad_content_type": _("Biểu mẫu được gửi sai định dạng."),
    "bad_email": _("Địa chỉ thư điện tử chưa đúng. Ví dụ: ten@vi-du.vn."),
    "bad_input": _("Yêu cầu không hợp lệ."),
    "bad_role": _("Vai trò này không có ở đây."),
    "bad_slug": _("Tên trong địa chỉ chỉ gồm chữ thường không dấu, chữ số và dấu nối, từ 2 đến 60 ký tự."),
    "code_over": _("Mã đã hết hiệu lực hoặc đã nhập sai quá số lần cho phép. Xin yêu cầu mã mới."),
    "conflicting_roles": _("Người quản trị không giữ vai trò nào khác. Xin dùng địa chỉ thư điện tử khác cho vai trò này."),
    "conflict": _("Yêu cầu này đã được gửi với nội dung khác."),
    "empty": _("Xin điền nội dung."),
    "foreign_request": _("Yêu cầu không đến từ trang của hệ thống nên không được nhận."),
    "form_too_old": _("Trang đã mở quá lâu hoặc ông/bà vừa đăng nhập, đăng xuất. Xin tải lại trang rồi gửi lại."),
    "not_allowed": _("Ông/bà không có quyền làm việc này."),
    "not_found": _("Không tìm thấy trang này. Trang có thể đã được đổi địa chỉ hoặc không còn nữa."),
    "own_role": _("Không ai tự cấp hoặc tự bỏ vai trò của mình. Xin nhờ một người quản trị khác."),
    "rate_limited": _("Quá nhiều yêu cầu. Xin thử lại sau ít phút."),
    "sign_in_needed": _("Xin đăng nhập để tiếp tục."),
    "slug_taken": _("Tên này đã có cơ quan khác dùng trong địa chỉ."),
    "too_large": _("Nội dung gửi lên quá lớn."),
    "too_long": _("Nội dung quá dài."),
    "too_slow": _("Dữ liệu gửi lên quá chậm nên đã bị ngắt. Xin thử lại."),
    "unavailable": _("Hệ thống tạm thời gián đoạn. Xin thử lại sau ít phút."),
    "wrong_code": _("Mã chưa đúng. Mã gồm 8 chữ số trong thư vừa gửi."),
    "wrong_method": _("Địa chỉ này không nhận loại yêu cầu đó."),
}

_ANY_OTHER = _("Yêu cầu không được chấp nhận.")


def status_of(refused: Refused) -> int:
    return STATUS.get(refused.code, 422)


def sentence(refused: Refused, lang: str) -> str:
    """Why it was refused, for the reader. A code without a sentence of its own gets a general one."""
    return translate(lang, SENTENCES.get(refused.code, _ANY_OTHER))
