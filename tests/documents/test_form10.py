"""Form 10 as files: what stands in the report stands in the Word file and in the PDF, whoever opens them."""

import asyncio
import hashlib
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from docx.table import Table
from docx.text.hyperlink import Hyperlink
from lxml import etree
from msgspec.structs import replace
from pypdf import PdfReader

from consultations.report import Contributor, Opinion, Place, Report, build
from server.documents.form10 import Format, Writer, write
from server.documents.form10_words import ANSWERS, COLUMNS, Cells, Heading, table
from server.kernel.ids import ContributionId
from tests.peers.reported import COVER, many_opinions

FORMATS: tuple[Format, ...] = ("docx", "pdf")
HOSTILE = (
    '#set page(width: 1pt) $x^2$ *đậm* `raw` <w:t>&amp;</w:t> ]]> <script>alert(1)</script> #read("/etc/passwd") \\u{202e} @x // /* =cmd|1'
)


def opinions() -> list[Opinion]:
    """Sixty opinions on five điều, and three people who say the same."""
    place = Place(3, "Điều 1. Tên", "Điều 1")
    crowd = [Contributor(f"Người {number}", "citizen") for number in range(3)]
    same = [Opinion(ContributionId(1000 + id), by, "Như nhau.", "noted", place=place, group=1) for id, by in enumerate(crowd)]
    return [*many_opinions(60, 5), *same]


@pytest.fixture(scope="module")
def report() -> Report:
    return build(COVER, opinions())


@pytest.fixture(scope="module")
def files(report: Report) -> dict[Format, bytes]:
    return {format: write(report, format, lambda share: None) for format in FORMATS}


def rows_of(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def rows_due(report: Report) -> Iterator[list[str]]:
    """The rows of the great table as python-docx reads them."""
    yield list(COLUMNS)
    for row in table(report):
        if isinstance(row, Heading):
            yield [row.text] * 4
        else:
            yield [row.place, "\n".join(row.who), "\n".join(row.words), "\n".join([*row.answer, *([row.change] if row.change else [])])]


def test_the_word_file_read_back_has_every_row_in_order(report: Report, files: dict[Format, bytes]) -> None:
    assert rows_of(docx.Document(BytesIO(files["docx"])).tables[3]) == list(rows_due(report))


def test_the_word_file_tells_the_totals_of_the_report(report: Report, files: dict[Format, bytes]) -> None:
    _, received, answered, listed, _ = docx.Document(BytesIO(files["docx"])).tables
    figures = [[int(cell) for cell in row[1:]] for row in rows_of(answered)[1:]]
    assert figures == [[*part.dispositions.values(), part.total] for part in (report.opinions, report.reviews)]
    assert all(sum(row[:-1]) == row[-1] for row in figures)
    last = [int(cell) for cell in rows_of(received)[-1][1:]]
    assert (last[0], last[1] + last[2], last[3]) == (50, report.opinions.total, report.reviews.total)
    voices = sum(
        int(row[1].split()[0]) if "ý kiến giống nhau" in row[1] else 1
        for row in rows_of(listed)[1:]
        if row[3].split(".")[0] in ANSWERS.values()
    )
    assert voices == report.opinions.total + report.reviews.total


def test_the_same_words_of_three_are_one_row_with_their_names(files: dict[Format, bytes]) -> None:
    rows = rows_of(docx.Document(BytesIO(files["docx"])).tables[3])
    [who] = [row[1] for row in rows if row[2] == "Như nhau."]
    names = "; ".join(f"Người {id} (chưa xác thực)" for id in range(3))
    assert who == f"3 ý kiến giống nhau:\nNgười dân (3): {names}"


def test_the_header_of_the_word_table_repeats_rows_may_break_and_the_language_is_said(files: dict[Format, bytes]) -> None:
    document = docx.Document(BytesIO(files["docx"]))
    great = document.tables[3]._tbl
    assert len(great.xpath("./w:tr/w:trPr/w:tblHeader")) == 1
    assert great.xpath("count(./w:tr[not(w:trPr/w:cantSplit)])") > 60
    assert document.styles.element.xpath("string(//w:docDefaults//w:lang/@w:val)") == "vi-VN"
    assert (document.core_properties.language, document.core_properties.title[:8]) == ("vi-VN", "BẢN TỔNG")
    section = document.sections[0]
    assert section.page_width is not None and section.page_height is not None and section.left_margin is not None
    assert (round(section.page_width.mm), round(section.page_height.mm), round(section.left_margin.mm)) == (297, 210, 30)
    assert document.styles.element.xpath("string(//w:docDefaults//w:rFonts/@w:ascii)") == "Times New Roman"


def test_a_link_leads_to_the_clause_of_the_next_version(report: Report, files: dict[Format, bytes]) -> None:
    links = {row.link for row in table(report) if isinstance(row, Cells) and row.link}
    document = docx.Document(BytesIO(files["docx"]))
    assert {link.address + "#" + link.fragment if link.fragment else link.address for link in _links(document.tables[3])} == links
    pdf = PdfReader(BytesIO(files["pdf"]))
    led = {str(one["/A"]["/URI"]) for page in pdf.pages for note in page.get("/Annots", []) if "/A" in (one := note.get_object())}
    assert led == links


def _links(great: Table) -> list[Hyperlink]:
    return [link for row in great.rows for paragraph in row.cells[3].paragraphs for link in paragraph.hyperlinks]


def test_the_pdf_is_tagged_and_says_its_title_and_language(files: dict[Format, bytes]) -> None:
    pdf = PdfReader(BytesIO(files["pdf"]))
    root: Any = pdf.root_object
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == ("vi-VN", True, True)
    assert pdf.metadata is not None and pdf.metadata.title is not None and pdf.metadata.title.startswith("BẢN TỔNG HỢP")
    assert b"<pdfuaid:part>1</pdfuaid:part>" in files["pdf"]


def test_the_pdf_holds_every_word_of_every_row(report: Report, files: dict[Format, bytes]) -> None:
    said = _squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(files["pdf"])).pages))
    for row in table(report):
        for line in [row.text] if isinstance(row, Heading) else row.answer[:1]:
            assert _squeezed(line) in said
    words = [
        word for row in table(report) if isinstance(row, Cells) for line in (*row.who, *row.words, *row.answer) for word in line.split()
    ]
    assert [word for word in words if _squeezed(word) not in said] == []


@pytest.fixture(scope="module")
def long_pdf() -> bytes:
    """Seven hundred opinions, for which two documents are typeset and joined."""
    articles = [Place(number, f"Điều {number}. Tên", f"Điều {number}") for number in range(1, 11)]
    crowd = [Contributor(f"C{id}.", "citizen", True) for id in range(700)]
    short = [
        Opinion(ContributionId(id), by, "Đồng ý.", "noted", place=articles[id % 10], review=id > 650, link=f"https://gopy.example.vn/{id}")
        for id, by in enumerate(crowd)
    ]
    report = build(COVER, short)
    file = write(report, "pdf", lambda share: None)
    assert write(report, "pdf", lambda share: None) == file
    return file


def test_a_long_pdf_loses_no_row_where_a_new_table_begins_and_its_pages_are_numbered_on(long_pdf: bytes) -> None:
    pages = [page.extract_text() for page in PdfReader(BytesIO(long_pdf)).pages]
    said = "".join(pages)
    assert Counter(re.findall(r"C(\d+)\.", said)) == {str(id): 1 for id in range(700)}
    assert all((COLUMNS[1] in page and "A. Ý KIẾN" in page) or "B. PHẢN BIỆN" in page for page in pages[2:-1])
    assert [page.split()[0] for page in pages[1:]] == [str(number) for number in range(2, len(pages) + 1)]


def test_every_word_and_link_of_a_long_pdf_has_its_tag_and_every_cell_its_heads(long_pdf: bytes) -> None:
    pdf = PdfReader(BytesIO(long_pdf))
    tree: Any = pdf.root_object["/StructTreeRoot"]
    numbers = tree["/ParentTree"]["/Nums"]
    tagged = dict(zip(numbers[::2], numbers[1::2], strict=True))
    assert len(tagged) == tree["/ParentTreeNextKey"] > 700
    for page in pdf.pages:
        marked: Any = tagged[page["/StructParents"]].get_object()
        for mark, element in enumerate(one.get_object() for one in marked):
            assert (mark, page.indirect_reference) in [
                (kid, element.raw_get("/Pg"))
                if isinstance(kid, int)
                else (kid["/MCID"], kid.raw_get("/Pg") if "/Pg" in kid else element.raw_get("/Pg"))
                for kid in (kid.get_object() for kid in element["/K"])
                if isinstance(kid, int) or "/MCID" in kid
            ]
        for link in page.get("/Annots", []):
            element = tagged[link.get_object()["/StructParent"]].get_object()
            assert link in [kid.raw_get("/Obj") for kid in element["/K"] if not isinstance(kid, int) and "/Obj" in kid]
    ids = tree["/IDTree"]["/Names"][::2]
    assert ids == sorted(set(ids))
    heads = [head for table in elements(tree, "/Table") for cell in elements(table, "/TD") for head in headers(cell)]
    assert len(heads) > 2800 and {*heads} <= {*ids}
    assert {element["/P"]["/S"] for element in elements(tree, "/Table")} == {"/Document"}


def elements(within: Any, kind: str) -> Iterator[Any]:
    """The elements of a kind within one, found at whatever depth."""
    for kid in within.get("/K", ()):
        element = kid.get_object()
        if not isinstance(element, int) and "/S" in element:
            if element["/S"] == kind:
                yield element
            else:
                yield from elements(element, kind)


def headers(cell: Any) -> list[str]:
    return [head for attributes in cell.get("/A", ()) for head in attributes.get_object().get("/Headers", ())]


def _squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_data_give_the_same_bytes(format: Format, files: dict[Format, bytes]) -> None:
    again = write(build(COVER, opinions()), format, lambda share: None)
    assert hashlib.sha256(again).digest() == hashlib.sha256(files[format]).digest()


@pytest.fixture(scope="module")
def hostile() -> Report:
    """A report with markup of every kind, an emoji, and letters that no font here has, in every field."""
    words = f"{HOSTILE} 😀 漢\x07\u202e\ud800"
    cover = replace(COVER, agency=words, parent_agency=words, title=words, signer=words, authority=words, symbol=words, place=words,
                    basis=(words,), signer_name=words, recipients=(words,))  # fmt: skip
    by, place = Contributor(words, "citizen"), Place(1, words, words)
    return build(cover, [Opinion(ContributionId(1), by, words, "accepted", words, place, change=words, link=f"javascript:{words}")])


def test_markup_in_any_field_comes_out_as_the_words_it_is(hostile: Report) -> None:
    written = write(hostile, "docx", lambda share: None)
    shown = f"{HOSTILE} 😀 漢"
    _, _, _, listed, _ = docx.Document(BytesIO(written)).tables
    place, who, words, answer = rows_of(listed)[3]
    assert (place, who, words) == (shown, f"Người dân: {shown} (chưa xác thực)", shown)
    assert answer == f"Tiếp thu.\n{shown}\nThể hiện tại {shown} của dự thảo tiếp theo."
    with ZipFile(BytesIO(written)) as package:
        assert all(etree.fromstring(package.read(name)) is not None for name in package.namelist())
        assert b"javascript:" not in package.read("word/_rels/document.xml.rels")


def test_markup_in_any_field_is_set_as_the_words_it_is_and_what_no_font_has_as_a_box(hostile: Report) -> None:
    pdf = PdfReader(BytesIO(write(hostile, "pdf", lambda share: None)))
    said = _squeezed("".join(page.extract_text() for page in pdf.pages))
    assert said.count(_squeezed(f"{HOSTILE} □ □")) >= 5
    assert "bản.docxgiữnguyênkýtựđó" in said
    assert round(float(pdf.pages[0].mediabox.width) / 72 * 25.4) == 297


@pytest.mark.parametrize("format", FORMATS)
def test_progress_rises_to_the_end_and_who_has_enough_ends_it(format: Format, report: Report) -> None:
    heard: list[float] = []
    write(report, format, heard.append)
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) > 1

    def enough(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(report, format, enough)


@pytest.mark.parametrize("format", FORMATS)
async def test_a_report_written_apart_is_the_same(format: Format, report: Report, files: dict[Format, bytes]) -> None:
    heard: list[float] = []
    assert await Writer().write(report, format, heard.append) == files[format]
    assert heard[-1] == 1.0


async def test_a_long_pdf_tells_how_far_it_is_and_who_no_longer_waits_ends_it() -> None:
    heard: list[float] = []
    midway = asyncio.Event()

    def progress(share: float) -> None:
        heard.append(share)
        if len(heard) > 2:
            midway.set()

    writer, long = Writer(), build(COVER, many_opinions(2000, 60))
    task = asyncio.create_task(writer.write(long, "pdf", progress))
    await midway.wait()
    [child] = [one for one in children() if "server.documents.form10" in one[1]]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert heard == sorted(heard) and 0.05 < heard[-1] < 0.95
    assert child not in children()


def children() -> list[tuple[int, str]]:
    """The processes that this one has started, with their words."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                words = (folder / "cmdline").read_bytes().decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == str(os.getpid()):
                found.append((int(folder.name), words))
    return found


def test_libreoffice_reads_every_row_of_the_word_file(report: Report, files: dict[Format, bytes], tmp_path: Path) -> None:
    (tmp_path / "report.docx").write_bytes(files["docx"])
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    argv = ["soffice", profile, "--headless", "--convert-to", "fodt", "--outdir", str(tmp_path), str(tmp_path / "report.docx")]
    subprocess.run(argv, check=True, capture_output=True, timeout=300)
    table_names = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
    great = list(etree.parse(tmp_path / "report.fodt").iter(f"{table_names}table"))[3]
    rows = []
    for row in great.iter(f"{table_names}table-row"):
        cells = [cell.iter("{*}p", "{*}h") for cell in row.iterchildren(f"{table_names}table-cell")]
        rows.append(["\n".join(str(line.xpath("string()")) for line in lines) for lines in cells])
    assert rows == [row[:1] if len(set(row)) == 1 else row for row in rows_due(report)]
