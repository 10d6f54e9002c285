"""The rules of moderation in words: what a ruling names by a code.

Words are Vietnamese; ``_`` (see ``server.locale.translator``) gives them in the reader's language.
"""

from collections.abc import Callable, Mapping

from consultations.state import RULES

Translate = Callable[..., str]

RULE_WORDS: Mapping[str, str] = {
    "personal_data": "Không nêu thông tin cá nhân như số định danh, số điện thoại, nơi ở, dù của mình hay của người khác.",
    "insult": "Không xúc phạm, đe dọa hoặc kỳ thị cá nhân, tổ chức.",
    "unlawful": "Không nêu nội dung trái pháp luật.",
    "advertising": "Không quảng cáo, mời chào mua bán.",
    "off_topic": "Chỉ góp ý về nội dung đang được lấy ý kiến.",
    "repeated": "Không gửi nhiều lần cùng một nội dung.",
    "false_identity": "Không mạo danh người khác hoặc cơ quan, tổ chức khác.",
}
"""Each rule of moderation as one reads it before writing, and again when one's words were hidden by it."""


def rule(code: str, _: Translate) -> str:
    """One rule of moderation as a sentence."""
    return _(RULE_WORDS[code])


def rules(_: Translate) -> tuple[tuple[str, str], ...]:
    """All rules of moderation, (code, sentence), in the order in which they are shown."""
    return tuple((code, rule(code, _)) for code in RULES)
