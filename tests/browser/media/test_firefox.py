"""LiveKit's JavaScript client in Firefox, with one in Chromium, on both paths of the protocol."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.browser.firefox import Firefox, Tab, firefox
from tests.browser.media.clients import Client
from tests.browser.media.conftest import TWO
from tests.peers.engine import Doorway, MediaServer, running_media_server
from tests.peers.media_engines import OURS


class ClientInFirefox(Client):
    """The same page in the other browser."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.faults: list[str] = []

    async def ask(self, expression: str, argument: Any = None) -> Any:
        return await self.tab.evaluate(expression, argument)

    async def until(self, expression: str, argument: Any = None) -> Any:
        return await self.tab.until(expression, argument)


@pytest.fixture(params=[OURS, f"{OURS}, {TWO}"])
def way(request: pytest.FixtureRequest) -> str:
    """Firefox meets LiveKit's own server among the five people of ``tests/media_stories``."""
    return str(request.param)


@pytest.fixture(scope="module")
def media_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    """At the machine's own address: Firefox pairs no candidate of its own with one on loopback."""
    output = tmp_path_factory.mktemp("media") / "output"
    public = "https://rooms.example"
    with running_media_server(output, LISTEN_HOST="0.0.0.0", TRUSTED_PROXIES="127.0.0.1", PUBLIC_URL=public) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def fox() -> AsyncIterator[Firefox]:
    async with firefox() as fox:
        yield fox


@pytest_asyncio.fixture(loop_scope="session")
async def foreign(fox: Firefox, page_url: str) -> AsyncIterator[ClientInFirefox]:
    tab = await fox.tab()
    await tab.goto(page_url)
    foreign = ClientInFirefox(tab)
    yield foreign
    await foreign.ask("state.room.disconnect()")


async def test_firefox_and_chromium_hear_and_see_each_other(door: Doorway, one: Client, foreign: ClientInFirefox, room: str) -> None:
    await foreign.join(door.url, room, "foreign")
    await foreign.publish(camera=True, microphone=True)
    await one.join(door.url, room, "one")
    await one.publish(camera=True, microphone=True)
    await one.hears_and_sees("foreign")
    await foreign.hears_and_sees("one")


async def test_firefox_follows_who_comes_and_goes(door: Doorway, one: Client, foreign: ClientInFirefox, room: str) -> None:
    await foreign.join(door.url, room, "foreign")
    for _ in range(2):
        await one.join(door.url, room, "one")
        await one.publish(camera=True, microphone=True)
        await foreign.hears_and_sees("one")
        await one.ask("state.room.disconnect()")
        await foreign.until("!state.room.remoteParticipants.has('one')")
