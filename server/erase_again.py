"""``python3 -m server erase-again FILE``: what was erased and a restored backup has brought back is erased again. Each start does the same
with the list in the data folder, before anything is served (``python -m server.erase_again``)."""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from server.data_folder import ERASE_LIST
from server.identity.keys import Keys
from server.jobs import erase_list
from server.kernel.ids import SessionId
from server.realtime.erasing import Erasing
from server.settings import read_settings
from server.store.pool import open_pool


async def erased_again(dsn: str, key: str, kept: Path, more: Path | None = None) -> tuple[str, bool]:
    """A sentence about what was erased, and whether all of it is. ``kept`` is the list of this installation, ``more`` another file like it,
    whose lines are added to it."""
    try:
        given = [] if more is None else erase_list.read(more)
    except (OSError, msgspec.DecodeError):
        return f"{more} is not a list of what was erased. Nothing is erased.", False
    async with await open_pool(dsn, connections=2) as pool:
        missing = await erase_list.update(pool, kept, given)
        number = await Erasing(pool, Keys(key.encode()), lambda consultation, events: None, _nobody_listens).again(missing)
        await erase_list.update(pool, kept)
    return f"Erased again: {number} of {len(missing)} on the list that this database did not know to be erased.", True


async def _nobody_listens(sessions: Iterable[SessionId]) -> None:
    pass


def main() -> int:
    """With the settings of the environment. Returns the exit status."""
    settings = read_settings()
    said, done = asyncio.run(erased_again(settings.database_url, settings.secret_key, settings.data / ERASE_LIST))
    print(f"  {said}", flush=True)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main())
