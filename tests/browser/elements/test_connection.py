"""The connection: the page says how it stands, comes back by itself, and misses and repeats nothing."""

from playwright.async_api import Page, expect

from tests.browser.elements.stand import Stand

WORDS = "#dieu-1 contribution-list .voice__words"


async def test_after_a_loss_the_page_comes_back_and_hears_what_it_missed_once(stand: Stand, page: Page) -> None:
    await stand.contribute("Một")
    await expect(page.locator(WORDS)).to_have_text(["Một"])
    await stand.cut()
    await stand.contribute("Hai")
    await stand.until_connected(2)
    await stand.contribute("Ba")
    await expect(page.locator(WORDS)).to_have_text(["Ba", "Hai", "Một"])
    await expect(page.locator("live-status")).to_have_text("Trực tiếp")


async def test_while_the_server_is_away_the_page_says_so_and_goes_on_trying(stand: Stand, page: Page) -> None:
    stand.lets_in = False
    await stand.cut()
    await expect(page.locator("live-status")).to_have_text("Đang kết nối lại…")
    stand.lets_in = True
    await stand.until_connected(2)
    await expect(page.locator("live-status")).to_have_text("Trực tiếp")


async def test_without_a_network_the_page_says_offline_and_returns_at_once(stand: Stand, page: Page) -> None:
    await page.context.set_offline(True)
    await expect(page.locator("live-status")).to_contain_text("Mất kết nối. Nội dung tính đến")
    await stand.contribute("Lúc vắng")
    await page.context.set_offline(False)
    await expect(page.locator("live-status")).to_have_text("Trực tiếp")
    await expect(page.locator(WORDS)).to_have_text(["Lúc vắng"])


async def test_a_gap_is_noticed_and_asked_for(stand: Stand, page: Page) -> None:
    await stand.contribute("Thất lạc", told=False)
    await stand.contribute("Đến nơi")
    await expect(page.locator(WORDS)).to_have_text(["Đến nơi", "Thất lạc"])


async def test_where_events_are_forgotten_a_snapshot_takes_their_place(stand: Stand, page: Page) -> None:
    first = await stand.contribute("Cũ")
    await expect(page.locator(WORDS)).to_have_text(["Cũ"])
    stand.lets_in = False
    await stand.cut()
    await stand.hide(first)
    await stand.contribute("Mới")
    await stand.contribute("Mới hơn")
    stand.forget()
    stand.lets_in = True
    await expect(page.locator(WORDS)).to_have_text(["Mới hơn", "Mới"])
    await expect(page.locator("#dieu-1 contribution-list [data-part=total]")).to_have_text("2 ý kiến")


async def test_what_the_reader_chose_of_the_light_stays(stand: Stand, page: Page) -> None:
    await page.get_by_role("button", name="Nền tối").click()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    await expect(page.get_by_role("button", name="Nền tối")).to_have_attribute("aria-pressed", "true")


async def test_english_pages_speak_english_to_their_last_word(stand: Stand, page: Page) -> None:
    await page.goto(page.url + "?lang=en")
    await expect(page.locator("live-status")).to_have_text("Live")
    await stand.count(1, [1, 2, 3000])
    await expect(page.locator("#dieu-1 [data-part=count]")).to_have_text(["1 person", "2 people", "3,000 people"])
