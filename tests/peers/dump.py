"""A logical dump of a database, as an operator's backup has it, and its restoration."""

import subprocess

from server.store.embedded import wheel_binaries


def dump(dsn: str) -> str:
    """All rows of all tables, as SQL; bytes in hexadecimal."""
    return _run("pg_dump", "--data-only", dsn)


def back_up(dsn: str) -> str:
    """The whole database, as SQL."""
    return _run("pg_dump", dsn)


def restore(backup: str, dsn: str) -> None:
    """The backup in an empty database, of which ``dsn`` names a superuser."""
    subprocess.run([wheel_binaries() / "psql", "--quiet", dsn], input=backup, capture_output=True, check=True, text=True)


def _run(program: str, *arguments: str) -> str:
    return subprocess.run([wheel_binaries() / program, *arguments], capture_output=True, check=True, text=True).stdout
