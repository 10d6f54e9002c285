"""What an agency asks beside its text: a questionnaire of all five kinds, and polls that come to the page while one reads."""

from playwright.async_api import expect

from consultations.commands import ClosePoll, OpenPoll
from consultations.questions import Asked
from tests.browser.stories.keys import Keys
from tests.browser.stories.people import EDITOR, Crowd, citizen, tables_fit
from tests.browser.stories.setting import Setting

QUESTIONNAIRE = (
    Asked("single", "Ông/bà có tán thành dự thảo không?", ("Có", "Không"), required=True, whole=True),
    Asked("several", "Nên mở thêm buổi nào?", ("Sáng sớm", "Buổi trưa", "Buổi tối"), most=2),
    Asked("rank", "Việc nào làm trước?", ("Sân bóng", "Thư viện")),
    Asked("scale", "Mức độ hài lòng hiện nay?", ("Thấp", "Vừa", "Cao")),
    Asked("text", "Còn điều gì ông/bà muốn nói?"),
)
POLL = Asked("single", "Nên mở cửa đến mấy giờ?", ("20 giờ", "21 giờ"))


async def test_a_questionnaire_is_answered_by_keyboard_alone_once_the_text_is_open(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo có bảng hỏi", asked=QUESTIONNAIRE)
    person = await crowd.person(citizen(1), phone=True)
    page, keys = person.page, Keys(person.page)
    boxes = page.locator("question-box[data-question]:not([data-question='0'])")

    # What asks about the whole waits until the text has been opened; nothing is chosen beforehand, and nothing agrees to everything.
    await person.visit(f"{one.path}/cau-hoi")
    await expect(boxes).to_have_count(5)
    await expect(page.locator("main input:checked")).to_have_count(0)
    await expect(boxes.first.get_by_label("Có")).to_be_disabled()
    await keys.at("^Mở văn bản$", "Enter")
    await page.wait_for_url(lambda address: "/cau-hoi" not in address)
    await page.go_back()
    await page.reload()
    await expect(boxes.first.get_by_label("Có")).to_be_enabled()

    await keys.at("^Có$", "Space", "ArrowDown", "ArrowUp")
    await keys.at("^Sáng sớm$", "Space")
    await keys.at("^Buổi tối$", "Space")
    await keys.at("Sân bóng", "2")
    await keys.at("Thư viện", "1")
    await keys.at("^Thấp$", "Space", "ArrowDown", "ArrowDown")
    await keys.to("^Còn điều gì ông/bà muốn nói")
    await keys.write("Cần thêm ghế")
    await keys.at("^Gửi các câu trả lời$", "Enter")
    await expect(page.locator("main")).to_contain_text("Đã ghi nhận câu trả lời")
    await page.reload()
    await expect(boxes.nth(0).get_by_label("Có")).to_be_checked()
    await expect(boxes.nth(1).locator("input:checked")).to_have_count(2)
    await expect(boxes.nth(2).get_by_label("Thư viện")).to_have_value("1")
    await expect(boxes.nth(3).get_by_label("Cao")).to_be_checked()
    await expect(boxes.nth(4).get_by_role("textbox")).to_have_value("Cần thêm ghế")
    await expect(page.locator("[data-part=results]:visible")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_without_scripts_what_is_wrong_stands_beside_its_question_and_results_stay_hidden_until_the_end(
    crowd: Crowd, setting: Setting
) -> None:
    one = await setting.publish("Dự thảo có bảng hỏi, không kịch bản", asked=QUESTIONNAIRE)
    person, visitor = await crowd.person(citizen(2), phone=True, scripts=False), await crowd.person(phone=True, scripts=False)
    page = person.page
    await person.visit(f"{one.path}/cau-hoi")
    await page.get_by_role("button", name="Mở văn bản").click()
    await person.visit(f"{one.path}/cau-hoi")
    for label in ("Sáng sớm", "Buổi trưa", "Buổi tối"):
        await page.get_by_label(label).check()
    await page.get_by_label("Còn điều gì").fill("Viết rồi thì còn nguyên")
    await page.get_by_role("button", name="Gửi các câu trả lời").click()
    await expect(page.locator(".errors li")).to_have_count(2)
    await expect(page.locator(".asked .field__error")).to_have_count(2)
    await expect(page.get_by_label("Còn điều gì")).to_have_value("Viết rồi thì còn nguyên")
    await page.get_by_label("Buổi trưa").uncheck()
    await page.get_by_label("Không", exact=True).check()
    await page.get_by_role("button", name="Gửi các câu trả lời").click()
    await expect(page.locator("main")).to_contain_text("Đã ghi nhận câu trả lời")

    await visitor.visit(f"{one.path}/cau-hoi")
    await expect(visitor.page.get_by_role("table")).to_have_count(0)
    await expect(visitor.page.get_by_text("Kết quả được công bố sau khi kết thúc.").first).to_be_visible()
    await setting.close(one, "Đã đủ câu trả lời")
    await visitor.visit(f"{one.path}/cau-hoi")
    first = visitor.page.get_by_role("table").first
    await expect(first.get_by_role("row", name="Không")).to_contain_text("1100,0 %")
    await expect(first.get_by_role("caption")).to_contain_text("1 người đã trả lời")
    await expect(visitor.page.locator("main")).not_to_contain_text("Viết rồi thì còn nguyên")
    assert await tables_fit(visitor.page)


async def test_a_poll_comes_to_an_open_page_and_its_result_when_it_is_closed(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo có thăm dò trực tiếp", polls=(POLL,))
    editor, person, reader = await crowd.person(EDITOR), await crowd.person(citizen(3), phone=True), await crowd.person()
    await person.visit(one.path)
    await reader.visit(f"{one.path}/cau-hoi")
    await person.live()
    await reader.live()
    await editor.visit(f"{one.desk}/cau-hoi")
    await editor.page.get_by_role("button", name="Mở thăm dò").click()

    # The reader of the text is led to it; the reader of the questions has it before them.
    await person.page.get_by_role("link", name=POLL.text).click()
    await expect(reader.page.locator(".polls").get_by_text(POLL.text)).to_be_visible()
    box = person.page.locator(f"#cau-hoi-{one.polls[0]}")
    await box.get_by_label("21 giờ").check(force=True)
    await box.get_by_role("button", name="Gửi câu trả lời").click()
    await expect(box.get_by_role("status")).to_contain_text("Đã ghi nhận câu trả lời")
    seen = reader.page.locator(f"#cau-hoi-{one.polls[0]}")
    await expect(seen.locator("[data-part=results]")).to_be_hidden()
    await expect(seen).to_contain_text("Kết quả được công bố khi câu hỏi đóng.")

    await editor.page.get_by_role("button", name="Đóng và công bố kết quả").click()
    await expect(seen.get_by_role("row", name="21 giờ")).to_contain_text("1100,0 %")
    await expect(seen.locator("[data-part=state]")).to_have_text("Đã đóng")
    await expect(box.get_by_role("row", name="20 giờ")).to_contain_text("00,0 %")


async def test_a_poll_is_answered_and_its_result_read_without_scripts(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo có thăm dò, không kịch bản", polls=(POLL,))
    person = await crowd.person(citizen(1), phone=True, scripts=False)
    page, box = person.page, person.page.locator(f"#cau-hoi-{one.polls[0]}")
    await person.visit(f"{one.path}/cau-hoi")
    await expect(box).to_have_count(0)
    await setting.change(one, OpenPoll(one.polls[0]))
    await person.visit(one.path)
    await page.get_by_role("link", name=POLL.text).click()
    await box.get_by_label("21 giờ").check()
    await box.get_by_role("button", name="Gửi câu trả lời").click()
    await expect(box).to_contain_text("Đã ghi nhận câu trả lời")
    await expect(box.get_by_label("21 giờ")).to_be_checked()
    await expect(box.get_by_role("table")).to_have_count(0)
    await setting.change(one, ClosePoll(one.polls[0]))
    await page.reload()
    await expect(box.get_by_role("row", name="21 giờ")).to_contain_text("1100,0 %")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
