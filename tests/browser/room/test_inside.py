"""In the room: what one does and what one sees of the others, with no media at all; a lost connection takes nothing away."""

from msgspec.structs import replace
from playwright.async_api import Locator, Page, expect

from server.protocol.meeting import LowerHand, RaiseHand
from server.protocol.rooms import (
    Admit,
    EndMeeting,
    Line,
    Mute,
    React,
    ReadChat,
    Remove,
    Say,
    SetLobby,
    TurnAway,
    Waiting,
)
from tests.browser.room.conftest import Opened
from tests.browser.room.stand import NOON, Stand

GUESTS = [Waiting("g1", "Khách mẫu 1", NOON.isoformat(), True), Waiting("g2", "Khách mẫu 2", NOON.isoformat(), True)]


def as_host(stand: Stand) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, role="host"))


def bar(page: Page, name: str) -> Locator:
    return page.locator("room-bar").get_by_role("button", name=name)


async def test_a_line_is_said_with_enter_and_stays_written_until_the_server_has_it(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await bar(page, "Trao đổi").click()
    box = page.get_by_label("Viết cho mọi người")
    await expect(box).to_be_focused()
    stand.refuses = "Xin chờ một lát."
    await box.fill("Kính gửi tài liệu")
    await box.press("Enter")
    await expect(page.locator(".toast--bad")).to_contain_text("Xin chờ một lát.")
    await expect(box).to_have_value("Kính gửi tài liệu")
    stand.refuses = ""
    await box.press("Enter")
    await expect(page.locator(".line__text")).to_have_text(["Kính gửi tài liệu"])
    await expect(box).to_have_value("")
    assert sum(isinstance(command, Say) for command in stand.received) == 2


async def test_a_refusal_without_words_is_told_with_what_to_do(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    stand.refuses = " "
    await bar(page, "Giơ tay").click()
    await expect(page.locator(".toast--bad")).to_contain_text("Xin tải lại trang rồi thử lại")


async def test_an_address_can_be_followed_and_nothing_else_can(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await bar(page, "Trao đổi").click()
    await stand.say("p9", "Đại biểu mẫu", "Xem (https://mau.example/a?b=1). <b>javascript:alert(1)</b> https://mau.example@xau.example/")
    links = page.locator(".line__text a")
    await expect(links).to_have_count(1)
    await expect(links).to_have_attribute("href", "https://mau.example/a?b=1")
    await expect(links).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
    assert await page.locator(".line__text b").count() == 0


async def test_what_is_said_while_the_chat_is_closed_is_counted(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await stand.say("p9", "Đại biểu mẫu", "Một")
    await stand.say("p9", "Đại biểu mẫu", "Hai")
    await expect(bar(page, "Trao đổi, 2 tin chưa đọc")).to_be_visible()
    await expect(page.locator(".toast").last).to_contain_text("Đại biểu mẫu: Hai")
    await bar(page, "Trao đổi").click()
    await expect(bar(page, "Trao đổi")).to_have_accessible_name("Trao đổi")
    await expect(page.locator(".toast--chat")).to_have_count(0)


async def test_earlier_lines_are_there_when_they_are_asked_for(stand: Stand, opened: Opened) -> None:
    stand.chat = [Line(101, "p9", "Đại biểu mẫu", NOON.isoformat(), "Sau")]
    stand.earlier = [Line(50, "p9", "Đại biểu mẫu", NOON.isoformat(), "Trước")]
    page = await opened(inside=True)
    await bar(page, "Trao đổi").click()
    await expect(page.locator(".line__text")).to_have_text(["Sau"])
    await page.get_by_role("button", name="Xem tin trước đó").click()
    await expect(page.locator(".line__text")).to_have_text(["Trước", "Sau"])
    asked = await stand.until(lambda command: isinstance(command, ReadChat))
    assert isinstance(asked, ReadChat) and asked.before == 101


async def test_earlier_lines_that_are_not_given_are_not_waited_for_in_silence(stand: Stand, opened: Opened) -> None:
    stand.chat = [Line(101, "p9", "Đại biểu mẫu", NOON.isoformat(), "Sau")]
    stand.earlier = [Line(50, "p9", "Đại biểu mẫu", NOON.isoformat(), "Trước")]
    page = await opened(inside=True)
    await bar(page, "Trao đổi").click()
    stand.refuses = "Xin chờ một lát."
    await page.get_by_role("button", name="Xem tin trước đó").click()
    await expect(page.locator(".toast--bad")).to_contain_text("Xin chờ một lát.")


async def test_hands_are_shown_in_the_servers_order_on_the_tile_and_in_the_list(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    first, second = await stand.come("Đại biểu mẫu 1", "Đại biểu mẫu 2")
    await stand.change_member(second, hand=4)
    await stand.change_member(first, hand=7)
    await expect(page.locator(".toast--hand").last).to_contain_text("Đại biểu mẫu 1 giơ tay")
    await bar(page, "Giơ tay").click()
    await stand.until(lambda command: isinstance(command, RaiseHand))
    await bar(page, "Mọi người").click()
    hands = page.locator("section", has=page.locator("#hands-title")).locator(".person__name")
    await expect(hands).to_have_text(["Đại biểu mẫu 2", "Đại biểu mẫu 1", "Đại diện Sở Mẫu ông/bà"])
    await expect(page.locator(f"media-tile[data-who={second}] .tile__hand")).to_contain_text("1")
    await page.get_by_role("button", name="Hạ tay của Đại diện Sở Mẫu").click()
    lowered = await stand.until(lambda command: isinstance(command, LowerHand))
    assert isinstance(lowered, LowerHand) and lowered.who is None
    await expect(bar(page, "Giơ tay")).to_have_attribute("aria-pressed", "false")


async def test_a_sign_is_seen_on_the_tile_and_told_to_who_listens(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    [who] = await stand.come("Đại biểu mẫu")
    await stand.react(who, "applause")
    await expect(page.locator(f"media-tile[data-who={who}] .tile__sign")).to_have_text("👏")
    await expect(page.get_by_role("status").filter(has_text="Đại biểu mẫu hoan nghênh")).to_have_count(1)
    await bar(page, "Bày tỏ").click()
    await page.get_by_role("button", name="Tán thành").click()
    shown = await stand.until(lambda command: isinstance(command, React))
    assert isinstance(shown, React) and shown.reaction == "agree"


async def test_who_comes_goes_and_loses_the_way_is_told(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    [who] = await stand.come("Đại biểu mẫu")
    await expect(page.locator(".toast").last).to_contain_text("Đại biểu mẫu đã vào phòng")
    await stand.change_member(who, connected=False)
    await expect(page.locator(f"media-tile[data-who={who}] .tile__lost")).to_have_text("Đang kết nối lại")
    await stand.change_member(who, connected=True)
    await expect(page.locator(f"media-tile[data-who={who}] .tile__lost")).to_have_count(0)
    await stand.change(left=[who])
    await expect(page.locator(".toast").last).to_contain_text("Đại biểu mẫu đã rời phòng")
    await expect(page.locator("media-tile")).to_have_count(1)


async def test_a_host_hears_who_knocks_and_admits_and_refuses(stand: Stand, opened: Opened) -> None:
    as_host(stand)
    page = await opened(inside=True)
    await stand.change(waiting=GUESTS)
    await page.locator(".toast--knock").last.get_by_role("button", name="Xem").click()
    await page.get_by_role("button", name="Mời vào: Khách mẫu 1").click()
    admitted = await stand.until(lambda command: isinstance(command, Admit))
    assert isinstance(admitted, Admit) and admitted.who == "g1"
    await page.get_by_role("button", name="Từ chối Khách mẫu 2").click()
    refused = await stand.until(lambda command: isinstance(command, TurnAway))
    assert isinstance(refused, TurnAway) and refused.who == "g2"
    await page.get_by_role("button", name="Mời tất cả 2 người vào").click()
    await stand.until(lambda command: isinstance(command, Admit) and command.who is None)
    await page.get_by_label("Khách phải chờ được mời vào").check()
    await stand.until(lambda command: isinstance(command, SetLobby) and command.on)


async def test_a_host_removes_somebody_only_after_being_asked_again(stand: Stand, opened: Opened) -> None:
    as_host(stand)
    page = await opened(inside=True)
    [who] = await stand.come("Đại biểu mẫu")
    await bar(page, "Mọi người").click()
    await page.get_by_role("button", name="Mời Đại biểu mẫu ra khỏi phòng").click()
    dialog = page.get_by_role("dialog", name="Mời Đại biểu mẫu ra khỏi phòng?")
    await dialog.get_by_role("button", name="Bỏ qua").click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="Mời Đại biểu mẫu ra khỏi phòng").click()
    await dialog.get_by_role("button", name="Mời ra khỏi phòng").click()
    removed = await stand.until(lambda command: isinstance(command, Remove))
    assert isinstance(removed, Remove) and removed.who == who


async def test_a_host_chooses_between_leaving_and_ending(stand: Stand, opened: Opened) -> None:
    as_host(stand)
    page = await opened(inside=True)
    await bar(page, "Rời phòng").click()
    await page.get_by_role("button", name="Kết thúc cho mọi người").click()
    await stand.until(lambda command: isinstance(command, EndMeeting))


async def test_only_hosts_have_the_hosts_buttons(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await stand.come("Đại biểu mẫu")
    await bar(page, "Mọi người").click()
    await expect(page.locator(".person")).to_have_count(2)
    assert await page.locator(".person__tool").count() == 0
    assert await page.locator("#lobby-title").count() == 0
    assert not any(isinstance(command, Mute) for command in stand.received)


async def test_a_lost_connection_is_told_and_nothing_said_meanwhile_is_lost(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await bar(page, "Trao đổi").click()
    await stand.say("p9", "Đại biểu mẫu", "Một")
    stand.lets_in = False
    await stand.cut()
    await expect(page.locator(".strip")).to_contain_text("Đang kết nối lại")
    box = page.get_by_label("Viết cho mọi người")
    await box.fill("Viết lúc mất mạng")
    await box.press("Enter")
    await stand.say("p9", "Đại biểu mẫu", "Hai")
    stand.lets_in = True
    await expect(page.locator(".line__text")).to_have_text(["Một", "Hai", "Viết lúc mất mạng"])


async def test_without_a_media_engine_the_meeting_goes_on(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await expect(page.locator(".strip")).to_contain_text("trao đổi bằng chữ và giơ tay vẫn dùng được")
    await bar(page, "Giơ tay").click()
    await expect(page.locator(".tile__hand")).to_contain_text("1")


async def test_the_keyboard_reaches_what_the_mouse_does(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await page.keyboard.press("Control+Alt+c")
    await expect(page.get_by_label("Viết cho mọi người")).to_be_focused()
    await page.keyboard.press("Control+Alt+h")
    await stand.until(lambda command: isinstance(command, RaiseHand))
    await page.keyboard.press("Control+Slash")
    dialog = page.get_by_role("dialog", name="Phím tắt")
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    camera = bar(page, "Camera")
    before = await camera.get_attribute("aria-pressed")
    await page.keyboard.press("Control+e")
    await expect(camera).not_to_have_attribute("aria-pressed", before or "")


async def test_a_menu_closes_with_escape_and_gives_the_focus_back(opened: Opened) -> None:
    page = await opened(inside=True)
    await bar(page, "Thêm").press("Enter")
    await expect(page.get_by_label("Người nói")).to_be_visible()
    await page.get_by_label("Người nói").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator(".menu")).to_have_count(0)
    await expect(bar(page, "Thêm")).to_be_focused()
