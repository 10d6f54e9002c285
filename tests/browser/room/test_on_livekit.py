"""The same page and the same product on LiveKit's own server: nothing but three settings is different."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from server.web.media_news import WEBHOOK
from tests.browser.room.attendees import Attendee, attending
from tests.browser.stories.people import EDITOR, MODERATOR
from tests.peers.engine import KEY, SECRET
from tests.peers.livekit_server import LiveKitServer, find
from tests.peers.ports import free_port
from tests.peers.product import Product


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def livekit(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[LiveKitServer, int]]:
    """The server, and the port of the product to which it reports."""
    program, port = find(), free_port()
    assert program is not None
    server = LiveKitServer(program, tmp_path_factory.mktemp("livekit"), webhook=f"http://127.0.0.1:{port}{WEBHOOK}")
    await asyncio.to_thread(server.start)
    yield server, port
    server.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory, livekit: tuple[LiveKitServer, int]) -> AsyncIterator[Product]:
    server, port = livekit
    environ = {"LIVEKIT_URL": server.url.replace("http", "ws"), "LIVEKIT_API_KEY": KEY, "LIVEKIT_API_SECRET": SECRET}
    product = Product(tmp_path_factory.mktemp("product") / "data", environ=environ, port=port)
    await asyncio.to_thread(product.start)
    yield product
    await asyncio.to_thread(product.stop)


async def test_a_meeting_on_livekits_own_server(product: Product, livekit: tuple[LiveKitServer, int], devices: Browser) -> None:
    assert not any("server.sfu" in command for command in product.children().values())
    server, _ = livekit
    async with attending(product, devices, server.url) as crowd:
        host, member = Attendee(await crowd.person(EDITOR)), Attendee(await crowd.person(MODERATOR))
        for attendee in (host, member):
            await attendee.come()
        host_id, member_id = await host.identity(), await member.identity()

        async def both_see_and_hear() -> None:
            await asyncio.gather(host.sees(member_id), host.hears(member_id), member.sees(host_id), member.hears(host_id))

        await both_see_and_hear()
        await host.button("Chia sẻ màn hình").click()
        await member.sees(host_id, "screen_share")
        await host.button("Chia sẻ màn hình").click()

        name = await host.tile(member_id).locator(".tile__name").inner_text()
        await host.button("Mọi người").click()
        await host.page.get_by_role("button", name=f"Tắt micro của {name}").click()
        await expect(member.button("Micro")).to_have_attribute("aria-pressed", "false")
        await member.button("Micro").click()
        await expect(host.tile(member_id).locator(".tile__mic")).to_have_attribute("data-on", "true")

        server.kill()
        await expect(host.page.locator(".strip")).to_contain_text("hình và tiếng")
        await host.say("Vẫn viết được")
        await asyncio.to_thread(server.start)
        await both_see_and_hear()
        await expect(host.page.locator(".strip")).to_have_count(0)

        await host.button("Mọi người").click()
        await host.page.get_by_role("button", name=f"Mời {name} ra khỏi phòng").click()
        await host.page.get_by_role("dialog").get_by_role("button", name="Mời ra khỏi phòng").click()
        await expect(member.page.get_by_role("heading", name="Người chủ trì đã mời ông/bà ra khỏi phòng")).to_be_visible()
        await expect(host.tile(member_id)).to_have_count(0)
        await host.button("Rời phòng").click()
        await host.page.get_by_role("button", name="Kết thúc cho mọi người").click()
        await expect(host.page.get_by_role("heading", name="Cuộc họp đã kết thúc")).to_be_visible()
