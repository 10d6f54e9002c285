"""The site with the pages of moderators and editors, and officials who walk it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
from lxml import html

from consultations.commands import Describe, Publish
from server.documents import import_document
from server.documents.apart import Reader
from server.identity.viewer import Viewer, grants_of
from server.kernel.ids import AgencyId, CommandId, ConsultationId, ContributionId
from server.realtime.imported import text_of
from server.store import drafts, identity, people, reading
from server.store.connection import Pool
from server.web.answering import Answering
from server.web.desk import Desk, fresh_command
from server.web.dossier import Dossier
from server.web.drafting import Drafting
from server.web.edge import Edge, Place, every_door
from server.web.editing import Editing, slug_of
from server.web.entering import EnteringPages
from server.web.life import Life
from server.web.merging import Merging
from server.web.moderation import Moderation
from server.web.next_version import NextVersionPages
from server.web.opinion_files import OpinionFilePages
from server.web.publishing import Publishing
from server.web.report_page import ReportPages
from server.web.texts import Texts
from tests.web.citizens import CitizenSite
from tests.web.site import Browser, forms_of

DECREE = """# NGHỊ ĐỊNH
Về việc thử nghiệm

## Chương I
QUY ĐỊNH CHUNG

### Điều 1. Phạm vi điều chỉnh
1. Nghị định này quy định:
a) Việc thứ nhất;
b) Việc thứ hai.
2. Không áp dụng với việc khác.

### Điều 2. Đối tượng áp dụng
Cơ quan, tổ chức, cá nhân.
"""
"""A text of two articles, for tests that are not about reading."""

HOSTILE = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}"
"""What must be shown as it is written, wherever people write."""


class Office(CitizenSite):
    """A site with every page that officials have."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        texts = Texts()
        desk = Desk(pool, self.pages, self.consulting, texts, Reader())
        moderation = Moderation(pool, self.pages, self.consulting, texts)
        below = self.edge.doors
        host = self.origin.partition("://")[2]
        self.edge = Edge(
            every_door(
                lambda: below,
                moderation.doors,
                Editing(desk).doors,
                Drafting(desk).doors,
                NextVersionPages(desk).doors,
                Merging(desk).doors,
                Publishing(desk).doors,
                Answering(desk, _nobody).doors,
                ReportPages(desk, _nobody).doors,
                Life(desk).doors,
                Dossier(desk).doors,
                EnteringPages(desk).doors,
                OpinionFilePages(desk, _nobody).doors,
            ),
            place=Place(self.origin, frozenset({self.origin}), frozenset({host})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )

    async def agency(self, slug: str = "mau", name: str = "Cơ quan mẫu") -> AgencyId:
        """A new agency."""
        added = await people.add_agency(self.pool, slug, name, "")
        assert added is not None
        return added

    async def person(self, name: str, *roles: tuple[str, AgencyId]) -> Viewer:
        """A person with an account and these roles."""
        async with self.pool.acquire() as connection:
            person = await identity.find_or_add_person(connection, f"{name}@example.vn", name)
        for role, agency in roles:
            await people.add_grant(self.pool, person, role, agency)
        return Viewer(person, grants=grants_of(list(roles)), name=name)

    @asynccontextmanager
    async def official(self, name: str, *roles: tuple[str, AgencyId]) -> AsyncIterator[Browser]:
        """The browser of a signed-in person with these roles."""
        await self.person(name, *roles)
        async with self.citizen(name) as browser:
            yield browser

    async def open_consultation(
        self, agency: AgencyId, *, moderation: Literal["after", "before"] = "before", title: str = "Dự thảo mẫu"
    ) -> str:
        """A consultation on ``DECREE`` that is open now; its slug."""
        editor = await self.person(f"bien-tap-{agency}", ("editor", agency))
        made, slug = await self.consulting.create(editor, _id(), agency, title, slug_of(title))
        await self.consulting.change(editor, _id(), made, Describe(title, "", "Tóm tắt bằng lời dễ hiểu.", ""))
        await self.consulting.place_text(editor, _id(), made, text_of(import_document("mau.md", DECREE.encode()), "mau.md"))
        closes_at = datetime.now(UTC) + timedelta(days=30)
        await self.consulting.change(editor, _id(), made, Publish(None, closes_at, moderation, "hidden"))
        return slug

    async def consultation(self, slug: str) -> ConsultationId:
        async with self.pool.acquire() as connection:
            found = await reading.read_consultation(connection, slug)
        assert found is not None
        return found.id

    async def contribute(self, name: str, slug: str, text: str, anchor: str = "") -> ContributionId:
        """An opinion of the citizen ``name``, on the node with this anchor or on the whole draft."""
        author = await self.person(name)
        consultation = await self.consultation(slug)
        async with self.pool.acquire() as connection:
            nodes = {node.anchor: node.id for node in await drafts.read_nodes(connection, consultation, 1)}
        given = await self.consulting.contribute(author, _id(), consultation, nodes[anchor] if anchor else None, text, author.name)
        assert given.contribution is not None
        return given.contribution

    async def state_of(self, contribution: ContributionId) -> str:
        return str(await self.pool.fetchval("select state from contributions where id = $1", contribution))

    async def phase_of(self, slug: str) -> str:
        return str(await self.pool.fetchval("select phase from consultations where slug = $1", slug))

    async def events_of(self, slug: str, type: str) -> int:
        """How many events of this type the consultation has."""
        topic = f"consultation/{await self.consultation(slug)}"
        number: int = await self.pool.fetchval("select count(*) from events where topic = $1 and type = $2", topic, type)
        return number


def _nobody() -> None:
    """Wakes nobody: who wants something done in the background does it."""


def _id() -> CommandId:
    return CommandId(fresh_command())


async def create(browser: Browser, title: str = "Dự thảo Nghị định thử nghiệm") -> str:
    """Begins a consultation; its slug."""
    await browser.open("/bien-tap")
    response = await browser.submit("/bien-tap", follow=False, title=title)
    assert response.status_code == 303, words(response.text)
    return response.headers["location"].rpartition("/")[2]


async def upload(browser: Browser, slug: str, name: str, data: bytes) -> httpx.Response:
    """Sends a file through the form of the content page, and follows to the page that answers."""
    action = f"/bien-tap/{slug}/noi-dung/tep"
    await browser.open(f"/bien-tap/{slug}/noi-dung")
    response = await browser.client.post(
        action,
        data=forms_of(browser.page)[action],
        files={"file": (name, data)},
        headers={"origin": browser.site.origin},
        follow_redirects=True,
    )
    browser.page = response.text
    return response


async def summarise(browser: Browser, slug: str) -> None:
    """Writes the summary without which nothing is published."""
    await browser.open(f"/bien-tap/{slug}/mo-ta")
    title = str(await browser.site.pool.fetchval("select title from consultations where slug = $1", slug))
    await browser.submit(f"/bien-tap/{slug}/mo-ta", title=title, summary="Tóm tắt bằng lời dễ hiểu.")


async def publish(browser: Browser, slug: str, **choices: str) -> httpx.Response:
    """Walks through the confirmation to the publication: at once and for thirty days, unless ``choices`` say otherwise."""
    await summarise(browser, slug)
    usual = {"document": "other", "opening": "now", "closes_day": await day(browser.site.pool, 30)}
    asked = usual | {"moderation": "after", "tallies": "hidden"} | choices
    response = await browser.client.get(f"/bien-tap/{slug}/xac-nhan", params=asked)
    browser.page = response.text
    if response.status_code != 200:
        return response
    return await browser.submit(f"/bien-tap/{slug}/cong-bo")


async def rule(browser: Browser, contribution: ContributionId, ruling: str, **fields: str) -> httpx.Response:
    """Sends the form of the last page that makes this ruling, and follows to the page that answers."""
    response = await browser.client.post(
        "/kiem-duyet",
        data=ruling_form(browser.page, contribution, ruling) | fields,
        headers={"origin": browser.site.origin},
        follow_redirects=True,
    )
    browser.page = response.text
    return response


def ruling_form(page: str, contribution: ContributionId, ruling: str) -> dict[str, str]:
    """The hidden fields of the form that makes this ruling. Raises StopIteration when the page offers none."""
    forms = html.fromstring(page).iter("form")
    fields = ({str(one.get("name")): str(one.get("value")) for one in form.iter("input") if one.get("type") == "hidden"} for form in forms)
    return next(one for one in fields if (one.get("contribution"), one.get("ruling")) == (str(contribution), ruling))


async def day(pool: Pool, after: int) -> str:
    """The day in Vietnam ``after`` days from now, as a date field writes it."""
    return str(await pool.fetchval("select ((now() at time zone 'Asia/Ho_Chi_Minh')::date + $1::int)::text", after))


def words(page: str) -> str:
    """What a reader reads in the main part of a page, with single spaces."""
    [main] = html.fromstring(page).iter("main")
    return " ".join(" ".join(str(text) for text in main.itertext()).split())


def links(page: str) -> list[str]:
    """The addresses of all links of a page."""
    return [str(link.get("href")) for link in html.fromstring(page).iter("a") if link.get("href")]


def scripted(page: str) -> list[str]:
    """Names of elements and attributes through which a page could run what somebody wrote."""
    elements = [one for one in html.fromstring(page).iter() if isinstance(one.tag, str)]
    handlers = [name for one in elements for name in map(str, one.attrib) if name.startswith("on")]
    return handlers + [str(one.tag) for one in elements if one.tag == "img" or (one.tag == "script" and not one.get("src"))]
