"""Stories of official clients, each told on every media server there is: ours, and LiveKit's own beside it."""

from collections.abc import Iterator

import pytest

from tests.peers.engine import Engine, new_room
from tests.peers.media_engines import engines, running_engine


@pytest.fixture(scope="session", params=engines())
def media_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running_engine(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture
def room() -> str:
    return new_room()
