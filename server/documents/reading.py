"""The process that reads one document: ``python -m server.documents.reading``.

It takes one task on standard input, writes one answer, and ends. It begins in a fifth of a second, so it needs as few modules as it can.
"""

import sys
from typing import Literal

import msgspec

from consultations.blocks import Imported
from consultations.source import from_source
from consultations.taken_over import Package
from server.documents import import_document
from server.documents.confined import confine, end_with
from server.documents.tables import Line, read_table
from server.kernel.refused import Refused

LONGEST_READING_S = 30
"""Processor and wall time after which a reading is ended. A text of 250,000 characters takes about three seconds."""

_MEMORY_BYTES = 1_500_000_000


class ReadPdf(msgspec.Struct, frozen=True):
    """What is read of a PDF: the words of each page, and its ``server.documents.pdf_directory``."""

    words: list[str]
    directory: bytes


class Task(msgspec.Struct, frozen=True):
    """What is to be read, and as what; of a table at ``most`` so many lines."""

    what: Literal["file", "source", "table", "pdf", "export"]
    name: str
    data: bytes
    most: int = 0


class Answer(msgspec.Struct, frozen=True):
    """What was read, one of the four; or the ``code`` and the ``detail`` of the refusal."""

    imported: Imported | None = None
    table: list[Line] | None = None
    pdf: ReadPdf | None = None
    export: Package | None = None
    code: str = ""
    detail: dict[str, object] = {}


def _answer(task: Task) -> Answer:
    try:
        if task.what == "file":
            return Answer(import_document(task.name, task.data))
        if task.what == "table":
            return Answer(table=read_table(task.name, task.data, task.most))
        if task.what == "export":
            from server.documents.taken_over import read_taken_over

            return Answer(export=read_taken_over(task.data))
        if task.what == "pdf":
            from server.documents.pdf import read_pdf  # libraries of their own, which only this needs
            from server.documents.pdf_directory import directory_of

            return Answer(pdf=ReadPdf(read_pdf(task.data), directory_of(task.data)))
        return Answer(from_source(task.data.decode()))
    except Refused as refused:
        return Answer(code=refused.code, detail=refused.detail)
    except MemoryError:
        return Answer(code="bad_document", detail={"reason": "too_heavy"})


def _main(parent: int) -> None:
    confine(parent, memory_bytes=_MEMORY_BYTES, processor_s=LONGEST_READING_S)
    try:
        answer = _answer(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Task))
    except Exception as failure:
        end_with(failure)
    sys.stdout.buffer.write(msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
