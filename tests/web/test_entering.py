"""Officers enter what people said elsewhere: one opinion with its source, or a file of them, all of its lines or none."""

import hashlib
import io
from datetime import timedelta

import httpx
import pytest
from openpyxl import load_workbook

from server.jobs.tidying import TIDY_JOB, Tidying
from server.kernel.ids import AgencyId
from server.realtime.entering import ENTER_JOB, Entering
from server.store import jobs
from server.store.connection import Pool
from server.store.identity import Lifetimes
from server.store.jobs import Job
from tests.web.office import HOSTILE, Office, day, links, scripted, words
from tests.web.site import Browser, forms_of

ORIGIN = {"how": "meeting", "place": "UBND xã Mẫu", "number": "15/BB-UBND"}
FILE = (
    "Điều khoản;Nội dung;Tên hiển thị;Loại chủ thể;Thái độ;Điện thoại\n"
    "khoản 1 Điều 1;Nên nói rõ việc thứ nhất;Hộ dân số 1;Người dân;Ủng hộ;0901234567\n"
    ";Đề nghị công khai kết quả;;Tổ chức;;0901234568\n"
    "Điều 99;Lời không có chỗ;Hộ dân số 2;Người dân;;\n"
    "Điều 2;Đối tượng chưa đủ;Hộ dân số 3;Người dân;;\n"
    "Điều 2;đối tượng chưa đủ.;Hộ dân số 3;Người dân;;\n"
)


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def setting(office: Office, **choices: str) -> tuple[AgencyId, str]:
    """An agency and its open consultation."""
    agency = await office.agency()
    return agency, await office.open_consultation(agency, **({"moderation": "after"} | choices))  # type: ignore[arg-type]


async def upload(browser: Browser, slug: str, data: bytes | str, name: str = "ý kiến.csv", **fields: str) -> httpx.Response:
    """Sends a file of opinions, and follows to the page that answers."""
    action = f"/bien-tap/{slug}/nhap-tep"
    await browser.open(action)
    response = await browser.client.post(
        action,
        data=forms_of(browser.page)[action] | ORIGIN | fields,
        files={"file": (name, data if isinstance(data, bytes) else data.encode())},
        headers={"origin": browser.site.origin},
        follow_redirects=True,
    )
    browser.page = response.text
    return response


async def confirm(office: Office, browser: Browser, address: str) -> str:
    """Confirms what is chosen of a file, has it entered, and reads what its page says then."""
    await browser.open(f"{address}/xac-nhan")
    await browser.submit(f"{address}/xac-nhan", agrees="on")
    await carry_out(office)
    return words((await browser.open(address)).text)


async def carry_out(office: Office) -> None:
    """Does what was left for the background."""
    job = await jobs.claim_job(office.pool, [ENTER_JOB], timedelta(minutes=1))
    assert job is not None
    await Entering(office.pool, office.consulting).enter(job)


async def entered(pool: Pool) -> list[tuple[str, str, str]]:
    """Channel, state and text of what officers entered."""
    rows = await pool.fetch("select channel, state, text from contributions where channel <> 'online' order by id")
    return [(row["channel"], row["state"], row["text"]) for row in rows]


async def test_an_officer_enters_an_opinion_and_the_public_reads_where_it_comes_from(office: Office) -> None:
    agency, slug = await setting(office)
    page = f"/bien-tap/{slug}/nhap-ho"
    async with office.official("can-bo-xa", ("moderator", agency)) as browser:
        assert page in links((await browser.open(f"/kiem-duyet?dot={slug}")).text)
        await browser.open(page)
        given = ORIGIN | {"day": await day(office.pool, -3), "kind": "front", "side": "against", "text": f"Chưa rõ. {HOSTILE}"}
        node = await office.pool.fetchval("select id from nodes where anchor = 'dieu-1-khoan-1'")
        await browser.submit(page, follow=True, node=node, agrees="on", name="Hội Nông dân xã", **given)
        assert "Đã nhập ý kiến." in words(browser.page)
        assert 'value="15/BB-UBND"' in browser.page, "the source stays for the next opinion"
        assert "do chính ông/bà viết hoặc nhập" in words((await browser.open("/kiem-duyet?muc=cong-khai")).text)
    async with office.browser() as visitor:
        said = words((await visitor.open(f"/lay-y-kien/{slug}")).text)
        assert "Hội Nông dân xã · Mặt trận và tổ chức chính trị - xã hội, chưa xác thực" in said
        assert "tại UBND xã Mẫu, từ biên bản họp số 15/BB-UBND ngày" in said
        assert "can-bo-xa" not in visitor.page and scripted(visitor.page) == []
    assert await office.pool.fetchval("select contributions from counts where channel = 'assisted' and kind = 'front'") == 1


async def test_an_opinion_without_what_it_needs_is_refused_beside_each_field_and_nothing_typed_is_lost(office: Office) -> None:
    agency, slug = await setting(office)
    page = f"/bien-tap/{slug}/nhap-ho"
    async with office.official("can-bo", ("editor", agency)) as browser:
        await browser.open(page)
        answer = await browser.submit(page, text="Lời đã gõ", name="Tên đã gõ", day="2999-01-01", node="khong-co")
        assert answer.status_code == 422
        said = words(browser.page)
        for sentence in (
            "Xin chọn điều khoản.",
            "Xin chọn loại chủ thể góp ý.",
            "Xin chọn cách nhận ý kiến.",
            "Xin ghi nơi nhận ý kiến.",
            "Xin ghi ngày có thật",
            "Chỉ nhập ý kiến khi người góp ý đồng ý.",
        ):
            assert sentence in said
        assert "Lời đã gõ" in browser.page and 'value="Tên đã gõ"' in browser.page
    assert await entered(office.pool) == []


async def test_a_form_sent_twice_enters_one_opinion_and_one_without_a_name_shows_none(office: Office) -> None:
    agency, slug = await setting(office, moderation="before")
    page = f"/bien-tap/{slug}/nhap-ho"
    async with office.official("can-bo", ("editor", agency)) as browser:
        await browser.open(page)
        sent = forms_of(browser.page)[page] | ORIGIN | {"text": "Một lần", "kind": "citizen", "agrees": "on"}
        sent["day"] = await day(office.pool, 0)
        for _ in range(2):
            assert (await browser.client.post(page, data=sent, headers={"origin": office.origin})).status_code == 303
    assert await entered(office.pool) == [("assisted", "waiting", "Một lần")]
    assert await office.pool.fetchval("select name from contributions") == "Không nêu tên"


async def test_a_file_is_looked_through_line_by_line_and_entered_as_chosen(office: Office) -> None:
    agency, slug = await setting(office)
    await office.contribute("Lan", slug, "Đề nghị công khai kết quả!")
    async with office.official("can-bo", ("moderator", agency)) as browser:
        answer = await upload(browser, slug, FILE)
        address = answer.url.path
        said = words(browser.page)
        assert "Trong tệp 5 dòng Sẽ nhập 3 ý kiến Bỏ ra 1 dòng Có lỗi 1 dòng" in said
        assert "Dòng 4 Không nhập được Điều khoản “Điều 99”: Dự thảo không có, hoặc có nhiều hơn một, điều khoản như vậy." in said
        assert "Nhập dòng 3 Gần giống ý kiến số" in said and "Nhập dòng 6 Trùng dòng 5" in said
        assert "Cột không đọc vào Điện thoại" in said and "0901234567" not in browser.page

        # Line 2 is left out; the choice is kept, and what is confirmed is what was counted.
        shown = {"shown": ["2", "3", "5", "6"], "take": ["3", "5"], "act": "nhap"}
        token = forms_of(browser.page)[address]["csrf"]
        kept = await browser.client.post(address, data={"csrf": token} | shown, headers={"origin": office.origin})
        assert kept.headers["location"] == f"{address}/xac-nhan"
        assert "Sẽ nhập 2 ý kiến Không nhập 2 dòng bỏ ra, 1 dòng có lỗi" in words((await browser.open(f"{address}/xac-nhan")).text)
        unwilling = await browser.submit(f"{address}/xac-nhan")
        assert unwilling.status_code == 422 and "Chỉ nhập ý kiến khi người góp ý đồng ý." in words(browser.page)
        assert "Đã nhập 2 ý kiến từ tệp này." in await confirm(office, browser, address)
    assert [text for _, _, text in await entered(office.pool)] == ["Đề nghị công khai kết quả", "Đối tượng chưa đủ"]
    sources = await office.pool.fetch("select source, source_key from contributions where channel = 'imported' order by id")
    assert [row["source"] for row in sources] == ["tại UBND xã Mẫu, từ biên bản họp số 15/BB-UBND"] * 2
    assert [row["source_key"].rpartition(":")[2] for row in sources] == ["3", "5"]
    assert await office.pool.fetchval("select count(*) from opinion_lines") == 0, "the words stand in the contributions alone"
    async with office.official("kiem-duyet", ("moderator", agency)) as moderator:
        said = words((await moderator.open(f"/kiem-duyet?muc=cong-khai&dot={slug}")).text)
        digest = hashlib.sha256(FILE.encode()).hexdigest()
        assert f"Người nhập: can-bo . Dòng 3, ý kiến.csv , SHA-256 {digest}" in said


async def test_the_same_file_again_adds_nothing_and_a_copy_of_it_is_pointed_out(office: Office) -> None:
    agency, slug = await setting(office)
    async with office.official("can-bo", ("editor", agency)) as browser:
        address = (await upload(browser, slug, FILE)).url.path
        await confirm(office, browser, address)
        again = await upload(browser, slug, FILE, "tên khác.csv")
        assert again.url.path == address
        assert "Sẽ nhập 0 ý kiến" in words(browser.page) and "Đã nhập trước đây 3 dòng" in words(browser.page)
        assert (await browser.client.get(f"{address}/xac-nhan")).status_code == 303, "there is nothing to confirm"
        await upload(browser, slug, FILE + "\n")
        assert "Sẽ nhập 0 ý kiến Bỏ ra 4 dòng Có lỗi 1 dòng" in words(browser.page)
    assert len(await entered(office.pool)) == 3


async def test_what_is_confirmed_is_entered_once_as_it_was_counted_by_who_still_may(office: Office) -> None:
    agency, slug = await setting(office)
    async with office.official("can-bo", ("editor", agency)) as browser:
        address = (await upload(browser, slug, FILE)).url.path
        token = forms_of(browser.page)[address]["csrf"]
        own = {"origin": office.origin}
        await browser.open(f"{address}/xac-nhan")
        sent = forms_of(browser.page)[f"{address}/xac-nhan"] | {"agrees": "on"}
        await browser.client.post(address, data={"csrf": token, "shown": ["2"], "act": "luu"}, headers=own)
        stale = await browser.client.post(f"{address}/xac-nhan", data=sent, headers=own)
        assert stale.status_code == 422 and "Lựa chọn các dòng vừa được thay đổi." in words(stale.text)
        fresh = forms_of(stale.text)[f"{address}/xac-nhan"] | {"agrees": "on"}
        for _ in range(2):
            assert (await browser.client.post(f"{address}/xac-nhan", data=fresh, headers=own)).status_code == 303
        assert "Đang nhập: 0 trên 2 ý kiến" in words((await browser.open(address)).text)
        await office.pool.execute("delete from grants where person = (select uploaded_by from opinion_files)")
        await carry_out(office)
        assert await jobs.claim_job(office.pool, [ENTER_JOB], timedelta(minutes=1)) is None
    async with office.official("can-bo-khac", ("editor", agency)) as colleague:
        assert "Không dòng nào được nhập. Ông/bà không có quyền làm việc này." in words((await colleague.open(address)).text)
        assert await entered(office.pool) == []
        assert "Đã nhập 2 ý kiến" in await confirm(office, colleague, address), "the lines are still there for who may"


async def test_a_file_that_cannot_be_read_is_refused_and_leaves_nothing(office: Office) -> None:
    agency, slug = await setting(office)
    many = "Nội dung;Loại chủ thể\n" + "Được;Người dân\n" * 10_001
    async with office.official("can-bo", ("editor", agency)) as browser:
        for data, said in (("a;b\n1;2\n", "Tệp thiếu cột: Nội dung, Loại chủ thể."), (many, "Tệp có hơn 10000 dòng.")):
            answer = await upload(browser, slug, data)
            assert answer.status_code == 422 and said in words(browser.page)
            assert 'value="UBND xã Mẫu"' in browser.page
        assert "Xin chọn một tệp." in words((await browser.submit(f"/bien-tap/{slug}/nhap-tep")).text)
    assert await office.pool.fetchval("select count(*) from opinion_files") == 0


async def test_the_empty_file_with_the_headers_is_read_when_it_is_filled_in(office: Office) -> None:
    agency, slug = await setting(office)
    async with office.official("can-bo", ("editor", agency)) as browser:
        base = f"/bien-tap/{slug}/nhap-tep"
        comma = await browser.client.get(f"{base}/mau.csv")
        assert "Loại chủ thể" in comma.content.decode("utf-8-sig")
        assert (await browser.client.get(f"{base}/mau.exe")).status_code == 404
        book = load_workbook(io.BytesIO((await browser.client.get(f"{base}/mau.xlsx")).content))
        book.worksheets[0].append(["Điều 2", HOSTILE, HOSTILE[:80], "Doanh nghiệp", "Trung lập", "=1+1", "01/11/2026"])
        made = io.BytesIO()
        book.save(made)
        answer = await upload(browser, slug, made.getvalue(), f"{HOSTILE}.xlsx")
        assert "Sẽ nhập 1 ý kiến" in words(browser.page) and scripted(browser.page) == []
        assert "ngày 01/11/2026" in words(browser.page)
        assert "Đã nhập 1 ý kiến" in await confirm(office, browser, answer.url.path)
        assert scripted((await browser.open(base)).text) == []


async def test_files_are_for_officers_of_the_agency_until_they_are_dropped_or_a_week_old(office: Office) -> None:
    agency, slug = await setting(office)
    elsewhere = await office.agency("khac", "Cơ quan khác")
    async with office.official("can-bo", ("editor", agency)) as browser:
        address = (await upload(browser, slug, FILE)).url.path
        other = await office.open_consultation(agency, title="Đợt khác của cùng cơ quan")
        assert (await browser.open(address.replace(slug, other))).status_code == 404, "a file belongs to its consultation"
        async with office.official("nguoi-la", ("editor", elsewhere)) as stranger:
            for path in (f"/bien-tap/{slug}/nhap-ho", f"/bien-tap/{slug}/nhap-tep", address, f"{address}/xac-nhan"):
                assert (await stranger.open(path)).status_code == 404
        tidying, hour = Tidying(office.pool, Lifetimes(), timedelta(hours=1)), Job(1, TIDY_JOB, {}, None, 1)
        for status, age in ((200, "6 days"), (404, "8 days")):
            await office.pool.execute(f"update opinion_files set at = now() - interval '{age}'")
            await tidying.tidy(hour)
            assert (await browser.open(address)).status_code == status
        address = (await upload(browser, slug, FILE)).url.path
        await browser.submit(f"{address}/bo")
        assert "Đã bỏ tệp." in words(browser.page) and "Chưa có tệp nào." in words(browser.page)
        assert (await browser.open(address)).status_code == 404
