"""Jobs are done at least once, whatever handlers, databases and processes do."""

import asyncio
from datetime import timedelta

import pytest

from server.jobs.runner import Runner
from server.jobs.tidying import TIDY_JOB, Tidying
from server.store.connection import Pool
from server.store.identity import Lifetimes
from server.store.jobs import Job, add_job

LONG = 60.0


class Work:
    """A handler that notes what it did. The first ``fails`` tries raise; ``reached`` is set at try number ``until``."""

    def __init__(self, fails: int = 0, until: int = 1) -> None:
        self.done: list[object] = []
        self.tries = 0
        self.fails = fails
        self.until = until
        self.reached = asyncio.Event()

    async def __call__(self, job: Job) -> None:
        self.tries += 1
        if self.tries == self.until:
            self.reached.set()
        if self.tries <= self.fails:
            raise ConnectionError
        self.done.append(job.payload["number"])


async def test_a_job_is_done_at_once_when_it_is_told_of(pool: Pool) -> None:
    work = Work()
    runner = Runner(pool, {"work": work}, poll_s=LONG)
    runner.start()
    await add_job(pool, "work", {"number": 1})
    runner.wake()
    await work.reached.wait()
    await runner.stop()
    assert work.done == [1]
    assert await pool.fetchval("select state from jobs") == "done"


async def test_a_job_of_another_process_is_found_without_being_told(pool: Pool) -> None:
    work = Work()
    runner = Runner(pool, {"work": work}, poll_s=0.05)
    runner.start()
    await add_job(pool, "work", {"number": 1})
    await work.reached.wait()
    await runner.stop()
    assert work.done == [1]


@pytest.mark.parametrize(("fails", "tries", "state"), [(2, 3, "done"), (99, 4, "failed")])
async def test_what_fails_is_tried_again_and_what_keeps_failing_is_given_up(pool: Pool, fails: int, tries: int, state: str) -> None:
    work = Work(fails, until=tries)
    runner = Runner(pool, {"work": work}, poll_s=0.01, patience=timedelta(milliseconds=100), max_tries=4)
    await add_job(pool, "work", {"number": 1})
    runner.start()
    await work.reached.wait()
    await runner.stop()
    assert await pool.fetchval("select state from jobs") == state
    assert await pool.fetchval("select payload from jobs") == {}
    assert work.tries == tries


async def test_two_runners_share_the_work_and_do_nothing_twice(pool: Pool) -> None:
    work = Work(until=100)
    for number in range(100):
        await add_job(pool, "work", {"number": number})
    runners = [Runner(pool, {"work": work}, poll_s=0.05) for _ in range(2)]
    for runner in runners:
        runner.start()
    await work.reached.wait()
    for runner in runners:
        await runner.stop()
    assert len(work.done) == 100 and set(work.done) == set(range(100))


async def test_stopping_waits_for_what_is_under_way_and_claims_no_more(pool: Pool) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    ended: list[int] = []

    async def slow(job: Job) -> None:
        begun.set()
        await may_end.wait()
        ended.append(job.id)

    runner = Runner(pool, {"work": slow}, poll_s=LONG, at_once=1)
    first = await add_job(pool, "work", {})
    await add_job(pool, "work", {})
    runner.start()
    await begun.wait()
    stopping = asyncio.create_task(runner.stop())
    may_end.set()
    await stopping
    assert first in ended
    assert await pool.fetchval("select count(*) from jobs where state = 'waiting' and tries > 0") == 0


async def test_tidying_arranges_its_next_hour(pool: Pool) -> None:
    tidying = Tidying(pool, Lifetimes(), timedelta(hours=1))
    await tidying.begin()
    assert await pool.fetchval("select count(*) from jobs where kind = $1 and state = 'waiting'", TIDY_JOB) == 1
    await pool.execute("update jobs set due_at = now(), idempotency_key = 'tidy an earlier hour'")
    done = asyncio.Event()

    async def tidy(job: Job) -> None:
        await tidying.tidy(job)
        done.set()

    runner = Runner(pool, {TIDY_JOB: tidy})
    runner.start()
    await done.wait()
    await runner.stop()
    assert await pool.fetchval("select count(*) from jobs where kind = $1 and state = 'waiting' and due_at > now()", TIDY_JOB) == 1
