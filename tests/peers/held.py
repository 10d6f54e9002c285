"""Meetings that were held, put into the database event by event as the product stores them."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from rooms import events as e
from rooms.chronicle import Entry
from server.kernel.ids import MeetingId, PersonId, RoomId, Who
from server.store import meetings, record
from server.store.connection import Pool


async def hold(pool: Pool, room: RoomId, log: Iterable[Entry]) -> MeetingId:
    """Stores a whole meeting, each event in a transaction of its own; the number that the meeting has got."""
    meeting: MeetingId | None = None
    for entry in log:
        async with pool.acquire() as connection, connection.transaction():
            event = entry.event
            if isinstance(event, e.Started):
                meeting = await meetings.next_meeting_id(connection)
                event = replace(event, meeting=meeting)
            if isinstance(event, e.Event):
                await meetings.append(connection, room, meeting, entry.at, None, [event])
            else:
                assert meeting is not None
                await record.append(connection, meeting, entry.at, [event])
    assert meeting is not None
    return meeting


def among(log: Iterable[Entry], people: Mapping[Who, PersonId]) -> list[Entry]:
    """The same log with these people in it."""
    told = msgspec.json.encode(list(log)).decode()
    for who, person in people.items():
        told = told.replace(f'"{who}"', f'"as {person}"')
    return msgspec.json.decode(told.replace('"as ', '"p'), type=list[Entry])
