"""The consolidated report (form 10) as a file, written here or in a process of its own that can be stopped.

``python -m server.documents.form10`` is that process. It takes one report on standard input; on standard output it says the share done
after each step, a line each, and at last the file behind a line with its length.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Literal

import msgspec

from consultations.report import Report
from server.documents.children import child, ran_out
from server.documents.confined import confine, end_with
from server.kernel.refused import Refused

Format = Literal["docx", "pdf"]
MEDIA_TYPES: dict[Format, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}

LONGEST_WRITING_S = 300
"""Processor time after which a writing is ended. A PDF of ten thousand opinions takes about twenty."""

_MEMORY_BYTES = 4_000_000_000
"""Address space. A PDF of ten thousand opinions needs less than 1 GB."""


def write(report: Report, format: Format, progress: Callable[[float], None]) -> bytes:
    """The file's bytes; the same report gives the same bytes. Takes seconds of processor time for a long report: see `Writer`.

    ``progress`` hears of the share done, rising from 0 to 1. What it raises ends the writing.
    """
    # Typesetting needs a large library, and only the process that is writing a PDF needs it.
    if format == "docx":
        from server.documents.form10_docx import write_docx

        return write_docx(report, progress)
    from server.documents.form10_pdf import write_pdf

    return write_pdf(report, progress)


class _Task(msgspec.Struct, frozen=True):
    format: Format
    report: Report


class Writer:
    """Writes reports for one web process, each in a process of its own, one at a time: so nobody else waits for one."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(1)

    async def write(self, report: Report, format: Format, progress: Callable[[float], None]) -> bytes:
        """`write` apart. Who is cancelled while waiting for it ends the writing.

        Raises:
            Refused: ``report_too_heavy`` when it takes more memory or time than there is.
        """
        async with self._turn, child("server.documents.form10") as writing:
            return await _follow(writing, msgspec.msgpack.encode(_Task(format, report)), progress)


async def _follow(writing: asyncio.subprocess.Process, task: bytes, progress: Callable[[float], None]) -> bytes:
    assert writing.stdin is not None and writing.stdout is not None and writing.stderr is not None
    stdin, stdout, stderr = writing.stdin, writing.stdout, writing.stderr

    async def give() -> None:
        try:
            stdin.write(task)
            await stdin.drain()
            stdin.close()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has ended, and says why below

    async with asyncio.TaskGroup() as group:
        group.create_task(give())
        failure = group.create_task(stderr.read())
        written = b""
        while line := await stdout.readline():
            what, _, value = line.decode("ascii").partition(" ")
            if what == "file":
                written = await stdout.readexactly(int(value))
            else:
                progress(float(value))
    if ran_out(await writing.wait(), failure.result()):
        raise Refused("report_too_heavy")
    return written


def _main(parent: int) -> None:
    confine(parent, memory_bytes=_MEMORY_BYTES, processor_s=LONGEST_WRITING_S)
    out = sys.stdout.buffer

    def progress(share: float) -> None:
        out.write(b"done %.4f\n" % share)
        out.flush()

    try:
        task = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=_Task)
        written = write(task.report, task.format, progress)
    except Exception as failure:
        end_with(failure)
    out.write(b"file %d\n" % len(written) + written)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
