"""Tasks that must have ended before one goes on."""

import asyncio
from collections.abc import Iterable
from typing import Any

_AGAIN_S = 0.1


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks until each has ended, however it did.

    Once is not always enough: ``asyncio.wait_for`` passes over a cancellation that meets the end of what it waits for (until Python
    3.12), and a library may make a failure of its own of it; the task would then go on for ever.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=_AGAIN_S)
        for task in ended:
            if not task.cancelled():
                task.exception()  # is known now, and is not complained of
