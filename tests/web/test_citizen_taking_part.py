"""Contributing and voting with forms alone."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from consultations.words import TEXT_LIMIT
from server.store.connection import Pool
from tests.web.citizens import MINE, PAGE, VOTE, WRITE, CitizenSite, contributions, parsed, post, says, write
from tests.web.site import Browser
from tests.worlds import open_world

HOSTILE = "</textarea><img src=x onerror=alert(1)>\"'"


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[CitizenSite]:
    async with CitizenSite(pool).running() as site:
        yield site


async def vote(browser: Browser, question: int, choice: str) -> httpx.Response:
    await browser.open(PAGE)
    return await post(browser, VOTE, {"question": str(question), "choice": choice})


async def recorded(pool: Pool) -> list[tuple[int, int]]:
    return [(row["question"], row["choice"]) for row in await pool.fetch("select question, choice from votes order by question")]


# --- contributing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("node", "anchor"), [("n2", "dieu-2"), ("n2.1", "dieu-2"), ("", "toan-van")])
async def test_an_opinion_stands_beside_what_it_speaks_of_and_its_author_is_told(
    site: CitizenSite, pool: Pool, node: str, anchor: str
) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        form = parsed((await browser.open(f"{PAGE}?gop-y={node or 'toan-van'}")).text).xpath(f"//form[@id='gop-y-{anchor}']")[0]
        assert form.xpath(".//select[@name='node']/option[@selected]/@value") == [node]
        answer = await write(browser, node=node)
        assert answer.status_code == 303
        address, _, fragment = answer.headers["location"].partition("#")
        page = parsed((await browser.open(address)).text)
        told = page.xpath(f"//section[@id='{anchor}']//*[@id='{fragment}']")[0].text_content()
        assert "Ý kiến của ông/bà đã được ghi nhận và công khai." in told
        assert page.xpath(f"//section[@id='{anchor}']//p[@class='voice__words']/text()") == ["Tôi đồng ý."]
        assert page.xpath(f"//section[@id='{anchor}']//*[@class='voice__name']/text()") == ["Cử tri"]
    async with site.browser() as visitor:
        assert not parsed((await visitor.open(address)).text).xpath("//*[@id='da-gui']"), "only its author is told"
        assert "mot@example.vn" not in visitor.page


async def test_where_moderation_comes_first_an_opinion_waits_unseen(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool, moderation="before")
    async with site.citizen("mot") as browser:
        answer = await write(browser)
        page = await browser.open(answer.headers["location"])
        assert "đang chờ kiểm duyệt" in says(page)
        assert not parsed(page.text).xpath("//main//p[@class='voice__words']/text()")
        assert "Chờ kiểm duyệt" in says(await browser.open(MINE))
    assert await contributions(pool) == [("waiting", "Tôi đồng ý.")]


async def test_a_form_sent_twice_is_one_contribution(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        await browser.open(f"{PAGE}?gop-y=n1")
        sent = [browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Một lần") for _ in range(5)]
        answers = await asyncio.gather(*sent)
        assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {(303, answers[0].headers["location"])}
    assert await contributions(pool) == [("visible", "Một lần")]


async def test_other_words_under_the_same_id_come_back_with_a_new_one(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        await browser.open(f"{PAGE}?gop-y=n1")
        await browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Lần đầu")
        again = await browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Lần sau")
        assert again.status_code == 409
        assert parsed(again.text).xpath("//textarea[@name='text'][not(ancestor::template)]")[0].text.strip() == "Lần sau"
        assert (await browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Lần sau")).status_code == 303
    assert await contributions(pool) == [("visible", "Lần đầu"), ("visible", "Lần sau")]


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"text": " \u200b "}, "text", "Xin viết nội dung ý kiến."),
        ({"name": ""}, "name", "Xin ghi tên."),
        ({"text": "ế" * (TEXT_LIMIT + 1)}, "text", f"dài {TEXT_LIMIT + 1} ký tự; tối đa là {TEXT_LIMIT}"),
        ({"name": "n" * 81}, "name", "dài 81 ký tự; tối đa là 80"),
        ({"name": HOSTILE, "text": ""}, "text", "Xin viết nội dung ý kiến."),
        ({"name": "", "text": HOSTILE}, "name", "Xin ghi tên."),
    ],
)
async def test_a_form_that_is_refused_comes_back_as_it_was_written(
    site: CitizenSite, pool: Pool, fields: dict[str, str], field: str, sentence: str
) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        answer = await write(browser, node="n1.1", **fields)
        page = parsed(answer.text)
        assert answer.status_code == 422
        [summary] = page.xpath("//*[@role='alert']//a")
        assert sentence in summary.text_content()
        assert summary.get("href") == f"#{field}-dieu-1"
        [input] = page.xpath(f"//*[@id='{field}-dieu-1']")
        assert input.get("aria-invalid") == "true"
        form = page.xpath("//form[@id='gop-y-dieu-1']")[0]
        typed = {"name": "Cử tri", "text": "Tôi đồng ý."} | fields
        assert form.xpath(".//input[@name='name']/@value") == [typed["name"]]
        assert (form.xpath(".//textarea[@name='text']")[0].text or "").removeprefix("\n") == typed["text"]
        assert form.xpath(".//select[@name='node']/option[@selected]/@value") == ["n1.1"]
        assert not page.xpath("//img")
    assert await contributions(pool) == []


async def test_the_longest_opinion_is_taken_in_any_letters(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        decomposed = await write(browser, "e\u0302\u0301" * TEXT_LIMIT)
        assert decomposed.status_code == 303
        assert (await write(browser, "😀" * TEXT_LIMIT)).status_code == 303
        assert (await write(browser, "a" * 200_000)).status_code == 413
    assert [len(text) for _, text in await contributions(pool)] == [TEXT_LIMIT, TEXT_LIMIT]


@pytest.mark.parametrize("node", ["n9", "c1", "' or 1=1", "n1\u0301", "__proto__"])
async def test_nobody_speaks_of_what_is_not_there(site: CitizenSite, pool: Pool, node: str) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        assert (await browser.open(f"{PAGE}?gop-y={node}")).status_code == 200
        assert (await write(browser, node=node)).status_code == 404
    assert await contributions(pool) == []


@pytest.mark.parametrize("id", ["", "x", "1" * 36, "{}"])
async def test_an_id_that_is_none_is_refused_and_a_good_one_comes_back(site: CitizenSite, pool: Pool, id: str) -> None:
    await open_world(pool)
    async with site.citizen("mot") as browser:
        assert (await write(browser, id=id)).status_code == 400
        assert (await browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Được")).status_code == 303
    assert await contributions(pool) == [("visible", "Được")]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("opens_at = now() + interval '1 minute'", "Chưa đến thời gian lấy ý kiến."),
        ("closes_at = now()", "Đợt lấy ý kiến đã kết thúc"),
    ],
)
async def test_nothing_is_taken_before_the_opening_and_after_the_close(site: CitizenSite, pool: Pool, change: str, sentence: str) -> None:
    world = await open_world(pool)
    async with site.citizen("mot") as browser:
        await browser.open(f"{PAGE}?gop-y=n1")
        written = {"id": str(uuid4()), "node": "n1", "name": "Cử tri", "text": "Không đúng lúc"}
        await pool.execute(f"update consultations set {change}")
        for path, fields in ((WRITE, written), (VOTE, {"question": str(world.questions[0]), "choice": "0"})):
            answer = await post(browser, path, fields)
            assert answer.status_code == 409
            assert sentence in says(answer)
    assert await contributions(pool) == []
    assert await recorded(pool) == []


# --- when one must sign in again ---------------------------------------------------------------------------------------


async def test_words_written_while_the_session_ended_come_back_after_signing_in(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser:
        await browser.open(f"{PAGE}?gop-y=n2.1")
        await pool.execute("delete from sessions")
        answer = await browser.submit(WRITE, follow=False, node="n2.1", name="Cử tri", text=HOSTILE)
        assert answer.headers["location"].startswith("/dang-nhap?next=")
        await browser.open(answer.headers["location"])
        await browser.submit("/dang-nhap", email="toi@example.vn")
        await site.deliver()
        back = await browser.submit("/dang-nhap/ma", code=site.mail.code("toi@example.vn"))
        form = parsed(back.text).xpath("//form[@id='gop-y-dieu-2']")[0]
        assert (form.xpath(".//textarea[@name='text']")[0].text or "").strip() == HOSTILE
        assert form.xpath(".//input[@name='name']/@value") == ["Cử tri"]
        assert form.xpath(".//select[@name='node']/option[@selected]/@value") == ["n2.1"]
        assert await contributions(pool) == []
        typed = {"node": "n2.1", "name": "Cử tri", "text": HOSTILE}
        assert (await browser.submit(WRITE, follow=False, **typed)).status_code == 303
        assert await contributions(pool) == [("visible", HOSTILE)]
        assert not parsed((await browser.open(PAGE)).text).xpath("//form[@id='gop-y-dieu-2']")
    assert await pool.fetchval("select count(*) from kept_forms") == 0


async def test_a_choice_made_while_the_session_ended_is_shown_and_counts_only_when_sent(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    async with site.citizen("toi") as browser:
        await browser.open(PAGE)
        await pool.execute("delete from sessions")
        answer = await post(browser, VOTE, {"question": str(world.questions[1]), "choice": "1"})
        assert answer.headers["location"].startswith("/dang-nhap?next=")
        await site.enter(browser, "toi")
        page = parsed((await browser.open(PAGE)).text)
        assert page.xpath("//section[@id='dieu-2']//input[@checked]/@value") == ["1"]
        assert not page.xpath("//section[@id='dieu-1']//input[@checked]")
        assert "Phiếu này chưa gửi." in page.xpath("//section[@id='dieu-2']")[0].text_content()
        assert await recorded(pool) == []
        await post(browser, VOTE, {"question": str(world.questions[1]), "choice": "1"})
    assert await recorded(pool) == [(world.questions[1], 1)]
    assert await pool.fetchval("select count(*) from kept_forms") == 0


async def test_what_was_kept_is_shown_only_to_who_wrote_it_in_that_consultation_and_for_an_hour(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    await open_world(pool, slug="khac")
    async with site.citizen("toi") as browser, site.citizen("khac") as other:
        await browser.open(f"{PAGE}?gop-y=n1")
        await pool.execute("delete from sessions where person = (select person from contacts where email = 'toi@example.vn')")
        await browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Bí mật")
        assert "Bí mật" not in (await browser.open(PAGE)).text, "not before one has signed in"
        await site.enter(browser, "toi")
        assert "Bí mật" in (await browser.open(PAGE)).text
        assert "Bí mật" not in (await browser.open("/lay-y-kien/khac")).text
        assert "Bí mật" not in (await other.open(PAGE)).text
        await pool.execute("update kept_forms set at = now() - interval '61 minutes'")
        assert "Bí mật" not in (await browser.open(PAGE)).text


# --- voting ------------------------------------------------------------------------------------------------------------


async def test_a_vote_is_recorded_changed_and_counted_once(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    question = world.questions[1]
    async with site.citizen("mot") as browser:
        for choice, name in (("0", "Đồng ý"), ("0", "Đồng ý"), ("2", "Không ý kiến")):
            answer = await vote(browser, question, choice)
            assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}/v1#dieu-2")
            beside = parsed((await browser.open(PAGE)).text).xpath("//section[@id='dieu-2']")[0].text_content()
            assert f"Đã ghi nhận: {name}." in beside
    assert await recorded(pool) == [(question, 2)]
    assert [tuple(row) for row in await pool.fetch("select choice, people from tallies where people <> 0")] == [(2, 1)]


@pytest.mark.parametrize("choice", ["3", "-1", "", "00", "1.0", "0x1", "1 ", "١", "9" * 19, "true"])
async def test_an_answer_that_is_none_is_refused(site: CitizenSite, pool: Pool, choice: str) -> None:
    world = await open_world(pool)
    async with site.citizen("mot") as browser:
        answer = await vote(browser, world.questions[0], choice)
        assert answer.status_code == 422
        assert "Xin chọn một phương án trả lời." in says(answer)
        await browser.open(PAGE)
        token = parsed((await browser.open(PAGE)).text).xpath("//input[@name='csrf']/@value")[0]
        twice = {"csrf": token, "question": str(world.questions[0]), "choice": ["0", "1"]}
        assert (await browser.client.post(VOTE, data=twice, headers={"origin": site.origin})).status_code == 400
    assert await recorded(pool) == []


async def test_a_question_of_another_consultation_or_none_is_not_found(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    other = await open_world(pool, slug="khac")
    draft = await open_world(pool, slug="nhap", published=False)
    async with site.citizen("mot") as browser:
        for question in (other.questions[0], draft.questions[0], 0, -1, 10**18):
            assert (await vote(browser, question, "0")).status_code == 404
        hidden = await post(browser, "/lay-y-kien/nhap/bieu-quyet", {"question": str(draft.questions[0]), "choice": "0"})
        missing = await post(browser, "/lay-y-kien/khong-co/bieu-quyet", {"question": "1", "choice": "0"})
        assert hidden.status_code == missing.status_code == 404
        assert says(hidden).split("tham chiếu")[0] == says(missing).split("tham chiếu")[0]
    assert await recorded(pool) == []


async def test_a_hundred_votes_of_one_person_at_once_are_one_row_counted_once(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    question = world.questions[0]
    async with site.citizen("mot") as browser:
        await browser.open(PAGE)
        casts = [post(browser, VOTE, {"question": str(question), "choice": str(number % 3)}) for number in range(100)]
        assert {answer.status_code for answer in await asyncio.gather(*casts)} == {303}
    assert await pool.fetchval("select count(*) from votes") == 1
    assert await pool.fetchval("select sum(people) from tallies where question = $1", question) == 1
    kept = await pool.fetchval("select choice from tallies where people = 1")
    assert await recorded(pool) == [(question, kept)]


@pytest.mark.parametrize("agency", ["of the consultation", "of the site"])
async def test_administrators_have_neither_a_word_nor_a_vote(site: CitizenSite, pool: Pool, agency: str) -> None:
    world = await open_world(pool)
    async with site.browser() as browser:
        person = await site.enter(browser, "quan-tri")
        where = world.agency if agency == "of the consultation" else None
        await pool.execute("insert into grants (person, role, agency) values ($1, 'administrator', $2)", person, where)
        page = parsed((await browser.open(f"{PAGE}?gop-y=n1")).text)
        assert not page.xpath("//main//form")
        assert (await post(browser, VOTE, {"question": str(world.questions[0]), "choice": "0"})).status_code == 403
        typed = {"id": str(uuid4()), "node": "n1", "name": "Quản trị", "text": "Không được"}
        assert (await post(browser, WRITE, typed)).status_code == 403
        assert (await browser.open(MINE)).status_code == 403
    assert (await contributions(pool), await recorded(pool)) == ([], [])


async def test_a_page_that_answered_a_form_can_be_loaded_again(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    async with site.citizen("toi") as browser:
        assert (await write(browser, "")).status_code == 422
        for address in (WRITE, VOTE):
            assert (await browser.open(f"{address}?lang=en")).url.path == PAGE


# --- not without end ---------------------------------------------------------------------------------------------------


async def test_one_person_writes_so_much_in_an_hour_and_keeps_what_was_written_beyond(pool: Pool) -> None:
    await open_world(pool)
    site = CitizenSite(pool, contributed=2)
    async with site.citizen("mot") as browser, site.citizen("hai") as other:
        assert [(await write(browser, f"Ý kiến {number}")).status_code for number in range(3)] == [303, 303, 429]
        assert "đã gửi 2 ý kiến trong một giờ" in says_of(browser)
        assert parsed(browser.page).xpath("//textarea[@name='text'][not(ancestor::template)]")[0].text.strip() == "Ý kiến 2"
        assert (await write(other, "Người khác")).status_code == 303
    assert len(await contributions(pool)) == 3


async def test_a_form_sent_again_takes_no_second_place(pool: Pool) -> None:
    await open_world(pool)
    async with CitizenSite(pool, contributed=1).citizen("mot") as browser:
        await browser.open(f"{PAGE}?gop-y=n1")
        page = browser.page
        for _ in range(2):
            browser.page = page
            assert (await browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Một lần")).status_code == 303
    assert len(await contributions(pool)) == 1


async def test_forms_of_one_address_are_kept_so_often_in_an_hour(pool: Pool) -> None:
    await open_world(pool)
    site = CitizenSite(pool, kept=2)
    async with site.citizen("mot") as here, site.browser(address="203.0.113.9") as elsewhere:
        await site.enter(elsewhere, "hai")
        for browser in (here, elsewhere):
            await browser.open(f"{PAGE}?gop-y=n1")
        await pool.execute("delete from sessions")

        async def send(browser: Browser) -> httpx.Response:
            page = browser.page
            answer = await browser.submit(WRITE, follow=False, node="n1", name="Cử tri", text="Đang viết")
            browser.page = page
            return answer

        answers = [await send(here) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [303, 303, 429]
        assert answers[2].headers["retry-after"]
        assert (await send(elsewhere)).status_code == 303
    assert await pool.fetchval("select count(*) from kept_forms") == 3


def says_of(browser: Browser) -> str:
    return " ".join(parsed(browser.page).xpath("//main")[0].text_content().split())
