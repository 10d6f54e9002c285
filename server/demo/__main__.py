"""``python -m server.demo`` seeds the demo into the database of the settings, once, and prints its accounts, one a line."""

import uvloop

from server.demo.seed import ACCOUNTS, seed
from server.settings import read_settings
from server.store.pool import open_pool


async def main() -> None:
    """Seed, then print."""
    pool = await open_pool(read_settings().database_url, connections=4)
    try:
        await seed(pool)
    finally:
        await pool.close()
    widest = max(len(account.email) for account in ACCOUNTS)
    for account in ACCOUNTS:
        print(f"{account.email.ljust(widest)}  {account.name}")


if __name__ == "__main__":
    uvloop.run(main())
