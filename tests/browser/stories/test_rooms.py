"""Officials look after their rooms, with scripts and without, and guests find the way in."""

import re

from playwright.async_api import expect

from tests.browser.stories.desk import make_guest_link, open_room
from tests.browser.stories.people import EDITOR, Crowd


async def test_without_scripts_a_room_is_made_found_changed_and_deleted(crowd: Crowd) -> None:
    editor = await crowd.person(EDITOR, scripts=False)
    page, main = editor.page, editor.page.locator("main")
    await editor.visit("/phong-hop/moi")
    await page.get_by_label("Tên phòng họp").fill("Họp không cần kịch bản")
    await page.get_by_label("Phòng thường trực").check()
    await page.get_by_role("button", name="Tạo phòng họp").click()
    await expect(main).to_contain_text("Đã tạo phòng họp.")
    room = page.url.split("/")[-2]
    await page.get_by_label("Vào thời gian đã định").check()
    await page.get_by_label("Ngày bắt đầu").fill("2099-03-02")
    await page.get_by_label("Bắt đầu lúc").fill("09:00")
    await page.get_by_label("Kết thúc lúc").fill("11:30")
    await page.get_by_label("Người được mời", exact=True).fill("khong phai dia chi")
    await page.get_by_role("button", name="Lưu thay đổi").click()
    await expect(page.locator(".errors")).to_contain_text("chưa đúng")
    await page.get_by_label("Người được mời", exact=True).fill("dai-bieu@demo.example")
    await page.get_by_role("button", name="Lưu thay đổi").click()
    await expect(main).to_contain_text("Đã lưu phòng họp.")

    await editor.visit("/phong-hop?q=khong+can+kich+ban")
    await expect(main.get_by_role("listitem")).to_have_count(1)
    await expect(main.get_by_role("listitem")).to_contain_text("9 giờ 00 – 11 giờ 30, ngày 2/3/2099")
    await main.get_by_role("link", name=re.compile("^Vào phòng")).click()
    await expect(main.locator("noscript .notice")).to_be_visible()  # that a room needs scripts

    await editor.visit(f"/phong-hop/{room}/sua")
    await page.get_by_role("link", name="Xóa phòng họp này").click()
    await page.get_by_role("button", name="Xóa phòng họp này").click()
    await expect(main).to_contain_text("Đã xóa phòng họp.")
    await expect(main).not_to_contain_text("Họp không cần kịch bản")


async def test_a_guest_without_an_account_comes_by_the_link_that_was_copied(crowd: Crowd) -> None:
    editor = await crowd.person(EDITOR)
    await editor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    room = await open_room(editor, "Họp có khách")
    link = await make_guest_link(editor, room)
    await editor.visit(f"/phong-hop/{room}/sua")
    await editor.page.get_by_role("button", name="Sao chép Dành cho khách").click()
    await expect(editor.page.get_by_text("Đã sao chép.")).to_be_visible()
    assert await editor.page.evaluate("navigator.clipboard.readText()") == editor.origin + link

    guest = await crowd.person(phone=True)
    await guest.visit(link)
    await guest.page.get_by_label("Tên của ông/bà").fill("Khách mời")
    await guest.page.get_by_role("button", name="Tiếp tục").click()
    await guest.page.wait_for_url(f"**/phong-hop/{room}")
    await expect(guest.page.get_by_role("heading", level=1)).to_have_text("Họp có khách")
