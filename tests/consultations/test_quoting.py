"""Pasted words are the draft's words, or they are refused with what to do."""

import unicodedata

import pytest

from consultations.blocks import Line
from consultations.legal import read_legal_text
from consultations.quoting import quoted
from consultations.tree import Draft, anchors, walk
from server.kernel.refused import Refused

TEXT = """Điều 1. Báo cáo
1. Tổ chức, cá nhân phải gửi báo cáo trước ngày 15 tháng 12 hằng năm.
2. Báo cáo của tổ chức nước ngoài được gửi bằng tiếng Việt. Báo cáo của tổ chức trong nước được gửi trực tuyến.
Điều 2. Xử phạt
1. Phạt tiền từ 10.000.000 đồng."""


def draft() -> Draft:
    return read_legal_text(Line(line) for line in TEXT.split("\n")).draft


def found(anchor: str, words: str, before: str = "", after: str = "") -> tuple[str, str, str]:
    """The permalink, the words and what stands before them."""
    text = draft()
    names = anchors(text)
    node = next(one for one, name in names.items() if name == anchor)
    made = quoted(text, node, words, before, after, among={one.id for one in walk(text)})
    return names[made.node], made.quote, made.before


def test_words_are_found_however_they_were_spaced_and_composed() -> None:
    pasted = unicodedata.normalize("NFD", "  phải gửi\n báo   cáo ")
    assert found("dieu-1-khoan-1", pasted) == ("dieu-1-khoan-1", "phải gửi báo cáo", "Tổ chức, cá nhân ")
    assert found("dieu-1-khoan-1", "1. Tổ chức, cá nhân")[1] == "Tổ chức, cá nhân", "the number stands before the words"


def test_words_of_a_khoan_pasted_to_its_dieu_stand_in_the_khoan() -> None:
    assert found("dieu-1", "trước ngày 15 tháng 12") == ("dieu-1-khoan-1", "trước ngày 15 tháng 12", " chức, cá nhân phải gửi báo cáo ")


def test_words_that_stand_nowhere_there_are_refused() -> None:
    for anchor, words in (("dieu-2", "phải gửi báo cáo"), ("dieu-1-khoan-1", "phải gửi bản báo cáo"), ("dieu-1", " .,; "), ("dieu-1", "")):
        with pytest.raises(Refused, match="bad_quote"):
            found(anchor, words)


def test_words_that_stand_twice_need_their_surroundings() -> None:
    with pytest.raises(Refused, match="quoted_twice"):
        found("dieu-1-khoan-2", "Báo cáo của tổ chức")
    assert found("dieu-1-khoan-2", "Báo cáo của tổ chức", before="ng tiếng Việt. ")[2].endswith("tiếng Việt. ")
    assert found("dieu-1-khoan-2", "Báo cáo của tổ chức", after=" nước ngoài được g")[2] == ""
    with pytest.raises(Refused, match="quoted_twice"):
        found("dieu-1-khoan-2", "Báo cáo của tổ chức", after=" ở nơi khác nữa")
