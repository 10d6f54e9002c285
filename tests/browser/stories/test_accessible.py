"""Every page is open to everybody: nothing that axe knows to keep people out, in both languages, light and dark, on a desk and a phone."""

import re
from collections.abc import Sequence
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, StorageState

from server.app import build
from server.identity.viewer import Role
from server.kernel.ids import RoomId
from server.protocol.rooms import EndMeeting
from server.protocol.sites import CheckSites, Findings, TellCheck
from server.settings import Settings
from tests.browser.stories.people import DESK, PATIENCE_MS, PHONE, Crowd
from tests.browser.stories.tour import ACCOUNTS, Stage, Stop, set_stage, stops
from tests.parts import ROOT
from tests.peers.attendee import Attendee, new_id
from tests.peers.product import Product

AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RULES_OF_LOOKS = ("color-contrast", "target-size")
"""Those whose answer may be another one in another light and width; the rest asks what the page is made of."""

_LOOK = """
async (rules) => {
    const how = { runOnly: rules, resultTypes: ["violations"], preload: { assets: ["media"] }, iframes: false, selectors: false };
    const { violations, passes } = await axe.run(how);
    const faults = violations.flatMap(({ id, impact, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${impact} ${id} ${html}: ${failureSummary}`));
    return { faults, passed: passes.length };
}
"""
# Letters that stand in Vietnamese words and in no English ones. Names, also of Tết, and the letters that number points have no language.
_FOREIGN = """
() => {
    const letters = /[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹàáãèéìíòóõùúý]/i;
    const named = /Diên Hồng|Mẫu Province|Công dân mẫu \\d|Biên tập viên mẫu|Tết/g;
    const found = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const words = texts.currentNode.data.replace(named, "");
        const element = texts.currentNode.parentElement;
        if (!letters.test(words) || element.closest(".mark, .mast__who") || !element.checkVisibility()) continue;
        if (element.closest("[lang]").lang !== "vi") found.push(`${element.outerHTML.slice(0, 80)}: ${words.trim().slice(0, 60)}`);
    }
    return found;
}
"""


class Way(NamedTuple):
    """How one comes: the device, the light and the language; and the rules of axe that are asked there."""

    phone: bool
    dark: bool
    lang: str
    rules: Sequence[str]


WAYS = {"desk": Way(False, False, "vi", _RULES), "phone": Way(True, True, "en", _RULES_OF_LOOKS)}


class Known(NamedTuple):
    """The site as the tour finds it, and the cookies of each role, signed in once."""

    stage: Stage
    cookies: dict[Role, StorageState]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def known(product: Product, browser: Browser) -> Known:
    crowd = Crowd(product, browser, product.url)
    people = {role: await crowd.person(email, scripts=False) for role, email in ACCOUNTS.items()}
    stage = await set_stage(people)
    cookies = {role: await person.context.storage_state() for role, person in people.items()}
    await crowd.leave()
    return Known(stage, cookies)


async def barriers(page: Page, rules: Sequence[str]) -> list[str]:
    """What axe, which is on every page of the context, finds on the page as it stands."""
    found = await page.evaluate(_LOOK, rules)
    assert found["passed"] > (10 if rules is _RULES else 0), "axe has hardly looked"
    return [f"{page.url}: {fault}" for fault in found["faults"]]


async def faults_at(page: Page, stop: Stop, way: Way, origin: str) -> list[str]:
    """What is wrong with one page, in sentences."""
    answer = await page.goto(origin + stop.path.replace("{lang}", way.lang))
    assert answer is not None and answer.status == stop.status, stop
    if stop.do is not None:
        await stop.do(page)
    faults = await barriers(page, way.rules)
    shown = PHONE if way.phone else DESK
    width = await page.evaluate("document.documentElement.scrollWidth")
    if width > shown["width"]:  # not innerWidth: a phone widens its page to what sticks out
        faults.append(f"{stop.path} is {width} px wide on {shown['width']}")
    if await page.locator("html").get_attribute("lang") != way.lang:
        faults.append(f"{stop.path} is not marked as {way.lang}")
    if way.lang == "en" and stop.path != "/phong-cach":  # which shows samples
        faults += [f"{stop.path} does not say that this is Vietnamese: {words}" for words in await page.evaluate(_FOREIGN)]
    return faults


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("way", list(WAYS.values()), ids=list(WAYS))
async def test_every_page_of_a_role_is_open_to_everybody(product: Product, browser: Browser, known: Known, role: Role, way: Way) -> None:
    context = await browser.new_context(
        viewport=PHONE if way.phone else DESK,
        is_mobile=way.phone,
        has_touch=way.phone,
        color_scheme="dark" if way.dark else "light",
        storage_state=known.cookies[role],
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(path=AXE)
    await context.add_cookies([{"name": "lang", "value": way.lang, "url": product.url}])
    page = await context.new_page()
    faults: list[str] = []
    titles: dict[str, str] = {}
    for stop in stops(known.stage):
        if stop.who is role:
            faults += await faults_at(page, stop, way, product.url)
            first = titles.setdefault(await page.title(), stop.path)
            if first.partition("?")[0].partition("/v1")[0] != stop.path.partition("?")[0].partition("/v1")[0]:
                faults.append(f"{first} and {stop.path} have one title: {await page.title()}")
    await context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("way", list(WAYS.values()), ids=list(WAYS))
async def test_the_technicians_board_is_open_to_everybody_while_sites_are_checked(
    product: Product, browser: Browser, known: Known, way: Way
) -> None:
    cookies = {str(one["name"]): str(one["value"]) for one in known.cookies[Role.EDITOR].get("cookies", [])}
    context = await browser.new_context(
        viewport=PHONE if way.phone else DESK, color_scheme="dark" if way.dark else "light", storage_state=known.cookies[Role.EDITOR]
    )
    await context.add_init_script(path=AXE)
    await context.add_cookies([{"name": "lang", "value": way.lang, "url": product.url}])
    page = await context.new_page()
    here = known.stage.sitting
    found = re.search(r'data-room="(\d+)"', await (await context.request.get(product.url + here)).text())
    assert found is not None
    board = Stop(Role.EDITOR, "", f"{here}/ky-thuat")
    async with Attendee(product.url, RoomId(int(found[1])), cookies) as site:
        await site.enter()
        await site.do(CheckSites(new_id(), site.room, site.who))
        await site.sees(lambda: site.page.me.checked_since is not None)
        faults = await faults_at(page, board, way, product.url)
        await site.do(TellCheck(new_id(), site.room, Findings(level=8, picture=True, round_trip_ms=1620)))
        faults += await faults_at(page, board, way, product.url)
        assert await page.locator(".site[data-outcome=bad] .site__findings li").count() == 5
        await site.do(EndMeeting(new_id(), site.room))
    await context.close()
    assert not faults, "\n".join(faults)


async def test_every_page_is_on_the_tour(product: Product, known: Known) -> None:
    async with build(Settings(database_url=product.dsn(), secret_key="k" * 32, codes_on_console=True)) as app:
        pages = {door.path for door in app.edge.doors if door.takes == "nothing"}
    one = "/lay-y-kien/{slug}"
    files = {
        f"{one}/tong-hop/{{file}}",
        f"{one}/ho-so/{{paper:int}}",
        f"{one}/du-lieu.zip",
        f"{one}/nhat-ky.jsonl",
        "/tiep-nhan/{dossier:int}/du-lieu.zip",
        "/du-lieu-cua-toi/tai-ve",
    }
    files |= {"/bien-tap/{slug}/nhap-tep/mau.{format}", "/phong-hop/{slug}/cuoc-hop/{meeting:int}/{paper}/tep.{format}"}
    files |= {f"/phong-hop/{{slug}}/tai-lieu/{{paper:int}}/{end}" for end in ("{version:int}.pdf", "tim")}
    files |= {f"/phong-hop/{{slug}}/bieu-quyet/{{motion:int}}/{end}" for end in ("tep/{file:int}.pdf", "bien-ban/tep.{format}")}
    feeds = {f"{one}/nguon-tin.atom", "/nguon-tin.atom", "/lich.ics", "/phong-hop/{slug}/lich.ics"}
    machines = files | feeds | {"/healthz", "/metrics"} | {path for path in pages if path.startswith("/api/")}
    lead_back = {"/lay-y-kien/{slug}/gop-y", "/lay-y-kien/{slug}/bieu-quyet"}
    assert pages - machines - lead_back == {stop.door for stop in stops(known.stage)} - {""}


async def test_axe_would_say_what_is_wrong(product: Product, browser: Browser) -> None:
    page = await browser.new_page()
    await page.add_init_script(path=AXE)
    await page.goto(product.url)
    assert await barriers(page, _RULES) == await barriers(page, _RULES_OF_LOOKS) == []
    await page.locator("main").evaluate("main => main.append(new Image())")
    assert [" image-alt " in fault for fault in await barriers(page, _RULES)] == [True]
    await page.locator("h1").evaluate("title => { title.style.color = '#eee'; }")
    assert [" color-contrast " in fault for fault in await barriers(page, _RULES_OF_LOOKS)] == [True]
    await page.context.close()
