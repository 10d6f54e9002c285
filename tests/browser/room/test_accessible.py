"""The room is open to everybody: nothing that axe knows to keep people out, in both languages, light and dark, on a desk and a phone."""

import pytest
from msgspec.structs import replace
from playwright.async_api import Page

from server.protocol.rooms import Waiting
from tests.browser.room.conftest import DESK, PHONE, Opened
from tests.browser.room.stand import NOON, Stand
from tests.browser.stories.test_accessible import AXE, WAYS, Way, barriers

_MISSING = """
() => {
    const texts = document.querySelector("#texts");
    return [...texts.attributes].filter(({ value }) => !value.trim()).map(({ name }) => name);
}
"""
_VIETNAMESE = """
() => {
    const letters = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹàáãèéìíòóõùúý]/i;
    const values = [...document.querySelector("#texts").attributes].map(({ value }) => value.replace("Cốc Cốc", ""));
    return values.filter((value) => letters.test(value));
}
"""


async def filled(stand: Stand, page: Page) -> None:
    """A meeting in which something of everything happens."""
    first, second, _ = await stand.come("Member of the sample 1", "Member of the sample 2", "Member of the sample 3")
    await stand.change_member(first, hand=1)
    await stand.change_member(second, connected=False)
    await stand.say(first, "Member of the sample 1", "https://mau.example/")
    await stand.change(waiting=[Waiting("g1", "Guest of the sample", NOON.isoformat(), True)])


@pytest.mark.parametrize("way", list(WAYS.values()), ids=list(WAYS))
async def test_axe_finds_nothing(stand: Stand, opened: Opened, way: Way) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, role="host", lobby=False))
    page = await opened(size=PHONE if way.phone else DESK, dark=way.dark, query=f"?lang={way.lang}", before=AXE.read_text("utf-8"))
    await page.locator(".check__enter:enabled").wait_for()
    for details in await page.locator("details").all():
        await details.evaluate("(details) => { details.open = true; }")
    found = await barriers(page, way.rules)
    await page.locator(".check__enter").click()
    await page.locator("media-tile").first.wait_for()
    await filled(stand, page)
    await page.locator(".toast--knock").wait_for()
    found += await barriers(page, way.rules)
    for shortcut in ("Control+Alt+c", "Control+Alt+p", "Control+Alt+n"):
        await page.keyboard.press(shortcut)
        found += await barriers(page, way.rules)
    await page.keyboard.press("Control+Alt+n")
    await page.locator("room-bar .dock__pop").last.get_by_role("button").click()
    found += await barriers(page, way.rules)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+Slash")
    found += await barriers(page, way.rules)
    await page.keyboard.press("Escape")
    await stand.stand_as("removed", members=[])
    await page.locator("room-gate h1").wait_for()
    found += await barriers(page, way.rules)
    assert found == []


async def test_every_sentence_of_the_page_is_there_and_in_english_in_english(opened: Opened) -> None:
    page = await opened(query="?lang=en")
    assert await page.evaluate(_MISSING) == []
    assert await page.evaluate(_VIETNAMESE) == []
