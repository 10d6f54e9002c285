"""The roll of a room as people write it: lines with e-mail addresses, read from a form or from a list that was pasted or uploaded.

A list has a line a person. Its first line may name the columns; else they stand in the order of ``COLUMNS``, and a line of nothing but
addresses is that many members.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from consultations.tree import search_key
from rooms.roll import HEAVIEST
from rooms.state import Duty
from server.identity.contact import display_name, normalised_email
from server.kernel.refused import Refused
from server.kernel.words import clean


def _(text: str) -> str:
    """Marks a name for the catalogue; it is translated when somebody reads it."""
    return text


MOST_SEATS = 500
AGENCY_LIMIT = 120

DUTIES: Mapping[Duty, tuple[str, ...]] = {
    "chair": ("Chủ tọa", "chu tri", "chu toa cuoc hop", "chu tri cuoc hop"),
    "deputy": ("Phó chủ tọa", "pho chu tri", "pho chu toa cuoc hop"),
    "secretary": ("Thư ký", "thu ky cuoc hop"),
    "member": ("Thành viên", "uy vien", "dai bieu"),
    "guest": ("Khách mời", "khach"),
    "observer": ("Quan sát viên", "quan sat", "nguoi quan sat"),
    "technician": ("Kỹ thuật viên", "ky thuat", "ki thuat", "can bo ky thuat"),
}
"""What may stand in the column of that name, without accents; the first is what is shown."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": (_("Thư điện tử"), "email", "e-mail", "dia chi thu dien tu", "thu", "hop thu"),
    "duty": (_("Nhiệm vụ"), "vai tro", "tu cach", "duty"),
    "name": (_("Họ và tên"), "ho ten", "ten", "full name", "name"),
    "agency": (_("Cơ quan"), "don vi", "co quan, don vi", "agency"),
    "weight": (_("Số phiếu"), "trong so", "phieu", "votes"),
    "principal": (_("Dự thay cho"), "du thay", "thay cho", "substitute of"),
    "hall": (_("Điểm cầu"), "hoi truong", "hall"),
}
"""The columns of a list, each with other headers under which it is known, in English too."""

_VOTING: frozenset[Duty] = frozenset(("chair", "deputy", "secretary", "member"))
"""Who has a vote where the list does not say how many."""


class Listed(msgspec.Struct, frozen=True):
    """One line of the roll. ``name`` is for who has no name of their own; ``principal`` and ``hall`` are the addresses of who is stood in
    for and of the hall in which one sits; the rest is that of ``rooms.state.Seat``."""

    email: str
    duty: Duty = "member"
    name: str = ""
    agency: str = ""
    weight: int = 1
    principal: str = ""
    hall: str = ""


class Typed(msgspec.Struct, frozen=True):
    """A line as it was typed, not yet read."""

    email: str = ""
    duty: str = ""
    name: str = ""
    agency: str = ""
    weight: str = ""
    principal: str = ""
    hall: str = ""


class Fault(NamedTuple):
    """Why a line cannot be read: its number, the column, what stands there, and a refusal."""

    line: int
    column: str
    words: str
    refused: Refused


class Change(NamedTuple):
    """What becomes of one line of the roll; ``columns`` are those that differ."""

    kind: Literal["added", "changed", "removed", "same"]
    line: Listed
    columns: tuple[str, ...] = ()


def read_line(typed: Typed) -> Listed:
    """One line by itself. Where no votes are written, who chairs, keeps the record or is a member has one, and others none.

    Raises: Refused ``bad_email``, ``bad_duty``, ``bad_weight``, ``too_long``; each names ``field``.
    """
    email, duty = _address(typed.email, "email"), _duty(typed.duty)
    return Listed(
        email=email,
        duty=duty,
        name=_in_field("name", typed.name),
        agency=clean(typed.agency, "agency", AGENCY_LIMIT, lines=False, required=False),
        weight=_weight(typed.weight, duty),
        principal=_address(typed.principal, "principal") if typed.principal.strip() else "",
        hall=_address(typed.hall, "hall") if typed.hall.strip() else "",
    )


def read_list(table: Sequence[tuple[int, Sequence[str]]]) -> tuple[list[Listed], list[Fault]]:
    """The lines of a list, and what is wrong with the others. ``table`` are its lines with their numbers."""
    columns, below = _header(table)
    found: list[Listed] = []
    faults: list[Fault] = []
    lines: dict[str, int] = {}
    for number, cells in below:
        words = [cell.strip() for cell in cells]
        alone = columns is None and all("@" in cell for cell in words if cell)
        names = tuple(COLUMNS) if columns is None else columns
        typed = [Typed(email=cell) for cell in words if cell] if alone else [Typed(**_named(names, words))]
        for one in typed:
            try:
                line = read_line(one)
                if line.email in lines:
                    raise Refused("listed_before", field="email", line=lines[line.email])
            except Refused as refused:
                column = str(refused.detail.get("field", "email"))
                faults.append(Fault(number, column, str(getattr(one, column))[:100], refused))
                continue
            lines[line.email] = number
            found.append(line)
    return found, faults


def joined(before: Sequence[Listed], listed: Sequence[Listed], *, whole: bool) -> list[Listed]:
    """The roll with a list read into it: in its place if it is the ``whole``, else what it has of people who are there changed and the
    others added at the end."""
    if whole:
        return list(listed)
    new = {line.email: line for line in listed}
    return [*(new.pop(line.email, line) for line in before), *new.values()]


def changes(before: Sequence[Listed], after: Sequence[Listed]) -> list[Change]:
    """What differs between two rolls, in the order of the new one; who is no longer on it comes last."""
    old = {line.email: line for line in before}
    found: list[Change] = []
    for line in after:
        was = old.pop(line.email, None)
        if was is None:
            found.append(Change("added", line))
            continue
        # A name in an account is not changed here, and one that is left out stays.
        named = ("name",) if line.name and not was.name else ()
        columns = tuple(name for name in COLUMNS if name in named or (name != "name" and getattr(was, name) != getattr(line, name)))
        found.append(Change("changed" if columns else "same", line, columns))
    return [*found, *(Change("removed", line) for line in old.values())]


def checked(lines: Sequence[Listed]) -> None:
    """Whether the lines can be a roll together.

    Raises: Refused ``too_many``, ``two_chairs``, ``listed_twice``, ``bad_principal``, ``bad_hall``, ``hall_votes``; each names ``field``
        and ``email``.
    """
    if len(lines) > MOST_SEATS:
        raise Refused("too_many", field="email", limit=MOST_SEATS)
    principals = {line.email for line in lines if not line.principal}
    known: set[str] = set()
    chair = ""
    for line in lines:
        if line.email in known:
            raise Refused("listed_twice", field="email", email=line.email)
        known.add(line.email)
        if line.principal and line.principal not in principals:
            raise Refused("bad_principal", field="principal", email=line.email)
        if line.duty == "chair" and chair:
            raise Refused("two_chairs", field="duty", email=line.email)
        chair = chair or (line.email if line.duty == "chair" else "")
    halls = {line.hall for line in lines if line.hall}
    for line in lines:
        if line.hall and (line.hall not in principals or line.email in halls):
            raise Refused("bad_hall", field="hall", email=line.email)
        if line.email in halls and line.weight:
            raise Refused("hall_votes", field="weight", email=line.email)


def _header(table: Sequence[tuple[int, Sequence[str]]]) -> tuple[tuple[str, ...] | None, Sequence[tuple[int, Sequence[str]]]]:
    """The columns that the first line names, if it names any, and the lines below."""
    if not table or any("@" in cell for cell in table[0][1]):
        return None, table
    names = {search_key(header): column for column, headers in COLUMNS.items() for header in headers}
    return tuple(names.get(search_key(cell.strip()), "") for cell in table[0][1]), table[1:]


def _named(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {column: cell for column, cell in zip(columns, cells, strict=False) if column}


def _address(words: str, field: str) -> str:
    try:
        return normalised_email(words)
    except Refused as refused:
        raise Refused(refused.code, field=field, email=words[:100]) from None


def _in_field(field: str, words: str) -> str:
    try:
        return display_name(words)
    except Refused as refused:
        raise Refused(refused.code, **(refused.detail | {"field": field})) from None


def _duty(words: str) -> Duty:
    key = search_key(words.strip())
    if not key:
        return "member"
    for duty, names in DUTIES.items():
        if key == duty or key in map(search_key, names):
            return duty
    raise Refused("bad_duty", field="duty")


def _weight(words: str, duty: Duty) -> int:
    words = words.strip()
    if not words:
        return int(duty in _VOTING)
    if not (words.isascii() and words.isdigit()) or len(words) > len(str(HEAVIEST)) or int(words) > HEAVIEST:
        raise Refused("bad_weight", field="weight", limit=HEAVIEST)
    return int(words)
