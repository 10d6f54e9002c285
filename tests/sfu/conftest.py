"""One media server for the tests that speak to it as clients and platforms do."""

from collections.abc import Iterator

import pytest

from tests.peers.engine import MediaServer, new_room, running_media_server


@pytest.fixture(scope="session")
def media_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaServer]:
    with running_media_server(tmp_path_factory.mktemp("media") / "output") as server:
        yield server


@pytest.fixture
def room() -> str:
    return new_room()
