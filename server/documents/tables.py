"""Tables that people upload: the cells of a .csv, of the first sheet of an .xlsx, or of the longest table of a .docx, as text, in bounded
time and memory.

Formulas are never worked out: what counts is the result that the file was saved with.
"""

import csv
import io
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from pathlib import PurePath
from typing import Any

import msgspec

from server.documents.docx import read_tables
from server.documents.export import write_csv
from server.documents.limits import LARGEST_FILE_BYTES, LARGEST_PART_BYTES, LONGEST_TEXT, bad_document
from server.documents.package import open_package, part_of, xml_of
from server.documents.text import decode

_MOST_COLUMNS = 40
"""Columns beyond are not looked at."""

_MOST_UNPACKED_BYTES = 3 * LARGEST_PART_BYTES
_SIGNS = (",", ";", "\t")
"""What stands between the cells of a .csv: programs set to Vietnamese write semicolons."""


class Line(msgspec.Struct, frozen=True):
    """One line of a table that has words, up to its last cell that has some; its number is counted from 1, empty lines too."""

    number: int
    cells: tuple[str, ...]


def read_table(name: str, data: bytes, most: int) -> list[Line]:
    """The lines of an uploaded table that are not empty, in order. ``name`` is the file's name, of which only the ending counts.

    Raises:
        Refused: ``bad_document`` with ``reason``: ``unknown_table``, ``not_a_document``, ``old_excel``, ``password_protected``,
            ``has_macros``, ``too_large``, ``bomb``, ``too_deep``, ``wrong_encoding``, ``external_content``, ``no_table``, ``empty``,
            ``too_many_lines`` (with ``limit``) with more than ``most`` below the first, which has the headers.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in _READERS:
        raise bad_document("unknown_table")
    if len(data) > LARGEST_FILE_BYTES:
        raise bad_document("too_large", limit_bytes=LARGEST_FILE_BYTES)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # Excel keeps an encrypted .xlsx inside the container that old .xls files used.
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise bad_document("password_protected" if locked else "not_a_document" if suffix == ".docx" else "old_excel")
    lines: list[Line] = []
    letters = 0
    for number, cells in enumerate(_READERS[suffix](data), start=1):
        if not any(cell.strip() for cell in cells):
            continue
        letters += sum(map(len, cells))
        if letters > LONGEST_TEXT:
            raise bad_document("too_large", limit_characters=LONGEST_TEXT)
        if len(lines) > most:
            raise bad_document("too_many_lines", limit=most)
        while not cells[-1].strip():
            cells.pop()
        lines.append(Line(number, tuple(cells)))
    if not lines:
        raise bad_document("empty")
    return lines


def write_table(ending: str, names: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> bytes:
    """A table to be filled in: a ``.csv``, or an ``.xlsx`` whose columns are so many letters wide."""
    if ending == ".csv":
        return write_csv(names, rows)
    from openpyxl import Workbook  # here, for few processes ever need it
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Ý kiến")
    sheet.freeze_panes = "A2"
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for position, row in enumerate((names, *rows)):
        cells = []
        for words in row:
            cell = WriteOnlyCell(sheet, value=words)
            cell.number_format = "@"  # a date or a number stays as it is typed
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=position == 0)
            cells.append(cell)
        sheet.append(cells)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _cells_of_csv(data: bytes) -> Iterator[list[str]]:
    if data.startswith((b"PK\x03\x04", b"%PDF-", b"{\\rtf", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")):
        raise bad_document("not_a_document")
    text = decode(data)
    first = next((line for line in text.splitlines() if any(sign in line for sign in _SIGNS)), "")  # a line may be one cell
    sign = max(_SIGNS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True):
            yield row[:_MOST_COLUMNS]
    except csv.Error:
        raise bad_document("not_a_document") from None


def _cells_of_xlsx(data: bytes) -> Iterator[list[str]]:
    with open_package(data) as package:
        names = package.namelist()
        if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
            raise bad_document("not_a_document")
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise bad_document("has_macros")
        # The library below unpacks whatever it is given and trusts what it unpacks: every part is looked at before.
        unpacked = 0
        for name in names:
            if name.lower().endswith((".xml", ".rels")):
                part = part_of(package, name)
                xml_of(part)
                unpacked += len(part)
                if unpacked > _MOST_UNPACKED_BYTES:
                    raise bad_document("bomb", limit_bytes=_MOST_UNPACKED_BYTES)
    from openpyxl import load_workbook  # here: reading a document does not wait for it

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and checks that are not read
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            sheet: Any = next(one for one in book.worksheets if one.sheet_state == "visible")
            sheet.reset_dimensions()  # what the sheet says of its own size counts for nothing
            for row in sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True):
                yield [_words(value) for value in row] if row.count(None) < len(row) else []
    except MemoryError:
        raise
    except Exception:
        # Whatever is wrong inside a damaged file, the library fails where it meets it, each time with another exception.
        raise bad_document("not_a_document") from None


def _cells_of_docx(data: bytes) -> Iterator[list[str]]:
    tables = read_tables(data)
    if not tables:
        raise bad_document("no_table")
    for row in max(tables, key=lambda table: len(table.rows)).rows:  # others hold the letterhead, and signatures
        yield list(row[:_MOST_COLUMNS])


_READERS: Mapping[str, Callable[[bytes], Iterator[list[str]]]] = {".csv": _cells_of_csv, ".xlsx": _cells_of_xlsx, ".docx": _cells_of_docx}


def _words(value: object) -> str:
    """A cell as its reader sees it."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return f"{value:%d/%m/%Y}"
        case time():
            return f"{value:%H:%M}"
        case _:
            return str(value)
