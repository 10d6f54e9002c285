"""What is a heading and what is not, on small texts. Real decrees are read in ``tests/documents``."""

import pytest

from consultations.blocks import Imported, Line, Table
from consultations.legal import read_legal_text
from consultations.tree import Draft, Node, anchors, articles, find, label, walk


def reading(*paragraphs: str) -> Imported:
    """The import of a text with one paragraph an argument; the lines of a paragraph go on in each other."""
    return read_legal_text(Line(line, soft=place > 0) for paragraph in paragraphs for place, line in enumerate(paragraph.split("\n")))


def draft(*paragraphs: str) -> Draft:
    return reading(*paragraphs).draft


def shape(nodes: tuple[Node, ...]) -> list[object]:
    """The labels of a tree as nested lists."""
    return [[label(node), *shape(node.children)] if node.children else label(node) for node in nodes]


def at(draft: Draft, anchor: str) -> Node:
    node = next(node for node, found in anchors(draft).items() if found == anchor)
    path = find(draft, node)
    assert path is not None
    return path[-1]


def test_chapters_articles_clauses_and_points_form_a_tree() -> None:
    read = draft(
        "Chương I", "QUY ĐỊNH CHUNG", "Điều 1. Phạm vi điều chỉnh", "1. Quyết định này quy định:", "a) Việc họp;", "b) Việc hỏi ý kiến.",
        "2. Không áp dụng đối với bí mật nhà nước.", "Chương II", "HỌP", "Mục 1. CHUẨN BỊ", "Điều 2. Giấy mời", "Giấy mời nêu rõ nội dung.",
    )  # fmt: skip
    assert shape(read.nodes) == [
        ["Chương I", ["Điều 1", ["khoản 1", "điểm a", "điểm b"], "khoản 2"]],
        ["Chương II", ["Mục 1", "Điều 2"]],
    ]
    assert at(read, "chuong-i").heading == "QUY ĐỊNH CHUNG"
    assert at(read, "dieu-1-khoan-1-diem-b").text == "Việc hỏi ý kiến."
    assert at(read, "dieu-2") == articles(read)[1]
    assert articles(read)[1].text == "Giấy mời nêu rõ nội dung."


def test_a_line_that_begins_with_an_article_inside_a_sentence_is_no_heading() -> None:
    read = draft(
        "Điều 1. Vi phạm", "a) Ban hành quy trình quy định tại khoản 6\nĐiều 8 của Nghị quyết khi chưa có ý kiến;",
        "b) Không thực hiện quy định tại\nĐiều 2. Việc xử lý theo\nĐiều 3.", "Điều 2. Hiệu lực", "Có hiệu lực ngay.",
    )  # fmt: skip
    assert shape(read.nodes) == [["Điều 1", "điểm a", "điểm b"], "Điều 2"]
    assert at(read, "dieu-1-diem-a").text == "Ban hành quy trình quy định tại khoản 6 Điều 8 của Nghị quyết khi chưa có ý kiến;"
    assert at(read, "dieu-1-diem-b").text == "Không thực hiện quy định tại Điều 2. Việc xử lý theo Điều 3."


def test_a_clause_number_that_ends_a_cross_reference_is_no_clause() -> None:
    read = draft("Điều 1. Thời hạn", "1. Áp dụng theo quy định tại khoản 1 và khoản\n2. Trường hợp khác thì hỏi.", "2. Hết.")
    assert shape(read.nodes) == [["Điều 1", "khoản 1", "khoản 2"]]
    assert at(read, "dieu-1-khoan-1").text == "Áp dụng theo quy định tại khoản 1 và khoản 2. Trường hợp khác thì hỏi."


def test_a_sentence_broken_by_an_empty_line_is_joined() -> None:
    read = draft("Điều 1. Nội dung", "1. Công bố trên trang thông tin điện tử của tổ chức", "cung cấp dịch vụ.", "2. Hết.")
    assert at(read, "dieu-1-khoan-1").text == "Công bố trên trang thông tin điện tử của tổ chức cung cấp dịch vụ."


def test_articles_quoted_by_an_amending_text_are_its_content() -> None:
    read = draft(
        "Điều 1. Sửa đổi Điều 4 như sau:", "“Điều 4. Rút đơn", "1. Đơn phải ghi rõ ngày.", "2. Đơn có chữ ký.”",
        "Điều 2. Sửa đổi Điều 2 như sau:", "Điều 2. Đối tượng", "Điều 3. Hiệu lực", "Ngay.",
    )  # fmt: skip
    assert [node.number for node in articles(read)] == ["1", "2", "3"]
    assert at(read, "dieu-1").text == "“Điều 4. Rút đơn\n1. Đơn phải ghi rõ ngày.\n2. Đơn có chữ ký.”"
    assert at(read, "dieu-2").text == "Điều 2. Đối tượng"


def test_a_speck_of_a_scanner_that_looks_like_a_quotation_mark_quotes_nothing() -> None:
    read = draft("Điều 1. Một", "Nội dung.", "“2o", "Điều 2. Hai", "Ủy ban nhân” dân.", "Điều 3. Ba", "Hết.")
    assert [node.number for node in articles(read)] == ["1", "2", "3"]


def test_an_article_set_as_a_heading_is_preferred_to_a_plain_line_with_its_number() -> None:
    read = read_legal_text(
        [Line("Điều 1. Một", level=3), Line("Điều 2. Được trích dẫn"), Line("Điều 2. Hai", level=3), Line("Nội dung hai.")]
    ).draft
    assert [node.heading for node in articles(read)] == ["Một", "Hai"]
    assert articles(read)[0].text == "Điều 2. Được trích dẫn"


def test_the_points_of_vietnamese_run_through_their_own_alphabet() -> None:
    letters = "abcdđeghiklmnopqrstuvxy"
    read = draft("Điều 1. Danh mục", "1. Gồm:", *(f"{letter}) Mục {letter};" for letter in letters))
    assert "".join(node.number or "" for node in walk(read) if node.kind == "point") == letters
    assert reading("Điều 1. Danh mục", "1. Gồm:", *(f"{letter}) Mục;" for letter in letters)).doubts == ()
    assert anchors(read)[articles(read)[0].children[0].children[4].id] == "dieu-1-khoan-1-diem-dd"


def test_a_misread_number_takes_the_place_its_neighbours_leave_and_is_reported() -> None:
    read = reading("Điều 1. Gồm", "1. Một.", "2. Hai.", "8. Ba.", "4. Bốn.", "5. Năm.")
    assert [node.number for node in articles(read.draft)[0].children] == ["1", "2", "3", "4", "5"]
    assert articles(read.draft)[0].children[2].marker == "8."
    assert [(doubt.code, doubt.words) for doubt in read.doubts] == [("number_misread", "8.")]


def test_a_missing_number_is_reported_where_it_is_missing() -> None:
    read = reading("Điều 1. Gồm", "1. Một.", "2. Hai.", "4. Bốn.")
    assert [node.number for node in articles(read.draft)[0].children] == ["1", "2", "4"]
    assert [(doubt.code, doubt.words) for doubt in read.doubts] == [("number_skipped", "4.")]


def test_words_that_look_like_a_heading_and_do_not_fit_are_reported() -> None:
    read = reading("Điều 1. Một", "Nội dung.", "Điều 9. Chín", "Nội dung chín.", "Điều 2. Hai", "Nội dung hai.")
    assert [node.number for node in articles(read.draft)] == ["1", "2"]
    assert [(doubt.code, doubt.words) for doubt in read.doubts] == [("heading_refused", "Điều 9. Chín")]


def test_inserted_articles_stand_between_their_neighbours() -> None:
    read = reading("Điều 1. Một", "Nội dung.", "Điều 1a. Một a", "Nội dung.", "Điều 2. Hai", "Nội dung.")
    assert [node.number for node in articles(read.draft)] == ["1", "1a", "2"]
    assert read.doubts == ()


def test_a_heading_broken_over_lines_is_joined() -> None:
    read = draft("Điều 1.\nPhạm vi điều chỉnh và\nđối tượng áp dụng", "1. Một.", "2. Hai.")
    assert articles(read)[0].heading == "Phạm vi điều chỉnh và đối tượng áp dụng"


def test_an_article_without_a_title_keeps_its_sentence_as_words() -> None:
    read = draft("Điều 1. Ban hành kèm theo Quyết định này Quy chế họp.", "Điều 2. Quyết định này có hiệu lực từ ngày ký.")
    assert [(node.heading, node.text) for node in articles(read)] == [
        ("", "Ban hành kèm theo Quyết định này Quy chế họp."),
        ("", "Quyết định này có hiệu lực từ ngày ký."),
    ]


def test_a_number_without_a_space_behind_it_still_begins_its_node() -> None:
    read = draft("Điều 1.Nguyên tắc", "1.Đúng thẩm quyền:", "a)Công khai;", "b)Minh bạch.")
    assert shape(read.nodes) == [["Điều 1", ["khoản 1", "điểm a", "điểm b"]]]
    assert articles(read)[0].tight


DECISION = (
    "ỦY BAN NHÂN DÂN TỈNH MẪU", "QUYẾT ĐỊNH", "Về việc họp", "Căn cứ Luật Tổ chức chính quyền địa phương;",
    "Theo đề nghị của Chánh Văn phòng;", "Ủy ban nhân dân tỉnh ban hành Quyết định.", "Điều 1. Họp", "Họp trực tuyến.",
    "Điều 2. Hiệu lực", "Có hiệu lực từ ngày ký./.", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "Nơi nhận:", "- Lưu: VT.",
)  # fmt: skip


def test_what_stands_before_and_behind_the_text_is_left_out_verbatim() -> None:
    read = reading(*DECISION)
    assert read.draft.title == "Quyết định về việc họp"
    assert [node.kind for node in read.draft.nodes] == ["preamble", "article", "article"]
    assert read.draft.nodes[0].text.startswith("Căn cứ Luật Tổ chức chính quyền địa phương;\nTheo đề nghị")
    assert [(piece.why, piece.text) for piece in read.left_out] == [
        *(("front_matter", text) for text in DECISION[:3]),
        *(("signature", text) for text in DECISION[-4:]),
    ]


def test_annexes_with_their_tables_and_forms_stand_behind_the_signatures() -> None:
    lines = [Line(text) for text in (*DECISION, "Phụ lục I", "DANH MỤC", "(Kèm theo Quyết định)", "Gồm các nội dung sau:")]
    table = Table((("TT", "Tên"), ("1", "Họp")))
    read = read_legal_text([*lines, table, Line("Ghi chú."), Line("Mẫu số 01"), Line("Kính gửi: …")]).draft
    assert shape(read.nodes[-1:]) == [["Phụ lục I", "bảng", "đoạn", "Mẫu số 01"]]
    annex = read.nodes[-1]
    assert (annex.heading, annex.text) == ("DANH MỤC", "(Kèm theo Quyết định)\nGồm các nội dung sau:")
    assert annex.children[0].rows == table.rows


def test_a_mention_of_an_annex_in_the_last_article_is_no_annex() -> None:
    read = draft("Điều 1. Mẫu", "Theo mẫu tại\nPhụ lục I ban hành kèm theo Nghị định này;\nvà mẫu khác.")
    assert [node.kind for node in read.nodes] == ["article"]


def test_an_attached_text_has_articles_of_its_own() -> None:
    read = draft(
        *DECISION, "QUY CHẾ", "Họp trực tuyến", "(Ban hành kèm theo Quyết định)", "Điều 1. Phạm vi", "Mọi cuộc họp.", "Điều 2. Hết", "Hết."
    )
    assert shape(read.nodes[-1:]) == [["Văn bản kèm theo", "Điều 1", "Điều 2"]]
    assert read.nodes[-1].heading == "Họp trực tuyến"
    assert anchors(read)[read.nodes[-1].children[1].id] == "kem-theo-dieu-2"


def test_notes_tags_and_page_numbers_are_left_out() -> None:
    read = read_legal_text(
        [
            Line("Điều 1. Một", level=3), Line("[QUAN TRỌNG]", apart="note"), Line("Nội dung thứ nhất", soft=False), Line("- 12 -"),
            Line("còn tiếp.", soft=False), Line("Xem thêm trang chủ.", quoted=True), Line("Điều 2. Hai", level=3), Line("Sửa như sau:"),
            Line("Nội dung mới.", quoted=True),
        ]
    )  # fmt: skip
    assert [node.text for node in articles(read.draft)] == ["Nội dung thứ nhất còn tiếp.", "Sửa như sau:\nNội dung mới."]
    assert [(piece.why, piece.text) for piece in read.left_out] == [
        ("note", "[QUAN TRỌNG]"), ("page_number", "- 12 -"), ("note", "Xem thêm trang chủ."),
    ]  # fmt: skip
    assert {piece.after for piece in read.left_out} == {articles(read.draft)[0].id}


def test_a_heading_printed_at_the_wrong_place_does_not_cut_an_article() -> None:
    read = read_legal_text(
        [
            Line("Chương I", level=2), Line("CHUNG", level=2), Line("Điều 1. Một", level=3), Line("1. Gồm:"),
            Line("Chương II - RIÊNG", level=2), Line("a) Một;"), Line("b) Hai."), Line("Chương II"), Line("RIÊNG"),
            Line("Điều 2. Hai", level=3), Line("Hai."),
        ]
    )  # fmt: skip
    assert shape(read.draft.nodes) == [["Chương I", ["Điều 1", ["khoản 1", "điểm a", "điểm b"]]], ["Chương II", "Điều 2"]]
    assert [(piece.why, piece.text) for piece in read.left_out] == [("misplaced_heading", "Chương II - RIÊNG")]


def test_numbers_that_a_word_processor_adds_make_nodes_without_a_written_marker() -> None:
    read = read_legal_text(
        [
            Line("Nguyên tắc", auto="Điều 1."),
            Line("Một.", auto="1."),
            Line("Hai:", auto="2."),
            Line("Điểm.", auto="a)"),
            Line("Ba.", auto="b)"),
        ]
    ).draft
    assert shape(read.nodes) == [["Điều 1", "khoản 1", ["khoản 2", "điểm a", "điểm b"]]]
    assert {node.marker for node in walk(read)} == {""}


def test_english_texts_are_read_by_the_same_rules() -> None:
    read = draft(
        "Chapter I", "GENERAL", "Article 1. Scope", "1. This covers:", "a) Meetings;", "b) Consultations.", "Annex", "FORM", "Text."
    )
    assert shape(read.nodes) == [["Chương I", ["Điều 1", ["khoản 1", "điểm a", "điểm b"]]], "Phụ lục"]


@pytest.mark.parametrize("text", ["", "Thư mời họp.", "1. Một.\n2. Hai.", "Điều"])
def test_a_text_without_articles_says_so(text: str) -> None:
    assert "no_articles" in [doubt.code for doubt in reading(text).doubts]


def test_all_words_are_composed() -> None:
    assert articles(draft("Điều 1. Phạm vi".replace("Điều", "Đie\u0302\u0300u"), "Nội dung."))[0].marker == "Điều 1."
