"""What an event of a meeting's record is to a reader: one sentence. It tells who, what kind and of what, and never a word
that somebody said."""

from collections.abc import Mapping

from rooms import conclusions as k
from rooms import events as e
from rooms import minutes_words as words
from rooms import motions as m
from rooms.chronicle import Chronicle, Entry, may_know
from rooms.erasures import LineErased
from rooms.events import Said
from server.kernel.ids import Who
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
    "groups_planned": _("Chia nhóm thảo luận."),
    "put_in_group": _("%(who)s được xếp lại nhóm thảo luận."),
    "groups_opened": _("Các nhóm bắt đầu thảo luận riêng."),
    "groups_called": _("Các nhóm được gọi về phòng họp."),
    "group_visited": _("%(who)s sang nhóm khác hoặc trở về."),
    "groups_closed": _("Thảo luận nhóm kết thúc, mọi người về phòng họp."),
    "checks_asked": _("%(who)s yêu cầu kiểm tra kỹ thuật các điểm cầu."),
    "check_begun": _("Bắt đầu kiểm tra kỹ thuật tại máy của %(who)s."),
    "checked": _("%(who)s gửi kết quả kiểm tra kỹ thuật."),
    "said": _("%(who)s viết một dòng trao đổi."),
    "line_erased": _("Một dòng trao đổi được xóa theo yêu cầu của người viết."),
    "ended": _("Cuộc họp kết thúc."),
    "concluded": _("Ghi một kết luận."),
    "conclusion_struck": _("Bỏ một kết luận."),
    "paper_approved": _("%(who)s phê duyệt văn bản của cuộc họp."),
    "paper_reopened": _("%(who)s mở lại văn bản của cuộc họp để sửa đổi."),
    "motion_drafted": _("Soạn một nội dung biểu quyết."),
    "motion_opened": _("Mở biểu quyết."),
    "motion_delayed": _("Lùi hạn biểu quyết."),
    "motion_closed": _("Đóng biểu quyết."),
    "motion_counted": _("Kiểm phiếu."),
    "tie_broken": _("%(who)s bỏ lá phiếu quyết định."),
    "motion_announced": _("Công bố kết quả biểu quyết."),
    "motion_withdrawn": _("Rút một nội dung biểu quyết."),
    "objected": _("%(who)s nêu ý kiến về kết quả kiểm phiếu."),
}
"""By the tag of the event."""


_LONGEST = 160
"""Letters of a title or of a motion that are quoted."""


def sentence(entry: Entry, told: Chronicle, lang: Language, reader: Who | None) -> tuple[str, ...]:
    """What happened, in the reader's language, in pieces: every second one is Vietnamese, a name or the title or text of something.

    Nothing is quoted of an item of which the ``reader`` may not know, nor of a motion before it was put to the vote.
    """
    event = entry.event
    who = event.line.who if isinstance(event, Said) else getattr(event, "who", None) or getattr(event, "to", None)
    say = translator(lang)
    before, named, after = say(SENTENCES[str(type(event).__struct_config__.tag)]).partition("%(who)s")
    name = words.name_of(told, {}, who) if named else ""
    if name == words.BLANK:  # a guest whom nobody let in, or whose name is forgotten
        before, name, after = before + (say("một người") if before else say("Một người")) + after, "", ""
    quoted, number = _dealt_with(entry, told, reader)
    said = (before, name, after) if name else (before + after,)
    if quoted:
        quoted = quoted if len(quoted) <= _LONGEST else quoted[:_LONGEST].rstrip() + "…"
        return (*said[:-1], said[-1].removesuffix(".") + ": “", quoted.removesuffix("."), "”.")
    if number:
        return (*said[:-1], f"{said[-1].removesuffix('.')}: {say('số %(number)s', number=number)}.")
    return said


def _dealt_with(entry: Entry, told: Chronicle, reader: Who | None) -> tuple[str, int]:
    """The title or the text of what an event is about, or only its number; neither where it is about nothing else."""
    match entry.event:
        case e.ItemAdded(id=id) | e.ItemEdited(id=id) | e.ItemMoved(id=id) | e.ItemRemoved(id=id) | e.ItemBegun(id=id) | e.ItemEnded(id=id):
            item = told.agenda.get(id)
            return (item.plan.title, 0) if item is not None and may_know(told, id, reader) else ("", 0)
        case LineErased(number=number):
            return "", number
        case m.MotionEvent(motion=motion):
            voted = told.drafts.get(motion)
            if voted is not None and voted.motion.opened_at is not None and all(may_know(told, item, reader) for item in voted.items):
                return voted.motion.text, 0
            return "", 1 + list(told.drafts).index(motion) if voted is not None else 0
        case k.Concluded(conclusion=conclusion) if may_know(told, conclusion.item, reader):
            return conclusion.text, 0
        case _:
            return "", 0
