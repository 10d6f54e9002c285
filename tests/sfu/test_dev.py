"""The media server alone, as one tries it out."""

from pathlib import Path

import pytest
from livekit import api

from tests.peers.engine import MediaServer


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # LiveKit's pair is short
async def test_tried_out_alone_it_takes_livekits_own_pair(tmp_path: Path) -> None:
    server = MediaServer(tmp_path / "output", "--dev")
    server.start()
    try:
        async with api.LiveKitAPI(server.url, "devkey", "secret") as client:
            assert (await client.room.create_room(api.CreateRoomRequest(name="hall"))).sid.startswith("RM_")
        said = f"Media server: {server.url}, UDP port {server.media_port}"
        assert said in server.output.read_text("utf-8")
    finally:
        server.stop()
