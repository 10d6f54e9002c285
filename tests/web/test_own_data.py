"""A person's own data, by forms alone: to look at, to take away, to erase."""

from collections.abc import AsyncIterator

import httpx
import pytest

from consultations.commands import Rule
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId
from server.kernel.refused import Refused
from server.store import people
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.citizens import MINE, PAGE, VOTE, CitizenSite, contributions, made, parsed, post, says, write
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


DATA = "/du-lieu-cua-toi"


async def confirm(site: CitizenSite, browser: Browser, name: str, typed: str = "XÓA", code: str = "") -> httpx.Response:
    """Has the code sent and types it."""
    await browser.open(f"{DATA}/xoa")
    await browser.submit(f"{DATA}/ma")
    await site.deliver()
    await browser.open(f"{DATA}/xoa?ma=1")
    return await browser.submit(f"{DATA}/xoa", code=code or site.mail.code(f"{name}@example.vn"), confirmation=typed)


async def test_one_sees_and_takes_away_all_that_is_held_and_nothing_of_anybody_else(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    async with site.citizen("toi") as browser, site.citizen("khac") as other, site.browser() as visitor:
        await write(browser, "Lời của tôi")
        await write(other, "Lời của người khác")
        await browser.open(PAGE)
        await post(browser, VOTE, {"question": str(world.questions[0]), "choice": "1"})
        page = await browser.open(DATA)
        told = {row.xpath("string(th)"): row.xpath("string(td)") for row in parsed(page.text).xpath("//tbody/tr")}
        assert told["Địa chỉ thư điện tử"] == "toi@example.vn"
        assert (told["Ý kiến đã góp, ở mọi trạng thái"], told["Lựa chọn đã biểu quyết"]) == ("1", "1")
        taken = await browser.client.get(f"{DATA}/tai-ve")
        assert taken.headers["content-disposition"].startswith("attachment") and taken.headers["cache-control"] == "no-store"
        held = taken.json()
        assert held["account"][0]["email"] == "toi@example.vn" and [one["text"] for one in held["contributions"]] == ["Lời của tôi"]
        assert [(one["question"], one["choice"]) for one in held["votes"]] == [(world.questions[0], 1)]
        assert "khac" not in taken.text
        assert (await visitor.open(DATA)).url.path == "/dang-nhap"
        assert (await visitor.client.get(f"{DATA}/tai-ve")).status_code in (303, 401)


async def test_the_account_is_erased_after_a_fresh_code_and_its_word(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser, site.citizen("toi") as elsewhere, site.citizen("khac") as other:
        await write(browser, "Lời của tôi")
        await write(other, "Lời của người khác")
        assert "Xin gõ đúng chữ XÓA" in says(await confirm(site, browser, "toi", typed=""))
        assert "Mã chưa đúng" in says(await confirm(site, browser, "toi", code="00000000"))
        assert await pool.fetchval("select count(*) from contacts") == 2
        assert "Đã xóa tài khoản và dữ liệu của ông/bà." in says(await confirm(site, browser, "toi"))
        for gone in (browser, elsewhere):
            assert (await gone.open(DATA)).url.path == "/dang-nhap", "every session is over"
        assert len(site.ended) == 2
        await site.deliver()
        assert "Đây là thư cuối cùng" in site.mail.newest("toi@example.vn")
        assert sorted(await contributions(pool)) == [("visible", ""), ("visible", "Lời của người khác")]
        assert [row["email"] for row in await pool.fetch("select email from contacts")] == ["khac@example.vn"]


async def test_a_code_for_something_else_or_of_another_session_erases_nothing(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser, site.citizen("toi") as elsewhere:
        await confirm(site, browser, "toi", typed="không")
        code = site.mail.code("toi@example.vn")
        await elsewhere.open(f"{DATA}/xoa?ma=1")
        answer = await elsewhere.submit(f"{DATA}/xoa", code=code, confirmation="XÓA")
        assert answer.status_code == 422 and "Mã đã hết hiệu lực" in says(answer)
        async with site.browser() as visitor:
            await visitor.ask_for_code("toi@example.vn")
            sign_in = site.mail.code("toi@example.vn")
        assert (await elsewhere.submit(f"{DATA}/xoa", code=sign_in, confirmation="XÓA")).status_code == 422
    assert await pool.fetchval("select count(*) from contacts") == 1


async def test_an_official_and_who_stands_on_a_roll_first_have_that_taken_away(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    async with site.browser() as official, site.browser() as seated:
        person = await site.enter(official, "can-bo")
        await people.add_grant(pool, person, "editor", world.agency)
        page = await official.open(f"{DATA}/xoa")
        assert "đang giữ vai trò" in says(page) and f"{DATA}/ma" not in page.text
        member = await site.enter(seated, "thanh-vien")
        room = await pool.fetchval(
            "insert into rooms (agency, slug, title, search_key) values ($1, 'hop', 'Họp', 'hop') returning id", world.agency
        )
        await pool.execute(
            "insert into room_seats (room, person, place, duty, role, agency, weight) values ($1, $2, 1, 'member', 'member', '', 1)",
            room,
            member,
        )
        assert "thành phần của phòng họp “Họp”" in says(await seated.open(f"{DATA}/xoa"))
        with pytest.raises(Refused, match="holds_a_role"):
            await site.erasing.erase_account(Viewer(person, grants=frozenset({Grant(Role.EDITOR, world.agency)})))
        with pytest.raises(Refused, match="on_a_roll"):
            await site.erasing.erase_account(Viewer(member))


async def test_the_same_address_is_not_counted_twice_and_comes_back_after_the_close(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool, tallies="live")
    async with site.citizen("toi") as browser:
        await browser.open(PAGE)
        await post(browser, VOTE, {"question": str(world.questions[0]), "choice": "1"})
        await confirm(site, browser, "toi")
    assert await pool.fetchval("select people from tallies where choice = 1") == 1, "it stays counted"
    async with site.browser() as again:
        await again.ask_for_code("toi@example.vn")
        refused = await again.submit("/dang-nhap/ma", code=site.mail.code("toi@example.vn"))
        assert refused.status_code == 422 and "để không ai được tính hai lần" in says(refused)
        assert await pool.fetchval("select count(*) from contacts") == 0
        await pool.execute("update consultations set closes_at = clock_timestamp()")
        await again.ask_for_code("toi@example.vn")
        await again.submit("/dang-nhap/ma", code=site.mail.code("toi@example.vn"))
        assert (await again.open(DATA)).url.path == DATA
