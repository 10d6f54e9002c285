"""A slip that was sent in a room, for tests of pages."""

from datetime import UTC, datetime
from uuid import uuid4

from rooms import motions as m
from server.identity.viewer import Viewer
from server.kernel.ids import CommandId, MotionId, Who, person_in_room
from server.realtime.motion_desk import MotionDesk
from server.realtime.room_access import Seat
from server.store import ballot_files, ballots, rooms
from server.store.connection import Pool
from server.store.room_papers import NewVersion


async def send_slip(pool: Pool, host: Viewer, slug: str, *, secret: bool = False) -> MotionId:
    """A motion that is open for an hour to all on the roll of the room with this slug, of which ``host`` is a host."""
    assert host.person is not None
    row = await rooms.find_room(pool, slug, host.person)
    assert row is not None
    seat = Seat(row, person_in_room(host.person), "host", host.name, b"p" + host.person.to_bytes(8, "big"))
    desk = MotionDesk(pool, lambda room, motion: None, lambda: None)
    draft = m.DraftMotion("Thông qua kế hoạch quý IV", rule=m.Rule(secret=secret))
    motion = await desk.draft(seat, None, CommandId(str(uuid4())), draft, slip=True)
    await desk.change(seat, None, CommandId(str(uuid4())), motion, m.OpenMotion(3_600))
    return motion


async def add_opinion(pool: Pool, motion: MotionId, member: Who) -> int:
    """That ``member`` has voted by slip on an open motion, with a file to their opinion: its number."""
    async with pool.acquire() as connection, connection.transaction():
        await ballots.cast(connection, motion, [m.Ballot(member, member, 0, "slip", datetime.now(UTC), "Đồng ý")])
        await ballot_files.add_file(connection, motion, member, member, NewVersion("y-kien.pdf", False, "", b"%PDF-", ["Một trang"]))
    return (await ballot_files.list_files(pool, motion))[0].id
