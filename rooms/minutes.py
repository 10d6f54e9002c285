"""Minutes (biên bản) and the notice of conclusions (thông báo kết luận), drafted from the record of a meeting.

They are Vietnamese official documents and have no other language: Decree 30/2020, annexes I and III (forms 1.4 and 1.9). Here they are
trees of sentences; how they look on paper is the business of who prints them. Each sentence carries the numbers of the events that say so.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import msgspec
from msgspec.structs import replace

from rooms import minutes_words as words
from rooms.approvals import Kind as Kind
from rooms.attendance import attendance, delegates
from rooms.chronicle import Begun, Chronicle, Entry, Parted, Presided, Turn, Voted, chronicle, may_know
from rooms.tally import break_tie, result
from server.kernel.ids import ItemId, MotionId, Who
from server.kernel.refused import Refused
from server.kernel.words import clean

SENTENCE_LIMIT = 10_000


class Attached(msgspec.Struct, frozen=True):
    """The files to the opinion of ``member`` on a motion, by their ``names``, in the order in which they came. They stand from the close
    of the vote on."""

    motion: MotionId
    member: Who
    names: tuple[str, ...]


class Cover(msgspec.Struct, frozen=True):
    """What the record does not say. ``number`` and ``day`` are empty until the records office gives them; ``venue`` is where one met,
    empty for online only; ``authority`` (``TM. ỦY BAN NHÂN DÂN``) and ``signer`` (``CHỦ TỊCH``) stand above the signature of the notice.
    ``names`` are those on the invitation list. ``whole`` tells also of items that not everybody inside might know of, and ``reader`` of
    those of which this one may know. ``files`` belong to opinions on motions; the document keeps those of which it may tell."""

    agency: str
    parent_agency: str = ""
    number: int | None = None
    symbol: str = ""
    place: str = ""
    day: date | None = None
    venue: str = ""
    authority: str = ""
    signer: str = ""
    recipients: tuple[str, ...] = ()
    names: Mapping[Who, str] = {}
    whole: bool = False
    reader: Who | None = None
    files: tuple[Attached, ...] = ()


class Sentence(msgspec.Struct, frozen=True):
    """``events`` are the numbers of those that say so. What the secretary wrote has what was ``drafted``, empty if there was nothing; one
    that was struck out is empty itself."""

    key: str
    text: str
    events: tuple[int, ...]
    drafted: str | None = None


class Part(msgspec.Struct, frozen=True):
    """A heading, which may be empty, with what stands under it."""

    heading: str
    sentences: tuple[Sentence, ...]


class Signature(msgspec.Struct, frozen=True):
    """Who signs: as what, and the name."""

    title: str
    name: str


class Document(msgspec.Struct, frozen=True):
    """Minutes or a notice. ``through`` is the number of the last event of the record and ``digest`` that of its link."""

    kind: Kind
    cover: Cover
    title: str
    subject: str
    parts: tuple[Part, ...]
    signatures: tuple[Signature, ...]
    through: int
    digest: str


class Edit(msgspec.Struct, frozen=True):
    """The secretary writes another sentence in the place of one, an empty one to strike it out, or a new one ``after`` another."""

    key: str
    text: str
    after: str = ""


class Difference(msgspec.Struct, frozen=True):
    """Where minutes and record disagree: a sentence says (or was drafted from) something else than the record, is missing, or has nothing
    in the record; the secretary changed its numbers; or the votes, counted again, do not give the result on record."""

    key: str
    wrong: Literal["differs", "missing", "unfounded", "numbers", "miscounted"]
    recorded: str
    found: str


def draft(kind: Kind, log: Iterable[Entry], cover: Cover, digest: str) -> Document:
    """Minutes or a notice of the meeting whose record this is; ``digest`` is that of its last link."""
    told = chronicle(log)
    cover = replace(cover, files=tuple(_files(told, cover)))
    minutes = kind == "minutes"
    leader = words.name_of(told, cover.names, next(iter(_chairs(told)), None))
    secretary = words.name_of(told, cover.names, next((seat.who for seat in told.roll if seat.duty == "secretary"), None))
    signatures = (Signature("THƯ KÝ", secretary), Signature("CHỦ TỌA", leader)) if minutes else (_signer(cover, leader),)
    parts = _minutes(told, cover, digest) if minutes else _notice(told, cover, leader)
    subject = told.title if minutes else f"Kết luận của {leader} tại {words.inner(told.title)}"
    title = "BIÊN BẢN" if minutes else "THÔNG BÁO"
    return Document(kind, cover, title, subject, tuple(parts), signatures, told.last, digest)


def revise(document: Document, edits: Iterable[Edit]) -> Document:
    """The document after what the secretary wrote, marked as such. What becomes again as it was drafted is not marked.

    Raises: Refused ``not_found`` for an unknown sentence, ``already`` for a new one with a key in use, ``too_long``.
    """
    for edit in edits:
        text = clean(edit.text, "text", SENTENCE_LIMIT, required=False)
        place = edit.after or edit.key
        keys = [sentence.key for part in document.parts for sentence in part.sentences]
        if place not in keys:
            raise Refused("not_found")
        if edit.after and edit.key in keys:
            raise Refused("already")
        parts = []
        for part in document.parts:
            sentences: list[Sentence] = []
            for one in part.sentences:
                sentences.append(_written(one, text) if one.key == edit.key else one)
                if one.key == edit.after:
                    sentences.append(Sentence(edit.key, text, (), ""))
            parts.append(replace(part, sentences=tuple(sentences)))
        document = replace(document, parts=tuple(parts))
    return document


def reconcile(document: Document, log: Iterable[Entry]) -> list[Difference]:
    """Where the document and the record disagree. What the secretary wrote may differ in words, but not in its numbers and their order; of
    what came of a vote, and of who voted what, not in a word."""
    entries = [entry for entry in log if entry.number <= document.through]
    again = draft(document.kind, entries, document.cover, document.digest)
    recorded = {one.key: one for part in again.parts for one in part.sentences}
    found = {one.key: one for part in document.parts for one in part.sentences}
    differences: list[Difference] = []
    for key, one in found.items():
        says = recorded.get(key)
        if says is None:
            if one.drafted != "" or one.events:
                differences.append(Difference(key, "unfounded", "", one.text))
        elif (one.text if one.drafted is None else one.drafted, one.events) != (says.text, says.events):
            differences.append(Difference(key, "differs", says.text, one.text))
        elif one.text and _numbers(one.text) != _numbers(says.text):
            differences.append(Difference(key, "numbers", says.text, one.text))
        elif one.text and one.text != says.text and key.startswith("motion/") and key.endswith(("/result", "/votes")):
            differences.append(Difference(key, "differs", says.text, one.text))
    differences += [Difference(key, "missing", one.text, "") for key, one in recorded.items() if key not in found]
    return differences + _miscounted(chronicle(entries))


def _written(one: Sentence, text: str) -> Sentence:
    drafted = one.text if one.drafted is None else one.drafted
    return replace(one, text=text, drafted=None if text == drafted and one.events else drafted)


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def _miscounted(told: Chronicle) -> list[Difference]:
    found = []
    for one in told.drafts.values():
        recorded = one.motion.result
        if recorded is None:
            continue
        again = result(one.motion, one.box)
        if again.outcome == "tied" and recorded.casting is not None:
            again = break_tie(again, recorded.casting)
        if again != recorded:
            found.append(Difference(f"motion/{one.motion.id}/result", "miscounted", words.result_line(recorded), words.result_line(again)))
    return found


# --- minutes -------------------------------------------------------------------------------------------------------------


def _minutes(told: Chronicle, cover: Cover, digest: str) -> Iterable[Part]:
    if told.started is not None:
        began = (told.started.number,)
        time = Sentence("started", f"Thời gian bắt đầu: {words.moment(told.started.at)}.", began)
        yield Part("", (time, Sentence("venue", f"Địa điểm: {cover.venue or 'họp trực tuyến'}.", began)))
    yield Part("Thành phần tham dự", tuple(Sentence(*one) for one in attendance(told, cover.names)))
    yield Part("", tuple(_leaders(told, cover)))
    yield Part("Nội dung (theo diễn biến cuộc họp)", ())
    yield from _course(told, cover)
    if told.conclusions:
        yield Part("Kết luận của người chủ trì", tuple(_conclusions(told, cover)))
    closing = [Sentence("record", f"Biên bản được lập từ nhật ký cuộc họp gồm {told.last} sự kiện, mã kiểm tra {digest}.", (told.last,))]
    if told.ended is not None:
        closing.append(Sentence("ended", f"Cuộc họp kết thúc vào {words.moment(told.ended.at)}./.", (told.ended.number,)))
    yield Part("", tuple(closing))


def _chairs(told: Chronicle) -> Mapping[Who, tuple[int, ...]]:
    """Who presided, in order, and by which events; without any, who should have by the roll."""
    found: dict[Who, tuple[int, ...]] = {}
    for what in told.course:
        if isinstance(what, Presided):
            found[what.who] = (*found.get(what.who, ()), what.from_.number)
    listed = () if told.listed is None else (told.listed,)
    return found or {seat.who: listed for seat in told.roll if seat.duty == "chair" and seat.principal is None}


def _leaders(told: Chronicle, cover: Cover) -> Iterable[Sentence]:
    chairs = _chairs(told)
    names = ", ".join(words.name_of(told, cover.names, who) for who in chairs)
    yield Sentence(
        "chairs", f"Chủ trì (chủ tọa): {names or words.BLANK}.", tuple(sorted(n for numbers in chairs.values() for n in numbers))
    )
    secretaries = [seat.who for seat in told.roll if seat.duty == "secretary" and seat.principal is None]
    names = ", ".join(words.name_of(told, cover.names, who) for who in secretaries)
    listed = (told.listed,) if secretaries and told.listed is not None else ()
    yield Sentence("secretaries", f"Thư ký (người ghi biên bản): {names or words.BLANK}.", listed)


def _course(told: Chronicle, cover: Cover) -> Iterable[Part]:
    """A part for each time an item was under way, and one for what happened in between."""
    heading, sentences, under = "", list[Sentence](), None
    order = {item: place for place, item in enumerate(dict.fromkeys(what.item for what in told.course if isinstance(what, Begun)), start=1)}
    taken_up: set[ItemId] = set()
    for place, what in enumerate(told.course):
        item = what.item if isinstance(what, Begun) else told.within.get(place)
        if isinstance(what, Begun) or item != under:
            if heading or sentences:
                yield Part(heading, tuple(sentences))
            heading, sentences, under = "", [], item
        shown = _may_be_told(told, cover, item)
        if isinstance(what, Begun):
            title = told.agenda[what.item].plan.title if shown and what.item in told.agenda else "Nội dung có người dự riêng"
            heading = f"{order[what.item]}. {title}{' (tiếp theo)' if what.item in taken_up else ''}"
            numbers = tuple(one.number for one in (what.from_, what.to) if one is not None)
            # What is written in the one version has no place in the other, for it may speak of the item.
            key = f"{'item' if shown else 'apart'}/{what.from_.number}"
            sentences = [Sentence(key, f"Thời gian: {words.span(what.from_, what.to)}.", numbers)]
            taken_up.add(what.item)
        elif shown and _may_be_told(told, cover, *(what.items if isinstance(what, Voted) else ())):
            sentences += _happening(told, cover, what)
    if heading or sentences:
        yield Part(heading, tuple(sentences))


def _happening(told: Chronicle, cover: Cover, what: Turn | Presided | Parted | Voted) -> Iterable[Sentence]:
    match what:
        case Turn():
            numbers = tuple(one.number for one in (what.from_, what.to) if one is not None)
            yield Sentence(f"turn/{what.from_.number}", words.turn(told, cover.names, what), numbers)
        case Parted():
            numbers = tuple(one.number for one in (what.from_, what.to) if one is not None)
            yield Sentence(f"groups/{what.from_.number}", words.parted(told, cover.names, what), numbers)
        case Presided():
            yield Sentence(f"chair/{what.from_.number}", words.presided(told, cover.names, what), (what.from_.number,))
        case Voted():
            files = {one.member: one.names for one in cover.files if one.motion == what.motion.id}
            for name, text, numbers in words.voted(told, cover.names, what, files):
                yield Sentence(f"motion/{what.motion.id}/{name}", text, numbers)


def _conclusions(told: Chronicle, cover: Cover) -> Iterable[Sentence]:
    shown = [one for one in told.conclusions.values() if _may_be_told(told, cover, one[0].item)]
    for place, (one, numbers) in enumerate(shown, start=1):
        yield Sentence(f"conclusion/{one.id}", f"{place}. {words.conclusion(one)}", numbers)


def _files(told: Chronicle, cover: Cover) -> Iterable[Attached]:
    """Those to opinions of which this document may tell: on motions that were counted, and by name."""
    for one in cover.files:
        voted = told.drafts.get(one.motion)
        if voted is not None and voted.box.ballots and _may_be_told(told, cover, *voted.items):
            yield one


def _may_be_told(told: Chronicle, cover: Cover, *items: ItemId | None) -> bool:
    return cover.whole or all(may_know(told, item, cover.reader) for item in items)


# --- the notice ----------------------------------------------------------------------------------------------------------


def _notice(told: Chronicle, cover: Cover, leader: str) -> Iterable[Part]:
    meeting = words.inner(told.title)
    came = {stays[0].came.number for stays in told.stays.values()}
    if told.started is not None:
        when = words.day(told.started.at).capitalize()
        opening = f"{when}, {leader} đã chủ trì {meeting}. Tham dự có {len(delegates(told))} đại biểu."
        yield Part("", (Sentence("opening", opening, tuple(sorted({told.started.number, *came}))),))
    conclusions = tuple(_conclusions(told, cover))
    if conclusions:
        concluding = f"Sau khi nghe ý kiến của các đại biểu dự họp, {leader} kết luận như sau:"
        numbers = tuple(sorted(number for one in conclusions for number in one.events))
        yield Part("", (Sentence("concluding", concluding, numbers), *conclusions))
    decided = [
        what
        for what in told.course
        if isinstance(what, Voted) and what.motion.phase == "announced" and _may_be_told(told, cover, *what.items)
    ]
    if decided:
        yield Part("Các nội dung đã biểu quyết", tuple(_decided(one) for one in decided))
    closing = f"Trên đây là kết luận của {leader} tại {meeting}, {cover.agency} thông báo để các cơ quan, đơn vị, cá nhân liên quan biết, "
    yield Part("", (Sentence("closing", f"{closing}thực hiện./.", (told.last,)),))


def _decided(one: Voted) -> Sentence:
    assert one.motion.result is not None
    text = f"“{one.motion.text}”: {words.result_line(one.motion.result)}."
    return Sentence(f"motion/{one.motion.id}/result", text, one.numbers)


def _signer(cover: Cover, leader: str) -> Signature:
    title = "\n".join(line.upper() for line in (cover.authority, cover.signer) if line)
    return Signature(title or "CHỦ TỌA", leader)
