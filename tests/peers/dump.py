"""A logical dump of a database, as an operator's backup has it."""

import subprocess

from server.store.embedded import wheel_binaries


def dump(dsn: str) -> str:
    """All rows of all tables, as SQL; bytes in hexadecimal."""
    made = subprocess.run([wheel_binaries() / "pg_dump", "--data-only", dsn], capture_output=True, check=True, text=True)
    return made.stdout
