"""A stand and a page for each test of the elements, and one Chromium for all of them, on one event loop."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from tests.browser.elements.stand import URL, Stand, standing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "elements" in item.path.parts:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def stand() -> AsyncIterator[Stand]:
    async with standing() as stand:
        yield stand


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"),
            chromium_sandbox=False,
            args=["--renderer-process-limit=1"],  # a new page of a profile finds letters and scripts where the last one left them
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def profile(browser: Browser) -> AsyncIterator[BrowserContext]:
    """What all pages share, kept warm by one that stays open. Every stand has an address of its own, and so what is stored for it."""
    context = await browser.new_context()
    await context.new_page()
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(profile: BrowserContext, stand: Stand) -> AsyncIterator[Page]:
    """The consultation's page, live. A fault in a script, or anything the security policy stops, fails the test."""
    async with _live(profile, stand) as page:
        yield page
    await profile.set_offline(False)  # where a test has failed
    await profile.clear_cookies()


@pytest_asyncio.fixture(loop_scope="session")
async def timed_page(browser: Browser, stand: Stand) -> AsyncIterator[Page]:
    """The same in a profile of its own, whose clock may be set."""
    context = await browser.new_context()
    async with _live(context, stand) as page:
        yield page
    await context.close()


@asynccontextmanager
async def _live(context: BrowserContext, stand: Stand) -> AsyncIterator[Page]:
    context.set_default_timeout(60_000)  # the machine does other things too
    page = await context.new_page()
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A lost connection is reported by the browser itself: that is no fault of the page.
        lost = "/live" in message.text + message.location["url"] or "net::" in message.text
        if message.type == "error" and not lost:
            faults.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(stand.origin + URL)
    await page.locator("live-status[data-state=live]").wait_for()
    yield page
    await page.close()
    assert faults == []
