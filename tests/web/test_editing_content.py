"""What an editor puts to consultation: documents uploaded and corrected, and lists of statements."""

import asyncio
import io
import zipfile
from pathlib import Path

import msgspec
import pytest
from lxml import html

from consultations.blocks import LeftOut
from consultations.tree import Draft, articles, walk
from server.documents import LARGEST_FILE_BYTES
from server.kernel.ids import ConsultationId
from server.store import drafts
from server.store.connection import Pool
from tests.web.office import DECREE, HOSTILE, Office, create, publish, scripted, upload, words
from tests.web.site import Browser, forms_of


@pytest.fixture
def office(pool: Pool) -> Office:
    return Office(pool)


async def stored(office: Office, slug: str) -> tuple[Draft, list[LeftOut]]:
    async with office.pool.acquire() as connection:
        version = await drafts.read_version(connection, await office.consultation(slug), 1)
    assert version is not None
    return msgspec.convert(version.draft, Draft), msgspec.convert(version.left_out, list[LeftOut])


async def rows(office: Office, consultation: ConsultationId) -> dict[str, int]:
    """How much of a text stands in the store."""
    counts = {}
    for table in ("versions", "nodes", "questions"):
        counts[table] = await office.pool.fetchval(f"select count(*) from {table} where consultation = $1", consultation)
    return counts


def word_file(body: str, **parts: bytes) -> bytes:
    held = io.BytesIO()
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kind = "application/vnd.openxmlformats.officedocument.wordprocessingml.document.main+xml"
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{kind}"/></Types>'
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", types)
        package.writestr("word/document.xml", f"<w:document {space}><w:body>{body}</w:body></w:document>")
        for name, data in parts.items():
            package.writestr(name.replace("__", "/").replace("_bin", ".bin"), data)
    return held.getvalue()


# --- documents ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "chapters", "count"),
    [
        ("nghi-dinh-30-2020.docx", 7, 38),
        ("nghi-dinh-30-2020.md", 7, 38),
        ("nghi-dinh-284-2026.md", 4, 23),
        ("nghi-dinh-137-2026.md", 6, 60),
    ],
)
async def test_a_real_decree_goes_the_whole_way(office: Office, real_data: Path, name: str, chapters: int, count: int) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser, "Dự thảo Nghị định")
        await upload(browser, slug, name, (real_data / "legal" / name).read_bytes())
        assert f" {chapters} chương " in words(browser.page) and f" {count} điều " in words(browser.page)
        assert f"{count} điều được đưa ra biểu quyết" in words((await browser.open(f"/bien-tap/{slug}")).text)
        await publish(browser, slug)
    draft, _ = await stored(office, slug)
    assert [one.number for one in articles(draft)] == [str(number) for number in range(1, count + 1)]
    async with office.browser() as visitor:
        text = words((await visitor.open(f"/lay-y-kien/{slug}/v1")).text)
    missing = [node.heading for node in walk(draft) if node.heading and " ".join(node.heading.split()) not in text]
    assert missing == []
    assert await rows(office, await office.consultation(slug)) | {"nodes": 0} == {"versions": 1, "nodes": 0, "questions": count}


async def test_what_was_left_out_is_shown_word_for_word_with_why(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        signed = "\n\nNơi nhận:\n- Ban Bí thư;\n- Lưu: VT.\n\nTM. CHÍNH PHỦ\n"
        await upload(browser, slug, "a.md", (DECREE + signed).encode())
        _, left_out = await stored(office, slug)
        assert any("Lưu: VT." in one.text for one in left_out)
        assert "Nơi nhận và chữ ký" in words(browser.page) and "Lưu: VT." in words(browser.page)


async def test_a_second_file_takes_the_place_of_the_first(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        await upload(browser, slug, "b.txt", "Điều 1. Duy nhất\nChỉ có một điều.".encode())
        assert "Duy nhất" in words(browser.page) and "Tệp: b.txt" in words(browser.page)
    assert await rows(office, await office.consultation(slug)) == {"versions": 1, "nodes": 1, "questions": 1}


BOMB = word_file("<w:p><w:r><w:t>" + "a" * 60_000_000 + "</w:t></w:r></w:p>")
HOSTILE_FILES = [
    ("a.docx", b"khong phai tep word", "Tệp này không phải văn bản"),
    ("a.docx", b"", "Tệp này không có chữ nào."),
    ("a.txt", b" \n ", "Tệp này không có chữ nào."),
    ("a.pdf", b"%PDF-1.7", "Chỉ nhận tệp .docx, .md, .html và .txt."),
    ("a.txt", b"%PDF-1.7 \xff\xfe", "Tệp này không phải văn bản"),
    ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "Tệp .doc kiểu cũ không được nhận."),
    ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "Tệp này có mật khẩu."),
    ("a.docx", word_file("<w:p/>", word__vbaProject_bin=b"macro"), "Tệp này chứa macro"),
    ("a.docx", BOMB, "Tệp này phình ra quá lớn"),
    ("a.md", "Một đoạn không có điều nào.".encode(), "Không tìm thấy điều nào"),
]


@pytest.mark.parametrize(("name", "data", "said"), HOSTILE_FILES, ids=lambda value: str(value)[:24])
async def test_a_bad_file_is_explained_and_leaves_nothing_behind(office: Office, name: str, data: bytes, said: str) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        response = await upload(browser, slug, name, data)
        assert response.status_code == 422
        assert said in words(response.text)
        await browser.open("/?lang=en")
        english = await upload(browser, slug, name, data)
        assert said not in words(english.text) and english.status_code == 422
    assert await rows(office, await office.consultation(slug)) == {"versions": 0, "nodes": 0, "questions": 0}
    assert await office.events_of(slug, "text_placed") == 0


async def test_a_bad_file_leaves_the_text_before_it_in_place(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        before = await stored(office, slug)
        response = await upload(browser, slug, "b.docx", b"PK\x03\x04")
        assert response.status_code == 422
        assert "Phạm vi điều chỉnh" in words(response.text)
    assert await stored(office, slug) == before


async def test_more_bytes_than_a_document_may_have_are_not_even_read(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        response = await upload(browser, slug, "a.txt", b"a" * (LARGEST_FILE_BYTES + 100_000))
    assert response.status_code == 413


async def test_no_file_and_a_field_in_place_of_a_file_are_explained(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        action = f"/bien-tap/{slug}/noi-dung/tep"
        await browser.open(f"/bien-tap/{slug}/noi-dung")
        form = forms_of(browser.page)[action]
        for sent in (form, form | {"file": "chữ"}):
            answer = await browser.client.post(action, data=sent, headers={"origin": office.origin})
            assert answer.status_code == 422
            assert "Xin chọn một tệp." in words(answer.text)


@pytest.mark.parametrize(
    "name", [f"{HOSTILE}.md", "../../etc/passwd.md", "CON.md", "d" * 2_000 + ".md", "a\r\nset-cookie: x.md", "\u202egpj.md"]
)
async def test_a_file_name_is_only_shown_and_only_as_text(office: Office, name: str) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        response = await upload(browser, slug, name, DECREE.encode())
        assert response.status_code == 200
        assert scripted(browser.page) == []
    kept = await office.pool.fetchval("select file_name from versions")
    assert kept and len(kept) <= 200 and "/" not in kept and "\n" not in kept and "\u202e" not in kept


async def test_words_of_a_document_are_shown_as_text(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.txt", f"Điều 1. Phạm vi {HOSTILE}\n1. Khoản {HOSTILE}\n".encode())
        for page in (f"/bien-tap/{slug}/noi-dung", f"/bien-tap/{slug}/noi-dung/sua", f"/lay-y-kien/{slug}/v1"):
            await browser.open(page)
            assert scripted(browser.page) == [], page
            assert f"Khoản {HOSTILE}" in words(browser.page), page


async def test_others_are_served_while_a_document_is_read(office: Office) -> None:
    """The event loop of the server stays free: pages are answered between the start and the end of a long reading."""
    agency = await office.agency()
    long = "\n".join(
        f"Điều {number}. Tên điều {number}\n" + "\n".join(f"{k}. Nội dung khoản {k}." for k in range(1, 30)) for number in range(1, 400)
    )
    async with office.official("bien-tap", ("editor", agency)) as browser, office.browser() as visitor:
        slug = await create(browser)
        reading = asyncio.create_task(upload(browser, slug, "a.txt", long.encode()))
        answered = 0
        while not reading.done():
            assert (await visitor.open("/")).status_code == 200
            answered += 1
        assert (await reading).status_code == 200
    assert answered >= 5


# --- correcting --------------------------------------------------------------------------------------------------------


async def corrected(browser: Browser, slug: str, source: str, act: str) -> str:
    action = f"/bien-tap/{slug}/noi-dung/sua"
    await browser.open(action)
    fields = {name: (None, value) for name, value in (forms_of(browser.page)[action] | {"source": source, "act": act}).items()}
    response = await browser.client.post(action, files=fields, headers={"origin": browser.site.origin}, follow_redirects=True)
    assert response.status_code == 200, words(response.text)
    browser.page = response.text
    return words(response.text)


async def test_a_correction_is_tried_before_it_is_kept(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        before, _ = await stored(office, slug)
        source = "Tên mới\r\n\r\nĐiều 1. Một\r\n1. Khoản một.\r\n\r\nĐiều 2. Hai\r\nLời.\r\n\r\nĐiều 3. Ba\r\nLời nữa.\r\n"
        text = await corrected(browser, slug, source, "thu")
        assert "Đọc được như sau (chưa lưu)" in text and "Điều 3. Ba" in text
        assert source.replace("\r\n", "\n").strip() in browser.page.replace("\r\n", "\n")
        assert (await stored(office, slug))[0] == before
        await corrected(browser, slug, source, "luu")
        assert "Đã lưu văn bản." in words(browser.page)
    after, _ = await stored(office, slug)
    assert (after.title, [one.heading for one in articles(after)]) == ("Tên mới", ["Một", "Hai", "Ba"])
    assert (await rows(office, await office.consultation(slug)))["questions"] == 3


async def test_an_untouched_text_is_kept_as_it_was(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        signed = "\n\nNơi nhận:\n- Lưu: VT.\n\nTM. CHÍNH PHỦ\n"
        await upload(browser, slug, "a.md", (DECREE + signed).encode())
        before = await stored(office, slug)
        await browser.open(f"/bien-tap/{slug}/noi-dung/sua")
        [area] = html.fromstring(browser.page).iter("textarea")
        await corrected(browser, slug, str(area.text).removeprefix("\n"), "luu")  # browsers drop the first line break
    assert await stored(office, slug) == before


async def test_a_correction_shows_what_should_be_looked_at(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        text = await corrected(browser, slug, "Tên\n\nĐiều 1. Một\nLời.\n\nĐiều 3. Ba\nLời.\n", "thu")
    assert "Điều 3 : Số thứ tự nhảy cách ở ngay trước chỗ này." in text


async def test_a_text_without_an_article_is_not_kept(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await upload(browser, slug, "a.md", DECREE.encode())
        action = f"/bien-tap/{slug}/noi-dung/sua"
        await browser.open(action)
        response = await browser.submit(action, source="Chỉ có tên\n\nvà một câu.", act="luu")
    assert response.status_code == 422
    assert "và một câu." in response.text
    assert len(articles((await stored(office, slug))[0])) == 2


# --- statements --------------------------------------------------------------------------------------------------------


async def test_a_list_of_statements_is_put_to_the_vote(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser, "Ý kiến về gọi xe")
        action = f"/bien-tap/{slug}/noi-dung/phat-bieu"
        await browser.open(f"/bien-tap/{slug}/noi-dung")
        await browser.submit(action, statements="Xe công nghệ phải đóng thuế.\r\n\r\nGiá cước do thị trường quyết định.\r\n")
        assert "Đã lưu danh sách phát biểu." in words(browser.page)
        assert "2 phát biểu Đã xong" in words((await browser.open(f"/bien-tap/{slug}")).text)
        await publish(browser, slug)
    async with office.browser() as visitor:
        assert "Giá cước do thị trường quyết định." in words((await visitor.open(f"/lay-y-kien/{slug}")).text)


async def test_statements_and_a_text_take_each_others_place_whole(office: Office) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        action = f"/bien-tap/{slug}/noi-dung/phat-bieu"
        await upload(browser, slug, "a.md", DECREE.encode())
        await browser.submit(action, statements="Một phát biểu.")
        assert "Phạm vi điều chỉnh" not in words((await browser.open(f"/lay-y-kien/{slug}/v1")).text)
        assert (await browser.open(f"/bien-tap/{slug}/noi-dung/sua")).status_code == 404
        await upload(browser, slug, "a.md", DECREE.encode())
        assert "Một phát biểu." not in words((await browser.open(f"/lay-y-kien/{slug}/v1")).text)
    assert await office.pool.fetchval("select count(*) from questions where statement is not null") == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [("  \n", "Chưa có nội dung để lấy ý kiến."), ("Một.\nHai.\nMột.", "Dòng 3:"), ("Một.\n\n" + "d" * 1_001, "Dòng 3:")],
)
async def test_a_faulty_list_is_shown_again_with_its_line(office: Office, typed: str, said: str) -> None:
    agency = await office.agency()
    async with office.official("bien-tap", ("editor", agency)) as browser:
        slug = await create(browser)
        await browser.open(f"/bien-tap/{slug}/noi-dung")
        response = await browser.submit(f"/bien-tap/{slug}/noi-dung/phat-bieu", statements=typed)
        assert response.status_code == 422
        assert said in words(response.text)
        assert typed.strip() in response.text
    assert (await rows(office, await office.consultation(slug)))["questions"] == 0
