"""One signalling connection beside all the others."""

import asyncio
import time

from livekit.protocol.rtc import SignalRequest
from starlette.types import Message
from starlette.websockets import WebSocket

from server.sfu.limits import Limits
from server.sfu.session import Session


async def test_who_sends_what_takes_long_to_do_leaves_most_of_the_time_to_the_others() -> None:
    said: Message = {"type": "websocket.receive", "bytes": SignalRequest(ping=1).SerializeToString()}
    arriving: list[Message] = [{"type": "websocket.connect"}, *[said] * 10]

    async def receive() -> Message:
        return arriving.pop(0) if arriving else {"type": "websocket.disconnect", "code": 1000}

    async def send(_: Message) -> None:
        pass

    work_s: list[float] = []

    def work(_: SignalRequest) -> None:
        began_s = time.perf_counter()
        while time.perf_counter() < began_s + 0.005:
            pass
        work_s.append(time.perf_counter() - began_s)

    socket = WebSocket({"type": "websocket"}, receive, send)
    await socket.accept()
    began_s = asyncio.get_running_loop().time()
    await Session(socket, Limits(work_at_once_s=0.01)).run(work)
    assert len(work_s) == 10
    assert asyncio.get_running_loop().time() - began_s > 4.9 * (sum(work_s) - 0.01)
