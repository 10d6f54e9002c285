"""The citizens' pages behind the edge, and citizens who walk them with forms alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from lxml import html

from server.jobs.erase_list import ERASED_JOB
from server.jobs.runner import Runner
from server.kernel.ids import ContributionId, PersonId
from server.realtime.consulting import Consulting
from server.realtime.erasing import Erasing
from server.realtime.votes import VoteWriter
from server.store import identity
from server.store.connection import Pool
from server.store.jobs import Job
from server.web.citizen import Ports, Reading
from server.web.counts import Counts
from server.web.edge import Edge, Place
from server.web.own_data import OwnDataPages
from server.web.taking_part import TakingPart
from server.web.texts import Texts
from server.web.versions import Versions
from server.web.voices import Voices
from tests.web.site import Browser, Site

PAGE = "/lay-y-kien/mau"
WRITE, VOTE, MINE = f"{PAGE}/gop-y", f"{PAGE}/bieu-quyet", "/y-kien-cua-toi"


class CitizenSite(Site):
    """A site with the citizens' pages, where so many forms an hour are kept for one address and so many contributions taken from one
    person. ``running`` must be entered before anybody votes."""

    def __init__(self, pool: Pool, *, demo_agency: str = "", kept: int = 60, contributed: int = 1_000) -> None:
        super().__init__(pool)
        self.writer = VoteWriter(pool, lambda consultation, questions: None)
        self.consulting = Consulting(pool, lambda consultation, events: None, contributed)
        self.erasing = Erasing(pool, self.keys, lambda consultation, events: None, self.sessions.tell_ended)

        async def listed(job: Job) -> None:
            pass  # the file beside the database is no part of the pages

        self.runner = Runner(pool, self.jobs | {ERASED_JOB: listed})
        ports = Ports(pool, self.pages, Texts(), Counts(), demo_agency)
        host = self.origin.partition("://")[2]
        self.edge = Edge(
            [
                *self.edge.doors,
                *(reading := Reading(ports)).doors(),
                *Versions(ports, reading).doors(),
                *TakingPart(ports, self.consulting, self.writer, self.keys, kept).doors(),
                *Voices(ports, self.consulting).doors(),
                *OwnDataPages(ports, self.consulting, self.erasing, self.confirming, self.runner.wake).doors(),
            ],
            place=Place(self.origin, frozenset({self.origin}), frozenset({host})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["CitizenSite"]:
        """With the writer of votes at work."""
        self.writer.start()
        try:
            yield self
        finally:
            await self.writer.stop()

    @asynccontextmanager
    async def citizen(self, name: str) -> AsyncIterator[Browser]:
        """The browser of somebody who has signed in. ``name`` makes their e-mail address."""
        async with self.browser() as browser:
            await self.enter(browser, name)
            yield browser

    async def enter(self, browser: Browser, name: str) -> PersonId:
        """Gives the browser a session of its own."""
        async with self.pool.acquire() as connection:
            person = await identity.find_or_add_person(connection, f"{name}@example.vn", name)
            browser.client.cookies.set("__Host-session", await self.sessions.open(connection, person, "Chrome"))
        return person


def parsed(page: str) -> Any:
    """The tree of a page."""
    return html.fromstring(page)


async def post(browser: Browser, path: str, fields: dict[str, str]) -> httpx.Response:
    """Sends a form with the token of the last page, whatever forms that page holds. Redirects are not followed."""
    token = next(value for value in _tokens(browser.page))
    return await browser.client.post(path, data={"csrf": token} | fields, headers={"origin": browser.site.origin})


def _tokens(page: str) -> list[str]:
    return [part.partition('"')[0] for part in page.split('name="csrf" value="')[1:]]


def says(answer: httpx.Response) -> str:
    """The words of a page's main part, with single spaces."""
    return " ".join(parsed(answer.text).xpath("//main")[0].text_content().split())


async def write(browser: Browser, text: str = "Tôi đồng ý.", *, node: str = "n1", **fields: str) -> httpx.Response:
    """Opens the form at ``node`` and sends it; what comes back is not followed."""
    await browser.open(f"{PAGE}?gop-y={node or 'toan-van'}")
    return await browser.submit(WRITE, follow=False, **({"node": node, "name": "Cử tri", "text": text} | fields))


async def contributions(pool: Pool) -> list[tuple[str, str]]:
    """State and text of every contribution, in order."""
    return [(row["state"], row["text"]) for row in await pool.fetch("select state, text from contributions order by id")]


async def made(pool: Pool) -> ContributionId:
    """The newest contribution."""
    return ContributionId(await pool.fetchval("select max(id) from contributions"))
