"""A bad file gets a clear refusal, in bounded time and memory, and nothing outside it is ever fetched."""

import io
import socket
import tracemalloc
import zipfile
from pathlib import Path
from typing import NoReturn

import pytest

from server.documents import LARGEST_FILE_BYTES, import_document
from server.kernel.refused import Refused

TYPES = b'<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats.document.main+xml"/></Types>'
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def document(body: str, prolog: str = "") -> bytes:
    return f'<?xml version="1.0"?>{prolog}<w:document {W}><w:body>{body}</w:body></w:document>'.encode()


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


GOOD = document(paragraph("Điều 1. Phạm vi") + paragraph("Nội dung."))


def word_file(parts: dict[str, bytes] | None = None, *, drop: str = "", packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A Word file with one article, with these parts added or replaced."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", packing) as package:
        for name, data in {"[Content_Types].xml": TYPES, "word/document.xml": GOOD, **(parts or {})}.items():
            if name != drop:
                package.writestr(name, data)
    return held.getvalue()


def refusal(name: str, data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        import_document(name, data)
    assert caught.value.code == "bad_document"
    return str(caught.value.detail["reason"])


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a connection while a document is read fails the test."""

    def connect(*_: object) -> NoReturn:
        raise AssertionError("a document made the importer connect")

    monkeypatch.setattr(socket.socket, "connect", connect)


def test_the_file_that_the_bad_ones_are_made_from_is_good() -> None:
    assert import_document("a.docx", word_file()).counts() == {"article": 1}


@pytest.mark.parametrize("name", ["a.pdf", "a.doc", "a.exe", "a", "docx", "../../etc/passwd", "a.docm", "a.md\0.exe"])
def test_only_four_kinds_of_files_are_read(name: str) -> None:
    assert refusal(name, word_file()) == "unknown_format"


@pytest.mark.parametrize(
    "head", [b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"{\\rtf1 ", b"MZ\x90", b"PK\x03\x04 nothing", b"PK\x05\x06" + b"\0" * 18]
)
@pytest.mark.parametrize("name", ["a.docx", "a.md", "a.html", "a.txt"])
def test_another_kind_of_file_under_a_documents_name_is_refused(name: str, head: bytes) -> None:
    assert refusal(name, head + b"\0\x01" * 3000) in ("not_a_document", "wrong_encoding")


@pytest.mark.parametrize("name", ["a.docx", "a.md", "a.html", "a.txt"])
@pytest.mark.parametrize("data", [b"", b"  \n\t\r\n "])
def test_an_empty_file_is_refused(name: str, data: bytes) -> None:
    assert refusal(name, data) == "empty"


def test_an_empty_word_file_and_an_empty_page_are_refused() -> None:
    assert refusal("a.docx", word_file({"word/document.xml": document("")})) == "empty"
    assert refusal("a.html", b"<html><body><script>1</script></body></html>") == "empty"


@pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt"])
def test_a_text_that_is_no_legal_text_is_refused(name: str) -> None:
    assert refusal(name, "Kính gửi quý cơ quan, xin mời dự họp.".encode()) == "no_articles"


def test_old_and_encrypted_word_files_say_what_to_do() -> None:
    container = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2000
    assert refusal("a.docx", container) == "old_word"
    assert refusal("a.docx", container + "EncryptedPackage".encode("utf-16-le")) == "password_protected"


def test_an_encrypted_archive_is_refused() -> None:
    data = bytearray(word_file())
    local, central = data.find(b"PK\x03\x04"), data.find(b"PK\x01\x02")
    while local >= 0:
        data[local + 6] |= 1
        local = data.find(b"PK\x03\x04", local + 4)
    while central >= 0:
        data[central + 8] |= 1
        central = data.find(b"PK\x01\x02", central + 4)
    assert refusal("a.docx", bytes(data)) == "password_protected"


@pytest.mark.parametrize(
    "parts",
    [
        {"word/vbaProject.bin": b"macro"},
        {"[Content_Types].xml": TYPES.replace(b"document.main", b"document.macroEnabled.main")},
    ],
)
def test_macros_are_refused(parts: dict[str, bytes]) -> None:
    assert refusal("a.docx", word_file(parts)) == "has_macros"


@pytest.mark.parametrize("part", ["word/_rels/settings.xml.rels", "word/_rels/document.xml.rels", "_rels/.rels"])
@pytest.mark.parametrize("kind", ["attachedTemplate", "oleObject", "image", "frame", "subDocument"])
def test_content_outside_the_file_is_refused(part: str, kind: str) -> None:
    relation = f'<Relationship Id="r1" Type="{RELATION}/{kind}" Target="http://192.0.2.1/t.dotm" TargetMode="External"/>'
    rels = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation}</Relationships>'
    assert refusal("a.docx", word_file({part: rels.encode()})) == "external_content"


def test_a_link_for_readers_is_harmless() -> None:
    relation = f'<Relationship Id="r1" Type="{RELATION}/hyperlink" Target="https://example.org" TargetMode="External"/>'
    rels = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation}</Relationships>'
    assert import_document("a.docx", word_file({"word/_rels/document.xml.rels": rels.encode()})).counts() == {"article": 1}


@pytest.mark.parametrize("part", ["[Content_Types].xml", "word/document.xml"])
def test_a_word_file_without_its_main_parts_is_refused(part: str) -> None:
    assert refusal("a.docx", word_file(drop=part)) == "not_a_document"


def test_a_cut_or_damaged_word_file_is_refused() -> None:
    whole = word_file()
    for length in range(1, len(whole) - 1, 37):
        assert refusal("a.docx", whole[:length]) == "not_a_document"


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_that_is_damaged_is_refused_however_it_is_packed(packing: int) -> None:
    whole = word_file(packing=packing)
    start = whole.find(b"word/document.xml") + len("word/document.xml")
    for place in range(start, start + 40, 3):
        damaged = whole[:place] + bytes(byte ^ 255 for byte in whole[place : place + 9]) + whole[place + 9 :]
        assert refusal("a.docx", damaged) == "not_a_document"


ENTITIES = (f"<!ENTITY {one} '{f'&{other};' * 10}'>" for other, one in zip("abcdefgh", "bcdefghi", strict=True))
LAUGHS = f"<!DOCTYPE lol [<!ENTITY a 'ha'>{''.join(ENTITIES)}]>"


@pytest.mark.parametrize(
    "prolog",
    [
        LAUGHS,
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://192.0.2.1/x.dtd'> %x;]>",
    ],
)
def test_entities_are_refused(prolog: str) -> None:
    held = document(paragraph("Điều 1. &amp;") + paragraph("&i;" if prolog is LAUGHS else "&x;"), prolog)
    assert refusal("a.docx", word_file({"word/document.xml": held})) in ("bomb", "not_a_document")


def test_a_zip_bomb_is_refused_in_little_memory() -> None:
    bomb = word_file({"word/document.xml": b"<a>" + b" " * 60_000_000})
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert refusal("a.docx", bomb) == "bomb"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 58_000_000


def test_an_archive_of_very_many_parts_is_refused() -> None:
    assert refusal("a.docx", word_file({f"word/media/{number}": b"" for number in range(6000)})) == "bomb"


def test_a_part_that_lies_about_its_size_is_read_no_further_than_its_budget() -> None:
    data = bytearray(word_file({"word/document.xml": b"<a>" + b" " * 60_000_000}))
    central = data.find(b"word/document.xml", data.find(b"PK\x01\x02"))
    data[central - 22 : central - 18] = (100).to_bytes(4, "little")
    assert refusal("a.docx", bytes(data)) in ("bomb", "not_a_document")


def test_a_file_over_the_limit_is_refused() -> None:
    assert refusal("a.txt", b" " * (LARGEST_FILE_BYTES + 1)) == "too_large"
    assert refusal("a.txt", "Điều 1. ".encode() * 900_000) == "too_large"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", word_file({"word/document.xml": document("<w:sdt>" * 5000 + "</w:sdt>" * 5000)})),
        ("a.html", b"<div>" * 50_000 + "Điều 1. Một".encode()),
        ("a.html", b"<table><tr><td>" * 20_000),
        ("a.md", b">" * 10_000 + b" sau"),
        ("a.md", b"> " * 10_000 + b" sau"),
    ],
)
def test_deep_nesting_is_refused(name: str, data: bytes) -> None:
    assert refusal(name, data) == "too_deep"


SIGNS = ["[", "*", "_", "`", "(", "|", "\\", "&", "<", "*a ", "`a` ``b ", "Điều 1 ", "“", "1. ", "**a", "| a\n", "# ", "&#1;", "a)\n"]


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("name", ["a.md", "a.html", "a.txt"])
def test_very_many_signs_are_read(name: str, sign: str) -> None:
    assert import_document(name, f"Điều 1. Một\n\nNội dung {sign * 10_000}".encode()).counts()["article"] == 1


def test_a_paragraph_of_markdown_has_a_longest_length() -> None:
    assert refusal("a.md", b"`a` ``b " * 60_000) == "too_large"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_unicode_texts_are_read_whatever_their_form(name: str, encoding: str) -> None:
    text = "Điều 1. Phạm vi điều chỉnh\r\n\r\nQuy định về họp trực tuyến và lấy ý kiến nhân dân trên môi trường số."
    if name == "a.html":
        text = text.replace("\r\n\r\n", "<p>")
    read = import_document(name, text.encode(encoding)).draft
    assert [(node.heading, node.text[:8]) for node in read.nodes] == [("Phạm vi điều chỉnh", "Quy định")]


@pytest.mark.parametrize("encoding", ["cp1258", "latin-1"])
def test_other_encodings_are_refused_rather_than_guessed(encoding: str) -> None:
    text = "Điều 1. Phạm vi".replace("Đ", "D").replace("ề", "ê").replace("ạ", "à")
    assert refusal("a.txt", text.encode(encoding)) == "wrong_encoding"


def test_nul_characters_are_refused() -> None:
    assert refusal("a.txt", "Điều 1. Phạm\0vi".encode()) == "not_a_document"
    assert refusal("a.md", "Điều 1. Phạm\0vi".encode()) == "not_a_document"


def test_control_characters_are_white_space() -> None:
    (article,) = import_document("a.txt", "Điều 1. Phạm\x07vi\x1b[31m".encode()).draft.nodes
    assert article.heading == "Phạm vi [31m"


MARKUP = "Điều 1. <img src=x onerror=alert(1)> & <b>đậm</b>"


def test_markup_in_plain_text_and_in_markdown_stays_words() -> None:
    for name in ("a.txt", "a.md"):
        assert import_document(name, MARKUP.encode()).draft.nodes[0].heading == "<img src=x onerror=alert(1)> & <b>đậm</b>"
    assert import_document("a.md", b"\xc4\x90i\xe1\xbb\x81u 1. ![](http://192.0.2.1/p.png) [a](javascript:x)").draft.nodes[0].heading == (
        "![](http://192.0.2.1/p.png) [a](javascript:x)"
    )


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import_document("a.docx", word_file())
    refusal("a.docx", word_file({"word/vbaProject.bin": b"macro"}))
    assert list(tmp_path.iterdir()) == []
