"""The office with what anybody may follow and take away."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from server.documents.apart import Reader
from server.jobs.digests import Digests
from server.jobs.runner import Runner
from server.mail.post import Postman
from server.realtime.following import Following
from server.store.connection import Pool
from server.web.api import Api
from server.web.citizen import Ports
from server.web.counts import Counts
from server.web.desk import Desk
from server.web.edge import Edge, Place, every_door
from server.web.embed import EmbedPages
from server.web.feeds import Feeds
from server.web.figures import Figuring
from server.web.following import FollowingPages
from server.web.numbers import NumbersPages
from server.web.taken_over import TakenOverPages
from server.web.taking_over import TakingOver
from server.web.texts import Texts
from tests.web.office import Office

MONDAY_MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)  # 8 o'clock in Viet Nam


class OpenSite(Office):
    """``digests`` write letters on a Monday morning; ``asked`` requests a minute of one address are answered by the API."""

    def __init__(self, pool: Pool, *, asked: int = 1_000, origin: str = "") -> None:
        super().__init__(pool)
        self.origin = origin or self.origin
        ports = Ports(pool, self.pages, Texts(), Counts())
        figuring = Figuring(clock=lambda: next(self._seconds))
        self._seconds: Iterator[int] = iter(range(0, 10**9, 100))
        below, host = self.edge.doors, self.origin.partition("://")[2]
        topics: list[Any] = [
            FollowingPages(ports, Following(pool, self.keys)),
            Feeds(ports, self.origin),
            NumbersPages(ports, figuring, self.origin),
            Api(ports, figuring, self.origin, asked),
            EmbedPages(ports, self.origin),
            TakenOverPages(ports),
            TakingOver(Desk(pool, self.pages, self.consulting, Texts(), Reader())),
        ]
        self.edge = Edge(
            every_door(lambda: below, *(topic.doors for topic in topics)),
            place=Place(self.origin, frozenset({self.origin}), frozenset({host})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )
        postman = Postman(self.mail, "khong-tra-loi@example.vn", self.origin)
        self.digests = Digests(pool, postman.post, self.keys.follow_link, self.keys.letters_link, clock=lambda: MONDAY_MORNING)
        self.runner = Runner(pool, self.digests.handlers())

    def hold_clock(self) -> None:
        """No minute passes any more: figures that were counted stay as they are."""
        self._seconds = iter([0] * 1_000)

    async def morning(self) -> None:
        """Another Monday comes: what was begun on the last one is forgotten, and the clock is looked at."""
        await self.pool.execute("delete from jobs where kind like 'digest %'")
        await self.pool.execute("insert into jobs (kind, payload) values ('digest look', '{}')")
        for _ in ("look", "round", "letter"):  # each adds the next
            await self.deliver()

    @asynccontextmanager
    async def opened(self, **choices: Any) -> AsyncIterator[str]:
        """The slug of an open consultation of a new agency, with the writer of votes at work."""
        agency = await self.agency()
        slug = await self.open_consultation(agency, **choices)
        async with self.running():
            yield slug
