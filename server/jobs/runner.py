"""Claims due jobs one after another and hands each to the function for its kind."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from server.store import jobs as store
from server.store.connection import Pool
from server.store.jobs import Job

Handler = Callable[[Job], Awaitable[None]]

_log = logging.getLogger(__name__)


class Runner:
    """One in each web process. A job is done at least once; it is given up after ``max_tries`` tries that raised.

    ``patience`` is both the time a handler has (half of it) and the time before the next try, doubled with each. ``poll_s`` is how
    often the table is looked at when nobody calls ``wake``.
    """

    def __init__(
        self,
        pool: Pool,
        handlers: Mapping[str, Handler],
        *,
        patience: timedelta = timedelta(seconds=30),
        poll_s: float = 5.0,
        max_tries: int = 8,
        at_once: int = 8,
    ) -> None:
        self._pool = pool
        self._handlers = handlers
        self._kinds = sorted(handlers)
        self._patience = patience
        self._poll_s = poll_s
        self._max_tries = max_tries
        self._places = asyncio.Semaphore(at_once)
        self._woken = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begins to look for jobs; call it in a running loop."""
        self._stopping = False
        self._task = asyncio.create_task(self._run(), name="jobs")

    def wake(self) -> None:
        """Says that a job was just committed: it is looked for at once."""
        self._woken.set()

    async def stop(self) -> None:
        """Claims nothing more and waits for what is under way."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            await self._task
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                wait_s = await self._claim_all()
            except Exception:  # the database is away; it comes back
                _log.exception("jobs cannot be claimed")
                wait_s = self._poll_s
            if not self._stopping:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), wait_s)

    async def _claim_all(self) -> float:
        """Starts all that is due and returns the seconds until something may be due again."""
        while not self._stopping:
            await self._places.acquire()
            job: Job | None = None
            try:
                job = await store.claim_job(self._pool, self._kinds, self._patience)
            finally:
                if job is None:
                    self._places.release()
            if job is None:
                due_s = await store.next_due_s(self._pool, self._kinds)
                return self._poll_s if due_s is None else min(self._poll_s, max(0.05, due_s))
            task = asyncio.create_task(self._do(job), name=f"job {job.id}")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return 0.0

    async def _do(self, job: Job) -> None:
        try:
            async with asyncio.timeout(self._patience.total_seconds() / 2):
                await self._handlers[job.kind](job)
            await store.end_job(self._pool, job.id)
        except Exception:
            # The payload may be personal data: the log names the job by its number.
            _log.exception("job %d (%s) failed at try %d", job.id, job.kind, job.tries)
            if job.tries >= self._max_tries:
                with contextlib.suppress(Exception):
                    await store.end_job(self._pool, job.id, failed=True)
        finally:
            self._places.release()
