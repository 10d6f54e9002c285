"""``python3 -m tests.benchmarks sfu_join``: how soon who joins a room sees somebody, and what each participant costs the server.

Chromium with LiveKit's own client on loopback: from the call of ``connect`` to the first picture shown of a camera that has been on
before, on our media server and, taking turns with it, on LiveKit's. Then RTP clients join a room with one picture that rests: CPU time
and memory of the server's process by the number of those who joined. ``JOINS`` and ``SUBSCRIBERS`` shorten a run.
"""

import asyncio
import json
import os
import statistics
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from tests.browser.media.clients import Client, chromium_with_devices, client, serving_page
from tests.peers.engine import Engine, MediaServer, new_room, token
from tests.peers.livekit_server import LiveKitServer
from tests.peers.media_engines import OURS, engines, running_engine
from tests.peers.processes import cpu_s, resident_mib
from tests.peers.rtp_client import RtpClient

JOINS = int(os.environ.get("JOINS", "40"))
WARM_UP = 5
SUBSCRIBERS = int(os.environ.get("SUBSCRIBERS", "50"))
SETTLING_S = 3.0
"""After the last one has joined, until memory is looked at."""
GOALS = {"p95_ms": 500}
FPS = 30
"""Pictures a second, as cameras give them: who joins waits for the next one."""
CAMERA = {"videoCaptureDefaults": {"resolution": {"width": 640, "height": 360}}}
STEPS = ("connected", "subscribed", "seen")

_JOIN = """async ([url, token]) => {
  const room = new L.Room();
  const took = {};
  const began = performance.now();
  const note = (step) => { took[step] = performance.now() - began; };
  const seen = new Promise((resolve) => room.on(L.RoomEvent.TrackSubscribed, (track) => {
    note('subscribed');
    const element = track.attach();
    document.body.append(element);
    element.requestVideoFrameCallback(() => { note('seen'); resolve(element); });
  }));
  await room.connect(url, token);
  note('connected');
  const element = await seen;
  took.paths = [room.engine.pcManager.mode];
  await room.disconnect();
  element.remove();
  return took;
}"""
"""Milliseconds from the call to: connected, the track known, its first picture shown. The room is left again."""


async def joins(page_url: str, servers: dict[str, Engine]) -> dict[str, Any]:
    """Joins in Chromium, of all servers in turn."""
    took: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    async with chromium_with_devices(fps=FPS) as browser, AsyncExitStack() as stack:
        rooms = {name: new_room() for name in servers}
        for name, server in servers.items():
            speaker = await stack.enter_async_context(client(browser, page_url))
            await speaker.join(server.url, rooms[name], "speaker", options=CAMERA)
            await speaker.publish(camera=True)
        newcomer: Client = await stack.enter_async_context(client(browser, page_url))
        for number in range(WARM_UP + JOINS):
            for name, server in servers.items():
                key = token(f"newcomer-{number}", rooms[name], publish=False)
                one = await asyncio.wait_for(newcomer.ask(_JOIN, [server.url, key]), 60)
                if number >= WARM_UP:
                    took[name].append(one)
    return {
        name: {
            "joins": len(seen),
            "p50_ms": {step: round(statistics.median(one[step] for one in seen)) for step in STEPS},
            "p95_ms": round(statistics.quantiles((one["seen"] for one in seen), n=20, method="inclusive")[-1]),
            "longest_ms": round(max(one["seen"] for one in seen)),
            "connections": sorted({path for one in seen for path in one["paths"]}),
        }
        for name, seen in took.items()
    }


async def costs(server: Engine) -> dict[str, float]:
    """What each of many who join takes of the server's process: CPU milliseconds for joining, and MiB for being there."""
    room, pid = new_room(), process_of(server)
    async with AsyncExitStack() as stack:
        publisher = await stack.enter_async_context(joined(server, room, "publisher"))
        await publisher.publish_video(1)
        await stack.enter_async_context(joined(server, room, "first"))
        cpu_before_s, before_mib = cpu_s(pid), resident_mib(pid)
        for number in range(SUBSCRIBERS):
            await stack.enter_async_context(joined(server, room, f"subscriber-{number}"))
        used_s = cpu_s(pid) - cpu_before_s
        await asyncio.sleep(SETTLING_S)
        grown_mib = resident_mib(pid) - before_mib
    return {
        "cpu_ms_a_participant": round(used_s * 1000 / SUBSCRIBERS, 2),
        "mib_a_participant": round(grown_mib / SUBSCRIBERS, 3),
        "participants": SUBSCRIBERS,
    }


@asynccontextmanager
async def joined(server: Engine, room: str, identity: str) -> AsyncIterator[RtpClient]:
    """A participant whose connection for what it receives stands."""
    one = RtpClient(server.url, token(identity, room))
    try:
        await one.join()
        await one.until(lambda: one.down.dtls.state == "connected" and (identity == "publisher" or one.sinks))
        yield one
    finally:
        await one.close(politely=False)


def process_of(server: Engine) -> int:
    if isinstance(server, MediaServer):
        return server.pid
    assert isinstance(server, LiveKitServer) and server.process is not None
    return server.process.pid


async def measure(folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    with serving_page() as page_url:
        async with AsyncExitStack() as stack:
            servers = {name: stack.enter_context(running_engine(name, folder / name)) for name in engines()}
            for name, seen in (await joins(page_url, servers)).items():
                figures[name] = seen
                print(f"{name}: {json.dumps(seen)}", flush=True)
    for name in engines():  # with processes of their own, to which nobody has come yet
        with running_engine(name, folder / f"{name}-costs") as server:
            figures[name] |= await costs(server)
        print(f"{name}: {json.dumps(figures[name])}", flush=True)
    return figures


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder)))
    holds = figures[OURS]["p95_ms"] <= GOALS["p95_ms"]
    print(json.dumps({"benchmark": "sfu_join", "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1
