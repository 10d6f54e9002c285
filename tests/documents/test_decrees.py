"""Real decrees come out whole."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from consultations.blocks import Imported
from consultations.comparing import compare
from consultations.marks import ordinal
from consultations.matching import correspond
from consultations.source import from_source, to_source
from consultations.tree import Draft, Kind, anchors, articles, walk
from server.documents import import_document


@pytest.fixture(scope="module")
def decrees(real_data: Path) -> dict[str, Imported]:
    """Every real text, by the name of its file."""
    return {path.name: import_document(path.name, path.read_bytes()) for path in sorted((real_data / "legal").iterdir())}


def numbers(draft: Draft, kind: Kind) -> list[str | None]:
    return [node.number for node in walk(draft) if node.kind == kind]


def up_to(last: int) -> list[str]:
    return [str(number) for number in range(1, last + 1)]


FACTS = [
    ("nghi-dinh-30-2020.docx", 38, ["I", "II", "III", "IV", "V", "VI", "VII"]),
    ("nghi-dinh-30-2020.md", 38, ["I", "II", "III", "IV", "V", "VI", "VII"]),
    ("nghi-dinh-284-2026.md", 23, ["I", "II", "III", "IV"]),
    # The scanned text has lost the headings of two of its chapters.
    ("nghi-dinh-137-2026.md", 60, ["I", "II", "III", "IV", "V", "VII"]),
    ("nghi-dinh-156-2026.md", 11, []),
]


@pytest.mark.parametrize(("name", "last", "chapters"), FACTS)
def test_articles_run_through_the_document_and_chapters_are_found(
    decrees: dict[str, Imported], name: str, last: int, chapters: list[str]
) -> None:
    draft = decrees[name].draft
    assert numbers(draft, "article") == up_to(last)
    assert numbers(draft, "chapter") == chapters


@pytest.mark.parametrize("name", [name for name, _, _ in FACTS])
def test_clauses_and_points_run_upwards_and_every_gap_is_reported(decrees: dict[str, Imported], name: str) -> None:
    imported = decrees[name]
    doubted = {doubt.node for doubt in imported.doubts}
    for parent in walk(imported.draft):
        for kind in ("clause", "point"):
            last = 0.0
            for node in parent.children:
                if node.kind == kind:
                    place = ordinal(node.kind, node.number)
                    assert place is not None
                    assert place > last
                    assert place <= int(last) + 1 or node.id in doubted
                    last = place


@pytest.mark.parametrize("name", ["nghi-dinh-30-2020.docx", "nghi-dinh-30-2020.md"])
def test_a_clean_text_raises_no_doubt_and_its_numbers_run_without_a_gap(decrees: dict[str, Imported], name: str) -> None:
    assert decrees[name].doubts == ()


def test_the_word_file_and_the_markdown_of_one_decree_give_one_tree(decrees: dict[str, Imported]) -> None:
    word, markdown = (decrees[f"nghi-dinh-30-2020.{suffix}"].draft for suffix in ("docx", "md"))
    assert list(anchors(word).values()) == list(anchors(markdown).values())
    for one, other in zip(walk(word), walk(markdown), strict=True):
        assert (one.kind, one.number) == (other.kind, other.number)
        assert letters(one.heading) == letters(other.heading)
    differing = [one.id for one, other in zip(walk(word), walk(markdown), strict=True) if letters(one.text) != letters(other.text)]
    assert differing == []


def letters(text: str) -> str:
    """The letters and digits alone: the two files differ in quotation marks and in a few signs."""
    return re.sub(r"\W", "", text)


def test_every_decree_has_a_title(decrees: dict[str, Imported]) -> None:
    assert [imported.draft.title for imported in decrees.values()] == [
        "Nghị định về quản lý hoạt động kinh doanh theo phương thức đa cấp",
        "Nghị định 156/2026/NĐ-CP - Sửa đổi, bổ sung một số điều của Nghị định số 31/2019/NĐ-CP hướng dẫn Luật Tố cáo",
        "Nghị định quy định xử phạt vi phạm hành chính về tài sản mã hóa và thị trường tài sản mã hóa",
        "THỂ THỨC, KỸ THUẬT TRÌNH BÀY VĂN BẢN HÀNH CHÍNH VÀ BẢN SAO VĂN BẢN",
        "Nghị định về công tác văn thư",
        "Nghị định 30/2020/NĐ-CP — Về công tác văn thư",
    ]


def test_the_headings_of_articles_broken_over_lines_are_whole(decrees: dict[str, Imported]) -> None:
    found = articles(decrees["nghi-dinh-284-2026.md"].draft)
    assert found[6].heading == "Vi phạm quy định về tỗ chức thị trường giao dịch tài sản mã hóa"
    assert found[7].heading == "Vi phạm quy định về trách nhiệm của tổ chức cung cấp dịch vụ tài sản mã hóa"


def test_cross_references_broken_over_lines_join_their_sentence(decrees: dict[str, Imported]) -> None:
    texts = "\n".join(node.text for node in walk(decrees["nghi-dinh-284-2026.md"].draft))
    assert "quy định tại khoản 6 Điều 8 của Nghị quyết số 05/2025/NQ-CP" in texts
    assert re.search(r"Điều 14 Nghị định này có quyền ra quyết định đình chỉ", texts)
    assert not re.search(r"^Điều (8|14) ", texts, re.MULTILINE)


def test_the_articles_an_amending_decree_quotes_are_its_content(decrees: dict[str, Imported]) -> None:
    own = articles(decrees["nghi-dinh-156-2026.md"].draft)
    quoted = [node.text.split(".")[0] for node in own if node.text.startswith("Điều ")]
    assert quoted == ["Điều 4", "Điều 19a", "Điều 21", "Điều 22", "Điều 23"]


def test_what_stands_around_the_official_text_is_recognised(decrees: dict[str, Imported]) -> None:
    for name, whys in {
        "nghi-dinh-30-2020.docx": {"front_matter", "signature"},
        "nghi-dinh-30-2020.md": {"front_matter", "note", "signature"},
        "nghi-dinh-284-2026.md": {"front_matter", "misplaced_heading", "page_number", "signature"},
        "nghi-dinh-156-2026.md": {"front_matter", "signature"},
    }.items():
        assert {piece.why for piece in decrees[name].left_out} == whys
    notes = [piece.text for piece in decrees["nghi-dinh-30-2020.md"].left_out if piece.why == "note"]
    assert notes.count("[RELEVANT]") == 15
    assert sum(note.startswith("Áp dụng vào") for note in notes) == 15


def test_annexes_forms_and_tables_are_nodes(decrees: dict[str, Imported]) -> None:
    annexed = {name: [node.kind for node in imported.draft.nodes if node.kind in ("annex", "form")] for name, imported in decrees.items()}
    assert annexed["nghi-dinh-156-2026.md"] == ["annex"]
    assert annexed["nghi-dinh-30-2020-phu-luc-1.docx"] == ["annex"]
    assert annexed["nghi-dinh-137-2026.md"].count("form") == 23
    assert decrees["nghi-dinh-156-2026.md"].draft.nodes[-1].children[0].rows[0] == ("Mẫu số", "Tên mẫu")
    assert sum(node.kind == "table" for node in walk(decrees["nghi-dinh-30-2020-phu-luc-1.docx"].draft)) == 3


def test_an_import_is_the_same_every_time(decrees: dict[str, Imported], real_data: Path) -> None:
    for name, imported in decrees.items():
        assert import_document(name, (real_data / "legal" / name).read_bytes()) == imported


def test_the_editors_text_of_every_decree_gives_back_its_draft(decrees: dict[str, Imported]) -> None:
    for imported in decrees.values():
        assert from_source(to_source(imported.draft)).draft == imported.draft


def test_a_decree_saved_as_plain_text_and_as_a_page_gives_the_same_articles(decrees: dict[str, Imported], real_data: Path) -> None:
    package = zipfile.ZipFile(io.BytesIO((real_data / "legal" / "nghi-dinh-30-2020.docx").read_bytes()))
    paragraphs = re.findall(r"<w:p[ >].*?</w:p>", package.read("word/document.xml").decode(), re.DOTALL)
    texts = ["".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)</w:t>", paragraph)) for paragraph in paragraphs]
    word = decrees["nghi-dinh-30-2020.docx"].draft
    for name, made in {
        "a.txt": "\n".join(texts),
        "b.txt": "\r\n\r\n".join(texts),
        "a.html": "".join(f"<p>{text}</p>" for text in texts),
        "b.html": "<html><body><table><tr><td>"
        + "".join(f"<div><b>{text}</b></div>" for text in texts)
        + "</td></tr></table></body></html>",
    }.items():
        read = import_document(name, made.encode()).draft
        assert list(anchors(read).values()) == list(anchors(word).values())
        assert [(node.heading, node.text) for node in walk(read)] == [(node.heading, node.text) for node in walk(word)]


def test_every_difference_left_between_the_word_file_and_the_markdown_is_known(decrees: dict[str, Imported]) -> None:
    """The Markdown has straight quotation marks, and lacks one comma. A comparison of the two shows that and no more."""
    word, markdown = (decrees[f"nghi-dinh-30-2020.{suffix}"].draft for suffix in ("docx", "md"))
    straight = str.maketrans("“”", '""')
    for one, other in zip(walk(word), walk(markdown), strict=True):
        assert one.heading.translate(straight) == other.heading
        comma = anchors(word)[one.id] == "dieu-14-khoan-3"
        assert one.text.translate(straight) == (other.text.replace("mức độ khẩn", "mức độ khẩn,") if comma else other.text)
    rows = compare(word, markdown, correspond(word, markdown))
    assert {row.change for row in rows} == {"same", "changed"}
    shown = "".join(run.text for row in rows for run in row.runs if run.kind != "equal")
    assert set(shown) == set('“”", ')
