"""Form 10 as a PDF, typeset by typst: tagged for screen readers (PDF/UA-1, ISO 14289-1), with its fonts inside.

The fonts are the product's own, and no others are looked at, so the same report gives the same bytes on every machine.
"""

import re
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
import typst

from consultations.report import Report
from server.documents.form10_words import COLUMNS, MOTTO, NATION, RESULTS, TITLE, front, table

_FOLDER = Path(__file__).parent
_FONTS = _FOLDER / "fonts"
_UNKNOWN = "□"


def write_pdf(report: Report, progress: Callable[[float], None]) -> bytes:
    """The file's bytes. ``progress`` hears of the share done, 0 to 1; what it raises ends the writing, but not amid the typesetting."""
    around = front(report)
    form = {
        "title": f"{' '.join(TITLE)} {around.subject}",
        "nation": NATION,
        "motto": MOTTO,
        "lines": TITLE,
        "columns": COLUMNS,
        "front": around,
        "results": RESULTS,
        "rows": list(table(report)),
    }
    progress(0.05)
    written = typst.compile(
        _FOLDER / "form10.typ",
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs={"form": _printable(msgspec.json.encode(form).decode())},
        pdf_standards="ua-1",
        timestamp=0,
    )
    progress(1.0)
    return written


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
