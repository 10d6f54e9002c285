"""A consultation that was held elsewhere, as its open data tell it: looked through before anybody is shown it.

What can be counted again is counted again. What cannot (who chose which answer) has only the digest of the file to vouch for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from consultations import tree
from consultations.contribution import Channel, Kind, Outcome, Side
from consultations.recount import Compared, recount
from consultations.tree import RANK, Draft, Node
from server.kernel.refused import Refused

MOST_CONTRIBUTIONS = 100_000
MOST_TOTALS = 20_000
"""Lines of totals: whoever reads the page of the record is shown them all."""
LONGEST_TEXT = 3_000_000
"""Characters of all versions of the draft together."""

# Words that people wrote were cleaned where they were taken in: signs that turn the direction of reading are none of theirs.
_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]*$"
Words = Annotated[str, Meta(max_length=100_000, pattern=_PLAIN)]
Line = Annotated[str, Meta(max_length=2_000, pattern=_PLAIN)]
Moment = Annotated[datetime, Meta(tz=True)]
Count = Annotated[int, Meta(ge=0, le=10**10)]
Number = Annotated[int, Meta(ge=1, le=2**53)]
_YEARS = range(1945, 2200)

_CODES: Mapping[str, tuple[str, ...]] = {
    "all": ("heard", "contributors", "voters", "replies"),
    "kind": get_args(Kind),
    "channel": get_args(Channel),
    "verified": ("verified", "unverified"),
    "part": ("draft", "questionnaire", "poll"),
    "outcome": get_args(Outcome),
}


class About(msgspec.Struct, frozen=True):
    """What the file says of the consultation. ``url`` is where it stood; nobody has looked whether it does."""

    url: Annotated[str, Meta(max_length=500, pattern=r"^https?://[!-~]+$")]
    agency: Line
    title: Line
    title_en: Line
    summary: Words
    phase: Literal["closed", "answered", "archived", "cancelled"]
    opens_at: Moment
    closes_at: Moment
    version: Annotated[int, Meta(ge=1, le=1_000)]
    contributions: Count
    target_people: Count | None
    licence: Literal["CC-BY-4.0"]
    totals_published: bool


class Given(msgspec.Struct, frozen=True):
    """A contribution, or an answer to one (``parent``), as a line of the file has it."""

    id: Number
    parent: Number | None
    at: Moment
    edited_at: Moment | None
    kind: Kind
    verified: bool
    channel: Channel
    source: Line
    organisation: Line | None
    version: Number
    clause: Line | None
    quote: Words
    side: Side | None
    text: Words
    suggestion: Words | None
    supports: Count
    outcome: Outcome | None
    answer: Words | None
    erased_at: Moment | None = None  # earlier exports have no such column


class Total(msgspec.Struct, frozen=True):
    """People who chose one option of one question. ``choice`` -1 is all who answered; ``place`` that of a ranking."""

    question: Number
    part: Literal["draft", "questionnaire", "poll"]
    kind: Literal["single", "several", "rank", "scale", "text"]
    version: Number | None
    clause: Line | None
    text: Words | None
    choice: Annotated[int, Meta(ge=-1, le=1_000)]
    place: Number | None
    label: Line
    people: Count


class Figure(msgspec.Struct, frozen=True):
    """One published number of each unit; None where it is withheld or not counted."""

    by: Literal["all", "kind", "channel", "verified", "part", "outcome"]
    code: str
    people: Count | None
    contributions: Count | None
    answers: Count | None


class TakenOver(msgspec.Struct, frozen=True):
    """A whole consultation as it was told elsewhere. ``texts`` are its versions by number; a list of statements has none."""

    about: About
    contributions: tuple[Given, ...]
    totals: tuple[Total, ...]
    figures: tuple[Figure, ...]
    texts: Mapping[int, Draft]


class Package(msgspec.Struct, frozen=True):
    """What is kept of one. ``contributions`` are (id, ``Given`` as JSON), in order of their ids."""

    about: About
    contributions: list[tuple[int, str]]
    totals: tuple[Total, ...]
    figures: tuple[Figure, ...]
    texts: dict[int, Draft]


def packed(found: TakenOver) -> Package:
    """The same, ready to be kept."""
    encode = msgspec.json.Encoder().encode
    lines = [(one.id, encode(one).decode()) for one in found.contributions]
    return Package(found.about, lines, found.totals, found.figures, dict(found.texts))


def examine(about: Any, tables: Mapping[str, Sequence[Mapping[str, Any]]], texts: Mapping[int, Any]) -> TakenOver:
    """The consultation that an export tells of, if it is whole and agrees with itself.

    ``tables`` are those of the export, ``texts`` the drafts as they were in JSON.

    Raises: Refused ``bad_document`` with ``not_an_export``, ``not_ended`` or ``altered`` (``what``, ``published``, ``counted``).
    """
    if isinstance(about, Mapping) and (about.get("phase") in ("announced", "open", "suspended") or not about.get("totals_published")):
        raise Refused("bad_document", reason="not_ended")
    try:
        found = TakenOver(
            about=msgspec.convert(about, About),
            contributions=tuple(msgspec.convert(tables["contributions"], list[Given])),
            totals=tuple(msgspec.convert(tables["totals"], list[Total])),
            figures=tuple(msgspec.convert(tables["numbers"], list[Figure])),
            texts={number: msgspec.convert(text, Draft) for number, text in texts.items()},
        )
        counted = recount(about, *(tables[name] for name in ("contributions", "totals", "numbers", "log")))
    except (LookupError, TypeError, ValueError):  # a column is missing, or something else stands in it
        raise _no_export() from None
    long = sum(map(_length, found.texts.values())) > LONGEST_TEXT
    if long or not (all(_is_text(text) for text in found.texts.values()) and _agrees(found)):
        raise _no_export()
    for one in counted:
        if not one.equal:
            raise _altered(one)
    return found


def _agrees(found: TakenOver) -> bool:
    """Whether all that is named is there: versions, clauses, what was answered; and every number is of a kind that is known."""
    anchors = {number: frozenset(tree.anchors(text).values()) for number, text in found.texts.items()}
    known: set[int] = set()
    for one in found.contributions:
        if one.parent is not None and one.parent not in known:
            return False
        known.add(one.id)
    ids = [one.id for one in found.contributions]
    places = [(one.version, one.clause) for one in (*found.contributions, *found.totals)]
    return (
        len(ids) <= MOST_CONTRIBUTIONS
        and len(found.totals) <= MOST_TOTALS
        and all(before < after for before, after in pairwise(ids))
        and all(1 <= number <= found.about.version for number in found.texts)
        and all(at.year in _YEARS for at in (found.about.opens_at, found.about.closes_at, *(one.at for one in found.contributions)))
        and all(clause is None or clause in anchors.get(version or 0, ()) for version, clause in places)
        and all(one.version <= found.about.version for one in found.contributions)
        and all(one.part != "draft" or (one.kind == "single" and 0 <= one.choice <= 2) for one in found.totals)
        and len({(one.question, one.choice, one.place) for one in found.totals}) == len(found.totals)
        and all(one.code in _CODES[one.by] for one in found.figures)
        and len({(one.by, one.code) for one in found.figures}) == len(found.figures)
    )


def _is_text(draft: Draft) -> bool:
    """Whether it is a tree as an import makes it: what stands in a node ranks below it, so that it is not deep; ids differ."""
    nodes = [*_within(draft.nodes, -1)]
    return (
        len({node.id for node in nodes}) == len(nodes)
        and all(RANK[child.kind] > RANK[node.kind] for node in nodes for child in node.children)
        and not any("\0" in part for part in _words(draft))
    )


def _length(draft: Draft) -> int:
    return sum(len(part) for part in _words(draft))


def _words(draft: Draft) -> Iterator[str]:
    yield draft.title
    for node in _within(draft.nodes, -1):
        yield from (tree.own_words(node), node.id, node.number or "")


def _within(nodes: Sequence[Node], above: int) -> Iterator[Node]:
    """All nodes, not going into those that rank no deeper than what they stand in."""
    for node in nodes:
        yield node
        if RANK[node.kind] > above:
            yield from _within(node.children, RANK[node.kind])


def _no_export() -> Refused:
    return Refused("bad_document", reason="not_an_export")


def _altered(one: Compared) -> Refused:
    return Refused("bad_document", reason="altered", what=one.what, published=one.published, counted=one.counted)
