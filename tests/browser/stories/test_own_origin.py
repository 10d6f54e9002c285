"""A page asks nobody but the site, weighs little, and is set in the site's own letters."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import CDPSession, Page, Request, WebSocket

from tests.browser.stories.people import DECISION, EDITOR, MODERATOR, SURVEY, Crowd, citizen

MOST_SCRIPT_BYTES = 25 << 10
MOST_STYLE_BYTES = 30 << 10
OURS = {"Source Serif 4", "Be Vietnam Pro", "Be Vietnam Pro SemiBold"}
_WITH_WORDS = """
() => [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility()
    && (element.matches("input, textarea, select") || [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())))
    .forEach((element, number) => { element.dataset.seen = number; })
"""


@pytest.mark.parametrize(
    ("email", "path"), [("", "/"), ("", DECISION), (citizen(1), DECISION), (MODERATOR, "/kiem-duyet"), (EDITOR, "/bien-tap")]
)
async def test_a_page_asks_nobody_but_the_site(crowd: Crowd, email: str, path: str) -> None:
    person = await crowd.person(email)
    asked: set[str] = set()

    def hear(asks: Request | WebSocket) -> None:
        asked.add(urlsplit(asks.url).netloc)

    person.page.on("request", hear)
    person.page.on("websocket", hear)
    await person.visit(path)
    if path in (DECISION, "/kiem-duyet"):
        await person.live()
    await person.page.wait_for_load_state("networkidle")
    assert asked == {urlsplit(person.origin).netloc}
    assert await person.page.evaluate("performance.getEntriesByType('resource').length") > 2


@pytest.mark.parametrize("path", ["/", DECISION, SURVEY])
async def test_scripts_and_styles_of_citizens_pages_are_small(crowd: Crowd, path: str) -> None:
    person = await crowd.person(citizen(1))
    bytes_of = {"script": 0, "stylesheet": 0}
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    person.page.on("requestfinished", note)
    session = await person.context.new_cdp_session(person.page)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await person.visit(path)
    await person.page.wait_for_load_state("networkidle")
    for request in finished:
        if request.resource_type in bytes_of:
            bytes_of[request.resource_type] += (await request.sizes())["responseBodySize"]
    assert 1_000 < bytes_of["script"] <= MOST_SCRIPT_BYTES
    assert 1_000 < bytes_of["stylesheet"] <= MOST_STYLE_BYTES


@pytest.mark.parametrize("path", ["/", DECISION, SURVEY, "/dang-nhap", "/phong-cach"])
async def test_every_word_is_set_in_the_sites_own_letters(crowd: Crowd, path: str) -> None:
    person = await crowd.person()
    await person.visit(path)
    await person.page.evaluate("document.fonts.ready")
    await person.page.evaluate(_WITH_WORDS)
    found = await fonts(person.page, await person.context.new_cdp_session(person.page))
    assert len(found) > 10
    assert {element: families for element, families in found.items() if not families <= OURS} == {}


async def fonts(page: Page, session: CDPSession) -> dict[str, set[str]]:
    """The families in which Chromium really drew each element that has words."""
    await session.send("DOM.enable")
    await session.send("CSS.enable")
    root = (await session.send("DOM.getDocument"))["root"]["nodeId"]
    nodes = (await session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-seen]"}))["nodeIds"]
    names = await page.locator("[data-seen]").evaluate_all("all => all.map((one) => one.outerHTML.slice(0, 120))")
    found = {}
    for number, node in enumerate(nodes):
        drawn = (await session.send("CSS.getPlatformFontsForNode", {"nodeId": node}))["fonts"]
        families = {font["familyName"] if font["isCustomFont"] else f"the machine's {font['familyName']}" for font in drawn}
        found[f"{number}: {names[number]}"] = families
    return found
