"""The room's page in Firefox, with a host in Chromium: what the page itself asks of a browser."""

import asyncio
from contextlib import suppress

from playwright.async_api import Browser, expect

from tests.browser.firefox import Failed, Tab, firefox
from tests.browser.room.attendees import GROWS, PATIENCE_S, Attendee, attending
from tests.browser.stories.people import EDITOR
from tests.peers.product import Product

_GIVE_NAME = """(name) => {
  const form = [...document.forms].find(({ elements }) => elements.name);
  form.elements.name.value = name;
  setTimeout(() => form.requestSubmit());
}"""


class Guest:
    """Somebody in the room's page in Firefox."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    async def knock(self, link: str, name: str) -> None:
        """Through the page of the link and the device check to the lobby, with camera and microphone on."""
        await self.tab.goto(link)
        await self.tab.evaluate(_GIVE_NAME, name)
        await self._arrives("document.querySelector('.check__enter:enabled') !== null")
        await self.tab.until("document.querySelector('[data-part=preview]')?.videoWidth > 0")
        await self.tab.evaluate("document.querySelectorAll('.check__switches [data-off=true]').forEach((off) => off.click())")
        await self.tab.until("document.querySelectorAll('.check__switches [data-off=false]').length === 2")
        await self.click(".check__enter")

    async def click(self, selector: str) -> None:
        await self.tab.evaluate("(selector) => document.querySelector(selector).click()", selector)

    async def grows(self, who: str, source: str, figure: str, by: float) -> None:
        assert await self.tab.evaluate(GROWS, [who, source, figure, by, PATIENCE_S * 1000]) == ""

    async def _arrives(self, expression: str) -> None:
        """Waits for something on the next page. What is asked of a page just before it goes is never answered."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                with suppress(Failed, TimeoutError):
                    if await asyncio.wait_for(self.tab.evaluate(expression), 5):
                        return
                await asyncio.sleep(0.1)


async def test_a_guest_in_firefox_is_seen_and_heard_and_sees_hears_and_reads(product: Product, devices: Browser) -> None:
    async with attending(product, devices) as crowd, firefox() as fox:
        host = Attendee(await crowd.person(EDITOR))
        await host.come()
        guest = Guest(await fox.tab())
        await guest.knock(await host.guest_link(), "Khách dùng Firefox")
        await host.button("Mọi người").click()
        await host.page.get_by_role("button", name="Mời vào: Khách dùng Firefox").click()
        await guest.tab.until("document.querySelector('media-tile') !== null")
        host_id = await host.identity()
        guest_id = await guest.tab.evaluate("document.querySelector('room-stage').hall.state.me.who")
        await asyncio.gather(host.sees(guest_id), host.hears(guest_id))
        await guest.grows(host_id, "camera", "frames", 5)
        await guest.grows(host_id, "microphone", "energy", 0.0001)
        await guest.tab.until("(who) => document.querySelector(`media-tile[data-who=${who}] video`).videoWidth > 0", host_id)
        await host.button("Chia sẻ màn hình").click()
        await guest.grows(host_id, "screen_share", "frames", 5)
        await guest.click("room-bar [data-panel=chat]")
        await guest.tab.until("document.querySelector('chat-panel') !== null")
        await host.say("Kính chào")
        await guest.tab.until("document.querySelector('chat-panel').textContent.includes('Kính chào')")
        await guest.click("room-bar .round--leave")
        await expect(host.tile(guest_id)).to_have_count(0)
