"""Opinions that people gave elsewhere: where one comes from, and what the lines of a file of them would enter, or why they cannot."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, NamedTuple, TypeVar

import msgspec

from consultations.citing import cited
from consultations.commands import Entry
from consultations.contribution import Kind, Side
from consultations.duplicates import group
from consultations.tree import search_key
from consultations.words import NAME_LIMIT, SOURCE_LIMIT, TEXT_LIMIT, clean
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused

How = Literal["meeting", "paper", "counter", "telephone", "mail", "other"]
"""How an opinion was given: at a meeting, on paper, at the counter, by telephone, by e-mail."""

HOWS: Mapping[How, str] = {
    "meeting": "biên bản họp",
    "paper": "văn bản giấy",
    "counter": "buổi tiếp công dân",
    "telephone": "điện thoại",
    "mail": "thư điện tử",
    "other": "nguồn khác",
}
"""As the public reads it, behind ``từ``."""

PLACE_LIMIT = 150
NUMBER_LIMIT = 60
NAMELESS = "Không nêu tên"
"""Stands in the place of a name that nobody gave, or wanted to be shown."""

EARLIEST = date(2000, 1, 1)


class Origin(msgspec.Struct, frozen=True):
    """Where opinions come from: how they were given, the office that took them, the day, the number of the paper."""

    how: How
    place: str
    day: date | None = None
    number: str = ""


class Column(NamedTuple):
    """A column of a file of opinions. ``names`` are other headers, without accents, under which it is known."""

    header: str
    needed: bool
    names: tuple[str, ...] = ()


COLUMNS: Mapping[str, Column] = {
    "clause": Column("Điều khoản", False, ("dieu", "dieu, khoan", "dieu/khoan", "dieu khoan gop y")),
    "text": Column("Nội dung", True, ("noi dung gop y", "noi dung y kien", "y kien", "y kien gop y")),
    "name": Column("Tên hiển thị", False, ("ten", "ho ten", "ho va ten", "chu the gop y", "nguoi gop y")),
    "kind": Column("Loại chủ thể", True, ("loai", "doi tuong", "loai chu the gop y")),
    "side": Column("Thái độ", False, ("quan diem",)),
    "number": Column("Số văn bản", False, ("so, ky hieu", "so ky hieu", "so phieu")),
    "day": Column("Ngày", False, ("ngay gop y", "ngay thang")),
}

KINDS: Mapping[Kind, tuple[str, ...]] = {
    "citizen": ("Người dân", "cá nhân", "công dân"),
    "business": ("Doanh nghiệp",),
    "organisation": ("Tổ chức", "hiệp hội", "hội"),
    "agency": ("Cơ quan nhà nước", "cơ quan"),
    "front": ("Mặt trận và tổ chức chính trị - xã hội", "mặt trận", "tổ chức chính trị - xã hội", "mặt trận tổ quốc"),
    "civil_servant": ("Cán bộ, công chức, viên chức", "cán bộ", "công chức", "viên chức"),
}
"""What may stand in the column of that name; the first is what is asked for."""

SIDES: Mapping[Side, tuple[str, ...]] = {
    "for": ("Ủng hộ", "tán thành", "đồng ý", "đồng tình"),
    "against": ("Phản đối", "không tán thành", "không đồng ý"),
    "neutral": ("Trung lập",),
}

_Value = TypeVar("_Value")
_Word = TypeVar("_Word", bound=str)
_LINES = 1 << 62
"""Above all numbers of contributions: lines come after them."""
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


class Fault(msgspec.Struct, frozen=True):
    """Why a line cannot be entered: the header of a column, and a refusal."""

    column: str
    code: str
    detail: Mapping[str, str | int] = {}


class Opinion(msgspec.Struct, frozen=True):
    """One line of a file as it would be entered; with ``faults`` it cannot be. ``clause`` is as it was written."""

    line: int
    clause: str
    node: NodeId | None
    text: str
    name: str
    kind: Kind | None
    side: Side | None
    source: str
    faults: tuple[Fault, ...] = ()


class Opinions(msgspec.Struct, frozen=True):
    """A file of opinions: its lines, and the headers of columns that mean nothing here."""

    lines: tuple[Opinion, ...]
    unknown: tuple[str, ...]


def told(origin: Origin) -> str:
    """Where opinions come from, as everybody reads it: ``tại UBND xã Mẫu, từ biên bản họp số 15/BB-UBND ngày 12/11/2026``.

    Raises: Refused ``empty`` and ``too_long`` (with ``field``: place or number).
    """
    place = clean(origin.place, "place", PLACE_LIMIT, lines=False)
    number = clean(origin.number, "number", NUMBER_LIMIT, lines=False, required=False)
    words = f"tại {place}, từ {HOWS[origin.how]}"
    if number:
        words += f" số {number}"
    if origin.day is not None:
        words += f" ngày {origin.day:%d/%m/%Y}"
    return words


def day_written(words: str, today: date) -> date:
    """A day as people write it (``12/11/2026``) or as a form sends it (``2026-11-12``), which has come already.

    Raises: Refused ``bad_day``.
    """
    words = words.strip()
    found = _DAY.fullmatch(words)
    try:
        day = date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(words)
    except ValueError:
        raise Refused("bad_day", field="day") from None
    if not EARLIEST <= day <= today:
        raise Refused("bad_day", field="day")
    return day


def read_opinions(lines: Sequence[tuple[int, Sequence[str]]], clauses: Mapping[str, NodeId], origin: Origin, today: date) -> Opinions:
    """The lines of a file, (number, cells), of which the first has the headers. ``origin`` is that of the whole file; a line may have a
    number and a day of its own. ``clauses`` are as ``consultations.citing.cited`` asks for them.

    Raises: Refused ``bad_document`` with ``reason`` ``no_columns`` (with ``columns``, those that are missing), ``column_twice`` (with
        ``column``) or ``no_lines``.
    """
    headers = [_shown(cell, 100) for cell in lines[0][1]] if lines else []
    places, unknown = _places(headers)
    missing = [column.header for field, column in COLUMNS.items() if column.needed and field not in places]
    if missing:
        raise Refused("bad_document", reason="no_columns", columns=", ".join(missing))
    if len(lines) < 2:
        raise Refused("bad_document", reason="no_lines")
    read = []
    for number, cells in lines[1:]:
        written = {field: cells[place] if place < len(cells) else "" for field, place in places.items()}
        read.append(_read(number, written, clauses, origin, today))
    return Opinions(tuple(read), tuple(unknown))


def entry_of(opinion: Opinion, source_key: str, version: int) -> Entry:
    """What enters a line that has no faults, said of the draft's ``version``."""
    assert opinion.kind is not None and not opinion.faults
    return Entry(opinion.node, opinion.text, opinion.name, opinion.kind, opinion.source, source_key, version=version, side=opinion.side)


def repeated(lines: Sequence[Opinion], known: Sequence[tuple[str, NodeId | None, str]]) -> set[int]:
    """The lines that repeat, word for word, what somebody of the same name has said in the same place: in one of ``known`` (name, node,
    text), or in a line above. Accents, case and signs do not count."""
    seen = {_told(*one) for one in known}
    found = set()
    for one in lines:
        if one.faults:
            continue
        key = _told(one.name, one.node, one.text)
        if key in seen:
            found.add(one.line)
        seen.add(key)
    return found


def resembling(lines: Sequence[Opinion], known: Iterable[tuple[ContributionId, str]]) -> dict[int, int]:
    """The lines whose text is nearly that of a contribution of ``known`` (id, text), or of a line above: the contribution's number, or
    that of the line below zero."""
    texts = [*known, *((ContributionId(_LINES + one.line), one.text) for one in lines if not one.faults)]
    found = {}
    for alike in group(texts):
        first = alike.first if alike.first < _LINES else _LINES - alike.first
        found.update({member - _LINES: first for member in alike.members if member > _LINES and member != alike.first})
    return found


def _told(name: str, node: NodeId | None, text: str) -> tuple[str, NodeId | None, str]:
    return search_key(name), node, " ".join(re.findall(r"\w+", search_key(text)))


def _places(headers: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Where each column stands, and the headers that are none of ours."""
    known = {search_key(name): field for field, column in COLUMNS.items() for name in (column.header, *column.names)}
    places: dict[str, int] = {}
    unknown = []
    for place, header in enumerate(headers):
        field = known.get(search_key(header).rstrip(" *:"))
        if field is None:
            if header:
                unknown.append(header)
        elif field in places:
            raise Refused("bad_document", reason="column_twice", column=COLUMNS[field].header)
        else:
            places[field] = place
    return places, unknown


def _read(number: int, written: Mapping[str, str], clauses: Mapping[str, NodeId], origin: Origin, today: date) -> Opinion:
    faults: list[Fault] = []

    def read(field: str, reading: Callable[[str], _Value]) -> _Value | None:
        try:
            return reading(written.get(field, ""))
        except Refused as refused:
            detail = {name: value for name, value in refused.detail.items() if isinstance(value, str | int)}
            faults.append(Fault(COLUMNS[field].header, refused.code, detail))
            return None

    def source(words: str) -> str:
        own = msgspec.structs.replace(origin, number=words.strip() or origin.number, day=day)
        return clean(told(own), "source", SOURCE_LIMIT)

    node = read("clause", lambda words: cited(words, clauses))
    text = read("text", lambda words: clean(words, "text", TEXT_LIMIT))
    name = read("name", lambda words: clean(words, "name", NAME_LIMIT, lines=False, required=False))
    kind = read("kind", lambda words: _chosen(words, KINDS, "unknown_kind"))
    side = read("side", lambda words: _chosen(words, SIDES, "unknown_side") if words.strip() else None)
    day = read("day", lambda words: day_written(words, today) if words.strip() else origin.day)
    said = read("number", source)
    return Opinion(
        number,
        clause=_shown(written.get("clause", ""), 100),
        node=node,
        text=text or _shown(written["text"], TEXT_LIMIT),
        name=name or NAMELESS,
        kind=kind,
        side=side,
        source=said or "",
        faults=tuple(faults),
    )


def _chosen(words: str, among: Mapping[_Word, tuple[str, ...]], code: str) -> _Word:
    wanted = search_key(words)
    if not wanted:
        raise Refused("empty", field="kind")
    for value, names in among.items():
        if wanted in map(search_key, names):
            return value
    raise Refused(code, written=_shown(words, 60))


def _shown(words: str, most: int) -> str:
    """Words that mean nothing here, as they may be shown."""
    return clean(words[: 4 * most], "", 4 * most, lines=False, required=False)[:most]
