"""From what a citizen said to the agency's published answer and the report that everybody can take home."""

from pathlib import Path

from docx import Document
from playwright.async_api import expect

from tests.browser.stories.people import EDITOR, Crowd, citizen
from tests.browser.stories.setting import Setting


async def test_everybody_who_spoke_gets_an_answer_and_the_report_is_there_for_all(crowd: Crowd, setting: Setting, tmp_path: Path) -> None:
    editor, author = await crowd.person(EDITOR), await crowd.person(citizen(2))
    one = await setting.publish("Dự thảo sẽ có trả lời")
    slug = one.slug
    await setting.say(citizen(2), one, "dieu-1", "Nên nói rõ phạm vi")

    # By keyboard: from the list of điều to the tick, the outcome and the explanation.
    page = editor.page
    await editor.visit(f"/bien-tap/{slug}/tra-loi")
    await expect(page.locator("main")).to_contain_text("Còn 1 ý kiến chưa có trả lời")
    await page.get_by_role("link", name="Điều 1").press("Enter")
    await page.get_by_role("checkbox", name="Nên nói rõ phạm vi").press("Space")
    await page.get_by_role("radio", name="Không tiếp thu, giải trình").press("Space")
    await page.get_by_role("button", name="Lưu trả lời").press("Enter")
    await expect(page.locator(".errors")).to_contain_text("Xin ghi nội dung giải trình")
    await expect(page.get_by_role("checkbox", name="Nên nói rõ phạm vi")).to_be_checked()
    await page.get_by_label("Nội dung tiếp thu, giải trình").fill("Phạm vi đã nêu tại khoản 1")
    await page.get_by_role("button", name="Lưu trả lời").press("Enter")
    await expect(page.locator("main")).to_contain_text("Mọi ý kiến đều đã có trả lời.")

    await editor.visit(f"/bien-tap/{slug}/ket-thuc")
    await page.get_by_label("Lý do").fill("Đã đủ ý kiến")
    await page.get_by_role("button", name="Kết thúc ngay").click()
    await editor.visit(f"/bien-tap/{slug}/tra-loi/cong-bo")
    await page.get_by_role("button", name="Công bố tất cả trả lời").click()
    await expect(page.locator("main")).to_contain_text("Đã công bố trả lời cho mọi ý kiến.")
    await page.get_by_label("Chức vụ người ký").fill("Chủ tịch")
    await page.get_by_role("button", name="Lập bản tổng hợp").click()
    await expect(page.get_by_role("link", name="Tải bản PDF")).to_be_visible()

    visitor = await crowd.person(phone=True, scripts=False)
    await visitor.visit(f"/lay-y-kien/{slug}")
    await expect(visitor.page.locator(".answer")).to_contain_text("Phạm vi đã nêu tại khoản 1")
    await visitor.page.get_by_role("link", name="Kết quả tiếp thu, giải trình").click()
    await expect(visitor.page.get_by_role("table")).to_contain_text("Không tiếp thu, giải trình")
    async with visitor.page.expect_download() as download:
        await visitor.page.get_by_role("link", name="Tải bản Word").click()
    assert (await download.value).suggested_filename == f"tong-hop-{slug}.docx"
    await (await download.value).save_as(tmp_path / "mau-10.docx")
    told = " ".join(cell.text for table in Document(str(tmp_path / "mau-10.docx")).tables for row in table.rows for cell in row.cells)
    assert "CHỦ THỂ GÓP Ý" in told and "Nên nói rõ phạm vi" in told and "Phạm vi đã nêu tại khoản 1" in told
    await author.visit("/y-kien-cua-toi")
    mine = author.page.locator(".mine", has_text="Nên nói rõ phạm vi")
    await expect(mine.locator(".answer")).to_contain_text("Phạm vi đã nêu tại khoản 1")
