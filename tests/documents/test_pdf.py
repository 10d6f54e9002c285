"""PDFs for a meeting: what is read of one, and Word files made into one by LibreOffice behind walls."""

import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typst
from docx import Document
from pypdf import PdfReader, PdfWriter

from consultations.tree import search_key
from server.documents import pdf
from server.documents.apart import Reader
from server.documents.to_pdf import Converter
from server.kernel.refused import Refused

ROOT = Path(__file__).parents[2]
WORDS = "Đề án tinh giản biên chế"


def a_pdf(*pages: str) -> bytes:
    return typst.compile("#pagebreak()\n".join(f"{page}\n" for page in pages).encode())


def a_docx(words: str) -> bytes:
    document, kept = Document(), io.BytesIO()
    document.add_paragraph(words)
    document.save(kept)
    return kept.getvalue()


async def test_the_words_of_each_page_are_read_also_those_of_a_page_without_any() -> None:
    pages = (await Reader().read_pdf(a_pdf(WORDS, "", "Trang ba"))).words
    assert [search_key(page) for page in pages] == [search_key(WORDS), "", "trang ba"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7\nkhong phai", "not_a_document"),
        (b"", "not_a_document"),
        (a_pdf(WORDS)[:300], "not_a_document"),
    ],
    ids=["no document", "nothing", "cut off"],
)
async def test_what_is_no_pdf_is_refused_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        await Reader().read_pdf(data)
    assert (refused.value.code, refused.value.detail) == ("bad_document", {"reason": reason})


def test_a_small_file_that_claims_endless_words_has_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LONGEST_TEXT", len("Trang mot") + 4)
    assert pdf.read_pdf(a_pdf("Trang mot", "Trang hai", "Trang ba")) == ["Trang mot", "Tran", ""]


async def test_a_locked_pdf_is_refused_as_such() -> None:
    writer, kept = PdfWriter(PdfReader(io.BytesIO(a_pdf(WORDS)))), io.BytesIO()
    writer.encrypt("mat-khau", algorithm="RC4-128")
    writer.write(kept)
    with pytest.raises(Refused) as refused:
        await Reader().read_pdf(kept.getvalue())
    assert refused.value.detail == {"reason": "password_protected"}


async def test_a_word_file_becomes_a_pdf_with_its_words() -> None:
    made = await Converter().to_pdf(a_docx(WORDS))
    assert [search_key(page) for page in (await Reader().read_pdf(made)).words] == [search_key(WORDS)]


async def test_where_the_office_program_is_missing_it_is_said_before_anything_is_read() -> None:
    converter = Converter("khong-co-chuong-trinh-nay")
    assert not await converter.able()
    with pytest.raises(Refused) as refused:
        await converter.to_pdf(a_docx(WORDS))
    assert refused.value.code == "no_converter"


async def test_what_is_no_word_file_never_reaches_the_office_program() -> None:
    with pytest.raises(Refused) as refused:
        await Converter().to_pdf(b"PK\x03\x04")
    assert (refused.value.code, refused.value.detail) == ("bad_document", {"reason": "not_a_document"})


INSIDE = """
import os, socket, sys
from server.documents.walls import walled
port, secret = int(sys.argv[1]), sys.argv[2]

def look():
    found = []
    try:
        socket.socket().connect(("127.0.0.1", port))
        found.append("network")
    except OSError:
        pass
    if os.path.exists(secret) or os.path.exists("/etc/passwd") or os.listdir("/here") or os.path.exists("/root") or os.path.exists("/home"):
        found.append("files")
    if len([name for name in os.listdir("/proc") if name.isdigit()]) != 1:
        found.append("processes")
    for folder in ("/usr", "/usr/lib", "/usr/bin"):
        try:
            open(folder + "/dien-hong-thu", "w")
            found.append("writes " + folder)
        except OSError:
            pass
    open("/here/may-be-written", "w")
    print(found)
    return 7

sys.exit(walled(look))
"""


def test_behind_the_walls_are_no_network_no_files_of_ours_and_no_other_process(tmp_path: Path) -> None:
    (tmp_path / "mat").write_text("bí mật")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told = subprocess.run(
            [sys.executable, "-c", INSIDE, str(listening.getsockname()[1]), str(tmp_path / "mat")],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
            text=True,
        )
    assert (told.returncode, told.stdout.strip()) == (7, "[]"), told.stderr
