"""Before the room and after it: devices, names, waiting, and what is said to who is outside again."""

import pytest
from msgspec.structs import replace
from playwright.async_api import expect

from server.protocol.rooms import Enter, Leave
from tests.browser.room.conftest import Opened, comes_true
from tests.browser.room.stand import Shown, Stand

ENTER = ".check__enter"


async def test_the_camera_is_seen_and_the_microphone_moves_a_level_before_one_comes_in(opened: Opened) -> None:
    page = await opened()
    await expect(page.locator("[data-part=preview]")).to_be_visible()
    await comes_true(page, "document.querySelector('[data-part=preview]').videoWidth > 0")
    await comes_true(page, "document.querySelector('[data-part=level]')?.value > 0.1")
    await page.get_by_text("Camera, micro và loa").click()
    assert await page.get_by_label("Camera", exact=True).locator("option").count() >= 1
    await page.get_by_role("button", name="Thử loa").click()
    await expect(page.get_by_role("button", name="Thử loa")).to_be_enabled()


async def test_what_one_switched_off_stays_off_the_next_time(opened: Opened) -> None:
    page = await opened()
    await expect(page.locator("[data-part=preview]")).to_be_visible()
    await page.locator(".check__switches").get_by_role("button", name="Camera").click()
    await expect(page.get_by_text("Camera đang tắt")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("Camera đang tắt")).to_be_visible()


async def test_in_a_room_that_wants_it_one_comes_in_silent(stand: Stand, opened: Opened) -> None:
    stand.shown = Shown(muted=True)
    page = await opened()
    await expect(page.locator("[data-part=preview]")).to_be_visible()
    await expect(page.locator(".check__switches").get_by_role("button", name="Micro")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        ("NotAllowedError", "Trình duyệt chưa được phép dùng camera."),
        ("NotFoundError", "Không tìm thấy camera."),
        ("NotReadableError", "Camera đang được chương trình khác sử dụng."),
    ],
)
async def test_a_device_that_cannot_be_used_is_named_with_what_to_do(stand: Stand, opened: Opened, error: str, advice: str) -> None:
    page = await opened(before=f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{error}'))")
    await expect(page.get_by_role("alert").filter(has_text=advice)).to_be_visible()
    await page.locator(ENTER).click()
    await expect(page.locator("media-tile")).to_be_visible()


async def test_an_address_without_https_is_named_as_the_reason(stand: Stand, opened: Opened) -> None:
    page = await opened(host="insecure.test")
    await expect(page.get_by_role("alert").filter(has_text="https://").first).to_be_visible()


async def test_a_browser_that_cannot_meet_is_told_so(opened: Opened) -> None:
    page = await opened(before="delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection")
    await expect(page.get_by_role("heading", name="Trình duyệt này đã quá cũ")).to_be_visible()


async def test_a_guest_without_a_name_gives_one(stand: Stand, opened: Opened) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, name="", role="guest"))
    page = await opened()
    await page.get_by_label("Họ và tên").fill("Khách mẫu")
    await page.locator(ENTER).click()
    entered = await stand.until(lambda command: isinstance(command, Enter))
    assert isinstance(entered, Enter) and entered.name == "Khách mẫu"


async def test_a_refusal_is_told_where_one_asked(stand: Stand, opened: Opened) -> None:
    stand.refuses = "Phòng họp đã đủ người."
    page = await opened()
    await page.locator(ENTER).click()
    await expect(page.get_by_role("alert").filter(has_text="Phòng họp đã đủ người.")).to_be_visible()


async def test_who_knocks_waits_and_comes_in_when_admitted(stand: Stand, opened: Opened) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, lobby=True))
    page = await opened()
    await page.get_by_role("button", name="Xin vào phòng").click()
    await expect(page.get_by_role("heading", name="Đang chờ người chủ trì mời vào")).to_be_focused()
    await stand.let_in()
    await expect(page.locator("media-tile")).to_be_visible()


async def test_who_waits_may_stop_waiting(stand: Stand, opened: Opened) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, lobby=True))
    page = await opened()
    await page.get_by_role("button", name="Xin vào phòng").click()
    await page.get_by_role("button", name="Thôi chờ").click()
    await stand.until(lambda command: isinstance(command, Leave))
    await expect(page.get_by_role("heading", name="Ông/bà đã rời phòng họp")).to_be_visible()


@pytest.mark.parametrize(
    ("standing", "title"),
    [
        ("turned_away", "Người chủ trì chưa mời ông/bà vào"),
        ("removed", "Người chủ trì đã mời ông/bà ra khỏi phòng"),
        ("elsewhere", "Phòng họp đã được mở ở nơi khác"),
    ],
)
async def test_who_is_outside_again_is_told_why(stand: Stand, opened: Opened, standing: str, title: str) -> None:
    page = await opened(inside=True)
    await stand.stand_as(standing, members=[])
    await expect(page.get_by_role("heading", name=title)).to_be_visible()


async def test_the_place_can_be_taken_back_from_another_tab(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await stand.stand_as("elsewhere", members=[])
    await page.get_by_role("button", name="Dùng ở đây").click()
    await expect(page.locator("media-tile")).to_be_visible()


async def test_the_end_for_all_is_told(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await stand.begin(phase="ended", me=replace(stand.state.me, standing="outside"), members=[])
    await expect(page.get_by_role("heading", name="Cuộc họp đã kết thúc")).to_be_visible()
    await expect(page.locator(".gate__ways .button:not(.button--second)")).to_have_text("Biên bản và kết luận")


async def test_one_leaves_and_comes_back(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    await page.get_by_role("button", name="Rời phòng").click()
    await expect(page.get_by_role("heading", name="Ông/bà đã rời phòng họp")).to_be_visible()
    await page.get_by_role("button", name="Vào lại").click()
    await page.locator(f"{ENTER}:enabled").click()
    await expect(page.locator("media-tile")).to_be_visible()


async def test_whose_place_was_given_up_while_they_were_away_gets_it_back_without_a_touch(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True)
    stand.received.clear()
    await stand.stand_as("outside", members=[])
    await stand.until(lambda command: isinstance(command, Enter))
    await expect(page.locator("media-tile")).to_be_visible()
