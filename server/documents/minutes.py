"""Minutes and notices of meetings as files, in the layout of official documents (Decree 30/2020, annexes I and III).

``python -m server.documents.minutes`` is the process in which a PDF is typeset: it takes a document on standard input and writes the file.
"""

import asyncio
import sys
from collections.abc import Sequence
from typing import Literal

import msgspec

from rooms import minutes_words as words
from rooms.minutes import Cover, Document, Part, Signature
from server.documents.children import child, ran_out
from server.documents.confined import confine, end_with
from server.kernel.refused import Refused

Format = Literal["docx", "pdf"]
MEDIA_TYPES: dict[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}

LONGEST_WRITING_S = 120
"""Processor time after which a writing is ended. Minutes of a whole day take about two seconds."""
_MEMORY_BYTES = 4_000_000_000
_SPACE = "\u00a0" * 8  # for the records office to write the number by hand


class Line(msgspec.Struct, frozen=True):
    """A heading of this ``level``, or with level 0 a paragraph."""

    text: str
    level: int


class Printed(msgspec.Struct, frozen=True):
    """What stands where on paper. ``left`` signs on the left of ``right``, or nobody does; ``record`` says of which record it was drafted,
    empty where the text itself says so."""

    parent_agency: str
    agency: str
    number: str
    place_and_day: str
    title: str
    subject: str
    lines: tuple[Line, ...]
    left: Signature | None
    right: Signature
    recipients: tuple[str, ...]
    record: str


def printed(document: Document) -> Printed:
    """The words of every format. What the secretary struck out is not printed."""
    cover = document.cover
    *left, right = document.signatures
    return Printed(
        parent_agency=cover.parent_agency.upper(),
        agency=cover.agency.upper(),
        number=f"Số: {_SPACE if cover.number is None else f'{cover.number:02}'}{'/' if cover.symbol else ''}{cover.symbol}",
        place_and_day=f"{cover.place or words.BLANK}, {_day(cover)}",
        title=document.title,
        subject=document.subject,
        lines=tuple(line for part in document.parts for line in _lines(part)),
        left=left[0] if left else None,
        right=right,
        recipients=cover.recipients,
        record="" if document.kind == "minutes" else f"Nhật ký cuộc họp: {document.through} sự kiện, mã kiểm tra {document.digest}.",
    )


def _day(cover: Cover) -> str:
    return "ngày … tháng … năm …" if cover.day is None else words.day(cover.day)


def _lines(part: Part) -> Sequence[Line]:
    heading = [Line(part.heading, 2 if part.heading[:1].isdigit() else 1)] if part.heading else []
    return heading + [Line(line, 0) for one in part.sentences for line in one.text.split("\n") if line.strip()]


def write(document: Document, format: Format) -> bytes:
    """The file's bytes; the same document gives the same bytes. A PDF takes a second of processor time: see `Scribe`."""
    # Typesetting needs a large library, and only the process that is writing a PDF needs it.
    if format == "docx":
        from server.documents.minutes_docx import write_docx

        return write_docx(printed(document))
    from server.documents.minutes_pdf import write_pdf

    return write_pdf(printed(document))


class Scribe:
    """Writes minutes for one web process; PDFs in processes of their own, one at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def write(self, document: Document, format: Format) -> bytes:
        """``write`` without keeping anybody waiting.

        Raises: Refused ``report_too_heavy`` when it takes more memory or time than there is.
        """
        if format == "docx":
            return await asyncio.to_thread(write, document, format)
        async with self._turn, child("server.documents.minutes") as writing:
            written, failure = await writing.communicate(msgspec.msgpack.encode(document))
        if ran_out(writing.returncode, failure):
            raise Refused("report_too_heavy")
        return written


def _main(parent: int) -> None:
    confine(parent, memory_bytes=_MEMORY_BYTES, processor_s=LONGEST_WRITING_S)
    try:
        written = write(msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Document), "pdf")
    except Exception as failure:
        end_with(failure)
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
