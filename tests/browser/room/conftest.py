"""A stand for each test of the room's page, and one Chromium with a synthetic camera and microphone for all, on one event loop."""

import asyncio
import math
import shutil
import wave
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize, async_playwright, expect

from tests.browser.room.stand import PATIENCE_S, URL, Stand, standing
from tests.peers.media_engines import LIVEKIT, engines
from tests.peers.product import Product

DESK: ViewportSize = {"width": 1366, "height": 768}
PHONE: ViewportSize = {"width": 360, "height": 740}
_ARGUMENTS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream=fps=5",
    "--disable-gpu",
    # An address that is no secure context, for what browsers refuse there.
    "--host-resolver-rules=MAP insecure.test 127.0.0.1",
)

collect_ignore = [] if LIVEKIT in engines() else ["test_on_livekit.py"]  # the run says where there is none

Opened = Callable[..., Awaitable[Page]]


async def comes_true(page: Page, expression: str, timeout_s: float = PATIENCE_S) -> None:
    """Waits until an expression holds in the page. (Playwright's own way needs what the page's policy forbids.)"""
    waiting = f"new Promise((done) => {{ const look = () => (({expression}) ? done() : setTimeout(look, 50)); look(); }})"
    try:
        async with asyncio.timeout(timeout_s):
            await page.evaluate(waiting)
    except TimeoutError:
        raise AssertionError(f"not within {timeout_s} s: {expression}\n{await page.locator('body').aria_snapshot()}") from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "room" in item.path.parts and "browser" in item.path.parts:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def stand() -> AsyncIterator[Stand]:
    async with standing() as stand:
        yield stand


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def devices(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Chromium without windows, with a synthetic camera, and a microphone that hears somebody speak."""
    voice = tmp_path_factory.mktemp("voice") / "voice.wav"
    _speak(voice)
    program = shutil.which("chromium-headless-shell")
    arguments = [*_ARGUMENTS, f"--use-file-for-fake-audio-capture={voice}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, chromium_sandbox=False, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product with its demo, one for all meetings. Many people sign in from one address, so the limits of codes are raised, not
    removed."""
    environ = {"CODES_PER_CONTACT_HOUR": "1000", "CODES_PER_ADDRESS_HOUR": "10000", "LIVE_NEWCOMERS_PER_MINUTE": "10000"}
    product = Product(tmp_path_factory.mktemp("product") / "data", environ=environ)
    await asyncio.to_thread(product.start)
    yield product
    await asyncio.to_thread(product.stop)


def _speak(path: Path) -> None:
    """Four seconds in the rhythm of a voice: four syllables a second of a low tone with its overtones, each a little different. A sound
    that stays the same is taken for noise and taken away."""
    rate_hz, seconds = 16_000, 4
    samples = array("h")
    for at in range(rate_hz * seconds):
        syllable, within = divmod(at * 4 / rate_hz, 1)
        pitch_hz = 110 + 20 * (syllable % 5)
        tone = sum(math.sin(2 * math.pi * pitch_hz * overtone * at / rate_hz) / overtone for overtone in range(1, 6))
        samples.append(int(9_000 * tone * math.sin(math.pi * within) ** 2))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


@pytest_asyncio.fixture(loop_scope="session")
async def opened(devices: Browser, stand: Stand) -> AsyncIterator[Opened]:
    """``await opened()``: the room's page, at the device check; with ``inside=True`` in the room. A fault in a script, or anything the
    security policy stops, fails the test."""
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # A lost connection is reported by the browser itself: that is no fault of the page.
        lost = "/live" in message.text + message.location["url"] or "net::" in message.text
        insecure = "Cross-Origin-Opener-Policy header has been ignored" in message.text
        if message.type == "error" and not lost and not insecure:
            faults.append(message.text)

    contexts = []

    async def open_page(
        *, inside: bool = False, size: ViewportSize = DESK, query: str = "", before: str = "", dark: bool = False, host: str = ""
    ) -> Page:
        # Pictures take their places at once, so that they can be measured.
        context = await devices.new_context(
            viewport=size, has_touch=size == PHONE, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(str(error)))
        if before:
            await page.add_init_script(before)
        origin = stand.origin.replace("127.0.0.1", host) if host else stand.origin
        await page.goto(origin + URL + query)
        if inside:
            await page.locator(".check__enter:enabled").click()
            await expect(page.locator("media-tile").first).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert faults == []
