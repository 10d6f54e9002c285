"""``python3 -m tests.soak loss [--seconds N]``: a call of two in Chromium where one datagram in twenty is lost each way, for a minute.

On our media server, and on LiveKit's where it can be had. With ours no picture may freeze; beside LiveKit's, none more than there.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.media.clients import chromium_with_devices, serving_page
from tests.media_stories.bad_network import LOSS, watch
from tests.peers.media_engines import LIVEKIT, OURS, engines, running_engine

SECONDS = 60.0
FPS = 20
"""Pictures a second: what Chromium's synthetic camera gives by itself."""


def main() -> int:
    """Prints what was seen on each server and, last, all of it; 0 when no picture froze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    seconds = parser.parse_args(sys.argv[1:]).seconds
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(_watch_all(Path(folder), seconds))
    frozen = seen[OURS]["freezeCount"]
    holds = frozen == 0 and frozen <= seen.get(LIVEKIT, {"freezeCount": frozen})["freezeCount"]
    print(json.dumps({"soak": "loss", "seconds": seconds, "loss": LOSS, **seen, "goal_freezes": 0, "holds": holds}))
    return 0 if holds else 1


async def _watch_all(folder: Path, seconds: float) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    with serving_page() as page_url:
        async with chromium_with_devices(fps=30) as browser:
            for name in engines():
                with running_engine(name, folder / name) as engine:
                    seen[name] = await watch(browser, page_url, engine, seconds=seconds)
                print(f"{name}: {seen[name]}", flush=True)
    return seen
