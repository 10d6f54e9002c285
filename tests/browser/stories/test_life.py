"""A consultation from its announcement to the archive, and a draft from its first version to the second with all that was said on it."""

from datetime import timedelta

from playwright.async_api import FilePayload, expect

from tests.browser.stories import desk
from tests.browser.stories.people import EDITOR, Crowd, citizen
from tests.browser.stories.setting import TEXT, Setting

NEXT = (
    TEXT.replace("2. Không áp dụng với trụ sở cơ quan.\n", "")
    .replace("từ 7 giờ đến 17 giờ", "từ 6 giờ đến 21 giờ")
    .replace("### Điều 3. Hiệu lực", "### Điều 3. Phí sinh hoạt\nSinh hoạt chung không thu phí.\n\n### Điều 4. Hiệu lực")
)
"""The second version: a khoản is gone, one has other words, the last điều has another number, the rest is as it was."""


async def test_a_consultation_is_announced_opens_by_itself_pauses_ends_early_for_a_reason_and_is_put_away(
    crowd: Crowd, setting: Setting
) -> None:
    one = await setting.publish("Dự thảo đi hết một vòng", opens_in=timedelta(days=2), document="provincial_decision", target=200)
    reader, editor = await crowd.person(citizen(1), phone=True), await crowd.person(EDITOR)
    page, work = reader.page, editor.page

    # Announced: one reads the draft and the rule of the law, and cannot write yet. When its hour comes, the open page says so.
    await reader.visit(one.path)
    await reader.live()
    await expect(page.locator("[data-part=phase]")).to_have_text("Sắp lấy ý kiến")
    facts = page.locator(".facts")
    await expect(facts).to_contain_text("Bắt đầu sau")
    await expect(facts).to_contain_text("200 người")
    await expect(page.locator("main")).to_contain_text("Phải lấy ý kiến ít nhất")
    await expect(page.locator("[data-write]")).to_have_count(0)
    await setting.bring_opening(one)
    await expect(page.locator("[data-part=phase]")).to_have_text("Đang lấy ý kiến")
    await page.get_by_role("link", name="Tải lại trang để biểu quyết và góp ý").click()

    # Paused: the reason stands on the page, and a form that was open says so and keeps what was typed.
    form = page.locator("#dieu-2 contribution-form")
    await page.locator("#dieu-2").get_by_role("link", name="Góp ý về").click()
    await form.get_by_label("Nội dung").fill("Viết dở khi tạm dừng")
    await desk.step(editor, one.slug, "tam-dung", "Dự thảo phải xem lại Điều 2")
    await expect(form.get_by_role("status")).to_contain_text("đang tạm dừng")
    await expect(form.get_by_role("button", name="Gửi ý kiến")).to_be_disabled()
    await expect(form.get_by_label("Nội dung")).to_have_value("Viết dở khi tạm dừng")
    await reader.visit(one.path)
    await expect(page.locator("[data-part=phase]")).to_have_text("Tạm dừng")
    await expect(page.locator("header .notice--note")).to_contain_text("Dự thảo phải xem lại Điều 2")

    # It goes on, and is ended before its day: not without a reason, which everybody reads.
    await editor.visit(one.desk)
    await work.get_by_role("link", name="Tiếp tục lấy ý kiến…").click()
    await work.get_by_role("button", name="Tiếp tục", exact=True).click()
    await expect(work.locator("[data-part=phase]").first).to_have_text("Đang lấy ý kiến")
    await expect(page.locator("[data-part=phase]")).to_have_text("Đang lấy ý kiến")
    await expect(page.locator("header .notice--note")).to_be_hidden()
    await work.get_by_role("link", name="Kết thúc sớm…").click()
    await work.get_by_role("button", name="Kết thúc ngay").click()
    await expect(work.locator(".errors")).to_contain_text("Xin ghi lý do")
    await work.get_by_label("Lý do kết thúc sớm").fill("Chính sách đã được thay thế")
    await work.get_by_role("button", name="Kết thúc ngay").click()
    await expect(work.locator("main")).to_contain_text("Đợt lấy ý kiến đã kết thúc.")
    await reader.visit(one.path)
    await expect(page.locator("header .notice--note").first).to_contain_text("Chính sách đã được thay thế")
    await expect(facts).to_contain_text("Hạn trả lời theo luật")

    # Answered and put away; the public log has every step with its reason and no name.
    await desk.publish_answers(editor, one.slug)
    await editor.visit(f"{one.desk}/luu-tru")
    await work.get_by_role("button", name="Đưa vào lưu trữ").click()
    await expect(work.locator("[data-part=phase]").first).to_have_text("Đã lưu trữ")
    await page.get_by_role("link", name="Nhật ký công khai").click()
    steps = page.locator(".task b")
    await expect(steps).to_have_text(
        [
            "Lưu trữ đợt lấy ý kiến",
            "Công bố nội dung tiếp thu, giải trình",
            "Kết thúc nhận ý kiến",
            "Tiếp tục đợt lấy ý kiến",
            "Tạm dừng đợt lấy ý kiến",
            "Bắt đầu nhận ý kiến",
            "Công bố đợt lấy ý kiến",
        ]
    )
    await expect(page.locator("main")).to_contain_text("Chính sách đã được thay thế")
    await expect(page.locator("main")).not_to_contain_text("Biên tập viên mẫu")


async def test_the_next_version_is_compared_and_every_contribution_is_followed_into_it(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo có hai phiên bản")
    said = {
        "Giữ nguyên": await setting.say(citizen(2), one, "dieu-1-khoan-1", "Nên giữ như dự thảo", quote="mở cửa nhà văn hóa"),
        "Sửa lời": await setting.say(citizen(2), one, "dieu-2-khoan-1", "Nên mở sớm hơn", quote="từ 7 giờ đến 17 giờ"),
        "Không còn": await setting.say(citizen(2), one, "dieu-1-khoan-2", "Nên bỏ khoản này", quote="trụ sở cơ quan"),
        "Chuyển chỗ": await setting.say(citizen(2), one, "dieu-3", "Nên có hiệu lực ngay"),
    }

    # The editor reads what changed and what becomes of each opinion before anybody sees the version.
    editor = await crowd.person(EDITOR)
    work = editor.page
    await editor.visit(f"{one.desk}/phien-ban")
    await work.get_by_label("Tệp của phiên bản 2").set_input_files(FilePayload(name="b.md", mimeType="text/markdown", buffer=NEXT.encode()))
    await work.get_by_role("button", name="Tải lên và đọc").click()
    await work.get_by_role("link", name="So sánh với phiên bản 1").click()
    await work.get_by_role("link", name="Song song").click()
    sides = work.locator(".diff__side")
    await expect(sides.locator("del")).to_have_text(["7", "17"])
    await expect(sides.locator("ins")).to_have_text(["6", "21"])
    await work.go_back()
    await work.go_back()
    await work.get_by_role("link", name="Xem số phận các ý kiến và xác nhận").click()
    counts = work.get_by_role("table")
    for state in said:
        await expect(counts.get_by_role("row", name=state)).to_contain_text("1")
    await work.get_by_role("button", name="Đưa phiên bản 2 ra lấy ý kiến").click()
    await expect(work.locator("main")).to_contain_text("Đã đưa phiên bản mới ra lấy ý kiến.")

    # The author, on a phone without scripts, finds each opinion with what became of its words, and both versions behind it.
    author = await crowd.person(citizen(2), phone=True, scripts=False)
    page = author.page
    await author.visit("/y-kien-cua-toi")
    for state, number in said.items():
        fate = page.locator(f"#y-kien-{number} .fate")
        await expect(fate).to_contain_text(state)
        await expect(fate.get_by_role("link").last).to_have_attribute("href", f"{one.path}/v1#{_anchor(state)}")
    changed = page.locator(f"#y-kien-{said['Sửa lời']} .fate").get_by_role("link")
    await changed.first.click()
    await expect(page.locator("#dieu-2-khoan-1")).to_contain_text("từ 6 giờ đến 21 giờ")
    await page.go_back()
    await changed.last.click()
    await expect(page.locator("#dieu-2-khoan-1")).to_contain_text("từ 7 giờ đến 17 giờ")
    await expect(page.locator("main")).to_contain_text("không còn là bản đang lấy ý kiến")

    # And the comparison is there for everybody, in one column.
    await page.get_by_role("link", name="So sánh các phiên bản").click()
    line = page.locator(".diff", has=page.get_by_role("link", name="khoản 1 Điều 2", exact=True))
    await expect(line.locator("del")).to_contain_text(["7", "17"])
    await expect(line.locator("ins")).to_contain_text(["6", "21"])
    await expect(page.locator(".diff--removed")).to_contain_text("Không áp dụng với trụ sở cơ quan")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


def _anchor(state: str) -> str:
    """Where in the first version the opinion stands of which this became."""
    return {"Giữ nguyên": "dieu-1-khoan-1", "Sửa lời": "dieu-2-khoan-1", "Không còn": "dieu-1-khoan-2", "Chuyển chỗ": "dieu-3"}[state]
