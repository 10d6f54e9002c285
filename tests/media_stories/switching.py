"""A viewer in Chromium who wants another layer of a picture, again and again."""

import asyncio

from tests.browser.media.clients import Client
from tests.media_stories.bad_network import CAMERA

WIDTHS = ((0, 320), (2, 640), (0, 320), (2, 640))
"""The quality asked for, and the width that comes then."""

_LONGEST_STILL_MS = """async (who) => {
  let [longest, last, before] = [0, performance.now(), -1];
  while (!state.enough) {
    const [{ framesDecoded }] = await statistics(who, 'camera');
    const now = performance.now();
    if (framesDecoded !== before) [longest, last, before] = [Math.max(longest, now - last), now, framesDecoded];
    await new Promise((soon) => setTimeout(soon, 20));
  }
  return Math.max(longest, performance.now() - last);
}"""
"""The longest time in which no new picture of somebody was decoded, until it is enough."""


async def switch_layers(url: str, room: str, speaker: Client, viewer: Client) -> float:
    """Sees that each layer comes and moves. Returns the longest time without a new picture, in milliseconds."""
    await speaker.join(url, room, "speaker", options=CAMERA)
    await viewer.join(url, room, "viewer")
    await speaker.publish(camera=True)
    await viewer.sees("speaker")
    longest = asyncio.create_task(viewer.ask(_LONGEST_STILL_MS, "speaker"))
    quality = "(quality) => state.room.remoteParticipants.get('speaker').getTrackPublication('camera').setVideoQuality(quality)"
    for number, width in WIDTHS:
        await viewer.ask(quality, number)
        await viewer.until("(width) => statistics('speaker', 'camera').then((reports) => reports[0].frameWidth === width)", width)
        await viewer.sees("speaker")
    await viewer.ask("state.enough = true")
    return float(await longest)
