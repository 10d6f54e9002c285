"""One media server and one Chromium for all; a room of its own for each test, reached on either path of the protocol."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.media.clients import Client, chromium_with_devices, client, serving_page
from tests.peers.engine import Doorway, MediaServer, doorway, new_room, running_media_server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "media" in item.path.parts and "browser" in item.path.parts:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def media_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    with running_media_server(tmp_path_factory.mktemp("media") / "output") as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def devices() -> AsyncIterator[Browser]:
    """Chromium with a synthetic camera and microphone."""
    async with chromium_with_devices() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session", params=["one connection", "two connections"])
async def door(media_server: MediaServer, request: pytest.FixtureRequest) -> AsyncIterator[Doorway]:
    """The way to the server. A client that is told that ``/rtc/v1`` is not there takes the older path by itself."""
    async with doorway(media_server, refused="/rtc/v1" if request.param == "two connections" else "") as door:
        yield door


@pytest_asyncio.fixture(loop_scope="session")
async def one(devices: Browser, page_url: str) -> AsyncIterator[Client]:
    async with client(devices, page_url) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def other(devices: Browser, page_url: str) -> AsyncIterator[Client]:
    async with client(devices, page_url) as other:
        yield other


@pytest.fixture(scope="session")
def page_url() -> Iterator[str]:
    with serving_page() as url:
        yield url


@pytest.fixture
def room() -> str:
    return new_room()
