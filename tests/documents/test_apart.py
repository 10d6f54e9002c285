"""Reading a document in a process of its own: the same answer as here, and nothing left behind whatever happens to it."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from server.documents import import_document
from server.documents.apart import Reader
from server.kernel.refused import Refused

TEXT = b"\n".join(f"Điều {number}. Tên\n1. Một khoản.".encode() for number in range(1, 40))
LONG = "\n".join(f"Điều {number}. Tên\n" + "\n".join(f"{khoan}. Nội dung." for khoan in range(1, 40)) for number in range(1, 800)).encode()


def readings() -> list[int]:
    """The reading processes of this one."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == str(os.getpid()) and b"server.documents.reading" in words:
                found.append(int(folder.name))
    return found


async def reading_begun() -> int:
    """The process of the only reading, as soon as there is one."""

    def look() -> int:
        while not (found := readings()):
            os.sched_yield()
        [process] = found
        return process

    return await asyncio.to_thread(look)


async def test_a_document_reads_the_same_apart_as_here() -> None:
    assert await Reader().read_file("a.txt", TEXT) == import_document("a.txt", TEXT)


async def test_a_refusal_comes_back_with_its_reason() -> None:
    with pytest.raises(Refused) as refused:
        await Reader().read_file("a.docx", b"PK\x03\x04")
    assert (refused.value.code, refused.value.detail) == ("bad_document", {"reason": "not_a_document"})


async def test_a_reading_that_is_ended_from_outside_is_a_file_too_heavy_to_read() -> None:
    task = asyncio.create_task(Reader().read_file("a.txt", LONG))
    os.kill(await reading_begun(), signal.SIGKILL)
    with pytest.raises(Refused) as refused:
        await task
    assert refused.value.detail == {"reason": "too_heavy"}


async def test_a_reading_that_nobody_waits_for_any_more_ends() -> None:
    task = asyncio.create_task(Reader().read_file("a.txt", LONG))
    await reading_begun()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert readings() == []


async def test_many_readings_take_turns_and_all_end() -> None:
    reader = Reader()
    tasks = [asyncio.create_task(reader.read_file("a.txt", TEXT)) for _ in range(5)]
    most = 0
    while not all(task.done() for task in tasks):
        most = max(most, len(readings()))
        await asyncio.sleep(0)
    assert 1 <= most <= 2
    assert len({len((await task).draft.nodes) for task in tasks}) == 1
