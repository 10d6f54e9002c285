"""The server killed in the middle, and the connection gone for half a minute: nothing typed is lost, nothing is counted twice."""

import asyncio
from uuid import uuid4

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.browser.stories.line import line_to
from tests.browser.stories.people import DECISION, Crowd, Person, citizen, number
from tests.peers.ports import free_port
from tests.peers.product import Product

CUT_S = 30.0


@pytest.fixture(scope="module")
def own_product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A product of these tests' own, to be killed, on a port that stays the same."""
    environ = {"CODES_PER_CONTACT_HOUR": "1000"}
    return Product(tmp_path_factory.mktemp("own") / "data", environ=environ, port=free_port())


async def test_a_server_killed_and_started_again_loses_no_word(own_product: Product, browser: Browser) -> None:
    await asyncio.to_thread(own_product.start)
    crowd = Crowd(own_product, browser, own_product.url)
    one, other = await crowd.person(citizen(1)), await crowd.person(citizen(2))
    for person in (one, other):
        await person.visit(DECISION)
        await person.live()
    box = one.page.locator("#dieu-5 vote-box")
    counts = other.page.locator("#dieu-5 vote-box [data-part=count]")
    before = [number(text) for text in await counts.all_text_contents()]
    mine = int(await box.locator(":checked").get_attribute("value") or 0)
    await one.page.locator("#dieu-5").get_by_role("link", name="Góp ý về").click()
    await one.page.locator("#dieu-5").get_by_label("Nội dung").fill("Viết khi máy chủ còn chạy")

    await asyncio.to_thread(own_product.kill)
    await expect(one.page.locator("live-status")).not_to_have_text("Trực tiếp")
    wanted = (mine + 1) % 3
    await box.locator("[type=radio]").nth(wanted).check(force=True)
    await expect(box.get_by_role("status")).not_to_contain_text("Đã ghi nhận")
    await one.page.locator("#dieu-5").get_by_role("button", name="Gửi ý kiến").click()

    await asyncio.to_thread(own_product.start)
    await one.live()
    await other.live()
    await expect(box.get_by_role("status")).to_contain_text("Đã ghi nhận")
    before[mine] -= 1
    before[wanted] += 1
    await expect(counts).to_have_text([f"{people} người" for people in before])
    await expect(other.page.locator("#dieu-5").get_by_text("Viết khi máy chủ còn chạy")).to_have_count(1)
    await one.page.reload()
    await expect(one.page.locator("#dieu-5").get_by_text("Viết khi máy chủ còn chạy")).to_have_count(1)
    await crowd.leave()
    await asyncio.to_thread(own_product.stop)


class Speaker:
    """Somebody whose way to the site is not cut: sends the form of the page straight to the product."""

    def __init__(self, client: httpx.AsyncClient, fields: dict[str, str]) -> None:
        self.client = client
        self._fields = fields

    async def say(self, text: str) -> None:
        answer = await self.client.post(f"{DECISION}/gop-y", data={**self._fields, "id": str(uuid4()), "text": text})
        assert answer.status_code == 303, answer.text


async def _speaker(person: Person, port: int) -> Speaker:
    """``person`` with the cookies and the open form of their browser, and a connection of their own to the product's port."""
    form = person.page.locator("#dieu-6 contribution-form form")
    fields = {name: await form.locator(f"[name={name}]").input_value() for name in ("csrf", "node", "name")}
    cookies = "; ".join(f"{cookie['name']}={cookie['value']}" for cookie in await person.context.cookies())
    host = person.origin.partition("://")[2]
    headers = {"Host": host, "Origin": person.origin, "Cookie": cookies, "Sec-Fetch-Site": "same-origin"}
    return Speaker(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, verify=False), fields)


async def test_half_a_minute_without_a_connection_leaves_no_gap(own_product: Product, browser: Browser) -> None:
    port = free_port()
    async with line_to(f"http://127.0.0.1:{port}") as line:
        # Citizens come by the line; its address is the site's own, as that of a proxy would be.
        environ = {**own_product.environ, "PUBLIC_URL": f"http://127.0.0.1:{line.port}"}
        product = Product(own_product.data, environ=environ, port=port)
        await asyncio.to_thread(product.start)
        crowd = Crowd(product, browser, f"http://127.0.0.1:{line.port}")
        far = await crowd.person(citizen(1))
        await far.visit(DECISION)
        await far.live()
        near = await crowd.person(citizen(2))
        await near.visit(f"{DECISION}?lang=vi")
        await near.page.locator("#dieu-6").get_by_role("link", name="Góp ý về").click()
        speaker = await _speaker(near, port)
        for position in range(2):
            await speaker.say(f"Trước khi đứt {position}")
        await expect(far.page.locator("#dieu-6").get_by_text("Trước khi đứt")).to_have_count(2)
        await far.page.locator("#dieu-6").get_by_role("link", name="Góp ý về").click()
        await far.page.locator("#dieu-6").get_by_label("Nội dung").fill("Đang viết dở")

        await line.cut()
        await expect(far.page.locator("live-status")).not_to_have_text("Trực tiếp")
        await far.page.locator("#dieu-6 vote-box [type=radio]").first.check(force=True)
        for position in range(3):
            await speaker.say(f"Trong khi đứt {position}")
        await asyncio.sleep(CUT_S)
        await line.join()

        await far.live()
        await expect(far.page.locator("#dieu-6").get_by_text("Trong khi đứt")).to_have_count(3)
        await expect(far.page.locator("#dieu-6").get_by_text("Trước khi đứt")).to_have_count(2)
        await expect(far.page.locator("#dieu-6").get_by_label("Nội dung")).to_have_value("Đang viết dở")
        await expect(far.page.locator("#dieu-6 vote-box").get_by_role("status")).to_contain_text("Đã ghi nhận")
        await speaker.client.aclose()
        await crowd.leave()
        await asyncio.to_thread(product.stop)
