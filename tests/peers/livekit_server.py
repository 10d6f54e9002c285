"""A real LiveKit server beside ours, for the stories that both must pass and the benchmarks that compare them.

It is found on the path, or made once with Go; where neither is there, ``find`` says so with None and the run says it too.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.bootstrap import run_step
from server.kernel.child import start_child
from tests.peers.engine import KEY as KEY
from tests.peers.engine import PATIENCE_S
from tests.peers.engine import SECRET as SECRET
from tests.peers.ports import free_port, free_udp_port

MODULE = "github.com/livekit/livekit-server/cmd/server@v1.13.5"


def find() -> Path | None:
    """The program, or None where there is none."""
    on_path = os.environ.get("LIVEKIT_SERVER") or shutil.which("livekit-server")
    if on_path:
        return Path(on_path)
    made = _cache() / "server"
    return made if made.exists() else None


def install() -> Path | None:
    """The program, made with Go if it is not there yet (some minutes, once)."""
    found = find()
    go = shutil.which("go")
    if found or go is None:
        return found
    run_step("Making LiveKit's server with Go", [go, "install", MODULE], environ={**os.environ, "GOBIN": str(_cache())})
    return find()


class LiveKitServer:
    """One server; ``start`` and ``kill`` any number of times: its ports stay. It knows the tests' own key pair.

    ``address`` is the machine's, at which media is taken.
    """

    door_port = 0

    def __init__(self, program: Path, folder: Path, *, webhook: str = "", udp_port: int | None = None, address: str = "127.0.0.1") -> None:
        self.program = program
        self.folder = folder
        self.port = free_port()
        self.udp_port = udp_port or free_udp_port()
        self.webhook = webhook
        self.address = address
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        return self.url

    def start(self) -> None:
        """Returns when it answers."""
        config = {
            "port": self.port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "udp_port": self.udp_port,
                "tcp_port": free_port(),
                "node_ip": self.address,
                "use_external_ip": False,
                "enable_loopback_candidate": True,
                # Else it tells every address of the machine as this one, and answers from any of them.
                "ips": {"includes": [f"{self.address}/32"]},
            },
            "keys": {KEY: SECRET},
            "logging": {"level": "warn"},
        }
        if self.webhook:
            config["webhook"] = {"api_key": KEY, "urls": [self.webhook]}
        path = self.folder / "livekit.yaml"
        path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
        with (self.folder / "livekit.log").open("ab") as log:
            self.process = start_child([str(self.program), "--config", str(path)], output=log)
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            said = (self.folder / "livekit.log").read_text("utf-8", "replace")
            assert self.process.poll() is None and time.monotonic() < deadline, said
            time.sleep(0.05)

    def kill(self) -> None:
        """Ends it as ``kill -9`` does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=PATIENCE_S) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def running_livekit(program: Path, folder: Path, *, address: str = "127.0.0.1") -> Iterator[LiveKitServer]:
    """A server for as long as the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    server = LiveKitServer(program, folder, address=address)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dien-hong" / "livekit-server-1.13.5"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
