"""``python -m tests.squawk``: the linter of migrations, over every one of them."""

import subprocess
import sys
from pathlib import Path

from server.store.migrate import FOLDER

_OPTIONS = (
    "--assume-in-transaction",  # server.store.migrate wraps each file in one, and sets both timeouts
    "--pg-version=15.0",
    "--exclude=require-lock-timeout,require-statement-timeout",
    "--exclude=prefer-bigint-over-int,prefer-bigint-over-smallint",  # ids are bigint; ordinals and kinds are small, and many
)

if __name__ == "__main__":
    files = [str(path) for path in sorted(FOLDER.glob("*.sql"))]
    sys.exit(subprocess.run([str(Path(sys.executable).parent / "squawk"), *_OPTIONS, *files], check=False).returncode)
