"""The words people write: made comparable, bounded, and free of characters that deceive the eye."""

import unicodedata

from server.kernel.refused import Refused

_JOINER = "\u200d"
"""Joins the parts of an emoji. Other signs of format (overrides of direction, zero widths, tags) make words read as what they are not."""

# Letters by name that are empty to the eye: a name made of them would be nobody's.
_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_NEVER_SHOWN = ("Cc", "Cf", "Cs", "Co", "Cn")
_MARKS_IN_A_ROW = 3


def clean(text: str, field: str, limit: int, lines: bool = True, required: bool = True) -> str:
    """``text`` in NFC without control and deceiving characters, trimmed; with ``lines`` false, on one line.

    ``limit`` counts letters as a reader sees them (a letter with its marks counts once).

    Raises:
        Refused: ``empty`` when nothing is left of a required text; ``too_long`` with ``limit`` and ``length``; both name ``field``.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = unicodedata.normalize("NFC", "".join(letter for letter in text if _can_be_seen(letter)))
    kept: list[str] = []
    marks = 0
    for letter in text:
        if letter == _JOINER:
            if kept and kept[-1] != _JOINER:
                kept.append(letter)
            continue
        marks = marks + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if marks <= _MARKS_IN_A_ROW:  # towers of marks spill over neighbouring lines
            kept.append(letter)
    text = "".join(kept)
    text = "\n".join(" ".join(line.split()) for line in text.split("\n")) if lines else " ".join(text.split())
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    text = text.strip()
    if required and not any(unicodedata.category(letter)[0] in "LNSP" for letter in text):
        raise Refused("empty", field=field)
    length = sum(1 for letter in text if unicodedata.category(letter) not in ("Mn", "Me") and letter != _JOINER)
    if length > limit:
        raise Refused("too_long", field=field, limit=limit, length=length)
    return text


def _can_be_seen(letter: str) -> bool:
    return letter in ("\n", "\t", _JOINER) or (letter not in _EMPTY and unicodedata.category(letter) not in _NEVER_SHOWN)
