"""Reading a document in a process of its own: whatever the file, the server keeps its event loop and its memory.

``python -m server.documents.apart`` is that process. It takes one task on standard input, writes one answer, and ends.
"""

import asyncio
import sys
from typing import Literal, TypeVar

import msgspec

from consultations.blocks import Imported
from consultations.source import from_source
from server.documents import import_document
from server.documents.confined import child, confine, end_with, ran_out
from server.documents.limits import bad_document
from server.documents.tables import Line, read_table
from server.kernel.refused import Refused

LONGEST_READING_S = 30
"""Processor and wall time after which a reading is ended. A text of 250,000 characters takes about three seconds."""

_MEMORY_BYTES = 1_500_000_000
_AT_ONCE = 2
"""Readings that one web process has under way; others wait their turn."""


class ReadPdf(msgspec.Struct, frozen=True):
    """What is read of a PDF: the words of each page, and its ``server.documents.pdf_directory``."""

    words: list[str]
    directory: bytes


class _Task(msgspec.Struct, frozen=True):
    what: Literal["file", "source", "table", "pdf"]
    name: str
    data: bytes
    most: int = 0


class _Answer(msgspec.Struct, frozen=True):
    imported: Imported | None = None
    table: list[Line] | None = None
    pdf: ReadPdf | None = None
    code: str = ""
    detail: dict[str, object] = {}


class Reader:
    """Reads documents for one web process, a few at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def read_file(self, name: str, data: bytes) -> Imported:
        """``import_document`` apart. Raises Refused as it does; ``bad_document`` with ``too_heavy`` when it takes too much to read."""
        return _whole((await self._read(_Task("file", name, data))).imported)

    async def read_source(self, source: str) -> Imported:
        """``from_source`` apart. Raises Refused as it does."""
        return _whole((await self._read(_Task("source", "", source.encode("utf-8", "replace")))).imported)

    async def read_table(self, name: str, data: bytes, most: int) -> list[Line]:
        """``server.documents.tables.read_table`` apart. Raises Refused as it does, and as ``read_file``."""
        return _whole((await self._read(_Task("table", name, data, most))).table)

    async def read_pdf(self, data: bytes) -> ReadPdf:
        """The words and the directory of a PDF, read apart. Raises Refused as ``server.documents.pdf.read_pdf``, and as ``read_file``."""
        return _whole((await self._read(_Task("pdf", "", data))).pdf)

    async def _read(self, task: _Task) -> _Answer:
        async with self._turns:
            try:
                async with child("server.documents.apart") as reading, asyncio.timeout(LONGEST_READING_S):
                    written, failure = await reading.communicate(msgspec.msgpack.encode(task))
            except TimeoutError:
                raise bad_document("too_heavy") from None
        if ran_out(reading.returncode, failure):
            raise bad_document("too_heavy")
        answer = msgspec.msgpack.decode(written, type=_Answer)
        if answer.code:
            raise Refused(answer.code, **answer.detail)
        return answer


_Read = TypeVar("_Read")


def _whole(read: _Read | None) -> _Read:
    assert read is not None, "what is no refusal was read"
    return read


def _answer(task: _Task) -> _Answer:
    try:
        if task.what == "file":
            return _Answer(import_document(task.name, task.data))
        if task.what == "table":
            return _Answer(table=read_table(task.name, task.data, task.most))
        if task.what == "pdf":
            from server.documents.pdf import read_pdf  # libraries of their own, which only this needs
            from server.documents.pdf_directory import directory_of

            return _Answer(pdf=ReadPdf(read_pdf(task.data), directory_of(task.data)))
        return _Answer(from_source(task.data.decode()))
    except Refused as refused:
        return _Answer(code=refused.code, detail=refused.detail)
    except MemoryError:
        return _Answer(code="bad_document", detail={"reason": "too_heavy"})


def _main(parent: int) -> None:
    confine(parent, memory_bytes=_MEMORY_BYTES, processor_s=LONGEST_READING_S)
    try:
        answer = _answer(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Task))
    except Exception as failure:
        end_with(failure)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
