"""Looking after one's own contributions: seeing them in every state, and taking one back."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from consultations.commands import Rule
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.citizens import MINE, PAGE, CitizenSite, contributions, made, parsed, post, says, write
from tests.web.site import Browser
from tests.worlds import open_world

HOSTILE = "</textarea><img src=x onerror=alert(1)>\"'"


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[CitizenSite]:
    async with CitizenSite(pool).running() as site:
        yield site


async def test_one_finds_ones_contributions_in_every_state_with_rule_and_reason(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool, people=1)
    moderator = Viewer(world.people[0], grants=frozenset({Grant(Role.MODERATOR, world.agency)}))
    async with site.citizen("toi") as browser, site.citizen("khac") as other:
        await write(browser, "Bị ẩn", node="n2.1")
        reason = HOSTILE
        await site.consulting.rule(moderator, CommandId(fresh_command()), Rule(await made(pool), "hide", "personal_data", reason))
        await write(browser, "Công khai", node="")
        await write(browser, "Rút lại")
        await withdraw(browser, await made(pool))
        await pool.execute("update consultations set moderation = 'before'")
        await write(browser, "Đang chờ")
        page = await browser.open(MINE)
        assert parsed(page.text).xpath("//p[@class='mine__words']/text()") == ["Đang chờ", "Rút lại", "Công khai", "Bị ẩn"]
        states = [" ".join(tag.text_content().split()) for tag in parsed(page.text).xpath("//main//span[contains(@class, 'tag')]")]
        assert states == ["Chờ kiểm duyệt", "Đã rút", "Đã công khai", "Đã ẩn"]
        assert "Không nêu thông tin cá nhân" in says(page)
        assert HOSTILE in says(page)
        assert not parsed(page.text).xpath("//img")
        assert f"{PAGE}/v1#dieu-2-khoan-1" in parsed(page.text).xpath("//main//a/@href")
        assert "chưa góp ý kiến nào" in says(await other.open(MINE))
    async with site.browser() as visitor:
        assert (await visitor.open(MINE)).url.path == "/dang-nhap"


async def test_the_page_of_ones_own_contributions_can_be_paged_to_its_end(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    async with site.browser() as browser:
        viewer = Viewer(await site.enter(browser, "toi"))
        for number in range(60):
            await site.consulting.contribute(viewer, CommandId(fresh_command()), world.consultation, "n1", f"Ý kiến {number}", "Tôi")
        found, path = list[str](), MINE
        while path:
            page = parsed((await browser.open(path)).text)
            found += page.xpath("//p[@class='mine__words']/text()")
            path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert found == [f"Ý kiến {number}" for number in range(59, -1, -1)]


async def withdraw(browser: Browser, contribution: int) -> httpx.Response:
    await browser.open(f"{MINE}/rut?y-kien={contribution}")
    return await browser.submit(f"{MINE}/rut")


async def test_a_contribution_is_withdrawn_after_a_second_question_and_stays_so(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser, site.browser() as visitor:
        await write(browser, "Nói nhầm")
        contribution = await made(pool)
        asked = await browser.open(f"{MINE}/rut?y-kien={contribution}")
        assert "Nói nhầm" in says(asked)
        assert await contributions(pool) == [("visible", "Nói nhầm")], "asking changes nothing"
        answers = [await browser.submit(f"{MINE}/rut", follow=False) for _ in range(2)]
        assert [answer.headers.get("location") for answer in answers] == [MINE, MINE], "sent twice, it is done once"
        assert "Đã rút ý kiến." in says(await browser.open(MINE))
        assert "Nói nhầm" not in (await visitor.open(PAGE)).text
        assert (await browser.open(f"{MINE}/rut?y-kien={contribution}")).status_code == 409
        again = await post_from(browser, MINE, f"{MINE}/rut", {"contribution": str(contribution), "id": str(uuid4())})
        assert again.status_code == 409
    assert await contributions(pool) == [("withdrawn", "Nói nhầm")]
    assert await pool.fetchval("select count(*) from events where type = 'withdrawn'") == 1


async def post_from(browser: Browser, page: str, path: str, fields: dict[str, str]) -> httpx.Response:
    await browser.open(page)
    return await post(browser, path, fields)


async def test_anothers_contribution_is_answered_as_one_that_does_not_exist(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser, site.citizen("ke-la") as other:
        await write(browser)
        contribution = await made(pool)
        answers = []
        for number in (str(contribution), str(contribution + 1), "0", "-1", "x", "", "9" * 30):
            asked = await other.open(f"{MINE}/rut?y-kien={number}")
            sent = await post_from(other, PAGE, f"{MINE}/rut", {"contribution": number, "id": str(uuid4())})
            answers.append((asked.status_code, sent.status_code, says(sent).split("tham chiếu")[0]))
        assert set(answers) == {(404, 404, answers[0][2])}
    assert await contributions(pool) == [("visible", "Tôi đồng ý.")]
