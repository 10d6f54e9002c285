"""``python -m tests.squawk``: the linter of migrations, over every one of them. Its rules stand in ``.squawk.toml``."""

import subprocess
import sys
from pathlib import Path

from server.store.migrate import FOLDER

if __name__ == "__main__":
    files = [str(path) for path in sorted(FOLDER.glob("*.sql"))]
    sys.exit(subprocess.run([str(Path(sys.executable).parent / "squawk"), *files], check=False).returncode)
