"""Form 10 as a PDF, typeset by typst: tagged for screen readers (PDF/UA-1, ISO 14289-1), with its fonts inside.

The fonts are the product's own, and no others are looked at, so the same report gives the same bytes on every machine.
"""

import re
import struct
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from pathlib import Path

import msgspec
import typst

from consultations.report import Report
from server.documents.form10_words import COLUMNS, MOTTO, NATION, RESULTS, TITLE, Cells, Heading, front, table

_FOLDER = Path(__file__).parent
_FONTS = _FOLDER / "fonts"
_UNKNOWN = "□"
_ROWS_A_TABLE = 500
_NOTE = f"Ghi chú: dấu {_UNKNOWN} thay cho ký tự mà phông chữ của bản này không có; bản .docx giữ nguyên ký tự đó."
_SAMPLE, _WORTH_MEASURING = 200, 1000
"""Rows. A thousand take about two seconds."""

_PREPARED, _NEARLY = 0.05, 0.95
_TELL_EVERY_S = 0.2


def write_pdf(report: Report, progress: Callable[[float], None]) -> bytes:
    """The file's bytes. ``progress`` hears of the share done, 0 to 1.

    typst does not say how far it is, so a long report is measured by its first rows: what they take of the processor tells what all
    will take, and what this process has used of that is the share. What ``progress`` raises is raised here, but typesetting that has
    begun goes on in its thread; ends with the process, if that ends.
    """
    rows = list(table(report))
    progress(0.0)
    expected_s = _expected_s(report, rows)
    progress(_PREPARED)
    began = time.process_time()
    thread = ThreadPoolExecutor(1)
    try:
        typesetting = thread.submit(_typeset, report, rows)
        while not wait([typesetting], timeout=_TELL_EVERY_S).done:
            if expected_s:
                spent = min(1.0, (time.process_time() - began) / expected_s)
                progress(_PREPARED + spent * (_NEARLY - _PREPARED))
        written = typesetting.result()
    finally:
        thread.shutdown(wait=False)
    progress(1.0)
    return written


def _expected_s(report: Report, rows: Sequence[Heading | Cells]) -> float:
    """About how much processor time all rows will take; 0 where it is not worth measuring."""
    if len(rows) < _WORTH_MEASURING:
        return 0.0
    _typeset(report, rows[:1])  # what all runs share, such as reading the fonts, is no part of the measure
    began = time.process_time()
    _typeset(report, rows[:_SAMPLE])
    return (time.process_time() - began) * len(rows) / _SAMPLE


def _typeset(report: Report, rows: Sequence[Heading | Cells]) -> bytes:
    around = front(report)
    form = {
        "title": f"{' '.join(TITLE)} {around.subject}",
        "nation": NATION,
        "motto": MOTTO,
        "lines": TITLE,
        "columns": COLUMNS,
        "results": RESULTS,
        "front": around,
        "tables": _tables(rows),
    }
    words = msgspec.json.encode(form).decode()
    shown = _printable(words)
    return typst.compile(
        _FOLDER / "form10.typ",
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs={"form": shown, "note": _NOTE if shown != words else ""},
        pdf_standards="ua-1",
        timestamp=0,
    )


def _tables(rows: Sequence[Heading | Cells]) -> list[list[Heading | Cells]]:
    """The rows in tables that each begin on a page of their own: a new one at the first điều after so many rows."""
    tables: list[list[Heading | Cells]] = [[]]
    part: list[Heading | Cells] = []
    for row in rows:
        if isinstance(row, Heading):
            if row.level == 1:
                part = [row]
            if len(tables[-1]) >= _ROWS_A_TABLE:
                tables.append([] if row.level == 1 else [*part])
        tables[-1].append(row)
    return tables


def _printable(text: str) -> str:
    """The text with a box for every sign that the fonts don't have: PDF/UA demands a real glyph for each."""
    return _unknown().sub(_UNKNOWN, text)


@cache
def _unknown() -> re.Pattern[str]:
    """What one of the fonts lacks."""
    known = set.intersection(*(_covered(path.read_bytes()) for path in sorted(_FONTS.glob("*.ttf"))))
    return re.compile(f"[^\\n{''.join(re.escape(chr(code)) for code in sorted(known))}]")


def _covered(font: bytes) -> set[int]:
    """The code points of the basic plane that a font has glyphs for (OpenType, ``cmap`` format 4)."""
    tables = {font[at : at + 4]: struct.unpack(">LL", font[at + 8 : at + 16]) for at in range(12, 12 + 16 * _short(font, 4), 16)}
    start = tables[b"cmap"][0]
    for at in range(start + 4, start + 4 + 8 * _short(font, start + 2), 8):
        subtable = start + struct.unpack(">L", font[at + 4 : at + 8])[0]
        if _short(font, subtable) == 4:
            count = _short(font, subtable + 6) // 2
            ends = struct.unpack(f">{count}H", font[subtable + 14 : subtable + 14 + 2 * count])
            starts = struct.unpack(f">{count}H", font[subtable + 16 + 2 * count : subtable + 16 + 4 * count])
            return {code for first, last in zip(starts, ends, strict=True) for code in range(first, last + 1) if code < 0xFFFF}
    raise ValueError("a font without a table of its characters")


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "big")
