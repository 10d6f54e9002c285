"""What the secretary adds to the record of a meeting: the cover of its papers, and sentences in the place of drafted ones."""

from datetime import datetime
from typing import Any

import msgspec

from rooms.minutes import Cover, Edit, Kind
from server.kernel.ids import MeetingId, PersonId
from server.store.connection import Connection, Database

# --- the cover ---------------------------------------------------------------------------------------------------------

_COVER = "select cover from minutes_covers where meeting = $1 and kind = $2"
_PLACE = """
insert into minutes_covers (meeting, kind, cover) values ($1, $2, $3)
on conflict (meeting, kind) do update set cover = excluded.cover
"""
_OF_EACH_READING = ("names", "whole", "reader", "files")
"""What is not kept, for it depends on who reads, or is kept elsewhere."""


async def read_cover(database: Database, meeting: MeetingId, kind: Kind) -> Cover | None:
    """The cover as it was typed, without names, readers and files; nothing before anybody typed one."""
    kept: Any = await database.fetchval(_COVER, meeting, kind)
    return None if kept is None else msgspec.convert(kept, Cover)


async def place_cover(database: Database, meeting: MeetingId, kind: Kind, cover: Cover) -> None:
    """Keep another cover."""
    kept = msgspec.to_builtins(cover)
    await database.execute(_PLACE, meeting, kind, {name: value for name, value in kept.items() if name not in _OF_EACH_READING})


# --- sentences ---------------------------------------------------------------------------------------------------------


class Written(msgspec.Struct, frozen=True):
    """One thing that the secretary wrote: its number in these minutes, and when (UTC)."""

    number: int
    edit: Edit
    at: datetime


_EDITS = "select number, key, text, after, at from minutes_edits where meeting = $1 and kind = $2 and not undone order by number"
_NEXT = "select coalesce(max(number), 0) + 1 from minutes_edits where meeting = $1 and kind = $2"
_WRITE = "insert into minutes_edits (meeting, kind, number, key, text, after, person) values ($1, $2, $3, $4, $5, $6, $7)"
_UNDO = """
update minutes_edits set undone = true
where meeting = $1 and kind = $2 and number = $3
    and not exists (select from minutes_edits as n where n.meeting = $1 and n.kind = $2 and n.number > $3 and not n.undone)
"""


async def read_edits(database: Database, meeting: MeetingId, kind: Kind) -> list[Written]:
    """What was written and not undone, in order."""
    rows = await database.fetch(_EDITS, meeting, kind)
    return [Written(row["number"], Edit(row["key"], row["text"], row["after"]), row["at"]) for row in rows]


async def next_number(connection: Connection, meeting: MeetingId, kind: Kind) -> int:
    """The number of the next edit. It stays free for a transaction that holds the record of the meeting."""
    number: int = await connection.fetchval(_NEXT, meeting, kind)
    return number


async def write(connection: Connection, meeting: MeetingId, kind: Kind, number: int, edit: Edit, person: PersonId) -> None:
    """Keep an edit under this number."""
    await connection.execute(_WRITE, meeting, kind, number, edit.key, edit.text, edit.after, person)


async def undo(connection: Connection, meeting: MeetingId, kind: Kind, number: int) -> bool:
    """Take the newest edit back; false when another one is the newest."""
    done: str = await connection.execute(_UNDO, meeting, kind, number)
    return done == "UPDATE 1"
