"""What a server's process has used, as Linux counts it (proc(5))."""

import re
from pathlib import Path


def cpu_s(pid: int) -> float:
    """CPU time of all its threads so far."""
    return sum(int(task.read_text("ascii").split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def resident_mib(pid: int) -> float:
    """Its memory now."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text("ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
