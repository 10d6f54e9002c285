"""Processes for one document each, begun from a web process. What they keep to stands in ``confined``."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def child(module: str, *arguments: str, heard: bool = True) -> AsyncIterator[Process]:
    """Python's ``module`` as a process whose first argument is our number, as ``confine`` wants it; its input and output are pipes. It is
    ended with this block. Unless ``heard``, nothing that it says of failures is read: it may hold words of the document."""
    said = PIPE if heard else DEVNULL
    begun = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, str(os.getpid()), *arguments, cwd=_ROOT, stdin=PIPE, stdout=PIPE, stderr=said
    )
    try:
        yield begun
    finally:
        if begun.returncode is None:
            begun.kill()
            await begun.wait()


def ran_out(status: int | None, failure: bytes) -> bool:
    """Whether a process ended because there was no more memory or processor time, by its exit status.

    Raises: RuntimeError with what it said, when it failed otherwise.
    """
    if status is None or status < 0:
        return True  # ended by the kernel, or before it had ended
    if status > 0:
        raise RuntimeError(f"a process for a document failed: {failure.decode(errors='replace')}")
    return False
