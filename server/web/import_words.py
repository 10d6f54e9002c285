"""What the importer of legal texts says, in sentences for an editor."""

from collections.abc import Mapping

from consultations.blocks import Doubt, Why


def _(text: str) -> str:
    """Marks a sentence for the catalogue."""
    return text


WHY_WORDS: Mapping[Why, str] = {
    "front_matter": _("Phần đầu trang: cơ quan, quốc hiệu, số và ký hiệu, ngày tháng"),
    "note": _("Ghi chú quanh văn bản, không thuộc nội dung"),
    "signature": _("Nơi nhận và chữ ký"),
    "page_number": _("Số trang"),
    "misplaced_heading": _("Tiêu đề đứng sai chỗ"),
    "deleted": _("Chữ đã xóa, còn lưu trong tệp do theo dõi thay đổi"),
    "footnote": _("Chú thích chân trang"),
}
"""Why words of the source are not part of the tree."""

DOUBT_WORDS: Mapping[str, str] = {
    "number_skipped": _("Số thứ tự nhảy cách ở ngay trước chỗ này."),
    "number_misread": _("Số thứ tự ghi trong văn bản không khớp vị trí; đã theo vị trí."),
    "heading_refused": _("Dòng này giống tiêu đề nhưng không khớp thứ tự, nên được giữ làm nội dung."),
    "no_articles": _("Không tìm thấy điều nào."),
    "no_title": _("Không tìm thấy tên của văn bản."),
}
"""Where the importer was not sure."""


def doubt(one: Doubt) -> str:
    """A doubt as a Vietnamese sentence of the catalogue."""
    return DOUBT_WORDS[one.code]
