"""The list of what was erased, in a file beside the database: restoring an older backup does not bring the list back to that day."""

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from server.store import erasing
from server.store.connection import Database
from server.store.erasing import Erased

ERASED_JOB = "erased"
"""The kind of job that follows every erasure."""

_decode = msgspec.json.Decoder(Erased).decode


async def update(database: Database, path: Path, more: Sequence[Erased] = ()) -> list[Erased]:
    """Adds to the file ``more``, and what the database knows to be erased and the file does not; what the file then knows and the database
    does not, because it is an older one. Where nothing was ever erased there is no file."""
    kept = await erasing.read_list(database)
    known = await asyncio.to_thread(_merge, path, [*more, *kept])
    here = {_mark(one) for one in kept}
    return [one for one in known if _mark(one) not in here]


def read(path: Path) -> list[Erased]:
    """The lines of a file. Raises: OSError; msgspec.DecodeError for what is no such file."""
    return [_decode(line) for line in path.read_bytes().splitlines() if line]


def _merge(path: Path, lines: Sequence[Erased]) -> list[Erased]:
    """One process after another; whoever loses power finds the file as it was or as it should be."""
    if not (lines or path.exists()):
        return []
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = read(path) if path.exists() else []
        known = {_mark(one): one for one in (*before, *lines)}
        if len(known) > len(before):
            written = path.with_suffix(".new")
            with open(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(b"".join(msgspec.json.encode(one) + b"\n" for one in known.values()))
                file.flush()
                os.fsync(file.fileno())
            written.rename(path)
        return list(known.values())
    finally:
        os.close(lock)


def _mark(one: Erased) -> tuple[object, ...]:
    return one.contribution, one.person, one.line, one.since
