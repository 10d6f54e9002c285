"""The words of every letter the site sends. No subject holds a secret: subjects are shown on locked screens."""

from collections.abc import Callable, Mapping

import msgspec

from server.locale import translator
from server.mail.digest import write_digest
from server.mail.room_letters import write_invitation


class Letter(msgspec.Struct, frozen=True):
    """A letter ready to be sent, in plain text. ``off`` is the address that ends such letters with one click, where there is one;
    ``calendar`` is an entry for a calendar, or empty."""

    subject: str
    text: str
    off: str = ""
    calendar: bytes = b""


def write_letter(name: str, lang: str, site: str, values: Mapping[str, object]) -> Letter:
    """The letter of this name in ``lang``. ``site`` is the address of the site without a path.

    Raises: KeyError for a letter or a value that does not exist.
    """
    return _LETTERS[name](translator(lang), site, values)


def _sign_in_code(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    code = str(values["code"])
    lines = (
        _("Mã đăng nhập Diên Hồng của ông/bà là:"),
        f"    {code[:4]} {code[4:]}",
        _("Mã dùng được một lần, trong %(minutes)s phút, và chỉ trên trình duyệt đã yêu cầu mã.", minutes=values["minutes"]),
        _("Không đưa mã này cho bất kỳ ai: cơ quan nhà nước không bao giờ hỏi mã của ông/bà qua điện thoại hay tin nhắn."),
        _("Nếu ông/bà không yêu cầu mã, xin bỏ qua thư này."),
        site,
    )
    return Letter(_("Mã đăng nhập Diên Hồng"), "\n\n".join(lines) + "\n")


def _invitation(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    lines = (
        _("Ông/bà được mời nhận một vai trò trên nền tảng Diên Hồng."),
        _("Xin đăng nhập bằng chính địa chỉ thư điện tử này, rồi xem và nhận lời mời tại:"),
        f"{site}/loi-moi/{values['invitation']}",
        _("Lời mời có hiệu lực trong %(days)s ngày và dùng được một lần.", days=values["days"]),
        _("Nếu ông/bà không chờ đợi lời mời này, xin bỏ qua thư này."),
    )
    return Letter(_("Lời mời nhận vai trò trên Diên Hồng"), "\n\n".join(lines) + "\n")


def _notice(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    """What has happened to, or is to be done about, something in a consultation. Nobody's words are in it, for letters pass many hands."""
    slug, day = str(values["slug"]), str(values["day"])
    desk, queue, mine = f"{site}/bien-tap/{slug}", f"{site}/kiem-duyet?dot={slug}", f"{site}/y-kien-cua-toi"
    subject, sentence, way = {
        "closing": (_("Sắp kết thúc lấy ý kiến"), _("Đợt lấy ý kiến này kết thúc ngày %(day)s.", day=day), desk),
        "reply_5": (
            _("Còn 5 ngày để trả lời ý kiến"),
            _("Hạn công bố nội dung tiếp thu, giải trình là hết ngày %(day)s: còn 5 ngày.", day=day),
            desk,
        ),
        "reply_1": (
            _("Còn 1 ngày để trả lời ý kiến"),
            _("Hạn công bố nội dung tiếp thu, giải trình là hết ngày %(day)s: còn 1 ngày.", day=day),
            desk,
        ),
        "reply_late": (
            _("Đã quá hạn trả lời ý kiến"),
            _("Hạn công bố nội dung tiếp thu, giải trình là hết ngày %(day)s và đã qua.", day=day),
            desk,
        ),
        "appealed": (_("Có khiếu nại về kiểm duyệt"), _("Người viết một ý kiến đã bị ẩn đề nghị xem xét lại."), queue),
        "hidden": (
            _("Một ý kiến của ông/bà đã bị ẩn"),
            _("Một ý kiến của ông/bà đã bị ẩn. Quy tắc, lý do và cách khiếu nại có tại trang ý kiến của ông/bà."),
            mine,
        ),
        "restored": (_("Ý kiến của ông/bà đã được công khai"), _("Một ý kiến của ông/bà đã được công khai."), mine),
        "appeal_granted": (
            _("Khiếu nại của ông/bà được chấp nhận"),
            _("Khiếu nại của ông/bà được chấp nhận; ý kiến đã được công khai trở lại."),
            mine,
        ),
        "appeal_refused": (
            _("Khiếu nại của ông/bà không được chấp nhận"),
            _("Khiếu nại của ông/bà không được chấp nhận. Lý do có tại trang ý kiến của ông/bà."),
            mine,
        ),
        "answered": (
            _("Ý kiến của ông/bà đã được trả lời"),
            _("Cơ quan chủ trì đã công bố nội dung tiếp thu, giải trình đối với ý kiến của ông/bà."),
            mine,
        ),
    }[str(values["what"])]
    return Letter(subject, "\n\n".join((str(values["title"]), sentence, way)) + "\n")


def _ballot_code(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    return _code(_, site, values, _("Mã xác nhận bỏ phiếu kín"), _("Mã xác nhận để bỏ phiếu kín của ông/bà là:"))


def _erasure_code(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    return _code(_, site, values, _("Mã xác nhận xóa tài khoản"), _("Mã xác nhận để xóa tài khoản và dữ liệu của ông/bà là:"))


def _account_erased(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    """The last letter to an address, which is kept nowhere once it has gone."""
    lines = (
        _("Theo yêu cầu của ông/bà, tài khoản dùng địa chỉ này đã được xóa, cùng với tên, nội dung ý kiến và danh sách theo dõi."),
        _("Câu trả lời đã gửi vẫn được tính trong kết quả, nhưng không còn cách nào tìm ra đó là của ai."),
        _("Đây là thư cuối cùng: địa chỉ này không còn được lưu. Nếu không phải ông/bà yêu cầu, xin báo cơ quan vận hành trang."),
        site,
    )
    return Letter(_("Đã xóa tài khoản và dữ liệu"), "\n\n".join(lines) + "\n")


def _code(_: Callable[..., str], site: str, values: Mapping[str, object], subject: str, sentence: str) -> Letter:
    code = str(values["code"])
    lines = (
        sentence,
        f"    {code[:4]} {code[4:]}",
        _("Mã dùng được một lần, trong %(minutes)s phút, và chỉ trên trình duyệt đã yêu cầu mã.", minutes=values["minutes"]),
        _("Không đưa mã này cho bất kỳ ai: cơ quan nhà nước không bao giờ hỏi mã của ông/bà qua điện thoại hay tin nhắn."),
        _("Nếu ông/bà không yêu cầu mã, xin bỏ qua thư này."),
        site,
    )
    return Letter(subject, "\n\n".join(lines) + "\n")


def _slip(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    """That one's vote is asked for. What it is about is not in it, for letters pass many hands."""
    room, until = str(values["room"]), values["until"]
    subject, sentence = {
        "sent": (_("Phiếu lấy ý kiến"), _("Ông/bà được lấy ý kiến biểu quyết. Xin gửi phiếu trước %(until)s.", until=until)),
        "later": (
            _("Lùi hạn gửi phiếu lấy ý kiến"),
            _(
                "Hạn gửi phiếu được lùi đến %(until)s. Lý do được ghi trong phiếu. Nếu đã gửi phiếu, ông/bà không phải gửi lại.",
                until=until,
            ),
        ),
        "24h": (
            _("Còn 24 giờ để biểu quyết"),
            _("Chưa nhận được phiếu của ông/bà. Còn 24 giờ: hạn gửi phiếu là %(until)s.", until=until),
        ),
        "1h": (_("Còn 1 giờ để biểu quyết"), _("Chưa nhận được phiếu của ông/bà. Còn 1 giờ: hạn gửi phiếu là %(until)s.", until=until)),
    }[str(values["what"])]
    return Letter(subject, "\n\n".join((room, sentence, f"{site}{values['path']}")) + "\n")


def _room_invitation(subject: str, text: str, entry: bytes) -> Letter:
    return Letter(subject, text, calendar=entry)


def _conclusions(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    """That a meeting gave somebody something to do. What it is stands on the page: letters pass many hands."""
    lines = [
        _("Cuộc họp đã kết thúc; số kết luận giao ông/bà hoặc cơ quan của ông/bà chủ trì thực hiện: %(number)s.", number=values["number"]),
        *([_("Thời hạn gần nhất: hết ngày %(day)s.", day=values["due"])] if values["due"] else []),
        _("Xin đăng nhập bằng chính địa chỉ thư điện tử này để xem các kết luận:"),
        f"{site}{values['path']}",
    ]
    return Letter(_("Kết luận cuộc họp giao thực hiện"), "\n\n".join(lines) + "\n")


def _overdue(_: Callable[..., str], site: str, values: Mapping[str, object]) -> Letter:
    """What has become overdue for a moderator, in numbers. Nobody's words are in it, for letters pass many hands."""
    off = f"{site}{values['off']}"
    parts = [_("Những việc kiểm duyệt sau đây mới quá hạn, và ông/bà là người giải quyết được:")]
    for one in msgspec.convert(values["overdue"], list[_Overdue]):
        lines = [one.title]
        if one.rulings:
            lines.append(_("* Ý kiến chờ kiểm duyệt quá hạn: %(count)s", count=one.rulings))
            lines.append(f"  {site}/kiem-duyet?muc=cho&dot={one.slug}")
        if one.appeals:
            lines.append(_("* Khiếu nại chờ giải quyết quá hạn: %(count)s", count=one.appeals))
            lines.append(f"  {site}/kiem-duyet/khieu-nai")
        parts.append("\n".join(lines))
    parts.append(_("Mỗi việc chỉ được nhắc một lần, mỗi ngày nhiều nhất một thư."))
    parts.append(f"-- \n{_('Thôi nhận thư nhắc việc quá hạn, không cần đăng nhập:')}\n{off}")
    return Letter(_("Việc kiểm duyệt đã quá hạn"), "\n\n".join(parts) + "\n", off)


class _Overdue(msgspec.Struct, frozen=True):
    slug: str
    title: str
    rulings: int
    appeals: int


_LETTERS: Mapping[str, Callable[[Callable[..., str], str, Mapping[str, object]], Letter]] = {
    "sign_in_code": _sign_in_code,
    "invitation": _invitation,
    "digest": lambda _, site, values: Letter(*write_digest(_, site, values)),
    "notice": _notice,
    "overdue": _overdue,
    "room_invitation": lambda _, site, values: _room_invitation(*write_invitation(_, site, values)),
    "ballot_code": _ballot_code,
    "erasure_code": _erasure_code,
    "account_erased": _account_erased,
    "slip": _slip,
    "conclusions": _conclusions,
}
