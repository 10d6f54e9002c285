"""Who was there, as minutes tell it: each delegate from when to when and from where, and the halls, which are no delegates."""

from collections.abc import Iterable, Mapping

from rooms import minutes_words as words
from rooms.chronicle import Chronicle, Stay
from rooms.state import Seat
from server.kernel.ids import Who

Names = Mapping[Who, str]


def halls(told: Chronicle) -> frozenset[Who]:
    """The endpoints that stand for halls."""
    listed = {seat.hall for seat in told.roll if seat.hall is not None}
    return frozenset(listed | {stay.sits.hall for stays in told.stays.values() for stay in stays if stay.sits is not None})


def delegates(told: Chronicle) -> list[Who]:
    """Those who came, in the order of coming; of a hall those who sat in it, and not the hall."""
    return [who for who in told.stays if who not in halls(told)]


def attendance(told: Chronicle, names: Names) -> Iterable[tuple[str, str, tuple[int, ...]]]:
    """A key, the words and the numbers of the events, for each who came, each hall, and each who did not come."""
    seats, apart = {seat.who: seat for seat in told.roll}, halls(told)
    come = [*(who for who in seats if who in told.stays), *(who for who in told.stays if who not in seats)]
    for who in (who for who in come if who not in apart):
        stays = told.stays[who]
        events = _numbers(told, stays, who in seats)
        if who in told.attended:
            events.append(told.attended[who].number)
        pressed = "" if who in told.attended or who not in seats else ", không bấm xác nhận có mặt"
        text = f"{_person(told, names, who, seats.get(who))}: dự họp {'; '.join(_stay(told, names, one) for one in stays)}{pressed}."
        yield f"attendance/{who}", text, tuple(sorted(set(events)))
    for who in (who for who in come if who in apart):
        stays = told.stays[who]
        text = f"{_hall(told, names, who, capital=True)}: kết nối {'; '.join(map(words.stay, stays))}."
        yield f"attendance/{who}", text, tuple(sorted(set(_numbers(told, stays, who in seats))))
    if told.listed is not None:
        for who, seat in seats.items():
            if who not in told.stays and seat.principal is None:
                absent = f"{_hall(told, names, who, capital=True)}: không kết nối." if who in apart else ""
                yield f"attendance/{who}", absent or f"{_person(told, names, who, seat)}: vắng mặt.", (told.listed,)


def _numbers(told: Chronicle, stays: tuple[Stay, ...], listed: bool) -> list[int]:
    events = [stay.came.number for stay in stays] + [stay.left.number for stay in stays if stay.left is not None]
    return events + ([told.listed] if listed and told.listed is not None else [])


def _stay(told: Chronicle, names: Names, one: Stay) -> str:
    if one.sits is None:
        return words.stay(one)
    vouched = "" if one.sits.vouched is None else f" (do {words.name_of(told, names, one.sits.vouched)} xác nhận)"
    return f"tại {_hall(told, names, one.sits.hall)}{vouched} {words.stay(one)}"


def _hall(told: Chronicle, names: Names, who: Who, *, capital: bool = False) -> str:
    """Its name, which people begin with *Điểm cầu* or not."""
    name = words.name_of(told, names, who)
    named = name if name.casefold().startswith("điểm cầu") else f"Điểm cầu {name}"
    return named[0].upper() + named[1:] if capital else words.inner(named)


def _person(told: Chronicle, names: Names, who: Who, seat: Seat | None) -> str:
    name = words.name_of(told, names, who)
    if seat is None:
        return f"{name}, khách mời" if told.roll else name
    agency = f" ({seat.agency})" if seat.agency else ""
    instead = f", dự thay {words.name_of(told, names, seat.principal)}" if seat.principal is not None else ""
    return f"{name}{agency}, {words.DUTIES[seat.duty]}{instead}"
