"""A world, and a hub over it on a real port, on the event loop of production."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

import pytest
import uvloop

from tests.peers import livekit_server
from tests.realtime.serving import Serving, serving
from tests.realtime.world import World

collect_ignore = [] if livekit_server.find() else ["test_on_livekit.py"]  # the run says where there is none


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def site(world: World) -> AsyncIterator[Serving]:
    async with serving(world) as running:
        yield running
