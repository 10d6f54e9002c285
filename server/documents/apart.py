"""Reading a document in a process of its own: whatever the file, the server keeps its event loop and its memory."""

import asyncio
from typing import TypeVar

import msgspec

from consultations.blocks import Imported
from consultations.taken_over import Package
from server.documents.children import child, ran_out
from server.documents.limits import bad_document
from server.documents.reading import LONGEST_READING_S, Answer, ReadPdf, Task
from server.documents.tables import Line
from server.kernel.refused import Refused

_AT_ONCE = 2
"""Readings that one web process has under way; others wait their turn."""


class Reader:
    """Reads documents for one web process, a few at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read_file(self, name: str, data: bytes) -> Imported:
        """``import_document`` apart. Raises Refused as it does; ``bad_document`` with ``too_heavy`` when it takes too much to read."""
        return _whole((await self._read(Task("file", name, data))).imported)

    async def read_source(self, source: str) -> Imported:
        """``from_source`` apart. Raises Refused as it does."""
        return _whole((await self._read(Task("source", "", source.encode("utf-8", "replace")))).imported)

    async def read_table(self, name: str, data: bytes, most: int) -> list[Line]:
        """``server.documents.tables.read_table`` apart. Raises Refused as it does, and as ``read_file``."""
        return _whole((await self._read(Task("table", name, data, most))).table)

    async def read_pdf(self, data: bytes) -> ReadPdf:
        """The words and the directory of a PDF, read apart. Raises Refused as ``server.documents.pdf.read_pdf``, and as ``read_file``."""
        return _whole((await self._read(Task("pdf", "", data))).pdf)

    async def read_export(self, data: bytes) -> Package:
        """The open data of a consultation, read apart. Raises Refused as ``server.documents.taken_over``, and as ``read_file``."""
        return _whole((await self._read(Task("export", "", data))).export)

    async def _read(self, task: Task) -> Answer:
        async with self._turns:
            try:
                async with child("server.documents.reading") as reading, asyncio.timeout(LONGEST_READING_S):
                    written, failure = await reading.communicate(msgspec.msgpack.encode(task))
            except TimeoutError:
                raise bad_document("too_heavy") from None
        if ran_out(reading.returncode, failure):
            raise bad_document("too_heavy")
        answer = msgspec.msgpack.decode(written, type=Answer)
        if answer.code:
            raise Refused(answer.code, **answer.detail)
        return answer


_Read = TypeVar("_Read")


def _whole(read: _Read | None) -> _Read:
    assert read is not None, "what is no refusal was read"
    return read
