"""The life of a consultation on its pages: the law's clocks, what an editor does to the whole of it, and the dossier."""

import io
import zipfile

import pytest

from server.store.connection import Pool
from tests.web.office import DECREE, HOSTILE, Office, create, day, publish, scripted, summarise, upload, words
from tests.web.site import Browser, forms_of


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def test_a_period_shorter_than_the_law_asks_for_is_refused_in_place_with_the_rule(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        refused = await publish(browser, slug, document="decree", target="500", closes_day=await day(office.pool, 20))
        assert refused.status_code == 422
        earliest = "/".join(part.lstrip("0") for part in reversed((await day(office.pool, 21)).split("-")))
        told = "Thời gian lấy ý kiến ít nhất là 20 ngày, không kể ngày đăng (Luật số 64/2025/QH15, Điều 30)."
        assert f"{told} Kết thúc sớm nhất từ 0 giờ 00 ngày {earliest}." in words(refused.text)
        assert 'value="decree" checked' in refused.text and 'value="500"' in refused.text
        await publish(browser, slug, document="decree", target="500", closes_day=await day(office.pool, 21), closes_time="00:00")
        assert "còn 21 ngày" in words((await browser.open(f"/bien-tap/{slug}")).text)
    async with office.browser() as visitor:
        public = words((await visitor.open(f"/lay-y-kien/{slug}")).text)
    assert "Nghị định của Chính phủ. Phải lấy ý kiến ít nhất 20 ngày (Luật số 64/2025/QH15, Điều 30)." in public
    assert "Chỉ tiêu tham gia 500 người đến nay 0 người đã góp ý" in public and "Cơ quan phải trả lời chậm nhất ngày" in public


async def test_nothing_is_confirmed_without_a_summary(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        assert "bắt buộc trước khi công bố. Còn thiếu" in words((await browser.open(f"/bien-tap/{slug}")).text)
        asked = f"document=other&opening=now&closes_day={await day(office.pool, 5)}&moderation=after&tallies=hidden"
        refused = await browser.open(f"/bien-tap/{slug}/xac-nhan?{asked}")
    assert refused.status_code == 422 and 'href="#summary"' in refused.text and 'id="summary"' in refused.text


async def test_the_day_of_the_answer_is_counted_down_and_then_marked_as_missed(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    closed = "update consultations set phase = 'closed', document = 'decree', rule = '2025-decree', opens_at = now() - interval '60 days', "
    async with office.official("bien-tap", ("editor", agency)) as browser:
        for ago, told in ((1, "còn 15 ngày"), (30, "quá hạn 15 ngày")):
            ended = (
                f"(date_trunc('day', now() at time zone 'Asia/Ho_Chi_Minh') - interval '{ago - 1} days') at time zone 'Asia/Ho_Chi_Minh'"
            )
            await office.pool.execute(closed + f"closes_at = {ended}")
            for page in ("/bien-tap", f"/bien-tap/{slug}", f"/lay-y-kien/{slug}"):
                assert told in words((await browser.open(page)).text), page


async def act(browser: Browser, slug: str, path: str, reason: str | None = None) -> str:
    """Does one act on its own page; what the desk then says."""
    await browser.open(f"/bien-tap/{slug}")
    assert f'href="/bien-tap/{slug}/{path}"' in browser.page
    await browser.open(f"/bien-tap/{slug}/{path}")
    page = f"/bien-tap/{slug}/{path}"
    return words((await (browser.submit(page) if reason is None else browser.submit(page, reason=reason))).text)


async def test_a_consultation_is_suspended_gone_on_with_and_cancelled_before_everybodys_eyes(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    async with office.official("bien-tap", ("editor", agency)) as browser, office.browser() as visitor:
        assert "Xin ghi lý do." in await act(browser, slug, "tam-dung", reason=" ")
        assert "Đã tạm dừng đợt lấy ý kiến." in await act(browser, slug, "tam-dung", reason=f"Chờ ý kiến {HOSTILE}")
        public = (await visitor.open(f"/lay-y-kien/{slug}")).text
        assert f"Đợt lấy ý kiến đang tạm dừng. Chờ ý kiến {HOSTILE}" in words(public) and scripted(public) == []
        assert "Tạm dừng" in words((await visitor.open("/")).text)
        assert "Đợt lấy ý kiến đã được tiếp tục." in await act(browser, slug, "tiep-tuc")
        assert await office.phase_of(slug) == "open"
        assert "Đang tạm dừng" not in words((await visitor.open(f"/lay-y-kien/{slug}")).text)
        assert "Đã hủy đợt lấy ý kiến." in await act(browser, slug, "huy", reason="Không còn cần thiết")
        assert "Đợt lấy ý kiến đã bị hủy. Không còn cần thiết" in words((await visitor.open(f"/lay-y-kien/{slug}")).text)
        for path in ("tam-dung", "tiep-tuc", "ket-thuc", "huy", "luu-tru"):
            assert (await browser.open(f"/bien-tap/{slug}/{path}")).status_code == 409, path


async def test_what_is_answered_can_be_put_away(office: Office) -> None:
    agency = await office.agency()
    slug = await office.open_consultation(agency)
    await office.pool.execute("update consultations set phase = 'answered', answered_at = now()")
    async with office.official("bien-tap", ("editor", agency)) as browser:
        assert "Đã đưa đợt lấy ý kiến vào lưu trữ." in await act(browser, slug, "luu-tru")
    assert await office.phase_of(slug) == "archived"


def packed(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        for name in ("[Content_Types].xml", *names):
            package.writestr(name, "<x/>")
    return file.getvalue()


async def add(browser: Browser, slug: str, name: str, data: bytes, **fields: str) -> tuple[int, str]:
    """Sends a file to the dossier; the status and the words of the page that answers."""
    action = f"/bien-tap/{slug}/ho-so"
    await browser.open(action)
    answer = await browser.client.post(
        action,
        data=forms_of(browser.page)[action] | {"kind": "submission"} | fields,
        files={"file": (name, data)},
        headers={"origin": browser.site.origin},
        follow_redirects=True,
    )
    browser.page = answer.text
    return answer.status_code, words(answer.text)


async def test_a_dossier_is_gathered_in_draft_and_read_by_everybody_once_published(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser, office.browser() as visitor:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        assert (await add(browser, slug, "../../Tờ trình số 1.exe", b"%PDF-1.7 words"))[0] == 200
        assert "Đã thêm tệp vào hồ sơ." in (await add(browser, slug, "a.txt", "Bỏ đi".encode(), title=HOSTILE))[1]
        assert scripted(browser.page) == []
        kept, dropped = await office.pool.fetchrow("select min(id), max(id) from papers")  # type: ignore[misc]
        url = f"/lay-y-kien/{slug}/ho-so"
        assert (await visitor.open(f"{url}/{kept}")).status_code == 404, "a draft's dossier is nobody else's"
        await browser.open(f"/bien-tap/{slug}/ho-so")
        await browser.submit(f"/bien-tap/{slug}/ho-so/bo", paper=str(dropped))
        await publish(browser, slug)
        assert "Bỏ Tờ trình" not in words((await browser.open(f"/bien-tap/{slug}/ho-so")).text)
        public = await visitor.open(f"/lay-y-kien/{slug}")
        assert "Hồ sơ kèm theo dự thảo: 1 tệp" in words(public.text) and f'href="{url}/{kept}"' in public.text
        answer = await visitor.open(f"{url}/{kept}")
        assert (await visitor.open(f"{url}/{dropped}")).status_code == 404
        other = await office.open_consultation(agency, title="Đợt khác")
        assert (await visitor.open(f"/lay-y-kien/{other}/ho-so/{kept}")).status_code == 404
    assert answer.content == b"%PDF-1.7 words"
    assert answer.headers["content-type"] == "application/pdf" and answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    shown = "attachment; filename=\"to-trinh-so-1.exe.pdf\"; filename*=UTF-8''T%E1%BB%9D%20tr%C3%ACnh%20s%E1%BB%91%201.exe.pdf"
    assert answer.headers["content-disposition"] == shown


async def test_files_are_taken_for_what_they_are_and_nothing_else(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await summarise(browser, slug)
        taken = {"a.pdf": packed("word/document.xml"), "b.bin": packed("xl/workbook.xml"), "c": b"<script>alert(1)</script>"}
        for name, data in taken.items():
            assert (await add(browser, slug, name, data))[0] == 200, name
        types = await office.pool.fetch("select file_name, media_type from papers order by id")
        assert [(row["file_name"], row["media_type"].rpartition(".")[2]) for row in types] == [
            ("a.pdf.docx", "document"),
            ("b.bin.xlsx", "sheet"),
            ("c.txt", "text/plain"),
        ]
        only = "Chỉ nhận tệp .pdf, .docx, .xlsx và .txt."
        for data, told in (
            (b"\x89PNG\r\n\x1a\n", only),
            (b"MZ\x00\x00", only),
            (packed("index.html"), only),
            (b"PK\x03\x04 broken", "hoặc đã hỏng"),
            (packed("word/document.xml", "word/vbaProject.bin"), "macro"),
            (b"", "Tệp này không có chữ nào."),
        ):
            status, text = await add(browser, slug, "tep.docx", data)
            assert status == 422 and told in text, (data[:20], text[:300])
        assert (await add(browser, slug, "a.txt", b"x", kind="poem"))[0] == 422
    assert await office.pool.fetchval("select count(*) from papers") == len(taken)
