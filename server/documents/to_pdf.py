"""Word files as PDF, made by LibreOffice where it is installed: walled off, or not at all.

An office program that reads a stranger's file may be made to do what the file wants. So it runs in namespaces of its own: without network,
without another process in sight, in a file system that holds nothing but the program, its fonts and a fresh folder in memory. Where
the kernel does not allow that, nothing is converted. ``python -m server.documents.to_pdf`` is the process inside; it takes a file on
standard input and ends with its parent.
"""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

from server.documents.children import child
from server.documents.confined import confine
from server.documents.docx import read_docx
from server.documents.limits import LARGEST_FILE_BYTES, bad_document
from server.documents.walls import WallsMissing, walled
from server.kernel.refused import Refused

LONGEST_CONVERSION_S = 300
"""Wall time after which a conversion is ended. A law of fifty pages takes a few seconds on an idle core, a minute on a busy one."""

_PROCESSOR_S = 120
_MEMORY_BYTES = 4_000_000_000  # of address space: LibreOffice maps far more than it uses
_LARGEST_RESULT_BYTES = 256 << 20
_PROBE = "probe"
_WALLS_MISSING, _NOT_CONVERTED, _BAD_FILE = 3, 4, 5


class Converter:
    """Converts for one web process, one file at a time. ``program`` is the office program's name or path."""

    def __init__(self, program: str = "soffice") -> None:
        self._program = shutil.which(program)
        self._turn = asyncio.Lock()
        self._able: bool | None = None

    async def able(self) -> bool:
        """Whether LibreOffice is installed and can be walled off here; tried once."""
        if self._able is None:
            self._able = self._program is not None and (await self._run(b"", _PROBE))[0] == 0
        return self._able

    async def to_pdf(self, data: bytes) -> bytes:
        """A .docx as a PDF.

        Raises:
            Refused: ``no_converter``; ``bad_document`` with the reasons of ``server.documents.docx.read_docx``, ``too_large``,
                ``too_heavy``, ``not_converted``.
        """
        if not await self.able():
            raise Refused("no_converter")
        if len(data) > LARGEST_FILE_BYTES:
            raise bad_document("too_large", limit_bytes=LARGEST_FILE_BYTES)
        async with self._turn:
            code, made = await self._run(data, "")
        if code == _BAD_FILE:
            reason, _, _ = made.decode().partition("\n")
            raise bad_document(reason)
        if code == _NOT_CONVERTED or (code == 0 and not made.startswith(b"%PDF-")):
            raise bad_document("not_converted")
        if code < 0:
            raise bad_document("too_heavy")
        if code:
            raise RuntimeError(f"converting a document ended with {code}")
        return made

    async def _run(self, data: bytes, mode: str) -> tuple[int, bytes]:
        """How the process ended, negative when it was ended, and what it wrote."""
        assert self._program is not None
        try:
            # An office program writes what it likes, perhaps words of the file.
            async with child("server.documents.to_pdf", self._program, mode, heard=False) as converting:
                async with asyncio.timeout(LONGEST_CONVERSION_S):
                    made, _ = await converting.communicate(data)
        except TimeoutError:
            return -signal.SIGKILL, b""
        return converting.returncode or 0, made


def _inside(program: str, data: bytes) -> int:
    """Within the walls: LibreOffice in a fresh profile, without a word of the server's environment. What it made goes to stdout."""
    folder = Path("/here")
    (folder / "in.docx").write_bytes(data)
    office = os.fork()
    if office == 0:
        nothing = os.open("/dev/null", os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        os.chdir(folder)
        arguments = ["--headless", "--norestore", "--nolockcheck", "--nodefault", f"-env:UserInstallation=file://{folder}/profile"]
        arguments += ["--convert-to", "pdf:writer_pdf_Export", "--outdir", str(folder), str(folder / "in.docx")]
        os.execve(program, [program, *arguments], {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": str(folder)})
    _, status = os.waitpid(office, 0)
    made = folder / "in.pdf"
    if os.waitstatus_to_exitcode(status) != 0 or not made.is_file() or made.is_symlink() or made.stat().st_size > _LARGEST_RESULT_BYTES:
        return _NOT_CONVERTED
    sys.stdout.buffer.write(made.read_bytes())
    sys.stdout.buffer.flush()
    return 0


def _main(parent: int, program: str, mode: str) -> int:
    confine(parent, memory_bytes=_MEMORY_BYTES, processor_s=_PROCESSOR_S)
    data = sys.stdin.buffer.read()
    if mode != _PROBE:
        try:
            read_docx(data)  # no bomb, no macro, nothing that wants to be fetched
        except Refused as refused:
            sys.stdout.write(str(refused.detail.get("reason", "not_a_document")))
            return _BAD_FILE
    try:
        return walled(lambda: 0 if mode == _PROBE else _inside(os.path.realpath(program), data))
    except WallsMissing:
        return _WALLS_MISSING


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
