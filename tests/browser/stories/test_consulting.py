"""Two citizens and a moderator: comment, vote, change a vote, hide, see the reason. With scripts, without, and on a phone."""

import re

from playwright.async_api import Locator, expect

from tests.browser.stories.people import DECISION, MODERATOR, SURVEY, Crowd, Person, citizen, number


def article(person: Person, number: int) -> Locator:
    """One điều with all that stands beside it."""
    return person.page.locator(f"#dieu-{number}")


async def test_two_citizens_one_with_a_phone_and_a_moderator_see_each_other_live(crowd: Crowd) -> None:
    one = await crowd.person(citizen(1), phone=True)
    other = await crowd.person(citizen(2))
    moderator = await crowd.person(MODERATOR, phone=True)
    which = 7
    for person in (one, other):
        await person.visit(DECISION)
        await person.live()
    await moderator.visit("/kiem-duyet?muc=cong-khai")
    await moderator.live()

    # A vote, and a changed one: the other sees each, and it counts once.
    counts = article(other, which).locator("vote-box [data-part=count]")
    before = [number(text) for text in await counts.all_text_contents()]
    recorded = article(one, which).locator("vote-box [role=status]")
    mine = await article(one, which).locator("vote-box input:checked").get_attribute("value")
    first, second = [choice for choice in range(3) if str(choice) != mine][:2]
    await article(one, which).locator("vote-box .option").nth(first).click()
    await expect(recorded).to_contain_text("Đã ghi nhận")
    await article(one, which).locator("vote-box .option").nth(second).click()
    expected = list(before)
    expected[int(mine or 0)] -= 1
    expected[second] += 1
    await expect(counts).to_have_text([f"{people} người" for people in expected])

    # The other is in the middle of a sentence while a comment arrives.
    await article(other, which).get_by_role("link", name="Góp ý về").click()
    half = article(other, which).get_by_label("Nội dung")
    await half.fill("Một câu viết dở")
    await article(one, which).get_by_role("link", name="Góp ý về").click()
    words = f"Đề nghị làm rõ thời hạn ở Điều {which}"
    await article(one, which).get_by_label("Nội dung").fill(words)
    await article(one, which).get_by_role("button", name="Gửi ý kiến").click()
    await expect(article(other, which).get_by_text(words)).to_be_attached()
    await expect(half).to_have_value("Một câu viết dở")
    await expect(half).to_be_focused()

    # The moderator learns of it without loading the page, hides it, and its words leave the other's page.
    await expect(moderator.page.locator("queue-news")).to_be_visible()
    await moderator.page.locator("queue-news a").click()
    item = moderator.page.locator(".judge", has_text=words)
    await item.locator("summary").click()
    await item.get_by_label("Không xúc phạm").or_(item.get_by_role("radio").nth(1)).first.check()
    await item.get_by_label("Lý do").fill("Ý kiến mẫu bị ẩn để thử")
    await item.get_by_role("button", name="Ẩn ý kiến này").click()
    await expect(article(other, which).get_by_text(words)).to_have_count(0)
    await expect(half).to_have_value("Một câu viết dở")

    # The author reads rule and reason.
    await one.visit("/y-kien-cua-toi")
    hidden = one.page.locator(".mine", has_text=words)
    await expect(hidden).to_contain_text("Ý kiến mẫu bị ẩn để thử")

    # The moderator takes it back with one click; the words return.
    await moderator.page.get_by_role("button", name="Khôi phục").first.click()
    await expect(article(other, which).get_by_text(words)).to_be_attached()
    for person in (one, other, moderator):
        width = person.page.viewport_size
        assert width is not None  # not innerWidth: a phone widens its page to what sticks out
        await person.page.wait_for_load_state()  # what the moderator sent leads to a new page
        assert await person.page.evaluate("document.documentElement.scrollWidth") <= width["width"]


async def test_the_same_without_scripts(crowd: Crowd) -> None:
    one = await crowd.person(citizen(1), scripts=False)
    other = await crowd.person(citizen(2), scripts=False)
    moderator = await crowd.person(MODERATOR, scripts=False)

    await one.visit(DECISION)
    before = [number(text) for text in await article(one, 9).locator("vote-box [data-part=count]").all_text_contents()]
    mine = int(await article(one, 9).locator("vote-box input:checked").get_attribute("value") or 0)
    wanted = (mine + 1) % 3
    await article(one, 9).locator("vote-box [type=radio]").nth(wanted).check()
    await article(one, 9).get_by_role("button", name="Gửi phiếu").click()
    await expect(article(one, 9).locator("vote-box [role=status]")).to_contain_text("Đã ghi nhận")
    before[mine] -= 1
    before[wanted] += 1
    await other.visit(DECISION)
    await expect(article(other, 9).locator("vote-box [data-part=count]")).to_have_text([f"{people} người" for people in before])

    await article(one, 9).get_by_role("link", name="Góp ý về").click()
    words = "Không có kịch bản vẫn góp ý được"
    await one.page.get_by_label("Nội dung").fill(words)
    await one.page.get_by_role("button", name="Gửi ý kiến").click()
    await expect(article(one, 9).get_by_text(words)).to_be_visible()
    await other.visit(DECISION)
    await expect(article(other, 9).get_by_text(words)).to_be_visible()

    await moderator.visit("/kiem-duyet?muc=cong-khai")
    item = moderator.page.locator(".judge", has_text=words)
    await item.locator("summary").click()
    await item.get_by_role("radio").first.check()
    await item.get_by_label("Lý do").fill("Ẩn để thử, không kịch bản")
    await item.get_by_role("button", name="Ẩn ý kiến này").click()
    await other.visit(DECISION)
    await expect(article(other, 9).get_by_text(words)).to_have_count(0)
    await one.visit("/y-kien-cua-toi")
    await expect(one.page.locator(".mine", has_text=words)).to_contain_text("Ẩn để thử, không kịch bản")


async def test_a_visitor_keeps_what_was_chosen_while_signing_in(crowd: Crowd) -> None:
    visitor = await crowd.person()
    await visitor.visit(DECISION)
    assert await visitor.page.locator("vote-box input:checked").count() == 0
    await article(visitor, 3).get_by_role("link", name="Đăng nhập để biểu quyết").click()
    await visitor.page.get_by_label("Địa chỉ thư điện tử").fill(citizen(3))
    since = len(visitor.product.lines)
    await visitor.page.get_by_role("button", name="Gửi mã đăng nhập").click()
    await visitor.page.get_by_label("Mã đăng nhập").fill(await visitor.code(since))
    await visitor.page.get_by_role("button", name="Đăng nhập", exact=True).click()
    await expect(visitor.page).to_have_url(re.compile(re.escape(DECISION)))


async def test_nothing_is_chosen_beforehand_and_hidden_totals_are_nowhere_on_the_page(crowd: Crowd) -> None:
    person = await crowd.person(citizen(3))
    await person.visit(SURVEY)
    await person.live()
    assert await person.page.locator("vote-box").count() == 6
    assert await person.page.locator("vote-box input:checked").count() == 0
    await person.page.locator("vote-box").first.locator("[type=radio]").first.check(force=True)
    await expect(person.page.locator("vote-box [role=status]").first).to_contain_text("Đã ghi nhận")
    await person.page.reload()
    assert await person.page.locator("vote-box [data-part=count]").count() == 0
    await expect(person.page.get_by_text("Kết quả được công bố sau khi kết thúc.").first).to_be_visible()


async def test_search_finds_words_without_their_diacritics(crowd: Crowd) -> None:
    visitor = await crowd.person()
    await visitor.visit("/")
    await visitor.page.get_by_label("Tìm đợt lấy ý kiến").fill("hop truc tuyen")
    await visitor.page.get_by_role("button", name="Tìm").click()
    await expect(visitor.page.get_by_role("link", name="họp trực tuyến")).to_have_count(1)
    await visitor.visit("/?q=khong+co+gi+nhu+the")
    await expect(visitor.page.locator("main")).to_contain_text("Không tìm thấy")
