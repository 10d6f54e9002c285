"""Turns for heavy work: only so many at once, and of these one for each agency, so that no agency keeps the others waiting."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from server.kernel.ids import AgencyId


class Turns:
    """``at_once`` of different agencies."""

    def __init__(self, at_once: int) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._agencies: WeakValueDictionary[AgencyId, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, agency: AgencyId) -> AsyncIterator[None]:
        """Wait for a turn, first for those of one's own agency, and hold it."""
        own = self._agencies.get(agency)
        if own is None:
            own = self._agencies[agency] = asyncio.Lock()
        async with own, self._turns:
            yield
