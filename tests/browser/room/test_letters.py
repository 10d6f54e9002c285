"""What is written to some only, on the room's page: to whom it is going stays clear, and it never goes to others."""

from msgspec.structs import replace
from playwright.async_api import Page, expect

from server.protocol.groups import Address, Groups, Post
from server.protocol.meeting import Duty, Seat
from server.protocol.rooms import Member, Say
from tests.browser.room.conftest import PHONE, Opened
from tests.browser.room.stand import NAME, NOON, SELF, Stand

ALL: list[Post] = ["staff", "desk", "ordinary"]
DESK, AGENCY = "Bàn thư ký và chủ tọa", "Cơ quan của ông/bà (Sở Mẫu)"


async def with_reach(stand: Stand, opened: Opened, **more: object) -> Page:
    """A member who may write privately, in a meeting with a secretary, somebody of the same agency, and a guest."""
    stand.state = replace(stand.state, me=replace(stand.state.me, reach=ALL))
    people: dict[str, tuple[str, Post, Duty]] = {
        "p2": ("Thư ký mẫu", "staff", "secretary"),
        "p3": ("Đại biểu mẫu", "ordinary", "member"),
        "p4": ("Khách mẫu", "guest", "guest"),
    }
    stand.members = [Member(who, name, "member", True, None, post=post) for who, (name, post, _) in people.items()]
    seats = [Seat(who, name, duty, "Sở Mẫu", 1, None, None) for who, (name, _, duty) in people.items()]
    stand.state = replace(stand.state, roll=[Seat(SELF, NAME, "member", "Sở Mẫu", 1, None, None), *seats])
    return await opened(inside=True, **more)


async def open_chat(page: Page) -> None:
    await page.locator("room-bar").get_by_role("button", name="Trao đổi").click()


async def test_one_chooses_to_whom_a_line_is_and_is_reminded_of_it(stand: Stand, opened: Opened) -> None:
    page = await with_reach(stand, opened, size=PHONE)
    await open_chat(page)
    chooser, box = page.locator(".chat__to select"), page.locator("#say")
    await expect(chooser.locator("option")).to_have_text(["Mọi người", DESK, AGENCY, "Đại biểu mẫu", "Thư ký mẫu"])
    await expect(page.locator(".chat__whom")).to_have_count(0)
    await chooser.select_option("Đại biểu mẫu")
    await expect(box).to_have_accessible_description("Riêng với Đại biểu mẫu. Người khác không đọc được. Tin mất đi khi cuộc họp kết thúc.")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await box.fill("Ông xem lại điểm 2")
    await box.press("Enter")
    said = await stand.until(lambda one: isinstance(one, Say))
    assert isinstance(said, Say) and (said.to, said.who, said.text) == ("person", "p3", "Ông xem lại điểm 2")
    await expect(page.locator(".line[data-private=true] .line__mark")).to_have_text("Riêng với Đại biểu mẫu")
    await expect(chooser).to_have_value("person p3")  # whoever answers goes on writing privately
    await chooser.select_option(DESK)
    await box.fill("Xin bản mới")
    await box.press("Enter")
    await stand.until(lambda one: isinstance(one, Say) and one.to == "desk")
    await page.locator("room-bar").get_by_role("button", name="Rời phòng").click()
    await page.get_by_role("button", name="Vào lại").click()
    await page.locator(".check__enter:enabled").click()
    await open_chat(page)
    await expect(chooser).to_have_value("")


async def test_a_private_line_is_answered_by_one_press_and_not_shown_on_the_edge_of_the_page(stand: Stand, opened: Opened) -> None:
    page = await with_reach(stand, opened)
    await stand.write("p2", "Thư ký mẫu", "Mời chuẩn bị phát biểu", Address("person", SELF))
    toast = page.locator(".toast--chat")
    await expect(toast).to_contain_text("Thư ký mẫu gửi tin riêng cho ông/bà.")
    await expect(toast).not_to_contain_text("phát biểu")
    await open_chat(page)
    await stand.say("p3", "Đại biểu mẫu", "Đồng ý")
    lines = page.locator(".line")
    await expect(lines.nth(0)).to_contain_text("Riêng với ông/bà")
    await expect(lines.nth(1).locator(".line__mark")).to_have_count(0)
    await page.get_by_role("button", name="Trả lời riêng Thư ký mẫu").click()
    await expect(page.locator("#say")).to_be_focused()
    await page.keyboard.type("Vâng")
    await page.keyboard.press("Enter")
    answer = await stand.until(lambda one: isinstance(one, Say))
    assert isinstance(answer, Say) and (answer.to, answer.who) == ("person", "p2")


async def test_what_was_begun_for_some_is_never_sent_to_others(stand: Stand, opened: Opened) -> None:
    page = await with_reach(stand, opened)
    await open_chat(page)
    chooser, box = page.locator(".chat__to select"), page.locator("#say")
    await chooser.select_option("Đại biểu mẫu")
    await box.fill("Chỉ để ông biết")
    await stand.change(left=["p3"])
    await expect(page.locator(".chat__form").get_by_role("alert")).to_contain_text("Không gửi tới đây được nữa: Đại biểu mẫu.")
    await expect(page.locator(".round--send")).to_be_disabled()
    await box.press("Enter")
    await box.fill("")
    await expect(chooser).to_have_value("person p3")
    await stand.say("p2", "Thư ký mẫu", "Tiếp tục")  # with nothing written the choice is as at the beginning
    await expect(chooser).to_have_value("")
    groups = Groups(1, {SELF: 1}, None, None, None, {})
    await stand.change(groups=replace(groups, opened_at=NOON), me=replace(stand.state.me, group=1, cell=2))
    await expect(chooser).to_have_value("group")
    await box.fill("Trong nhóm")
    await stand.change(groups=groups, me=replace(stand.state.me, group=0, cell=3))
    await expect(page.locator(".round--send")).to_be_disabled()
    assert not [one for one in stand.received if isinstance(one, Say)]
