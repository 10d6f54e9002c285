"""What officials do before the running product, said in a line: it works with scripts and without."""

import re
from pathlib import Path

from playwright.async_api import FilePayload, expect

from server.kernel.ids import RoomId
from server.protocol.rooms import EndMeeting
from tests.browser.stories.people import Person
from tests.peers.attendee import Attendee, new_id


async def begin(editor: Person, title: str) -> str:
    """A new consultation in draft; its slug."""
    await editor.visit("/bien-tap")
    await editor.page.get_by_label("Tên đợt lấy ý kiến").fill(title)
    await editor.page.get_by_role("button", name="Tạo bản soạn").click()
    await expect(editor.page.locator("main")).to_contain_text("Đã tạo bản soạn.")
    return editor.page.url.rpartition("/")[2]


async def upload(editor: Person, slug: str, document: Path | FilePayload) -> None:
    """Sends a document, and waits until it has been read."""
    await editor.visit(f"/bien-tap/{slug}/noi-dung")
    await editor.page.get_by_label("Tệp văn bản").set_input_files(document)
    await editor.page.get_by_role("button", name="Tải lên và đọc").click()
    await expect(editor.page.locator("main")).to_contain_text("Đã đọc tệp.")


async def upload_opinions(officer: Person, slug: str, file: FilePayload) -> str:
    """Sends a file of opinions given at a meeting; the path of the page that shows its lines."""
    page = officer.page
    await officer.visit(f"/bien-tap/{slug}/nhap-tep")
    await page.get_by_label("Tệp ý kiến").set_input_files(file)
    await page.get_by_label("Nhận ý kiến qua").select_option("meeting")
    await page.get_by_label("Nơi nhận").fill("UBND xã Mẫu")
    await page.get_by_role("button", name="Tải lên và xem trước").click()
    await page.wait_for_url(f"**/bien-tap/{slug}/nhap-tep/*")
    return page.url.removeprefix(officer.origin)


async def list_statements(editor: Person, slug: str, *statements: str) -> None:
    """Puts statements in place of a document."""
    await editor.visit(f"/bien-tap/{slug}/noi-dung")
    await editor.page.get_by_label("Các phát biểu").fill("\n".join(statements))
    await editor.page.get_by_role("button", name="Lưu danh sách").click()
    await expect(editor.page.locator("main")).to_contain_text("Đã lưu danh sách phát biểu.")


async def summarise(editor: Person, slug: str) -> None:
    """Writes the summary without which nothing is published."""
    page = editor.page
    await editor.visit(f"/bien-tap/{slug}/mo-ta")
    await page.locator("[name=summary]").fill("Tóm tắt bằng lời dễ hiểu.")
    await page.get_by_role("button", name="Lưu", exact=True).click()
    await expect(page.locator("main")).to_contain_text("Đã lưu")


async def step(editor: Person, slug: str, path: str, reason: str) -> None:
    """One act on a whole consultation, by the page that asks for its reason."""
    await editor.visit(f"/bien-tap/{slug}/{path}")
    await editor.page.locator("main [name=reason]").fill(reason)
    await editor.page.locator("main form button").click()
    await editor.page.wait_for_url(f"{editor.origin}/bien-tap/{slug}*")


async def publish_answers(editor: Person, slug: str) -> None:
    """Publishes the answers of a closed consultation in which every contribution has one."""
    await editor.visit(f"/bien-tap/{slug}/tra-loi/cong-bo")
    await editor.page.get_by_role("button", name="Công bố tất cả trả lời").click()
    await expect(editor.page.locator("main")).to_contain_text("Đã công bố trả lời cho mọi ý kiến.")


async def publish(
    editor: Person, slug: str, closes_day: str, *, moderation: str = "Sau khi đăng", tallies: str = "Sau khi kết thúc"
) -> None:
    """At once and until the end of a day (ISO), by way of the schedule and the page that asks once more."""
    page = editor.page
    await summarise(editor, slug)
    await editor.visit(f"/bien-tap/{slug}/cong-bo")
    await page.get_by_role("group", name="Loại văn bản").get_by_label("Không phải văn bản quy phạm pháp luật").check()
    await page.get_by_label("Ngay khi công bố").check()
    closes = page.get_by_role("group", name="Thời điểm kết thúc")
    await closes.get_by_label("Ngày").fill(closes_day)
    await page.get_by_role("group", name="Kiểm duyệt").get_by_label(moderation).check()
    await page.get_by_role("group", name="Công bố kết quả biểu quyết").get_by_label(tallies).check()
    await page.get_by_role("button", name="Xem lại trước khi công bố").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Xác nhận công bố")
    await page.get_by_role("button", name="Công bố", exact=True).click()
    await expect(page.locator("main")).to_contain_text("Đã công bố.")


async def contribute(citizen: Person, slug: str, anchor: str, words: str) -> None:
    """By the form without scripts' help: the page with the form open at one place."""
    await citizen.visit(f"/lay-y-kien/{slug}")
    place = citizen.page.locator(f"#{anchor}")
    await place.get_by_role("link", name="Góp ý về").click()
    await place.get_by_label("Nội dung").fill(words)
    await place.get_by_role("button", name="Gửi ý kiến").click()
    await expect(
        place.get_by_role("status").filter(has_text="Ý kiến của ông/bà").or_(place.get_by_text(words, exact=True)).first
    ).to_be_visible()


async def hide(moderator: Person, words: str, reason: str, *, of: str = "cho") -> None:
    """Hides what holds these words, by the first rule, from one list of the queue."""
    await moderator.visit(f"/kiem-duyet?muc={of}")
    item = moderator.page.locator(".judge", has_text=words)
    await item.locator("summary").click()
    await item.get_by_role("radio").first.check()
    await item.get_by_label("Lý do").fill(reason)
    await item.get_by_role("button", name="Ẩn ý kiến này").click()
    await expect(moderator.page.locator("main")).to_contain_text("Đã ẩn ý kiến của")


async def invite(administrator: Person, agency: str, email: str, role: str) -> None:
    """Invites an address to a role in an agency, which is named by its slug."""
    await administrator.visit(f"/quan-tri/co-quan/{agency}")
    await administrator.page.get_by_label("Địa chỉ thư điện tử").fill(email)
    await administrator.page.get_by_label(role, exact=True).check()
    await administrator.page.get_by_role("button", name="Gửi lời mời").click()
    await expect(administrator.page.locator("main")).to_contain_text("Đã gửi lời mời.")


async def open_room(editor: Person, title: str) -> str:
    """A new room that is always there; its slug."""
    await editor.visit("/phong-hop/moi")
    await editor.page.get_by_label("Tên phòng họp").fill(title)
    await editor.page.get_by_label("Phòng thường trực").check()
    await editor.page.get_by_role("button", name="Tạo phòng họp").click()
    await expect(editor.page.locator("main")).to_contain_text("Đã tạo phòng họp.")
    return editor.page.url.split("/")[-2]


async def hold_meeting(editor: Person, room: str) -> str:
    """A meeting in a room that the editor enters and ends; the path of its record."""
    cookies = {str(one["name"]): str(one["value"]) for one in await editor.context.cookies(editor.origin)}
    page = await (await editor.context.request.get(f"{editor.origin}/phong-hop/{room}")).text()
    found = re.search(r'data-room="(\d+)"', page)
    assert found is not None
    async with Attendee(editor.origin, RoomId(int(found[1])), cookies) as attendee:
        await attendee.enter()
        await attendee.do(EndMeeting(new_id(), attendee.room))
    await editor.visit(f"/phong-hop/{room}/cuoc-hop")
    return (await editor.page.get_by_role("link", name=re.compile("^Nhật ký")).get_attribute("href")) or ""


async def add_meeting_paper(host: Person, room: str, file: FilePayload) -> str:
    """A paper of a room's meetings; its path."""
    await host.visit(f"/phong-hop/{room}/tai-lieu")
    await host.page.get_by_label("Tệp", exact=True).set_input_files(file)
    await host.page.get_by_role("button", name="Thêm tài liệu").click()
    await expect(host.page.locator("main")).to_contain_text("Đã thêm tài liệu họp.")
    return host.page.url.removeprefix(host.origin).partition("#")[0]


async def draft_slip(host: Person, room: str, text: str) -> str:
    """A slip that is written and not sent; its path."""
    await host.visit(f"/phong-hop/{room}/bieu-quyet/moi")
    await host.page.get_by_label("Nội dung biểu quyết").fill(text)
    await host.page.get_by_role("button", name="Lưu và xem lại").click()
    await expect(host.page.locator("main")).to_contain_text("Đã lưu bản soạn.")
    return host.page.url.removeprefix(host.origin).partition("?")[0]


async def send_slip(host: Person, room: str, text: str, closes_day: str) -> str:
    """A slip that is sent to the people of a room; its path."""
    await draft_slip(host, room, text)
    await host.page.get_by_label("Hạn gửi phiếu, ngày").fill(closes_day)
    await host.page.get_by_role("button", name="Gửi phiếu cho các thành viên").click()
    await expect(host.page.locator("main")).to_contain_text("Đã gửi phiếu.")
    return host.page.url.removeprefix(host.origin)


async def prepare_meeting(chair: Person, email: str, title: str) -> str:
    """A new room with one item on its agenda, and on its roll its maker, who signs in with ``email`` and has the chair, and one member;
    its path."""
    room, page = f"/phong-hop/{await open_room(chair, title)}", chair.page
    await chair.visit(f"{room}/thanh-phan/nhap")
    await page.get_by_label("Dán danh sách vào đây").fill(f"{email};Chủ tọa\nthanh-vien@demo.example")
    await page.get_by_role("button", name="Xem trước").click()
    await page.get_by_role("button", name="Ghi danh sách").click()
    await expect(page.locator("main")).to_contain_text("Đã ghi danh sách.")
    await chair.visit(f"{room}/chuong-trinh/them")
    await page.get_by_label("Nội dung", exact=True).fill("Khai mạc")
    await page.get_by_role("button", name="Lưu").click()
    await expect(page.locator("main")).to_contain_text("Đã lưu chương trình.")
    return room


async def make_guest_link(editor: Person, room: str) -> str:
    """A guests' link to a room; its path."""
    await editor.visit(f"/phong-hop/{room}/sua")
    await editor.page.get_by_role("button", name="Tạo đường dẫn cho khách").click()
    link = await editor.page.get_by_label("Dành cho khách").input_value()
    return link.removeprefix(editor.origin)
