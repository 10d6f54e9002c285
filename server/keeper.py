"""Keeps child processes alive: one that ends alone is started again, with a pause that doubles while it keeps failing."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 10.0
_STEADY_AFTER_S = 2.0  # whoever served for so long is missed, and started again at once


class Kept:
    """One child process and how to start it. ``start`` may raise ``failure``, which counts as a child that ended at once."""

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen[bytes]],
        *,
        running: subprocess.Popen[bytes] | None = None,
        failure: type[Exception] = OSError,
    ) -> None:
        self.name = name
        self._start = start
        self._failure = failure
        self._pause_s = 0.0
        self._due_at = 0.0
        self._started_at = time.monotonic()
        self.process = running or start()

    def look(self) -> float | None:
        """Starts the child again when it has ended and its pause is over. Returns the seconds left of a pause, None while it runs."""
        status = self.process.poll()
        if status is None:
            return None
        now = time.monotonic()
        if not self._due_at:
            self._plan(now, f"ended ({_in_words(status)})")
        if now < self._due_at:
            return self._due_at - now
        self._due_at = 0.0
        self._started_at = now
        try:
            self.process = self._start()
        except self._failure as error:
            self._plan(now, str(error))
            return self._pause_s
        return None

    def _plan(self, now: float, reason: str) -> None:
        steady = now - self._started_at > _STEADY_AFTER_S
        self._pause_s = 0.0 if steady else min(max(2 * self._pause_s, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
        self._due_at = now + self._pause_s
        print(f"{self.name} {reason}; starting it again in {self._pause_s:.1f} s", flush=True)

    def stop(self, timeout_s: float) -> None:
        """Asks the child to end, and makes it end after ``timeout_s``."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def keep(children: Sequence[Kept]) -> None:
    """Looks after the children until a signal's handler raises. The caller has blocked SIGCHLD, so that no death goes unseen."""
    while True:
        pauses = [pause for child in children if (pause := child.look()) is not None]
        signal.sigtimedwait({signal.SIGCHLD}, min(pauses, default=3600.0))


def _in_words(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"
