"""``python3 -m tests.benchmarks sfu_forward``: one picture to twenty viewers, through our media server, Janus and LiveKit's server.

Each server is complete and on a core of its own; publisher and viewers, in C, are on another, and open every copy with its key. A packet
has 1,100 bytes, and packets leave the publisher every five milliseconds, as they leave a browser. CPU is what the server's process used
in a window, by the copies that arrived in it: seconds for a million, which is microseconds for one. Delay is from sending to receiving.
Servers take turns in every round, and the medians of the rounds are compared. ``ROUNDS`` and ``SECONDS`` shorten a run.
"""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cffi  # type: ignore[import-untyped]
from livekit import api

from tests.benchmarks.peers import janus
from tests.benchmarks.peers.media_load import BURST_US, PAYLOAD, Load, Outcome, Publisher, Viewer, build
from tests.peers import engine, livekit_server
from tests.peers.media import MediaPeer
from tests.peers.ports import free_port, free_udp_port
from tests.peers.processes import cpu_s
from tests.peers.rtp_client import RtpClient

VIEWERS = 20
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = float(os.environ.get("SECONDS", "10"))
PROFILE = "SRTP_AEAD_AES_128_GCM"
ROOT = Path(__file__).parents[2]
ROOM = "forwarding"


class Cell(NamedTuple):
    rate: int
    loss: float


CELLS = {"20k": Cell(1_000, 0.0), "80k": Cell(4_000, 0.0), "20k_lossy": Cell(1_000, 0.01)}
GOALS = {
    "compiled_of_janus_20k": 0.75,
    "compiled_of_janus_80k": 0.75,
    "compiled_of_livekit_20k": 0.5,
    "cffi_of_janus_20k": 1.25,
    "loss_80k": 0.001,
    "p99_ms_80k": 2.0,
}
NOTE = (
    "Janus keeps for each viewer what it sent, and can gather candidates; LiveKit's server estimates each viewer's bandwidth and "
    "probes it. Ours does neither yet. Janus protects with Debian's libsrtp (on NSS), ours with that of pylibsrtp (on OpenSSL)."
)


class Server:
    """A server's process on one core."""

    def __init__(self, core: int, argv: list[str], log: Path) -> None:
        with log.open("wb") as output:
            self._popen = subprocess.Popen(["taskset", "-c", str(core), *argv], cwd=ROOT, stdout=output, stderr=output)
        self._log = log

    async def answers(self, port: int) -> None:
        """Waits until it listens."""
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection(_host(), port)
                except OSError:
                    assert self._popen.poll() is None, self.said()
                    await asyncio.sleep(0.1)
                else:
                    writer.close()
                    return

    def cpu_s(self) -> float:
        """CPU time of all its threads so far."""
        return cpu_s(self._popen.pid)

    def said(self) -> str:
        """The end of what it printed."""
        return self._log.read_text("utf-8", "replace")[-2000:]

    def end(self) -> None:
        self._popen.terminate()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


Contestant = tuple[Server, Load]
Join = Callable[[], Awaitable[tuple[Publisher, list[Viewer]]]]


@asynccontextmanager
async def livekit_room(url: str, key: str, secret: str, stack: AsyncExitStack) -> AsyncIterator[tuple[Publisher, list[Viewer]]]:
    """A publisher and its viewers in a room of a server that speaks LiveKit's protocol."""

    def client(identity: str) -> RtpClient:
        token = api.AccessToken(key, secret).with_identity(identity).with_grants(api.VideoGrants(room_join=True, room=ROOM)).to_jwt()
        made = RtpClient(url, token)
        stack.push_async_callback(made.close, politely=False)
        for peer in (made.up, made.down):
            _only_gcm(peer)
        return made

    publisher = client("publisher")
    await publisher.join()
    publication = await publisher.publish_video(1)
    viewers = [client(f"viewer-{number}") for number in range(VIEWERS)]
    for viewer in viewers:
        await viewer.join()
        await viewer.until(lambda: viewer.sinks and viewer.down.dtls.state == "connected")  # noqa: B023 - awaited here
    stream = publication.streams[0]
    yield (
        Publisher(publisher.up, stream.ssrc, stream.rtx_ssrc, publication.sending.mid),
        [Viewer(viewer.down, next(iter(viewer._repairs))) for viewer in viewers],
    )


@asynccontextmanager
async def ours(program: Any, core: int, fanout: str, folder: Path) -> AsyncIterator[Contestant]:
    port, media_port = free_port(), free_udp_port()
    argv = [sys.executable, "-m", "tests.benchmarks.peers.forward_ours", str(port), str(media_port), _host(), fanout]
    server = Server(core, argv, folder / f"{fanout}.log")
    try:
        await server.answers(port)
        async with (
            AsyncExitStack() as stack,
            livekit_room(f"http://{_host()}:{port}", engine.KEY, engine.SECRET, stack) as (publisher, viewers),
        ):
            yield server, Load(program, publisher, viewers)
    finally:
        server.end()


@asynccontextmanager
async def livekit(program: Any, core: int, binary: Path, folder: Path) -> AsyncIterator[Contestant]:
    port = free_port()
    config = {
        "port": port,
        "rtc": {
            "udp_port": free_udp_port(),
            "tcp_port": free_port(),
            "node_ip": _host(),
            "ips": {"includes": [f"{_host()}/32"]},
            "use_external_ip": False,
            "use_ice_lite": True,
        },
        "keys": {engine.KEY: engine.SECRET},
        "logging": {"level": "warn"},
    }
    (folder / "livekit.yaml").write_text(json.dumps(config), encoding="utf-8")
    server = Server(core, [str(binary), "--config", str(folder / "livekit.yaml")], folder / "livekit.log")
    try:
        await server.answers(port)
        async with (
            AsyncExitStack() as stack,
            livekit_room(f"http://{_host()}:{port}", engine.KEY, engine.SECRET, stack) as (publisher, viewers),
        ):
            yield server, Load(program, publisher, viewers)
    finally:
        server.end()


@asynccontextmanager
async def debians_janus(program: Any, core: int, folder: Path) -> AsyncIterator[Contestant]:
    port = free_port()
    server = Server(core, janus.configure(folder, host=_host(), port=port), folder / "janus.log")
    try:
        await server.answers(port)
        async with AsyncExitStack() as stack, janus.session(_host(), port) as session:
            peers = [_only_gcm(janus.CheckedPeer(_host())) for _ in range(VIEWERS + 1)]
            for peer in peers:
                stack.push_async_callback(peer.close, silently=True)
            publisher = await session.publish(peers[0])
            viewers = [await session.view(peer) for peer in peers[1:]]
            yield server, Load(program, publisher, viewers)
    finally:
        server.end()


async def compare(program: tuple[cffi.FFI, Any], folder: Path, cores: tuple[int, int]) -> dict[str, dict[str, dict[str, float]]]:
    """Figures by server and cell."""
    async with AsyncExitStack() as stack:
        contestants: dict[str, Contestant] = {}
        for fanout in ("compiled", "cffi"):
            contestants[fanout] = await stack.enter_async_context(ours(program, cores[0], fanout, folder))
        if janus.find():
            contestants["janus"] = await stack.enter_async_context(debians_janus(program, cores[0], folder))
        else:
            print("Janus is not here (apt-get install janus): nothing is compared with it.", flush=True)
        if binary := livekit_server.find():
            contestants["livekit"] = await stack.enter_async_context(livekit(program, cores[0], binary, folder))
        else:
            print("No livekit-server here: nothing is compared with it.", flush=True)
        for name, (_, load) in contestants.items():
            assert load.profiles == {PROFILE}, f"{name} chose {load.profiles}"
            await load.run(1_000, 1.0)  # to warm up: every viewer has its key frame
        rounds: list[dict[tuple[str, str], dict[str, float]]] = []
        for _ in range(ROUNDS):
            rounds.append({(name, cell): await window(name, cell, *contestants[name]) for cell in CELLS for name in contestants})
    return {
        name: {
            cell: {figure: statistics.median(one[name, cell][figure] for one in rounds) for figure in rounds[0][name, cell]}
            for cell in CELLS
        }
        for name in contestants
    }


async def window(name: str, cell: str, server: Server, load: Load) -> dict[str, float]:
    """One window: what it cost the server, and what became of the packets."""
    before = server.cpu_s()
    seen: Outcome = await load.run(CELLS[cell].rate, SECONDS, loss=CELLS[cell].loss)
    used_s = server.cpu_s() - before
    assert seen.undecrypted == 0, f"{name}, {cell}: {seen.undecrypted} copies could not be opened"
    assert seen.received, f"{name}, {cell}: nothing was forwarded: {seen}; the server said: {server.said()}"
    print(f"{name}, {cell}: {used_s * 1e6 / seen.received:.2f} us a copy, {seen.lost} of {seen.lost + seen.received} lost", flush=True)
    return {
        "cpu_s_per_million": round(used_s * 1e6 / seen.received, 3),
        "core_share": round(used_s / SECONDS, 3),
        "loss": round(max(0, seen.lost) / (seen.lost + seen.received), 6),
        "p50_ms": seen.p50_ms,
        "p99_ms": seen.p99_ms,
        "repaired": seen.repaired,
        "asked": seen.asked,
        "asked_of_publisher": seen.asked_of_publisher,
        "transport_feedbacks": seen.feedbacks,
    }


def main() -> int:
    cores = sorted(os.sched_getaffinity(0))
    assert len(cores) >= 2, "the server and its load need a core each"
    os.sched_setaffinity(0, {cores[1]})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = asyncio.run(compare(build(folder), folder, (cores[0], cores[1])))
    for server, cells in figures.items():
        for cell, seen in cells.items():
            print(f"{server} {cell}: {json.dumps(seen)}", flush=True)
    costs = {server: {cell: seen["cpu_s_per_million"] for cell, seen in cells.items()} for server, cells in figures.items()}
    reached = {
        f"{ours}_of_{other}_{cell}": round(costs[ours][cell] / costs[other][cell], 2)
        for ours in ("compiled", "cffi")
        for other in ("janus", "livekit")
        if other in costs
        for cell in CELLS
    }
    reached["loss_80k"], reached["p99_ms_80k"] = figures["compiled"]["80k"]["loss"], figures["compiled"]["80k"]["p99_ms"]
    holds = all(reached[goal] <= limit for goal, limit in GOALS.items() if goal in reached)
    shown = {
        "profile": PROFILE,
        "viewers": VIEWERS,
        "payload_bytes": PAYLOAD,
        "burst_us": BURST_US,
        "rounds": ROUNDS,
        "window_s": SECONDS,
        "cpu_s_per_million": costs,
        "reached": reached,
        "note": NOTE,
    }
    print(json.dumps({"benchmark": "sfu_forward", "figures": shown, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1


def _only_gcm(peer: MediaPeer) -> MediaPeer:
    """All servers protect with the same cipher: the one that costs least."""
    peer.dtls._srtp_profiles = [profile for profile in peer.dtls._srtp_profiles if profile.openssl_profile.decode() == PROFILE]
    assert peer.dtls._srtp_profiles
    return peer


def _host() -> str:
    """An address of this machine that is not loopback, where there is one: not every server offers loopback to its clients."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # of documentation (RFC 5737): only the route is looked up
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
