"""Every page of the site in the states that matter, and who sees it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import typst
from playwright.async_api import FilePayload, Page, expect

from server.demo.content import DEMO_AGENCY
from server.identity.viewer import Role
from tests.browser.stories import desk
from tests.browser.stories.people import (
    AGENCY_ADMINISTRATOR,
    ANSWERED,
    DECISION,
    EDITOR,
    MODERATOR,
    PAST,
    SITE_ADMINISTRATOR,
    SURVEY,
    Person,
    citizen,
)
from tests.browser.stories.tour_of_meetings import past, prepared, set_hall, voting
from tests.web.dossiers import dossier_zip

_WORDS = """CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
# NGHỊ ĐỊNH
Về việc thử nghiệm

## Chương I
QUY ĐỊNH CHUNG

### Điều 1. Phạm vi điều chỉnh
1. Nghị định này quy định:
a) Việc thứ nhất;
b) Việc thứ hai.

### Điều 3. Số của điều này không liền với điều trước
Cơ quan, tổ chức, cá nhân.

## Phụ lục I
DANH MỤC

| Số | Việc |
|----|------|
| 1  | Một  |
"""
_DOCUMENT = FilePayload(name="thu-nghiem.md", mimeType="text/markdown", buffer=_WORDS.encode())
"""Short, with all that a report of an import speaks of: something left out, something doubtful, a table."""

_PAPER = FilePayload(name="tờ trình.pdf", mimeType="application/pdf", buffer=typst.compile("Trang một #pagebreak() Trang hai".encode()))

_OPINIONS = FilePayload(
    name="ý kiến.csv",
    mimeType="text/csv",
    buffer=(
        "Điều khoản,Nội dung,Loại chủ thể,Ghi chú\n"
        "khoản 1 Điều 1,Nên nói rõ việc thứ nhất,Người dân,a\n"
        "khoản 1 Điều 1,Nên nói rõ việc thứ nhất,Người dân,b\n"
        "Điều 99,Không có chỗ,Ai đó,c\n"
    ).encode(),
)

ACCOUNTS: Mapping[Role, str] = {
    Role.VISITOR: "",
    Role.CITIZEN: citizen(3),
    Role.MODERATOR: MODERATOR,
    Role.EDITOR: EDITOR,
    Role.ADMINISTRATOR: AGENCY_ADMINISTRATOR,
    Role.SITE_ADMINISTRATOR: SITE_ADMINISTRATOR,
}
"""Whose browser it is, by role."""


class Stop(NamedTuple):
    """One page as one role sees it. ``door`` is the pattern of its address, ``path`` the address, in which ``{lang}`` is the language of
    whoever comes; ``do`` brings it into its state."""

    who: Role
    door: str
    path: str
    do: Callable[[Page], Awaitable[None]] | None = None
    status: int = 200


class Stage(NamedTuple):
    """What stands on the site before the tour: the slugs of consultations, and a few ids."""

    empty: str
    """A draft without content."""
    text: str
    """A draft with a text."""
    statements: str
    """A draft with statements."""
    held: str
    """Open, moderated before publication; one contribution waits, one is hidden."""
    own: str
    """The id of a contribution of the touring citizen, which waits."""
    hidden: str
    """The id of another, which is hidden."""
    ended: str
    """Closed, and answered as a whole."""
    paused: str
    """Suspended."""
    invitation: str
    """The id of an invitation to the touring citizen."""
    room: str
    """The slug of a room with a guests' link."""
    guest: str
    """The path of that link."""
    sitting: str
    """The path of a room with a roll, on which the editor stands, and an agenda."""
    seat: str
    hall: str
    """The paths of a line of that roll, and of the page of a hall on it."""
    meeting: str
    """The path of a meeting that is over, in another room."""
    slip: str
    counted: str
    draft: str
    """The paths of a motion that is open in that room, and of one that is not yet."""
    opinions: str
    """The path of a file of opinions for ``held``, with good lines and bad."""
    paper: str
    """The path of a paper of ``room``."""
    dossier: str
    """The path of a consultation that was taken over from elsewhere."""


async def set_stage(people: Mapping[Role, Person]) -> Stage:
    """Makes all this by the forms of the pages themselves. ``people`` are those of ``ACCOUNTS``, signed in."""
    editor, author = people[Role.EDITOR], people[Role.CITIZEN]
    closes_day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    empty = await desk.begin(editor, "Dự thảo chưa có nội dung")
    text = await desk.begin(editor, "Dự thảo đã có văn bản")
    await desk.upload(editor, text, _DOCUMENT)
    statements = await desk.begin(editor, "Dự thảo danh sách phát biểu")
    await desk.list_statements(editor, statements, "Nên có thêm cây xanh.", "Nên có thêm đèn đường.")
    await desk.summarise(editor, text)
    held = await desk.begin(editor, "Dự thảo kiểm duyệt trước")
    await desk.upload(editor, held, _DOCUMENT)
    await desk.publish(editor, held, closes_day, moderation="before")
    ended, paused = await desk.begin(editor, "Dự thảo đã có trả lời"), await desk.begin(editor, "Dự thảo đang tạm dừng")
    for slug in (ended, paused):
        await desk.list_statements(editor, slug, "Nên có thêm cây xanh.")
        await desk.publish(editor, slug, closes_day)
    await desk.step(editor, paused, "tam-dung", "Dự thảo phải xem lại")
    await desk.step(editor, ended, "ket-thuc", "Đã đủ ý kiến")
    await desk.publish_answers(editor, ended)

    opinions = await desk.upload_opinions(editor, held, _OPINIONS)
    for words in ("Ý kiến đang chờ của chuyến đi", "Ý kiến sẽ bị ẩn của chuyến đi"):
        await desk.contribute(author, held, "dieu-1", words)
    await desk.hide(people[Role.MODERATOR], "Ý kiến sẽ bị ẩn của chuyến đi", "Ý kiến mẫu bị ẩn để xem thử")
    hidden, own = [await desk.id_of(author, words) for words in ("Ý kiến sẽ bị ẩn của chuyến đi", "Ý kiến đang chờ của chuyến đi")]

    since = len(author.product.lines)
    await desk.invite(people[Role.SITE_ADMINISTRATOR], DEMO_AGENCY, ACCOUNTS[Role.CITIZEN], "moderator")
    found = author.product.wait_for(r"/loi-moi/(\d+)", since=since)
    room = await desk.open_room(editor, "Họp của chuyến đi")
    link = await desk.make_guest_link(editor, room)
    sitting = await desk.prepare_meeting(editor, EDITOR, "Họp có danh sách của chuyến đi")
    seat, hall = await set_hall(editor, sitting)
    slip = await desk.send_slip(editor, room, "Thông qua chương trình của chuyến đi", closes_day)
    counted = await desk.count_slip(editor, room, "Thông qua kết quả của chuyến đi", closes_day)
    draft = await desk.draft_slip(editor, room, "Thông qua nội dung đang soạn")
    dossier = await desk.take_over(editor, dossier_zip("Nội dung của một đợt lấy ý kiến ở nơi khác"))
    paper = await desk.add_meeting_paper(editor, room, _PAPER)
    meeting = await desk.hold_meeting(editor, await desk.open_room(editor, "Họp đã qua của chuyến đi"))
    return Stage(
        *(empty, text, statements, held, own, hidden, ended, paused, found[1], room, link),
        *(sitting, seat, hall, meeting, slip, counted, draft, opinions, paper, dossier),
    )


def stops(stage: Stage) -> list[Stop]:
    """The tour. Every door behind which there is a page is on it."""
    visitor = [
        Stop(Role.VISITOR, "/", "/"),
        Stop(Role.VISITOR, "/", "/?q=khong+co+gi+nhu+the"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}", DECISION),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}", SURVEY),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}", PAST),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/y-kien/{anchor}", f"{DECISION}/y-kien/dieu-2"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/cau-hoi", f"{DECISION}/cau-hoi"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/y-kien/{anchor}", f"{DECISION}/y-kien/dieu-20"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}", ANSWERED),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/y-kien/{anchor}", f"{ANSWERED}/y-kien/khong-con"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/tong-hop", f"{ANSWERED}/tong-hop"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/so-sanh", f"{ANSWERED}/so-sanh"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/so-lieu", f"{DECISION}/so-lieu"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/nhung", f"{DECISION}/nhung"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/the/{language}", f"{DECISION}/the/{{lang}}"),
        Stop(Role.VISITOR, "/tiep-nhan", "/tiep-nhan"),
        *(
            Stop(Role.VISITOR, f"/tiep-nhan/{{dossier:int}}{door}", f"{stage.dossier}{path}")
            for door, path in (("", ""), ("/v{version:int}", "/v1"), ("/y-kien", "/y-kien"))
        ),
        Stop(Role.VISITOR, "/thu/{person:int}/{secret}", "/thu/1/khong-dung"),
        Stop(Role.VISITOR, "/thu/{person:int}/{follow:int}/{secret}", "/thu/1/1/khong-dung"),
        Stop(Role.VISITOR, "/dang-nhap", "/dang-nhap"),
        Stop(Role.VISITOR, "/dang-nhap", "/dang-nhap", _send_bad_address),
        Stop(Role.VISITOR, "/dang-nhap/ma", "/dang-nhap", _ask_for_code),
        Stop(Role.VISITOR, "/phong-cach", "/phong-cach"),
        Stop(Role.VISITOR, "/phong-hop/{slug}/khach/{secret}", stage.guest, _send_without_name),
        Stop(Role.VISITOR, "", "/khong-co-trang-nay", status=404),
    ]
    signed_in = [
        Stop(Role.CITIZEN, "/lay-y-kien/{slug}/v{version:int}", f"/lay-y-kien/{stage.held}/v1", _open_form),
        Stop(Role.CITIZEN, "/lay-y-kien/{slug}", f"/lay-y-kien/{stage.held}?gop-y=", _send_empty_form),
        Stop(Role.CITIZEN, "/lay-y-kien/{slug}", SURVEY),
        Stop(Role.CITIZEN, "/y-kien-cua-toi", "/y-kien-cua-toi"),
        Stop(Role.CITIZEN, "/y-kien-cua-toi/sua", f"/y-kien-cua-toi/sua?y-kien={stage.own}"),
        Stop(Role.CITIZEN, "/lay-y-kien/{slug}/gop-y/{contribution:int}", f"{DECISION}/gop-y/1"),
        Stop(Role.CITIZEN, "/y-kien-cua-toi/rut", f"/y-kien-cua-toi/rut?y-kien={stage.own}"),
        Stop(Role.CITIZEN, "/y-kien-cua-toi/xoa", f"/y-kien-cua-toi/xoa?y-kien={stage.own}"),
        Stop(Role.CITIZEN, "/du-lieu-cua-toi", "/du-lieu-cua-toi"),
        Stop(Role.CITIZEN, "/du-lieu-cua-toi/xoa", "/du-lieu-cua-toi/xoa"),
        Stop(Role.CITIZEN, "/du-lieu-cua-toi/xoa", "/du-lieu-cua-toi/xoa?ma=1"),
        Stop(Role.CITIZEN, "/lay-y-kien/{slug}/theo-doi", f"{DECISION}/theo-doi?dieu=dieu-2"),
        Stop(Role.CITIZEN, "/theo-doi", f"{DECISION}/theo-doi", _follow),
        Stop(Role.CITIZEN, "/lay-y-kien/{slug}/bao-vi-pham", f"{DECISION}/bao-vi-pham?y-kien=1"),
        Stop(Role.CITIZEN, "/tai-khoan", "/tai-khoan", _open_menu),
        Stop(Role.CITIZEN, "/loi-moi/{invitation:int}", f"/loi-moi/{stage.invitation}"),
        Stop(Role.CITIZEN, "/kiem-duyet", "/kiem-duyet", status=403),
        Stop(Role.CITIZEN, "/phong-hop", "/phong-hop"),
        Stop(Role.MODERATOR, "/phong-hop", "/phong-hop?q=khong+co+gi+nhu+the"),
        Stop(Role.MODERATOR, "/kiem-duyet", "/kiem-duyet?muc=cho", _open_ruling),
        Stop(Role.MODERATOR, "/kiem-duyet", "/kiem-duyet?muc=cong-khai"),
        Stop(Role.MODERATOR, "/kiem-duyet", "/kiem-duyet?muc=an", _send_empty_ruling),
        Stop(Role.CITIZEN, "/y-kien-cua-toi/khieu-nai", f"/y-kien-cua-toi/khieu-nai?y-kien={stage.hidden}"),
        Stop(Role.MODERATOR, "/kiem-duyet/khieu-nai", "/kiem-duyet/khieu-nai"),
        Stop(Role.MODERATOR, "/kiem-duyet/giong-nhau/{slug}", f"/kiem-duyet/giong-nhau/{stage.held}"),
        Stop(Role.VISITOR, "/lay-y-kien/{slug}/nhat-ky", f"/lay-y-kien/{stage.held}/nhat-ky"),
    ]
    text, one = f"/bien-tap/{stage.text}", "/bien-tap/{slug}"
    soon = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    asked = f"?document=other&opening=now&closes_day={soon}&closes_time=17:00&moderation=after&tallies=hidden"
    never = f"?document=decree&opening=later&closes_day={soon}&closes_time=17:00"
    editing = [
        ("/bien-tap", "/bien-tap", None),
        (one, f"/bien-tap/{stage.empty}", None),
        (one, text, None),
        (one, f"/bien-tap/{stage.held}", None),
        (f"{one}/mo-ta", f"{text}/mo-ta", _send_without_title),
        (f"{one}/noi-dung", f"/bien-tap/{stage.empty}/noi-dung", None),
        (f"{one}/noi-dung", f"{text}/noi-dung", None),
        (f"{one}/noi-dung", f"/bien-tap/{stage.statements}/noi-dung", None),
        (f"{one}/noi-dung/sua", f"{text}/noi-dung/sua", None),
        (f"{one}/phien-ban", f"/bien-tap/{stage.held}/phien-ban", None),
        (f"{one}/phien-ban/sua", f"/bien-tap/{stage.held}/phien-ban/sua", _save_source),
        (f"{one}/phien-ban/doi-chieu", f"/bien-tap/{stage.held}/phien-ban/doi-chieu", None),
        (f"{one}/phien-ban/xac-nhan", f"/bien-tap/{stage.held}/phien-ban/xac-nhan", None),
        (f"{one}/hop-nhat", f"/bien-tap/{stage.held}/hop-nhat", None),
        (f"{one}/hop-nhat/{{anchor}}", f"/bien-tap/{stage.held}/hop-nhat/dieu-1-khoan-1", None),
        (f"{one}/cong-bo", f"{text}/cong-bo", None),
        (f"{one}/xac-nhan", f"{text}/xac-nhan{asked}", None),
        (f"{one}/ket-thuc", f"/bien-tap/{stage.held}/ket-thuc", None),
        (f"{one}/tam-dung", f"/bien-tap/{stage.held}/tam-dung", None),
        (f"{one}/tiep-tuc", f"/bien-tap/{stage.paused}/tiep-tuc", None),
        (f"{one}/luu-tru", f"/bien-tap/{stage.ended}/luu-tru", None),
        (f"{one}/huy", f"/bien-tap/{stage.held}/huy", _send_empty_reason),
        (f"{one}/ho-so", f"{text}/ho-so", _send_without_file),
        (f"{one}/nhap-ho", f"/bien-tap/{stage.held}/nhap-ho", _send_empty_entry),
        (f"{one}/nhap-tep", f"/bien-tap/{stage.held}/nhap-tep", None),
        (f"{one}/nhap-tep/{{file:int}}", stage.opinions, None),
        (f"{one}/nhap-tep/{{file:int}}/xac-nhan", f"{stage.opinions}/xac-nhan", None),
        (f"{one}/tra-loi", f"/bien-tap/{stage.held}/tra-loi?dieu=dieu-1", None),
        (f"{one}/tra-loi/cong-bo", f"{PAST.replace('/lay-y-kien', '/bien-tap')}/tra-loi/cong-bo", None),
        (f"{one}/tong-hop", f"/bien-tap/{stage.held}/tong-hop", None),
        (f"{one}/tong-hop/xem-truoc", f"/bien-tap/{stage.held}/tong-hop/xem-truoc", None),
        ("/tiep-nhan/moi", "/tiep-nhan/moi", _send_without_file),
        ("/tiep-nhan/{dossier:int}", stage.dossier, None),
        ("/tiep-nhan/{dossier:int}/xoa", f"{stage.dossier}/xoa", None),
        ("/phong-hop", "/phong-hop", None),
        ("/phong-hop/moi", "/phong-hop/moi", _send_without_title),
        ("/phong-hop/{slug}", f"/phong-hop/{stage.room}", None),
        ("/phong-hop/{slug}/sua", f"/phong-hop/{stage.room}/sua", None),
        ("/phong-hop/{slug}/cuoc-hop", f"/phong-hop/{stage.room}/cuoc-hop", None),
        ("/phong-hop/{slug}/cuoc-hop", stage.meeting.rpartition("/")[0], None),
        *past(stage.meeting),
        ("/phong-hop/{slug}/tai-lieu", f"/phong-hop/{stage.room}/tai-lieu", _send_without_file),
        ("/phong-hop/{slug}/tai-lieu", f"/phong-hop/{stage.room}/tai-lieu?q=trang+mot", None),
        ("/phong-hop/{slug}/tai-lieu/{paper:int}", stage.paper, _read_page),
        ("/phong-hop/{slug}/xoa", f"/phong-hop/{stage.room}/xoa", None),
        *prepared(stage.sitting, stage.seat, stage.hall, f"/phong-hop/{stage.room}"),
        *voting(f"/phong-hop/{stage.room}", stage.slip, stage.counted, stage.draft, _PAPER),
    ]
    administering = [
        Stop(Role.ADMINISTRATOR, "/quan-tri", "/quan-tri"),
        Stop(Role.ADMINISTRATOR, "/quan-tri/co-quan/{slug}", f"/quan-tri/co-quan/{DEMO_AGENCY}"),
        Stop(Role.ADMINISTRATOR, "/quan-tri/nhat-ky", "/quan-tri/nhat-ky"),
        Stop(Role.ADMINISTRATOR, "/lay-y-kien/{slug}", SURVEY),
        Stop(Role.SITE_ADMINISTRATOR, "/quan-tri", "/quan-tri", _send_empty_agency),
        Stop(Role.SITE_ADMINISTRATOR, "/quan-tri/co-quan/{slug}", f"/quan-tri/co-quan/{DEMO_AGENCY}"),
        Stop(Role.SITE_ADMINISTRATOR, "/quan-tri/he-thong", "/quan-tri/he-thong"),
        Stop(Role.SITE_ADMINISTRATOR, "/quan-tri/nhat-ky", "/quan-tri/nhat-ky"),
    ]
    asking = [Stop(Role.EDITOR, f"{one}/{page}", f"{text}/{page}") for page in ("cau-hoi", "tra-loi-viet")]
    wrong = [Stop(Role.EDITOR, f"{one}/xac-nhan", f"{text}/xac-nhan{never}", status=422)]
    return visitor + signed_in + [Stop(Role.EDITOR, door, path, do) for door, path, do in editing] + asking + wrong + administering


async def _send_bad_address(page: Page) -> None:
    await page.locator("form[action='/dang-nhap'] input[name=email]").fill("khong@")
    await page.locator("form[action='/dang-nhap']").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    await expect(page.locator(".errors")).to_be_visible()


async def _ask_for_code(page: Page) -> None:
    await page.locator("form[action='/dang-nhap'] input[name=email]").fill(citizen(9))
    await page.locator("form[action='/dang-nhap'] button").click()
    await expect(page.locator("input[name=code]")).to_be_visible()


async def _open_form(page: Page) -> None:
    await page.locator("#dieu-3 [data-write]").click()
    await page.locator("#dieu-3 textarea[name=text]").fill("Đang viết")
    await page.locator("#dieu-3 .write__rules summary").click()


async def _send_empty_form(page: Page) -> None:
    form = page.locator("contribution-form form").first
    await form.locator("textarea[name=text]").fill("")  # where a draft may have been kept
    await form.evaluate("form => form.submit()")  # as without scripts: the server answers
    await expect(page.locator("contribution-form .errors")).to_be_visible()


async def _follow(page: Page) -> None:
    await page.locator("main form[action$='/theo-doi'] button").click()
    await page.wait_for_url(lambda url: urlsplit(url).path == "/theo-doi")


async def _open_menu(page: Page) -> None:
    await page.locator(".mast__menu summary").click()


async def _open_ruling(page: Page) -> None:
    await page.locator(".judge__hide summary").first.click()


async def _send_empty_ruling(page: Page) -> None:
    await page.goto(page.url.replace("muc=an", "muc=cho"))
    await page.locator(".judge__hide summary").first.click()
    await page.locator(".judge__form button").first.click()
    await expect(page.locator(".errors")).to_be_visible()


async def _send_without_title(page: Page) -> None:
    await page.locator("input[name=title]").fill("")
    await page.locator("main form button").first.click()
    await expect(page.locator(".errors")).to_be_visible()


async def _send_empty_reason(page: Page) -> None:
    await page.locator("main form button").click()
    await expect(page.locator(".errors")).to_be_visible()


async def _read_page(page: Page) -> None:
    """The paper is read page by page, where scripts run."""
    await expect(page.locator('.leaf[data-page="1"][data-drawn]')).to_be_visible()


async def _send_without_file(page: Page) -> None:
    await page.locator("main form[enctype] button").click()
    await expect(page.locator(".errors")).to_be_visible()


async def _send_empty_entry(page: Page) -> None:
    await page.locator("main form button").click()
    await expect(page.locator(".errors")).to_be_visible()


async def _save_source(page: Page) -> None:
    address, source = page.url, page.locator("#source")
    await source.fill((await source.input_value()).replace("Việc thứ hai", "Việc thứ hai đã sửa"))
    await page.locator("main button[value=luu]").click()
    await expect(page.locator(".notice--good")).to_be_visible()
    await page.goto(address)


async def _send_without_name(page: Page) -> None:
    await page.locator("main form").evaluate("form => form.submit()")
    await expect(page.locator(".errors")).to_be_visible()


async def _send_empty_agency(page: Page) -> None:
    await page.locator("main form").evaluate("form => form.submit()")
    await expect(page.locator(".errors")).to_be_visible()
