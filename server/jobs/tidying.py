"""Once an hour, forgets what has had its time: codes, tickets, sessions, counted requests, kept forms, guests, ended jobs."""

from datetime import timedelta

from server.store import erasing, identity, jobs, kept_forms, opinion_files, requests, rooms, topics
from server.store.connection import Pool
from server.store.identity import Lifetimes
from server.store.jobs import Job

TIDY_JOB = "tidy"
KEEP_ENDED_JOBS = timedelta(days=7)
KEEP_ANSWERS_DAYS = 7  # no client repeats a command for so long
KEEP_OPINION_FILES_DAYS = 7


class Tidying:
    """``begin`` makes sure that the next round will come; each round makes sure of the one after."""

    def __init__(self, pool: Pool, lifetimes: Lifetimes, window: timedelta) -> None:
        self._pool = pool
        self._lifetimes = lifetimes
        self._window = window

    async def begin(self) -> None:
        await jobs.add_hourly_job(self._pool, TIDY_JOB)

    async def tidy(self, job: Job) -> None:
        """Does the job of one hour."""
        await jobs.add_hourly_job(self._pool, TIDY_JOB)
        await identity.drop_expired(self._pool, self._lifetimes)
        await requests.drop_requests(self._pool, self._window)
        await kept_forms.drop_old(self._pool)
        await rooms.drop_guests(self._pool)
        await erasing.drop_marks(self._pool)
        await opinion_files.drop_old(self._pool, KEEP_OPINION_FILES_DAYS)
        await jobs.drop_ended(self._pool, KEEP_ENDED_JOBS)
        async with self._pool.acquire() as connection:
            await topics.forget_answers(connection, KEEP_ANSWERS_DAYS)
