"""The procedure of a meeting in the running product: its roll, its agenda, the floor with its clock, and the chair that is never empty."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.browser.room.attendees import PATIENCE_S, Attendee, attending
from tests.browser.stories import desk
from tests.browser.stories.people import EDITOR, MODERATOR, citizen
from tests.peers.product import Product

GUEST = citizen(1)
ROLL = f"""Thư điện tử;Nhiệm vụ;Cơ quan
{EDITOR};Chủ tọa;Văn phòng mẫu
{MODERATOR};Phó chủ tọa;Phòng mẫu
{GUEST};Khách mời;Hội mẫu"""
LONG = PATIENCE_S * 1000


class Sitting(NamedTuple):
    """Who sits in the room."""

    chair: Attendee
    deputy: Attendee
    guest: Attendee
    room: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sitting(product: Product, devices: Browser) -> AsyncIterator[Sitting]:
    """A room with a roll and an agenda, prepared by the editor, who has the chair."""
    async with attending(product, devices) as crowd:
        chair, deputy, guest = [Attendee(await crowd.person(email)) for email in (EDITOR, MODERATOR, GUEST)]
        room = f"/phong-hop/{await desk.open_room(chair.person, 'Họp có chương trình')}"
        await chair.prepare(room, ROLL, "Khai mạc", "Thảo luận")
        yield Sitting(chair, deputy, guest, room)


def queued(attendee: Attendee) -> Locator:
    """The entries of the queue, in its order."""
    return attendee.page.locator("floor-panel .queued")


async def test_a_meeting_takes_its_course(sitting: Sitting) -> None:
    chair, deputy, guest, room = sitting
    await chair.come(room, camera=False)
    await deputy.come(room, microphone=False, camera=False)
    await guest.person.visit(room)
    await guest.devices(microphone=False, camera=False)
    await guest.page.locator(".check__enter:enabled").click()
    await chair.page.get_by_role("button", name="Xem").click()
    await chair.page.get_by_role("button", name="Mời vào:").click()
    await guest.is_inside()
    everybody = (chair, deputy, guest)

    # who is there, and what is under way
    for attendee in everybody:
        await attendee.page.get_by_role("button", name="Có mặt").click()
        await expect(attendee.page.locator(".course__attend")).to_have_count(0)
    await expect(deputy.page.locator(".course__chair b")).not_to_have_text("Ông/bà")
    await expect(chair.page.locator(".course__chair b")).to_have_text("Ông/bà")
    await chair.page.locator(".course__item").click()
    await chair.page.get_by_role("button", name="Bắt đầu Khai mạc").click()
    for attendee in everybody:
        await expect(attendee.page.locator(".course__title")).to_have_text("1. Khai mạc")

    # hands, in the order of the server: points of order stand first
    for attendee in (deputy, guest):
        await expect(attendee.button("Micro, chờ được mời phát biểu")).to_be_visible()
        await attendee.page.locator("room-bar [data-panel=floor]").click()
    await deputy.page.get_by_role("radio", name="Tán thành", exact=True).check()
    await deputy.page.get_by_role("button", name="Đăng ký", exact=True).click()
    await expect(queued(chair)).to_have_count(0)
    await chair.button("Phát biểu, 1 người đăng ký").click()
    await guest.page.get_by_role("radio", name="Về cách tiến hành").check()
    await guest.page.get_by_role("button", name="Đăng ký", exact=True).click()
    for attendee in everybody:
        await expect(queued(attendee).locator(".queued__tags")).to_have_text(["Về cách tiến hành", "Tán thành"], use_inner_text=True)
    await chair.page.locator(".queued").nth(1).get_by_role("button", name="lên trước").press("Enter")
    await expect(queued(guest).locator(".queued__tags").first).to_have_text("Tán thành", use_inner_text=True)

    # the floor, for a short time that runs out
    await chair.page.get_by_text("Cách phát biểu và thời gian").click()
    for field, value in (("Phút cho mỗi người", "0.2"), ("Nhắc trước khi hết giờ", "4"), ("Nói thêm sau khi hết giờ", "2")):
        await chair.page.get_by_label(field).fill(value)
    await chair.page.get_by_role("button", name="Đặt thời gian").click()
    await expect(chair.page.locator(".toast")).to_contain_text(["Đã đặt thời gian phát biểu."])
    await chair.page.locator(".queued__give").last.click()
    for attendee in everybody:
        await expect(attendee.page.locator(".course__clock")).to_contain_text("0:")
    await expect(guest.page.get_by_role("button", name="Micro", exact=True)).to_be_visible()
    await expect(guest.page.locator(".toasts")).to_contain_text("để phát biểu.", timeout=LONG)
    for attendee in everybody:
        await expect(attendee.page.locator(".course__speaker")).to_have_count(0, timeout=LONG)
    await expect(guest.button("Micro, chờ được mời phát biểu")).to_be_visible()

    # the chair leaves, the deputy presides, the chair takes it back by one click
    await chair.button("Rời phòng").click()
    await chair.page.get_by_role("dialog").get_by_role("button", name="Rời phòng").click()
    await expect(deputy.page.locator(".course__chair b")).to_have_text("Ông/bà", timeout=LONG)
    await chair.come(room, camera=False)
    await chair.page.get_by_role("button", name="Nhận lại quyền chủ tọa").click()
    await expect(chair.page.locator(".course__chair b")).to_have_text("Ông/bà")
    await expect(deputy.page.locator(".course__chair b")).not_to_have_text("Ông/bà")
