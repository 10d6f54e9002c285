"""The data folder of one installation: ``postgres/`` (the embedded cluster), two keys, the list of what was erased, ``demo``, and the lock
that one server holds."""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

ERASE_LIST = "erased.jsonl"
"""Numbers and moments, and nothing of anybody."""


class DataFolderInUse(Exception):
    """Another server holds this folder; the text says which."""


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Makes the folder (mode 0700) and holds it; the system lets go of it when this process ends, however it ends.

    Raises: DataFolderInUse.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 32).decode("ascii").strip()
            raise DataFolderInUse(
                f"{folder} is in use by another server (process {holder or 'unknown'}). "
                "Stop that one, or give this one a folder of its own: --data FOLDER."
            ) from None
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode("ascii"))
        yield
    finally:
        os.close(lock)


def installation_key(folder: Path) -> str:
    """The secret of this installation, 64 hexadecimal digits, made at the first call and then kept in the file ``key``."""
    return _kept_secret(folder, "key")


def media_key(folder: Path) -> str:
    """The secret that the web processes share with the own media engine, kept as ``media-key``: it knows no other one."""
    return _kept_secret(folder, "media-key")


def _kept_secret(folder: Path, name: str) -> str:
    path = folder / name
    if not path.exists():
        half_written = folder / f"{name}.new"
        half_written.unlink(missing_ok=True)
        with open(os.open(half_written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        half_written.rename(path)
    return path.read_text("ascii")
