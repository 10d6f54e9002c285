"""The pages on which a meeting is prepared, as part of the tour."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

Do = Callable[[Page], Awaitable[None]] | None


def prepared(sitting: str, seat: str, empty: str) -> list[tuple[str, str, Do]]:
    """Door, address and what is done there: of a room with a roll and an agenda (``sitting``, and a line of its roll), and of one with
    neither."""
    one = "/phong-hop/{slug}"
    return [
        (f"{one}/thanh-phan", f"{empty}/thanh-phan", None),
        (f"{one}/thanh-phan", f"{sitting}/thanh-phan", None),
        (f"{one}/thanh-phan/them", f"{sitting}/thanh-phan/them", _send_empty),
        (f"{one}/thanh-phan/nhap", f"{sitting}/thanh-phan/nhap", _send_list),
        (f"{one}/thanh-phan/{{person:int}}", seat, None),
        (f"{one}/chuong-trinh", f"{empty}/chuong-trinh", None),
        (f"{one}/chuong-trinh", f"{sitting}/chuong-trinh", None),
        (f"{one}/chuong-trinh/them", f"{sitting}/chuong-trinh/them", _send_empty),
        (f"{one}/chuong-trinh/{{item:int}}", f"{sitting}/chuong-trinh/1", None),
        (f"{one}/tra-loi", f"{sitting}/tra-loi", _send_empty),
    ]


async def _send_empty(page: Page) -> None:
    await page.locator("main form[novalidate] button").last.click()
    await expect(page.locator(".errors")).to_be_visible()


async def _send_list(page: Page) -> None:
    """Lines that can be read would change the roll, and are shown."""
    await page.locator("main textarea").fill("moi@demo.example\nthanh-vien@demo.example;Thư ký;;Sở Mẫu;2")
    await page.locator("main form[novalidate] button").last.click()
    await expect(page.locator("main table")).to_be_visible()
