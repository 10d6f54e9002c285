"""A meeting in the running product: real browsers, the real rooms and the real media server."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.room.attendees import Attendee, attending
from tests.browser.room.conftest import comes_true
from tests.browser.stories.people import EDITOR, MODERATOR, Crowd
from tests.peers.product import Product

_MEDIA = "document.querySelector('room-stage').hall.media"
_TOGETHER = f"({_MEDIA}.state === 'connected' && {_MEDIA}.room.remoteParticipants.has('{{other}}'))"
_APART = f"({_MEDIA}.state === 'connected' && !{_MEDIA}.room.remoteParticipants.has('{{other}}'))"
_SLOW = """() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia;
    mediaDevices.getUserMedia = async (wanted) => {
        if (!wanted.video) return open.call(mediaDevices, wanted);
        mediaDevices.getUserMedia = open;
        await new Promise((go) => { window.letOpen = go; });
        return (window.opened = await open.call(mediaDevices, wanted));
    };
}"""
"""The next camera opens when ``window.letOpen`` is called, and is ``window.opened`` then."""


class Meeting(NamedTuple):
    """A host and a member, each with camera and microphone on, in one room."""

    host: Attendee
    member: Attendee
    host_id: str
    member_id: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowd(product: Product, devices: Browser) -> AsyncIterator[Crowd]:
    async with attending(product, devices) as crowd:
        yield crowd


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def invited(crowd: Crowd) -> tuple[Attendee, Attendee]:
    """A host and a member, signed in."""
    return Attendee(await crowd.person(EDITOR)), Attendee(await crowd.person(MODERATOR))


@pytest_asyncio.fixture(loop_scope="session")
async def meeting(invited: tuple[Attendee, Attendee]) -> Meeting:
    """One meeting through all these stories: who is not in the room any more comes back, devices are on and panels closed."""
    host, member = invited
    for attendee in invited:
        if not await attendee.page.locator("media-tile").count():
            await attendee.come()
        await attendee.close_panels()
        await attendee.devices_on()
    return Meeting(host, member, await host.identity(), await member.identity())


async def both_see_and_hear(meeting: Meeting) -> None:
    host, member, host_id, member_id = meeting
    await asyncio.gather(host.sees(member_id), member.sees(host_id), host.hears(member_id), member.hears(host_id))


async def test_two_people_see_and_hear_each_other(meeting: Meeting) -> None:
    await both_see_and_hear(meeting)
    await expect(meeting.host.tile(meeting.member_id).locator(".tile__mic")).to_have_attribute("data-on", "true")


async def test_who_speaks_is_marked_and_is_not_when_silent(meeting: Meeting) -> None:
    host, member, _, member_id = meeting
    speaking = host.page.locator(f"media-tile.tile--camera[data-who={member_id}][data-speaking]")
    await expect(speaking).to_have_count(1)
    await member.button("Micro").click()
    await expect(speaking).to_have_count(0)
    await member.button("Micro").click()
    await expect(speaking).to_have_count(1)


async def test_the_room_fills_the_screen_and_a_picture_floats_above_other_windows(meeting: Meeting) -> None:
    host, _, _, member_id = meeting
    await host.sees(member_id)
    for name, place in (("Toàn màn hình", "fullscreenElement"), ("Hình trong hình", "pictureInPictureElement")):
        await host.button("Thêm").click()
        await host.page.get_by_role("button", name=name).click()
        await comes_true(host.page, f"document.{place} !== null")
        await host.page.evaluate("document.exitFullscreen?.().catch(() => {}); document.exitPictureInPicture?.().catch(() => {})")
        await comes_true(host.page, f"document.{place} === null")


async def test_a_trial_of_the_connection_names_what_fails(meeting: Meeting) -> None:
    page = await meeting.member.page.context.new_page()
    await page.goto(meeting.member.page.url)
    await page.get_by_text("Kiểm tra đường truyền").click()
    await page.get_by_role("button", name="Bắt đầu kiểm tra").click()
    steps = page.locator(".trial li")
    await expect(steps.nth(2)).to_contain_text("Đường truyền hình và tiếng: tốt (UDP")
    await expect(steps.nth(0)).to_contain_text("Kết nối tới trang: tốt")
    await expect(steps.nth(1)).to_contain_text("(WebSocket): tốt")
    await page.route_web_socket(re.compile("/rtc"), lambda way: way.close())
    await page.reload()
    await page.get_by_text("Kiểm tra đường truyền").click()
    await page.get_by_role("button", name="Bắt đầu kiểm tra").click()
    await expect(steps.nth(1)).to_contain_text("Không kết nối được tới máy chủ hình và tiếng")
    await expect(steps.nth(0)).to_contain_text("Kết nối tới trang: tốt")
    await page.close()
    await meeting.member.page.bring_to_front()


async def test_shared_screens_are_large_until_they_end(meeting: Meeting) -> None:
    host, member, host_id, member_id = meeting
    await host.button("Chia sẻ màn hình").click()
    await member.sees(host_id, "screen_share")
    large = await member.page.locator("media-tile.tile--screen").bounding_box()
    small = await member.tile(host_id).bounding_box()
    assert large is not None and small is not None
    assert large["width"] > 2 * small["width"]
    await member.button("Chia sẻ màn hình").click()
    await host.sees(member_id, "screen_share")
    await expect(host.page.locator("media-tile.tile--screen")).to_have_count(2)
    for attendee in (host, member):
        await attendee.button("Chia sẻ màn hình").click()
    await expect(member.page.locator("media-tile.tile--screen")).to_have_count(0)


async def test_what_one_says_and_whose_hand_is_raised_all_know(meeting: Meeting) -> None:
    host, member, host_id, member_id = meeting
    await member.button("Giơ tay").click()
    await expect(host.tile(member_id).locator(".tile__hand")).to_contain_text("1")
    await host.button("Giơ tay").click()
    await expect(member.tile(host_id).locator(".tile__hand")).to_contain_text("2")
    await member.say("Kính đề nghị gửi tài liệu")
    await expect(host.button("Trao đổi, 1 tin chưa đọc")).to_be_visible()
    await member.page.reload()
    await member.devices()
    await member.page.locator(".check__enter:enabled").click()
    await member.is_inside()
    await member.open("Trao đổi", "chat-panel")
    await expect(member.page.locator(".line__text").last).to_have_text("Kính đề nghị gửi tài liệu")
    for attendee in (host, member):
        await attendee.button("Giơ tay").click()
    await expect(host.page.locator(".tile__hand")).to_have_count(0)


async def test_a_group_is_left_alone_by_who_is_not_in_it_and_all_come_back(meeting: Meeting) -> None:
    host, member, host_id, member_id = meeting
    await both_see_and_hear(meeting)
    await host.open("Thảo luận nhóm", "groups-panel")
    panel = host.page.locator("groups-panel")
    await panel.get_by_label("Số nhóm").fill("1")
    await panel.get_by_role("button", name="Tạo nhóm").click()
    await panel.get_by_role("button", name="Bắt đầu thảo luận nhóm").click()
    for attendee, other in ((host, member_id), (member, host_id)):
        await expect(attendee.tile(other)).to_have_count(0)
        await comes_true(attendee.page, _APART.format(other=other))
    await panel.get_by_role("button", name="Ghé nhóm Nhóm 1").click()
    await both_see_and_hear(meeting)
    await panel.get_by_role("button", name="Gọi về ngay").click()
    await panel.get_by_role("button", name="Bỏ các nhóm").click()
    await both_see_and_hear(meeting)
    await host.button("Thảo luận nhóm").click()


async def test_a_camera_that_opens_when_one_has_been_moved_on_is_let_go_and_one_is_seen(meeting: Meeting) -> None:
    host, member, host_id, _ = meeting
    await host.open("Thảo luận nhóm", "groups-panel")
    panel = host.page.locator("groups-panel")
    await panel.get_by_label("Số nhóm").fill("1")
    await panel.get_by_role("button", name="Tạo nhóm").click()
    await member.page.evaluate(_SLOW)
    await panel.get_by_role("button", name="Bắt đầu thảo luận nhóm").click()
    await comes_true(member.page, "window.letOpen")
    await panel.get_by_role("button", name="Gọi về ngay").click()
    await panel.get_by_role("button", name="Bỏ các nhóm").click()
    await comes_true(member.page, _TOGETHER.format(other=host_id))
    await member.page.evaluate("window.letOpen()")
    await both_see_and_hear(meeting)
    await comes_true(member.page, "window.opened.getTracks().every(({ readyState }) => readyState === 'ended')")
    await host.button("Thảo luận nhóm").click()


async def test_a_picture_that_is_not_on_the_screen_is_not_received(meeting: Meeting) -> None:
    host, _, _, member_id = meeting
    await host.sees(member_id)
    await host.button("Thêm").click()
    await host.page.get_by_role("button", name="Chỉ nghe tiếng").click()
    await expect(host.tile(member_id).locator("video")).to_be_hidden()
    videos = f"document.querySelector('room-stage').hall.media.room.remoteParticipants.get('{member_id}').videoTrackPublications"
    await comes_true(host.page, f"[...{videos}.values()].every((publication) => !publication.isDesired)")
    await host.hears(member_id)
    await host.button("Thêm").click()
    await host.page.get_by_role("button", name="Chỉ nghe tiếng").click()
    await host.sees(member_id)


async def test_the_network_is_told_in_figures_and_why_a_picture_stands_still(meeting: Meeting) -> None:
    host, member, _, member_id = meeting
    await both_see_and_hear(meeting)
    name = await host.tile(member_id).locator(".tile__name").inner_text()
    await member.button("Chia sẻ màn hình").click()
    await host.sees(member_id, "screen_share")
    await host.more("Đường truyền")
    panel = host.page.locator("network-panel")
    for figure, value in (("Đường đang dùng", r"UDP → \S+:\d+"), ("Thời gian khứ hồi", r"\d ms"), ("Nhận về", r"[1-9]\S* kbit/s, mất \d")):
        await expect(panel.locator(".net__fact").filter(has_text=figure)).to_contain_text(re.compile(value))
    pictures = panel.locator(".net__picture")
    for reason in ("Đang hiện", "Dừng: ông/bà chọn chỉ nghe tiếng"):
        await expect(pictures).to_contain_text([re.compile(f"Màn hình của {name}.*{reason}", re.S), re.compile(f"{name}.*{reason}", re.S)])
        await host.more("Chỉ nghe tiếng")
    await member.button("Chia sẻ màn hình").click()
    await expect(pictures).to_have_count(1)
    await host.more("Đường truyền")


async def test_another_microphone_is_taken_in_the_middle_of_the_call(meeting: Meeting) -> None:
    host, member, host_id, _ = meeting
    await both_see_and_hear(meeting)
    await host.more("Camera, micro và loa")
    choice = host.page.get_by_role("dialog").get_by_label("Micro", exact=True)
    devices = [str(await option.get_attribute("value")) for option in await choice.locator("option").all()]
    before = await choice.input_value()
    other = next(device for device in reversed(devices) if device != before)
    await choice.select_option(other)
    await comes_true(host.page, f"document.querySelector('room-stage').hall.media.room.getActiveDevice('audioinput') === '{other}'")
    await host.page.get_by_role("dialog").get_by_role("button", name="Đóng").click()
    await member.hears(host_id)


async def test_a_host_silences_and_removes_and_the_removed_must_ask(meeting: Meeting) -> None:
    host, member, _, member_id = meeting
    await both_see_and_hear(meeting)
    name = await host.tile(member_id).locator(".tile__name").inner_text()
    await host.button("Mọi người").click()
    await host.page.get_by_role("button", name=f"Tắt micro của {name}").click()
    await expect(member.page.locator(".toast")).to_contain_text(["Người chủ trì đã tắt micro của ông/bà."])
    await expect(member.button("Micro")).to_have_attribute("aria-pressed", "false")
    await member.button("Micro").click()
    await expect(host.tile(member_id).locator(".tile__mic")).to_have_attribute("data-on", "true")
    await host.page.get_by_role("button", name=f"Tắt camera của {name}").click()
    await expect(host.tile(member_id).locator("video")).to_be_hidden()
    await expect(member.button("Camera")).to_have_attribute("aria-pressed", "false")
    await host.page.get_by_role("button", name=f"Mời {name} ra khỏi phòng").click()
    await host.page.get_by_role("dialog").get_by_role("button", name="Mời ra khỏi phòng").click()
    await expect(member.page.get_by_role("heading", name="Người chủ trì đã mời ông/bà ra khỏi phòng")).to_be_visible()
    await expect(host.tile(member_id)).to_have_count(0)
    await member.page.get_by_role("button", name="Xin vào lại").click()
    await member.devices()
    await member.page.get_by_role("button", name="Xin vào phòng").click()
    await host.page.get_by_role("button", name=f"Mời vào: {name}").click()
    await member.is_inside()
    await both_see_and_hear(meeting)


async def test_a_second_tab_takes_the_place_and_the_first_takes_it_back(meeting: Meeting) -> None:
    _, member, host_id, _ = meeting
    second = await member.page.context.new_page()
    await second.goto(member.page.url)
    await second.get_by_role("button", name="Dùng ở đây").click()
    await expect(second.locator("media-tile").first).to_be_visible()
    await expect(member.page.get_by_role("heading", name="Phòng họp đã được mở ở nơi khác")).to_be_visible()
    await member.page.get_by_role("button", name="Dùng ở đây").click()
    await member.is_inside()
    await expect(second.get_by_role("heading", name="Phòng họp đã được mở ở nơi khác")).to_be_visible()
    await second.close()
    await member.page.bring_to_front()  # a page that is not seen paints nothing
    await member.sees(host_id)


async def test_twenty_seconds_without_a_network_are_survived_without_a_touch(meeting: Meeting, product: Product) -> None:
    host, member, _, member_id = meeting
    await both_see_and_hear(meeting)
    await member.button("Giơ tay").click()
    await expect(host.tile(member_id).locator(".tile__hand")).to_be_visible()
    async with member.is_told():
        await member.cut(True)
    await expect(host.tile(member_id).locator(".tile__lost")).to_have_text("Đang kết nối lại")
    # The browser's switch leaves media packets alone: they are lost because the media server holds still.
    engine = product.child("server.sfu")
    os.kill(engine, signal.SIGSTOP)
    try:
        before = (await host.received())[member_id]["frames"]
        await asyncio.sleep(20)  # the loss itself lasts as long as the story says
        assert (await host.received()).get(member_id, {}).get("frames", before) - before < 30, "hardly anything came"
        await host.say("Nói lúc mất mạng")
    finally:
        os.kill(engine, signal.SIGCONT)
    await member.cut(False)
    await both_see_and_hear(meeting)
    await expect(host.tile(member_id).locator(".tile__lost")).to_have_count(0)
    await expect(host.tile(member_id).locator(".tile__hand")).to_be_visible()
    await member.open("Trao đổi", "chat-panel")
    await expect(member.page.locator(".line__text").last).to_have_text("Nói lúc mất mạng")
    await expect(member.page.locator(".strip")).to_have_count(0)
    await member.button("Giơ tay").click()


async def test_the_media_server_is_killed_and_pictures_come_back_by_themselves(meeting: Meeting, product: Product) -> None:
    host, member, _, member_id = meeting
    await both_see_and_hear(meeting)
    await member.button("Giơ tay").click()
    async with host.is_told("hình và tiếng"):
        os.kill(product.child("server.sfu"), signal.SIGKILL)
    await host.say("Vẫn viết được")
    await expect(member.page.locator(".toast--chat")).to_contain_text("Vẫn viết được")
    await expect(host.tile(member_id).locator(".tile__hand")).to_be_visible()
    await both_see_and_hear(meeting)
    await expect(host.page.locator(".strip")).to_have_count(0)
    await member.button("Giơ tay").click()


async def test_the_web_server_is_killed_and_the_meeting_is_still_there(meeting: Meeting, product: Product) -> None:
    host, member, _, member_id = meeting
    await both_see_and_hear(meeting)
    await member.button("Giơ tay").click()
    await host.say("Trước khi mất")
    await expect(host.page.locator(".line__text").last).to_have_text("Trước khi mất")
    [web] = product.web_processes
    async with host.is_told():
        os.kill(web, signal.SIGKILL)
    await host.say("Sau khi mất")
    await expect(host.page.locator(".line__text").last).to_have_text("Sau khi mất")
    await expect(host.page.locator(".line__text").nth(-2)).to_have_text("Trước khi mất")
    await expect(host.tile(member_id).locator(".tile__hand")).to_be_visible()
    await both_see_and_hear(meeting)
    await member.button("Giơ tay").click()


async def test_a_guest_knocks_by_a_link_and_the_end_is_for_all(meeting: Meeting, crowd: Crowd) -> None:
    host, member, _, _ = meeting
    guest = Attendee(await crowd.person())
    await guest.knock(await host.guest_link(), "Khách mẫu")
    await host.button("Mọi người").click()
    await host.page.get_by_role("button", name="Mời vào: Khách mẫu").click()
    await guest.is_inside()
    await guest.sees(meeting.host_id)
    await host.button("Rời phòng").click()
    await host.page.get_by_role("button", name="Kết thúc cho mọi người").click()
    for attendee in (host, member, guest):
        await expect(attendee.page.get_by_role("heading", name="Cuộc họp đã kết thúc")).to_be_visible()
