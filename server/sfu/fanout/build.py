"""``python -m server.sfu.fanout.build``: compiles the fan-out when a C compiler is there, into the environment's site folder.

The library's name carries a digest of its sources: what stands there under that name is what these sources say, and a changed source
is built again. Nothing is ever written into the source tree.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SOURCE, HEADER = HERE / "fanout.c", HERE / "fanout.h"
OPTIONS = ("-std=gnu11", "-O2", "-fPIC", "-shared", "-Wall", "-Wextra", "-Werror")


def library() -> Path:
    """Where the compiled library of these sources stands, built or not."""
    digest = hashlib.sha256(SOURCE.read_bytes() + HEADER.read_bytes() + " ".join(OPTIONS).encode() + platform.machine().encode())
    return Path(sysconfig.get_path("platlib")) / f"_dien_hong_fanout_{digest.hexdigest()[:16]}.so"


def compiler() -> str | None:
    """The C compiler: ``CC``, else ``cc``, ``gcc`` or ``clang`` from the PATH; None where there is none."""
    return next((found for name in (os.environ.get("CC"), "cc", "gcc", "clang") if name and (found := shutil.which(name))), None)


def build() -> Path | None:
    """Compiles what is not compiled yet; None without Linux or a compiler. Raises: subprocess.CalledProcessError, OSError."""
    target, cc = library(), compiler()
    if target.exists():
        return target
    if cc is None or sys.platform != "linux":
        return None
    # Written beside its place and then renamed: two processes that build at once both end with a whole library.
    descriptor, half_written = tempfile.mkstemp(dir=target.parent, prefix=target.stem, suffix=".new")
    os.close(descriptor)
    try:
        subprocess.run([cc, *OPTIONS, "-o", half_written, str(SOURCE)], check=True)
        os.replace(half_written, target)
    finally:
        Path(half_written).unlink(missing_ok=True)
    for old in target.parent.glob("_dien_hong_fanout_*.so"):
        if old != target:
            old.unlink(missing_ok=True)
    return target


def main() -> int:
    """Says what was built, or why nothing was: doing without is allowed."""
    built = build()
    print(f"The compiled fan-out stands at {built}." if built else "No C compiler here: the fan-out runs without one.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
