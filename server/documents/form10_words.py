"""The words of form 10, the same in every format: what stands where, in plain text.

The form is a Vietnamese official document (Decree 78/2025, form 10; layout: Decree 30/2020, annex I), so it has no other language.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from consultations.report import DISPOSITIONS, KINDS, Contributor, Disposition, Kind, Part, Report, Row

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
TITLE = ("BẢN TỔNG HỢP Ý KIẾN, TIẾP THU, GIẢI TRÌNH", "Ý KIẾN GÓP Ý, PHẢN BIỆN XÃ HỘI")
COLUMNS = ("NHÓM VẤN ĐỀ/ĐIỀU/KHOẢN", "CHỦ THỂ GÓP Ý", "NỘI DUNG GÓP Ý", "NỘI DUNG TIẾP THU, GIẢI TRÌNH")
RESULTS = "2. Kết quả cụ thể như sau:"
WHOLE_DRAFT = "Ý kiến chung"
OPINIONS, REVIEWS = "A. Ý KIẾN GÓP Ý", "B. PHẢN BIỆN XÃ HỘI"

ANSWERS: Mapping[Disposition, str] = {
    "accepted": "Tiếp thu",
    "partly_accepted": "Tiếp thu một phần",
    "not_accepted": "Không tiếp thu, giải trình",
    "noted": "Ghi nhận",
}
CONTRIBUTORS: Mapping[Kind, str] = {
    "citizen": "Người dân",
    "business": "Doanh nghiệp",
    "organisation": "Tổ chức",
    "agency": "Cơ quan nhà nước",
    "civil_servant": "Cán bộ, công chức, viên chức",
    "front": "Mặt trận Tổ quốc Việt Nam, tổ chức chính trị - xã hội",
}

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")  # RFC 3986; Word opens no file that leads elsewhere
_DASH = "–"
_SPACE = "\u00a0" * 8  # for the records office to write the number by hand
_FOUNDED_ON = "Căn cứ "


class Count(msgspec.Struct, frozen=True):
    """A small table: ``heads`` above, ``rows`` with a name and its figures, the last of which is the sum."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Heading(msgspec.Struct, frozen=True):
    """A row over all four columns: level 1 a part, level 2 a điều."""

    text: str
    level: int


class Cells(msgspec.Struct, frozen=True):
    """A row of the great table, a paragraph a line. The first line of ``answer`` is the disposition.

    ``change`` says where the next version has what was accepted; ``link``, an http address or empty, leads there.
    """

    place: str
    who: tuple[str, ...]
    words: tuple[str, ...]
    answer: tuple[str, ...]
    change: str
    link: str


class Front(msgspec.Struct, frozen=True):
    """All above the great table, and what stands below it."""

    parent_agency: str
    agency: str
    number: str
    place_and_day: str
    subject: str
    basis: tuple[str, ...]
    opening: str
    asked: str
    counts: tuple[Count, ...]
    recipients: tuple[str, ...]
    authority: str
    signer: str
    signer_name: str


def front(report: Report) -> Front:
    """The words around the table."""
    cover = report.cover
    basis = [_FOUNDED_ON + words.rstrip(" ;.").removeprefix(_FOUNDED_ON) for words in cover.basis if words.strip(" ;.")]
    opens, closes = (_numbers(day) for day in cover.period)
    return Front(
        parent_agency=cover.parent_agency.upper(),
        agency=cover.agency.upper(),
        number=f"Số: {_SPACE if cover.number is None else f'{cover.number:02}'}{'/' if cover.symbol else ''}{cover.symbol}",
        place_and_day=f"{cover.place or '…………'}, {_in_words(cover.day)}",
        subject=f"đối với dự thảo {cover.title}",
        basis=tuple(f"{words}{'.' if place == len(basis) - 1 else ';'}" for place, words in enumerate(basis)),
        opening=(
            f"{cover.agency} đã tổ chức lấy ý kiến đối với dự thảo {cover.title} từ ngày {opens} đến ngày {closes}. "
            "Kết quả tổng hợp, tiếp thu, giải trình như sau:"
        ),
        asked=_asked(report),
        counts=(_received(report), _answered(report)),
        recipients=cover.recipients,
        authority=cover.authority.upper(),
        signer=cover.signer.upper(),
        signer_name=cover.signer_name,
    )


def table(report: Report) -> Iterator[Heading | Cells]:
    """The rows of the great table."""
    for part, title in ((report.opinions, OPINIONS), (report.reviews, REVIEWS)):
        if part.total:
            yield Heading(f"{title} ({number(part.total)} ý kiến)", 1)
        for topic in part.topics:
            count = sum(len(row.contributors) for row in topic.rows)
            yield Heading(f"{topic.heading or WHOLE_DRAFT} ({number(count)} ý kiến)", 2)
            for row in topic.rows:
                yield _cells(row)


def number(count: int) -> str:
    """A count as Vietnamese write it: ``10.000``."""
    return f"{count:,}".replace(",", ".")


def _cells(row: Row) -> Cells:
    change = f"Thể hiện tại {row.change} của dự thảo tiếp theo." if row.change else "Xem dự thảo tiếp theo." if row.link else ""
    return Cells(
        place=row.place or WHOLE_DRAFT,
        who=tuple(_who(row.contributors)),
        words=_lines(row.words),
        answer=(f"{ANSWERS[row.disposition]}.", *_lines(row.explanation)),
        change=change,
        link=row.link if _ADDRESS.fullmatch(row.link) else "",
    )


def _who(contributors: Sequence[Contributor]) -> Iterator[str]:
    if len(contributors) > 1:
        yield f"{number(len(contributors))} ý kiến giống nhau:"
    for kind in KINDS:
        names = [f"{one.name or _DASH}{'' if one.verified else ' (chưa xác thực)'}" for one in contributors if one.kind == kind]
        if names:
            counted = f" ({number(len(names))})" if len(contributors) > 1 else ""
            yield f"{CONTRIBUTORS[kind]}{counted}: {'; '.join(names)}"


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.split("\n") if line.strip())


def _asked(report: Report) -> str:
    sent = sum(report.cover.asked.values())
    who = f"{number(sent)} cơ quan, tổ chức, cá nhân" if sent else "không có; dự thảo được đăng tải công khai để mọi người góp ý"
    reviews = f"; {number(report.reviews.total)} ý kiến phản biện xã hội" if report.reviews.total else ""
    return (
        f"1. Tổng số cơ quan, tổ chức, cá nhân đã gửi xin ý kiến góp ý, phản biện xã hội: {who}. "
        f"Tổng số ý kiến nhận được: {number(report.opinions.total)} ý kiến góp ý{reviews}. "
        "Mỗi ý kiến là một lần góp ý của một chủ thể về một nội dung; một chủ thể có thể có nhiều ý kiến."
    )


def _received(report: Report) -> Count:
    rows = []
    for kind in KINDS:
        verified, others = report.opinions.received.get(kind, (0, 0))
        reviews = sum(report.reviews.received.get(kind, (0, 0)))
        figures = (report.cover.asked.get(kind, 0), verified, others, reviews)
        if any(figures):
            rows.append((CONTRIBUTORS[kind], figures))
    sums = tuple(sum(figures[column] for _, figures in rows) for column in range(4))
    return Count(
        "Ý kiến nhận được theo chủ thể góp ý",
        (
            "Chủ thể góp ý", "Đã gửi xin ý kiến (cơ quan, tổ chức, cá nhân)", "Ý kiến góp ý của chủ thể đã xác thực (ý kiến)",
            "Ý kiến góp ý của chủ thể chưa xác thực (ý kiến)", "Ý kiến phản biện xã hội (ý kiến)",
        ),
        tuple((name, *map(number, figures)) for name, figures in [*rows, ("Tổng số", sums)]),
    )  # fmt: skip


def _answered(report: Report) -> Count:
    parts: tuple[tuple[str, Part], ...] = (("Ý kiến góp ý", report.opinions), ("Ý kiến phản biện xã hội", report.reviews))
    rows = [(name, [*(part.dispositions[one] for one in DISPOSITIONS), part.total]) for name, part in parts]
    return Count(
        "Kết quả tiếp thu, giải trình (đơn vị tính: ý kiến)",
        ("Loại ý kiến", *(ANSWERS[one] for one in DISPOSITIONS), "Tổng số"),
        tuple((name, *map(number, figures)) for name, figures in rows),
    )


def _numbers(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"


def _in_words(day: date | None) -> str:
    """The day as Decree 30/2020 writes it: days below 10 and the months 1 and 2 have a zero before them."""
    if day is None:
        return "ngày … tháng … năm …"
    return f"ngày {day.day:02} tháng {f'{day.month:02}' if day.month < 3 else day.month} năm {day.year}"
