"""A process of its own for one document: it ends with its parent, and neither memory nor time runs away."""

import asyncio
import ctypes
import os
import resource
import signal
import sys
import traceback
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_PR_SET_PDEATHSIG = 1
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


def end_with(failure: Exception) -> None:
    """Ends this process and says where and of what it failed, not the message: it may hold words of the document, and ends in the log."""
    sys.exit("".join(traceback.format_tb(failure.__traceback__)) + type(failure).__name__)


def confine(parent: int, *, memory_bytes: int, processor_s: int) -> None:
    """Sets the limits of this process, which the kernel keeps: address space, processor time, no core file, behind all others in turn.

    Ends it when ``parent``, the number of the process that began it, is gone already.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s, processor_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.nice(5)
