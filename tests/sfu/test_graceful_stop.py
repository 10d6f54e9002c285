"""What becomes of clients when the media server is asked to end, as the supervisor asks it."""

from livekit import api

from tests.peers.engine import MediaServer, room_service
from tests.peers.sdk import participants


async def test_a_graceful_stop_asks_clients_to_come_back(media_server: MediaServer, room: str) -> None:
    async with participants(1) as (one,):
        await one.join(media_server.url, room, "one")
        media_server.stop()
        media_server.start()
        await one.until(lambda: one.seen("reconnected"))
        async with room_service(media_server) as service:
            found = await service.list_participants(api.ListParticipantsRequest(room=room))
            assert [participant.identity for participant in found.participants] == ["one"]
