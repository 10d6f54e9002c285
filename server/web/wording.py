"""The rules of moderation in words: what a ruling names by a code."""

from collections.abc import Callable, Mapping

from consultations.state import RULES

Translate = Callable[..., str]


def _(text: str) -> str:
    """Marks a sentence for the catalogue; it is translated when somebody reads it."""
    return text


RULE_WORDS: Mapping[str, str] = {
    "personal_data": _("Không nêu thông tin cá nhân như số định danh, số điện thoại, nơi ở, dù của mình hay của người khác."),
    "insult": _("Không xúc phạm, đe dọa hoặc kỳ thị cá nhân, tổ chức."),
    "unlawful": _("Không nêu nội dung trái pháp luật."),
    "advertising": _("Không quảng cáo, mời chào mua bán."),
    "off_topic": _("Chỉ góp ý về nội dung đang được lấy ý kiến."),
    "repeated": _("Không gửi nhiều lần cùng một nội dung."),
    "false_identity": _("Không mạo danh người khác hoặc cơ quan, tổ chức khác."),
}
"""Each rule of moderation as one reads it before writing, and again when one's words were hidden by it."""


def rule(code: str, translate: Translate) -> str:
    """One rule of moderation as a sentence, in the language of ``translate`` (see ``server.locale.translator``)."""
    return translate(RULE_WORDS[code])


def rules(translate: Translate) -> tuple[tuple[str, str], ...]:
    """All rules of moderation, (code, sentence), in the order in which they are shown."""
    return tuple((code, rule(code, translate)) for code in RULES)
