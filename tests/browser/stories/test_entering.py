"""What people said at a meeting reaches the public page with its source: one opinion by a form, a file of them by a preview."""

from playwright.async_api import FilePayload, expect

from tests.browser.stories.people import EDITOR, Crowd
from tests.browser.stories.setting import Setting

_FILE = (
    "Điều khoản,Nội dung,Tên hiển thị,Loại chủ thể\n"
    "khoản 1 Điều 1,Nên nói rõ việc thứ nhất,Hộ dân số 1,Người dân\n"
    "Điều 9,Lời không có chỗ,Hộ dân số 2,Người dân\n"
    "Điều 2,Nên lùi ngày có hiệu lực,Hộ dân số 3,Người dân\n"
)


async def test_an_officer_without_scripts_enters_one_opinion_and_a_file_of_them(crowd: Crowd, setting: Setting) -> None:
    opened = await setting.publish("Dự thảo lấy ý kiến tại thôn")
    officer = await crowd.person(EDITOR, scripts=False)
    page = officer.page

    # One opinion, from the desk of the consultation. What is missing is said beside the field, and nothing typed is lost.
    await officer.visit(opened.desk)
    await page.get_by_role("link", name="Nhập hộ một ý kiến").click()
    await page.get_by_label("Nội dung").fill("Phạm vi còn hẹp")
    await page.get_by_role("button", name="Nhập ý kiến", exact=True).click()
    await expect(page.get_by_label("Loại chủ thể góp ý")).to_have_accessible_description("Lỗi: Xin chọn loại chủ thể góp ý.")
    await expect(page.get_by_label("Nội dung")).to_have_value("Phạm vi còn hẹp")
    await page.get_by_label("Góp ý về").select_option("khoản 1 Điều 1")
    await page.get_by_label("Loại chủ thể góp ý").select_option("Tổ chức")
    await page.get_by_label("Nhận ý kiến qua").select_option("meeting")
    await page.get_by_label("Nơi nhận").fill("UBND xã Mẫu")
    await page.get_by_label("Ngày nhận").fill("2026-01-15")
    await page.get_by_label("Người góp ý đồng ý").check()
    await page.get_by_role("button", name="Nhập ý kiến", exact=True).click()
    await expect(page.locator("main, .notices")).to_contain_text(["Đã nhập ý kiến."])

    # A file: what each line would enter, one of them left out, and all the others at once.
    file = FilePayload(name="họp thôn.csv", mimeType="text/csv", buffer=_FILE.encode())
    await officer.visit(f"/bien-tap/{opened.slug}/nhap-tep")
    await page.get_by_label("Tệp ý kiến").set_input_files(file)
    await page.get_by_label("Nhận ý kiến qua").select_option("meeting")
    await page.get_by_label("Nơi nhận").fill("UBND xã Mẫu")
    await page.get_by_role("button", name="Tải lên và xem trước").click()
    await page.wait_for_url(f"**/bien-tap/{opened.slug}/nhap-tep/*")
    address = page.url.removeprefix(officer.origin)
    await expect(page.locator("main")).to_contain_text("Điều khoản “Điều 9”: Dự thảo không có")
    await page.get_by_label("Nhập dòng 2").uncheck()
    await page.get_by_role("button", name="Tiếp tục đến xác nhận").click()
    await page.get_by_label("Những người góp ý trong tệp đồng ý").check()
    await page.get_by_role("button", name="Nhập 1 ý kiến").click()
    await expect(page.get_by_text("Đã nhập 1 ý kiến từ tệp này.")).to_be_visible()
    assert page.url == officer.origin + address

    visitor = await crowd.person(phone=True, scripts=False)
    await visitor.visit(opened.path)
    said = visitor.page.locator(".voice")
    await expect(said.filter(has_text="Phạm vi còn hẹp")).to_contain_text("tại UBND xã Mẫu, từ biên bản họp ngày 15/01/2026")
    await expect(said.filter(has_text="Nên lùi ngày có hiệu lực")).to_contain_text("tại UBND xã Mẫu, từ biên bản họp")
    await expect(said.filter(has_text="Nên nói rõ việc thứ nhất")).to_have_count(0)
    assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= 360
