"""One product and one Chromium for all stories, on one event loop; new people for each."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.stories.people import Crowd, chromium
from tests.browser.stories.setting import Setting, setting_of
from tests.peers.product import Product


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stories" in item.path.parts and "browser" in item.path.parts:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product with its demo. Many people sign in from one address, so the limits of codes are raised, not removed."""
    environ = {"CODES_PER_CONTACT_HOUR": "1000", "CODES_PER_ADDRESS_HOUR": "10000", "LIVE_NEWCOMERS_PER_MINUTE": "10000"}
    product = Product(tmp_path_factory.mktemp("product") / "data", environ=environ)
    await asyncio.to_thread(product.start)
    yield product
    await asyncio.to_thread(product.stop)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def setting(product: Product) -> AsyncIterator[Setting]:
    async with setting_of(product) as setting:
        yield setting


@pytest_asyncio.fixture(loop_scope="session")
async def crowd(product: Product, browser: Browser) -> AsyncIterator[Crowd]:
    crowd = Crowd(product, browser, product.url)
    yield crowd
    await crowd.leave()
