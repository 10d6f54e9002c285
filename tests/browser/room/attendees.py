"""People in a room of the running product: each a browser page with a synthetic camera and microphone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, CDPSession, Locator, Page, ViewportSize, expect

from server.demo.content import ROOM_SLUG
from tests.browser.room.conftest import comes_true
from tests.browser.stories.people import Crowd, Person
from tests.peers.product import Product

ROOM = f"/phong-hop/{ROOM_SLUG}"
SIZE: ViewportSize = {"width": 1024, "height": 600}

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
            found[identity] = { stream: "nothing has come of it" };
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


GROWS = f"""
async ([who, source, figure, by, patience]) => {{
    const received = {_RECEIVED.strip()};
    let first, all;
    for (const end = Date.now() + patience; Date.now() < end; await new Promise((soon) => setTimeout(soon, 250))) {{
        all = await received(source);
        const now = all[who]?.[figure];
        if (now === undefined) continue;
        if (first === undefined || now < first) first = now;
        if (now >= first + by) return "";
    }}
    const {{ media }} = document.querySelector("room-stage").hall;
    const way = `${{media.state}} (${{media.room.state}}, ${{media.breakage}})`;
    const published = ({{ trackPublications }}) => [...trackPublications.values()].map(({{ source, trackSid }}) => [source, trackSid]);
    const there = [...media.room.remoteParticipants.values()].map((one) => [one.identity, ...published(one)]);
    const seen = `received is ${{JSON.stringify(all)}}; there are ${{JSON.stringify(there)}}`;
    return `${{figure}} of ${{who}} was ${{first}} first; the way is ${{way}}; ${{seen}}`;
}}
"""
_NOTICE = """
(words) => {
    window.noticed = new Promise((noticed) => {
        const look = () => document.querySelector(".strip")?.textContent.includes(words) && noticed();
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
    });
}
"""
_INVENTED = """
const devices = navigator.mediaDevices;
const open = devices.getUserMedia.bind(devices);
const raw = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const filmed = (codedWidth, codedHeight) => {
    const film = new MediaStreamTrackGenerator({ kind: "video" });
    const writer = film.writable.getWriter();
    const picture = new Uint8Array((codedWidth * codedHeight * 3) / 2);
    const turn = () => {
        if (film.readyState !== "live") return;
        const timestamp = Math.round(performance.now() * 1000);
        picture.fill((timestamp / 1e4) % 256);
        if (writer.desiredSize > 0) writer.write(new VideoFrame(picture, { format: "I420", codedWidth, codedHeight, timestamp }));
        setTimeout(turn, 200);
    };
    turn();
    return film;
};
devices.getUserMedia = async ({ audio, video }) => {
    const stream = audio ? await open({ audio: { ...audio, ...raw } }) : new MediaStream();
    if (video) stream.addTrack(filmed(320, 180));
    return stream;
};
devices.getDisplayMedia = async () => new MediaStream([filmed(640, 360)]);
"""
"""A camera and a screen that are small films, whatever is asked of them, and a microphone from which nothing is filtered: quickly encoded,
and no page's film waits for another page. Browsers' own devices are looked at in ``tests/browser/media``, and before the stand."""
PATIENCE_S = 90.0
"""How long anything expected of media may take on a busy machine."""


class Attendee:
    """One person before the room's page."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.page: Page = person.page
        self._session: CDPSession | None = None

    async def prepare(self, room: str, roll: str, *items: str) -> None:
        """Fills in the roll of a room (its path) as it is pasted, and an agenda in which only who chairs or has the floor is heard."""
        page = self.page
        await self.person.visit(f"{room}/thanh-phan/nhap")
        await page.get_by_label("Dán danh sách vào đây").fill(roll)
        await page.get_by_role("button", name="Xem trước").click()
        await page.get_by_role("button", name="Ghi danh sách").click()
        await expect(page.locator("main")).to_contain_text("Đã ghi danh sách.")
        for title in items:
            await self.person.visit(f"{room}/chuong-trinh/them")
            await page.get_by_label("Nội dung họp", exact=True).fill(title)
            await page.get_by_role("button", name="Lưu").click()
        await page.get_by_label("Chỉ nghe được người chủ tọa").check()
        await page.get_by_role("button", name="Lưu").click()
        await expect(page.locator("main")).to_contain_text("Đã lưu chương trình.")

    async def come(self, room: str = ROOM, *, microphone: bool = True, camera: bool = True) -> None:
        """Through the device check into the room. What is painted is small and stands still, but for pictures: painting costs most."""
        await self.page.set_viewport_size(SIZE)
        await self.page.emulate_media(reduced_motion="reduce")
        await self.page.add_init_script(_INVENTED)
        await self.person.visit(room)
        await self.devices(microphone=microphone, camera=camera)
        await self.page.locator(".check__enter:enabled").click()
        await self.is_inside()

    async def guest_link(self) -> str:
        """A link by which guests come into the room, made on its page of settings."""
        settings = await self.page.context.new_page()
        await settings.goto(self.person.origin + ROOM + "/sua")
        if await settings.get_by_role("button", name="Tạo đường dẫn cho khách").count():
            await settings.get_by_role("button", name="Tạo đường dẫn cho khách").click()
        link = await settings.locator("copy-link input").last.input_value()
        await settings.close()
        return link

    async def knock(self, link: str, name: str) -> None:
        """A guest's way to the lobby."""
        await self.page.goto(link)
        await self.page.get_by_label("Tên của ông/bà").fill(name)
        await self.page.get_by_role("button", name="Tiếp tục").click()
        await self.devices()
        await self.page.locator(".check__enter:enabled").click()

    async def devices(self, *, microphone: bool = True, camera: bool = True) -> None:
        """At the device check: a camera is seen that was not switched off before, and both devices are as wanted."""
        switches = self.page.locator(".check__switches")
        if await switches.get_by_role("button", name="Camera").get_attribute("aria-pressed") == "true":
            await comes_true(self.page, "document.querySelector('[data-part=preview]')?.videoWidth > 0")
        for name, on in (("Micro", microphone), ("Camera", camera)):
            switch = switches.get_by_role("button", name=name)
            if (await switch.get_attribute("aria-pressed") == "true") != on:
                await switch.click()
            await expect(switch).to_have_attribute("aria-pressed", "true" if on else "false")

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

    async def more(self, name: str) -> None:
        """What stands in the menu of the bar, not on it."""
        await self.button("Thêm").click()
        await self.page.locator(".menu").get_by_role("button", name=name).click()

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
        why = await self.page.evaluate(GROWS, [who, source, figure, by, PATIENCE_S * 1000])
        assert why == "", f"{await self.identity()}: {why}"

    @asynccontextmanager
    async def is_told(self, words: str = "") -> AsyncIterator[None]:
        """What is done in the block has these words, or any, told above the pictures, for however short a time."""
        await self.page.evaluate(_NOTICE, words)
        yield
        async with asyncio.timeout(PATIENCE_S):
            await self.page.evaluate("window.noticed")

    async def cut(self, off: bool) -> None:
        """Takes the network away from this page, or gives it back. Packets of media over UDP are not stopped by it."""
        # Whoever has taken it away must give it back: each session of the browser's protocol has a switch of its own.
        if self._session is None:
            self._session = await self.page.context.new_cdp_session(self.page)
            await self._session.send("Network.enable")
        if off:  # a connection that stays open would keep the browser asking itself whether it may go on, as fast as it can
            await self.page.evaluate("document.querySelector('room-stage').hall.media.room.engine.client.ws?.close()")
        conditions = {"offline": off, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await self._session.send("Network.emulateNetworkConditions", conditions)


@asynccontextmanager
async def attending(product: Product, devices: Browser, media: str = "") -> AsyncIterator[Crowd]:
    """People who all go when the block ends; none of their pages may have had a fault."""
    crowd = Crowd(product, devices, product.url, media)
    yield crowd
    await crowd.leave()
