"""Five people in one room: two in Chromium, one in Firefox, two with LiveKit's Rust client; ours also behind two web processes. And who
watches in which size."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.firefox import Firefox, firefox
from tests.browser.media.clients import PAGES, Client, client
from tests.browser.media.test_firefox import ClientInFirefox
from tests.media_stories.switching import switch_layers
from tests.peers.engine import Doorway, Engine, doorway
from tests.peers.livekit_server import LiveKitServer
from tests.peers.media_engines import OURS, PRODUCT, ProductEngine, engines, own_address, running_engine
from tests.peers.sdk import Participant, participants

TINY = {"videoCaptureDefaults": {"resolution": {"width": 160, "height": 90, "frameRate": 5}}}
"""Twenty pictures and twenty sounds are decoded at a time: a slow machine must be able to."""


@pytest.fixture(scope="module", params=[*engines(), PRODUCT])
def media_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """With media at the machine's own address: Firefox sends none to loopback."""
    with running_engine(request.param, tmp_path_factory.mktemp(request.param), address=own_address()) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def fox() -> AsyncIterator[Firefox]:
    async with firefox() as fox:
        yield fox


@pytest_asyncio.fixture(loop_scope="session")
async def door(media_server: Engine) -> AsyncIterator[Doorway]:
    """How browsers come; to LiveKit's server everybody with two connections, for the reason given in ``tests/browser/media``."""
    async with doorway(media_server, refused="/rtc/v1" if isinstance(media_server, LiveKitServer) else "", pages=PAGES) as door:
        yield door


async def test_five_people_see_and_hear_each_other_and_so_does_who_comes_late(
    media_server: Engine, door: Doorway, devices: Browser, fox: Firefox, page_url: str, room: str
) -> None:
    page = f"{door.url}/interop.html" if isinstance(media_server, ProductEngine) else page_url  # the site hears its own origin only
    tab = await fox.tab()
    await tab.goto(page)
    async with client(devices, page) as one, client(devices, page) as late, participants(2) as (three, four):
        foreign = ClientInFirefox(tab)
        for browser, name in ((one, "one"), (foreign, "foreign")):
            await _join_and_publish(browser, door, room, name)
        for participant, name in ((three, "three"), (four, "four")):
            await participant.join(door.url, room, name, single=not isinstance(media_server, LiveKitServer))
            await participant.show()
            await participant.speak()
        await _join_and_publish(late, door, room, "late")
        names = {"one", "foreign", "late", "three", "four"}
        for browser, name in ((one, "one"), (foreign, "foreign"), (late, "late")):
            for other in names - {name}:
                await browser.hears_and_sees(other)
                await browser.until(_SOUNDS_AND_FITS, other)
        for participant, name in ((three, "three"), (four, "four")):
            await participant.until(lambda: len(participant.pictures) == len(participant.sounds) == 4)  # noqa: B023
            assert _heard_of(participant) == names - {name}
        await foreign.ask("state.room.disconnect()")


@pytest.mark.parametrize("media_server", [OURS], indirect=True)  # beside LiveKit's: ``python3 -m tests.benchmarks sfu_switch``
async def test_of_the_layers_of_a_picture_the_one_that_is_wanted_comes(door: Doorway, devices: Browser, page_url: str, room: str) -> None:
    async with client(devices, page_url) as speaker, client(devices, page_url) as viewer:
        await switch_layers(door.url, room, speaker, viewer)


_SOUNDS_AND_FITS = """async (who) => {
  const [sounds, pictures] = [await statistics(who, 'microphone'), await statistics(who, 'camera')];
  return sounds && pictures && sounds[0].totalAudioEnergy > 0 && pictures[0].frameWidth > 0 && pictures[0].frameHeight > 0;
}"""


async def _join_and_publish(browser: Client, door: Doorway, room: str, name: str) -> None:
    await browser.join(door.url, room, name, options=TINY)
    await browser.publish(camera=True, microphone=True)


def _heard_of(participant: Participant) -> set[str]:
    return {who.identity for _, _, who in participant.seen("track_subscribed")}
