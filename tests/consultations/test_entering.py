"""A file of opinions, line by line: what each line would enter, and why one cannot be entered."""

import unicodedata
from datetime import date

import pytest

from consultations.citing import cited
from consultations.entering import (
    NAMELESS,
    Opinion,
    Opinions,
    Origin,
    day_written,
    entry_of,
    read_opinions,
    repeated,
    resembling,
    told,
)
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused

TODAY = date(2026, 11, 22)
ORIGIN = Origin("meeting", "UBND xã Mẫu", date(2026, 11, 12), "15/BB-UBND")
HEADERS = ("Điều khoản", "Nội dung", "Tên hiển thị", "Loại chủ thể", "Thái độ", "Số văn bản", "Ngày")
CLAUSES = {
    fragment: NodeId(f"n{number}")
    for number, fragment in enumerate(
        (
            "dieu-1",
            "dieu-1-khoan-1",
            "dieu-1-khoan-1-diem-d",
            "dieu-1-khoan-1-diem-dd",
            "dieu-12",
            "phu-luc-ii",
            "kem-theo-dieu-1",
            "kem-theo-dieu-40",
            "phu-luc-ii-mau-3",
        )
    )
}


def read(*rows: tuple[str, ...], headers: tuple[str, ...] = HEADERS) -> Opinions:
    return read_opinions([*enumerate((headers, *rows), start=1)], CLAUSES, ORIGIN, TODAY)


def faults(*row: str) -> list[tuple[str, str]]:
    [line] = read(row).lines
    return [(fault.column, fault.code) for fault in line.faults]


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        ("Điều 1", "dieu-1"),
        ("dieu 12", "dieu-12"),
        ("12", "dieu-12"),
        ("khoản 1 Điều 1", "dieu-1-khoan-1"),
        ("Điều 1, khoản 1", "dieu-1-khoan-1"),
        ("Điểm đ Khoản 1 của ĐIỀU 1.", "dieu-1-khoan-1-diem-dd"),
        ("điểm d khoản 1 Điều 1", "dieu-1-khoan-1-diem-d"),
        ("Phụ lục II", "phu-luc-ii"),
        ("Mẫu số 3 Phụ lục II", "phu-luc-ii-mau-3"),
        ("dieu-1-khoan-1", "dieu-1-khoan-1"),
        ("Điều 40", "kem-theo-dieu-40"),
        (unicodedata.normalize("NFD", "Điều 1"), "dieu-1"),
    ],
)
def test_a_clause_is_found_as_people_write_it(words: str, fragment: str) -> None:
    assert cited(words, CLAUSES) == CLAUSES[fragment]


@pytest.mark.parametrize("words", ["", "  ", "Toàn văn", "CHUNG"])
def test_the_whole_draft_is_a_place_too(words: str) -> None:
    assert cited(words, CLAUSES) is None


@pytest.mark.parametrize(
    "words", ["Điều 99", "khoản 1", "Điều 1 và Điều 12", "Điều 1 khoản 1 khoản 2", "Về Điều 1", "điểm e khoản 1 Điều 1", "=1+1", "Điều"]
)
def test_what_names_no_clause_or_several_is_never_guessed(words: str) -> None:
    with pytest.raises(Refused, match="unknown_clause"):
        cited(words, CLAUSES)


def test_a_line_becomes_an_opinion_with_its_source() -> None:
    [line] = read(("Điều 12", " Nên  làm rõ ", "Hội Nông dân", "mặt trận", "không đồng ý", "7/GM", "01/11/2026")).lines
    assert (line.line, line.node, line.text, line.name, line.kind, line.side) == (
        2,
        CLAUSES["dieu-12"],
        "Nên làm rõ",
        "Hội Nông dân",
        "front",
        "against",
    )
    assert line.source == "tại UBND xã Mẫu, từ biên bản họp số 7/GM ngày 01/11/2026"
    entry = entry_of(line, "file:abc:2", 3)
    assert (entry.node, entry.version, entry.source_key, entry.kind, entry.side) == (line.node, 3, "file:abc:2", "front", "against")


def test_what_a_line_leaves_empty_comes_from_the_whole_file() -> None:
    [line] = read(("", "Đồng ý với dự thảo", "", "người dân")).lines
    assert (line.node, line.name, line.side, line.faults) == (None, NAMELESS, None, ())
    assert line.source == "tại UBND xã Mẫu, từ biên bản họp số 15/BB-UBND ngày 12/11/2026"


def test_columns_may_stand_in_any_order_under_other_names_and_the_others_are_not_read() -> None:
    found = read(("0901234567", "doanh nghiệp", "Một ý"), headers=("Số điện thoại", " LOAI CHU THE*: ", "Ý kiến góp ý"))
    assert found.unknown == ("Số điện thoại",)
    [line] = found.lines
    assert (line.kind, line.text) == ("business", "Một ý")
    assert "0901234567" not in repr(found.lines)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (("Nội dung",), "no_columns"),
        (("Loại chủ thể", "Thái độ"), "no_columns"),
        (("a", "b"), "no_columns"),
        (("Nội dung", "Loại chủ thể", "ý kiến"), "column_twice"),
        (("Nội dung", "Loại chủ thể"), "no_lines"),
    ],
)
def test_a_file_with_wrong_columns_is_refused_as_a_whole(headers: tuple[str, ...], reason: str) -> None:
    rows = [] if reason == "no_lines" else [("x", "y", "z")]
    with pytest.raises(Refused) as refused:
        read(*rows, headers=headers)
    assert refused.value.detail["reason"] == reason


def test_every_fault_of_a_line_is_told_with_its_column() -> None:
    assert faults("Điều 99", "\u200b", "t" * 81, "", "lưng chừng", "s" * 61, "31/02/2026") == [
        ("Điều khoản", "unknown_clause"),
        ("Nội dung", "empty"),
        ("Tên hiển thị", "too_long"),
        ("Loại chủ thể", "empty"),
        ("Thái độ", "unknown_side"),
        ("Ngày", "bad_day"),
        ("Số văn bản", "too_long"),
    ]
    assert faults("", "d" * 5_001, "", "người sao Hỏa") == [("Nội dung", "too_long"), ("Loại chủ thể", "unknown_kind")]


def test_a_line_with_faults_does_not_keep_the_others_out() -> None:
    good, bad = ("", "Được", "", "tổ chức"), ("", "", "", "tổ chức")
    assert [bool(line.faults) for line in read(good, bad, good).lines] == [False, True, False]


@pytest.mark.parametrize("words", ["2026-11-12", "12/11/2026", "12-11-2026", "12.11.2026", "22/11/2026"])
def test_a_day_is_read_as_people_write_it(words: str) -> None:
    assert day_written(words, TODAY) in (date(2026, 11, 12), TODAY)


@pytest.mark.parametrize("words", ["23/11/2026", "31/12/1999", "12/13/2026", "hôm qua", "", "٣/٤/٢٠٢٦x"])
def test_a_day_that_has_not_come_or_is_none_is_refused(words: str) -> None:
    with pytest.raises(Refused, match="bad_day"):
        day_written(words, TODAY)


def test_the_source_names_the_office_and_the_paper_and_nothing_else() -> None:
    assert told(Origin("telephone", "  UBND   xã Mẫu ")) == "tại UBND xã Mẫu, từ điện thoại"
    with pytest.raises(Refused, match="empty"):
        told(Origin("paper", "  "))


def opinion(line: int, text: str, name: str = "Hộ dân", node: str | None = None) -> Opinion:
    return Opinion(line, "", None if node is None else NodeId(node), text, name, "citizen", None, "tại A, từ nguồn khác")


def test_the_same_words_of_the_same_name_in_the_same_place_are_a_repetition() -> None:
    lines = [
        opinion(2, "Đề nghị giảm lệ phí."),
        opinion(3, "de nghi GIAM le phi", "ho dan"),
        opinion(4, "Đề nghị giảm lệ phí.", "Người khác"),
        opinion(5, "Đề nghị giảm lệ phí.", node="n1"),
        opinion(6, "Lời đã nói"),
    ]
    assert repeated(lines, [("Hộ dân", None, "Lời đã nói!"), ("Hộ dân", NodeId("n2"), "Đề nghị giảm lệ phí.")]) == {3, 6}


def test_nearly_the_same_words_are_pointed_out_and_stay_a_voice_of_their_own() -> None:
    text = "Đề nghị giữ nguyên thời hạn ba mươi ngày như quy định hiện hành để người dân kịp chuẩn bị"
    lines = [
        opinion(2, text + " hồ sơ"),
        opinion(3, "Một chuyện khác hẳn về cây xanh ngoài đường phố"),
        opinion(4, "Lời một hai ba bốn năm"),
    ]
    lines.append(opinion(5, "lời một hai ba bốn năm"))
    assert resembling(lines, [(ContributionId(7), text)]) == {2: 7, 5: -4}
