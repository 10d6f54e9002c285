"""The pages on which a meeting is prepared, as part of the tour."""

from collections.abc import Awaitable, Callable
from functools import partial

from playwright.async_api import FilePayload, Page, expect

from tests.browser.stories import desk
from tests.browser.stories.people import Person

Do = Callable[[Page], Awaitable[None]] | None


async def set_hall(editor: Person, sitting: str) -> tuple[str, str]:
    """A hall with one delegate on the roll of a room; the paths of the line of the one before them, and of the hall's page."""
    seat = await desk.last_seat(editor, f"{sitting}/thanh-phan")
    await desk.list_people(
        editor, sitting, "diem-cau@demo.example;Kỹ thuật viên;;;0\ndai-bieu@demo.example;Thành viên;;;1;;diem-cau@demo.example"
    )
    return seat, await desk.last_seat(editor, f"{sitting}/diem-cau")


def prepared(sitting: str, seat: str, hall: str, empty: str) -> list[tuple[str, str, Do]]:
    """Door, address and what is done there: of a room with a roll and an agenda (``sitting``, a line of its roll, and a hall), and of one
    with neither."""
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
        (f"{one}/ky-thuat", f"{sitting}/ky-thuat", None),
        (f"{one}/diem-cau", f"{sitting}/diem-cau", None),
        (f"{one}/diem-cau", f"{empty}/diem-cau", None),
        (f"{one}/diem-cau/{{hall:int}}", hall, None),
        (f"{one}/diem-cau/{{hall:int}}/{{secret}}", hall, _scan),
        (f"{one}/dien-thoai", hall, _scan_and_go_on),
    ]


def voting(room: str, slip: str, counted: str, draft: str, file: FilePayload) -> list[tuple[str, str, Do]]:
    """The same of the motions of a room: one that is open (``slip``), on which the editor votes with a ``file``, one that
    was ``counted``, and a draft."""
    one = "/phong-hop/{slug}/bieu-quyet"
    return [
        (one, f"{room}/bieu-quyet", None),
        (f"{one}/moi", f"{room}/bieu-quyet/moi", _send_empty),
        (f"{one}/{{motion:int}}", slip, _send_no_choice),
        (f"{one}/{{motion:int}}", slip, partial(_vote_with_a_file, file=file)),
        (f"{one}/{{motion:int}}", slip, _move_deadline_to_nowhere),
        (f"{one}/{{motion:int}}", draft, _open_all),
        (f"{one}/{{motion:int}}/sua", f"{draft}/sua", None),
        (f"{one}/{{motion:int}}/bien-ban", f"{slip}/bien-ban", None),
        (f"{one}/{{motion:int}}/bien-ban", f"{counted}/bien-ban", None),
    ]


def past(meeting: str) -> list[tuple[str, str, Do]]:
    """The same of a meeting that was held."""
    one = "/phong-hop/{slug}/cuoc-hop/{meeting:int}"
    return [
        (one, meeting, None),
        (f"{one}/trao-doi", f"{meeting}/trao-doi", None),
        (f"{one}/trao-doi/{{number:int}}/xoa", f"{meeting}/trao-doi", _ask_to_erase),
        (f"{one}/ket-luan", f"{meeting}/ket-luan", None),
        (f"{one}/{{paper}}", f"{meeting}/bien-ban", _write_sentence),
        (f"{one}/{{paper}}", f"{meeting}/thong-bao", None),
        (f"{one}/{{paper}}/sua", f"{meeting}/bien-ban/sua?cau=venue", None),
        (f"{one}/{{paper}}/the-thuc", f"{meeting}/thong-bao/the-thuc", None),
    ]


async def _ask_to_erase(page: Page) -> None:
    await page.locator(".talk a[href$='/xoa']").first.click()
    await expect(page.locator("#confirmation")).to_be_visible()


async def _send_empty(page: Page) -> None:
    await page.locator("main form[novalidate] button").last.click()
    await expect(page.locator(".errors")).to_be_visible()


async def _send_list(page: Page) -> None:
    """Lines that can be read would change the roll, and are shown."""
    await page.locator("main textarea").fill("moi@demo.example\nthanh-vien@demo.example;Thư ký;;Sở Mẫu;2")
    await page.locator("main form[novalidate] button").last.click()
    await expect(page.locator("main table")).to_be_visible()


async def _scan(page: Page) -> None:
    await page.locator("#dia-chi").click()
    await expect(page.locator("form[action*='/diem-cau/'] button")).to_be_visible()


async def _scan_and_go_on(page: Page) -> None:
    await _scan(page)
    await page.locator("form[action*='/diem-cau/'] button").click()
    await expect(page.locator(".phone__number")).to_be_visible()


async def _send_no_choice(page: Page) -> None:
    await page.locator("main input[name=choice]").evaluate_all("all => { for (const one of all) one.checked = false; }")
    await page.locator("main form[novalidate] button").first.click()
    await expect(page.locator(".errors")).to_be_visible()


async def _vote_with_a_file(page: Page, file: FilePayload) -> None:
    """On the page stands what was chosen, and the file that was added to the opinion."""
    await page.locator("main input[name=choice]").first.check()
    await page.locator("main form:has(input[name=choice]) button").click()
    await page.locator("main input[type=file]").set_input_files(file)
    await page.locator("main form[enctype] button").click()
    await expect(page.locator("main .papers__one").first).to_be_visible()


async def _move_deadline_to_nowhere(page: Page) -> None:
    await _open_all(page)
    await page.locator("main form:has(input[value=delayed]) button").click()
    await expect(page.locator(".errors")).to_be_visible()
    await _open_all(page)


async def _open_all(page: Page) -> None:
    await page.locator("main details").evaluate_all("all => { for (const one of all) one.open = true; }")


async def _write_sentence(page: Page) -> None:
    await page.goto(f"{page.url}/sua?cau=venue")
    await page.locator("#text").fill("Địa điểm: phòng họp số 1.")
    await page.locator("main form button").first.click()
    await expect(page.locator(".said--edited")).to_be_visible()
