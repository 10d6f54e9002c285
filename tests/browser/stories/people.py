"""People before the running product, each in a browser of their own: what they do, said in a line."""

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from lxml import html
from playwright.async_api import (
    APIResponse,
    Browser,
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Page,
    Request,
    StorageState,
    ViewportSize,
    async_playwright,
    expect,
)

from tests.peers.product import Product

DECISION = "/lay-y-kien/hop-truc-tuyen-va-lay-y-kien"
SURVEY = "/lay-y-kien/gio-tiep-dan"
PAST = "/lay-y-kien/cho-phien-cuoi-tuan"
ANSWERED = "/lay-y-kien/nha-van-hoa-thon"
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
PATIENCE_MS = 60_000
"""How long anything that somebody does in a browser may take on a busy machine."""

MODERATOR, EDITOR = "kiem-duyet@demo.example", "bien-tap@demo.example"
AGENCY_ADMINISTRATOR, SITE_ADMINISTRATOR = "quan-tri-co-quan@demo.example", "quan-tri@demo.example"


def citizen(number: int) -> str:
    """The address with which a demo citizen signs in."""
    return f"cong-dan-{number}@demo.example"


_SESSIONS: WeakKeyDictionary[Product, dict[tuple[str, str], StorageState]] = WeakKeyDictionary()
"""The cookies of everybody who has signed in to a product, by the way they came and their address."""


class Person:
    """One browser before the product. ``faults`` are script errors, stopped resources and requests to any other origin."""

    def __init__(self, product: Product, origin: str, context: BrowserContext, page: Page, media: str = "") -> None:
        self.product = product
        self.origin = origin
        self._origins = tuple(way for one in (origin, media) if one for way in (one, one.replace("http", "ws", 1)))
        self.context = context
        self.page = page
        self.faults: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", self._watch)

    async def visit(self, path: str) -> None:
        """Open a page of the site."""
        await self.page.goto(self.origin + path)

    async def sign_in(self, email: str) -> None:
        """By the code that the product prints in place of a letter. The forms are sent unseen: other stories look at them."""
        since = len(self.product.lines)
        await self.send("/dang-nhap", email=email)
        answer = await self.send("/dang-nhap/ma", code=await self.code(since))
        assert "Ông/bà đã đăng nhập." in await answer.text()

    async def read(self, path: str) -> str:
        """A page of the site, unseen: as the server sent it."""
        answer = await self.context.request.get(self.origin + path)
        assert answer.ok, answer.status
        return await answer.text()

    async def send(
        self, page: str | APIResponse, action: str = "", file: FilePayload | None = None, beside: str = "", **fields: str
    ) -> APIResponse:
        """Sends a form of a page (or of the one that answered), unseen and without scripts: what stands in it, ``fields``, a ``file``.

        It is the first that has these fields, goes to ``action`` (the page's own address unless said), and, where it stands in a list,
        has the words ``beside`` it.
        """
        path = page if isinstance(page, str) else page.url.removeprefix(self.origin)
        read: Any = html.fromstring(await (self.read(page) if isinstance(page, str) else page.text()))
        for form in read.forms:
            around = form.xpath("string(ancestor::*[self::li or self::main][1])")
            if (form.action or "").partition("#")[0] == (action or path) and {*fields} <= {*form.inputs.keys()} and beside in around:
                break
        else:
            raise AssertionError(f"no form to {action or path} with {[*fields]} on {path}")
        filled: dict[str, Any] = {**dict(form.form_values()), **fields}
        kind: dict[str, Any] = {"multipart": {**filled, "file": file}} if file else {"form": filled}
        answer = await self.context.request.post(self.origin + (action or path), headers={"origin": self.origin}, **kind)
        assert answer.ok, answer.status
        return answer

    async def code(self, since: int) -> str:
        """The code printed after line ``since``."""
        found = await asyncio.to_thread(self.product.wait_for, r"\| +(\d{4}) (\d{4})$", since=since)
        return found[1] + found[2]

    async def live(self) -> None:
        """Wait until the page says that it is live."""
        await expect(self.page.locator("live-status")).to_have_text("Trực tiếp")

    def _hear(self, message: ConsoleMessage) -> None:
        # A server that is killed on purpose is a lost connection to the browser, and no fault of the page.
        lost = "/live" in message.text + message.location["url"] or "net::" in message.text or "status of 5" in message.text
        # A page that is an answer to a mistake has its status; what a page is made of must not.
        answer = "status of 422" in message.text or ("status of 40" in message.text and message.location["url"] == self.page.url)
        if message.type == "error" and not lost and not answer:
            self.faults.append(f"console: {message.text}")

    def _watch(self, request: Request) -> None:
        if not request.url.startswith((*self._origins, "data:", "blob:")):
            self.faults.append(f"request to {request.url}")


class Crowd:
    """The product and one Chromium, in which any number of people each have a profile of their own.

    ``media`` is the origin of a media engine that is not the product's own.
    """

    def __init__(self, product: Product, browser: Browser, origin: str, media: str = "") -> None:
        self.product = product
        self.browser = browser
        self.origin = origin
        self.media = media
        self._people: list[Person] = []
        self._sessions = _SESSIONS.setdefault(product, {})

    async def person(self, email: str = "", *, phone: bool = False, scripts: bool = True, origin: str = "", dark: bool = False) -> Person:
        """A visitor, or ``email`` signed in. ``origin`` is another way to the same product.

        Who was here before comes with the cookie of that time; whoever wants to sign out signs in with ``sign_in``.
        """
        place = (origin or self.origin, email)
        known = self._sessions.get(place)
        context = await self.browser.new_context(
            storage_state=known,
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            is_mobile=phone,
            java_script_enabled=scripts,
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            color_scheme="dark" if dark else "light",
            ignore_https_errors=True,  # whoever comes to a site with a certificate of its own making confirms a warning first
        )
        context.set_default_timeout(PATIENCE_MS)
        person = Person(self.product, origin or self.origin, context, await context.new_page(), self.media)
        self._people.append(person)
        if email and known is None:
            await person.sign_in(email)
            self._sessions[place] = await context.storage_state()
        return person

    async def leave(self) -> None:
        """Everybody closes their browser. Fails when any page had a fault."""
        faults = [fault for person in self._people for fault in person.faults]
        for person in self._people:
            await person.context.close()
        self._people = []
        assert faults == []


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's Chromium without windows, quiet towards the rest of the world."""
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    quiet.append("--js-flags=--no-turbofan --no-maglev")  # no page is open long enough to repay that its scripts are optimised
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell"), chromium_sandbox=False, args=quiet
        )
        yield browser
        await browser.close()


def number(text: str) -> int:
    """The number in a text such as ``1.204 người``."""
    found = re.search(r"[\d.]+", text)
    assert found is not None, text
    return int(found[0].replace(".", ""))


async def tables_fit(page: Page) -> bool:
    """Whether the whole of every table is seen without pushing it sideways."""
    fits = "all => all.length > 0 && all.every((one) => one.scrollWidth <= one.clientWidth)"
    return bool(await page.locator(".scroll").evaluate_all(fits))
