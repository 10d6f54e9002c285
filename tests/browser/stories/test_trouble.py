"""The server killed in the middle, and the connection gone for half a minute: nothing typed is lost, nothing is counted twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.stories.line import Line, line_to
from tests.browser.stories.people import DECISION, Crowd, Person, citizen, number
from tests.peers.ports import free_port
from tests.peers.product import Product

CUT_S = 30.0


class Trouble(NamedTuple):
    """A product of these tests' own, to be killed, and the line by which citizens come to it, to be cut.

    The line's address is the site's own, as that of a proxy would be.
    """

    product: Product
    line: Line
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.line.port}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def trouble(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Trouble]:
    port = free_port()
    async with line_to(f"http://127.0.0.1:{port}") as line:
        environ = {"CODES_PER_CONTACT_HOUR": "1000", "PUBLIC_URL": f"http://127.0.0.1:{line.port}"}
        product = Product(tmp_path_factory.mktemp("own") / "data", environ=environ, port=port)
        await asyncio.to_thread(product.start)
        yield Trouble(product, line, port)
        await asyncio.to_thread(product.stop)


@pytest_asyncio.fixture(loop_scope="session")
async def citizens(trouble: Trouble, browser: Browser) -> AsyncIterator[Crowd]:
    crowd = Crowd(trouble.product, browser, trouble.origin)
    yield crowd
    await crowd.leave()


async def test_a_server_killed_and_started_again_loses_no_word(trouble: Trouble, citizens: Crowd) -> None:
    one, other = await citizens.person(citizen(1)), await citizens.person(citizen(2))
    for person in (one, other):
        await person.visit(DECISION)
        await person.live()
    box = one.page.locator("#dieu-5 vote-box")
    counts = other.page.locator("#dieu-5 vote-box [data-part=count]")
    before = [number(text) for text in await counts.all_text_contents()]
    mine = int(await box.locator(":checked").get_attribute("value") or 0)
    await one.page.locator("#dieu-5").get_by_role("link", name="Góp ý về").click()
    await one.page.locator("#dieu-5").get_by_label("Nội dung").fill("Viết khi máy chủ còn chạy")

    await asyncio.to_thread(trouble.product.kill)
    await expect(one.page.locator("live-status")).not_to_have_text("Trực tiếp")
    wanted = (mine + 1) % 3
    await box.locator("[type=radio]").nth(wanted).check(force=True)
    await expect(box.get_by_role("status")).not_to_contain_text("Đã ghi nhận")
    await one.page.locator("#dieu-5").get_by_role("button", name="Gửi ý kiến").click()

    await asyncio.to_thread(trouble.product.start)
    await one.live()
    await other.live()
    await expect(box.get_by_role("status")).to_contain_text("Đã ghi nhận")
    before[mine] -= 1
    before[wanted] += 1
    await expect(counts).to_have_text([f"{people} người" for people in before])
    await expect(other.page.locator("#dieu-5").get_by_text("Viết khi máy chủ còn chạy")).to_have_count(1)
    await one.page.reload()
    await expect(one.page.locator("#dieu-5").get_by_text("Viết khi máy chủ còn chạy")).to_have_count(1)


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


async def test_half_a_minute_without_a_connection_leaves_no_gap(trouble: Trouble, citizens: Crowd) -> None:
    far = await citizens.person(citizen(1))
    await far.visit(DECISION)
    await far.live()
    near = await citizens.person(citizen(2))
    await near.visit(f"{DECISION}?lang=vi")
    await near.page.locator("#dieu-6").get_by_role("link", name="Góp ý về").click()
    speaker = await _speaker(near, trouble.port)
    for position in range(2):
        await speaker.say(f"Trước khi đứt {position}")
    await expect(far.page.locator("#dieu-6").get_by_text("Trước khi đứt")).to_have_count(2)
    await far.page.locator("#dieu-6").get_by_role("link", name="Góp ý về").click()
    await far.page.locator("#dieu-6").get_by_label("Nội dung").fill("Đang viết dở")

    await trouble.line.cut()
    await expect(far.page.locator("live-status")).not_to_have_text("Trực tiếp")
    await far.page.locator("#dieu-6 vote-box [type=radio]").first.check(force=True)
    for position in range(3):
        await speaker.say(f"Trong khi đứt {position}")
    await asyncio.sleep(CUT_S)
    await trouble.line.join()

    await far.live()
    await expect(far.page.locator("#dieu-6").get_by_text("Trong khi đứt")).to_have_count(3)
    await expect(far.page.locator("#dieu-6").get_by_text("Trước khi đứt")).to_have_count(2)
    await expect(far.page.locator("#dieu-6").get_by_label("Nội dung")).to_have_value("Đang viết dở")
    await expect(far.page.locator("#dieu-6 vote-box").get_by_role("status")).to_contain_text("Đã ghi nhận")
    await speaker.client.aclose()
