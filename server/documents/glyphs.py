"""The fonts that PDFs are typeset with, and what they can print."""

import re
import struct
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
UNKNOWN = "□"
NOTE = f"Ghi chú: dấu {UNKNOWN} thay cho ký tự mà phông chữ của bản này không có; bản .docx giữ nguyên ký tự đó."


def printable(text: str) -> str:
    """The text with a box for every sign that the fonts don't have: PDF/UA demands a real glyph for each."""
    return _unknown().sub(UNKNOWN, text)


@cache
def _unknown() -> re.Pattern[str]:
    """What one of the fonts lacks."""
    known = set.intersection(*(_covered(path.read_bytes()) for path in sorted(FONTS.glob("*.ttf"))))
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
