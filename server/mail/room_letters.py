"""The invitation to a meeting: what it is, when, how to answer, and the entry for the calendar."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from server.kernel.vietnam import VIETNAM
from server.mail.calendar import Entry, calendar


def write_invitation(_: Callable[..., str], site: str, values: Mapping[str, object]) -> tuple[str, str, bytes]:
    """Subject, text and calendar entry (empty for a meeting without a time)."""
    title, agency, room = str(values["title"]), str(values["agency"]), f"{site}/phong-hop/{values['slug']}"
    starts, ends = (_moment(values[name]) for name in ("starts_at", "ends_at"))
    lines = [
        _("%(agency)s kính mời ông/bà dự cuộc họp:", agency=agency),
        f"    {title}",
        *([] if starts is None else [_("Bắt đầu lúc %(time)s (giờ Việt Nam).", time=f"{starts:%H:%M, %d/%m/%Y}")]),
        _("Tư cách dự họp: %(duty)s.", duty=_(str(values["duty"]))),
        _("Xin trả lời dự hay vắng, hoặc cử người dự thay, tại:"),
        f"{room}/tra-loi",
        _("Đến giờ họp, xin vào phòng tại địa chỉ dưới đây, sớm vài phút để kiểm tra camera và micro:"),
        room,
        _("Cả hai trang đều cần đăng nhập bằng chính địa chỉ thư điện tử này."),
    ]
    subject = _("Giấy mời họp của %(agency)s", agency=agency)
    if starts is None or ends is None:
        return subject, "\n\n".join(lines) + "\n", b""
    uid = f"phong-hop-{values['room']}@{site.partition('://')[2]}"
    entry = Entry(uid, int(str(values["revision"])) - 1, starts, ends, title, agency, room)
    return subject, "\n\n".join(lines) + "\n", calendar(entry, now=datetime.now(UTC))


def _moment(value: object) -> datetime | None:
    return None if value is None else datetime.fromisoformat(str(value)).astimezone(VIETNAM)
