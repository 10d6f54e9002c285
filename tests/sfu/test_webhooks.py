"""News for the platform: signed, in order, repeated until they are taken."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from livekit import api
from livekit.protocol.rtc import LeaveRequest
from livekit.protocol.webhook import WebhookEvent

from server.sfu.tokens import Tokens
from server.sfu.webhooks import Webhooks
from tests.peers.engine import KEY, SECRET, MediaServer, new_room, room_service, running_media_server, token
from tests.peers.sdk import PATIENCE_S, participants
from tests.peers.signals import signalling


class Platform:
    """Takes news at ``url``, or answers with what it is told to answer."""

    def __init__(self) -> None:
        self.receiver = api.WebhookReceiver(api.TokenVerifier(KEY, SECRET))
        self.heard: asyncio.Queue[WebhookEvent] = asyncio.Queue()
        self.answers: list[int] = []
        self.tried = 0
        self._server: asyncio.Server

    @property
    def port(self) -> int:
        port = self._server.sockets[0].getsockname()[1]
        assert isinstance(port, int)
        return port

    async def next(self) -> WebhookEvent:
        return await asyncio.wait_for(self.heard.get(), PATIENCE_S)

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)

    async def close(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError):  # whose sender ends has nothing more to say
            await self._answer(reader, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n"))}
        body = (await reader.readexactly(int(headers["content-length"]))).decode()
        assert head.startswith("POST /livekit/webhook ")
        self.tried += 1
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.heard.put_nowait(self.receiver.receive(body, headers["authorization"]))
        writer.write(f"HTTP/1.1 {status} Answer\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    await platform.open()
    yield platform
    await platform.close()


async def test_the_life_of_a_room_is_told_in_order(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with platform() as told:
        server = MediaServer(tmp_path_factory.mktemp("media") / "output", web_port=told.port)
        server.start()
        try:
            name = new_room()
            async with room_service(server) as service, participants(1) as (one,):
                await service.create_room(api.CreateRoomRequest(name=name, departure_timeout=1))
                await one.join(server.url, name, "one")
                microphone = await one.speak()
                await one.until(lambda: told.heard.qsize() >= 3)
                await one.leave()
                events = [await told.next() for _ in range(6)]
            assert [event.event for event in events] == [
                *("room_started", "participant_joined", "track_published"),
                *("track_unpublished", "participant_left", "room_finished"),
            ]
            assert {event.room.name for event in events} == {name} and len({event.id for event in events}) == 6
            assert events[1].participant.identity == events[4].participant.identity == "one"
            assert events[2].track.sid == events[3].track.sid == microphone.sid
        finally:
            server.stop()


async def test_who_went_before_any_media_could_flow_is_told_as_one_who_did_not_come(
    tmp_path_factory: pytest.TempPathFactory, room: str
) -> None:
    async with platform() as told:
        with running_media_server(tmp_path_factory.mktemp("media") / "output", web_port=told.port) as server:
            async with signalling(server.url, token("one", room)) as one:
                await one.hear("join")
                await one.say(leave=LeaveRequest())
            events = [await told.next() for _ in range(2)]
    assert [event.event for event in events] == ["room_started", "participant_connection_aborted"]
    assert events[1].participant.identity == "one"


async def test_what_is_not_taken_is_told_again_and_what_follows_waits_for_it(room: str) -> None:
    async with platform() as told:
        webhooks = Webhooks(f"http://127.0.0.1:{told.port}/livekit/webhook", Tokens({KEY: SECRET}))
        told.answers = [500, 404, 302]
        for event in ("room_started", "room_finished"):
            webhooks.tell(event, api.Room(sid=room, name=room))
        assert [(await told.next()).event for _ in range(2)] == ["room_started", "room_finished"]
        assert told.tried == 5
        await webhooks.close()


async def test_news_that_pile_up_are_dropped_and_counted(room: str) -> None:
    async with platform() as told:
        webhooks = Webhooks(f"http://127.0.0.1:{told.port}/livekit/webhook", Tokens({KEY: SECRET}))
        for number in range(600):
            webhooks.tell("room_started", api.Room(sid=room, name=str(number)))
        first = await told.next()
        assert (first.room.name, first.num_dropped) == ("100", 100)
        await webhooks.close()
