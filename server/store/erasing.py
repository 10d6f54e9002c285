"""Erasing a whole account: what stands about a person in every table but their contributions, and the list of what was erased."""

from datetime import datetime
from typing import Any

import msgspec

from server.kernel.ids import ConsultationId, ContributionId, LineId, MeetingId, PersonId, Who
from server.kernel.refused import Refused
from server.store.connection import Connection, Database
from server.store.own_data import BY_INDEX


class Erased(msgspec.Struct, frozen=True):
    """One entry of the list: a contribution, a person, or a line of a meeting's chat. ``since`` is when it came to be, ``at`` when it was
    erased (both UTC)."""

    contribution: ContributionId | None
    person: PersonId | None
    since: datetime
    at: datetime
    line: LineId | None = None


# Whoever writes something of a person's holds the person with others, whoever erases the person alone. Votes have `cast_votes`.
_HOLD_PERSON = "select pg_advisory_xact_lock_shared(8, $1::bigint::int)"
_HOLD_PERSON_ALONE = "select pg_advisory_xact_lock(8, $1::bigint::int)"
_IS_ERASED = "select exists (select from erased where person = $1)"
_HOLD = "select email from contacts where person = $1 for update"
_SEATS = """
select r.title from room_seats as s join rooms as r on r.id = s.room where s.person = $1 and r.deleted_at is null order by r.id limit 1
"""
_SECRETS = "select id, voter_secret from consultations where phase <> 'draft' order by id"
_COUNTED_OPEN = """
select k.consultation from unnest($1::bigint[], $2::bytea[]) as k (consultation, voter)
join consultations as c on c.id = k.consultation
where phase_by_clock(c.phase, c.opens_at, c.closes_at) in ('announced', 'open', 'suspended') and (
    exists (select from questions as q join votes as v on v.question = q.id and v.voter = k.voter where q.consultation = c.id)
    or exists (select from questions as q join responses as r on r.question = q.id and r.voter = k.voter where q.consultation = c.id)
    or exists (select from supports where voter = k.voter)
    or exists (select from contributions where author = $3 and consultation = c.id and state = 'visible')
)
"""
_COUNT_BOTH = """
update consultations as c set both_erased = both_erased + 1 from unnest($1::bigint[], $2::bytea[]) as k (consultation, voter)
where c.id = k.consultation and exists (select from contributions where author = $3 and consultation = c.id and state = 'visible') and (
    exists (select from questions as q join votes as v on v.question = q.id and v.voter = k.voter where q.consultation = c.id)
    or exists (select from questions as q join responses as r on r.question = q.id and r.voter = k.voter where q.consultation = c.id)
)
"""
_MARK = "insert into erased_contacts (mark, consultation) select $1, unnest($2::bigint[]) on conflict do nothing"
_MARKED = """
select max(c.closes_at) from erased_contacts as e join consultations as c on c.id = e.consultation
where e.mark = $1 and phase_by_clock(c.phase, c.opens_at, c.closes_at) in ('announced', 'open', 'suspended')
"""
_DROP_MARKS = """
delete from erased_contacts as e using consultations as c
where c.id = e.consultation and phase_by_clock(c.phase, c.opens_at, c.closes_at) not in ('announced', 'open', 'suspended')
"""
_FORGET_VOTERS = "select forget_voters($1, $2, $3)"
_CONTRIBUTIONS = "select consultation, id from contributions where author = $1 and erased_at is null order by consultation, id"
# What goes with a person's row in `persons`, which stays as a number that means nobody: events and acts name it.
_FORGET = (
    "delete from follows where person = $1",
    "delete from moderation_letters where person = $1",
    "delete from room_paper_notes where person = $1",
    "delete from hall_phones where person = $1",
    "delete from room_seats where person = $1",
    "delete from room_people where person = $1",
    "delete from grants where person = $1",
)
_FORGET_ACTOR = ("delete from commands where actor = $1", "delete from requests where subject = $1")
# Letters to this address that wait go nowhere; invitations keep what they were for.
_FORGET_ADDRESS = (
    "delete from codes where contact = $1",
    "update invitations set email = '', state = case when state = 'open' then 'withdrawn' else state end where email = $1",
    "update jobs set state = 'done', payload = '{}', ended_at = now() where state = 'waiting' and payload ->> 'to' = $1",
    "delete from contacts where email = $1",
)
_LIST = """
insert into erased (person, since, at) select id, created_at, $2 from persons where id = $1 on conflict (person) do nothing
"""
_READ_LIST = "select contribution, person, since, at, line from erased order by id"
_STANDS_CONTRIBUTION = "select consultation from contributions where id = $1 and at = $2 and erased_at is null"
_STANDS_LINE = """
select c.meeting, l.number, c.who from chat as c join record_links as l on l.meeting = c.meeting
where c.id = $1 and c.at = $2 and c.text <> ''
    and convert_from(l.body, 'UTF8')::jsonb @> jsonb_build_object('type', 'said', 'line', jsonb_build_object('id', c.id))
"""
_STANDS_PERSON = """
select p.id from persons as p where p.id = $1 and p.created_at = $2 and (
    not exists (select from erased where person = p.id) or exists (select from contacts where person = p.id)
    or exists (select from contributions where author = p.id and erased_at is null)
)
"""


async def hold_person(connection: Connection, person: PersonId) -> None:
    """Nobody erases this person until the transaction ends: what is written of them now cannot come after the erasure.

    Raises: Refused ``sign_in_needed`` for who is erased already, whatever session let them in.
    """
    await connection.execute(_HOLD_PERSON, person)
    if await connection.fetchval(_IS_ERASED, person):
        raise Refused("sign_in_needed")


async def hold_person_alone(connection: Connection, person: PersonId) -> None:
    """Whatever is being written of this person is written before; nothing is from now on until the transaction ends."""
    await connection.execute(_HOLD_PERSON_ALONE, person)


async def hold_contact(connection: Connection, person: PersonId) -> str | None:
    """A person's address, held until the transaction ends; nothing once it is erased."""
    email: str | None = await connection.fetchval(_HOLD, person)
    return email


async def seated_in(connection: Connection, person: PersonId) -> str | None:
    """The title of a room on whose roll the person stands."""
    title: str | None = await connection.fetchval(_SEATS, person)
    return title


async def voter_secrets(database: Database) -> list[tuple[ConsultationId, bytes]]:
    """The secret of every consultation that was ever published, in the order in which they are held."""
    return [(row["id"], row["voter_secret"]) for row in await database.fetch(_SECRETS)]


async def counted_open(connection: Connection, person: PersonId, voters: dict[ConsultationId, bytes]) -> list[ConsultationId]:
    """Those of the consultations, each with this person's voter key in it, that still go on and in which something of theirs is counted."""
    await connection.execute(BY_INDEX)
    return [row["consultation"] for row in await connection.fetch(_COUNTED_OPEN, list(voters), list(voters.values()), person)]


async def count_both(connection: Connection, person: PersonId, voters: dict[ConsultationId, bytes]) -> None:
    """Where this person has contributed and answered, that is one person still, counted without saying whose the answers are."""
    await connection.execute(BY_INDEX)
    await connection.execute(_COUNT_BOTH, list(voters), list(voters.values()), person)


async def mark_contact(connection: Connection, mark: bytes, consultations: list[ConsultationId]) -> None:
    """The address of which this is the mark makes no account until these consultations have ended."""
    await connection.execute(_MARK, mark, consultations)


async def marked_until(database: Database, mark: bytes) -> datetime | None:
    """When the last consultation ends for which an address makes no account; nothing where it may."""
    until: datetime | None = await database.fetchval(_MARKED, mark)
    return until


async def drop_marks(database: Database) -> None:
    """Forget the marks of consultations that have ended."""
    await database.execute(_DROP_MARKS)


async def forget_voters(connection: Connection, changed: list[tuple[ConsultationId, bytes, bytes]]) -> None:
    """All that a voter gave goes under another key: (consultation, old key, new key). It stays counted; what was written is destroyed."""
    await connection.execute(_FORGET_VOTERS, *(list(column) for column in zip(*changed, strict=True)))


async def contributions_of(connection: Connection, person: PersonId) -> dict[ConsultationId, list[ContributionId]]:
    """What a person has contributed and was not erased, by consultation, in the order in which they are held."""
    found: dict[ConsultationId, list[ContributionId]] = {}
    for row in await connection.fetch(_CONTRIBUTIONS, person):
        found.setdefault(row["consultation"], []).append(row["id"])
    return found


async def forget_person(connection: Connection, person: PersonId, actor: bytes, email: str | None, at: datetime) -> None:
    """Name, address, follows, notes, roles and places on lists go, and what is kept of commands under ``actor``; the list says so."""
    for statement in _FORGET:
        await connection.execute(statement, person)
    for statement in _FORGET_ACTOR:
        await connection.execute(statement, actor)
    if email is not None:
        for statement in _FORGET_ADDRESS:
            await connection.execute(statement, email)
    await connection.execute(_LIST, person, at)


async def read_list(database: Database) -> list[Erased]:
    """All that was erased, in order."""
    return [Erased(*row) for row in await database.fetch(_READ_LIST)]


async def consultation_of_standing(connection: Connection, contribution: ContributionId, since: datetime) -> ConsultationId | None:
    """The consultation of a contribution that was given at ``since`` and still has its words."""
    found: ConsultationId | None = await connection.fetchval(_STANDS_CONTRIBUTION, contribution, since)
    return found


async def find_standing_line(connection: Connection, line: LineId, since: datetime) -> tuple[MeetingId, int, Who] | None:
    """Where a line of a chat is on record that was written at ``since`` and still has its words: meeting, number of the event, author."""
    row = await connection.fetchrow(_STANDS_LINE, line, since)
    return None if row is None else (row["meeting"], row["number"], row["who"])


async def stands_person(connection: Connection, person: PersonId, since: datetime) -> bool:
    """Whether anything is still known of the person whose account was made at ``since``."""
    found: Any = await connection.fetchval(_STANDS_PERSON, person, since)
    return found is not None
