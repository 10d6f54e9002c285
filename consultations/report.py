"""The consolidated report of a consultation: every opinion, by its place in the draft, with what became of it (Decree 78/2025, form 10).

Built from plain values, so that the same consultation gives the same report. Nothing is counted twice and nothing is left out: each
opinion has exactly one of the four dispositions, and the four add up to the total.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec

from consultations.places import LISTING
from consultations.statute import day_of
from consultations.tree import Draft, full_label, paths
from server.kernel.ids import ContributionId, NodeId
from server.kernel.refused import Refused
from server.kernel.words import clean

Disposition = Literal["accepted", "partly_accepted", "not_accepted", "noted"]
DISPOSITIONS: tuple[Disposition, ...] = ("accepted", "partly_accepted", "not_accepted", "noted")

Kind = Literal["citizen", "business", "organisation", "agency", "civil_servant", "front"]
"""Kinds of contributor, counted apart. ``front`` is the Fatherland Front and the socio-political organisations."""
KINDS: tuple[Kind, ...] = ("citizen", "business", "organisation", "agency", "civil_servant", "front")

_LONGEST = 10**9  # no limit here: what is too long was refused when it was contributed


class Cover(msgspec.Struct, frozen=True):
    """What stands around the opinions. ``title`` is the draft's (``Nghị định về công tác văn thư``), ``period`` its first and last day.

    ``basis`` holds the laws and decrees it rests on, one each. ``number`` and ``day`` are empty until the records office gives them.
    ``authority`` (``TM. ỦY BAN NHÂN DÂN``) and ``signer`` (``CHỦ TỊCH``) stand above the signature. ``asked`` is how many of each
    kind were sent a request.
    """

    agency: str
    title: str
    period: tuple[date, date]
    signer: str
    parent_agency: str = ""
    number: int | None = None
    symbol: str = ""
    place: str = ""
    day: date | None = None
    basis: tuple[str, ...] = ()
    authority: str = ""
    signer_name: str = ""
    recipients: tuple[str, ...] = ()
    asked: Mapping[Kind, int] = {}


class Place(msgspec.Struct, frozen=True):
    """Where in the draft: ``order`` counts in reading order; ``heading`` is the điều or annex, ``label`` the exact clause or point."""

    order: int
    heading: str
    label: str


class Contributor(msgspec.Struct, frozen=True):
    """Who gave an opinion: the name they chose, their kind, and whether it was verified."""

    name: str
    kind: Kind
    verified: bool = False


class Opinion(msgspec.Struct, frozen=True):
    """One contribution with its answer. ``place`` is None for the draft as a whole; ``group`` is shared by those answered together.

    ``change`` says where the next version has what was accepted (``khoản 3 Điều 8``), ``link`` is its address. ``review`` marks social
    criticism (phản biện xã hội).
    """

    id: ContributionId
    by: Contributor
    words: str
    disposition: Disposition | None
    explanation: str = ""
    place: Place | None = None
    group: int | None = None
    change: str = ""
    link: str = ""
    review: bool = False


class Row(msgspec.Struct, frozen=True):
    """Opinions in the same words at the same place with the same answer; one contributor for each opinion."""

    place: str
    contributors: tuple[Contributor, ...]
    words: str
    disposition: Disposition
    explanation: str
    change: str
    link: str


class Topic(msgspec.Struct, frozen=True):
    """The rows of one điều or annex, or of the draft as a whole, whose heading is empty."""

    heading: str
    rows: tuple[Row, ...]


class Part(msgspec.Struct, frozen=True):
    """Opinions, or social criticism. The counts are of opinions; those of ``dispositions`` add up to their number, as do ``received``.

    ``received`` holds for each kind how many opinions came from verified contributors and how many from others.
    """

    topics: tuple[Topic, ...]
    received: Mapping[Kind, tuple[int, int]]
    dispositions: Mapping[Disposition, int]

    @property
    def total(self) -> int:
        """How many opinions."""
        return sum(self.dispositions.values())


class Report(msgspec.Struct, frozen=True):
    """Form 10. ``opinions`` and ``reviews`` (phản biện xã hội) are listed and counted apart."""

    cover: Cover
    opinions: Part
    reviews: Part

    @property
    def rows(self) -> int:
        """How many rows the tables have, headings not counted."""
        return sum(len(topic.rows) for part in (self.opinions, self.reviews) for topic in part.topics)


ERASED_NAME = "Người góp ý"
"""Stands for the name of somebody who had it erased."""


def erased_words(at: datetime) -> str:
    """What stands in the place of words that were erased at ``at`` (UTC), in Vietnam's days."""
    day = day_of(at)
    return f"(Nội dung đã được xóa theo yêu cầu của người góp ý ngày {day.day}/{day.month}/{day.year}.)"


def places(draft: Draft) -> dict[NodeId, Place]:
    """The place of every node of a draft, such as ``Điều 7. Lấy ý kiến`` and ``Điểm a khoản 2 Điều 7``."""
    found: dict[NodeId, Place] = {}
    for order, path in enumerate(paths(draft)):
        listing = next((depth for depth in range(len(path), 0, -1) if path[depth - 1].kind in LISTING), len(path))
        heading, title = _capital(full_label(path[:listing])), path[listing - 1].heading
        found[path[-1].id] = Place(order, f"{heading}. {title}" if title else heading, _capital(full_label(path)))
    return found


def build(cover: Cover, opinions: Sequence[Opinion]) -> Report:
    """The report of these opinions, in the draft's order; at one place in the order given.

    Raises:
        Refused: ``unanswered`` with ``count`` and the ids of the first ten ``contributions`` when opinions lack their disposition;
            ``unexplained``, with the same, when one that is not wholly accepted lacks the explanation that article 6 of Law
            64/2025/QH15 demands; ``counted_twice`` with ``contribution`` when one is given more than once.
    """
    ids = Counter(one.id for one in opinions)
    if twice := next((id for id, times in ids.items() if times > 1), None):
        raise Refused("counted_twice", contribution=twice)
    _refuse_any("unanswered", (one for one in opinions if one.disposition is None))
    bare = (one for one in opinions if one.disposition in ("partly_accepted", "not_accepted") and not plain(one.explanation))
    _refuse_any("unexplained", bare)
    report = Report(_plain_cover(cover), *(_part([one for one in opinions if one.review is review]) for review in (False, True)))
    listed = sum(len(row.contributors) for part in (report.opinions, report.reviews) for topic in part.topics for row in topic.rows)
    assert report.opinions.total + report.reviews.total == listed == len(opinions)
    return report


def plain(text: str) -> str:
    """``text`` without control characters and those that turn the direction of reading. Lines are kept."""
    if text.replace("\n", " ").isprintable() and unicodedata.is_normalized("NFC", text):
        return text.strip()
    return clean(text, "text", _LONGEST, required=False)


def _plain_line(text: str) -> str:
    return " ".join(plain(text).split())


def _plain_cover(cover: Cover) -> Cover:
    changed = {
        name: _plain_line(value) if isinstance(value, str) else tuple(map(_plain_line, value))
        for name in cover.__struct_fields__
        if isinstance(value := getattr(cover, name), str) or name in ("basis", "recipients")
    }
    return msgspec.structs.replace(cover, **changed)


def _refuse_any(code: str, wrong: Iterable[Opinion]) -> None:
    if ids := [one.id for one in wrong]:
        raise Refused(code, count=len(ids), contributions=ids[:10])


def _part(opinions: Sequence[Opinion]) -> Part:
    # The whole draft comes last: "Ý kiến chung".
    ordered = sorted(opinions, key=lambda one: (one.place is None, one.place.order if one.place else 0))
    merged: dict[object, Row] = {}
    topics: dict[str, list[object]] = {}
    joining: dict[object, list[Contributor]] = {}
    for one in ordered:
        heading = _plain_line(one.place.heading) if one.place else ""
        row = _row(one)
        key = (heading, one.group, row) if one.group is not None else one.id
        if key not in merged:
            merged[key] = row
            topics.setdefault(heading, []).append(key)
        joining.setdefault(key, []).append(msgspec.structs.replace(one.by, name=_plain_line(one.by.name)))
    rows = {key: msgspec.structs.replace(row, contributors=tuple(joining[key])) for key, row in merged.items()}
    verified = Counter((one.by.kind, one.by.verified) for one in opinions)
    answers = Counter(one.disposition for one in opinions)
    return Part(
        tuple(Topic(heading, tuple(rows[key] for key in keys)) for heading, keys in topics.items()),
        {kind: (verified[kind, True], verified[kind, False]) for kind in KINDS if verified[kind, True] or verified[kind, False]},
        {disposition: answers[disposition] for disposition in DISPOSITIONS},
    )


def _row(one: Opinion) -> Row:
    """An opinion as a row that does not yet say whose it is."""
    assert one.disposition is not None
    place = _plain_line(one.place.label) if one.place else ""
    return Row(place, (), plain(one.words), one.disposition, plain(one.explanation), _plain_line(one.change), _plain_line(one.link))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
