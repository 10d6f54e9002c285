"""A delegate's phone in a hall: it is confirmed by whoever runs the hall, takes part, and is told at once when it stands for nobody."""

from playwright.async_api import Browser, Page, expect

from tests.browser.room.attendees import Attendee, attending
from tests.browser.stories import desk
from tests.browser.stories.people import EDITOR, Person
from tests.peers.product import Product

DELEGATE = "dai-bieu@demo.example"
AT_ONCE_MS = 15_000
"""Much less than the minute after which the page asks of itself where it is connected; where it is not yet, it does so every 5 s."""
QUIET_MS = 3_000
"""By then the page has looked for all that coming inside has told it."""
ROLL = f"{EDITOR};Chủ tọa\ndiem-cau@demo.example;Kỹ thuật viên;;;0\n{DELEGATE};Thành viên;;;1;;diem-cau@demo.example"


async def confirm(hall: Page, phone: Page) -> None:
    """Whoever runs the hall types the number that the phone shows."""
    number = await phone.locator(".phone__number").text_content()
    await hall.reload()
    await hall.get_by_label("Số trên điện thoại").fill(number or "")
    await hall.get_by_role("button", name="Xác nhận đại biểu này").click()
    await expect(hall.locator("main")).to_contain_text("do điểm cầu xác nhận")


async def scan(hall: Page, phone: Person) -> None:
    """The phone opens the address of the code that the hall shows now."""
    await hall.reload()
    await phone.page.goto(await hall.locator("#dia-chi").evaluate("link => link.href"))
    await phone.page.locator("form[action*='/diem-cau/'] button").click()
    await expect(phone.page.locator(".phone__number")).to_be_visible()


async def test_an_open_page_of_a_phone_says_when_it_stands_for_nobody_any_more(product: Product, devices: Browser) -> None:
    async with attending(product, devices) as crowd:
        chair = Attendee(await crowd.person(EDITOR))
        phone, other = await crowd.person(phone=True), await crowd.person(DELEGATE, phone=True)
        room = f"/phong-hop/{await desk.open_room(chair.person, 'Họp có điểm cầu')}"
        await desk.list_people(chair.person, room, ROLL)
        hall = await chair.person.context.new_page()
        await hall.goto(chair.person.origin + await desk.last_seat(chair.person, f"{room}/diem-cau"))
        await chair.come(room, microphone=False, camera=False)

        title = phone.page.get_by_role("heading", level=1)
        await scan(hall, phone)
        await confirm(hall, phone.page)
        await phone.page.get_by_label("Họ và tên").fill("Đại biểu của điểm cầu")
        await phone.page.get_by_role("button", name="Vào họp").click()
        await expect(phone.page.locator("fresh-page")).to_have_attribute("data-state", "inside")

        await hall.reload()
        await hall.get_by_role("button", name="Đã rời điểm cầu").click()
        await expect(title).to_have_text("Cần xác nhận lại điện thoại này", timeout=AT_ONCE_MS)
        await expect(phone.page.locator("main")).to_contain_text("Quét lại mã QR")

        await scan(hall, phone)
        await confirm(hall, phone.page)
        await phone.page.get_by_role("button", name="Vào họp").click()
        await expect(phone.page.locator("fresh-page")).to_have_attribute("data-state", "inside")
        await phone.page.wait_for_timeout(QUIET_MS)
        await scan(hall, other)
        await other.page.get_by_role("button", name="Đúng là tôi, tiếp tục").click()
        await expect(title).to_have_text("Cần xác nhận lại điện thoại này", timeout=AT_ONCE_MS)
