"""The words people write: made comparable, bounded, and free of characters that deceive the eye."""

import unicodedata

from server.kernel.refused import Refused

NAME_LIMIT = 80
TEXT_LIMIT = 5_000
REASON_LIMIT = 1_000
TITLE_LIMIT = 300
SUMMARY_LIMIT = 5_000

# Bidirectional overrides and isolates, and invisible joiners outside emoji: they make words read differently from what they are.
_DECEIVING = dict.fromkeys([0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF])
_MARKS_IN_A_ROW = 3


def clean(text: str, field: str, limit: int, lines: bool = True, required: bool = True) -> str:
    """``text`` in NFC without control and deceiving characters, trimmed; with ``lines`` false, on one line.

    ``limit`` counts letters as a reader sees them (a letter with its marks counts once).

    Raises:
        Refused: ``empty`` when nothing is left of a required text; ``too_long`` with ``limit`` and ``length``; both name ``field``.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).translate(_DECEIVING)
    kept: list[str] = []
    marks = 0
    for letter in text:
        category = unicodedata.category(letter)
        if category in ("Cc", "Cs", "Co", "Cn") and letter not in "\n\t":
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MARKS_IN_A_ROW:  # towers of marks spill over neighbouring lines
            continue
        kept.append(letter)
    text = "".join(kept)
    text = "\n".join(" ".join(line.split()) for line in text.split("\n")) if lines else " ".join(text.split())
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    text = text.strip()
    if required and not any(unicodedata.category(letter)[0] in "LNSP" for letter in text):
        raise Refused("empty", field=field)
    length = sum(1 for letter in text if unicodedata.category(letter) not in ("Mn", "Me") and letter != "\u200d")
    if length > limit:
        raise Refused("too_long", field=field, limit=limit, length=length)
    return text
