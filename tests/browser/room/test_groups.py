"""Groups that meet apart, on the room's page: for who makes them, and for who is in one."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from playwright.async_api import expect

from server.protocol.groups import CallBack, Groups, OpenGroups, PlanGroups, PutInGroup, VisitGroup
from server.protocol.rooms import Say
from tests.browser.room.conftest import PHONE, Opened
from tests.browser.room.stand import SELF, Stand


async def test_who_prepares_the_meeting_makes_groups_lets_them_meet_and_calls_them_back(stand: Stand, opened: Opened) -> None:
    stand.state = replace(stand.state, me=replace(stand.state.me, role="host", reach=["ordinary"]))
    page = await opened(inside=True)
    first, second, third = await stand.come("Đại biểu mẫu 1", "Đại biểu mẫu 2", "Đại biểu mẫu 3")
    await page.locator("room-bar").get_by_role("button", name="Thảo luận nhóm").click()
    panel = page.locator("groups-panel")
    await panel.get_by_label("Số nhóm").fill("2")
    await panel.get_by_role("button", name="Tạo nhóm").click()
    await stand.until(lambda one: isinstance(one, PlanGroups) and (one.count, one.deal) == (2, True))
    planned = Groups(2, {first: 1, second: 2})
    await stand.change(groups=planned)
    await expect(panel.locator("[data-group='2'] .person__name")).to_have_text("Đại biểu mẫu 2")
    move = panel.get_by_label("Nhóm của Đại biểu mẫu 3")
    await move.select_option("Nhóm 1")
    await stand.until(lambda one: isinstance(one, PutInGroup) and (one.who, one.group) == (third, 1))
    planned = replace(planned, places={**planned.places, third: 1})
    await stand.change(groups=planned)
    await expect(panel.locator("[data-group='1'] .person")).to_have_count(2)
    await expect(move).to_be_focused()
    await panel.get_by_label("Số phút thảo luận").fill("20")
    await panel.get_by_role("button", name="Bắt đầu thảo luận nhóm").click()
    await stand.until(lambda one: isinstance(one, OpenGroups) and one.seconds == 1200)
    now = datetime.now(UTC)
    apart = replace(planned, opened_at=now, until=now + timedelta(minutes=20), warn_at=now + timedelta(minutes=19))
    await stand.change(groups=apart, me=replace(stand.state.me, cell=1))
    await expect(page.locator("media-tile")).to_have_count(1)  # the others are in their groups
    await expect(panel.get_by_role("timer")).to_contain_text("19:")
    await panel.get_by_role("button", name="Ghé nhóm Nhóm 2").click()
    await stand.until(lambda one: isinstance(one, VisitGroup) and one.group == 2)
    await stand.change(groups=replace(apart, visits={SELF: 2}), me=replace(stand.state.me, group=2, cell=3))
    await expect(page.locator(f"media-tile[data-who={second}]")).to_have_count(1)
    await panel.get_by_role("button", name="Thôi ghé nhóm").click()
    await stand.until(lambda one: isinstance(one, VisitGroup) and one.group is None)
    await panel.get_by_role("button", name="Gọi về sau 60 giây").click()
    await stand.until(lambda one: isinstance(one, CallBack) and one.seconds == 60)
    await panel.get_by_role("button", name="Gọi về ngay").click()
    await stand.until(lambda one: isinstance(one, CallBack) and one.seconds == 0)
    await panel.get_by_role("button", name="Nhắn mọi nhóm").click()
    await expect(page.locator("#say")).to_be_focused()
    await page.keyboard.type("Còn năm phút")
    await page.keyboard.press("Enter")
    await stand.until(lambda one: isinstance(one, Say) and one.to == "groups")


async def test_who_is_in_a_group_sees_it_alone_is_warned_and_comes_back_by_itself(stand: Stand, opened: Opened) -> None:
    page = await opened(inside=True, size=PHONE)
    first, second = await stand.come("Đại biểu mẫu 1", "Đại biểu mẫu 2")
    await page.locator("room-bar").get_by_role("button", name="Thêm").click()
    await expect(page.get_by_role("button", name="Thảo luận nhóm")).to_have_count(0)
    await page.keyboard.press("Escape")
    now = datetime.now(UTC)
    apart = Groups(2, {SELF: 2, first: 2, second: 1}, now, now + timedelta(hours=1), now + timedelta(minutes=59))
    await stand.change(groups=apart, me=replace(stand.state.me, group=2, cell=3))
    spoken = page.locator(".toasts[aria-live=polite]")
    await expect(spoken).to_contain_text("Ông/bà đã sang nhóm 2.")
    assert await page.locator(".toast--note:visible").count() <= 1, "more would lie over the panel"
    await expect(page.locator("media-tile")).to_have_count(2)
    await expect(page.locator(f"media-tile[data-who={second}]")).to_have_count(0)
    await page.locator(".course__group").click()
    panel = page.locator("groups-panel")
    await expect(panel.locator(".person__name")).to_have_count(2)
    await expect(panel.get_by_role("button", name="Gọi về")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    now = datetime.now(UTC)
    await stand.change(groups=replace(apart, until=now + timedelta(seconds=60), warn_at=now))
    await expect(spoken).to_contain_text("Hết giờ, ông/bà được tự động đưa về phòng họp chung.")
    await expect(page.locator(".course__group")).to_have_attribute("data-warned", "true")
    await stand.change(groups=Groups(2, apart.places), me=replace(stand.state.me, group=0, cell=4))
    await expect(spoken).to_contain_text("Mọi người trở về phòng họp chung.")
    await expect(page.locator("media-tile")).to_have_count(3)
    await expect(panel).to_contain_text("Ông/bà thuộc nhóm 2.")
