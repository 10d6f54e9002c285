"""Stories of official clients, each told on every media server there is: ours, and LiveKit's own beside it."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.media.clients import chromium_with_devices, serving_page
from tests.peers.engine import Engine, new_room
from tests.peers.media_engines import engines, running_engine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "media_stories" in item.path.parts:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session", params=engines())
def media_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running_engine(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def devices() -> AsyncIterator[Browser]:
    """Chromium with a synthetic camera and microphone."""
    async with chromium_with_devices(fps=5) as browser:
        yield browser


@pytest.fixture(scope="session")
def page_url() -> Iterator[str]:
    with serving_page() as url:
        yield url


@pytest.fixture
def room() -> str:
    return new_room()
