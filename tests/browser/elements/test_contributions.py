"""The lists of contributions and the form: live, and never in the way of who reads or writes."""

from playwright.async_api import Browser, Page, expect

from server.protocol.live import Contribute
from tests.browser.elements.stand import URL, Stand

LIST = "#dieu-1 contribution-list"


async def test_another_persons_words_appear_on_top_with_where_they_belong(stand: Stand, page: Page) -> None:
    await stand.contribute("Trước")
    await stand.contribute("Sau", node="n11")
    await expect(page.locator(f"{LIST} .voice__words")).to_have_text(["Sau", "Trước"])
    await expect(page.locator(f"{LIST} [data-part=total]")).to_have_text("2 ý kiến")
    about = page.locator(f"{LIST} .voice").first.get_by_role("link", name="khoản 1 Điều 1")
    await expect(about).to_have_attribute("href", "#dieu-1-khoan-1")
    await expect(page.locator("#announcer")).to_have_text("Có 1 ý kiến mới.")


async def test_a_live_contribution_looks_like_a_printed_one(stand: Stand, page: Page) -> None:
    await stand.contribute("Như nhau")
    await stand.contribute(
        "Trích một lời", node="n11", side="against", quote="Mỗi người một phiếu.", supports=1_204, replies=1, edited=True
    )
    await stand.contribute("Viết khác", side="for", suggests=True, verified=True, kind="business", channel="imported")
    await stand.contribute("Về toàn văn", place=None, side="neutral", channel="assisted", supports=1)
    voices = page.locator("contribution-list .voice")
    await expect(voices).to_have_count(4)
    markup = "items => items.map((item) => item.outerHTML)"
    live = await voices.evaluate_all(markup)
    await page.reload()
    assert await voices.evaluate_all(markup) == live


async def test_a_contribution_to_an_earlier_version_is_counted_and_left_to_the_server_to_show(stand: Stand, page: Page) -> None:
    await stand.contribute("Khôi phục từ bản trước", version=0)
    await expect(page.locator(f"{LIST} [data-part=total]")).to_have_text("1 ý kiến")
    await expect(page.locator(f"{LIST} .voice")).to_have_count(0)
    await expect(page.get_by_role("link", name="Xem tất cả ý kiến về Điều 1")).to_be_visible()


async def test_words_are_never_markup(stand: Stand, page: Page) -> None:
    attack = "<img src=x onerror=\"document.title='hacked'\"><b>đậm</b> {{ 7*7 }}"
    await stand.contribute(attack)
    await expect(page.locator(f"{LIST} .voice__words")).to_have_text(attack)
    assert await page.locator(f"{LIST} .voice__words *").count() == 0


async def test_hidden_words_leave_the_page(stand: Stand, page: Page) -> None:
    first = await stand.contribute("Ẩn đi")
    await stand.contribute("Còn lại")
    await stand.hide(first)
    await expect(page.locator(f"{LIST} .voice__words")).to_have_text(["Còn lại"])
    await expect(page.locator(f"{LIST} [data-part=total]")).to_have_text("1 ý kiến")


async def test_newcomers_wait_behind_a_button_while_one_reads_the_list(stand: Stand, page: Page) -> None:
    await stand.contribute("Đang đọc")
    await page.locator(f"{LIST} .voice").hover()
    await stand.contribute("Mới")
    news = page.locator(f"{LIST} [data-part=news]")
    await expect(news).to_have_text("Xem 1 ý kiến mới")
    await expect(page.locator(f"{LIST} .voice__words")).to_have_text(["Đang đọc"])
    await news.click()
    await expect(page.locator(f"{LIST} .voice__words")).to_have_text(["Mới", "Đang đọc"])
    await expect(news).to_be_hidden()


async def test_a_long_list_opens_at_a_touch_and_never_grows_beyond_ten(stand: Stand, page: Page) -> None:
    for number in range(12):
        await stand.contribute(f"Ý kiến {number}")
    shown = page.locator(f"{LIST} .voice:visible")
    await expect(shown).to_have_count(3)
    await page.locator(f"{LIST} [data-part=more]").click()
    await expect(shown).to_have_count(10)
    await expect(page.get_by_role("link", name="Xem tất cả ý kiến về Điều 1")).to_be_visible()


async def test_half_typed_words_keep_their_place_through_every_update(stand: Stand, page: Page) -> None:
    await page.get_by_role("link", name="Góp ý về Điều 1").click()
    area = page.locator("#dieu-1 [name=text]")
    await expect(area).to_be_focused()
    await page.keyboard.type("Nửa câu")
    await stand.contribute("Chen ngang")
    await stand.count(1, [9, 9, 9])
    await expect(page.locator(f"{LIST} .voice__words")).to_have_text(["Chen ngang"])
    await page.keyboard.type(" nữa")
    await expect(area).to_be_focused()
    await expect(area).to_have_value("Nửa câu nữa")


async def test_half_typed_words_are_there_again_after_a_reload(stand: Stand, page: Page) -> None:
    await page.get_by_role("link", name="Góp ý về Điều 2").click()
    await page.locator("#dieu-2 [name=node]").select_option("n21")
    await page.locator("#dieu-2 [name=text]").fill("Chưa xong")
    await page.reload()
    await expect(page.locator("#dieu-2 [name=text]")).to_have_value("Chưa xong")
    await expect(page.locator("#dieu-2 [name=node]")).to_have_value("n21")


async def test_a_contribution_is_sent_and_confirmed(stand: Stand, page: Page) -> None:
    await page.get_by_role("link", name="Góp ý về Điều 1").click()
    form = page.locator("#dieu-1 contribution-form")
    await form.locator("[name=node]").select_option("n11")
    await form.locator("[name=text]").fill("Đồng ý với khoản này.")
    await expect(form.locator("[data-part=count]")).to_have_text("Còn 179 ký tự")
    await form.get_by_role("button", name="Gửi ý kiến").click()
    await expect(form.locator("[data-part=said]")).to_have_text("Ý kiến của ông/bà đã được ghi nhận và công khai.")
    await expect(form.locator("[name=text]")).to_have_value("")
    await expect(page.locator(f"{LIST} .voice__words")).to_have_text(["Đồng ý với khoản này."])
    [sent] = stand.received
    assert isinstance(sent, Contribute) and (sent.consultation, sent.node, sent.name) == (1, "n11", "Cử tri phường Mẫu")


async def test_on_a_phone_one_sees_that_it_was_sent_wherever_in_the_form_one_stands(stand: Stand, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 400})
    await page.get_by_role("link", name="Góp ý về Điều 1").click()
    form = page.locator("#dieu-1 contribution-form")
    await form.locator("[name=text]").fill("Đồng ý với khoản này.")
    await form.locator("[name=name]").press("Enter")
    said = form.locator("[data-part=said]")
    await expect(said).to_have_text("Ý kiến của ông/bà đã được ghi nhận và công khai.")
    await expect(said).to_be_in_viewport(ratio=1)


async def test_a_contribution_whose_answer_was_lost_happens_once(stand: Stand, page: Page) -> None:
    stand.answers_commands = False
    await page.get_by_role("link", name="Góp ý về Điều 1").click()
    await page.locator("#dieu-1 [name=text]").fill("Một lần")
    await page.get_by_role("button", name="Gửi ý kiến").click()
    await stand.until_received(1)
    await stand.answer()
    await page.locator("#dieu-1 [data-part=said].notice--good").wait_for()
    assert [one.text for one in stand.contributions] == ["Một lần"]


async def test_an_empty_contribution_is_not_sent(stand: Stand, page: Page) -> None:
    await page.get_by_role("link", name="Góp ý về Điều 1").click()
    await page.get_by_role("button", name="Gửi ý kiến").click()
    await expect(page.locator("#dieu-1 [data-part=said]")).to_have_text("Xin viết nội dung ý kiến.")
    await expect(page.locator("#dieu-1 [name=text]")).to_be_focused()
    assert stand.received == []


async def test_without_scripts_everything_is_there_to_read_and_to_send(stand: Stand, browser: Browser) -> None:
    for number in range(5):
        await stand.contribute(f"Ý kiến {number}")
    page = await (await browser.new_context(java_script_enabled=False)).new_page()
    await page.goto(stand.origin + URL)
    await expect(page.locator(f"{LIST} .voice:visible")).to_have_count(5)
    await expect(page.locator("#dieu-1").get_by_role("button", name="Gửi phiếu")).to_be_visible()
    await expect(page.locator("live-status")).to_contain_text("Nội dung tính đến")
    assert await page.locator("#dieu-1 vote-box form").get_attribute("action") == f"{URL}/bieu-quyet"
    assert await page.locator("input:checked").count() == 0
