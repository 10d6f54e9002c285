"""``python3 -m tests.benchmarks live_soon``: how soon others see what somebody does, and how soon a connection ends with its right.

The product with two web processes that share a port over Redis, limits on, on an idle consultation; one page in each process. Measured
are a comment and a changed vote, from sending until both pages show it; signing out, and a role taken away, from the form until the
connections in both processes are closed; and Redis back after ``kill -9``, from its start until each process hears of the other again.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

from server.store import people
from server.store.connection import Pool
from server.store.pool import open_pool
from tests.peers.citizens import Account, Citizen, Site, sign_in
from tests.peers.consulted import Consulted, decision, open_consultation
from tests.peers.ports import free_port
from tests.peers.product import Product
from tests.peers.redis import Redis, running_redis
from tests.stories.visits import browser, connected, reading, send

SEEN, ENDED, RETURNED = 20, 5, 3
"""Rounds of each kind."""

GOALS = {"comment_s": 1.0, "vote_s": 1.0, "signed_out_s": 2.0, "role_lost_s": 2.0, "redis_back_s": 5.0}


class Stand:
    """The running product, an open consultation, and a writer whose words readers in both processes wait for."""

    def __init__(self, product: Product, redis: Redis, pool: Pool, site: Site, consulted: Consulted) -> None:
        self.product, self.redis, self.pool, self.site, self.consulted = product, redis, pool, site, consulted

    async def pages(self, account: Account, role: str = "public") -> list[Citizen]:
        """One page of this person in each process."""
        return [await reading(self.product, self.site, account, self.consulted, one, role=role) for one in self.product.web_processes]

    async def comment(self, writer: Citizen, readers: Sequence[Citizen], words: str) -> float:
        """Seconds until every reader shows it."""
        began = time.perf_counter()
        writer.contribute(self.consulted.id, None, words)
        await asyncio.gather(*(one.until(lambda one=one: shows(one, words)) for one in readers))  # type: ignore[misc]
        return time.perf_counter() - began

    async def vote(self, writer: Citizen, readers: Sequence[Citizen], choice: int) -> float:
        """Seconds until every reader shows the new totals."""
        question, wanted = self.consulted.questions[0], [int(one == choice) for one in range(3)]
        began = time.perf_counter()
        writer.vote(question, choice)
        await asyncio.gather(*(one.until(lambda one=one: one.totals.get(question) == wanted) for one in readers))  # type: ignore[misc]
        return time.perf_counter() - began

    async def sign_out(self, account: Account) -> float:
        """Seconds until the connections of the session are closed; the form is fetched and sent within them."""
        pages = await self.pages(account)
        async with browser(self.site, account) as visit:
            return await closed(pages, send(visit, "/tai-khoan", "/dang-xuat"))

    async def lose_role(self, administrator: Account, moderator: Account) -> float:
        """Seconds until the connections of who had the role are closed."""
        agency = self.consulted.agency
        await people.add_grant(self.pool, moderator.person, "moderator", agency)
        grant = next(one.grant for one in await people.list_holders(self.pool, agency) if one.person == moderator.person)
        pages = await self.pages(moderator, "moderator")
        async with browser(self.site, administrator) as visit:
            return await closed(pages, send(visit, "/quan-tri", "/quan-tri/bo-vai-tro", grant=str(grant)))

    async def lose_redis(self, watching: Sequence[Citizen]) -> float:
        """Seconds from the return of Redis until words of each process are seen through the other."""
        self.redis.kill()
        await asyncio.sleep(1)
        self.redis.start()
        began = time.perf_counter()
        for writer, reader in (watching, watching[::-1]):
            await self.comment(writer, [reader], f"Redis đã về {time.perf_counter()}")
        return time.perf_counter() - began


async def closed(pages: Sequence[Citizen], act: Awaitable[None]) -> float:
    began = time.perf_counter()
    await act
    await asyncio.gather(*(page.closed for page in pages))
    return time.perf_counter() - began


def shows(reader: Citizen, words: str) -> bool:
    return any(one.text == words for one in reader.shown().values())


def main() -> int:
    """Prints the longest of each kind beside its goal; 1 when one is missed."""
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder) / "redis") as redis:
        environ = {"REDIS_URL": redis.url, "CONTRIBUTIONS_PER_PERSON_HOUR": "10000"}
        product = Product(Path(folder) / "data", "--workers", "2", environ=environ, port=free_port())
        product.start()
        seconds = asyncio.run(measure(product, redis))
        product.stop()
    longest = {name: round(max(all), 3) for name, all in seconds.items()}
    holds = {name: longest[name] <= goal for name, goal in GOALS.items()}
    print(json.dumps({"benchmark": "live_soon", "web_processes": 2, "longest": longest, "goals": GOALS, "holds": holds}))
    return 0 if all(holds.values()) else 1


async def measure(product: Product, redis: Redis) -> dict[str, list[float]]:
    """The seconds of every round, by kind."""
    async with await open_pool(product.dsn(), connections=4) as pool, Site(product.url) as site:
        stand = Stand(product, redis, pool, site, await open_consultation(pool, decision()))
        writing, watching, administrator, moderator, *leaving = await sign_in(pool, 4 + ENDED)
        await people.add_grant(pool, administrator.person, "administrator", stand.consulted.agency)
        writer, readers = await connected(site, writing), await stand.pages(watching)
        seconds = {
            "comment_s": [await stand.comment(writer, readers, f"Ý kiến {number}") for number in range(SEEN)],
            "vote_s": [await stand.vote(writer, readers, number % 3) for number in range(SEEN)],
            "signed_out_s": [await stand.sign_out(account) for account in leaving],
            "role_lost_s": [await stand.lose_role(administrator, moderator)],
            "redis_back_s": [await stand.lose_redis(readers) for _ in range(RETURNED)],
        }
        await asyncio.gather(*(person.leave() for person in (writer, *readers)))
    for name, all in seconds.items():
        print(f"{name:<13}{' '.join(f'{one:.3f}' for one in all)}", flush=True)
    return seconds
