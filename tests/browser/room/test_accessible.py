"""The room is open to everybody: nothing that axe knows to keep people out, in both languages, light and dark, on a desk and a phone."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from playwright.async_api import Page

from server.protocol.groups import Address, Groups
from server.protocol.meeting import Floor, Hand, Item, Limits, Plan, Procedure, Seat
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


ROLL = [
    Seat("p1", "Chair of the sample", "chair", "Sample Office", 1, None, None),
    Seat("p2", "Member of the sample 1", "member", "", 1, None, None),
    Seat("p3", "Member of the sample 2", "guest", "Sample Association", 0, None, None),
]
AGENDA = [
    Item(1, Plan("Opening of the sample", "p1", NOON, 600), NOON, NOON + timedelta(minutes=9)),
    Item(2, Plan("Item of the sample", "p2", NOON + timedelta(minutes=10), 600, readers=["p1", "p2"]), NOON + timedelta(minutes=9), None),
    Item(3, Plan("End of the sample"), None, None),
]
QUEUE = [Hand(4, "p3", "point_of_order", None), Hand(3, "p2", "statement", "against")]
SPEAKS = Floor("p2", "reply", "for", NOON, NOON.replace(year=2099), NOON.replace(year=2099), NOON.replace(year=2099))
PROCEDURE = Procedure("p1", None, None, NOON, 2, False, Limits(180, 600), SPEAKS)


async def filled(stand: Stand, page: Page) -> None:
    """A meeting in which something of everything happens."""
    first, second, _ = await stand.come("Member of the sample 1", "Member of the sample 2", "Member of the sample 3")
    await stand.change_member(first, hand=1)
    await stand.change_member(second, connected=False)
    await stand.say(first, "Member of the sample 1", "https://mau.example/")
    await stand.write(first, "Member of the sample 1", "Only for the sample", Address("person", "p1"))
    await stand.change(groups=Groups(2, {first: 1, second: 2}, NOON, NOON.replace(year=2099), NOON))
    await stand.change(roll=ROLL, agenda=AGENDA, queue=QUEUE, procedure=PROCEDURE)
    await stand.change(waiting=[Waiting("g1", "Guest of the sample", NOON.isoformat(), True)])


@pytest.mark.parametrize("way", list(WAYS.values()), ids=list(WAYS))
async def test_axe_finds_nothing(stand: Stand, opened: Opened, way: Way) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, role="host", lobby=False, reach=["ordinary"]))
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
    for shortcut in ("Control+Alt+a", "Control+Alt+f", "Control+Alt+c", "Control+Alt+p", "Control+Alt+n"):
        await page.keyboard.press(shortcut)
        found += await barriers(page, way.rules)
    await page.keyboard.press("Control+Alt+n")
    await page.locator(".course__group").click()
    found += await barriers(page, way.rules)
    await page.locator(".panel__close").click()
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
