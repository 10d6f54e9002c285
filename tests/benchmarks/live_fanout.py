"""``python3 -m tests.benchmarks live_fanout``: a tally of about 300 bytes to ten thousand websockets.

Our finished path (limits on) beside Node's ``ws`` and a loop of C over epoll, in one run: the server on one core, the readers, in C, on
another. CPU per delivered message is all that the server's process used in a window, by all that its readers received in it. Then a
tenth of our readers stop reading, until their buffers are full; the others must not notice.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.bootstrap import npm_command

PEERS = Path(__file__).parent / "peers"
ROOT = Path(__file__).parents[2]
WS_VERSION = "8.23.0"

CONNECTIONS = 10_000
SLEEPERS = CONNECTIONS // 10
RATE = 4
WINDOW_S = 10
WINDOWS = 3
GOALS = {"ours_us_at_most_ws": True, "ours_kib_per_idle_socket": 25, "p99_ratio_with_sleepers": 1.5}


class Process:
    """A program on one core, spoken to by lines."""

    def __init__(self, core: int, argv: list[str]) -> None:
        self.argv = argv
        pinned = ["taskset", "-c", str(core), *argv]
        self.popen = subprocess.Popen(pinned, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def say(self, line: str) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def hear(self) -> str:
        assert self.popen.stdout is not None
        line = self.popen.stdout.readline()
        assert line, f"{self.argv} ended"
        return line.strip()

    def cpu_s(self) -> float:
        """CPU time of all its threads so far."""
        tasks = Path(f"/proc/{self.popen.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self.popen.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

    def end(self) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.close()
        self.popen.wait(30)


@contextmanager
def running(core: int, argv: list[str]) -> Iterator[Process]:
    process = Process(core, argv)
    try:
        yield process
    finally:
        try:
            process.end()
        except subprocess.TimeoutExpired:
            process.popen.kill()
            process.popen.wait()


def window(server: Process, load: Process) -> dict[str, float]:
    """One window: what the readers received, and what it cost the server."""
    before = server.cpu_s()
    load.say(f"window {WINDOW_S + 1}")
    server.say(f"tell {RATE} {WINDOW_S}")
    assert server.hear() == "told"
    seen: dict[str, float] = json.loads(load.hear())
    seen["us_per_message"] = round((server.cpu_s() - before) * 1e6 / max(1, seen["messages"]), 2)
    return seen


def measure(name: str, argv: list[str], load_program: Path, cores: tuple[int, int], *, sleepers: int = 0) -> dict[str, float]:
    with running(cores[0], argv) as server:
        port = server.hear().split()[1]
        at_rest = server.resident_kib()
        with running(cores[1], [str(load_program), port, str(CONNECTIONS), str(sleepers)]) as load:
            connecting = json.loads(load.hear())
            window(server, load)  # to warm up
            kib = (server.resident_kib() - at_rest) / CONNECTIONS
            windows = [window(server, load) for _ in range(WINDOWS)]
            figures = {
                "us_per_message": statistics.median(one["us_per_message"] for one in windows),
                "p50_ms": statistics.median(one["p50_ms"] for one in windows),
                "p99_ms": statistics.median(one["p99_ms"] for one in windows),
                "messages": sum(one["messages"] for one in windows),
                "kib_per_socket": round(kib, 2),
                "connect_s": connecting["seconds"],
            }
            if sleepers:
                load.say("sleep")
                load.hear()
                server.say("fill")
                figures["behind_before"] = 0
                for _ in range(10):  # until the buffers are full and the others have read their share
                    if window(server, load)["messages"] and figures["behind_before"] == sleepers:
                        break
                    server.say("behind")
                    figures["behind_before"] = int(server.hear())
                slow = [window(server, load) for _ in range(WINDOWS)]
                server.say("behind")
                figures["behind_after"] = int(server.hear())
                figures["p99_ms_with_sleepers"] = statistics.median(one["p99_ms"] for one in slow)
                figures["lost_with_sleepers"] = slow[-1]["lost"]
    print(f"{name}: {json.dumps(figures)}", flush=True)
    return figures


def main() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 30_000)), hard))
    cores = sorted(os.sched_getaffinity(0))
    assert len(cores) >= 2, "the server and its readers need a core each"
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder)
        for program in ("fanout_load", "fanout_epoll"):
            subprocess.run(["cc", "-O2", "-o", built / program, PEERS / f"{program}.c"], check=True)
        npm, environ = npm_command()
        install = [*npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(built), f"ws@{WS_VERSION}"]
        subprocess.run(install, check=True, env=environ)
        node = [shutil.which("node", path=environ["PATH"]) or "node", str(PEERS / "fanout_ws.mjs"), str(built / "node_modules")]
        load, pair = built / "fanout_load", (cores[0], cores[1])
        epoll = measure("C, epoll and send", [str(built / "fanout_epoll")], load, pair)
        ws = measure(f"Node, ws {WS_VERSION}", node, load, pair)
        ours = measure("ours", [sys.executable, "-m", "tests.benchmarks.peers.fanout_ours"], load, pair, sleepers=SLEEPERS)
    assert ours["behind_before"] == SLEEPERS, "the sleepers were not behind: nothing was measured"
    ratio = round(ours["p99_ms_with_sleepers"] / ours["p99_ms"], 2)
    figures = {
        "connections": CONNECTIONS,
        "tallies_per_s": RATE,
        "ours_us": ours["us_per_message"],
        "ws_us": ws["us_per_message"],
        "epoll_us": epoll["us_per_message"],
        "ours_kib_per_idle_socket": ours["kib_per_socket"],
        "ws_kib_per_idle_socket": ws["kib_per_socket"],
        "p99_ms": ours["p99_ms"],
        "p99_ms_with_sleepers": ours["p99_ms_with_sleepers"],
        "p99_ratio_with_sleepers": ratio,
        "limits": "newcomers_per_minute 1,000,000 and behind_s 120 for this run; all others as in production",
    }
    holds = (
        ours["us_per_message"] <= ws["us_per_message"]
        and ours["kib_per_socket"] <= GOALS["ours_kib_per_idle_socket"]
        and ratio <= GOALS["p99_ratio_with_sleepers"]
    )
    print(json.dumps({"benchmark": "live_fanout", "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1
