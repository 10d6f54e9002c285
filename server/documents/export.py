"""A consultation as open data: a zip of CSV and JSON that explains itself, and that anybody can count again.

The same data give the same bytes.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Value = str | int | float | bool | datetime | None

LICENCE = "CC-BY-4.0"
# A spreadsheet set to Vietnamese takes a semicolon for the end of a cell, and some take a line break or a tab for it, whatever quotes say:
# so what comes after one may become a cell of its own.
_FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?= *[=+\-@＝＋－＠]|')|^(?= *[\t\r\n])")
_DEFUSED = re.compile(r"(?:^|(?<=[;\t\r\n]))'")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Column(msgspec.Struct, frozen=True):
    """One column of the dictionary: its name, what stands in it, and its meaning in Vietnamese and English."""

    name: str
    type: Literal["text", "number", "boolean", "moment"]
    vi: str
    en: str


class Sheet(msgspec.Struct, frozen=True):
    """One table: its file's name without an ending, its columns, and a row of values for each line."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]


def write_export(about: Mapping[str, Any], sheets: Iterable[Sheet], documents: Mapping[str, bytes]) -> bytes:
    """The zip: ``README.md``, ``LICENSE.md``, ``dictionary.csv``, ``consultation.json``, each sheet as CSV and JSON, ``documents``.

    ``about`` is what is said of the consultation itself. CSV is UTF-8 with a byte-order mark, so that spreadsheets read it; before
    what a spreadsheet would run as a formula stands an apostrophe, which JSON has not.
    """
    made = io.BytesIO()
    kept = [*sheets]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        _put(archive, "README.md", _readme(about, kept, documents).encode())
        _put(archive, "LICENSE.md", _LICENCE.encode())
        _put(archive, "dictionary.csv", write_csv(_DICTIONARY, [_described(sheet, one) for sheet in kept for one in sheet.columns]))
        _put(archive, "consultation.json", msgspec.json.format(msgspec.json.encode(about), indent=2))
        for sheet in kept:
            names = [column.name for column in sheet.columns]
            _put(archive, f"{sheet.name}.csv", write_csv(names, sheet.rows))
            _put(archive, f"{sheet.name}.json", msgspec.json.encode([dict(zip(names, row, strict=True)) for row in sheet.rows]))
        for name, content in documents.items():
            _put(archive, name, content)
    return made.getvalue()


def write_csv(names: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A table as RFC 4180 has it, behind a byte-order mark, its formulas defused."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def defused(text: str) -> str:
    """``text`` as a spreadsheet shows it and does not run it."""
    return _FORMULA.sub("'", text)


def restored(cell: str) -> str:
    """What ``defused`` made safe."""
    return _DEFUSED.sub("", cell)


def _cell(value: Value) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return value
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case str():
            return defused(value)


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)  # the moment of writing is no part of the data
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


_DICTIONARY = ("file", "column", "type", "meaning_vi", "meaning_en")


def _described(sheet: Sheet, column: Column) -> tuple[str, ...]:
    return (f"{sheet.name}.csv, {sheet.name}.json", column.name, column.type, column.vi, column.en)


def _readme(about: Mapping[str, Any], sheets: Sequence[Sheet], documents: Mapping[str, bytes]) -> str:
    title = " ".join(str(about["title"]).split())
    lines = [
        f"# {title}",
        "",
        f"Dữ liệu mở của đợt lấy ý kiến / Open data of the consultation: {about['url']}",
        "",
        "| tệp / file | dòng / rows |",
        "|---|---|",
        *(f"| `{sheet.name}.csv`, `{sheet.name}.json` | {len(sheet.rows)} |" for sheet in sheets),
        *(f"| `{name}` | |" for name in documents),
        "",
        "`dictionary.csv` nêu nghĩa của từng cột; `consultation.json` nêu thông tin về đợt lấy ý kiến. Mỗi con số đều ghi đơn vị: người",
        "(people), ý kiến (contributions), câu trả lời (answers); không cộng số có đơn vị khác nhau. Ý kiến bị ẩn, đang chờ kiểm duyệt",
        "hoặc đã rút không có trong tệp. Kết quả biểu quyết giữ kín đến khi kết thúc thì chỉ có sau khi kết thúc. Trong CSV, trước",
        "chỗ mà bảng tính có thể hiểu là công thức có thêm dấu nháy đơn; JSON giữ nguyên.",
        "",
        "Ai cũng có thể đếm lại: `python3 -m server recount du-lieu.zip` của phần mềm Diên Hồng đọc tệp này, không cần cơ sở dữ liệu, so",
        "từng con số đã công bố với số đếm được từ các dòng. Số người không đếm lại được, vì tệp không cho biết ai viết ý kiến nào.",
        "",
        "`dictionary.csv` says what each column means, `consultation.json` what the consultation is. Every number has its unit (people,",
        "contributions, answers); numbers of different units are never added. Contributions that are hidden, waiting or withdrawn are",
        "not here. Totals that are hidden until the close come after it. In CSV an apostrophe stands before what a spreadsheet would run",
        "as a formula; JSON has the words as they are. Moments are UTC (ISO 8601).",
        "",
        "Anybody can count again: `python3 -m server recount du-lieu.zip` of the program Diên Hồng reads this file, without a database,",
        "and compares each published number with its rows. People cannot be counted so: nothing here says who wrote what.",
        "",
        f"Giấy phép / Licence: {LICENCE}, `LICENSE.md`.",
    ]
    return "\n".join(lines) + "\n"


_LICENCE = """# CC BY 4.0

Dữ liệu này được cung cấp theo giấy phép Creative Commons Ghi công 4.0 Quốc tế: được sao chép, phân phối, phân tích và sử dụng lại, kể cả
cho mục đích thương mại, với điều kiện ghi rõ nguồn và nêu những thay đổi đã thực hiện.

These data are available under the Creative Commons Attribution 4.0 International licence: they may be copied, distributed, analysed and
used again, also commercially, provided that the source is named and changes are said.

https://creativecommons.org/licenses/by/4.0/legalcode
"""
