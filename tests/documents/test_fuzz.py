"""Damaged real files: whatever the bytes, an import gives a draft or a refusal."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.documents import import_document
from server.kernel.refused import Refused

REASONS = {
    "unknown_format", "not_a_document", "old_word", "password_protected", "has_macros", "external_content", "too_large", "bomb",
    "too_deep", "wrong_encoding", "empty", "no_articles",
}  # fmt: skip
DEMO = Path(__file__).parents[2] / "server" / "demo"

PARTS = ["word/document.xml", "word/numbering.xml", "word/styles.xml", "word/footnotes.xml", "[Content_Types].xml"]
Edits = list[tuple[float, int, bytes]]
edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 200), st.binary(max_size=40)), min_size=1, max_size=6)
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def damaged(data: bytes, changes: Edits) -> bytes:
    """The bytes with stretches of them replaced."""
    for where, length, instead in changes:
        place = int(where * len(data))
        data = data[:place] + instead + data[place + length :]
    return data


def assert_read_or_refused(name: str, data: bytes) -> None:
    assert outcome(name, data) in REASONS | {"read"}


def outcome(name: str, data: bytes) -> object:
    """``read``, or the reason of the refusal."""
    try:
        imported = import_document(name, data)
    except Refused as refused:
        return refused.detail["reason"] if refused.code == "bad_document" else refused.code
    return "read" if imported.draft.nodes else "read, but nothing found"


@pytest.fixture(scope="module")
def word_file(real_data: Path) -> bytes:
    return (real_data / "legal" / "nghi-dinh-30-2020.docx").read_bytes()


@pytest.fixture(scope="module")
def parts(word_file: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(word_file)) as package:
        return {name: package.read(name) for name in package.namelist()}


@few
@given(changes=edits)
def test_a_damaged_word_file_is_read_or_refused(word_file: bytes, changes: Edits) -> None:
    assert_read_or_refused("a.docx", damaged(word_file, changes))


@few
@given(part=st.sampled_from(PARTS), changes=edits)
def test_a_word_file_with_a_damaged_part_is_read_or_refused(parts: dict[str, bytes], part: str, changes: Edits) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        for name, data in parts.items():
            package.writestr(name, damaged(data, changes) if name == part else data)
    assert_read_or_refused("a.docx", held.getvalue())


ELEMENTS = [
    "<w:p/>", "<w:tbl/>", "<w:tr/>", "<w:tab/>", "<w:br/>", "<w:sym w:char='F0A7'/>", "<w:sym/>",
    "<w:p><w:r><w:t>Điều 9.</w:t></w:r></w:p>", "<w:footnoteReference w:id='2'/>",
    "<w:pPr><w:numPr><w:ilvl w:val='9'/><w:numId w:val='1'/></w:numPr></w:pPr>",
    "<w:tbl><w:tr><w:tc/></w:tr></w:tbl>",
]  # fmt: skip
XML_EDITS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(ELEMENTS)), min_size=1, max_size=8)


@few
@given(changes=XML_EDITS)
def test_a_word_file_with_odd_but_sound_markup_is_read(parts: dict[str, bytes], changes: list[tuple[float, str]]) -> None:
    xml = parts["word/document.xml"].decode()
    for where, element in changes:
        place = xml.find("<w:p ", int(where * len(xml) * 0.9))
        place = place if place >= 0 else xml.find("</w:body>")
        xml = xml[:place] + element + xml[place:]
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        for name, data in {**parts, "word/document.xml": xml.encode()}.items():
            package.writestr(name, data)
    assert import_document("a.docx", held.getvalue()).counts()["article"] >= 30


@few
@given(name=st.sampled_from(["a.md", "a.txt", "a.html"]), changes=edits)
def test_a_damaged_text_is_read_or_refused(name: str, changes: Edits) -> None:
    assert_read_or_refused(name, damaged((DEMO / "decision.md").read_bytes(), changes))


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(["a.docx", "a.md", "a.txt", "a.html", "a.doc"]), data=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    assert_read_or_refused(name, data)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(["a.md", "a.txt", "a.html"]), text=st.text(max_size=200))
def test_any_text_behind_an_article_is_read(name: str, text: str) -> None:
    assert_read_or_refused(name, f"Điều 1. Một\n\n{text}".encode("utf-8", "replace"))
