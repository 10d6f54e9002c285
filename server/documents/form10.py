"""The consolidated report (form 10) as a file, written here or in a process of its own that can be stopped.

``python -m server.documents.form10`` is that process. It takes one report on standard input; on standard output it says the share done
after each step, a line each, and at last the file behind a line with its length.
"""

import asyncio
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from consultations.report import Report
from server.documents.confined import confine
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

_ROOT = Path(__file__).parents[2]


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
        async with self._turn:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "server.documents.form10",
                str(os.getpid()),
                cwd=_ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                return await _follow(child, msgspec.msgpack.encode(_Task(format, report)), progress)
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()


async def _follow(child: asyncio.subprocess.Process, task: bytes, progress: Callable[[float], None]) -> bytes:
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    stdin, stdout, stderr = child.stdin, child.stdout, child.stderr

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
    status = await child.wait()
    if status < 0:
        raise Refused("report_too_heavy")  # ended by the kernel: out of memory or of processor time
    if status > 0:
        raise RuntimeError(f"writing a report failed: {failure.result().decode(errors='replace')}")
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
        # Where and what, but not the message: it may hold words of the report, and ends in the log.
        sys.exit("".join(traceback.format_tb(failure.__traceback__)) + type(failure).__name__)
    out.write(b"file %d\n" % len(written) + written)


if __name__ == "__main__":
    _main(int(sys.argv[1]))
