"""The check of a site, on its own page: nothing is opened by itself, and what was found is told once."""

from datetime import UTC, datetime

from msgspec.structs import replace
from playwright.async_api import expect

from server.protocol.sites import TellCheck
from tests.browser.room.conftest import PHONE, Opened
from tests.browser.room.stand import Stand
from tests.browser.stories.test_accessible import AXE, WAYS, barriers


async def test_whoever_is_at_a_site_opens_what_is_tried_and_says_what_is_heard(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True, size=PHONE, dark=True, before=AXE.read_text("utf-8"))
    await stand.change(me=replace(stand.state.me, checked_since=datetime.now(UTC)))
    check = page.locator("site-check")
    await expect(check.get_by_role("timer")).to_contain_text("Còn")
    found = await barriers(page, WAYS["desk"].rules)
    for device, label in (("microphone", "Mở micro để thử"), ("camera", "Mở camera để thử")):
        await check.get_by_role("button", name=label).click()
        await expect(check.locator(f'[data-part={device}][data-good="true"]')).to_have_count(1)
    await check.get_by_role("button", name="Nghe rõ").click()
    assert found + await barriers(page, WAYS["phone"].rules) + await barriers(page, WAYS["desk"].rules) == []
    await check.get_by_role("button", name="Xong, gửi kết quả").click()
    told = await stand.until(lambda command: isinstance(command, TellCheck))
    assert isinstance(told, TellCheck)
    assert told.found.level is not None and told.found.level >= 25 and told.found.picture and told.found.heard
    assert told.found.round_trip_ms is None and told.found.lost is None, "there is no media here"
    await expect(check.locator("section")).to_have_count(0)
    assert sum(isinstance(command, TellCheck) for command in stand.received) == 1
