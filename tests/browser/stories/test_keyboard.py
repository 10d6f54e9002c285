"""The whole path with no hand on a mouse: Tab, Shift+Tab, Enter, Space, arrows and Escape, and letters where one writes."""

import pytest
from playwright.async_api import expect

from consultations.commands import Rule
from tests.browser.stories.keys import MOST_STEPS, Keys
from tests.browser.stories.people import DECISION, MODERATOR, Crowd, Person, citizen
from tests.browser.stories.setting import Setting, fresh


async def sign_in_by_keyboard(person: Person, email: str) -> Keys:
    keys = Keys(person.page)
    await person.visit("/")
    await keys.to("^Đăng nhập$")
    await keys.press("Enter")
    await person.page.wait_for_url("**/dang-nhap**")
    await keys.to("^Địa chỉ thư điện tử$")
    await keys.write(email)
    since = len(person.product.lines)
    await keys.press("Enter")
    await person.page.wait_for_url("**/dang-nhap/ma**")
    await keys.to("^Mã đăng nhập$")
    await keys.write(await person.code(since))
    await keys.press("Enter")
    await person.page.wait_for_url(person.origin + "/")
    return keys


async def test_a_citizen_signs_in_votes_writes_withdraws_and_signs_out(crowd: Crowd, setting: Setting) -> None:
    person = await crowd.person()
    keys = await sign_in_by_keyboard(person, citizen(2))
    page = person.page

    # By the skip link past the head of the page, to the draft.
    await keys.to("họp trực tuyến")
    await keys.press("Enter")
    await page.wait_for_url(f"**{DECISION}**")
    await person.live()
    await keys.press("Tab")
    assert await keys.here() == "Đến nội dung chính"
    await keys.press("Enter")
    await expect(page.locator("main")).to_be_focused()

    # On a shorter draft, one vote, by arrows; then another.
    await person.visit((await setting.publish("Dự thảo dưới bàn phím")).path)
    await person.live()
    box = page.locator("#dieu-2 vote-box")
    await expect(box.locator(":checked")).to_have_count(0)
    await keys.at("Đồng ý|Không ý kiến", "ArrowDown", within="dieu-2")
    await expect(box.locator(":focus")).to_have_count(1)
    await expect(box.get_by_role("status")).to_contain_text("Đã ghi nhận")
    first = await box.locator(":checked").get_attribute("value")
    await keys.press("ArrowDown")
    await keys.press("Tab")  # to leave the question is to have decided
    second = await box.locator(":checked").get_attribute("value")
    assert second != first
    await expect(box).to_have_attribute("data-mine", second or "")

    # A contribution: the form opens with the focus in it, and gives it back when it closes.
    assert await keys.here() == "Góp ý về Điều 2"
    await keys.press("Enter")
    await expect(page.locator("#dieu-2 [name=text]")).to_be_focused()
    await keys.to("^Đóng$")
    await keys.press("Enter")
    assert await keys.here() == "Góp ý về Điều 2"
    await keys.press("Enter")
    await keys.write("Viết bằng bàn phím thôi")
    await keys.to("^Quy tắc góp ý$")
    await keys.press("Enter", "Escape")
    assert await keys.here() == "Quy tắc góp ý"
    await expect(page.locator("#dieu-2 .write__rules")).not_to_have_attribute("open", "")
    await keys.to("^Gửi ý kiến$")
    await keys.press("Enter")
    await expect(page.locator("#dieu-2 [data-part=said]")).to_contain_text("đã được ghi nhận")
    assert await keys.here() != ""

    # The menu: opened by Enter, closed by Escape; then to one's own contributions, and one of them back.
    await keys.to("^Công dân mẫu 2$", back=True)
    await keys.press("Enter", "Tab")
    assert await keys.here() == "Ý kiến của tôi"
    await keys.press("Escape")
    assert await keys.here() == "Công dân mẫu 2"
    await expect(page.locator(".mast__menu")).not_to_have_attribute("open", "")
    await keys.press("Enter", "Tab", "Enter")
    await page.wait_for_url("**/y-kien-cua-toi")
    mine = page.locator(".mine", has_text="Viết bằng bàn phím thôi")
    await keys.to("^Rút ý kiến này", within=await mine.get_attribute("id") or "?")
    await keys.press("Enter")
    await page.wait_for_url("**/rut?**")
    await keys.to("^Rút ý kiến$")
    await keys.press("Space")
    await expect(page.locator("main")).to_contain_text("Đã rút ý kiến.")

    await keys.to("^Công dân mẫu 2$")
    await keys.press("Space")
    await keys.to("^Đăng xuất$")
    await keys.press("Space")
    await expect(page.locator("main")).to_contain_text("Ông/bà đã đăng xuất.")


async def test_on_a_phone_one_quotes_rewords_supports_answers_follows_appeals_and_takes_the_data(crowd: Crowd, setting: Setting) -> None:
    one = await setting.publish("Dự thảo trên điện thoại có bàn phím")
    other = await setting.say("cu-tri-xa@demo.example", one, "dieu-2", "Nên mở cửa cả buổi tối")
    hidden = await setting.say(citizen(1), one, "dieu-1", "Lời cần xem lại")
    ruling = Rule(hidden, "hide", "insult", "Có vẻ nói về một người")
    await setting.consulting.rule(await setting.viewer(MODERATOR), fresh(), ruling)
    person = await crowd.person(citizen(1), phone=True)
    page, keys = person.page, Keys(person.page)

    # Words of the draft are quoted, and others put in their place.
    await person.visit(one.path)
    await person.live()
    await keys.at("^Góp ý về Điều 2$", "Enter")
    await keys.to("^Trích đoạn", within="dieu-2", back=True)
    await keys.write("từ 7 giờ đến 17 giờ")
    await keys.to("^Nội dung", within="dieu-2")
    await keys.write("Nên mở sớm hơn")
    await keys.at("^Gửi ý kiến$", "Enter", within="dieu-2")
    voice = page.locator("#dieu-2 .voice", has_text="Nên mở sớm hơn")
    await expect(voice.locator("[data-part=quote]")).to_have_text("từ 7 giờ đến 17 giờ")
    await person.visit(f"{one.path}?gop-y={one.nodes['dieu-2-khoan-1']}")
    await keys.at("^Đề xuất câu chữ thay thế$", "Enter", within="dieu-2")
    await expect(page.get_by_label("Câu chữ đề xuất")).to_be_visible()
    await keys.to("^Câu chữ đề xuất")
    await keys.press("Control+End")
    await keys.write(" Ngày lễ cũng mở.")
    await keys.at("^Gửi ý kiến$", "Enter", within="dieu-2")
    await expect(page.locator("#da-gui")).to_be_visible()
    await person.visit(f"{one.path}/y-kien/dieu-2")
    await expect(page.locator(".tracked__words ins").first).to_contain_text("Ngày lễ cũng mở.")

    # Somebody else's words are supported and answered, and the điều followed.
    await person.visit(f"{one.path}/gop-y/{other}")
    await keys.at("^Ủng hộ ý kiến của", "Enter")
    await expect(page.locator("main")).to_contain_text("1 người ủng hộ")
    await keys.to("^Nội dung", within="gop-y-tra-loi")
    await keys.write("Tôi cũng cần buổi tối")
    await keys.at("^Gửi trả lời$", "Enter")
    await expect(page.get_by_role("status").filter(has_text="đã được ghi nhận")).to_be_visible()
    await person.visit(one.path)
    await keys.at("^Theo dõi Điều 2$", "Enter")
    await page.wait_for_url("**/theo-doi?**")
    await keys.at("^Thư mỗi", "Space", within="main")
    await keys.at("^Theo dõi$", "Enter", within="main")
    await expect(page.locator(".followed", has_text="Điều 2")).to_be_visible()

    # What was hidden is asked to be looked at again.
    await person.visit("/y-kien-cua-toi")
    await keys.at("^Khiếu nại việc ẩn ý kiến này", "Enter")
    await page.wait_for_url("**/khieu-nai?**")
    await keys.to("^Vì sao ý kiến nên được công khai lại")
    await keys.write("Tôi nói về quy định")
    await keys.at("^Gửi khiếu nại$", "Enter")
    await expect(page.locator("main")).to_contain_text("Đã nhận khiếu nại của ông/bà.")

    # A wide table can be scrolled by keys; the data are one link further.
    await person.visit(f"{one.path}/so-lieu")
    await keys.to("^Theo loại chủ thể góp ý$")
    async with page.expect_download() as download:
        await keys.at("^Tải toàn bộ dữ liệu công khai", "Enter")
    assert (await download.value).suggested_filename == f"{one.slug}.zip"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_moderator_hides_and_restores(crowd: Crowd) -> None:
    author = await crowd.person(citizen(1), scripts=False)
    words = "Ý kiến để thử bàn phím của người kiểm duyệt"
    await author.visit(f"{DECISION}?gop-y=")
    await author.page.get_by_label("Nội dung").first.fill(words)
    await author.page.get_by_role("button", name="Gửi ý kiến").first.click()

    moderator = await crowd.person()
    keys = await sign_in_by_keyboard(moderator, MODERATOR)
    page = moderator.page
    await keys.at("^Kiểm duyệt viên mẫu$", "Enter")
    await keys.at("^Kiểm duyệt$", "Enter")
    await page.wait_for_url("**/kiem-duyet")
    await keys.at("^Đã công khai", "Enter")
    await page.wait_for_url("**muc=cong-khai**")
    item = page.locator(".judge", has_text=words)
    within = await item.get_attribute("id") or "?"
    await keys.at("^Ẩn…", "Space", within=within)
    await keys.at("thông tin cá nhân", "ArrowDown", "ArrowUp", within=within)
    await keys.to("^Lý do$", within=within)
    await keys.write("Để thử bàn phím")
    await keys.press("Escape")  # folds the form; what was written stays
    assert (await keys.here()).startswith("Ẩn…")
    await keys.press("Enter")
    await keys.at("^Ẩn ý kiến này$", "Enter", within=within)
    done = page.locator(".judge__done")
    await expect(done).to_be_focused()
    await expect(done).to_contain_text("Đã ẩn ý kiến của")
    await keys.at("^Khôi phục$", "Enter")
    await expect(page.locator(".judge__done")).to_be_focused()
    await expect(page.locator(".judge__done")).to_contain_text("đang được công khai")


@pytest.mark.parametrize("path", ["/", "a draft", "/dang-nhap"])
async def test_tab_walks_through_a_page_and_out_of_it_again(crowd: Crowd, setting: Setting, path: str) -> None:
    visitor = await crowd.person()
    await visitor.visit(path if path[0] == "/" else (await setting.publish("Dự thảo đi qua bằng phím Tab")).path)
    keys = Keys(visitor.page)
    seen: list[str] = []
    for _ in range(MOST_STEPS):
        await keys.press("Tab")
        name = await keys.here()
        if not name and seen:
            break
        seen.append(name)
    assert seen[0] == "Đến nội dung chính"
    assert len(seen) < MOST_STEPS and seen[-1] == "Lịch iCal", "the last link of the page, and then the browser's own bar"
