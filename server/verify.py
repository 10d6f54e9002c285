"""``python3 -m server verify-meeting ID``: whether the record of a meeting is as it was when it was written."""

from rooms.record import check
from server.kernel.ids import MeetingId
from server.store import record
from server.store.pool import open_pool

_WRONG = {
    "altered": "is not as it was recorded",
    "missing": "is missing",
    "inserted": "is there twice",
    "moved": "is not in its place",
    "unsealed": "has a name or words beside it that are not as they were recorded",
}


async def verified(dsn: str, meeting: int) -> tuple[str, bool]:
    """A sentence about the record of a meeting, and whether it is whole."""
    async with await open_pool(dsn, connections=1) as pool:
        if await record.room_of_meeting(pool, meeting) is None:
            return f"There is no meeting {meeting}.", False
        async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            kept = await record.read(connection, MeetingId(meeting))
    fault = check(MeetingId(meeting), kept.links, kept.openings, kept.known)
    if fault is not None:
        return f"The record of meeting {meeting} is not whole: event {fault.number} {_WRONG[fault.wrong]}.", False
    last = f"; the digest of the last is {kept.links[-1].digest}" if kept.links else ""
    return f"The record of meeting {meeting} is whole: {len(kept.links)} events in one chain{last}.", True
