"""Tasks that must have ended."""

import asyncio

from server.kernel.tasks import end


async def stubborn(times: int) -> None:
    """Passes over so many cancellations."""
    for _ in range(times):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue
    await asyncio.sleep(3600)


async def failing() -> None:
    raise ValueError


async def test_every_task_has_ended_though_it_passes_over_a_cancellation_or_has_failed() -> None:
    tasks = [asyncio.create_task(one) for one in (stubborn(0), stubborn(1), stubborn(2), failing(), asyncio.sleep(0))]
    await asyncio.sleep(0.01)
    async with asyncio.timeout(30):
        await end(tasks)
    assert [task.done() for task in tasks] == [True] * 5 and tasks[0].cancelled() and tasks[2].cancelled()


async def test_without_tasks_there_is_nothing_to_end() -> None:
    await end([])
