"""Starts one named program of ``tests/benchmarks`` or ``tests/soak`` in the complete environment.

Each is a module with ``main()``, which prints what it measures and, last, one line: a JSON object with its figures and goals.
"""

import importlib
import sys
from pathlib import Path

from server import bootstrap


def start(kind: str, arguments: list[str]) -> int:
    """Runs ``tests/<kind>/<name>.py`` for the name in ``arguments``; the rest of them are the program's own ``sys.argv``."""
    bootstrap.enter_environment(f"tests.{kind}", arguments, (bootstrap.SERVER_LOCK, bootstrap.TESTS_LOCK))
    names = sorted(path.stem for path in (Path(__file__).parent / kind).glob("[!_]*.py"))
    if not arguments or arguments[0] not in names:
        bootstrap.stop(f"Usage: python3 -m tests.{kind} NAME, where NAME is one of: {', '.join(names)}")
    bootstrap.build_frontend()
    sys.argv = arguments
    program = importlib.import_module(f"tests.{kind}.{arguments[0]}")
    return int(program.main() or 0)
