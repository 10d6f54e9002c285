"""What happened in a consultation, as one sentence: in letters and in feeds."""

from collections.abc import Callable, Mapping
from datetime import datetime

from consultations.log import Entry
from server.kernel.vietnam import VIETNAM


def sentence(entry: Entry, _: Callable[..., str]) -> str:
    """One of ``consultations.tidings.TOLD`` in words. Reasons are the agency's own, and stay as they are written."""
    reason = entry.detail.get("reason")
    match entry.what:
        case "published":
            days = {"opens": _day(entry.detail, "opens_at"), "closes": _day(entry.detail, "closes_at")}
            return _("Công bố đợt lấy ý kiến, từ ngày %(opens)s đến ngày %(closes)s.", **days)
        case "opened":
            return _("Bắt đầu lấy ý kiến.")
        case "closed" if reason:
            return _("Kết thúc lấy ý kiến trước thời hạn. Lý do: %(reason)s", reason=reason)
        case "closed":
            return _("Kết thúc lấy ý kiến.")
        case "suspended":
            return _("Tạm dừng lấy ý kiến. Lý do: %(reason)s", reason=reason)
        case "resumed":
            return _("Tiếp tục lấy ý kiến, đến ngày %(closes)s.", closes=_day(entry.detail, "closes_at"))
        case "cancelled":
            return _("Hủy đợt lấy ý kiến. Lý do: %(reason)s", reason=reason)
        case "answered":
            return _("Công bố kết quả tiếp thu, giải trình các ý kiến góp ý.")
        case "archived":
            return _("Lưu trữ đợt lấy ý kiến.")
        case "paper_added":
            return _("Hồ sơ có thêm tài liệu.")
        case "version_placed":
            return _("Có bản dự thảo thứ %(number)s.", number=entry.detail.get("number"))
        case "poll_opened":
            return _("Mở một cuộc thăm dò.")
        case "poll_closed":
            return _("Đóng một cuộc thăm dò.")
        case _other:
            raise ValueError(entry.what)


def _day(detail: Mapping[str, object], name: str) -> str:
    day = datetime.fromisoformat(str(detail[name])).astimezone(VIETNAM)
    return f"{day.day}/{day.month}/{day.year}"
