"""What an event of a meeting's record is to a reader: one sentence. It tells who and what kind, and never a word of anybody's."""

from collections.abc import Mapping

from rooms import minutes_words as words
from rooms.chronicle import Chronicle, Entry
from rooms.events import Said
from server.locale import Language, translator


def _(text: str) -> str:
    """Marks a sentence for the catalogue; it is translated when somebody reads it."""
    return text


SENTENCES: Mapping[str, str] = {
    "started": _("Cuộc họp bắt đầu."),
    "configured": _("Thông tin phòng họp được sửa."),
    "lobby_set": _("Phòng chờ được bật hoặc tắt."),
    "knocked": _("%(who)s xin vào phòng."),
    "entered": _("%(who)s vào phòng họp."),
    "moved": _("%(who)s chuyển sang một trang khác."),
    "turned_away": _("%(who)s không được vào phòng."),
    "left": _("%(who)s rời phòng họp."),
    "removed": _("%(who)s bị mời ra khỏi phòng họp."),
    "lost": _("Mất kết nối với %(who)s."),
    "found": _("%(who)s kết nối lại."),
    "sent_out": _("Người không dự nội dung riêng ra phòng chờ."),
    "let_back": _("Người ở phòng chờ trở lại phòng họp."),
    "roll_set": _("Danh sách thành phần dự họp được sửa."),
    "attended": _("%(who)s xác nhận có mặt."),
    "chair_passed": _("%(who)s chủ trì cuộc họp."),
    "chair_vacated": _("Người chủ trì thôi chủ trì theo danh sách mới."),
    "item_added": _("Thêm một nội dung vào chương trình."),
    "item_edited": _("Sửa một nội dung của chương trình."),
    "item_moved": _("Đổi thứ tự một nội dung của chương trình."),
    "item_removed": _("Bỏ một nội dung khỏi chương trình."),
    "item_begun": _("Bắt đầu một nội dung."),
    "item_ended": _("Kết thúc nội dung đang họp."),
    "hand_raised": _("%(who)s đăng ký phát biểu."),
    "hand_lowered": _("%(who)s thôi đăng ký phát biểu."),
    "hand_moved": _("Đổi thứ tự đăng ký phát biểu."),
    "discussion_set": _("Đổi cách thảo luận."),
    "limits_set": _("Đổi thời lượng phát biểu."),
    "floor_given": _("%(who)s được mời phát biểu."),
    "floor_extended": _("Kéo dài thời gian phát biểu."),
    "floor_ended": _("%(who)s kết thúc phát biểu."),
    "said": _("%(who)s viết một dòng trao đổi."),
    "ended": _("Cuộc họp kết thúc."),
    "concluded": _("Ghi một kết luận."),
    "conclusion_struck": _("Bỏ một kết luận."),
    "motion_drafted": _("Soạn một nội dung biểu quyết."),
    "motion_opened": _("Mở biểu quyết."),
    "motion_closed": _("Đóng biểu quyết."),
    "motion_counted": _("Kiểm phiếu."),
    "tie_broken": _("%(who)s bỏ lá phiếu quyết định."),
    "motion_announced": _("Công bố kết quả biểu quyết."),
    "motion_withdrawn": _("Rút một nội dung biểu quyết."),
    "objected": _("%(who)s nêu ý kiến về kết quả kiểm phiếu."),
}
"""By the tag of the event."""


def sentence(entry: Entry, told: Chronicle, lang: Language) -> tuple[str, str, str]:
    """What happened, in the reader's language: the words before the name, the name (Vietnamese, empty for nobody's), the words after it."""
    event = entry.event
    who = event.line.who if isinstance(event, Said) else getattr(event, "who", None) or getattr(event, "to", None)
    say = translator(lang)
    before, named, after = say(SENTENCES[str(type(event).__struct_config__.tag)]).partition("%(who)s")
    name = words.name_of(told, {}, who) if named else ""
    if name == words.BLANK:  # a guest whom nobody let in, or whose name is forgotten
        return before + (say("một người") if before else say("Một người")) + after, "", ""
    return before, name, after
