"""Tables that people upload: read as their reader sees them, and refused when they are anything else."""

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime

import docx
import pytest
from openpyxl import Workbook

from server.documents.apart import Reader
from server.documents.tables import Line, read_table, write_table
from server.kernel.refused import Refused

HEADERS = ("Nội dung", "Loại chủ thể")
ROWS = (('Đồng ý,\n"có sửa"', "Người dân"), ('=HYPERLINK("http://192.0.2.1")', "Tổ chức"))


def workbook(fill: Callable[[Workbook], None]) -> bytes:
    book = Workbook()
    fill(book)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def changed(parts: Mapping[str, bytes]) -> bytes:
    """A workbook in which these parts stand in place of its own, or beside them."""
    made = io.BytesIO()
    whole = zipfile.ZipFile(io.BytesIO(write_table(".xlsx", HEADERS, ROWS, (20, 20))))
    with whole, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            if name not in parts:
                archive.writestr(name, whole.read(name))
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def sheet(rows: str) -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    size = '<dimension ref="A1:XFD1048576"/>'
    return changed({"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{size}<sheetData>{rows}</sheetData></worksheet>'.encode()})


def refusal(name: str, data: bytes) -> object:
    with pytest.raises(Refused) as refused:
        read_table(name, data, 10_000)
    assert refused.value.code == "bad_document"
    return refused.value.detail["reason"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_what_is_written_is_read_again(ending: str) -> None:
    rows = (('Đồng ý,\n"có sửa"', "Người dân"), ("Không", "Tổ chức"))
    assert read_table(f"a{ending}", write_table(ending, HEADERS, rows, (20, 20)), 10) == [
        Line(number, row) for number, row in enumerate((HEADERS, *rows), start=1)
    ]


def test_formulas_are_never_written_as_formulas() -> None:
    assert [line.cells[0] for line in read_table("a.xlsx", write_table(".xlsx", HEADERS, ROWS, (20, 20)), 10)][2] == ROWS[1][0]
    assert b"\"'=HYPERLINK" in write_table(".csv", HEADERS, ROWS, (20, 20))


@pytest.mark.parametrize("sign", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_as_any_program_writes_it(sign: str, encoding: str) -> None:
    text = f'Nội dung{sign}Loại chủ thể\r\n\r\n"Đồng{sign} ý"{sign}Người dân\r\n'
    assert read_table("A.CSV", text.encode(encoding), 10) == [Line(1, HEADERS), Line(3, (f"Đồng{sign} ý", "Người dân"))]


def test_a_first_line_of_one_cell_hides_no_columns() -> None:
    assert read_table("a.csv", b"mot@example.vn\nhai@example.vn;Ban", 10) == [
        Line(1, ("mot@example.vn",)),
        Line(2, ("hai@example.vn", "Ban")),
    ]


def test_cells_of_a_workbook_are_read_as_they_are_seen() -> None:
    def fill(book: Workbook) -> None:
        hidden = book.active
        assert hidden is not None
        hidden.append(["bí mật"])
        hidden.sheet_state = "hidden"
        shown = book.create_sheet("Ý kiến")
        shown.append(["a", 7, 7.5, date(2026, 11, 12), datetime(2026, 11, 12, 8), True, None, None])  # noqa: DTZ001
        shown.append([None, " "])
        shown.append(["=1+1", "b"])
        book.active = 1

    # A formula has no result until a program has worked it out, and none is worked out here.
    assert read_table("a.xlsx", workbook(fill), 10) == [
        Line(1, ("a", "7", "7.5", "12/11/2026", "12/11/2026", "TRUE")),
        Line(3, ("", "b")),
    ]


def test_the_most_lines_are_those_below_the_headers() -> None:
    def lines(number: int) -> bytes:
        return b"a\n" + b"x\n" * number

    assert len(read_table("a.csv", lines(10_000), 10_000)) == 10_001
    assert refusal("a.csv", lines(10_001)) == "too_many_lines"


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.xlsx", b"khong phai zip", "not_a_document"),
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, "not_a_document"),
        ("a.csv", write_table(".xlsx", HEADERS, ROWS, (20, 20)), "not_a_document"),
        ("a.xls", b"a,b\n", "unknown_table"),
        ("a.doc", b"a,b\n", "unknown_table"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
        ("a.csv", b'a,"b\nc', "not_a_document"),
        ("a.csv", b"a,b\0", "not_a_document"),
        ("a.csv", "Nội dung".encode("cp1258", "replace") + b"\xff\xff\n", "wrong_encoding"),
        ("a.csv", b"  \n\n", "empty"),
        ("a.csv", b"a\n" + b"x" * 200_000, "not_a_document"),
        ("a.csv", b"a\n" + b"x" * 20_000_001, "too_large"),
    ],
)
def test_what_is_no_table_is_refused(name: str, data: bytes, reason: str) -> None:
    assert refusal(name, data) == reason


LAUGHS = b"<!DOCTYPE lol [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><sst>&b;</sst>"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"xl/sharedStrings.xml": LAUGHS}, "bomb"),
        ({"xl/sharedStrings.xml": LAUGHS.decode().encode("utf-16")}, "bomb"),
        ({"xl/worksheets/sheet1.xml": b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"}, "bomb"),
        ({"xl/vbaProject.bin": b"macro"}, "has_macros"),
        ({"xl/worksheets/sheet1.xml": b"<a>" + b" " * 60_000_000}, "bomb"),
        ({f"xl/worksheets/other{n}.xml": b"<a>" + b" " * 9_000_000 + b"</a>" for n in range(9)}, "bomb"),
        ({"xl/worksheets/sheet1.xml": b"<a>"}, "not_a_document"),
        ({"xl/workbook.xml": b"<a/>"}, "not_a_document"),
        ({f"xl/media/{n}": b"" for n in range(6000)}, "bomb"),
    ],
    ids=["entities", "entities in UTF-16", "outside entity", "macros", "bomb", "bomb in parts", "cut", "no workbook", "many parts"],
)
def test_hostile_workbooks_are_refused(parts: Mapping[str, bytes], reason: str) -> None:
    assert refusal("a.xlsx", changed(parts)) == reason


def test_a_damaged_workbook_is_refused_and_nothing_else_comes_of_it() -> None:
    whole = write_table(".xlsx", HEADERS, ROWS, (20, 20))
    for length in range(1, len(whole) - 1, 397):
        assert refusal("a.xlsx", whole[:length]) == "not_a_document"


def test_what_a_sheet_says_of_its_own_size_counts_for_nothing() -> None:
    cell = '<c r="{}" t="inlineStr"><is><t>x</t></is></c>'
    far = sheet(f'<row r="1">{cell.format("A1")}{cell.format("XFD1")}</row><row r="1048576">{cell.format("A1048576")}</row>')
    assert read_table("a.xlsx", far, 10) == [Line(1, ("x",)), Line(1_048_576, ("x",))]


async def test_a_table_reads_the_same_apart_as_here_and_its_refusal_comes_back() -> None:
    data = write_table(".xlsx", HEADERS, ROWS, (20, 20))
    assert await Reader().read_table("a.xlsx", data, 10) == read_table("a.xlsx", data, 10)
    with pytest.raises(Refused, match="too_many_lines"):
        await Reader().read_table("a.xlsx", data, 1)


def word_file(rows: int = 3) -> bytes:
    """A Word file with a letterhead and a table of opinions, whose clause is merged over two rows and whose last row over two columns."""
    document = docx.Document()
    document.add_table(1, 2).cell(0, 0).text = "SỞ TƯ PHÁP"
    document.add_paragraph("Bảng tổng hợp")
    opinions = document.add_table(rows, 3)
    for place, words in enumerate(("Điều khoản", "Nội dung", "Loại chủ thể", "Điều 1", "Nên bỏ", "Người dân", "", "Nên giữ", "Tổ chức")):
        opinions.cell(place // 3, place % 3).text = words
    opinions.cell(1, 0).merge(opinions.cell(2, 0))
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def test_of_a_word_file_the_longest_table_is_read_and_what_is_merged_downwards_stands_in_each_row() -> None:
    assert [line.cells for line in read_table("góp ý.docx", word_file(), 10)] == [
        ("Điều khoản", "Nội dung", "Loại chủ thể"),
        ("Điều 1", "Nên bỏ", "Người dân"),
        ("Điều 1", "Nên giữ", "Tổ chức"),
    ]


def test_what_is_merged_sideways_moves_no_other_cell_to_another_column() -> None:
    document = docx.Document()
    table = document.add_table(2, 3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Hai cột"
    table.cell(0, 2).text = "Cột ba"
    table.cell(1, 2).text = "Dưới cột ba"
    made = io.BytesIO()
    document.save(made)
    assert [line.cells for line in read_table("a.docx", made.getvalue(), 10)] == [("Hai cột", "", "Cột ba"), ("", "", "Dưới cột ba")]


def test_a_word_file_without_a_table_and_one_that_is_none_are_refused() -> None:
    empty = io.BytesIO()
    docx.Document().save(empty)
    assert refusal("a.docx", empty.getvalue()) == "no_table"
    assert refusal("a.docx", b"PK\x03\x04") == "not_a_document"
    assert refusal("a.docx", write_table(".xlsx", HEADERS, ROWS, (20, 20))) == "not_a_document"
