"""The numbers that are published: each with its unit and its whole, equal to a recount, small ones not to be had or reckoned."""

from itertools import product
from uuid import uuid4

import pytest

from consultations import commands as c
from server.kernel.ids import CommandId, QuestionId
from server.store.connection import Pool
from tests.web.citizens import parsed
from tests.web.open_site import OpenSite


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


async def speak(site: OpenSite, slug: str, people: dict[str, int], each: int = 1) -> None:
    """So many people of each kind contribute, each so often; everybody's first opinion is answered once, by the first citizen."""
    consultation, agency = await site.consultation(slug), await site.pool.fetchval("select agency from consultations where slug = $1", slug)
    for kind, number in people.items():
        for one in range(number):
            roles = [("moderator", agency)] if kind in ("agency", "front") else []
            speaker = await site.person(f"{kind}-{one}", *roles)
            for _ in range(each):
                command = c.Contribute(None, f"Ý kiến của {kind} {one}", f"{kind} {one}", kind=kind)  # type: ignore[arg-type]
                given = await site.consulting.speak(speaker, CommandId(str(uuid4())), consultation, command)
            reply = c.Contribute(None, "Tôi cũng nghĩ vậy", "Tôi", parent=given.contribution)
            await site.consulting.speak(await site.person("citizen-0"), CommandId(str(uuid4())), consultation, reply)


async def tables(site: OpenSite, slug: str) -> dict[str, dict[str, list[str]]]:
    """Every table of the page: the cells of each line by its head."""
    async with site.browser() as visitor:
        page = parsed((await visitor.open(f"/lay-y-kien/{slug}/so-lieu")).text)
    return {
        section.get("aria-labelledby"): {
            line.xpath("./th")[0].text_content(): [cell.text_content().strip() for cell in line.xpath("./td")]
            for line in section.xpath(".//table//tr[td]")
        }
        for section in page.xpath("//section[.//table]")
    }


async def test_each_number_is_a_recount_and_says_of_how_many(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        await speak(site, slug, {"citizen": 12, "business": 6, "organisation": 8}, each=2)
        hidden = await site.contribute("an-danh", slug, "Lời bị ẩn", "dieu-1")
        await site.pool.execute("update contributions set state = 'hidden' where id = $1", hidden)
        found = await tables(site, slug)
        rows = await site.pool.fetch(
            "select kind, count(distinct author) as people, count(*) filter (where parent is null) as given from contributions"
            " where state = 'visible' group by kind"
        )
        [[people, given]] = await site.pool.fetch(
            "select count(distinct author), count(*) filter (where parent is null) from contributions where state = 'visible'"
        )
        async with site.browser() as visitor:
            page = " ".join(parsed((await visitor.open(f"/lay-y-kien/{slug}/so-lieu")).text).text_content().split())
    assert (people, given) == (26, 52)
    counted = {row["kind"]: (row["people"], row["given"]) for row in rows}
    names = {"citizen": "Người dân", "business": "Doanh nghiệp", "organisation": "Tổ chức"}
    by_kind = found["theo-kind"]
    for kind, name in names.items():
        share = f"{100 * counted[kind][1] / given:.1f}\u00a0%".replace(".", ",")
        assert by_kind[name] == [str(counted[kind][0]), str(counted[kind][1]), share]
    assert by_kind["Tổng số"][:2] == found["theo-channel"]["Tổng số"][:2] == found["theo-verified"]["Tổng số"][:2] == ["26", "52"]
    assert f"{people} người; mỗi người đếm một lần" in page and f"{given} ý kiến công khai, không kể trả lời nhau" in page
    assert "26 trả lời công khai" in page


async def test_who_speaks_under_the_name_of_their_own_agency_is_counted_as_verified(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        consultation = await site.consultation(slug)
        [[agency, own]] = await site.pool.fetch("select a.id, a.name from agencies a join consultations c on c.agency = a.id")
        for number in range(14):
            official = await site.person(f"can-bo-{number}", ("moderator", agency))
            name = own.upper() if number < 6 else "Một cơ quan khác"
            said = c.Contribute(None, f"Ý kiến {number}", name, kind="agency")
            await site.consulting.speak(official, CommandId(str(uuid4())), consultation, said)
        found = (await tables(site, slug))["theo-verified"]
    assert [found[name][:2] for name in ("Đã xác thực", "Chưa xác thực")] == [["6", "6"], ["8", "8"]]


async def test_every_chart_has_its_table_beside_it_and_a_name(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as visitor:
        await speak(site, slug, {"citizen": 30, "business": 10})
        page = parsed((await visitor.open(f"/lay-y-kien/{slug}/so-lieu")).text)
        charts = page.xpath("//*[local-name()='svg'][contains(@class, 'chart')]")
        assert len(charts) == 3
        for chart in charts:
            [table] = chart.xpath("ancestor::*[contains(@class, 'figure')]//table")
            assert chart.get("role") == "img" and "số liệu ở bảng bên cạnh" in chart.get("aria-label")
            heads = [head.text_content() for head in table.xpath("./tbody/tr/th")]
            assert [text.text_content() for text in chart.xpath("*[local-name()='text']")] == heads
        widths = [float(bar.get("width")) for bar in charts[0].xpath("*[contains(@class, 'chart__part')]")]
        assert widths == [240.0, 80.0], "30 and 10 of 40, on 320"


async def test_the_outcomes_are_of_all_that_were_answered_with_a_chart_beside_them(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        consultation, agency = await site.consultation(slug), await site.pool.fetchval("select min(id) from agencies")
        editor = await site.person(f"bien-tap-{agency}", ("editor", agency))
        given = [await site.contribute(f"nguoi-{number}", slug, f"Ý kiến {number}", "dieu-1") for number in range(8)]
        answers = (c.Dispose(tuple(given[:6]), "accepted", ""), c.Dispose(tuple(given[6:]), "not_accepted", "Luật đã quy định"))
        for command in (*answers, c.Close("Đã đủ ý kiến"), c.PublishAnswers()):
            await site.consulting.change(editor, CommandId(str(uuid4())), consultation, command)
        found = (await tables(site, slug))["ket-qua"]
        async with site.browser() as visitor:
            page = parsed((await visitor.open(f"/lay-y-kien/{slug}/so-lieu")).text)
    assert found == {
        "Tiếp thu": ["6", "75\u00a0%"],
        "Tiếp thu một phần": ["0", "0\u00a0%"],
        "Không tiếp thu, giải trình": ["2", "25\u00a0%"],
        "Ghi nhận": ["0", "0\u00a0%"],
        "Tổng số": ["8", ""],
    }
    chart = page.xpath("//*[local-name()='svg'][contains(@aria-label, 'Kết quả tiếp thu, giải trình')]")[0]
    assert chart.xpath("*[contains(@class, 'chart__part')]/@width") == ["240.0", "80.0"], "of 320"


async def test_the_gauge_says_who_was_heard_of_how_many_hoped_for(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as visitor:
        await site.pool.execute("update consultations set target = 200, tallies = 'live'")
        await speak(site, slug, {"citizen": 10})
        question = QuestionId(await site.pool.fetchval("select min(id) from questions"))
        for name in (*(f"citizen-{number}" for number in range(5)), *(f"chi-bieu-quyet-{number}" for number in range(20))):
            person = (await site.person(name)).person
            assert person is not None
            await site.writer.cast(person, CommandId(str(uuid4())), question, 0)
        page = parsed((await visitor.open(f"/lay-y-kien/{slug}/so-lieu")).text)
        [gauge] = page.xpath("//*[@class='gauge']")
        assert "30 trên chỉ tiêu 200 người (15\u00a0%)" in gauge.text_content(), "10 who wrote and 25 who voted, five of them the same"
        assert gauge.xpath(".//*[local-name()='rect']")[0].get("width") == "15.0"
        facts = {one.xpath("./dt")[0].text: " ".join(one.xpath("./dd")[0].text_content().split()) for one in page.xpath("//dl/div")}
        assert facts["Trong đó, người góp ý"] == "10 người, trên 30 người (33,3 %)"
        assert facts["Trong đó, người biểu quyết hoặc trả lời câu hỏi"].startswith("25 người, trên 30 người (83,3 %)")
        numbers = (await visitor.client.get(f"/api/v1/consultations/{slug}/numbers")).json()["items"]
        assert [(one["code"], one["people"]) for one in numbers[:4]] == [
            ("heard", 30), ("contributors", 10), ("voters", 25), ("replies", None)
        ]  # fmt: skip
        beside = " ".join(parsed((await visitor.open(f"/lay-y-kien/{slug}")).text).text_content().split())
        assert "đến nay 30 người đã biểu quyết hoặc góp ý" in beside, "the gauge beside the text says the same"
        assert (await tables(site, slug))["tra-loi"] == {"Biểu quyết dự thảo": ["25", "25"]}
        english = parsed((await visitor.open(f"/lay-y-kien/{slug}/so-lieu?lang=en")).text)
        assert "200" in english.xpath("//*[@class='gauge']")[0].text_content()


async def test_small_numbers_are_not_published_nor_to_be_reckoned_from_the_others(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug:
        await speak(site, slug, {"citizen": 9, "business": 3, "organisation": 6, "agency": 5})
        by_kind = (await tables(site, slug))["theo-kind"]
        async with site.browser() as program:
            numbers = (await program.client.get(f"/api/v1/consultations/{slug}/numbers")).json()["items"]
    shown = [cells[0] for name, cells in by_kind.items() if name != "Tổng số"]
    assert sorted(shown) == ["0", "0", "6", "9", "ẩn", "ẩn"] and by_kind["Tổng số"][0] == "23"
    whole = int(by_kind["Tổng số"][0])
    withheld = whole - sum(int(cell) for cell in shown if cell.isdigit())
    assert len([pair for pair in product(range(1, withheld), repeat=2) if sum(pair) == withheld]) > 1, "several tables look like this one"
    told = {one["code"]: one["people"] for one in numbers if one["by"] == "kind"}
    assert told == {"citizen": 9, "business": None, "organisation": 6, "agency": None, "front": 0, "civil_servant": 0}, (
        "the API withholds the same"
    )


async def test_of_fewer_than_five_nothing_is_said(site: OpenSite) -> None:
    async with site.opened(moderation="after") as slug, site.browser() as visitor:
        await site.pool.execute("update consultations set target = 100")
        await speak(site, slug, {"citizen": 2, "business": 2})
        found = await tables(site, slug)
        page = parsed((await visitor.open(f"/lay-y-kien/{slug}/so-lieu")).text)
        beside = " ".join(parsed((await visitor.open(f"/lay-y-kien/{slug}")).text).text_content().split())
    assert "đến nay còn ít người nên chưa công bố số" in beside and "của 4 người" not in beside, "nor beside the text"
    for table in ("theo-kind", "theo-channel", "theo-verified"):
        assert {cell for cells in found[table].values() for cell in cells[:2]} == {"ẩn"}
    assert "còn ít người nên chưa công bố số" in page.xpath("//*[@class='gauge']")[0].text_content()
    assert page.xpath("//*[@class='gauge']//*[local-name()='rect']")[0].get("width") == "0.0"


async def test_nobody_reckons_how_few_only_wrote_only_voted_or_did_both(site: OpenSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.web.counts.SHARE", 1e9)  # every page counts anew
    async with site.opened(moderation="after") as slug, site.browser() as visitor:
        await site.pool.execute("update consultations set target = 200, tallies = 'live'")
        question = QuestionId(await site.pool.fetchval("select min(id) from questions"))

        async def vote(*names: str) -> tuple[str, str, list[int | None]]:
            """The page of the text and that of the figures when these have voted, too; and who was heard, who wrote and who voted."""
            for name in names:
                person = (await site.person(name)).person
                assert person is not None
                await site.writer.cast(person, CommandId(str(uuid4())), question, 0)
            pages = [parsed((await visitor.open(f"/lay-y-kien/{slug}{end}")).text).text_content() for end in ("", "/so-lieu")]
            found = (await visitor.client.get(f"/api/v1/consultations/{slug}/numbers")).json()["items"]
            told = {one["code"]: one["people"] for one in found if one["by"] == "all"}
            return " ".join(pages[0].split()), " ".join(pages[1].split()), [told[code] for code in ("heard", "contributors", "voters")]

        few = "còn ít người nên chưa công bố số"
        beside, page, told = await vote("a", "b", "c")
        assert told == [None, 0, None] and "Đã biểu quyếtẩn" in beside and few in beside and few in page
        await speak(site, slug, {"citizen": 9})
        beside, page, told = await vote()
        assert told == [None, 9, None], "3 only voted"
        assert "đến nay ít nhất 9 người" in beside and "đến nay ít nhất 9 người" in page
        beside, page, told = await vote("d", "e", "f", "citizen-1")
        assert told == [None, 9, 7], "one did both"
        assert "Đã biểu quyết7 người" in beside and "đến nay ít nhất 9 người" in beside
        assert (await vote(*(f"citizen-{number}" for number in range(2, 6))))[2] == [None, 9, 11], "4 only wrote"
        beside, page, told = await vote(*(f"citizen-{number}" for number in range(6, 9)), "citizen-0")
        assert told == [15, 9, 15] and "đến nay 15 người đã biểu quyết hoặc góp ý" in beside and "15 trên chỉ tiêu 200 người" in page
