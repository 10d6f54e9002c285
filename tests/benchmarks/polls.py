"""``python3 -m tests.benchmarks polls``: how soon a poll that an editor opens, or closes, is before a thousand citizens.

The product as its users start it, limits on. A thousand signed-in citizens follow a consultation, each over a websocket of her own; an
editor presses the buttons of the page of questions. Measured is the time from the press (the form's first byte) until a citizen's
end has the message: the command, its commit and the fan-out. Each time every citizen must be told, once. Server, database and
readers share the machine's cores.
"""

import asyncio
import json
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from lxml import html

from server.protocol import live
from server.store import people
from server.store.connection import Pool
from server.store.pool import open_pool
from tests.peers.citizens import PATIENCE_S, Account, Citizen, Site, sign_in
from tests.peers.consulted import Consulted, open_consultation, statements
from tests.peers.product import Product

READERS = 1_000
POLLS = 10
AT_ONCE = 50
"""Citizens who arrive together."""

GOALS = {"p95_ms": 1_000.0}


class Reader(Citizen):
    """Notes when she is told of a poll: (question, state) to the moment."""

    def __init__(self, site: Site, account: Account) -> None:
        super().__init__(site, account)
        self.told: dict[tuple[int, str], float] = {}

    def _told(self, event: live.ToReader) -> None:
        now = time.perf_counter()
        super()._told(event)
        if isinstance(event, live.PollChanged):
            self.told[event.poll.id, event.poll.state] = now


class Desk:
    """An editor at the page of questions, with its forms."""

    def __init__(self, client: httpx.AsyncClient, slug: str) -> None:
        self._client = client
        self._page, self._form = f"/bien-tap/{slug}/cau-hoi", f"/bien-tap/{slug}/tham-do"

    async def prepare(self, text: str) -> None:
        """Writes a poll."""
        hidden = await self._fields("save", "")
        await self._send(hidden | {"act": "save", "kind": "single", "text": text, "options": "Có\nKhông"})

    async def turn(self, act: str, question: int) -> float:
        """Presses the button that opens or closes a poll; the moment of it."""
        fields = await self._fields(act, str(question))
        pressed = time.perf_counter()
        await self._send(fields | {"act": act})
        return pressed

    async def _fields(self, act: str, question: str) -> dict[str, str]:
        page: Any = html.fromstring((await self._client.get(self._page)).text)
        for form in page.xpath(f"//form[@action='{self._form}']"):
            fields = {one.get("name"): one.get("value") for one in form.xpath(".//input[@type='hidden']")}
            if fields.get("question", "") == question:
                return fields
        raise AssertionError(f"the page has no form to {act} {question}")

    async def _send(self, fields: dict[str, str]) -> None:
        answer = await self._client.post(self._form, data=fields, headers={"origin": str(self._client.base_url).rstrip("/")})
        assert answer.status_code == 303, answer.text


def main() -> int:
    """Measure, print, and end with one line of JSON; 1 when a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="polls-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        product = Product(folder / "data")
        product.start()
        try:
            figures = asyncio.run(measure(product))
        finally:
            product.stop()
    holds = figures["p95_ms"] <= GOALS["p95_ms"] and figures["told_once"] == READERS and not figures["faults"]
    print(json.dumps({"benchmark": "polls", "cores": os.cpu_count(), "figures": figures, "goals": GOALS, "holds": holds}))
    return 0 if holds else 1


async def measure(product: Product) -> dict[str, Any]:
    async with await open_pool(product.dsn(), connections=4) as pool, Site(product.url) as site:
        consulted = await open_consultation(pool, statements(["Nội dung 1"]), tallies="hidden")
        readers = [Reader(site, account) for account in await sign_in(pool, READERS)]
        for first in range(0, READERS, AT_ONCE):
            await asyncio.gather(*(arrive(reader, consulted) for reader in readers[first : first + AT_ONCE]))
        cookies = {"session": await editors_session(pool, consulted)}
        async with httpx.AsyncClient(base_url=product.url, cookies=cookies, timeout=PATIENCE_S) as client:
            desk = Desk(client, consulted.slug)
            times = await run(pool, desk, consulted, readers)
        changes = [[event for event in reader.events if isinstance(event, live.PollChanged)] for reader in readers]
        faults = [fault for reader in readers for fault in reader.faults]
        await asyncio.gather(*(reader.leave() for reader in readers))
    cuts = statistics.quantiles(times, n=100)
    print(f"{len(times):,} messages: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, longest {max(times):.0f} ms", flush=True)
    return {
        "readers": READERS,
        "polls": POLLS,
        "messages": len(times),
        "p50_ms": round(cuts[49], 1),
        "p95_ms": round(cuts[94], 1),
        "p99_ms": round(cuts[98], 1),
        "longest_ms": round(max(times), 1),
        "told_once": sum(len(its) == 2 * POLLS for its in changes),
        "faults": faults,
    }


async def arrive(reader: Reader, consulted: Consulted) -> None:
    await reader.connect()
    await reader.follow(consulted.topic)


async def editors_session(pool: Pool, consulted: Consulted) -> str:
    """The session of an editor of the agency that consults."""
    [account] = await sign_in(pool, 1, name="bien-tap")
    await people.add_grant(pool, account.person, "editor", consulted.agency)
    return account.secret


async def run(pool: Pool, desk: Desk, consulted: Consulted, readers: list[Reader]) -> list[float]:
    """Opens and closes polls, one after the other; the milliseconds of each message. Fails when a reader waits too long."""
    times: list[float] = []
    for number in range(POLLS):
        await desk.prepare(f"Câu hỏi {number}")
        question: int = await pool.fetchval("select max(id) from questions where consultation = $1", consulted.id)
        for act, state in (("open", "open"), ("close", "closed")):
            change = question, state
            pressed = await desk.turn(act, question)
            await asyncio.gather(*(reader.until(partial(reader.told.__contains__, change)) for reader in readers))
            times += [(reader.told[change] - pressed) * 1_000 for reader in readers]
    return times
