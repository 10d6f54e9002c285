"""What citizens read: the home page, a consultation, and all that is said of one place."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from consultations.commands import Rule
from consultations.tree import Draft, Node, anchors, search_key
from server.identity.viewer import Grant, Role, Viewer
from server.kernel.ids import CommandId, ContributionId, NodeId, PersonId
from server.realtime.votes import voter_key
from server.store.connection import Pool
from server.store.pool import open_pool
from server.web.desk import fresh_command
from tests.peers.postgres import Database
from tests.web.citizens import CitizenSite, parsed, post
from tests.worlds import World, draft_of, open_world

HOSTILE = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}<script>alert(1)</script>"


async def titled(pool: Pool, slug: str, title: str, **given: float) -> World:
    """A consultation with this title and an English one."""
    world = await open_world(pool, slug=slug, **given)  # type: ignore[arg-type]
    await pool.execute(
        "update consultations set title = $2, title_en = $3, search_key = $4 where id = $1",
        world.consultation,
        title,
        f"{title} (English)",
        search_key(title),
    )
    return world


async def say(site: CitizenSite, world: World, text: str = "Tôi đồng ý.", node: str | None = "n1", who: int = 1) -> ContributionId:
    """An opinion of one of the world's people."""
    viewer = Viewer(world.people[who])
    given = await site.consulting.contribute(viewer, CommandId(fresh_command()), world.consultation, node, text, f"Người {who}")
    assert given.contribution is not None
    return given.contribution


async def hide(site: CitizenSite, world: World, contribution: ContributionId) -> None:
    moderator = Viewer(world.people[0], grants=frozenset({Grant(Role.MODERATOR, world.agency)}))
    await site.consulting.rule(moderator, CommandId(fresh_command()), Rule(contribution, "hide", "insult", "Lời lẽ nặng nề."))


async def read(site: CitizenSite, path: str, lang: str = "") -> Any:
    """A page as a visitor sees it."""
    async with site.browser() as browser:
        if lang:
            browser.client.cookies.set("lang", lang)
        response = await browser.open(path)
        assert response.status_code == 200, path
        return parsed(response.text)


def texts(page: Any, path: str) -> list[str]:
    """The words of every element found, with single spaces."""
    return [" ".join(found.text_content().split()) for found in page.xpath(path)]


def says(page: Any) -> str:
    return texts(page, "//body")[0]


@pytest.fixture
def site(pool: Pool) -> CitizenSite:
    return CitizenSite(pool)


# --- the home page -----------------------------------------------------------------------------------------------------


async def test_the_home_page_says_when_nothing_is_open(site: CitizenSite) -> None:
    assert "Hiện không có đợt lấy ý kiến nào đang mở." in says(await read(site, "/"))


async def test_open_announced_and_past_consultations_stand_apart(site: CitizenSite, pool: Pool) -> None:
    await titled(pool, "mo", "Đợt đang mở")
    await titled(pool, "sap", "Đợt sắp mở", opens_in_s=3600, closes_in_s=7200)
    await titled(pool, "xong", "Đợt đã xong", opens_in_s=-7200, closes_in_s=-3600)
    page = await read(site, "/")
    listed = {
        section: texts(page, f"//section[@aria-labelledby='{section}']//h3")
        for section in ("dang-lay-y-kien", "sap-lay-y-kien", "da-ket-thuc")
    }
    assert listed == {"dang-lay-y-kien": ["Đợt đang mở"], "sap-lay-y-kien": ["Đợt sắp mở"], "da-ket-thuc": ["Đợt đã xong"]}


@pytest.mark.parametrize("query", ["nghi dinh tai san ma hoa", "Tài sản  mã hóa", "MA HOA", "hóa nghị"])
async def test_search_finds_every_word_of_a_title_with_or_without_diacritics(site: CitizenSite, pool: Pool, query: str) -> None:
    await titled(pool, "ma-hoa", "Nghị định xử phạt về tài sản mã hóa")
    await titled(pool, "van-thu", "Nghị định về công tác văn thư")
    page = await read(site, f"/?q={query}")
    assert texts(page, "//h3") == ["Nghị định xử phạt về tài sản mã hóa"]
    assert page.xpath("//input[@name='q']/@value") == [" ".join(query.split())]


@pytest.mark.parametrize("query", ["khong co", "%", "_", "' or 1=1 --", "\\", HOSTILE, "a" * 5_000])
async def test_search_that_finds_nothing_says_so_and_shows_the_words_as_words(site: CitizenSite, pool: Pool, query: str) -> None:
    await titled(pool, "van-thu", "Nghị định về công tác văn thư")
    async with site.browser() as browser:
        response = await browser.client.get("/", params={"q": query})
    page = parsed(response.text)
    assert response.status_code == 200
    assert "Không tìm thấy đợt lấy ý kiến nào" in says(page)
    assert not page.xpath("//img")
    assert page.xpath("//input[@name='q']/@value") == [query[:200]]


async def test_every_past_consultation_can_be_paged_to_and_odd_page_numbers_do_no_harm(site: CitizenSite, pool: Pool) -> None:
    for number in range(45):
        await titled(pool, f"x{number}", f"Đợt {number}", opens_in_s=-7200, closes_in_s=-3600 - number)
    first = await read(site, "/")
    [older] = first.xpath("//a[@rel='next']/@href")
    second = await read(site, older)
    assert texts(first, "//h3") + texts(second, "//h3") == [f"Đợt {number}" for number in range(45)]
    assert second.xpath("//a[@rel='prev']/@href") == ["/"]
    for odd in ("0", "-1", "x", "1e3", "9" * 30, "٣"):
        assert (await read(site, f"/?trang={odd}")) is not None


async def test_a_draft_is_listed_nowhere_and_exists_only_for_its_editors(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool, published=False)
    other = await pool.fetchval("insert into agencies (slug, name, name_en) values ('khac', 'Cơ quan khác', '') returning id")
    assert "Dự thảo mẫu" not in says(await read(site, "/"))
    assert "Dự thảo mẫu" not in says(await read(site, "/?q=mau"))
    for role, agency, status in (("", 0, 404), ("moderator", world.agency, 404), ("editor", other, 404), ("editor", world.agency, 200)):
        async with site.browser() as browser:
            person = await site.enter(browser, f"{role}-{agency}")
            if role:
                await pool.execute("insert into grants (person, role, agency) values ($1, $2, $3)", person, role, agency)
            for path in ("", "/v1", "/y-kien/dieu-1", "/y-kien/toan-van"):
                assert (await browser.open(f"/lay-y-kien/mau{path}")).status_code == status, (role, agency, path)
    missing, hidden = [(await visit(site, f"/lay-y-kien/{slug}")) for slug in ("khong-co", "mau")]
    assert missing == hidden, "a draft tells by no difference that it exists"


async def visit(site: CitizenSite, path: str) -> tuple[int, str]:
    """Status and words of a page, without what differs from one answer to the next and without its own address."""
    async with site.browser() as browser:
        response = await browser.open(path)
    page = parsed(response.text)
    return response.status_code, " ".join(texts(page, "//main//h1 | //main//p[@class='lead']"))


# --- a consultation ----------------------------------------------------------------------------------------------------


async def test_the_text_stands_by_chapter_article_and_clause_with_a_permalink_each(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool, articles=2)
    page = await read(site, "/lay-y-kien/mau")
    assert "Nội dung khoản 1 Điều 2." in says(page)
    for anchor in ("chuong-i", "dieu-1", "dieu-1-khoan-1", "dieu-2", "dieu-2-khoan-1", "toan-van"):
        assert len(page.xpath(f"//*[@id='{anchor}']")) == 1, anchor
    assert "/lay-y-kien/mau/v1#dieu-2-khoan-1" in page.xpath("//a/@href")
    assert page.xpath("//details[@data-toc]//a/@href") == ["#chuong-i", "#dieu-1", "#dieu-2"]
    ids = page.xpath("//body//@id[not(ancestor::template)]")
    assert len(ids) == len(set(ids))


async def test_one_version_has_an_address_of_its_own_and_unknown_versions_and_places_do_not(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    assert texts(await read(site, "/lay-y-kien/mau/v1"), "//h3") == texts(await read(site, "/lay-y-kien/mau"), "//h3")
    async with site.browser() as browser:
        for path in ("/v2", "/v0", "/v", "/y-kien/dieu-9", "/y-kien/chuong-i", "/y-kien/", "/y-kien/dieu-1/them"):
            assert (await browser.open(f"/lay-y-kien/mau{path}")).status_code == 404, path


async def test_contributions_stand_beside_their_article_the_newest_first_and_ten_of_them(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    for number in range(12):
        await say(site, world, f"Ý kiến số {number}", "n2.1" if number % 2 else "n2")
    await say(site, world, "Về toàn văn", None)
    page = await read(site, "/lay-y-kien/mau")
    beside = "//section[@id='{}']//li[@data-contribution]"
    assert texts(page, beside.format("dieu-2") + "/p[@class='voice__words']") == [f"Ý kiến số {number}" for number in range(11, 1, -1)]
    assert texts(page, beside.format("toan-van") + "/p[@class='voice__words']") == ["Về toàn văn"]
    assert texts(page, "//section[@id='dieu-2']//*[@data-part='total']") == ["12 ý kiến"]
    assert texts(page, beside.format("dieu-2") + "//a[@data-part='about']")[0] == "khoản 1 Điều 2"
    assert "/lay-y-kien/mau/y-kien/dieu-2" in page.xpath("//section[@id='dieu-2']//a[@data-part='all'][not(@hidden)]/@href")
    assert not page.xpath("//section[@id='dieu-1']//a[@data-part='all'][not(@hidden)]")
    assert "13 ý kiến" in says(page)
    assert "của 1 người" not in says(page), "of fewer than five people it is not told how many they are"


async def test_all_contributions_of_a_place_can_be_paged_through_in_both_directions(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    for number in range(120):
        await say(site, world, f"Ý kiến {number:03}")
    await say(site, world, "Nơi khác", "n2")
    path, seen = "/lay-y-kien/mau/y-kien/dieu-1", list[str]()
    while path:
        page = await read(site, path)
        seen += texts(page, "//p[@class='voice__words']")
        last = page
        path = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert seen == [f"Ý kiến {number:03}" for number in range(119, -1, -1)]
    back = texts(last, "//p[@class='voice__words']")
    while newer := last.xpath("//a[@rel='prev']/@href"):
        last = await read(site, newer[0])
        back[:0] = texts(last, "//p[@class='voice__words']")
    assert back == seen
    for odd in ("truoc=x", "sau=-1", "truoc=" + "9" * 40, "sau=0", "truoc=1&sau=1"):
        assert (await read(site, f"/lay-y-kien/mau/y-kien/dieu-1?{odd}")) is not None


async def test_what_is_hidden_waiting_or_withdrawn_is_on_no_public_page(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    hidden, withdrawn = await say(site, world, "Bị ẩn"), await say(site, world, "Đã rút")
    await hide(site, world, hidden)
    await site.consulting.withdraw(Viewer(world.people[1]), CommandId(fresh_command()), withdrawn)
    await pool.execute("update consultations set moderation = 'before'")
    await say(site, world, "Đang chờ")
    async with site.browser() as own:
        own.client.cookies.set("__Host-session", await site.sessions.open(pool, world.people[1], "Chrome"))
        for path in PLACES:
            for page in (await read(site, path), parsed((await own.open(path)).text)):
                assert not any(words in says(page) for words in ("Bị ẩn", "Đã rút", "Đang chờ"))
                assert not page.xpath("//li[@data-contribution][not(ancestor::template)]")
    assert texts(await read(site, PLACES[0]), "//section[@id='dieu-1']//*[@data-part='total']") == ["Chưa có ý kiến"]


PLACES = ("/lay-y-kien/mau", "/lay-y-kien/mau/v1", "/lay-y-kien/mau/y-kien/dieu-1")


# --- votes -------------------------------------------------------------------------------------------------------------


async def votes(site: CitizenSite, world: World, cast: list[tuple[PersonId, int, int]]) -> None:
    async with site.running():
        for person, question, choice in cast:
            await site.writer.cast(person, CommandId(fresh_command()), world.questions[question], choice)


async def test_live_tallies_name_people_and_answers_and_equal_a_recount(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool, people=6, tallies="live")
    p = world.people
    await votes(site, world, [(p[1], 0, 0), (p[2], 0, 0), (p[3], 0, 1), (p[3], 0, 2), (p[1], 1, 1), (p[4], 0, 0), (p[5], 0, 0)])
    page = await read(site, "/lay-y-kien/mau")
    assert texts(page, "//section[@id='dieu-1']//*[@data-part='count']") == ["4 người", "0 người", "1 người"]
    assert texts(page, "//section[@id='dieu-2']//*[@data-part='count']") == ["0 người", "1 người", "0 người"]
    assert texts(page, "//section[@id='dieu-1']//*[@data-part='voters']") == ["5 người đã biểu quyết"]
    assert "Đã biểu quyết5 người6 câu trả lời" in says(page)
    assert await pool.fetchval("select (count(distinct voter), count(*)) from votes") == (5, 6)


async def test_hidden_tallies_are_told_to_nobody_before_the_close_and_to_everybody_after(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool, people=3, tallies="hidden")
    await votes(site, world, [(world.people[1], 0, 0), (world.people[2], 0, 1)])
    grants = (None, ("moderator", world.agency), ("editor", world.agency), ("administrator", world.agency), ("administrator", None))
    for grant in grants:
        async with site.browser() as browser:
            person = await site.enter(browser, f"ai-{grant}".replace(" ", "").lower().strip("()"))
            if grant is not None:
                await pool.execute("insert into grants (person, role, agency) values ($1, $2, $3)", person, *grant)
            page = parsed((await browser.open("/lay-y-kien/mau")).text)
            assert not page.xpath("//*[@data-part='count' or @data-part='voters'][not(ancestor::template)]"), grant
            assert "người đã biểu quyết" not in says(page).replace("{n}", "")
            assert "Chưa công bố" in says(page)
    await pool.execute("update consultations set closes_at = now()")
    page = await read(site, "/lay-y-kien/mau")
    assert texts(page, "//section[@id='dieu-1']//*[@data-part='count']") == ["1 người", "1 người", "0 người"]


async def test_a_visitor_reads_everything_and_is_led_to_sign_in_and_back_to_the_article(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    page = await read(site, "/lay-y-kien/mau")
    assert not page.xpath("//form[@method='post']")
    ways = page.xpath("//section[@id='dieu-2']//a[starts-with(@href, '/dang-nhap')]/@href")
    assert ways
    assert all(way.endswith("%23dieu-2") for way in ways)


@pytest.mark.parametrize(("opens", "closes"), [(3600, 7200), (-7200, -3600)])
async def test_there_are_no_forms_before_the_opening_and_after_the_close(
    site: CitizenSite, pool: Pool, opens: float, closes: float
) -> None:
    await open_world(pool, opens_in_s=opens, closes_in_s=closes)
    async with site.citizen("mot") as browser:
        page = parsed((await browser.open("/lay-y-kien/mau?gop-y=n1")).text)
    assert {form.get("action") for form in page.xpath("//main//form")} == set()
    assert not page.xpath("//a[starts-with(@href, '/dang-nhap')]")


async def test_own_votes_are_marked_for_oneself_only_and_nothing_is_chosen_beforehand(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    async with site.running(), site.browser() as mine, site.citizen("khac") as other:
        person = await site.enter(mine, "toi")
        await site.writer.cast(person, CommandId(fresh_command()), world.questions[1], 2)
        page = parsed((await mine.open("/lay-y-kien/mau")).text)
        assert page.xpath("//input[@name='choice'][@checked]/@value") == ["2"]
        assert page.xpath("//vote-box[@data-mine]/@data-question") == [str(world.questions[1])]
        page = parsed((await other.open("/lay-y-kien/mau")).text)
        assert page.xpath("//input[@name='choice']")
        assert not page.xpath("//input[@name='choice'][@checked]")
    assert await pool.fetchval("select voter from votes") == voter_key(world.secret, person)


async def test_a_list_of_statements_has_one_vote_each_and_no_places_but_the_whole(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool, statements=("Nên bãi bỏ phí.", "Nên họp trực tuyến."))
    async with site.running(), site.citizen("mot") as browser:
        page = parsed((await browser.open("/lay-y-kien/mau")).text)
        assert texts(page, "//section[@class='statement']/h2") == ["1Nên bãi bỏ phí.", "2Nên họp trực tuyến."]
        assert len(page.xpath("//vote-box//form")) == 2
        assert not page.xpath("//details[@data-toc]")
        assert len(page.xpath("//contribution-list")) == 1
        question = page.xpath("//section[@id='cau-2']//input[@name='question']/@value")[0]
        response = await post(browser, "/lay-y-kien/mau/bieu-quyet", {"question": question, "choice": "1"})
        assert response.headers["location"] == "/lay-y-kien/mau/v1#cau-2"
    assert texts(await read(site, "/lay-y-kien/mau"), "//section[@id='cau-2']//*[@data-part='count']") == ["0 người", "1 người", "0 người"]


# --- words, languages and cost -----------------------------------------------------------------------------------------


async def test_hostile_words_in_every_field_are_shown_as_words(site: CitizenSite, pool: Pool) -> None:
    world = await open_world(pool)
    article = Node(NodeId("n1"), "article", "1", HOSTILE, heading=HOSTILE, text=HOSTILE, rows=((HOSTILE,),))
    chapter = Node(NodeId("c1"), "chapter", HOSTILE, HOSTILE, heading=HOSTILE, text=HOSTILE, children=(article,))
    other = Node(
        NodeId("n2"), "article", HOSTILE, "", heading=HOSTILE, children=(Node(NodeId("n2.1"), "point", HOSTILE, "", text=HOSTILE),)
    )
    hostile = Draft(HOSTILE, (chapter, other, Node(NodeId("n1.1"), "table", rows=((HOSTILE,),))))
    await pool.execute("update versions set draft = $1", msgspec.to_builtins(hostile))
    await pool.execute("update consultations set title = $1, title_en = $1, summary = $1, summary_en = $1, search_key = 'x'", HOSTILE)
    await pool.execute("update agencies set name = $1, name_en = $1", HOSTILE)
    for node in ("n1", "n2.1", None):
        viewer = Viewer(world.people[1])
        await site.consulting.contribute(viewer, CommandId(fresh_command()), world.consultation, node, HOSTILE, HOSTILE[:80])
    whole = f"/lay-y-kien/mau/y-kien/{anchors(hostile)[NodeId('n2')]}"
    for path in ("/", "/?q=x", "/lay-y-kien/mau", "/lay-y-kien/mau?gop-y=n2.1", "/lay-y-kien/mau/y-kien/toan-van", whole):
        for lang in ("vi", "en"):
            page = await read(site, path, lang)
            assert not page.xpath("//img"), path
            assert not page.xpath("//script[not(@src)]"), path
            assert HOSTILE in says(page), path
            assert "49" not in texts(page, "//main//h1")[0]


async def test_in_english_the_page_shows_the_translation_and_says_that_the_vietnamese_text_counts(site: CitizenSite, pool: Pool) -> None:
    english = draft_of(2)
    chapter = english.nodes[0]
    renamed = (replace(one, heading=f"Heading {one.number}", marker=f"Article {one.number}.") for one in chapter.children)
    english = Draft("Sample draft", (replace(chapter, children=tuple(renamed)),))
    world = await open_world(pool, translation=english)
    await say(site, world, "Một ý kiến", "n2.1")
    page = await read(site, "/lay-y-kien/mau", "en")
    assert texts(page, "//h1") == ["Sample draft"]
    assert texts(page, "//section[@id='dieu-2']//h3/span[@lang='en']") == ["Article 2. Heading 2"]
    assert texts(page, "//section[@id='dieu-2']//li[@data-contribution]//a[@data-part='about']") == ["clause 1, Article 2"]
    assert "Vietnamese text" in says(page)
    page = await read(site, "/lay-y-kien/mau", "vi")
    assert texts(page, "//section[@id='dieu-2']//h3/span") == ["Điều 2. Tên điều 2"]


async def test_in_english_a_text_without_translation_is_shown_as_it_is_and_marked_as_vietnamese(site: CitizenSite, pool: Pool) -> None:
    await open_world(pool)
    page = await read(site, "/lay-y-kien/mau", "en")
    assert page.get("lang") == "en"
    assert texts(page, "//section[@id='dieu-2']//h3/span[@lang='vi']") == ["Điều 2. Tên điều 2"]


async def test_a_sample_says_that_it_is_one(pool: Pool) -> None:
    await open_world(pool)
    site = CitizenSite(pool, demo_agency="mau")
    assert "Dữ liệu mẫu" in says(await read(site, "/lay-y-kien/mau"))
    assert "Dữ liệu mẫu" in says(await read(site, "/"))
    assert "Dữ liệu mẫu" not in says(await read(CitizenSite(pool), "/lay-y-kien/mau"))


async def test_a_page_asks_the_database_no_more_often_for_much_than_for_little(database: Database) -> None:
    async with await open_pool(database.app_dsn, connections=1) as pool:
        site = CitizenSite(pool)
        little = await open_world(pool, articles=1, slug="it")
        much = await open_world(pool, articles=25, people=30, slug="nhieu")
        await say(site, little)
        for number in range(60):
            await say(site, much, f"Ý kiến {number}", f"n{number % 25 + 1}", number % 30)
        asked: list[str] = []
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda query: asked.append(query.query))
        counts = {}
        for path in ("/lay-y-kien/it", "/lay-y-kien/nhieu", "/lay-y-kien/it/y-kien/dieu-1", "/lay-y-kien/nhieu/y-kien/dieu-1", "/"):
            await read(site, path)  # the text is read once and kept
            asked.clear()
            await read(site, path)
            counts[path] = len([query for query in asked if query.startswith(("select", "\nselect"))])
    assert counts["/lay-y-kien/it"] <= 8 and counts["/lay-y-kien/nhieu"] <= 8, counts
    assert counts["/lay-y-kien/it/y-kien/dieu-1"] == counts["/lay-y-kien/nhieu/y-kien/dieu-1"] <= 4, counts
    assert counts["/"] == 1
