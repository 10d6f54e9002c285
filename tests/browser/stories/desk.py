"""What officials do before the running product, said in a line.

Their forms are sent as they stand on the pages, but unseen: that they can be filled in and sent in a browser is what other stories are
about. Whoever wants to see the page that answers visits it.
"""

import re
from urllib.parse import urlencode

from lxml import html
from playwright.async_api import APIResponse, FilePayload

from server.kernel.ids import RoomId
from server.protocol.rooms import EndMeeting
from tests.browser.stories.people import Person
from tests.peers.attendee import Attendee, new_id


async def begin(editor: Person, title: str) -> str:
    """A new consultation in draft; its slug."""
    answer = await editor.send("/bien-tap", title=title)
    await said(answer, "Đã tạo bản soạn.")
    return answer.url.rpartition("/")[2]


async def upload(editor: Person, slug: str, document: FilePayload) -> None:
    """Sends a document, which is read at once."""
    page = f"/bien-tap/{slug}/noi-dung"
    await said(await editor.send(page, f"{page}/tep", document), "Đã đọc tệp.")


async def upload_opinions(officer: Person, slug: str, file: FilePayload) -> str:
    """Sends a file of opinions given at a meeting; the path of the page that shows its lines."""
    answer = await officer.send(f"/bien-tap/{slug}/nhap-tep", file=file, how="meeting", place="UBND xã Mẫu")
    path = answer.url.removeprefix(officer.origin)
    assert path.startswith(f"/bien-tap/{slug}/nhap-tep/"), path
    return path


async def take_over(editor: Person, data: bytes) -> str:
    """Takes over a consultation from elsewhere by its open data; the path of its page."""
    answer = await editor.send("/tiep-nhan/moi", file=FilePayload(name="du-lieu.zip", mimeType="application/zip", buffer=data))
    path = answer.url.removeprefix(editor.origin)
    assert path.startswith("/tiep-nhan/") and path[-1].isdigit(), path
    return path


async def list_statements(editor: Person, slug: str, *statements: str) -> None:
    """Puts statements in place of a document."""
    page = f"/bien-tap/{slug}/noi-dung"
    await said(await editor.send(page, f"{page}/phat-bieu", statements="\n".join(statements)), "Đã lưu danh sách phát biểu.")


async def summarise(editor: Person, slug: str) -> None:
    """Writes the summary without which nothing is published."""
    await said(await editor.send(f"/bien-tap/{slug}/mo-ta", summary="Tóm tắt bằng lời dễ hiểu."), "Đã lưu")


async def step(editor: Person, slug: str, path: str, reason: str) -> None:
    """One act on a whole consultation, by the page that asks for its reason."""
    answer = await editor.send(page := f"/bien-tap/{slug}/{path}", reason=reason)
    assert not answer.url.endswith(page), answer.url


async def publish_answers(editor: Person, slug: str) -> None:
    """Publishes the answers of a closed consultation in which every contribution has one."""
    await said(await editor.send(f"/bien-tap/{slug}/tra-loi/cong-bo"), "Đã công bố trả lời cho mọi ý kiến.")


async def publish(editor: Person, slug: str, closes_day: str, *, moderation: str = "after", tallies: str = "hidden") -> None:
    """At once and until the end of a day (ISO), by way of the page that asks once more."""
    await summarise(editor, slug)
    asked = {"document": "other", "opening": "now", "closes_day": closes_day, "closes_time": "17:00"}
    confirming = f"/bien-tap/{slug}/xac-nhan?{urlencode(asked | {'moderation': moderation, 'tallies': tallies})}"
    await said(await editor.send(confirming, f"/bien-tap/{slug}/cong-bo"), "Đã công bố.")


async def contribute(citizen: Person, slug: str, anchor: str, words: str) -> None:
    """By the form without scripts' help: the page with the form open at one place."""
    page = html.fromstring(await citizen.read(f"/lay-y-kien/{slug}"))
    write = str(page.xpath("string(//*[@id=$anchor]//a[@data-write]/@href)", anchor=anchor))
    answer = await citizen.send(write.partition("#")[0], f"/lay-y-kien/{slug}/gop-y", text=words)
    seen = await answer.text()
    assert words in seen or "Ý kiến của ông/bà" in seen, seen


async def id_of(citizen: Person, words: str) -> str:
    """The id of their own contribution that holds these words."""
    mine = html.fromstring(await citizen.read("/y-kien-cua-toi"))
    return str(mine.xpath("string(//*[@data-own][contains(., $words)]/@data-own)", words=words))


async def hide(moderator: Person, words: str, reason: str, *, of: str = "cho") -> None:
    """Hides what holds these words, by the first rule, from one list of the queue."""
    await said(await moderator.send(f"/kiem-duyet?muc={of}", "/kiem-duyet", beside=words, rule="insult", reason=reason), "Đã ẩn ý kiến của")


async def invite(administrator: Person, agency: str, email: str, role: str) -> None:
    """Invites an address to a role in an agency, which is named by its slug."""
    page = f"/quan-tri/co-quan/{agency}"
    await said(await administrator.send(page, f"{page}/moi", email=email, role=role), "Đã gửi lời mời.")


async def open_room(editor: Person, title: str) -> str:
    """A new room that is always there; its slug."""
    answer = await editor.send("/phong-hop/moi", title=title, when="always")
    await said(answer, "Đã tạo phòng họp.")
    return answer.url.split("/")[-2]


async def hold_meeting(editor: Person, room: str) -> str:
    """A meeting in a room that the editor enters, writes a line in and ends; the path of its record."""
    cookies = {str(one["name"]): str(one["value"]) for one in await editor.context.cookies(editor.origin)}
    found = re.search(r'data-room="(\d+)"', await editor.read(f"/phong-hop/{room}"))
    assert found is not None
    async with Attendee(editor.origin, RoomId(int(found[1])), cookies) as attendee:
        await attendee.enter()
        await attendee.say("Chào các đồng chí")
        await attendee.do(EndMeeting(new_id(), attendee.room))
    past = html.fromstring(await editor.read(f"/phong-hop/{room}/cuoc-hop"))
    return str(past.xpath("string(//a[starts-with(normalize-space(), 'Nhật ký')]/@href)"))


async def add_meeting_paper(host: Person, room: str, file: FilePayload) -> str:
    """A paper of a room's meetings; its path."""
    answer = await host.send(f"/phong-hop/{room}/tai-lieu", file=file)
    await said(answer, "Đã thêm tài liệu họp.")
    return answer.url.removeprefix(host.origin).partition("#")[0]


async def draft_slip(host: Person, room: str, text: str) -> str:
    """A slip that is written and not sent; its path."""
    answer = await host.send(f"/phong-hop/{room}/bieu-quyet/moi", text=text)
    await said(answer, "Đã lưu bản soạn.")
    return answer.url.removeprefix(host.origin).partition("?")[0]


async def send_slip(host: Person, room: str, text: str, closes_day: str) -> str:
    """A slip that is sent to the people of a room; its path."""
    path = await draft_slip(host, room, text)
    await said(await host.send(path, f"{path}/viec", closes_day=closes_day), "Đã gửi phiếu.")
    return path


async def count_slip(host: Person, room: str, text: str, closes_day: str) -> str:
    """A slip that was sent and ended at once, on which nobody has voted; its path."""
    path = await send_slip(host, room, text, closes_day)
    await said(await host.send(path, f"{path}/viec", act="closed"), "Đã kết thúc biểu quyết và kiểm phiếu.")
    return path


async def prepare_meeting(chair: Person, email: str, title: str) -> str:
    """A new room with one item on its agenda, and on its roll its maker, who signs in with ``email`` and has the chair, and one member;
    its path."""
    room = f"/phong-hop/{await open_room(chair, title)}"
    await list_people(chair, room, f"{email};Chủ tọa\nthanh-vien@demo.example")
    await said(await chair.send(f"{room}/chuong-trinh/them", title="Khai mạc"), "Đã lưu chương trình.")
    return room


async def list_people(chair: Person, room: str, lines: str) -> None:
    """Puts people on the roll of a room, after a look at what that changes."""
    looked_at = await chair.send(f"{room}/thanh-phan/nhap", list=lines)
    await said(await chair.send(looked_at, act="ghi"), "Đã ghi danh sách.")


async def last_seat(chair: Person, path: str) -> str:
    """The path of the last line of a page that lists people or halls."""
    listed = html.fromstring(await chair.read(path))
    return str(listed.xpath("string((//*[contains(@class, 'seat__name')]//a)[last()]/@href)"))


async def make_guest_link(editor: Person, room: str) -> str:
    """A guests' link to a room; its path."""
    await editor.send(f"/phong-hop/{room}/sua", f"/phong-hop/{room}/lien-ket")
    page = html.fromstring(await editor.read(f"/phong-hop/{room}/sua"))
    return str(page.xpath("string(//*[@id='guest_link']/@value)")).removeprefix(editor.origin)


async def said(answer: APIResponse, words: str) -> None:
    """Fails unless the page that answers says so."""
    page = html.fromstring(await answer.text())
    seen = " ".join(str(page.xpath("string(//main)")).split())
    assert words in seen, seen
