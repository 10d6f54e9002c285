"""The edge on a real socket: requests that can be read in two ways."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from tests.web.site import Site


@pytest.fixture
async def port(site: Site) -> AsyncIterator[int]:
    """The site on uvicorn, as the product runs it but for the websocket; its port."""
    quiet = {"log_config": None, "access_log": False, "server_header": False}
    config = uvicorn.Config(site.edge, lifespan="off", proxy_headers=False, ws="none", **quiet)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving
    listener.close()


async def say(port: int, request: bytes) -> list[int]:
    """The statuses of the answers to these bytes, until the server has answered once and closed or fallen silent on our half-close."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


HOST = b"Host: gopy.example.vn\r\n"
READ = b"GET /dang-nhap HTTP/1.1\r\n" + HOST
SEND = b"POST /thu/gui HTTP/1.1\r\n" + HOST
END = b"Connection: close\r\n\r\n"
REQUESTS = {
    "plain": (READ + END, [200]),
    "a whole address": (b"GET http://evil.example/tai-khoan HTTP/1.1\r\nHost: evil.example\r\n" + END, [400]),
    "two hosts": (READ + b"Host: evil.example\r\n" + END, [400]),
    "no host": (b"GET /dang-nhap HTTP/1.1\r\n" + END, [400]),
    "two slashes": (b"GET //tai-khoan HTTP/1.1\r\n" + HOST + END, [404]),
    "dots": (b"GET /%2e%2e/tai-khoan HTTP/1.1\r\n" + HOST + END, [404]),
    "a null": (b"GET /tai-khoan%00 HTTP/1.1\r\n" + HOST + END, [404]),
    "an escaped letter": (b"GET /%74ai-khoan HTTP/1.1\r\n" + HOST + END, [303]),
    "a folded header": (READ + b" folded: x\r\n" + END, [400]),
    "two lengths of two kinds": (SEND + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + READ + END, [400]),
    "two lengths": (SEND + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd", [400]),
    "a negative length": (SEND + b"Content-Length: -1\r\n\r\n", [400]),
    "a bad chunk": (SEND + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", [400]),
}


@pytest.mark.parametrize("kind", REQUESTS)
async def test_ambiguous_requests_are_answered_once_and_refused(port: int, kind: str) -> None:
    request, statuses = REQUESTS[kind]
    assert await say(port, request) == statuses
