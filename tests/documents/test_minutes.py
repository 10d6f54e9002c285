"""Minutes and notices as files: what stands in the document stands in the Word file and in the PDF, in the layout of Decree 30/2020."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from rooms.minutes import Attached, Document, Edit, Kind, draft, revise
from server.documents.minutes import Format, Scribe, printed, write
from server.kernel.ids import MotionId
from tests.rooms.motion import CHAIR
from tests.rooms.sitting import COVER, DIGEST, sitting

LOG = sitting().log
HOSTILE = '#set page(width: 1pt) $x^2$ *đậm* `raw` <w:t>&amp;</w:t> ]]> <script>alert(1)</script> #read("/etc/passwd") @x // =cmd|1'
FILES = (Attached(MotionId(1), CHAIR, (f"{HOSTILE}.pdf", "số liệu.docx")),)
PAPER = replace(COVER, parent_agency="Chính phủ", number=7, recipients=("Các sở, ban, ngành;", "Lưu: VT."), reader=CHAIR, files=FILES)


def a_document(kind: Kind = "minutes", *edits: Edit) -> Document:
    return revise(draft(kind, LOG, PAPER, DIGEST), edits)


def words_of_docx(data: bytes) -> str:
    """Every word of a Word file, tables among paragraphs in their order."""
    body = docx.Document(BytesIO(data)).element.body
    return squeezed("".join(node.text or "" for node in body.iter() if node.tag.endswith("}t")))


def words_of_pdf(data: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages))


def squeezed(text: str) -> str:
    return "".join(text.split())


READ = {"docx": words_of_docx, "pdf": words_of_pdf}


@pytest.mark.parametrize("kind", ["minutes", "notice"])
@pytest.mark.parametrize("format", ["docx", "pdf"])
def test_every_word_stands_in_the_file_in_its_order_and_the_same_document_gives_the_same_bytes(kind: Kind, format: Format) -> None:
    document = a_document(kind)
    data = write(document, format)
    assert write(document, format) == data
    said = READ[format](data)
    front = printed(document)
    place = said.index(squeezed(front.title))
    for text in (front.subject, *(line.text for line in front.lines), front.record):
        place = said.index(squeezed(text), place)
    for text in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "CHÍNH PHỦ",
        "ỦY BAN NHÂN DÂN TỈNH",
        "Số: 07/BB-UBND",
    ):
        assert squeezed(text) in said
    assert (
        squeezed("Thành phố thử nghiệm, ngày 02 tháng 11 năm 2026") in said and squeezed("Nơi nhận:- Các sở, ban, ngành;- Lưu: VT.") in said
    )
    assert DIGEST in said and squeezed(document.signatures[-1].title) in said


def test_the_word_file_has_the_paper_margins_and_type_of_the_decree() -> None:
    data = write(a_document(), "docx")
    document = docx.Document(BytesIO(data))
    section = document.sections[0]
    sides = (section.page_width, section.page_height, section.left_margin, section.right_margin, section.top_margin, section.bottom_margin)
    assert [round(side.mm) for side in sides if side is not None] == [210, 297, 30, 15, 20, 20]
    assert document.styles.element.xpath("string(//w:docDefaults//w:rFonts/@w:ascii)") == "Times New Roman"
    assert document.styles.element.xpath("string(//w:docDefaults//w:sz/@w:val)") == "26"
    assert (document.core_properties.language, document.core_properties.title) == ("vi-VN", "BIÊN BẢN Phiên họp thường kỳ tháng 11")
    assert [paragraph.text for paragraph in document.paragraphs if paragraph.style is not None and paragraph.style.name == "Heading 2"] == [
        "1. Báo cáo tình hình tháng 10",
        "2. Nội dung mật",
    ]
    assert {entry.date_time[0] for entry in ZipFile(BytesIO(data)).infolist()} == {1980}


def test_the_pdf_is_tagged_and_says_its_title_and_language() -> None:
    pdf = PdfReader(BytesIO(write(a_document("notice"), "pdf")))
    root: Any = pdf.root_object
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("vi-VN", True)
    assert pdf.metadata is not None and pdf.metadata.title == "THÔNG BÁO Kết luận của Chủ tịch tại phiên họp thường kỳ tháng 11"
    assert [round(float(side) / 72 * 25.4) for side in pdf.pages[0].mediabox[2:]] == [210, 297]


def test_what_the_secretary_wrote_is_printed_as_it_was_typed_and_what_was_struck_out_is_not() -> None:
    document = a_document("minutes", Edit("turn/13", ""), Edit("own/1", HOSTILE, after="started"))
    struck = next(one.drafted for part in document.parts for one in part.sentences if one.key == "turn/13")
    assert struck
    for format, read in READ.items():
        said = read(write(document, format))  # type: ignore[arg-type]
        assert squeezed(HOSTILE) in said and squeezed(struck) not in said


def test_without_number_day_and_place_there_is_room_to_write_them_by_hand() -> None:
    front = printed(draft("minutes", LOG, replace(COVER, number=None, symbol="", place="", day=None), DIGEST))
    assert (front.number.strip(), front.place_and_day) == ("Số:", "…………, ngày … tháng … năm …")


async def test_a_process_of_its_own_writes_the_same_bytes() -> None:
    document = a_document()
    assert await Scribe().write(document, "pdf") == write(document, "pdf")
