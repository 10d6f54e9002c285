"""The vote box: what one chooses is sent at once, and called recorded only when it is."""

import pytest
from playwright.async_api import Page, expect

from server.protocol.live import Vote
from tests.browser.elements.stand import URL, Stand

BOX = "#dieu-1 vote-box"
SAID = f"{BOX} .vote__said"


async def test_a_vote_is_called_recorded_only_after_the_server_says_so(stand: Stand, page: Page) -> None:
    stand.answers_commands = False
    await page.locator(BOX).get_by_label("Không đồng ý").check()
    await stand.until_received(1)
    await expect(page.locator(SAID)).to_have_text("Đang gửi…")
    await stand.answer()
    await expect(page.locator(SAID)).to_have_text("Đã ghi nhận: Không đồng ý. Có thể thay đổi đến khi kết thúc.")
    [vote] = stand.received
    assert isinstance(vote, Vote) and (vote.question, vote.choice) == (1, 1)


async def test_a_refused_vote_goes_back_to_the_last_one_recorded(stand: Stand, page: Page) -> None:
    box = page.locator(BOX)
    await box.get_by_label("Đồng ý", exact=False).first.check()
    await expect(page.locator(SAID)).to_contain_text("Đã ghi nhận: Đồng ý.")
    stand.refuses = "Đợt lấy ý kiến không nhận phiếu của ông/bà."
    await box.get_by_label("Không ý kiến").click()
    await expect(page.locator(SAID)).to_have_text(stand.refuses)
    await expect(box.locator("input[value='0']")).to_be_checked()


@pytest.mark.parametrize(("lang", "words"), [("vi", "Xin tải lại trang rồi thử lại"), ("en", "Please reload the page and try again")])
async def test_a_refusal_without_words_is_told_with_what_to_do(stand: Stand, page: Page, lang: str, words: str) -> None:
    """As from a version of the server that knows a code, but not what to say of it."""
    await page.goto(f"{page.url}?lang={lang}")
    stand.refuses = " "
    await page.locator(f"{BOX} [type=radio]").first.click()
    await expect(page.locator(SAID)).to_contain_text(words)


async def test_arrow_keys_pass_through_answers_without_voting_for_them(stand: Stand, timed_page: Page) -> None:
    await timed_page.clock.install(time=0)
    await timed_page.clock.pause_at(60_000)
    await timed_page.locator(f"{BOX} [type=radio]").first.focus()
    await timed_page.keyboard.press("ArrowDown")
    await timed_page.keyboard.press("ArrowDown")
    await timed_page.clock.run_for(1_000)
    await stand.until_received(1)
    await expect(timed_page.locator(SAID)).to_contain_text("Không ý kiến")
    assert [vote.choice for vote in stand.received if isinstance(vote, Vote)] == [2]


async def test_a_vote_cast_while_the_connection_is_lost_is_sent_once_it_is_back_with_the_same_id(stand: Stand, page: Page) -> None:
    stand.answers_commands = False
    await page.locator(BOX).get_by_label("Không ý kiến").check()
    await stand.until_received(1)
    stand.answers_commands = True
    await stand.cut()
    await expect(page.locator(SAID)).to_contain_text("Đã ghi nhận: Không ý kiến.")
    first, again = stand.received
    assert first == again


async def test_totals_of_everybody_appear_with_their_unit(stand: Stand, page: Page) -> None:
    await stand.count(1, [1200, 300, 1])
    box = page.locator(BOX)
    await expect(box.locator("[data-part=count]")).to_have_text(["1.200 người", "300 người", "1 người"])
    await expect(box.locator("[data-part=voters]")).to_have_text("1.501 người đã biểu quyết")
    await expect(page.locator("#dieu-2 [data-part=voters]")).to_have_text("0 người đã biểu quyết")


async def test_nothing_can_be_sent_after_the_close(stand: Stand, page: Page) -> None:
    await page.locator("#dieu-1").get_by_role("link", name="Góp ý về Điều 1").click()
    await stand.close()
    await expect(page.locator(f"{BOX} [type=radio]").first).to_be_disabled()
    await expect(page.locator("#dieu-1 contribution-form [type=submit]:disabled").first).to_be_visible()
    await expect(page.locator("#dieu-1 contribution-form [type=submit]:enabled")).to_have_count(0)
    await expect(page.locator(".head .tag").first).to_have_text("Đã kết thúc")


async def test_a_poll_is_told_of_as_it_opens_and_closes_even_while_contributions_arrive(stand: Stand, page: Page) -> None:
    news = page.locator("[data-part=asked-news]")
    await expect(news).to_be_hidden()
    await stand.contribute("Chen ngang")
    await stand.poll(7, "open", "Nên họp <b>buổi nào</b>?")
    await expect(news.get_by_role("link", name="Nên họp <b>buổi nào</b>?")).to_have_attribute("href", f"{URL}/cau-hoi#cau-hoi-7")
    said = page.locator("[data-part=asked-said]")
    await expect(said).to_have_text("Một câu thăm dò vừa mở. Nên họp <b>buổi nào</b>?")
    await expect(said).to_have_role("status")
    await stand.poll(7, "closed", "Nên họp <b>buổi nào</b>?")
    await expect(news.locator("li")).to_contain_text("Đã đóng")
    await expect(said).to_have_text("Một câu thăm dò vừa đóng. Nên họp <b>buổi nào</b>?")
    await expect(news.get_by_role("link")).to_have_count(1)
