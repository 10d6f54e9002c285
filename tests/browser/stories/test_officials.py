"""An editor brings a document from a file to the public; two moderators work on one queue."""

import pytest
from playwright.async_api import expect

from tests.browser.stories import desk
from tests.browser.stories.people import DECISION, EDITOR, MODERATOR, Crowd, citizen

TEXT = """QUYẾT ĐỊNH
Về việc thử nghiệm

Điều 1. Phạm vi điều chỉnh
1. Quyết định này quy định việc thử nghiệm.
2. Không áp dụng với việc khác.

Điều 2. Hiệu lực
Quyết định này có hiệu lực từ ngày ký.
"""


@pytest.mark.parametrize(("phone", "scripts"), [(True, True), (False, False)], ids=["phone", "without scripts"])
async def test_an_editor_goes_from_a_file_to_the_public(crowd: Crowd, phone: bool, scripts: bool) -> None:
    editor = await crowd.person(EDITOR, phone=phone, scripts=scripts)
    page = editor.page
    await editor.visit("/bien-tap")
    await page.get_by_label("Tên đợt lấy ý kiến").fill("Dự thảo Quyết định thử nghiệm")
    await page.get_by_role("button", name="Tạo bản soạn").click()
    await page.get_by_role("link", name="Nội dung lấy ý kiến").click()

    # A file that is no document is explained beside the field.
    await page.get_by_label("Tệp văn bản").set_input_files({"name": "a.docx", "mimeType": "application/zip", "buffer": b"PK\x03\x04"})
    await page.get_by_role("button", name="Tải lên và đọc").click()
    await expect(page.locator(".errors")).to_contain_text("Tệp này không phải văn bản")
    if scripts:
        await expect(page.locator(".errors")).to_be_focused()
        await expect(page).to_have_url(editor.origin + "/bien-tap/" + page.url.split("/")[4] + "/noi-dung")

    # A text is read, looked at beside its report, and corrected.
    await page.get_by_label("Tệp văn bản").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": TEXT.encode()})
    await page.get_by_role("button", name="Tải lên và đọc").click()
    await expect(page.locator(".report__counts")).to_contain_text("2 điều")
    await expect(page.get_by_role("status").filter(has_text="Đã đọc tệp.")).to_be_visible()
    await page.get_by_role("link", name="Sửa văn bản").click()
    source = page.get_by_label("Văn bản", exact=True)
    await source.fill((await source.input_value()).replace("từ ngày ký", "từ ngày 01 tháng 01 năm 2030"))
    await page.get_by_role("button", name="Xem thử").click()
    await expect(page.locator(".tree")).to_contain_text("01 tháng 01 năm 2030")
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.locator(".tree")).to_contain_text("01 tháng 01 năm 2030")

    # A summary, what the document is, dates, what will be fixed, and the publication.
    slug = page.url.split("/")[4]
    await page.get_by_role("link", name="Tiếp tục").click()
    await desk.summarise(editor, slug)
    await editor.visit(f"/bien-tap/{slug}")
    await page.get_by_role("link", name="Tiếp tục đến công bố").click()
    await page.get_by_role("group", name="Loại văn bản").get_by_label("Không phải văn bản quy phạm pháp luật").check()
    await page.get_by_label("Ngay khi công bố").check()
    await page.get_by_role("group", name="Thời điểm kết thúc").get_by_label("Ngày").fill("2030-01-01")
    await page.get_by_role("button", name="Xem lại trước khi công bố").click()
    await expect(page.locator(".errors")).to_contain_text("366 ngày")
    year = int(str(await page.locator("[name=closes_day]").get_attribute("min"))[:4]) + 1
    await page.get_by_role("group", name="Thời điểm kết thúc").get_by_label("Ngày").fill(f"{year}-01-01")
    await page.get_by_role("button", name="Xem lại trước khi công bố").click()
    await expect(page.get_by_role("heading", name="Sau khi công bố, không thay đổi được")).to_be_visible()
    await page.get_by_role("button", name="Công bố", exact=True).click()
    await page.get_by_role("link", name="Xem trang công khai").click()
    await expect(page.locator("#dieu-2")).to_contain_text("01 tháng 01 năm 2030")
    if scripts:
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # Two pages were refused on purpose; the browser reports each.
    editor.faults = [fault for fault in editor.faults if "status of 422" not in fault]

    visitor = await crowd.person()
    await visitor.visit(page.url.removeprefix(editor.origin))
    await expect(visitor.page.locator("#dieu-1")).to_contain_text("Phạm vi điều chỉnh")


async def test_what_one_moderator_rules_on_is_marked_before_the_other(crowd: Crowd) -> None:
    author, one, other = await crowd.person(citizen(3)), await crowd.person(MODERATOR), await crowd.person(MODERATOR)
    await author.visit(DECISION + "?gop-y=toan-van")
    await author.live()
    form = author.page.locator("contribution-form")
    await form.get_by_label("Nội dung").fill("Ý kiến mà hai người cùng xem")
    await form.get_by_role("button", name="Gửi ý kiến").click()
    await expect(author.page.locator("contribution-list").get_by_text("Ý kiến mà hai người cùng xem")).to_be_attached()
    for moderator in (one, other):
        await moderator.visit("/kiem-duyet?muc=cong-khai")
        await moderator.live()
    item = one.page.locator(".judge", has_text="Ý kiến mà hai người cùng xem")
    await item.locator("summary").click()
    await item.get_by_role("radio", name="Chỉ góp ý về nội dung").check()
    await item.get_by_label("Lý do").fill("Để thử hai người kiểm duyệt")
    await item.get_by_role("button", name="Ẩn ý kiến này").click()
    seen = other.page.locator(".judge", has_text="Ý kiến mà hai người cùng xem")
    await expect(seen.locator("[data-part=moved]")).to_be_visible()
    await expect(seen.locator(".judge__acts")).to_be_hidden()
