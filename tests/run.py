"""Runs the parts and reports each with its seconds and its counts.

Two run at a time, as on two cores, and beside them one of those that mostly wait: without it, a fifth of both cores stood idle. Whoever
has none left of its own kind takes one of the other, so that all end together.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from tests.parts import ROOT, Part
from tests.peers import livekit_server
from tests.real_data import REAL_DATA

_printing = threading.Lock()


class Outcome(NamedTuple):
    """What a part came to: how many checks passed and failed."""

    passed: int
    failed: int


def run(parts: Sequence[Part]) -> int:
    """Runs the parts in order and returns the exit status: 0 when every check passed, and at least one ran."""
    began = time.monotonic()
    print(
        f"Real data: {REAL_DATA}"
        if REAL_DATA.is_dir()
        else f"Real data: none at {REAL_DATA} (DIENHONG_TEST_DATA); the tests on it are left out"
    )
    if any({"media_stories", "browser/media"} & set(part.folders) for part in parts):
        program = livekit_server.install()
        print(
            f"LiveKit's server: {program}"
            if program
            else "LiveKit's server: none, nor Go to make it; the stories of media run on ours alone"
        )
    waiting, busy = deque(part for part in parts if part.waits), deque(part for part in parts if not part.waits)
    with ThreadPoolExecutor(max_workers=3) as lanes:
        outcomes = [one for lane in lanes.map(_run_in_turn, (waiting, busy, busy), (busy, waiting, waiting)) for one in lane]
    passed, failed = sum(outcome.passed for outcome in outcomes), sum(outcome.failed for outcome in outcomes)
    print(f"All parts: {time.monotonic() - began:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def _run_in_turn(own: deque[Part], others: deque[Part]) -> list[Outcome]:
    return [_run_part(part) for parts in (own, others) for part in _taken(parts)]


def _taken(parts: deque[Part]) -> Iterator[Part]:
    while True:
        try:  # another lane may have taken the last one just now
            part = parts.popleft()
        except IndexError:
            return
        yield part


def _run_part(part: Part) -> Outcome:
    began = time.monotonic()
    outcomes, said = [], []
    for outcome, output in _checks(part):
        outcomes.append(outcome)
        if outcome.failed:
            said.append(output)
    passed, failed = sum(outcome.passed for outcome in outcomes), sum(outcome.failed for outcome in outcomes)
    with _printing:
        sys.stdout.write("".join(said))
        print(f"{part.name:<11}{time.monotonic() - began:7.1f} s   {passed} passed, {failed} failed", flush=True)
    return Outcome(passed, failed)


def _checks(part: Part) -> Iterable[tuple[Outcome, str]]:
    if part.folders:
        yield _run_pytest(part.folders, part.without)
    for program in part.programs:
        status, output = _run(program)
        yield Outcome(int(status == 0), int(status != 0)), f"\n$ {' '.join(program)}\n{output}"


def _run_pytest(folders: Sequence[str], without: Sequence[str]) -> tuple[Outcome, str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        paths = [str(ROOT / "tests" / name) for name in folders] + [f"--ignore={ROOT / 'tests' / name}" for name in without]
        status, output = _run(
            [sys.executable, "-m", "pytest", "-q", f"--config-file={ROOT / 'pyproject.toml'}", f"--junitxml={report}", *paths]
        )
        if not report.exists():
            return Outcome(0, 1), output
        suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    total, bad = (
        sum(int(suite.attrib[name]) for suite in suites for name in names) for names in (("tests",), ("failures", "errors", "skipped"))
    )
    # A skipped test is a check that was not made; and pytest fails for other reasons too, such as finding no test.
    failed = max(bad, int(status != 0))
    return Outcome(total - bad, failed), output


# Each part, and each server that a test starts, would otherwise compile a thousand modules anew.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _run(argv: Sequence[str]) -> tuple[int, str]:
    done = subprocess.run(
        argv, cwd=ROOT, env=_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")
