"""``python3 -m server lock``: rewrites every list of packages that the product and its tests are installed from.

The lists hold versions and hashes for every platform and name no host, so that they say the same wherever they are written.
"""

import os
import shutil
from pathlib import Path

from server.bootstrap import ENVIRONMENT, INSTALLER_LOCK, NODE_LOCK, ROOT, SERVER_LOCK, TESTS_LOCK, run_step, stop

_OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--upgrade", "--quiet")


def write_all() -> int:
    """Writes the lists with the newest versions that ``pyproject.toml`` allows; the tests' list agrees with the server's."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(ENVIRONMENT / "bin"))
    if uv is None:
        stop("This needs uv: python3 -m server installs it into .venv.")
    for lock, source in (
        (INSTALLER_LOCK, ("--group", "installer")),
        (NODE_LOCK, ("--group", "node")),
        (SERVER_LOCK, ("pyproject.toml",)),
        (TESTS_LOCK, ("pyproject.toml", "--group", "test", "--constraints", str(SERVER_LOCK))),
    ):
        _compile(uv, source, lock)
    return 0


def _compile(uv: str, source: tuple[str, ...], lock: Path) -> None:
    environ = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    argv = [uv, "pip", "compile", *_OPTIONS, *source, "--output-file", str(lock)]
    run_step(f"Writing {lock.relative_to(ROOT)}", argv, environ=environ)
