"""Letters to voters: that a slip has come or its deadline was moved, and a day and an hour before that one's vote is still missing."""

from datetime import datetime
from typing import Literal

import msgspec

from rooms.voting import lacking
from server.kernel.ids import MotionId, PersonId
from server.kernel.vietnam import VIETNAM
from server.store import ballots, motions, people, rooms
from server.store.connection import Pool
from server.store.jobs import Job, add_mail

LETTER = "slip"


class _Slip(msgspec.Struct, frozen=True):
    motion: MotionId
    what: Literal["sent", "later", "24h", "1h"]
    until: datetime | None = None


class Slips:
    """Does the jobs that ``server.realtime.motion_desk`` describes. A job done twice adds no second letter."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def tell(self, job: Job) -> None:
        """Adds a letter for each voter who may know of the vote and whose own has not been given, while it is open; that there is more time
        is told to all, for until then a vote may be changed. Of a deadline that holds no more nothing is told."""
        slip = msgspec.convert(job.payload, _Slip)
        async with self._pool.acquire() as connection, connection.transaction():
            head = await motions.read_head(connection, slip.motion)
            motion = None if head is None else await motions.load(connection, head)
            room = None if head is None else await rooms.read_room(connection, head.room)
            if head is None or motion is None or room is None or motion.phase != "open" or motion.closes_at is None:
                return
            if slip.until not in (None, motion.closes_at):
                return
            if slip.what == "later":
                voted = set()
            elif head.secret:
                voted = set(await ballots.who_voted_secretly(connection, head.id))
            else:
                voted = {one.member for one in await ballots.standing_ballots(connection, head.id)}
            at = motion.closes_at.astimezone(VIETNAM)
            values = {
                "what": slip.what,
                "room": room.title,
                "path": f"/phong-hop/{room.slug}/bieu-quyet/{head.id}",
                "until": f"{at:%H:%M} {at.day}/{at.month}/{at.year}",
            }
            for voter in lacking(motion, voted):
                if voter.member[0] != "p" or (head.readers is not None and voter.member not in head.readers):
                    continue
                for person, email in (await people.email_of(connection, PersonId(int(voter.member[1:])))).items():
                    await add_mail(connection, LETTER, email, "vi", values, idempotency_key=f"{job.idempotency_key or job.id}:{person}")
