"""The words of every letter the site sends. No subject holds a secret: subjects are shown on locked screens."""

from collections.abc import Callable, Mapping

import msgspec

from server.locale import translator


class Letter(msgspec.Struct, frozen=True):
    """A letter ready to be sent, in plain text."""

    subject: str
    text: str


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


_LETTERS: Mapping[str, Callable[[Callable[..., str], str, Mapping[str, object]], Letter]] = {
    "sign_in_code": _sign_in_code,
    "invitation": _invitation,
}
