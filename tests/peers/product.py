"""The whole product as its users start it: ``python3 -m server`` with a data folder of its own, on a free port."""

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from server.kernel.child import start_child
from server.settings import Settings
from server.store.embedded import EmbeddedPostgres

ROOT = Path(__file__).parent.parent.parent
PATIENCE_S = 120.0
"""How long a process may take to start, to print or to end on a machine that does much else."""
_READY = "Ctrl-C stops everything."
_LISTEN = "0A"  # TCP_LISTEN of the kernel's net/tcp_states.h


class Product:
    """One installation; ``start`` and ``stop`` or ``kill`` any number of times. What it prints is kept in ``lines``."""

    def __init__(
        self,
        data: Path,
        *arguments: str,
        environ: Mapping[str, str] | None = None,
        port: int = 0,
        python: Path = Path(sys.executable),
        checkout: Path = ROOT,
    ) -> None:
        self.data = data
        self.python = python
        self.checkout = checkout
        self.arguments = ("--data", str(data), "--port", str(port), *arguments)
        settings = {name.upper() for name in Settings.__struct_fields__}
        inherited = {name: value for name, value in os.environ.items() if name not in settings}
        self.environ = {**inherited, "MEDIA_PORT": "0", **(environ or {})}  # several of them may stand beside each other
        self.lines: list[str] = []
        self.start_seconds = 0.0
        self._printed = threading.Condition()
        self._ended = False
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address that the last start printed."""
        return self._find(r"Diên Hồng: +(\S+)", self.lines)[1]

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def dsn(self, role: str = "app", database: str = "dienhong") -> str:
        """Where ``role`` finds the embedded database."""
        return EmbeddedPostgres(self.data / "postgres").dsn(role, database)

    def start(self, timeout_s: float = PATIENCE_S) -> None:
        """Returns when it has said that it is ready; fails with all it said when it ends before."""
        began = time.monotonic()
        self.spawn()
        self.wait_until_ready(timeout_s)
        self.start_seconds = time.monotonic() - began

    def wait_until_ready(self, timeout_s: float = PATIENCE_S) -> None:
        """Waits for it to say so after ``spawn``; this much may be done in another thread."""
        self.wait_for(re.escape(_READY), timeout_s)

    def wait_until_healthy(self) -> None:
        """Waits until it answers and reaches its database."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=PATIENCE_S) as answer:
                    if answer.status == 200:
                        return
            except (OSError, urllib.error.HTTPError):
                pass
            assert time.monotonic() < deadline, "\n".join(self.lines)
            time.sleep(0.02)

    def spawn(self) -> None:
        """Starts it and returns at once."""
        reading, writing = os.pipe()
        self.lines, self._ended = [], False
        with os.fdopen(writing, "wb") as output:
            self.process = start_child(
                [str(self.python), "-m", "server", *self.arguments], environ=self.environ, output=output, folder=self.checkout
            )
        threading.Thread(target=self._read, args=(reading,), daemon=True).start()

    def wait_for(self, pattern: str, timeout_s: float = PATIENCE_S, since: int = 0) -> re.Match[str]:
        """The first printed line, from line ``since`` on, that matches ``pattern``, waited for."""
        deadline = time.monotonic() + timeout_s
        with self._printed:
            while True:
                for line in self.lines[since:]:
                    if found := re.search(pattern, line):
                        return found
                said = "\n".join(self.lines)
                assert not self._ended, f"ended without printing {pattern!r}:\n{said}"
                assert self._printed.wait(deadline - time.monotonic()), f"{pattern!r} not printed within {timeout_s} s:\n{said}"

    def wait(self, timeout_s: float = PATIENCE_S) -> int:
        """The exit status, after all it printed has been read."""
        assert self.process is not None
        status = self.process.wait(timeout_s)
        with self._printed:
            self._printed.wait_for(lambda: self._ended, timeout_s)
        return status

    def stop(self) -> int:
        """Ends it as Ctrl-C does."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.wait()

    def kill(self) -> None:
        """Ends the supervisor as ``kill -9`` does, and waits until its children have ended with it."""
        children = self.children()
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        for pid in children:
            wait_until_gone(pid)

    def children(self) -> dict[int, str]:
        """The supervisor's direct children: process number and command line."""
        return {pid: command for pid, parent, command in processes() if parent == self.pid}

    @property
    def web_processes(self) -> list[int]:
        """Their process numbers."""
        return sorted(pid for pid, command in self.children().items() if "server.app" in command)

    def wait_until_listening(self, number: int, timeout_s: float = PATIENCE_S) -> None:
        """Waits until so many web processes listen on the port that they share."""
        port = f":{urlsplit(self.url).port:04X}"
        deadline = time.monotonic() + timeout_s
        while True:
            sockets = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
            if sum(local.endswith(port) and state == _LISTEN for _, local, _, state, *_ in sockets) == number:
                return
            assert time.monotonic() < deadline, "\n".join(self.lines[-50:])
            time.sleep(0.02)

    def web_process_of(self, port: int) -> int:
        """The web process that holds the other end of a connection from our ``port``."""
        ours, theirs = f":{port:04X}", f":{urlsplit(self.url).port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
        [socket] = [f"socket:[{row[9]}]" for row in rows if row[1].endswith(theirs) and row[2].endswith(ours)]
        [holder] = [pid for pid in self.web_processes if socket in open_files(pid)]
        return holder

    def child(self, words: str) -> int:
        """The process number of the one child whose command line holds ``words``."""
        found = [pid for pid, command in self.children().items() if words in command]
        assert len(found) == 1, f"{len(found)} children {words!r}: {self.children()}"
        return found[0]

    def _read(self, reading: int) -> None:
        with os.fdopen(reading, encoding="utf-8", errors="replace") as output:
            for line in output:
                with self._printed:
                    self.lines.append(line.rstrip("\n"))
                    self._printed.notify_all()
        with self._printed:
            self._ended = True
            self._printed.notify_all()

    @staticmethod
    def _find(pattern: str, lines: list[str]) -> re.Match[str]:
        return next(found for line in lines if (found := re.search(pattern, line)))


def processes() -> list[tuple[int, int, str]]:
    """Every living process of this machine: number, parent's number, command line. Zombies are not alive."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, parent = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            found.append((int(folder.name), int(parent), command))
    return found


def open_files(pid: int) -> set[str]:
    """What each descriptor of a process names: a path, or ``socket:[inode]``."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.add(os.readlink(descriptor))
    return found


def wait_until_gone(pid: int, timeout_s: float = PATIENCE_S) -> None:
    """Waits until a process that need not be our child has ended."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        end = select.poll()
        end.register(process, select.POLLIN)
        assert end.poll(1_000 * timeout_s), f"process {pid} still lives after {timeout_s} s"
    finally:
        os.close(process)
