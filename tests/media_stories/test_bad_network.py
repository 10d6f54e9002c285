"""A network that loses one datagram in twenty, each way. That no picture freezes is measured by ``python3 -m tests.soak loss``."""

import pytest

from tests.browser.media.clients import chromium_with_devices
from tests.media_stories.bad_network import LOSS, watch
from tests.peers.engine import Engine
from tests.peers.media_engines import OURS

SECONDS = 8.0
FPS = 20


@pytest.mark.parametrize("media_server", [OURS], indirect=True)  # beside LiveKit's: ``python3 -m tests.soak loss``
async def test_pictures_flow_on_where_one_datagram_in_twenty_is_lost(media_server: Engine, page_url: str) -> None:
    async with chromium_with_devices(fps=FPS) as browser:
        seen = await watch(browser, page_url, media_server, seconds=SECONDS)
    assert seen["datagrams_lost"] > LOSS / 2 * seen["datagrams"]
    assert seen["nackCount"] > 0
    # A machine with much else to do leaves pictures out; where nothing is sent again, they stop within a second.
    assert seen["framesDecoded"] > seen["framesSent"] / 4 > 0, seen
