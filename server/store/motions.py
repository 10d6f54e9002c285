"""Motions: the log of each, read back into what it is now, and what of it can be asked without reading that. Ballots are in ``ballots``."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from rooms import motions as m
from rooms.tally import least_papers
from rooms.voting import evolve_motion
from server.kernel.ids import MeetingId, MotionId, RoomId, Who
from server.store import ballots
from server.store.connection import Connection, Database


class Head(msgspec.Struct, frozen=True):
    """What stands in a motion's row. ``meeting`` is the one in whose record it stands, None for a slip; ``readers`` are those who may know
    of it, None for everybody; ``seq`` is the number of its newest event."""

    id: MotionId
    room: RoomId
    meeting: MeetingId | None
    readers: frozenset[Who] | None
    seq: int
    phase: m.Phase
    secret: bool
    closes_at: datetime | None

    @property
    def slip(self) -> bool:
        """Whether it is sent outside meetings."""
        return self.meeting is None


# --- one motion --------------------------------------------------------------------------------------------------------

_ADD = "insert into motions (room, meeting, readers) values ($1, $2, $3) returning id"
_HEAD = "select id, room, meeting, readers, seq, phase, secret, closes_at from motions where id = $1"
_LOCK = _HEAD + " for update"
_CLOCK = "select clock_timestamp()"
_LOG = "select seq, at, type, body from motion_events where motion = $1 and seq > $2 order by seq"
_NAMES = "select who, name from room_names where room = $1 and who = any ($2::text[])"


async def add_motion(connection: Connection, room: RoomId, meeting: MeetingId | None, readers: Iterable[Who] | None) -> Head:
    """A motion without any event yet; held by this transaction, for nobody else can know of it."""
    kept = None if readers is None else sorted(readers)
    id = MotionId(await connection.fetchval(_ADD, room, meeting, kept))
    return Head(id, room, meeting, None if kept is None else frozenset(kept), 0, "drafted", False, None)


async def read_head(database: Database, motion: MotionId) -> Head | None:
    """What stands in the motion's row."""
    return _head(await database.fetchrow(_HEAD, motion))


async def lock_motion(connection: Connection, motion: MotionId) -> tuple[Head, datetime] | None:
    """Hold a motion until this transaction ends: its row, and the database's clock once it is held."""
    head = _head(await connection.fetchrow(_LOCK, motion))
    return None if head is None else (head, await connection.fetchval(_CLOCK))  # not before: the wait may have been long


async def read_log(connection: Connection, head: Head, after: int = 0) -> list[m.AnyMotionEvent]:
    """The events of a motion after number ``after``, with the names that stand now and all that was cast."""
    rows = await connection.fetch(_LOG, head.id, after)
    return [await _event(connection, head, row["at"], row["type"], row["body"]) for row in rows]


async def load(connection: Connection, head: Head) -> m.Motion | None:
    """The motion as it is by its log."""
    motion: m.Motion | None = None
    for event in await read_log(connection, head):
        motion = evolve_motion(motion, event)
    return motion


async def _event(connection: Connection, head: Head, at: datetime, type: str, body: dict[str, Any]) -> m.AnyMotionEvent:
    whole: dict[str, Any] = {"motion": head.id, "at": at, "type": type, **body}
    if type == "motion_opened":
        members = [voter["member"] for voter in body["roll"]]
        names = {row["who"]: row["name"] for row in await connection.fetch(_NAMES, head.room, members)}
        whole["roll"] = [{**voter, "name": names.get(voter["member"], "")} for voter in body["roll"]]
    if type == "motion_counted":
        whole["box"] = {}
    event: m.AnyMotionEvent = msgspec.convert(whole, m.AnyMotionEvent)
    return replace(event, box=await ballots.read_box(connection, head.id)) if isinstance(event, m.MotionCounted) else event


def _head(row: Any) -> Head | None:
    if row is None:
        return None
    id, room, meeting, readers, *rest = row
    return Head(id, room, meeting, None if readers is None else frozenset(readers), *rest)


# --- writing -----------------------------------------------------------------------------------------------------------

_INSERT = "insert into motion_events (motion, seq, at, type, body) values ($1, $2, $3, $4, $5)"
_ADVANCE = """
update motions set seq = $2, phase = $3, secret = $4, closes_at = coalesce($5, closes_at), least_papers = $6 where id = $1
"""
# A name that somebody goes by in the room already stays.
_NAMED = """
insert into room_names (room, who, name) select $1, * from unnest($2::text[], $3::text[]) on conflict (room, who) do nothing
"""
_SET_UP_BOX = "select set_up_box($1)"
_EMPTY_BOX = "select empty_box($1)"


async def append(connection: Connection, head: Head, motion: m.Motion | None, events: Sequence[m.AnyMotionEvent]) -> Head:
    """Append ``events`` to the log of a motion that this transaction holds; ``motion`` is what they make of it. The row after it.

    The box of a secret ballot is set up when it opens, and emptied when it is closed or given up; its papers are thrown away then, if they
    are too few (``rooms.tally.least_papers``).
    """
    assert motion is not None and events
    for seq, event in enumerate(events, start=head.seq + 1):
        body = msgspec.to_builtins(event, builtin_types=(datetime,))
        type, at = body.pop("type"), body.pop("at")
        del body["motion"]
        if isinstance(event, m.MotionOpened):
            named = [voter for voter in event.roll if voter.name]
            await connection.execute(_NAMED, head.room, [voter.member for voter in named], [voter.name for voter in named])
            body["roll"] = [{key: value for key, value in voter.items() if key != "name"} for voter in body["roll"]]
        if isinstance(event, m.MotionCounted):
            del body["box"]
        await connection.execute(_INSERT, head.id, seq, at, type, body)
    seq = head.seq + len(events)
    await connection.execute(_ADVANCE, head.id, seq, motion.phase, motion.rule.secret, motion.closes_at, least_papers(motion))
    if motion.rule.secret:
        if any(isinstance(event, m.MotionOpened) for event in events):
            await connection.execute(_SET_UP_BOX, head.id)
        if head.phase == "open" and motion.phase in ("closed", "withdrawn"):
            await connection.execute(_EMPTY_BOX, head.id)
    return replace(head, seq=seq, phase=motion.phase, secret=motion.rule.secret, closes_at=motion.closes_at or head.closes_at)


# --- several -----------------------------------------------------------------------------------------------------------

SHOWN = 60
"""Motions of a room that are shown at once: the open ones that end first, and then the newest."""

_OF_ROOM = """
select id, room, meeting, readers, seq, phase, secret, closes_at from motions
where room = $1 and seq > 0 and ($2::bigint is null or phase = 'open' or meeting = $2)
order by phase = 'open' desc, case when phase = 'open' then closes_at end, id desc limit $3
"""
_DRAFTS = "select count(*) from motions where room = $1 and phase = 'drafted'"
_TO_END = (
    "select id from motions where phase = 'closed' or (phase = 'open' and closes_at <= clock_timestamp()) order by closes_at limit 100"
)
_NEXT_END = "select extract(epoch from min(closes_at) - clock_timestamp())::float8 from motions where phase in ('open', 'closed')"


async def motions_of(database: Database, room: RoomId, meeting: MeetingId | None = None) -> list[Head]:
    """The motions of a room, the open ones before the others, those by their deadlines and these the newest first: all, or those of one
    meeting with those that are still open."""
    return [head for row in await database.fetch(_OF_ROOM, room, meeting, SHOWN) if (head := _head(row)) is not None]


async def count_drafts(database: Database, room: RoomId) -> int:
    """How many motions of a room were written and not put to the vote."""
    return int(await database.fetchval(_DRAFTS, room))


async def motions_to_end(database: Database) -> list[MotionId]:
    """Those whose deadline has passed and those that are closed but not counted; at most 100."""
    return [MotionId(row["id"]) for row in await database.fetch(_TO_END)]


async def next_end_s(database: Database) -> float | None:
    """Seconds until the next deadline, by the database's clock; negative when it has passed, None when there is none."""
    return await database.fetchval(_NEXT_END)  # type: ignore[no-any-return]


# --- the rest ----------------------------------------------------------------------------------------------------------

_RESTRICT = "update motions set readers = $2 where id = $1"


async def restrict(connection: Connection, motion: MotionId, readers: Iterable[Who]) -> None:
    """From now on only these may know of a motion."""
    await connection.execute(_RESTRICT, motion, sorted(readers))


async def clock(connection: Connection) -> datetime:
    """What the database's clock shows."""
    now: datetime = await connection.fetchval(_CLOCK)
    return now
