"""What a process for one document does first: it ends with its parent, and neither memory nor time runs away. See ``children``."""

import ctypes
import os
import resource
import signal
import sys
import traceback

_PR_SET_PDEATHSIG = 1


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
