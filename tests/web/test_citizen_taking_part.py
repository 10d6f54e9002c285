"""Contributing, voting and looking after one's own contributions, with forms alone."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from consultations.commands import Rule
from consultations.words import TEXT_LIMIT
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId, ContributionId
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.citizens import CitizenSite, parsed, post
from tests.web.site import Browser
from tests.worlds import open_world

PAGE = "/lay-y-kien/mau"
WRITE, VOTE, MINE = f"{PAGE}/gop-y", f"{PAGE}/bieu-quyet", "/y-kien-cua-toi"
HOSTILE = "</textarea><img src=x onerror=alert(1)>\"'"


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[CitizenSite]:
    async with CitizenSite(pool).running() as site:
        yield site


def says(answer: httpx.Response) -> str:
    return " ".join(parsed(answer.text).xpath("//main")[0].text_content().split())


async def write(browser: Browser, text: str = "Tôi đồng ý.", *, node: str = "n1", **fields: str) -> httpx.Response:
    """Opens the form at ``node`` and sends it; what comes back is not followed."""
    await browser.open(f"{PAGE}?gop-y={node or 'toan-van'}")
    return await browser.submit(WRITE, follow=False, **({"node": node, "name": "Cử tri", "text": text} | fields))


async def vote(browser: Browser, question: int, choice: str) -> httpx.Response:
    await browser.open(PAGE)
    return await post(browser, VOTE, {"question": str(question), "choice": choice})


async def contributions(pool: Pool) -> list[tuple[str, str]]:
    return [(row["state"], row["text"]) for row in await pool.fetch("select state, text from contributions order by id")]


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
        assert (form.xpath(".//textarea")[0].text or "").removeprefix("\n") == typed["text"]
        assert form.xpath(".//option[@selected]/@value") == ["n1.1"]
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
        assert (form.xpath(".//textarea")[0].text or "").strip() == HOSTILE
        assert form.xpath(".//input[@name='name']/@value") == ["Cử tri"]
        assert form.xpath(".//option[@selected]/@value") == ["n2.1"]
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


# --- one's own contributions -------------------------------------------------------------------------------------------


async def made(pool: Pool) -> ContributionId:
    """The newest contribution."""
    return ContributionId(await pool.fetchval("select max(id) from contributions"))


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
