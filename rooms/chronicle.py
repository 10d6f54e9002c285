"""A meeting told from its record: who was there from when to when, what was done in which order, and by which events each is known."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from rooms import approvals as a
from rooms import conclusions as k
from rooms import events as e
from rooms import motions as m
from rooms.erasures import LineErased
from rooms.record import Link, Opening, read
from rooms.state import Address, Duty, Item, Kind, Line, Seat, Side, Sitting
from rooms.voting import evolve_motion
from server.kernel.ids import ConclusionId, ItemId, LineId, MotionId, Who

AnyEntry = e.AnyEvent | m.AnyMotionEvent | k.AnyConclusionEvent | a.AnyApproval | LineErased


PERSONAL = ("name", "opinion", "words", "line/text", "document")
"""What is sealed in the record of a meeting: names, words that people wrote themselves, and the papers
that were approved."""


class Entry(msgspec.Struct, frozen=True):
    """One event of the record, with its number and its moment (UTC)."""

    number: int
    at: datetime
    event: AnyEntry


class Moment(msgspec.Struct, frozen=True):
    """When something happened, and the number of the event that says so."""

    number: int
    at: datetime


class Stay(msgspec.Struct, frozen=True):
    """Somebody inside, from when to when; ``sits`` in a hall."""

    came: Moment
    left: Moment | None = None
    sits: Sitting | None = None


class Begun(msgspec.Struct, frozen=True):
    """An item of the agenda is taken up, for the first time or again."""

    item: ItemId
    from_: Moment
    to: Moment | None = None


class Turn(msgspec.Struct, frozen=True):
    """Somebody had the floor."""

    who: Who
    kind: Kind
    side: Side | None
    from_: Moment
    to: Moment | None = None


class Presided(msgspec.Struct, frozen=True):
    """Somebody took the chair."""

    who: Who
    why: Literal["came", "taken", "given", "gone"]
    from_: Moment


class Parted(msgspec.Struct, frozen=True):
    """The meeting parted into groups, with who was in each, in the order of coming to it."""

    groups: Mapping[int, tuple[Who, ...]]
    from_: Moment
    to: Moment | None = None


class Voted(msgspec.Struct, frozen=True):
    """A motion that was put to the vote, with all that was cast on it. ``numbers`` are those of its events, ``items`` those that were under
    way when it was written and when it was opened: who may not know of one of them may not know of it."""

    motion: m.Motion
    numbers: tuple[int, ...]
    box: m.Box = m.Box()
    objections: tuple[tuple[int, Who, str], ...] = ()
    items: frozenset[ItemId] = frozenset()


class Chronicle(msgspec.Struct, frozen=True):
    """A whole meeting.

    ``course`` is in the order of beginning. What lies ``within`` an item under way is told by place in the course. ``stays`` are by
    person in the order of coming, ``letters`` the numbers of lines that were not for all, ``conclusions`` with the numbers of
    their events. ``places`` says who belongs to which group. ``last`` is the number of the last event.
    """

    title: str = ""
    started: Moment | None = None
    ended: Moment | None = None
    roll: tuple[Seat, ...] = ()
    listed: int | None = None
    names: Mapping[Who, str] = {}
    stays: Mapping[Who, tuple[Stay, ...]] = {}
    attended: Mapping[Who, Moment] = {}
    agenda: Mapping[ItemId, Item] = {}
    course: tuple[Begun | Turn | Presided | Parted | Voted, ...] = ()
    within: Mapping[int, ItemId] = {}
    item: ItemId | None = None
    conclusions: Mapping[ConclusionId, tuple[k.Conclusion, tuple[int, ...]]] = {}
    drafts: Mapping[MotionId, Voted] = {}
    letters: frozenset[int] = frozenset()
    places: Mapping[Who, int] = {}
    approvals: tuple[a.AnyApproval, ...] = ()
    last: int = 0


def read_log(links: Iterable[Link], openings: Collection[Opening]) -> list[Entry]:
    """The events of a record that was checked. Names and words that were erased are empty.

    Raises: ValueError for an opening that does not fit.
    """
    beside: dict[int, list[Opening]] = {}
    for one in openings:
        beside.setdefault(one.number, []).append(one)
    return [Entry(link.number, link.at, msgspec.convert(read(link, beside.get(link.number, ())), AnyEntry)) for link in links]


def on_record(event: e.AnyEvent) -> e.AnyEvent | None:
    """An event as it goes on record: of a line that is not for all not to whom it is, and nothing where the room does not keep it."""
    if not isinstance(event, e.Said) or event.line.readers is None:
        return event
    return e.Said(replace(event.line, to=None, readers=())) if event.line.kept else None


def chronicle(log: Iterable[Entry]) -> Chronicle:
    """What the record of one meeting tells. Events that no minutes are made of, such as hands and the chat, only count as numbers."""
    told = Chronicle()
    for entry in log:
        told = replace(_told(told, entry), last=entry.number)
    return told


def may_know(told: Chronicle, item: ItemId | None, who: Who | None) -> bool:
    """Whether somebody may know of an item: all of one without readers; else these, and who stands on the roll as a substitute of one."""
    readers = None if item is None or item not in told.agenda else told.agenda[item].plan.readers
    if readers is None or who in readers:
        return True
    return any(seat.who == who and seat.principal in readers for seat in told.roll)


def kept_apart(told: Chronicle, who: Who | None) -> frozenset[int]:
    """The numbers of what happened while an item was under way of which this one may not know, and of its conclusions and motions; and
    of what was not written to all."""
    spans = [what for what in told.course if isinstance(what, Begun) and not may_know(told, what.item, who)]
    found = {number for one in spans for number in range(one.from_.number + 1, one.to.number if one.to is not None else told.last + 1)}
    for conclusion, numbers in told.conclusions.values():
        found |= set() if may_know(told, conclusion.item, who) else {*numbers}
    for motion in told.drafts.values():
        found |= set() if all(may_know(told, item, who) for item in motion.items) else {*motion.numbers}
    return told.letters | found


def took_part(log: Sequence[Entry], who: Who) -> bool:
    """Whether somebody came inside a meeting that is over, and was not removed from it since."""
    last = next((one.event for one in reversed(log) if isinstance(one.event, e.Entered | e.Removed) and one.event.who == who), None)
    return isinstance(last, e.Entered) and any(isinstance(one.event, e.Ended) for one in reversed(log))


def lines_for(log: Iterable[Entry], told: Chronicle, who: Who, letters: Mapping[LineId, Address]) -> list[tuple[int, Line]]:
    """What somebody may read of the chat, each line with the number of its event: what was written to all, and of the rest their own
    ``letters``, which they wrote or which were to them, with the address that the record does not tell."""
    apart = kept_apart(told, who) - told.letters
    found = [(entry.number, entry.event.line) for entry in log if isinstance(entry.event, e.Said) and entry.number not in apart]
    return [
        (number, line if line.readers is None else replace(line, to=letters[line.id]))
        for number, line in found
        if line.readers is None or line.id in letters
    ]


def prepares(told: Chronicle, who: Who, host: bool) -> bool:
    """Whether somebody writes conclusions and minutes: chair, deputies and secretaries, who presided last; hosts, where the roll names no
    chair. To preside because the others were gone counts only until the end: it falls to whoever stays last."""
    return _leads(told, who, host, "chair", "deputy", "secretary")


def approves(told: Chronicle, who: Who, host: bool) -> bool:
    """Whether somebody approves minutes and notices: the chair, and who presided last; hosts, where the roll names no chair. Not who only
    presided because the others were gone."""
    return _leads(told, who, host, "chair")


def _leads(told: Chronicle, who: Who, host: bool, *duties: Duty) -> bool:
    own = [seat for seat in told.roll if seat.principal is None]
    presided = (what.who for what in told.course[::-1] if isinstance(what, Presided) and (told.ended is None or what.why != "gone"))
    if who in {seat.who for seat in own if seat.duty in duties} or next(presided, None) == who:
        return True
    return host and not any(seat.duty == "chair" for seat in own)


def _told(told: Chronicle, entry: Entry) -> Chronicle:
    event, moment = entry.event, Moment(entry.number, entry.at)
    match event:
        case e.Started():
            agenda = {item.id: item for item in event.agenda}
            return Chronicle(event.title, moment, roll=event.roll, listed=entry.number, names=_named(event.roll), agenda=agenda)
        case e.Configured():
            return replace(told, title=event.title)
        case e.RollSet():
            return replace(told, roll=event.roll, listed=entry.number, names={**told.names, **_named(event.roll)})
        case e.Entered():
            told = replace(told, names={**told.names, event.who: event.name})
            return _together(_here(told, event.who, moment, event.sits))
        case e.GroupsPlanned():
            return replace(told, places=event.places)
        case e.PutInGroup():
            return _together(replace(told, places={**told.places, event.who: event.group}))
        case e.GroupsOpened():
            return _together(_happened(told, Parted({}, moment)))
        case e.GroupsClosed():
            return _finished(told, moment, Parted)
        case e.Moved():
            return _moved(told, event, moment)
        case e.LetBack():
            for who in event.whom:
                told = _here(told, who, moment, told.stays[who][-1].sits if who in told.stays else None)
            return _together(told)
        case e.SentOut():
            return _gone(told, event.whom, moment)
        case e.Left() | e.Removed():
            return _gone(told, [event.who], moment)
        case e.Attended():
            return replace(told, attended={event.who: moment} | dict(told.attended))
        case e.ChairPassed():
            return _happened(told, Presided(event.to, event.why, moment))
        case e.ItemAdded() | e.ItemEdited():
            item = told.agenda.get(event.id, Item(event.id, event.plan))
            return replace(told, agenda={**told.agenda, event.id: replace(item, plan=event.plan)})
        case e.ItemBegun():
            return _happened(replace(_finished(told, moment, Begun), item=event.id), Begun(event.id, moment))
        case e.ItemEnded():
            return replace(_finished(told, moment, Begun), item=None)
        case e.FloorGiven():
            return _happened(told, Turn(event.to, event.kind, event.side, moment))
        case e.FloorEnded():
            return _finished(told, moment, Turn)
        case e.Ended():
            told = _gone(told, told.stays, moment)
            told = _finished(_finished(told, moment, Turn), moment, Parted)
            return replace(_finished(told, moment, Begun), ended=moment)
        case e.Said() if event.line.readers is not None:
            return replace(told, letters=told.letters | {entry.number})
        case k.Concluded():
            _, numbers = told.conclusions.get(event.conclusion.id, (event.conclusion, ()))
            return replace(told, conclusions={**told.conclusions, event.conclusion.id: (event.conclusion, (*numbers, entry.number))})
        case k.ConclusionStruck():
            return replace(told, conclusions={id: one for id, one in told.conclusions.items() if id != event.conclusion})
        case a.Approved() | a.Reopened():
            return replace(told, approvals=(*told.approvals, event))
        case m.MotionEvent():
            return _voted(told, event, entry.number)
        case _:
            return told


def _named(roll: tuple[Seat, ...]) -> dict[Who, str]:
    return {seat.who: seat.name for seat in roll if seat.name}


def _together(told: Chronicle) -> Chronicle:
    """While groups meet, who is inside is in theirs."""
    found = next((place for place, what in enumerate(told.course) if isinstance(what, Parted) and what.to is None), None)
    if found is None:
        return told
    parted = told.course[found]
    assert isinstance(parted, Parted)
    groups = dict(parted.groups)
    for who, group in told.places.items():
        stays = told.stays.get(who)
        if group and stays and stays[-1].left is None and who not in groups.get(group, ()):
            groups[group] = (*groups.get(group, ()), who)
    course = (*told.course[:found], replace(parted, groups=groups), *told.course[found + 1 :])
    return replace(told, course=course)


def _happened(told: Chronicle, what: Begun | Turn | Presided | Parted | Voted) -> Chronicle:
    place = len(told.course)
    within = told.within if told.item is None or isinstance(what, Begun) else {**told.within, place: told.item}
    return replace(told, course=(*told.course, what), within=within)


def _finished(told: Chronicle, moment: Moment, kind: type[Begun | Turn | Parted]) -> Chronicle:
    """The last of its kind, if it goes on, is over."""
    for place in range(len(told.course) - 1, -1, -1):
        what = told.course[place]
        if isinstance(what, Begun | Turn | Parted) and isinstance(what, kind):
            course = (*told.course[:place], replace(what, to=moment), *told.course[place + 1 :])
            return replace(told, course=course) if what.to is None else told
    return told


def _here(told: Chronicle, who: Who, moment: Moment, sits: Sitting | None) -> Chronicle:
    return replace(told, stays={**told.stays, who: (*told.stays.get(who, ()), Stay(moment, sits=sits))})


def _moved(told: Chronicle, event: e.Moved, moment: Moment) -> Chronicle:
    """Who goes to a hall, or from it to a page elsewhere, is here from then on in another way."""
    stays = told.stays.get(event.who)
    if not stays or stays[-1].left is not None or stays[-1].sits == event.sits:
        return told
    return _here(_gone(told, [event.who], moment), event.who, moment, event.sits)


def _gone(told: Chronicle, whom: Iterable[Who], moment: Moment) -> Chronicle:
    """These are not inside any more. Who only waited was never inside."""
    inside = {who: stays for who in whom if (stays := told.stays.get(who)) and stays[-1].left is None}
    left = {who: (*stays[:-1], replace(stays[-1], left=moment)) for who, stays in inside.items()}
    return replace(told, stays={**told.stays, **left})


def _voted(told: Chronicle, event: m.AnyMotionEvent, number: int) -> Chronicle:
    """A motion is part of the course from its opening on."""
    before = told.drafts.get(event.motion)
    motion = evolve_motion(None if before is None else before.motion, event)
    if motion is None:
        return told
    one = Voted(motion, (number,)) if before is None else replace(before, motion=motion, numbers=(*before.numbers, number))
    if isinstance(event, m.MotionDrafted | m.MotionOpened) and told.item is not None:
        one = replace(one, items=one.items | {told.item})
    if isinstance(event, m.MotionCounted):
        one = replace(one, box=event.box)
    if isinstance(event, m.Objected):
        one = replace(one, objections=(*one.objections, (number, event.who, event.words)))
    told = replace(told, drafts={**told.drafts, event.motion: one})
    if isinstance(event, m.MotionOpened):
        return _happened(told, one)
    course = tuple(one if isinstance(what, Voted) and what.motion.id == event.motion else what for what in told.course)
    return replace(told, course=course)
