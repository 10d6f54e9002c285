"""``python3 -m server verify-meeting ID``: whether the record of a meeting is as it was when it was written."""

from rooms.approvals import Approved
from rooms.chronicle import chronicle, read_log
from rooms.freezing import lost
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
_PAPERS = {"minutes": "paper of minutes", "notice": "notice of conclusions"}


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
    told = chronicle(read_log(kept.links, kept.openings))
    if (gone := lost(told.approvals)) is not None:
        return f"The {_PAPERS[gone.kind]} of meeting {meeting}, version {gone.version}, is not kept as it was approved.", False
    papers = "".join(
        f"; the {_PAPERS[one.kind]}, version {one.version}, is as it was approved: {one.texts[0].digest}"
        for one in told.approvals
        if isinstance(one, Approved)
    )
    last = f"; the digest of the last is {kept.links[-1].digest}" if kept.links else ""
    return f"The record of meeting {meeting} is whole: {len(kept.links)} events in one chain{last}{papers}.", True
