"""The letter that tells what happened in what one follows: with the words themselves, and links that end it with one click."""

from collections.abc import Callable, Mapping

import msgspec

from consultations.tidings import Said, Section
from server.mail.tidings import sentence

LONGEST = 2_000
"""Characters of one contribution in a letter; the rest is a link away."""


def write_digest(_: Callable[..., str], site: str, values: Mapping[str, object]) -> tuple[str, str, str]:
    """Subject, text, and the path that ends these letters."""
    sections = msgspec.convert(values["sections"], tuple[Section, ...])
    off = f"{site}{values['off']}"
    parts = [_("Những việc mới trong các đợt lấy ý kiến mà ông/bà theo dõi trên Diên Hồng:")]
    for section in sections:
        parts.append(f"{section.title}\n{'=' * min(70, len(section.title))}\n{site}{section.path}")
        parts += [f"* {sentence(entry, _)}" for entry in section.happened]
        parts += [_said(one, site, _) for one in section.said]
        if section.more:
            parts.append(_("Và %(count)s ý kiến khác, xin đọc trên trang.", count=section.more))
        parts += [_("Thôi theo dõi %(what)s: %(url)s", what=_of(what, _), url=site + path) for what, path in section.stops]
    parts.append(f"-- \n{_('Thôi nhận mọi thư như thế này, không cần đăng nhập:')}\n{off}")
    subject = sections[0].title if len(sections) == 1 else _("Tin từ %(count)s đợt lấy ý kiến", count=len(sections))
    return f"Diên Hồng: {' '.join(subject.split())[:120]}", "\n\n".join(parts) + "\n", off


def _said(one: Said, site: str, _: Callable[..., str]) -> str:
    text = one.text if len(one.text) <= LONGEST else one.text[:LONGEST].rstrip() + " […]"
    words = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    if one.outcome:
        return f"{_('Cơ quan trả lời: %(outcome)s', outcome=_outcome(one.outcome, _))}\n{words}\n{site}{one.path}"
    about = one.about or _("toàn văn")
    return f"{_('%(name)s góp ý về %(about)s:', name=one.name, about=about)}\n{words}\n{site}{one.path}"


def _outcome(outcome: str, _: Callable[..., str]) -> str:
    return {
        "accepted": _("tiếp thu"),
        "partly_accepted": _("tiếp thu một phần"),
        "not_accepted": _("không tiếp thu, giải trình"),
        "noted": _("ghi nhận"),
    }[outcome]


def _of(what: str, _: Callable[..., str]) -> str:
    """Of what a link ends the follow: a clause by its label, all else by its sort."""
    return {"": _("đợt lấy ý kiến này"), "contribution": _("ý kiến này")}.get(what, what)
