"""A real consultation lived through again: every vote of vTaiwan's on ride sharing, in the order in which people cast them."""

import asyncio
import csv
from collections import deque
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import expect

from server.kernel.ids import QuestionId
from server.store import topics, votes
from server.store.connection import Pool
from tests.browser.stories.people import chromium, number
from tests.peers.citizens import PATIENCE_S, Citizen, Ledger, Site, sign_in
from tests.peers.consulted import Consulted, open_consultation, statements
from tests.peers.product import Product
from tests.stories.conftest import WITHOUT_MEDIA

SET = Path("opinion") / "vtaiwan.uberx"
CHOICES = {"1": 0, "-1": 1, "0": 2}
"""Agree, disagree, pass, as the positions of our three options."""

UNDER_WAY = 2_000
"""No vote is sent before all but so many of the earlier ones are recorded."""

FOLLOWERS, READERS = 400, 20
"""Of the voters, those whose pages follow the totals meanwhile, and of these, those whose pages are read."""

SHOWN = 5
"""Statements whose totals are looked at in a browser."""


class Event(NamedTuple):
    voter: int
    statement: int
    choice: int


@pytest.fixture(scope="module")
def environ() -> Mapping[str, str]:
    """Sixteen months in half a minute: the limits stay, with larger numbers."""
    return {**WITHOUT_MEDIA, "LIVE_MESSAGES_PER_S": "200", "LIVE_BURST": "300"}


async def test_every_vote_of_a_real_consultation_is_counted_as_it_was_cast_last(
    product: Product, pool: Pool, site: Site, real_data: Path
) -> None:
    lines, events = read_statements(real_data / SET), read_events(real_data / SET)
    expected = last_votes(events)
    assert (len(events), len({event.voter for event in events}), len(lines), sum(map(sum, expected))) == (49_997, 1_921, 197, 49_443)

    consulted = await open_consultation(pool, statements(lines))
    people = await crowd(site, pool, consulted, 1_921)
    await replay(events, people, consulted.questions)
    readers = people[:READERS]
    wanted = dict(zip(consulted.questions, expected, strict=True))
    for reader in readers:
        await sees(reader, wanted)
    assert await totals(pool, consulted) == wanted
    await asyncio.gather(*(person.leave() for person in people))

    product.stop()
    product.spawn()
    await asyncio.to_thread(product.wait_until_ready)
    assert await totals(pool, consulted) == wanted
    async with Site(product.url) as again:
        late = Citizen(again, people[0].account, counting=True)
        await late.connect()
        await late.follow(consulted.topic)
        await sees(late, wanted)
        await late.leave()
    await browsers_show(product.url, consulted, dict(list(wanted.items())[:: len(wanted) // (SHOWN - 1)]))


async def browsers_show(url: str, consulted: Consulted, wanted: Mapping[QuestionId, list[int]]) -> None:
    """A visitor's browser prints these totals, and the live page keeps them."""
    assert len(wanted) == SHOWN
    async with chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{url}/lay-y-kien/{consulted.slug}")
        await expect(page.locator("live-status")).to_have_text("Trực tiếp", timeout=1_000 * PATIENCE_S)
        for question, people in wanted.items():
            counts = page.locator(f"vote-box[data-question='{question}'] [data-part=count]")
            assert [number(text) for text in await counts.all_text_contents()] == people


async def sees(reader: Citizen, wanted: Mapping[QuestionId, list[int]]) -> None:
    """Waits until the reader's page shows these totals."""
    await reader.until(lambda: reader.totals == wanted)


async def crowd(site: Site, pool: Pool, consulted: Consulted, size: int) -> list[Citizen]:
    """So many signed-in citizens, the first of them with the page open, which was made of the newest state."""
    async with pool.acquire() as connection:
        seq = (await topics.read_heads(connection, [consulted.topic]))[consulted.topic]
    ledger = Ledger()
    people = [Citizen(site, account, ledger, counting=at < READERS) for at, account in enumerate(await sign_in(pool, size))]
    some = asyncio.Semaphore(32)

    async def come(at: int, person: Citizen) -> None:
        async with some:
            person.seq = seq
            await person.connect()
            if at < FOLLOWERS:
                await person.follow(consulted.topic)

    await asyncio.gather(*(come(at, person) for at, person in enumerate(people)))
    return people


async def replay(events: list[Event], people: list[Citizen], questions: list[QuestionId]) -> None:
    """Cast all votes in their order, each person's next one only after the answer to the last."""
    loop = asyncio.get_running_loop()
    under_way: deque[asyncio.Future[None]] = deque()
    latest: dict[int, asyncio.Future[None]] = {}

    def cast(event: Event, recorded: asyncio.Future[None], before: object = None) -> None:
        asked = people[event.voter].vote(questions[event.statement], event.choice)
        asked.settled.add_done_callback(lambda _: recorded.set_result(None))

    for event in events:
        if len(under_way) >= UNDER_WAY:
            await under_way.popleft()
        recorded = loop.create_future()
        before = latest.get(event.voter)
        if before is None or before.done():
            cast(event, recorded)
        else:
            before.add_done_callback(partial(cast, event, recorded))
        latest[event.voter] = recorded
        under_way.append(recorded)
    await asyncio.gather(*under_way)
    assert {asked.answer for asked in people[0].ledger.asked} == {"done"}


async def totals(pool: Pool, consulted: Consulted) -> dict[QuestionId, list[int]]:
    """People per option of every question, as kept; asserts that counting the rows gives the same."""
    async with pool.acquire() as connection:
        kept, counted = await votes.kept_and_recounted(connection, consulted.id)
        assert kept == counted
        return (await votes.read_totals(connection, consulted.id)).people


def read_statements(folder: Path) -> list[str]:
    """The statements by their number."""
    with (folder / "comments.csv").open(encoding="utf-8", newline="") as file:
        bodies = {int(row["comment-id"]): " ".join(row["comment-body"].split()) for row in csv.DictReader(file)}
    assert sorted(bodies) == list(range(len(bodies)))
    return [bodies[number] for number in sorted(bodies)]


def read_events(folder: Path) -> list[Event]:
    """Every vote in the order of its moment; voters are numbered in the order in which they appear."""
    with (folder / "votes.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["timestamp"]))
    voters: dict[str, int] = {}
    return [Event(voters.setdefault(row["voter-id"], len(voters)), int(row["comment-id"]), CHOICES[row["vote"]]) for row in rows]


def last_votes(events: list[Event]) -> list[list[int]]:
    """People per option of each statement, by each person's last vote."""
    last = {(event.voter, event.statement): event.choice for event in events}
    found = [[0, 0, 0] for _ in range(1 + max(event.statement for event in events))]
    for (_, statement), choice in last.items():
        found[statement][choice] += 1
    return found
