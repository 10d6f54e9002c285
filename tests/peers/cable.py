"""A cable between clients and the product that can be pulled: bytes stop, and neither end is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Cable:
    """Carries TCP connections from ``port`` of this machine to another. What is sent while it is cut never arrives."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._server: asyncio.Server
        self._writers: set[asyncio.StreamWriter] = set()
        self._cut: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where clients connect instead."""
        return int(self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        """From now on nothing passes over the connections there are, in either direction. New ones work."""
        self._cut |= self._writers

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        self._writers |= {writer, back}
        try:
            await asyncio.gather(self._pass(reader, back), self._pass(onward, writer))
        finally:
            self._writers -= {writer, back}
            writer.close()
            back.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                if writer not in self._cut:
                    writer.write(data)
                    await writer.drain()
            if writer not in self._cut:
                writer.write_eof()
        except OSError:
            writer.close()


@asynccontextmanager
async def cable(to_port: int) -> AsyncIterator[Cable]:
    """A cable to a port of this machine, for as long as the block runs."""
    carried = Cable(to_port)
    carried._server = await asyncio.start_server(carried._carry, "127.0.0.1", 0)
    try:
        yield carried
    finally:
        for writer in tuple(carried._writers):
            writer.close()
        carried._server.close()
