"""One Chromium for all, and three ways to a media server: ours behind two web processes, ours on the older path of the protocol, and
LiveKit's own."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.media.clients import PAGES, Client, chromium_with_devices, client, serving_page
from tests.peers.engine import Doorway, Engine, doorway, new_room
from tests.peers.media_engines import LIVEKIT, OURS, PRODUCT, engines, running_engine

TWO = "two connections"
"""A client that is told that ``/rtc/v1`` is not there takes the older path by itself. It does so on LiveKit's server, which over one
connection lets media flow before a browser has taken in where it belongs: on a busy machine a track is lost for good, now and then."""
WAYS = [PRODUCT, f"{OURS}, {TWO}", *([f"{LIVEKIT}, {TWO}"] if LIVEKIT in engines() else [])]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "media" in item.path.parts and "browser" in item.path.parts:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


class _Running(dict[str, Engine]):
    """Every media server that was asked for, until the end."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        super().__init__()
        self._folder = folder
        self._stack = stack

    def __missing__(self, name: str) -> Engine:
        self[name] = self._stack.enter_context(running_engine(name, self._folder / name))
        return self[name]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Engine]]:
    with ExitStack() as stack:
        yield _Running(tmp_path_factory.mktemp("media"), stack)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def media_server(way: str, running: dict[str, Engine]) -> Engine:
    return running[way.partition(",")[0]]


@pytest_asyncio.fixture(loop_scope="session")
async def door(way: str, media_server: Engine) -> AsyncIterator[Doorway]:
    async with doorway(media_server, refused="/rtc/v1" if way.endswith(TWO) else "", pages=PAGES) as door:
        yield door


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def devices() -> AsyncIterator[Browser]:
    """Chromium with a synthetic camera and microphone."""
    async with chromium_with_devices() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def one(devices: Browser, page_here: str) -> AsyncIterator[Client]:
    async with client(devices, page_here) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def other(devices: Browser, page_here: str) -> AsyncIterator[Client]:
    async with client(devices, page_here) as other:
        yield other


@pytest.fixture(scope="session")
def page_url() -> Iterator[str]:
    with serving_page() as url:
        yield url


@pytest.fixture
def page_here(way: str, door: Doorway, page_url: str) -> str:
    """The page of the clients; on the product's own origin where only that is heard."""
    return f"{door.url}/interop.html" if way == PRODUCT else page_url


@pytest.fixture
def room() -> str:
    return new_room()
