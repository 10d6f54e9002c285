"""The numbering of legal texts: reading ``Điều 3.``, ``2.`` or ``đ)`` at the beginning of a line, and what follows what.

Vietnamese forms: Decree 30/2020/ND-CP, annex I, part I, section II.6. The English words serve translations of the same texts.
"""

import re
from collections.abc import Sequence

import msgspec

from consultations.tree import Kind


class Mark(msgspec.Struct, frozen=True):
    """A numbering found at the beginning of a line. ``marker`` and ``rest`` are the whole line; ``tight`` says that no space separates
    the two, ``firm`` that the line looks like a heading: a sign, its end or a title in capitals follows the number, as in ``Điều 8.``,
    but not in ``Điều 8 của Nghị quyết``."""

    kind: Kind
    number: str | None
    marker: str
    rest: str
    firm: bool
    tight: bool = False


_ROMAN = r"[IVXLC]{1,7}[a-zA-ZđĐ]?|\d{1,3}[a-zđ]?"
_ORDINAL = r"thứ \w+(?: \w+)?|THỨ \w+(?: \w+)?"
_WORDS: tuple[tuple[Kind, str, str], ...] = (
    ("part", "Phần|PHẦN|Part|PART", rf"{_ORDINAL}|{_ROMAN}|[A-H]"),
    ("chapter", "Chương|CHƯƠNG|Chapter|CHAPTER", _ROMAN),
    ("subsection", "Tiểu mục|TIỂU MỤC|Tiểu Mục|Subsection|SUBSECTION", rf"{_ROMAN}|[A-H]"),
    ("section", "Mục|MỤC|Section|SECTION", rf"{_ROMAN}|[A-H]"),
    ("article", "Điều|ĐIỀU|Article|ARTICLE", r"\d{1,4}[a-zđ]{0,2}"),
    ("form", "Mẫu số|MẪU SỐ|Mẫu|MẪU|Form|FORM", r"\d{1,3}[a-zđA-Z]?"),
    ("annex", "Phụ lục|PHỤ LỤC|Annex|ANNEX|Appendix|APPENDIX", rf"(?:số )?(?:{_ROMAN}|[A-H])"),
)
_WORDED = tuple(
    (
        kind,
        re.compile(
            rf"(?P<noise>[`.'] ?)?(?:{words}){'(?: ' if kind == 'annex' else ' '}(?P<number>{number}){')?' if kind == 'annex' else ''}"
            r"(?: ?(?P<sign>[.:](?!\d)|[-–—](?= |$))|(?= |$))"
        ),
    )
    for kind, words, number in _WORDS
)
# A scanner may leave a stray point before a clause's number, read its full stop as a comma, or lose the letter of a point.
_CLAUSE = re.compile(r"[.'`_]? ?(?P<number>\d{1,3}[a-zđ]?)(?:[.](?=[^\W\d_]|[ “\"]|$)|[,)](?= |$))")
_POINT = re.compile(r"(?:[—–-] |»)?(?P<number>[a-zđ]\d?)?\)(?=[^\W\d_]|\s|$)")
_SIGNED: tuple[tuple[Kind, re.Pattern[str]], ...] = (("clause", _CLAUSE), ("point", _POINT))


def read_mark(line: str) -> Mark | None:
    """The numbering at the beginning of one line (single spaces, NFC), or None. Whether it is a heading only its place can tell."""
    for kind, pattern in _WORDED:
        if found := pattern.match(line):
            rest, tight = _behind(line, found.end())
            firm = bool(found["sign"]) or not rest or (rest.isupper() and kind != "article") or (kind == "annex" and rest[0] == "(")
            number = found["number"]
            return Mark(kind, number.removeprefix("số ") if number else None, line[: found.end()], rest, firm, tight)
    for kind, pattern in _SIGNED:
        if found := pattern.match(line):
            rest, tight = _behind(line, found.end())
            return Mark(kind, found["number"], line[: found.end()], rest, True, tight)
    return None


def _behind(line: str, end: int) -> tuple[str, bool]:
    """The words behind a marker, and whether they follow it without a space."""
    return line[end:].strip(), line[end : end + 1] not in ("", " ")


# --- what follows what -------------------------------------------------------------------------------------------------

_LETTERS = "abcdđeghiklmnopqrstuvxy"
"""The letters that number points."""
_LATIN = {"f": 6.5, "j": 9.5, "w": 22.5, "z": 24.0}
"""Where the other letters stand that word processors use: they number by the Latin alphabet."""


def ordinal(kind: Kind, number: str | None) -> float | None:
    """The place of a number among its siblings, counted from 1; inserted numbers (``19a``) stand between. None if it has none."""
    if number is None:
        return None
    if kind == "point":
        point = re.fullmatch(r"([a-zđ])(\d?)", number)
        if not point:
            return None
        place = _LATIN.get(point[1]) or _LETTERS.index(point[1]) + 1
        return place + int(point[2] or 0) / 10
    digits = re.match(r"\d+", number)
    if digits:
        value: float = int(digits[0])
        suffix = number[digits.end() :]
    else:
        roman = re.match(r"[IVXLC]+", number)
        if not roman:
            return None
        value = _roman(roman[0])
        suffix = number[roman.end() :]
    return value + (_LETTERS.find(suffix[0].lower()) + 1) / 100 if suffix else value


def _roman(number: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[sign] for sign in number]
    return sum(-value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True))


def in_sequence(places: Sequence[float | None]) -> dict[int, bool]:
    """Which of the candidates for numbered siblings form the sequence 1..N, and whether each is read as written (True) or only by
    its place (False: the written number is wrong but its neighbours fit).

    ``places`` are the ordinals of the candidates in reading order. All others are words that merely begin with a number, such as a
    cross-reference broken over a line.
    """
    latest = {place: index for index, place in enumerate(places)}
    chosen: dict[int, bool] = {}
    last = 0.0
    for index, place in enumerate(places):
        following = places[index + 1] if index + 1 < len(places) else None
        due = int(last) + 1
        if place is not None and last < place <= due:
            chosen[index], last = True, place
        elif due > 1 and (following == due + 1 or (place is None and following == due + 2)):
            chosen[index], last = False, due
        elif place is not None and due < place <= due + 2 and latest.get(due, -1) < index and (due > 1 or following == place + 1):
            chosen[index], last = True, place
    return chosen


def number_at(kind: Kind, place: int) -> str | None:
    """The number of the sibling at this place, counted from 1: ``3`` or, of a point, ``c``. None behind the end of the alphabet."""
    if kind == "point":
        return _LETTERS[place - 1] if place <= len(_LETTERS) else None
    return str(place)
