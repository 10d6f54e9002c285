"""The log of meetings: reading a room's state back, appending what happened, and the lease that makes one process its only writer."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from rooms import events as e
from rooms.chronicle import on_record
from rooms.evolve import replay
from rooms.state import NOTHING, Address, Line, Room, Seat
from server.kernel.ids import LineId, MeetingId, PersonId, RoomId, Who, room_topic
from server.store import record, rooms, topics
from server.store.connection import Connection, Database

# --- the lease ---------------------------------------------------------------------------------------------------------

_TAKE = """
insert into room_leases as l (room, holder, epoch, expires_at) values ($1, $2, 1, now() + $3::interval)
on conflict (room) do update set holder = excluded.holder, epoch = l.epoch + 1, expires_at = excluded.expires_at
where l.expires_at < now() or l.holder = excluded.holder or $4
returning epoch
"""
_HOLDER = "select holder from room_leases where room = $1 and expires_at > now()"
_RENEW = """
update room_leases as l set expires_at = now() + $3::interval from rooms as r
where l.holder = $1 and l.room = any ($2::bigint[]) and r.id = l.room returning l.room, l.epoch, r.revision
"""
_RELEASE = "update room_leases set expires_at = now() where room = $1 and epoch = $2"
_ABANDONED = """
select m.room from meetings as m left join room_leases as l on l.room = m.room
where m.ended_at is null and (l.room is null or l.expires_at < now() or ($1 and l.holder <> $2)) limit 50
"""
# For share: who takes over waits until this transaction has ended, and who has been taken over finds another epoch.
_HOLD = "select clock_timestamp() from room_leases where room = $1 and epoch = $2 for share"


class Renewed(msgspec.Struct, frozen=True):
    """A lease that still stands, and how often its room has been changed."""

    room: RoomId
    epoch: int
    revision: int


async def take_lease(database: Database, room: RoomId, holder: str, lasts: timedelta, *, alone: bool) -> int | None:
    """Become the only writer of ``room``: the epoch with which to write; nothing while another process holds it. ``alone``: there are
    no other processes, so that any other holder is dead."""
    epoch: int | None = await database.fetchval(_TAKE, room, holder, lasts, alone)
    return epoch


async def read_holder(database: Database, room: RoomId) -> str | None:
    """Which process writes this room now."""
    holder: str | None = await database.fetchval(_HOLDER, room)
    return holder


async def renew_leases(database: Database, holder: str, held: list[RoomId], lasts: timedelta) -> list[Renewed]:
    """Those of the rooms that this process still holds."""
    return [Renewed(*row) for row in await database.fetch(_RENEW, holder, held, lasts)]


async def release_lease(database: Database, room: RoomId, epoch: int) -> None:
    """Let others take the room at once."""
    await database.execute(_RELEASE, room, epoch)


async def abandoned_rooms(database: Database, holder: str, *, alone: bool) -> list[RoomId]:
    """Rooms in which a meeting runs and whose writer has died; at most 50."""
    return [row["room"] for row in await database.fetch(_ABANDONED, alone, holder)]


async def hold(connection: Connection, room: RoomId, epoch: int) -> datetime | None:
    """Make sure, until this transaction ends, that nobody has taken over: the database's clock, or nothing when somebody has."""
    now: datetime | None = await connection.fetchval(_HOLD, room, epoch)
    return now


# --- reading -----------------------------------------------------------------------------------------------------------

_MEETING = """
select t.seq, r.title, r.lobby, m.id, m.first_seq, m.ended_at from rooms as r
join topics as t on t.id = 'room/' || r.id
left join lateral (select id, first_seq, ended_at from meetings where room = r.id order by id desc limit 1) as m on true
where r.id = $1
"""
_EVENTS = """
select e.seq, e.type, e.body, n.name, c.text, c.address, c.readers, c.kept from events as e
left join room_names as n on n.room = $2 and n.who = e.body ->> 'who'
left join chat as c on e.type = 'said' and c.id = (e.body ->> 'id')::bigint
where e.topic = $1 and e.seq > $3 order by e.seq limit $4
"""
_LINES = """
select c.id, c.who, coalesce(n.name, '') as name, c.at, c.text, c.address as to, c.readers, c.kept from chat as c
join meetings as m on m.id = c.meeting left join room_names as n on n.room = m.room and n.who = c.who
where c.meeting = $1 and c.id < $2 and (c.readers is null or $4 = any (c.readers)) order by c.id desc limit $3
"""
_LETTERS = "select id, address from chat where meeting = $1 and kept and $2 = any (readers)"
_NAMES = "select who, name from room_names where room = $1"
_RUNNING = "select exists (select from meetings where id = $1 and ended_at is null)"
AT_ONCE = 5_000
"""Events of a long meeting that are read at once: others have their turn in between."""


async def load(connection: Connection, room: RoomId) -> tuple[int, Room] | None:
    """A room's newest event number and its state, read from the log of its meeting. Needs a transaction with one view of the data."""
    row = await connection.fetchrow(_MEETING, room)
    if row is None:
        return None
    if row["id"] is None or row["ended_at"] is not None:
        return row["seq"], Room(phase="idle" if row["id"] is None else "ended", title=row["title"], lobby=row["lobby"])
    state, after = NOTHING, row["first_seq"]
    while happened := await read_events(connection, room, after, AT_ONCE):
        state, after = replay((event for _, event in happened), state), happened[-1][0]
    return row["seq"], state


async def read_events(connection: Connection, room: RoomId, after: int, limit: int) -> list[tuple[int, e.AnyEvent]]:
    """At most ``limit`` numbered events after ``after``, with the names and words that stand now."""
    rows = await connection.fetch(_EVENTS, room_topic(room), room, after, limit)
    if any("roll" in row["body"] for row in rows):
        names = {one["who"]: one["name"] for one in await connection.fetch(_NAMES, room)}
        for row in rows:
            for seat in row["body"].get("roll", ()):
                seat["name"] = names.get(seat["who"], "")
    return [(row["seq"], _event(dict(row))) for row in rows]


async def read_lines(database: Database, meeting: MeetingId, before: LineId, limit: int, who: Who) -> list[Line]:
    """At most ``limit`` lines of a meeting's chat before line ``before`` that ``who`` may read, the oldest first."""
    return [msgspec.convert(dict(row), Line) for row in await database.fetch(_LINES, meeting, before, limit, who)][::-1]


async def read_letters(database: Database, meeting: MeetingId, who: Who) -> dict[LineId, Address]:
    """The lines of a meeting that are kept and not for all, and of which ``who`` is a reader: to whom each is."""
    return {LineId(row["id"]): msgspec.convert(row["address"], Address) for row in await database.fetch(_LETTERS, meeting, who)}


async def is_running(database: Database, meeting: MeetingId) -> bool:
    """Whether this meeting has begun and not ended."""
    return bool(await database.fetchval(_RUNNING, meeting))


def _event(row: dict[str, Any]) -> e.AnyEvent:
    type, name = row["type"], row["name"] or ""
    if type == "said":
        # A line that was forgotten is read by nobody any more.
        kept = {"to": row["address"], "readers": row["readers"], "kept": row["kept"]} if row["text"] is not None else {"readers": []}
        return e.Said(msgspec.convert({**row["body"], "name": name, "text": row["text"] or "", **kept}, Line))
    names = {"name": name} if type in ("knocked", "entered") else {}
    event: e.AnyEvent = msgspec.convert({"type": type, **row["body"], **names}, e.AnyEvent)
    return event


# --- writing -----------------------------------------------------------------------------------------------------------

_NEXT_MEETING = "select nextval('meetings_id_seq')"
_NEXT_LINE = "select nextval('chat_id_seq')"
_START = """
insert into meetings (id, room, first_seq, started_at) overriding system value
select $1, $2, seq, $3 from topics where id = $4
"""
_END = "update meetings set ended_at = $2 where room = $1 and ended_at is null"
_NAME = "insert into room_names (room, who, name) values ($1, $2, $3) on conflict (room, who) do update set name = excluded.name"
_SAY = """
insert into chat (id, meeting, who, at, text, address, readers, kept) overriding system value values ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_FORGET = "delete from chat where meeting = $1 and not kept"
_ERASE_LINE = "update chat set text = '' where meeting = $1 and id = $2"
_LIST_ERASED = "insert into erased (line, since, at) select id, at, $3 from chat where meeting = $1 and id = $2"


async def next_meeting_id(connection: Connection) -> MeetingId:
    """A new number for a meeting."""
    return MeetingId(await connection.fetchval(_NEXT_MEETING))


async def erase_line(connection: Connection, meeting: MeetingId, line: LineId, at: datetime) -> None:
    """The words of a line of the chat go; those on record stand elsewhere. The list of what was erased says so."""
    await connection.execute(_ERASE_LINE, meeting, line)
    await connection.execute(_LIST_ERASED, meeting, line, at)


async def next_line_id(connection: Connection) -> LineId:
    """A new number for a line of a chat."""
    return LineId(await connection.fetchval(_NEXT_LINE))


async def append(
    connection: Connection, room: RoomId, meeting: MeetingId | None, at: datetime, actor: PersonId | None, events: list[e.AnyEvent]
) -> int:
    """Append ``events`` to the log of ``meeting`` and write what they change beside it; the number of the last one.

    Names and words are taken out of the events: beside the record of the meeting, they stand in one place only.
    """
    stored = []
    for event in events:
        body = msgspec.to_builtins(event, builtin_types=(datetime,))
        type = body.pop("type")
        match event:
            case e.Started():
                meeting = event.meeting
                await connection.execute(_START, meeting, room, event.at, room_topic(room))
                body["roll"] = await _unnamed(connection, room, event.roll)
            case e.RollSet():
                body["roll"] = await _unnamed(connection, room, event.roll)
            case e.LobbySet():
                await rooms.set_lobby(connection, room, event.on)
            case e.Knocked() | e.Entered():
                await connection.execute(_NAME, room, event.who, event.name)
                del body["name"]
            case e.Said(line=line):
                to = msgspec.to_builtins(line.to)
                await connection.execute(_SAY, line.id, meeting, line.who, line.at, line.text, to, line.readers, line.kept)
                body = {"id": line.id, "who": line.who, "at": line.at}
            case _:
                pass
        stored.append((type, body))
    last = await topics.append(connection, room_topic(room), at, actor, stored)
    if meeting is not None:  # a room between two meetings may be changed, which is no part of any
        await record.append(connection, meeting, at, [told for event in events if (told := on_record(event)) is not None])
    for event in events:
        if isinstance(event, e.Ended):
            await connection.execute(_FORGET, meeting)
            await connection.execute(_END, room, event.at)
    return last


async def _unnamed(connection: Connection, room: RoomId, roll: tuple[Seat, ...]) -> list[dict[str, Any]]:
    """A roll as it is stored: its names stand beside the events, as all names do."""
    await connection.executemany(_NAME, [(room, seat.who, seat.name) for seat in roll if seat.name])
    return [{field: value for field, value in msgspec.to_builtins(seat).items() if field != "name"} for seat in roll]
