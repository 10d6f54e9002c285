"""A real decree from its file to the results of the vote on it: an editor uploads, corrects, publishes and closes; a citizen takes part."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import FilePayload, expect

from tests.browser.stories import desk
from tests.browser.stories.people import EDITOR, Crowd, citizen, number

FILE, ARTICLES, HEADING = "nghi-dinh-284-2026.md", 23, "Điều 1. Phạm vi điều chỉnh"


async def test_a_decree_is_uploaded_corrected_published_answered_and_closed(crowd: Crowd, real_data: Path) -> None:
    editor = await crowd.person(EDITOR)
    page = editor.page
    slug = await desk.begin(editor, f"Dự thảo sửa đổi {FILE}")
    await editor.visit(f"/bien-tap/{slug}")
    await expect(page.get_by_role("link", name="Đưa nội dung vào")).to_be_visible()

    # A file that is no document is refused with what to do, and leaves nothing.
    await editor.visit(f"/bien-tap/{slug}/noi-dung")
    await page.get_by_label("Tệp văn bản").set_input_files(FilePayload(name="anh.docx", mimeType="image/png", buffer=b"\x89PNG\r\n" * 9))
    await page.get_by_role("button", name="Tải lên và đọc").click()
    await expect(page.locator(".errors")).to_contain_text("Tệp này không phải văn bản")

    # The decree comes out whole: its tree, and a report of what was left out of it.
    await page.get_by_label("Tệp văn bản").set_input_files(real_data / "legal" / FILE)
    await page.get_by_role("button", name="Tải lên và đọc").click()
    await expect(page.locator("main")).to_contain_text("Đã đọc tệp.")
    report = page.locator(".report")
    await expect(report.get_by_role("listitem").filter(has_text=f"{ARTICLES} điều").first).to_have_text(f"{ARTICLES} điều")
    assert await report.locator(".report__words").count() > 0
    assert await page.locator(".twig--article").count() == ARTICLES

    # A heading is corrected: tried, looked at, and only then kept.
    await page.get_by_role("link", name="Sửa văn bản").click()
    source = page.get_by_label("Văn bản", exact=True)
    before = await source.input_value()
    assert HEADING in before
    corrected = f"{HEADING} (đã sửa)"
    await source.fill(before.replace(HEADING, corrected, 1))
    await page.get_by_role("button", name="Xem thử").click()
    await expect(page.locator("#cay")).to_have_text("Đọc được như sau (chưa lưu)")
    await expect(page.locator(".twig--article").first).to_contain_text(corrected)
    await page.get_by_role("button", name="Lưu", exact=True).click()
    await expect(page.locator("main")).to_contain_text("Đã lưu văn bản.")
    await expect(page.locator(".twig--article").first).to_contain_text(corrected)
    assert await page.locator(".twig--article").count() == ARTICLES

    # Until it is published nobody else knows of it; the editor sees it as citizens will.
    reader = await crowd.person(citizen(1))
    answer = await reader.page.goto(f"{reader.origin}/lay-y-kien/{slug}")
    assert answer is not None and answer.status == 404
    await editor.visit(f"/lay-y-kien/{slug}")
    await expect(page.locator("#dieu-1 h3")).to_contain_text(corrected)
    closes_day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    await desk.publish(editor, slug, closes_day)

    # A citizen votes and writes; nobody sees a total.
    await reader.visit(f"/lay-y-kien/{slug}")
    assert await reader.page.locator(".article vote-box").count() == ARTICLES
    box = reader.page.locator("#dieu-2 vote-box")
    await reader.live()
    await box.locator(".option", has_text="Không đồng ý").click()
    await expect(box.get_by_role("status")).to_contain_text("Đã ghi nhận: Không đồng ý")
    await desk.contribute(reader, slug, "dieu-2", "Đề nghị làm rõ đối tượng áp dụng")
    assert await reader.page.locator("vote-box [data-part=count]").count() == 0
    await editor.visit(f"/bien-tap/{slug}")
    await expect(page.locator(".facts")).to_contain_text("Chưa công bố")
    await expect(page.locator(".facts")).to_contain_text("1 ý kiến")

    # Closed before its time, with a reason: an open page learns of it by itself, and the results are there for everybody.
    await page.get_by_role("link", name="Kết thúc sớm…").click()
    await page.get_by_role("button", name="Kết thúc ngay").click()
    await expect(page.locator(".errors")).to_contain_text("Xin ghi lý do")
    await page.get_by_label("Lý do kết thúc sớm").fill("Cơ quan soạn thảo rút dự thảo")
    await page.get_by_role("button", name="Kết thúc ngay").click()
    await expect(page.locator("main")).to_contain_text("Đợt lấy ý kiến đã kết thúc.")
    await expect(reader.page.locator("[data-part=phase]").first).to_have_text("Đã kết thúc")
    await expect(box.get_by_label("Đồng ý", exact=True)).to_be_disabled()
    await reader.visit(f"/lay-y-kien/{slug}")
    counts = await reader.page.locator("#dieu-2 vote-box [data-part=count]").all_text_contents()
    assert [number(count) for count in counts] == [0, 1, 0]
    await expect(reader.page.get_by_text("Đề nghị làm rõ đối tượng áp dụng")).to_be_attached()
    await expect(reader.page.locator("[data-write], .vote__send")).to_have_count(0)
