"""Form 10 as a PDF, typeset by typst: tagged for screen readers (PDF/UA-1, ISO 14289-1), with its fonts inside.

The fonts are the product's own, and no others are looked at, so the same report gives the same bytes on every machine. A long report is
typeset in parts, which are joined: for ten thousand rows at once typst takes gigabytes.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec
import typst

from consultations.report import Report
from server.documents.form10_words import COLUMNS, MOTTO, NATION, RESULTS, TITLE, Cells, Heading, front, table
from server.documents.joined_pdf import JoinedPdf

_FOLDER = Path(__file__).parent
_FONTS = _FOLDER / "fonts"
_UNKNOWN = "□"
_NOTE = f"Ghi chú: dấu {_UNKNOWN} thay cho ký tự mà phông chữ của bản này không có; bản .docx giữ nguyên ký tự đó."
_ROWS_A_TABLE = 300
_TABLES_A_PART = 2
"""Tables of one part are typeset at the same time, on as many processors."""
_TYPESET = 0.9
"""The share of the work that is done before the file is put together."""
_REMEMBERED = 11
"""typst keeps what it has laid out for so many documents to come, which are other ones here."""

_Table = list[Heading | Cells]


def write_pdf(report: Report, progress: Callable[[float], None]) -> bytes:
    """The file's bytes. ``progress`` hears of the share done, 0 to 1, after each part; what it raises is raised here."""
    tables = list(_tables(table(report)))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_FONTS])
    form = {
        "title": f"{' '.join(TITLE)} {front(report).subject}",
        "nation": NATION,
        "motto": MOTTO,
        "lines": TITLE,
        "columns": COLUMNS,
        "results": RESULTS,
        "front": front(report),
    }
    progress(0.0)
    written: JoinedPdf | None = None
    lacking = False
    for place in range(0, len(tables), _TABLES_A_PART):
        upto = place + _TABLES_A_PART
        part = {"tables": tables[place:upto], "pages_before": written.pages if written else 0, "last": upto >= len(tables)}
        words = msgspec.json.encode(form | part).decode()
        shown = _printable(words)
        lacking = lacking or shown != words
        typeset = typst.compile(
            _FOLDER / "form10.typ",
            font_paths=fonts,
            sys_inputs={"form": shown, "note": _NOTE if lacking else ""},
            pdf_standards="ua-1",
            timestamp=0,
        )
        if written is None:
            written = JoinedPdf(typeset)
        else:
            written.add(typeset)
        if upto < len(tables):
            for _ in range(_REMEMBERED):
                typst.compile(b"", font_paths=fonts)
        progress(_TYPESET * min(1.0, upto / len(tables)))
    assert written is not None, "a report has a table, if an empty one"
    file = written.write()
    progress(1.0)
    return file


def _tables(rows: Iterable[Heading | Cells]) -> Iterator[_Table]:
    """The rows in tables that each begin on a page of their own, below the headings that hold there. One at least."""
    now: _Table = []
    above: list[Heading] = []
    for row in rows:
        if isinstance(row, Heading):
            above = [one for one in above if one.level < row.level]
        if len(now) >= _ROWS_A_TABLE and isinstance(now[-1], Cells):
            yield now
            now = [*above]
        if isinstance(row, Heading):
            above.append(row)
        now.append(row)
    yield now


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
