"""Whether what this database calls committed survives a power cut."""

import asyncpg

_SELECT = "select name, setting from pg_settings where name = any($1::text[]) and setting = 'off' order by name"
_NEEDED = ["fsync", "full_page_writes", "synchronous_commit"]


async def read_durability_faults(dsn: str) -> list[str]:
    """The settings among fsync, full_page_writes and synchronous_commit that are off for this role; good is an empty list."""
    connection = await asyncpg.connect(dsn)
    try:
        return [row["name"] for row in await connection.fetch(_SELECT, _NEEDED)]
    finally:
        await connection.close()
