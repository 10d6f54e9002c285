"""What pages do with the roll of a room: write it, invite who stands on it, and take their answers."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec

from rooms.state import Duty, Seat
from server.identity.keys import Keys
from server.identity.viewer import Viewer
from server.kernel.ids import PersonId, Who, person_in_room
from server.kernel.refused import Refused
from server.realtime.roll_list import DUTIES, Listed, checked
from server.realtime.room_desk import RoomDesk, SeenRoom
from server.store import identity, rolls
from server.store import rooms as store
from server.store.connection import Connection, Pool
from server.store.jobs import add_mail
from server.store.requests import take_place
from server.store.rolls import Answer, Seated
from server.store.rooms import RoomRow

LETTER = "room_invitation"
SUBSTITUTES_PER_DAY = 5
"""How many substitutes one may name in a day: each gets a letter."""

_STANDS_IN: frozenset[Duty] = frozenset({"guest", "observer", "technician"})


class Invitation(msgspec.Struct, frozen=True):
    """A room as somebody on its roll sees it: the own line, who is stood in for, and the address of the own substitute (or empty)."""

    room: SeenRoom
    seated: Seated
    principal: str
    substitute: str


class RollDesk:
    """The roll from outside. Who may change a room may change its roll."""

    def __init__(self, pool: Pool, keys: Keys, rooms: RoomDesk) -> None:
        self._pool = pool
        self._keys = keys
        self._rooms = rooms

    async def read(self, viewer: Viewer, slug: str) -> tuple[SeenRoom, list[Seated]]:
        """The roll with the answers, for who may change it.

        Raises: Refused ``not_found``, ``not_allowed``.
        """
        async with self._pool.acquire() as connection:
            row = await self._rooms.editable(connection, viewer, slug)
            seats = await rolls.list_seats(connection, row.id)
        return await self._rooms.find(viewer, slug), seats

    async def change(self, viewer: Viewer, slug: str, edit: Callable[[list[Listed]], Sequence[Listed]]) -> None:
        """Make the roll what ``edit`` makes of it. A meeting that runs follows within seconds.

        Raises: Refused ``not_found``, ``not_allowed``, ``meeting_runs``, or as ``roll_list.checked``, or what ``edit`` raises.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self._rooms.changeable(connection, viewer, slug)
            await store.lock_room(connection, row.id)
            lines = list(edit(lines_of(await rolls.list_seats(connection, row.id))))
            checked(lines)
            await _place(connection, row, lines)

    async def invite(self, viewer: Viewer, slug: str) -> int:
        """A letter to everybody on the roll who has had none for this time of the meeting; how many that are.

        Raises: Refused ``not_found``, ``not_allowed``.
        """
        async with self._pool.acquire() as connection, connection.transaction():
            row = await self._rooms.editable(connection, viewer, slug)
            seats = await rolls.list_seats(connection, row.id)
            sent = [await _invite(connection, row, one) for one in seats if one.email]
        return sum(sent)

    # --- one's own answer ---

    async def invitation(self, viewer: Viewer, slug: str) -> Invitation:
        """The viewer's own line of the roll.

        Raises: Refused ``sign_in_needed``; ``not_found``, also for who is not on the roll.
        """
        room = await self._rooms.find(viewer, slug)
        seats = await rolls.list_seats(self._pool, room.id)
        own = _own(viewer, seats)
        names = {one.seat.who: one.seat.name or one.email for one in seats}
        principal = "" if own.seat.principal is None else names.get(own.seat.principal, "")
        substitute = next((one.email for one in seats if one.seat.principal == own.seat.who), "")
        return Invitation(room, own, principal, substitute)

    async def reply(self, viewer: Viewer, slug: str, answer: Answer, substitute: str = "") -> None:
        """Answer the invitation, or answer otherwise. Who sends a ``substitute`` (an address) puts that one on the roll, and a letter on
        the way; who named one before and answers otherwise takes that one off.

        Raises: Refused ``sign_in_needed``, ``not_found``; ``bad_substitute`` for somebody who is on the roll already, and for who is a
            substitute; ``rate_limited``.
        """
        room = await self._rooms.find(viewer, slug)
        async with self._pool.acquire() as connection, connection.transaction():
            await store.lock_room(connection, room.id)
            row = await store.read_room(connection, room.id, viewer.person)
            if row is None:
                raise Refused("not_found")
            own = _own(viewer, seats := await rolls.list_seats(connection, room.id))
            if answer == "substitute":
                await self._send(connection, row, own, seats, substitute)
            elif own.answer == "substitute":
                lines = [line for line in lines_of(seats) if line.principal != own.email]
                await _place(connection, row, lines)
            await rolls.answer(connection, room.id, own.person, answer)

    async def _send(self, connection: Connection, row: RoomRow, own: Seated, seats: list[Seated], substitute: str) -> None:
        if own.seat.principal is not None:
            raise Refused("bad_substitute", field="substitute")
        before = lines_of(seats)
        known = next((line for line in before if line.email == substitute), None)
        if known is not None and known.principal == own.email:
            return
        if known is not None:
            raise Refused("bad_substitute", field="substitute")
        subject = self._keys.subject("room substitute", str(own.person))
        wait_s = await take_place(connection, "room substitute", subject, SUBSTITUTES_PER_DAY, timedelta(days=1))
        if wait_s:
            raise Refused("rate_limited", retry_after_s=wait_s)
        duty: Duty = own.seat.duty if own.seat.duty in _STANDS_IN else "member"
        lines = [line for line in before if line.principal != own.email]
        place = next(at for at, line in enumerate(lines) if line.email == own.email)
        lines.insert(place + 1, Listed(substitute, duty, "", own.seat.agency, 0, principal=own.email))
        checked(lines)
        await _place(connection, row, lines)
        new = [one for one in await rolls.list_seats(connection, row.id) if one.email == substitute]
        for one in new:
            await _invite(connection, row, one)


def lines_of(seats: Sequence[Seated]) -> list[Listed]:
    """The roll as people write it. Who has no address any more has left the site, and the roll with it."""
    emails = {one.seat.who: one.email for one in seats}
    return [
        Listed(
            one.email,
            one.seat.duty,
            one.seat.name,
            one.seat.agency,
            one.seat.weight,
            _email(emails, one.seat.principal),
            _email(emails, one.seat.hall),
        )
        for one in seats
        if one.email
    ]


def _email(emails: dict[Who, str], who: Who | None) -> str:
    return "" if who is None else emails.get(who, "")


def _own(viewer: Viewer, seats: Sequence[Seated]) -> Seated:
    own = next((one for one in seats if one.person == viewer.person), None)
    if own is None:
        raise Refused("not_found")
    return own


async def _place(connection: Connection, row: RoomRow, lines: Sequence[Listed]) -> None:
    who: dict[str, Who] = {}
    for line in lines:
        person: PersonId = await identity.find_or_add_person(connection, line.email, line.name)
        who[line.email] = person_in_room(person)
    seats = [
        Seat(who[line.email], line.duty, line.agency, line.weight, who.get(line.principal), who.get(line.hall), line.name) for line in lines
    ]
    await rolls.replace_seats(connection, row.id, seats)


async def _invite(connection: Connection, row: RoomRow, one: Seated) -> bool:
    """A letter, unless the same was sent before."""
    starts, ends = (None if at is None else at.isoformat() for at in (row.starts_at, row.ends_at))
    values = {
        "room": row.id,
        "slug": row.slug,
        "title": row.title,
        "agency": row.agency_name,
        "starts_at": starts,
        "ends_at": ends,
        "duty": DUTIES[one.seat.duty][0],
        "revision": row.revision,
    }
    key = f"{LETTER}:{row.id}:{one.person}:{starts}"
    return await add_mail(connection, LETTER, one.email, "vi", values, idempotency_key=key) is not None
