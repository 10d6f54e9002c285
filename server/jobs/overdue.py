"""Letters to moderators: once a morning, of what has become overdue and they may decide."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime

import msgspec

from server.jobs.digests import MORNING
from server.kernel.ids import PersonId
from server.kernel.vietnam import VIETNAM
from server.store import jobs, overdue, people
from server.store.connection import Pool
from server.store.jobs import Job, add_mail

LOOK_JOB, ROUND_JOB = "overdue look", "overdue round"
LETTER = "overdue"
AT_ONCE = 200
"""People of one round."""


class OverdueLetters:
    """``off`` derives the secret of the link that ends these letters."""

    def __init__(self, pool: Pool, off: Callable[[int], str], clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._pool = pool
        self._off = off
        self._clock = clock

    def handlers(self) -> Mapping[str, Callable[[Job], Awaitable[None]]]:
        """What does each kind of job."""
        return {LOOK_JOB: self.look, ROUND_JOB: self.round}

    async def begin(self) -> None:
        """Makes sure that the next look at the clock will come."""
        await jobs.add_hourly_job(self._pool, LOOK_JOB)

    async def look(self, job: Job) -> None:
        """Begins the round of the day once its morning has come, however often it is looked."""
        await jobs.add_hourly_job(self._pool, LOOK_JOB)
        now = self._clock().astimezone(VIETNAM)
        if now.hour >= MORNING:
            await self._begin_round(now.date().isoformat(), 0)

    async def round(self, job: Job) -> None:
        """Adds a letter for each of the next moderators, in the transaction that marks it as told."""
        day, after = str(job.payload["day"]), int(str(job.payload["after"]))
        async with self._pool.acquire() as connection:
            told = await overdue.people_to_tell(connection, PersonId(after), AT_ONCE)
            for person in told:
                async with connection.transaction():
                    found = await overdue.take(connection, person)
                    values = {"overdue": msgspec.to_builtins(found), "off": f"/thu/{person}/{self._off(person)}"}
                    for email in (await people.email_of(connection, person)).values() if found else ():
                        await add_mail(connection, LETTER, email, "vi", values, idempotency_key=f"overdue {day} {person}")
        if len(told) == AT_ONCE:
            await self._begin_round(day, told[-1])

    async def _begin_round(self, day: str, after: int) -> None:
        await jobs.add_job(self._pool, ROUND_JOB, {"day": day, "after": after}, idempotency_key=f"overdue round {day} {after}")
