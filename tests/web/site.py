"""The site's web edge with its sign-in and administration pages, and browsers that walk it as people do."""

import functools
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import default
from functools import cache
from html.parser import HTMLParser

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from server.identity.confirming import CODE_JOBS, Confirming
from server.identity.keys import Keys
from server.identity.people import People
from server.identity.policy import Action
from server.identity.sessions import Sessions
from server.identity.signin import CODE_JOB, CodeRules, SignIn
from server.identity.tickets import Tickets
from server.jobs.runner import Handler, Runner
from server.kernel.ids import SessionId
from server.mail.post import Postman
from server.realtime.address import networks
from server.store.connection import Pool
from server.store.identity import Lifetimes
from server.store.jobs import MAIL_JOB, Job
from server.web.administration import AdministrationPages
from server.web.door import Door, form, json_door, page
from server.web.edge import Edge, Place, every_door
from server.web.pages import Pages
from server.web.rendering import Assets, Templates
from server.web.signin import SignInPages
from server.web.tickets import TicketDoor

ORIGIN = "https://gopy.example.vn"
HOST = "gopy.example.vn"
NEWCOMERS = 20
"""Tickets a minute for those of one network who have not signed in."""
BUILT = ("citizen.ts", "staff.ts", "room.ts", "papers.ts", "hall.ts", "style.css", "room.css", "papers.css")
SHIPPED = (
    "emblem.svg",
    "pdf.mjs",
    "pdf.worker.min.mjs",
    "source-serif-4-latin-wght-normal.woff2",
    "source-serif-4-vietnamese-wght-normal.woff2",
)


@cache
def templates() -> Templates:
    """The templates of the product, compiled once for all tests; the names of built files are those before the build."""
    built = {f"src/{name}": {"file": name} for name in BUILT}
    return Templates(Assets(built | {f"x/{name}": {"file": name} for name in SHIPPED}))


class Mailbox:
    """A transport that keeps every letter; ``fails`` makes the next ones fail as an unreachable mail server does."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.fails = 0

    async def send(self, message: EmailMessage) -> None:
        if self.fails:
            self.fails -= 1
            raise ConnectionRefusedError
        self.letters.append(message)

    def newest(self, to: str) -> str:
        """The text of the newest letter to ``to``."""
        return [str(letter.get_content()) for letter in self.letters if letter["To"] == to][-1]

    def code(self, to: str) -> str:
        found = re.search(r"(\d{4}) (\d{4})", self.newest(to))
        assert found is not None
        return found[1] + found[2]


class Site:
    """Everything behind one edge, over one database. ``ended`` lists the sessions of whose end was told."""

    def __init__(
        self,
        pool: Pool,
        *,
        origin: str = ORIGIN,
        proxies: Sequence[str] = (),
        rules: CodeRules | None = None,
        lifetimes: Lifetimes | None = None,
    ) -> None:
        self.pool = pool
        self.origin = origin
        self.ended: list[SessionId] = []
        self.mail = Mailbox()
        self.lifetimes = lifetimes or Lifetimes()
        self.keys = Keys(b"k" * 32)
        self.sessions = Sessions(pool, self.lifetimes, self._session_ended)
        self.sign_in = SignIn(pool, self.keys, self.sessions, rules or CodeRules())
        self.people = People(pool, self.sessions)
        self.tickets = Tickets(pool, self.sessions)
        postman = Postman(self.mail, "khong-tra-loi@example.vn", origin)

        async def send_code(job: Job) -> None:
            await self.sign_in.send_code(job, postman.post)

        self.confirming = Confirming(pool, self.keys, rules or CodeRules())
        confirm = functools.partial(self.confirming.send_code, post=postman.post)
        self.jobs: dict[str, Handler] = {CODE_JOB: send_code, MAIL_JOB: postman.deliver, **dict.fromkeys(CODE_JOBS, confirm)}
        self.runner = Runner(pool, self.jobs)
        self.pages = Pages(templates())
        signing_in = SignInPages(
            pool,
            self.pages,
            self.keys,
            self.sessions,
            self.sign_in,
            self.people,
            self.runner.wake,
            session_lasts_s=3600,
            codes_on_console=False,
        )
        administration = AdministrationPages(pool, self.pages, self.people, self.runner.wake)
        host = origin.partition("://")[2]
        self.edge = Edge(
            every_door(signing_in.doors, administration.doors, TicketDoor(self.tickets, pool, self.keys, NEWCOMERS).doors, trial_doors),
            place=Place(origin, frozenset({origin}), frozenset({host}), networks(proxies)),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )

    async def _session_ended(self, session: SessionId) -> None:
        self.ended.append(session)

    @asynccontextmanager
    async def browser(
        self, *, address: str = "198.51.100.7", user_agent: str = "Mozilla/5.0 (Android 14) Chrome/140"
    ) -> "AsyncIterator[Browser]":
        transport = httpx.ASGITransport(self.edge, raise_app_exceptions=False, client=(address, 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=self.origin, headers={"user-agent": user_agent}) as client:
            yield Browser(self, client)

    async def deliver(self) -> None:
        """Does every job that is due."""
        self.runner.start()
        while await self.pool.fetchval("select count(*) from jobs where state = 'waiting' and due_at <= now()"):
            self.runner.wake()  # one job may have added another
            await self.pool.fetchval("select pg_sleep(0.01)")
        await self.runner.stop()


class Browser:
    """Keeps cookies and the last page; sends forms as a browser does, with the token of the page that holds them."""

    def __init__(self, site: Site, client: httpx.AsyncClient) -> None:
        self.site = site
        self.client = client
        self.page = ""

    async def open(self, path: str) -> httpx.Response:
        """Reads a page, following redirects."""
        response = await self.client.get(path, follow_redirects=True)
        self.page = response.text
        return response

    async def submit(self, path: str, *, follow: bool = True, **fields: str) -> httpx.Response:
        """Sends the form with this action that the last page holds: its hidden fields, and ``fields``."""
        hidden = forms_of(self.page)[path]
        response = await self.client.post(path, data=hidden | fields, headers={"origin": self.site.origin}, follow_redirects=follow)
        if response.status_code != 303:
            self.page = response.text
        return response

    async def ask_for_code(self, email: str) -> httpx.Response:
        await self.open("/dang-nhap")
        response = await self.submit("/dang-nhap", email=email)
        await self.site.deliver()
        return response

    async def sign_in(self, email: str) -> httpx.Response:
        await self.ask_for_code(email)
        return await self.submit("/dang-nhap/ma", code=self.site.mail.code(email))

    @property
    def session(self) -> str | None:
        return self.client.cookies.get("__Host-session") or self.client.cookies.get("session")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = self.forms.setdefault(given["action"].partition("#")[0], {})
        elif tag == "input" and given.get("type") == "hidden" and self._fields is not None:
            self._fields.setdefault(given["name"], given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None


def forms_of(page: str) -> dict[str, dict[str, str]]:
    """The hidden fields of every form of a page, by the form's action (of several with one action, the first's)."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


def plain(message: EmailMessage) -> EmailMessage:
    """The message as its receiver parses it."""
    import email

    parsed = email.message_from_bytes(message.as_bytes(), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def trial_doors() -> Sequence[Door]:
    """Doors that only these tests have: one fails, two take forms, one takes JSON, one tells the client's address."""

    async def fail(request: Request) -> Response:
        raise ValueError("bí mật")

    async def keep(request: Request) -> Response:
        return PlainTextResponse(str(len((await request.form()).multi_items())))

    async def echo(request: Request) -> Response:
        return JSONResponse(await request.json())

    async def address(request: Request) -> Response:
        return PlainTextResponse(request.state.address)

    return (
        page("/thu/hong", Action.READ_PUBLIC, fail),
        form("/thu/gui", Action.READ_PUBLIC, keep, limit=2 << 20, files=1),
        form("/thu/gui-nho", Action.READ_PUBLIC, keep),
        json_door("/thu/json", Action.READ_PUBLIC, echo),
        page("/thu/dia-chi", Action.READ_PUBLIC, address),
    )
