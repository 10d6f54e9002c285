"""What may go with an opinion, and its own page: quotes, sides, suggested wording, answers, support and its history; by forms alone."""

from collections.abc import AsyncIterator

import pytest

from server.store.connection import Pool
from tests.web.citizens import PAGE, WRITE, CitizenSite, contributions, made, parsed, post, says, write
from tests.worlds import open_world

EDIT = "/y-kien-cua-toi/sua"
HOSTILE = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}"


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[CitizenSite]:
    async with CitizenSite(pool).running() as site:
        yield site


async def test_pasted_words_are_quoted_as_the_draft_has_them_and_others_are_refused_beside_the_field(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        answer = await write(browser, "Nên rõ hơn.", node="n1", quote="khoản  1\nĐiều 1", side="against", kind="business")
        assert answer.status_code == 303, says(answer)
        page = parsed((await browser.open(f"{PAGE}/gop-y/{await made(pool)}")).text)
        assert page.xpath("//blockquote/text()") == ["khoản 1 Điều 1"]
        assert "Phản đối" in says(answer := await browser.open(f"{PAGE}/gop-y/{await made(pool)}")) and "Doanh nghiệp" in says(answer)
        node = await pool.fetchval("select node from contributions")
        assert node == "n1.1", "the words stand in the khoản"
        again = await write(browser, "Chưa rõ.", node="n2", quote="không có ở đây")
        assert again.status_code == 422
        form = parsed(again.text).xpath("//form[@id='gop-y-dieu-2']")[0]
        assert form.xpath(".//*[@id='quote-dieu-2']")[0].text.strip() == "không có ở đây"
        assert "Không tìm thấy đoạn được trích" in form.text_content()
        assert await contributions(pool) == [("visible", "Nên rõ hơn.")]


async def test_other_wording_begins_with_the_words_of_the_draft_and_is_shown_tracked(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        await browser.open(f"{PAGE}?gop-y=n1.1")
        await browser.submit(WRITE, node="n1.1", name="Cử tri", text="", act="de-xuat")
        form = parsed(browser.page).xpath("//form[@id='gop-y-dieu-1']")[0]
        assert form.xpath(".//*[@id='suggestion-dieu-1']")[0].text.strip() == "Nội dung khoản 1 Điều 1."
        assert form.xpath(".//select[@name='node']/option/@value") == ["n1.1"]
        sent = await browser.submit(WRITE, follow=False, node="n1.1", name="Cử tri", text="", suggestion="Nội dung mới khoản 1 Điều 1.")
        assert sent.status_code == 303, says(sent)
        page = parsed((await browser.open(f"{PAGE}/gop-y/{await made(pool)}")).text)
        assert [mark.text_content().strip() for mark in page.xpath("//ins|//del")] == ["mới"]


async def test_answers_stand_below_what_they_answer_and_support_counts_each_person_once(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("mot") as author, site.citizen("hai") as other:
        await write(author, HOSTILE)
        first = await made(pool)
        url = f"{PAGE}/gop-y/{first}"
        await other.open(url)
        answer = await other.submit(WRITE, follow=False, name="Người hai", text="Không đồng tình.", side="against")
        assert answer.headers["location"].startswith(url)
        told = await other.open(answer.headers["location"])
        assert "đã được ghi nhận và công khai" in says(told)
        assert parsed(told.text).xpath("//ol[@class='answers']//p[@class='voice__words']/text()") == ["Không đồng tình."]
        assert not parsed(told.text).xpath("//main//img"), "what people send is never markup"
        empty = await other.submit(WRITE, name="Người hai", text=" ", side="against")
        assert empty.status_code == 422 and "Xin viết nội dung ý kiến." in says(empty)
        for supports, act in ((1, ""), (1, ""), (0, "bo")):
            await other.open(url)
            given = await post(other, f"{PAGE}/ung-ho", {"contribution": str(first), "act": act, "back": "https://xau.example/"})
            assert given.headers["location"] == f"{url}#y-kien-{first}", "nobody is led elsewhere"
            assert await pool.fetchval("select supports from contributions where id = $1", first) == supports
        await author.open(url)
        assert (await post(author, f"{PAGE}/ung-ho", {"contribution": str(first)})).status_code == 403, "nobody supports their own words"
        listed = await other.open(f"{PAGE}/y-kien/dieu-1?xep=trai-chieu")
        assert parsed(listed.text).xpath("//ul[@class='orders']//a[@aria-current]/text()") == ["Nhiều ý kiến trái chiều nhất"]
        assert "Không đồng tình." in says(listed)


async def test_changed_words_keep_their_history_and_hidden_ones_have_no_page(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser, site.citizen("hai") as other:
        await write(browser, "Câu chữ đầu tiên")
        one = await made(pool)
        assert (await other.open(f"{EDIT}?y-kien={one}")).status_code == 404
        await browser.open(f"{EDIT}?y-kien={one}")
        same = await browser.submit(EDIT, text="Câu chữ đầu tiên")
        assert same.status_code == 409 and "không có gì thay đổi" in says(same)
        changed = await browser.submit(EDIT, text="Câu chữ sau cùng")
        assert "Đã sửa ý kiến" in changed.text
        page = await other.open(f"{PAGE}/gop-y/{one}")
        assert (
            "Câu chữ sau cùng" in says(page)
            and "Câu chữ đầu tiên" in parsed(page.text).xpath("//details[@class='history']")[0].text_content()
        )
        await pool.execute("update contributions set state = 'hidden' where id = $1", one)
        assert (await other.open(f"{PAGE}/gop-y/{one}")).status_code == 404
