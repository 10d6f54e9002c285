"""People in a room of the running product: each a browser page with a synthetic camera and microphone."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, CDPSession, Locator, Page, expect

from server.demo.content import ROOM_SLUG
from tests.browser.room.conftest import comes_true
from tests.browser.stories.people import Crowd, Person
from tests.peers.product import Product

ROOM = f"/phong-hop/{ROOM_SLUG}"

_RECEIVED = """
async (source) => {
    const { room } = document.querySelector("room-stage").hall.media;
    const found = {};
    for (const { identity, trackPublications } of room.remoteParticipants.values())
        for (const publication of trackPublications.values()) {
            if (publication.source !== source) continue;
            if (!publication.track) {
                found[identity] = { desired: publication.isDesired, allowed: publication.isAllowed };
                continue;
            }
            const reports = await publication.track.receiver.getStats();
            for (const report of reports.values())
                if (report.type === "inbound-rtp") {
                    const { framesDecoded = 0, totalAudioEnergy = 0, packetsReceived } = report;
                    found[identity] = { frames: framesDecoded, energy: totalAudioEnergy, packets: packetsReceived };
                }
        }
    return found;
}
"""


_INVENTED = """
const devices = navigator.mediaDevices;
const open = devices.getUserMedia.bind(devices);
devices.getUserMedia = (wanted) => open(wanted.video ? { ...wanted, video: { ...wanted.video, width: 320, height: 180 } } : wanted);
devices.getDisplayMedia = async () => {
    const screen = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    const brush = screen.getContext("2d");
    const stream = screen.captureStream(5);
    const paint = () => {
        brush.fillStyle = `hsl(${performance.now() % 360} 50% 50%)`;
        brush.fillRect(0, 0, 640, 360);
        if (stream.active) setTimeout(paint, 200);
    };
    paint();
    return stream;
};
"""
"""A camera that gives small pictures, whatever is asked of it, and a screen that is invented too: both are quickly encoded. Layers, and
what a browser shows of a screen, are looked at in ``tests/browser/media``."""
PATIENCE_S = 90.0
"""How long anything expected of media may take on a busy machine."""


class Attendee:
    """One person before the room's page."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page: Page = person.page
        self._session: CDPSession | None = None

    async def come(self, room: str = ROOM, *, microphone: bool = True) -> None:
        """Through the device check into the room, with the camera on."""
        await self.page.add_init_script(_INVENTED)
        await self.person.visit(room)
        await self.devices(microphone=microphone)
        await self.page.locator(".check__enter:enabled").click()
        await self.is_inside()

    async def devices(self, *, microphone: bool = True) -> None:
        """At the device check: the camera is seen, and the microphone is as wanted."""
        await comes_true(self.page, "document.querySelector('[data-part=preview]')?.videoWidth > 0")
        switch = self.page.locator(".check__switches").get_by_role("button", name="Micro")
        if (await switch.get_attribute("aria-pressed") == "true") != microphone:
            await switch.click()
        await expect(switch).to_have_attribute("aria-pressed", "true" if microphone else "false")

    async def is_inside(self) -> None:
        await expect(self.page.locator("media-tile").first).to_be_visible()

    async def identity(self) -> str:
        return str(await self.page.evaluate("document.querySelector('room-stage').hall.state.me.who"))

    def button(self, name: str) -> Locator:
        return self.page.locator("room-bar").get_by_role("button", name=name)

    def tile(self, who: str) -> Locator:
        return self.page.locator(f"media-tile.tile--camera[data-who={who}]")

    async def say(self, words: str) -> None:
        await self.open("Trao đổi", "chat-panel")
        await self.page.get_by_label("Viết cho mọi người").fill(words)
        await self.page.get_by_label("Viết cho mọi người").press("Enter")

    async def open(self, name: str, panel: str) -> None:
        if not await self.page.locator(panel).count():
            await self.button(name).click()

    async def devices_on(self) -> None:
        """Camera and microphone of who is inside are switched on, whatever was before."""
        for name in ("Camera", "Micro"):
            if await self.button(name).get_attribute("aria-pressed") != "true":
                await self.button(name).click()
            await expect(self.button(name)).to_have_attribute("aria-pressed", "true")

    async def close_panels(self) -> None:
        for name, panel in (("Trao đổi", "chat-panel"), ("Mọi người", "people-panel")):
            if await self.page.locator(panel).count():
                await self.button(name).click()

    async def received(self, source: str = "camera") -> dict[str, dict[str, Any]]:
        """What has come from each of the others: decoded frames, energy of sound, packets."""
        found: dict[str, dict[str, Any]] = await self.page.evaluate(_RECEIVED, source)
        return found

    async def sees(self, who: str, source: str = "camera") -> None:
        """Waits until the picture of ``who`` has a size and moves."""
        await self.grows(who, source, "frames", 5)
        kind = "screen" if source == "screen_share" else "camera"
        await comes_true(self.page, f"document.querySelector('media-tile.tile--{kind}[data-who={who}] video').videoWidth > 0")

    async def hears(self, who: str) -> None:
        """Waits until sound comes from ``who`` that is no silence."""
        await self.grows(who, "microphone", "energy", 0.0001)

    async def grows(self, who: str, source: str, figure: str, by: float) -> None:
        """Waits until a figure is larger than now by so much; a connection that is made anew begins at zero."""
        first: float | None = None
        deadline = time.monotonic() + PATIENCE_S
        while True:
            received = await self.received(source)
            now = received.get(who, {}).get(figure)
            if now is not None:
                first = now if first is None or now < first else first
                if now >= first + by:
                    return
            assert time.monotonic() < deadline, f"{figure} of {who} stay at {now} for {await self.identity()}, who receives {received}"
            await asyncio.sleep(0.2)

    async def cut(self, off: bool) -> None:
        """Takes the network away from this page, or gives it back. Packets of media over UDP are not stopped by it."""
        # Whoever has taken it away must give it back: each session of the browser's protocol has a switch of its own.
        if self._session is None:
            self._session = await self.page.context.new_cdp_session(self.page)
            await self._session.send("Network.enable")
        conditions = {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await self._session.send("Network.emulateNetworkConditions", conditions)


@asynccontextmanager
async def attending(product: Product, devices: Browser, media: str = "") -> AsyncIterator[Crowd]:
    """People who all go when the block ends; none of their pages may have had a fault."""
    crowd = Crowd(product, devices, product.url, media)
    yield crowd
    await crowd.leave()
