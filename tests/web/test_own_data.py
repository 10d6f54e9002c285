"""A person's own data, by forms alone: erasing one contribution."""

from collections.abc import AsyncIterator

import httpx
import pytest

from consultations.commands import Rule
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.citizens import MINE, PAGE, CitizenSite, contributions, made, parsed, says, write
from tests.web.site import Browser
from tests.worlds import open_world


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[CitizenSite]:
    async with CitizenSite(pool).running() as site:
        yield site


async def erase(browser: Browser, contribution: int, typed: str = "XÓA") -> httpx.Response:
    await browser.open(f"{MINE}/xoa?y-kien={contribution}")
    return await browser.submit(f"{MINE}/xoa", confirmation=typed)


async def test_a_contribution_is_erased_after_its_word_is_typed_and_leaves_a_place_that_says_so(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser, site.citizen("khac") as other, site.browser() as visitor:
        await write(browser, "Số điện thoại của tôi")
        contribution = await made(pool)
        asked = await browser.open(f"{MINE}/xoa?y-kien={contribution}")
        assert "Số điện thoại của tôi" in says(asked) and "Không thể hoàn tác" in says(asked)
        wrong = await erase(browser, contribution, "vâng")
        assert wrong.status_code == 422 and "Xin gõ đúng chữ XÓA" in says(wrong)
        assert await contributions(pool) == [("visible", "Số điện thoại của tôi")]
        assert "Đã xóa hẳn nội dung ý kiến." in says(await erase(browser, contribution, " xóa "))
        assert await contributions(pool) == [("visible", "")]
        for path in (PAGE, f"{PAGE}/y-kien/dieu-1", f"{PAGE}/gop-y/{contribution}"):
            page = await visitor.open(path)
            assert "Số điện thoại" not in page.text
        tombstone = says(await visitor.open(f"{PAGE}/gop-y/{contribution}"))
        assert f"Ý kiến số {contribution}" in tombstone and "Nội dung đã được xóa theo yêu cầu của người góp ý lúc" in tombstone
        assert "Báo vi phạm" not in tombstone
        page = parsed((await other.open(f"{PAGE}/gop-y/{contribution}")).text)
        assert not page.xpath("//form[contains(@action, 'ung-ho') or contains(@action, '/gop-y')]"), "no answer, no support"
        mine = await browser.open(MINE)
        assert "Đã xóa" in says(mine) and f"{MINE}/xoa?y-kien={contribution}" not in mine.text and f"{MINE}/sua" not in mine.text
        for path in (f"{MINE}/xoa", f"{MINE}/sua"):
            assert (await browser.open(f"{path}?y-kien={contribution}")).status_code == 409
        assert (await other.open(f"{PAGE}/bao-vi-pham?y-kien={contribution}")).status_code == 409


async def test_a_hidden_one_is_erased_with_what_was_said_of_it(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool, people=1)
    moderator = Viewer(world.people[0], grants=frozenset({Grant(Role.MODERATOR, world.agency)}))
    async with site.citizen("toi") as browser:
        await write(browser, "Lời riêng")
        contribution = await made(pool)
        await site.consulting.rule(moderator, CommandId(fresh_command()), Rule(contribution, "hide", "insult", "Vì lời riêng"))
        asked = await browser.open(f"{MINE}/xoa?y-kien={contribution}")
        assert "Ý kiến này không hiện công khai." in says(asked)
        await erase(browser, contribution, "ERASE")
        assert await contributions(pool) == [("withdrawn", "")]
        mine = await browser.open(MINE)
        assert "ời riêng" not in mine.text and "Đã xóa" in says(mine)


async def test_nobody_erases_anothers(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser, site.citizen("ke-la") as other:
        await write(browser, "Của tôi")
        contribution = await made(pool)
        assert (await other.open(f"{MINE}/xoa?y-kien={contribution}")).status_code == 404
        await write(other, "Của kẻ lạ")
        theirs = await made(pool)
        await other.open(f"{MINE}/xoa?y-kien={theirs}")
        assert (await other.submit(f"{MINE}/xoa", contribution=str(contribution), confirmation="XÓA")).status_code == 404
    assert sorted(await contributions(pool)) == [("visible", "Của kẻ lạ"), ("visible", "Của tôi")]
