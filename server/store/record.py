"""The record of meetings: each event becomes a link of its meeting's chain in the transaction that stores it."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from rooms import record
from rooms.chronicle import PERSONAL, AnyEntry
from rooms.conclusions import AnyConclusionEvent, Conclusions, evolve_conclusions
from rooms.record import Link, Opening
from server.kernel.ids import MeetingId, RoomId, Who, room_topic
from server.store.connection import Connection, Database

_HOLD = "select record_number, record_digest from meetings where id = $1 for no key update"
_ADVANCE = "update meetings set record_number = $2, record_digest = $3 where id = $1"
_LINK = "insert into record_links (meeting, number, at, body, before, digest) values ($1, $2, $3, $4, $5, $6)"
_OPENING = "insert into record_openings (meeting, number, path, salt, value) values ($1, $2, $3, $4, $5)"


async def append(connection: Connection, meeting: MeetingId, at: datetime, events: Sequence[AnyEntry]) -> None:
    """Put ``events`` of the moment ``at`` on record, in the transaction that stores them.

    Holds the record until that ends. Whoever locks the topic of the room as well must have locked it before.
    """
    last = await _last(connection, meeting)
    links: list[Link] = []
    openings: list[Opening] = []
    for event in events:
        last, sealed = record.append(meeting, last, at, event, PERSONAL, secrets.token_bytes(32))
        links.append(last)
        openings += sealed
    if last is None or not links:
        return
    await connection.executemany(_LINK, [(meeting, one.number, one.at, one.body, one.before, one.digest) for one in links])
    if openings:
        rows = [(meeting, one.number, one.path, one.salt, msgspec.json.encode(one.value).decode()) for one in openings]
        await connection.executemany(_OPENING, rows)
    await connection.execute(_ADVANCE, meeting, last.number, last.digest)


async def _last(connection: Connection, meeting: MeetingId) -> Link | None:
    """The newest link, of which only number and digest matter."""
    row = await connection.fetchrow(_HOLD, meeting)
    assert row is not None, "only a meeting that has begun has a record"
    return Link(row["record_number"], datetime.min.replace(tzinfo=UTC), b"", "", row["record_digest"]) if row["record_number"] else None


# --- reading -----------------------------------------------------------------------------------------------------------


class Record(msgspec.Struct, frozen=True):
    """The whole record of one meeting. ``known`` is the digest of its newest link by number, as the meeting itself has it."""

    links: tuple[Link, ...]
    openings: tuple[Opening, ...]
    known: Mapping[int, str]


_READ_HEAD = "select record_number, record_digest from meetings where id = $1"
_READ_LINKS = "select number, at, body, before, digest from record_links where meeting = $1 order by number"
_CLOCK = "select clock_timestamp()"
_READ_OPENINGS = "select number, path, salt, value from record_openings where meeting = $1 order by number, path"


async def hold(connection: Connection, meeting: MeetingId) -> datetime:
    """Let nobody append to the record until this transaction ends: the database's clock once it is held."""
    await connection.execute(_HOLD, meeting)
    now: datetime = await connection.fetchval(_CLOCK)
    return now


async def read(connection: Connection, meeting: MeetingId) -> Record:
    """The record of a meeting. Needs a transaction with one view of the data, or one that holds it."""
    head = await connection.fetchrow(_READ_HEAD, meeting)
    links = tuple(Link(*row) for row in await connection.fetch(_READ_LINKS, meeting))
    rows = await connection.fetch(_READ_OPENINGS, meeting)
    openings = tuple(Opening(row["number"], row["path"], row["salt"], msgspec.json.decode(row["value"])) for row in rows)
    known = {head["record_number"]: head["record_digest"]} if head is not None and head["record_number"] else {}
    return Record(links, openings, known)


_READ_CONCLUSIONS = """
select body from record_links where meeting = $1
    and convert_from(body, 'UTF8')::json ->> 'type' in ('concluded', 'conclusion_struck') order by number
"""


async def read_conclusions(database: Database, meeting: MeetingId) -> Conclusions:
    """The conclusions of a meeting as they stand. Nothing of them is sealed, so the chain alone tells them."""
    state: Conclusions = {}
    for row in await database.fetch(_READ_CONCLUSIONS, meeting):
        state = evolve_conclusions(state, msgspec.json.decode(row["body"], type=AnyConclusionEvent))
    return state


# --- meetings that were held -------------------------------------------------------------------------------------------


class Held(msgspec.Struct, frozen=True):
    """A meeting with how many people came inside, and how many of them pressed *present*. ``on_roll`` says whether the asking person was
    on its roll."""

    id: MeetingId
    title: str
    started_at: datetime
    ended_at: datetime | None
    came: int
    attended: int
    on_roll: bool


_COLUMNS = """
m.id, coalesce(told.title, ''), m.started_at, m.ended_at, told.came, told.attended, told.on_roll from meetings as m
left join lateral (select first_seq from meetings as n where n.room = m.room and n.id > m.id order by n.id limit 1) as next on true
cross join lateral (
    select
        (array_agg(e.body ->> 'title' order by e.seq) filter (where e.type in ('started', 'configured')))[1] as title,
        count(distinct e.body ->> 'who') filter (where e.type = 'entered') as came,
        count(distinct e.body ->> 'who') filter (where e.type = 'attended') as attended,
        coalesce(
            (array_agg(e.body -> 'roll' order by e.seq desc) filter (where e.type in ('started', 'roll_set')))[1]
            @> jsonb_build_array(jsonb_build_object('who', $4::text)), false
        ) as on_roll,
        (array_agg(e.type order by e.seq desc) filter (where e.type in ('entered', 'removed') and e.body ->> 'who' = $4))[1]
            = 'entered' as stayed
    from events as e
    where e.topic = $1 and e.seq > m.first_seq and (next.first_seq is null or e.seq <= next.first_seq)
        and e.type in ('started', 'configured', 'roll_set', 'entered', 'removed', 'attended')
) as told
"""
_LIST = f"""
select {_COLUMNS} where m.room = $2 and m.id < $3 and ($5 or told.on_roll or told.stayed and m.ended_at is not null)
order by m.id desc limit $6
"""
_ONE = f"select {_COLUMNS} where m.room = $2 and m.id = $3"


async def list_held(database: Database, room: RoomId, before: int, limit: int, who: Who | None = None, *, every: bool = True) -> list[Held]:
    """At most ``limit`` meetings of a room with numbers below ``before``, the newest first: ``every`` one, or those on whose roll
    ``who`` was and those that are over, in which they were inside and from which they were not removed."""
    return [Held(*row) for row in await database.fetch(_LIST, room_topic(room), room, before, who, every, limit)]


async def read_held(database: Database, room: RoomId, meeting: int, who: Who | None = None) -> Held | None:
    """One meeting of this room, as it concerns ``who``."""
    row = await database.fetchrow(_ONE, room_topic(room), room, meeting, who)
    return None if row is None else Held(*row)


_ROOM_OF = "select room from meetings where id = $1"


async def room_of_meeting(database: Database, meeting: int) -> RoomId | None:
    """In which room a meeting was held; nothing for one that never was."""
    room: RoomId | None = await database.fetchval(_ROOM_OF, meeting)
    return room


_ERASE = "delete from record_openings where meeting = $1 and number = $2"


async def erase(database: Database, meeting: MeetingId, number: int) -> None:
    """Forget what is personal in one link. The chain stays whole."""
    await database.execute(_ERASE, meeting, number)
