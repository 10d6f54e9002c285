"""What citizens say of a draft: quoted words, sides, answers, support, other wording, and what the editor makes of several wordings."""

from playwright.async_api import expect

from tests.browser.stories.people import EDITOR, Crowd, Person, citizen
from tests.browser.stories.setting import Setting

_SELECT = """
([from, to]) => {
    const line = document.querySelector("#dieu-2-khoan-1 p");
    const words = [...line.childNodes].find((node) => node.nodeType === 3 && node.data.includes(from));
    const range = document.createRange();
    range.setStart(words, words.data.indexOf(from));
    range.setEnd(words, words.data.indexOf(to) + to.length);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
}
"""


async def test_selected_words_are_quoted_and_the_page_of_another_reader_shows_them_at_once(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo góp ý trên câu chữ")
    author, reader = await crowd.person(citizen(1), phone=True), await crowd.person(phone=True)
    for person in (author, reader):
        await person.visit(one.path)
        await person.live()
    page = author.page
    await page.evaluate(_SELECT, ["7 giờ", "17 giờ"])
    await page.get_by_role("button", name="Góp ý về đoạn đã chọn").click()
    form = page.locator("#dieu-2 contribution-form")
    await expect(form.get_by_label("Trích đoạn")).to_have_value("7 giờ đến 17 giờ")
    await expect(form.get_by_label("Nội dung")).to_be_focused()
    await form.get_by_label("Nội dung").fill("Nên mở từ 5 giờ")
    await form.get_by_label("Thái độ").select_option("Phản đối")
    await form.get_by_role("button", name="Gửi ý kiến").click()
    voice = reader.page.locator("#dieu-2 .voice", has_text="Nên mở từ 5 giờ")
    await expect(voice.locator("[data-part=quote]")).to_have_text("7 giờ đến 17 giờ")
    await expect(voice.locator("[data-part=side]")).to_have_text("Phản đối")
    await expect(voice).to_contain_text("khoản 1 Điều 2")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_without_scripts_one_quotes_answers_supports_sorts_edits_and_withdraws(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo góp ý không cần kịch bản")
    await setting.say("cu-tri-xa@demo.example", one, "dieu-2", "Ý kiến đến sau cùng nhưng không ai ủng hộ")
    author, other = [await crowd.person(citizen(number), phone=True, scripts=False) for number in (1, 2)]
    page = author.page

    # Words that are not in the draft are refused beside their field; what was written stays.
    await author.visit(f"{one.path}?gop-y={one.nodes['dieu-2']}")
    form = page.locator("#dieu-2 form.write")
    await form.get_by_label("Trích đoạn").fill("từ 5 giờ sáng")
    await form.get_by_label("Nội dung").fill("Giờ mở cửa nên sớm hơn")
    await form.get_by_role("button", name="Gửi ý kiến").click()
    await expect(form.locator(".errors")).to_contain_text("Không tìm thấy đoạn được trích")
    await expect(form.get_by_label("Nội dung")).to_have_value("Giờ mở cửa nên sớm hơn")
    await form.get_by_label("Trích đoạn").fill("từ 7 giờ\nđến 17 giờ")
    await form.get_by_role("button", name="Gửi ý kiến").click()
    await expect(page.locator("#da-gui")).to_be_visible()
    voice = page.locator("#dieu-2 .voice", has_text="Giờ mở cửa nên sớm hơn")
    await expect(voice.locator("[data-part=quote]")).to_have_text("từ 7 giờ đến 17 giờ")
    own = (await voice.locator("[data-part=own]").get_attribute("href") or "").partition("#")[0]

    # Another supports it and answers; the author answers that; deeper nobody goes.
    await other.visit(own)
    await other.page.get_by_role("button", name="Ủng hộ ý kiến của").click()
    await expect(other.page.locator("main")).to_contain_text("1 người ủng hộ")
    await answer(other, "Tôi cần mở cửa cả buổi tối")
    await author.visit(own)
    await page.get_by_role("link", name="Trả lời ý kiến của").last.click()
    await answer(author, "Đồng ý, đến 21 giờ")
    await author.visit(own)
    await expect(page.locator(".answers .answers .voice__words")).to_have_text("Đồng ý, đến 21 giờ")
    await expect(page.locator(".answers .answers").get_by_role("link", name="Trả lời ý kiến của")).to_have_count(0)

    # The list of the điều by support has it first.
    await author.visit(f"{one.path}/y-kien/dieu-2")
    await page.get_by_role("link", name="Được ủng hộ nhiều nhất").click()
    await expect(page.locator("main > div > ol > li > .voice__words").first).to_have_text("Giờ mở cửa nên sớm hơn")

    # Changed words keep their history; what was taken back is gone for all.
    await page.get_by_role("link", name="Sửa ý kiến này").first.click()
    await page.get_by_label("Nội dung").fill("Giờ mở cửa nên từ 5 giờ")
    await page.get_by_role("button", name="Lưu ý kiến").click()
    await other.visit(own)
    await expect(other.page.locator("#main .voice__words").first).to_have_text("Giờ mở cửa nên từ 5 giờ")
    await other.page.locator(".history summary").click()
    await expect(other.page.locator(".history .voice__words")).to_have_text("Giờ mở cửa nên sớm hơn")
    mine = page.locator(".mine", has_text="Đồng ý, đến 21 giờ")
    await mine.get_by_role("link", name="Rút ý kiến này").click()
    await page.get_by_role("button", name="Rút ý kiến", exact=True).click()
    await other.visit(own)
    await expect(other.page.locator("main")).not_to_contain_text("Đồng ý, đến 21 giờ")


async def answer(person: Person, words: str) -> None:
    """Answers the contribution whose page is open."""
    form = person.page.locator("#gop-y-tra-loi")
    await form.get_by_label("Nội dung").fill(words)
    await form.get_by_role("button", name="Gửi trả lời").click()
    await expect(person.page.get_by_role("status").filter(has_text="đã được ghi nhận")).to_be_visible()


async def test_other_wordings_are_merged_where_they_agree_and_left_to_the_editor_where_they_do_not(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo đề xuất câu chữ")
    draft = "Nhà văn hóa mở cửa từ 7 giờ đến 17 giờ các ngày trong tuần."
    for who, words in (("mot", draft.replace("7 giờ", "6 giờ", 1)), ("hai", draft.replace("7 giờ", "5 giờ", 1))):
        await setting.say(f"cu-tri-{who}@demo.example", one, "dieu-2-khoan-1", f"Lý do {who}", name=f"Cử tri {who}", suggestion=words)

    # A citizen writes over the words of the draft, without scripts; what is put in and taken out is marked by itself.
    author = await crowd.person(citizen(3), phone=True, scripts=False)
    page = author.page
    await author.visit(f"{one.path}?gop-y={one.nodes['dieu-2-khoan-1']}")
    await page.locator("#dieu-2").get_by_role("button", name="Đề xuất câu chữ thay thế").click()
    wording = page.get_by_label("Câu chữ đề xuất")
    await expect(wording).to_have_value(draft)
    await wording.fill(draft.replace("trong tuần", "trong tuần, kể cả buổi tối"))
    await page.locator("#dieu-2").get_by_role("button", name="Gửi ý kiến").click()
    await expect(page.locator("#da-gui")).to_be_visible()
    await author.visit(f"{one.path}/y-kien/dieu-2")
    await expect(page.locator(".tracked__words").first.locator("ins")).to_contain_text(", kể cả buổi tối")

    # Two that do not touch are both in the result; the third wants the same words otherwise, and is shown as a dispute.
    editor = await crowd.person(EDITOR)
    work = editor.page
    await editor.visit(f"{one.desk}/hop-nhat")
    await work.get_by_role("link", name="khoản 1 Điều 2").click()
    await work.get_by_role("checkbox", name="Cử tri mot").check()
    await work.get_by_role("checkbox", name="Cử tri hai").uncheck()
    await work.get_by_role("checkbox", name="Công dân mẫu 3").check()
    await work.get_by_role("button", name="Ghép các phương án đã chọn").click()
    merged = work.get_by_label("trong phiên bản sau")
    await expect(merged).to_have_value(draft.replace("7 giờ", "6 giờ", 1).replace("trong tuần", "trong tuần, kể cả buổi tối"))
    await expect(work.locator(".notice--bad")).to_have_count(0)
    await work.get_by_role("checkbox", name="Cử tri hai").check()
    await work.get_by_role("button", name="Ghép các phương án đã chọn").click()
    dispute = work.locator(".notice--bad")
    await expect(dispute).to_contain_text("1 chỗ mỗi người muốn một khác")
    await expect(dispute).to_contain_text("Cử tri hai")
    await expect(merged).to_have_value(draft.replace("trong tuần", "trong tuần, kể cả buổi tối"))
    await merged.fill(draft.replace("7 giờ", "6 giờ", 1))
    await work.get_by_role("button", name="Đưa vào bản chuẩn bị").click()
    await expect(work.locator("main")).to_contain_text("Đã đưa lời văn vào")
