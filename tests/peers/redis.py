"""A private Redis that forgets everything, as the product allows it to."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.kernel.child import start_child
from tests.peers.ports import free_port


class Redis:
    """One ``redis-server`` on a free loopback port; ``kill`` and ``start`` make it vanish and come back empty on the same port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program is not None, "redis-server is not installed (Debian: apt install redis-server)"
        argv = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = start_child(argv, output=log)
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text("utf-8")

    def kill(self) -> None:
        """Ends it as ``kill -9`` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64) == b"+PONG\r\n"
        except OSError:
            return False


@contextmanager
def running_redis(folder: Path) -> Iterator[Redis]:
    """A Redis for as long as the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    redis = Redis(folder)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()
