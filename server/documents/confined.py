"""A process of its own for one document: it ends with its parent, and neither memory nor time runs away."""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1


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
