"""Two people in Chromium over a network that loses a part of everything, each way: what the one who watches sees of the other."""

import asyncio
from typing import Any

from playwright.async_api import Browser

from tests.browser.media.clients import Client, client
from tests.peers.engine import Engine, new_room
from tests.peers.lossy_way import lossy_way

LOSS = 0.05
CAMERA = {"videoCaptureDefaults": {"resolution": {"width": 640, "height": 360}}}


async def watch(browser: Browser, page_url: str, engine: Engine, *, seconds: float, seed: int = 1) -> dict[str, Any]:
    """What was seen in so many seconds: how often the picture froze, how many pictures were sent and decoded, packets lost and asked for
    again."""
    room = new_room()
    async with (
        lossy_way(engine, loss=LOSS, seed=seed) as way,
        client(browser, page_url) as speaker,
        client(browser, page_url) as viewer,
    ):
        await viewer.join(way.url, room, "viewer")
        await speaker.join(way.url, room, "speaker", options=CAMERA)
        await speaker.publish(camera=True, microphone=True)
        await viewer.hears_and_sees("speaker")
        before, sent = await _picture(viewer), await speaker.sent()
        await asyncio.sleep(seconds)
        after, sent = await _picture(viewer), await speaker.sent() - sent
        figures = {name: after[name] - before[name] for name in ("freezeCount", "framesDecoded", "packetsLost", "nackCount", "pliCount")}
        return figures | {"framesSent": sent, "width": after["frameWidth"], "datagrams": way.carried, "datagrams_lost": way.lost}


async def _picture(viewer: Client) -> Any:
    [report] = await viewer.ask("([who, source]) => statistics(who, source)", ["speaker", "camera"])
    return report
