"""Behind a PDF stands once more what each page consists of, and the file with it is the same document."""

from io import BytesIO

import pytest
import typst
from pikepdf import ObjectStreamMode, Pdf
from pypdf import PdfReader, PdfWriter

from server.documents.pdf_directory import directory_of

PLAIN = typst.compile("#pagebreak()\n".join(f"Trang {page}\n" for page in range(1, 41)).encode())


def saved(linearize: bool, objects: ObjectStreamMode) -> bytes:
    kept = BytesIO()
    with Pdf.open(BytesIO(PLAIN)) as document:
        document.save(kept, linearize=linearize, object_stream_mode=objects)
    return kept.getvalue()


@pytest.mark.parametrize(
    "data",
    [PLAIN, saved(False, ObjectStreamMode.generate), saved(True, ObjectStreamMode.disable), saved(True, ObjectStreamMode.generate)],
    ids=["plain", "objects packed", "linearized", "linearized, objects packed"],
)
def test_what_each_page_consists_of_stands_behind_the_file(data: bytes) -> None:
    directory = directory_of(data)
    reader = PdfReader(BytesIO(data + directory))
    assert [page.extract_text() for page in reader.pages] == [f"Trang {page}" for page in range(1, 41)]
    places = [reader.xref[0][page.indirect_reference.idnum] for page in reader.pages if page.indirect_reference]
    assert len(places) == 40
    assert min(places) > len(data)
    assert len(directory) < 40 * 400


def test_a_file_that_is_encrypted_damaged_or_none_at_all_has_no_directory() -> None:
    writer, kept = PdfWriter(PdfReader(BytesIO(PLAIN))), BytesIO()
    writer.encrypt("", owner_password="mat-khau", algorithm="RC4-128")
    writer.write(kept)
    assert directory_of(kept.getvalue()) == b""
    for data in (b"", b"%PDF-1.7\nkhong phai", PLAIN[:-200], PLAIN.replace(b"/Kids", b"/Kixs"), PLAIN[200:], b"x" + PLAIN):
        assert directory_of(data) == b""
