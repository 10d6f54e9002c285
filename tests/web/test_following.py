"""Following by forms, and the letters that come of it."""

import re

import pytest

from consultations import commands as c
from server.kernel.ids import CommandId
from server.store import drafts
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.office import HOSTILE, links, words
from tests.web.open_site import OpenSite
from tests.web.site import Browser, plain
from tests.web.test_versions import Scene


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


async def follow(browser: Browser, slug: str, pace: str = "daily", **asked: str) -> None:
    path = f"/lay-y-kien/{slug}/theo-doi"
    await browser.open(path + "".join(f"?{name}={value}" for name, value in asked.items()))
    answer = await browser.submit(path, follow=False, digest=pace)
    assert answer.status_code == 303, words(answer.text)
    await browser.open("/theo-doi")


async def test_one_follows_a_whole_a_clause_and_a_contribution_and_sees_all_in_one_list(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.citizen("toi") as me, site.browser() as visitor:
        opinion = await site.contribute("ho", slug, HOSTILE, "dieu-1")
        sent = await visitor.client.get(f"/lay-y-kien/{slug}/theo-doi?dieu=dieu-1")
        assert sent.status_code == 303 and sent.headers["location"].startswith("/dang-nhap?next=")
        await me.open("/theo-doi")
        assert "chưa theo dõi gì" in words(me.page)
        await follow(me, slug)
        await follow(me, slug, "weekly", dieu="dieu-1-khoan-2")
        await follow(me, slug, "none", **{"y-kien": str(opinion)})
        assert HOSTILE in words(me.page) and "<img src=x" not in me.page
        assert me.page.count('class="followed"') == 3 and "khoản 2 Điều 1" in words(me.page)
        number = str(await site.pool.fetchval("select max(id) from follows"))
        await me.submit("/theo-doi", item=number, digest="stop")
        await me.open("/theo-doi")
        assert me.page.count('class="followed"') == 2
        assert [row[0] for row in await site.pool.fetch("select digest from follows order by id")] == ["daily", "weekly"]


async def test_what_is_followed_is_marked_beside_it_and_followed_into_the_next_version(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.citizen("toi") as me, site.browser() as visitor:
        page = f"/lay-y-kien/{slug}"
        opinion = await site.contribute("ho", slug, "Nên giữ", "dieu-2")
        ways = {f"{page}/theo-doi?{asked}" for asked in ("dieu=dieu-1", "dieu=dieu-1-khoan-2", "dieu=dieu-2", f"y-kien={opinion}")}
        for way in (page, f"{page}/y-kien/dieu-2"):
            await visitor.open(way)
            assert "Đang theo dõi" not in words(visitor.page)
            assert (ways if way == page else {f"{page}/theo-doi?y-kien={opinion}"}) <= set(links(visitor.page))
        await follow(me, slug)
        await follow(me, slug, dieu="dieu-2")
        await follow(me, slug, dieu="dieu-1-khoan-2")
        await follow(me, slug, **{"y-kien": str(opinion)})
        marked = words((await me.open(page)).text)
        for said in ("Đang theo dõi đợt lấy ý kiến", "Đang theo dõi Điều 2", f"Đang theo dõi ý kiến số {opinion}", "Theo dõi Điều 1"):
            assert said in marked
        assert 'aria-label="Đang theo dõi khoản 2 Điều 1"' in me.page and 'aria-label="Theo dõi khoản 1 Điều 1"' in me.page
        assert f"Đang theo dõi ý kiến số {opinion}" in words((await me.open(f"{page}/y-kien/dieu-2")).text)
        parts = await me.open(f"{page}/theo-doi?dieu=dieu-1")
        assert f"{page}/theo-doi?dieu=dieu-1-khoan-1-diem-a" in links(parts.text)

        agency = await site.pool.fetchval("select agency from consultations where slug = $1", slug)
        async with site.official("bien-tap-vien", ("editor", agency)) as editor:
            await Scene(site, editor, me).upload()
            await Scene(site, editor, me).place()
        marked = words((await me.open(page)).text)  # what was điều 2 is now điều 3, and khoản 2 of điều 1 is gone
        assert "Đang theo dõi Điều 3" in marked and "Theo dõi Điều 2" in marked and "Đang theo dõi Điều 2" not in marked
        assert 'aria-label="Đang theo dõi khoản' not in me.page
        assert "Ông/bà đang theo dõi mục này." in words((await me.open(f"{page}/theo-doi?dieu=dieu-3")).text)
        await follow(me, slug, "weekly", dieu="dieu-3")
        assert (
            me.page.count('class="followed"') == 4
            and f"{page}/v2#dieu-3" in links(me.page)
            and f"{page}/v1#dieu-1-khoan-2" in links(me.page)
        )

        consultation, author = await site.consultation(slug), await site.person("ho")
        async with site.pool.acquire() as connection:
            nodes = {one.anchor: one.id for one in await drafts.read_nodes(connection, consultation, 2)}
        for anchor, text in (("dieu-2", "Về điều mới"), ("dieu-3", "Về điều cũ")):
            opinion_now = c.Contribute(nodes[anchor], text, "Họ", version=2)
            await site.consulting.speak(author, CommandId(fresh_command()), consultation, opinion_now)
        await site.pool.execute("update follows set digest = 'none' where node is null")
        await site.morning()
        text = "".join(str(letter.get_content()) for letter in site.mail.letters)
        assert "> Về điều cũ" in text and "Điều 3" in text and "khoản 2 Điều 1" in text and "Về điều mới" not in text


async def test_who_follows_a_clause_is_told_of_what_is_said_on_its_points(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.citizen("toi") as me:
        await follow(me, slug, dieu="dieu-1-khoan-1")
        await site.contribute("ho", slug, "Về điểm a", "dieu-1-khoan-1-diem-a")
        await site.contribute("ho", slug, "Về khoản 2", "dieu-1-khoan-2")
        await site.morning()
        [letter] = site.mail.letters
        assert "> Về điểm a" in str(letter.get_content()) and "Về khoản 2" not in str(letter.get_content())


@pytest.mark.parametrize("query", ["?dieu=dieu-99", "?y-kien=999999", "?y-kien=abc"])
async def test_what_is_not_there_or_not_public_cannot_be_followed(site: OpenSite, query: str) -> None:
    async with site.opened(moderation="before") as slug, site.citizen("toi") as me:
        waiting = await site.contribute("ho", slug, "Đang chờ", "dieu-1")
        for asked in (query, f"?y-kien={waiting}"):
            assert (await me.open(f"/lay-y-kien/{slug}/theo-doi{asked}")).status_code == 404


async def test_another_ones_follow_is_nobody_elses_to_change(site: OpenSite) -> None:
    async with site.opened() as slug, site.citizen("toi") as me, site.citizen("ho") as other:
        await follow(me, slug)
        await follow(other, slug)
        mine = str(await site.pool.fetchval("select min(id) from follows"))
        for wish in ("stop", "none"):
            assert (await other.submit("/theo-doi", item=mine, digest=wish)).status_code == 404
            await other.open("/theo-doi")
        assert await site.pool.fetchval("select count(*) from follows where digest = 'daily'") == 2


async def test_a_letter_has_the_words_once_and_what_is_hidden_meanwhile_never_leaves(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.citizen("toi") as me, site.citizen("khac") as elsewhere:
        await follow(me, slug)
        await follow(elsewhere, slug, dieu="dieu-2")
        await site.contribute("ho", slug, "Nên nói rõ hơn", "dieu-1-khoan-2")
        await site.contribute("toi", slug, "Lời của chính tôi", "dieu-1")
        hidden = await site.contribute("ho", slug, "Lời sẽ bị ẩn", "dieu-1")
        await site.pool.execute("update contributions set state = 'hidden' where id = $1", hidden)
        await site.morning()
        [letter] = site.mail.letters
        text = str(letter.get_content())
        assert letter["To"] == "toi@example.vn" and "> Nên nói rõ hơn" in text and "khoản 2 Điều 1" in text
        assert "Lời sẽ bị ẩn" not in text and "Lời của chính tôi" not in text
        await site.morning()
        assert len(site.mail.letters) == 1, "each thing is told once"
        await site.contribute("ho", slug, "Thêm một ý", "dieu-2")
        await site.morning()
        assert sorted(one["To"] for one in site.mail.letters) == ["khac@example.vn", "toi@example.vn", "toi@example.vn"]


async def test_one_click_ends_the_letters_without_signing_in(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.citizen("toi") as me, site.browser() as mail_program:
        await follow(me, slug)
        await site.contribute("ho", slug, "Một ý", "dieu-1")
        await site.morning()
        letter = plain(site.mail.letters[-1])
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = str(letter["List-Unsubscribe"]).strip(" <>")
        assert address.startswith(f"{site.origin}/thu/") and address in str(letter.get_content())
        await mail_program.client.get(address)
        assert await site.pool.fetchval("select digest from follows") == "daily", "looking at a link ends nothing"
        wrong = await mail_program.client.post(address[:-1] + ("A" if address[-1] != "A" else "B"))
        assert wrong.status_code == 404
        done = await mail_program.client.post(address, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200 and "set-cookie" not in done.headers
        assert await site.pool.fetchval("select digest from follows") == "none"
        await site.contribute("ho", slug, "Hai ý", "dieu-1")
        await site.morning()
        assert len(site.mail.letters) == 1


async def test_a_link_of_the_letter_ends_one_follow_only(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.citizen("toi") as me, site.browser() as reader:
        await follow(me, slug)
        await follow(me, slug, dieu="dieu-1")
        await site.contribute("ho", slug, "Một ý", "dieu-1")
        await site.morning()
        [letter] = site.mail.letters
        links = re.findall(rf"{site.origin}(/thu/\d+/\d+/\S+)", str(letter.get_content()))
        assert len(links) == 2
        await reader.open(links[0])
        assert (await reader.submit(links[0])).status_code == 200
        assert await site.pool.fetchval("select count(*) from follows") == 1
        assert str(letter.get_content()).count("> Một ý") == 1, "what two follows bring is told once"
