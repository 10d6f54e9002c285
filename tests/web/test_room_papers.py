"""Papers of a room on its pages: who reads which, ranges of a file, searching, versions, private notes, and who has opened what."""

import asyncio
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
import typst

from rooms.papers import readers_by_agenda
from rooms.state import Item, Plan
from server.documents.apart import Reader
from server.documents.pdf_directory import directory_of
from server.documents.to_pdf import Converter
from server.kernel.ids import AgencyId, ItemId, PaperId, Who
from server.realtime import paper_shelf
from server.realtime.agenda_desk import AgendaDesk
from server.realtime.paper_shelf import PaperShelf
from server.realtime.roll_desk import RollDesk
from server.realtime.room_access import Access
from server.store import room_papers
from server.store.connection import Pool
from server.web.agenda_pages import AgendaPages
from server.web.edge import Edge, Place, every_door
from server.web.ranges import Span, span_of
from server.web.room_papers import RoomPaperPages
from server.web.turns import Turns
from tests.web.citizens import says
from tests.web.site import HOST, ORIGIN, Browser, forms_of
from tests.web.test_rooms import Hall as Rooms
from tests.web.test_rooms import create, guest_link

MISSING = "khong-co-chuong-trinh-nay"


def a_pdf(*pages: str) -> bytes:
    return typst.compile("#pagebreak()\n".join(f"{page}\n" for page in pages).encode())


PDF = a_pdf("Tờ trình về dự toán", "Đề án tinh giản biên chế")


class Hall(Rooms):
    """A site with rooms and their papers, on a machine without an office program."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        below = self.edge.doors
        shelf = PaperShelf(pool, Access(pool, self.sessions))
        agenda = AgendaDesk(pool, self.rooms)
        inside = RoomPaperPages(self.pages, self.rooms, agenda, shelf, Reader(), Converter(MISSING))
        planning = AgendaPages(self.pages, agenda, shelf, RollDesk(pool, self.keys, self.rooms), self.runner.wake)
        self.edge = Edge(
            every_door(lambda: below, inside.doors, planning.doors),
            place=Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )


@pytest.fixture
def hall(pool: Pool) -> Hall:
    return Hall(pool)


@pytest.fixture
async def agency(hall: Hall) -> AgencyId:
    return await hall.agency()


@pytest.fixture
async def editor(hall: Hall, agency: AgencyId) -> AsyncIterator[Browser]:
    async with hall.official("bien-tap", ("editor", agency)) as browser:
        yield browser


@pytest.fixture
async def colleague(hall: Hall, agency: AgencyId) -> AsyncIterator[Browser]:
    async with hall.official("dong-nghiep", ("moderator", agency)) as browser:
        yield browser


async def send(browser: Browser, path: str, name: str = "", data: bytes = b"", **fields: str) -> httpx.Response:
    """Sends a form of the last page with a file."""
    hidden = forms_of(browser.page)[path]
    files = {"file": (name, data)} if name else {"file": ("", b"")}
    response = await browser.client.post(path, data=hidden | fields, files=files, headers={"origin": ORIGIN})
    if response.status_code != 303:
        browser.page = response.text
    return response


async def upload(editor: Browser, slug: str, title: str = "Tờ trình", audience: str = "members", data: bytes = PDF) -> str:
    """Adds a paper; its address."""
    home = f"/phong-hop/{slug}/tai-lieu"
    await editor.open(home)
    made = await send(editor, home, "to-trinh.pdf", data, title=title, audience=audience)
    assert made.status_code == 303, says(made)
    address: str = made.headers["location"]
    return address


async def never_sent() -> AsyncIterator[bytes]:
    raise AssertionError("a file of somebody who may not add one is read")
    yield b""


async def test_who_may_not_add_papers_is_told_so_before_the_file_is_read(hall: Hall, editor: Browser, colleague: Browser) -> None:
    slug = await create(editor)
    paper = await upload(editor, slug)
    sent = {"origin": ORIGIN, "content-type": "multipart/form-data; boundary=x", "content-length": str(64 << 20)}
    async with hall.browser() as visitor, hall.citizen("cong-dan") as citizen:
        for browser, code in ((visitor, 401), (citizen, 404), (colleague, 403)):
            for path in (f"/phong-hop/{slug}/tai-lieu", f"{paper}/phien-ban"):
                answer = await browser.client.post(path, headers=sent, content=never_sent())
                assert answer.status_code == code, (code, says(answer))


async def status(browser: Browser, path: str) -> int:
    return (await browser.client.get(path)).status_code


async def test_a_paper_is_listed_read_by_ranges_and_found_by_words_without_accents(hall: Hall, editor: Browser, colleague: Browser) -> None:
    slug = await create(editor)
    paper = await upload(editor, slug)
    listed = await colleague.open(f"/phong-hop/{slug}/tai-lieu")
    assert "Tờ trình" in says(listed) and "Thêm tài liệu" not in says(listed)
    file = re.search(r'data-file="([^"]+)"', (await colleague.open(paper)).text)
    assert file is not None
    shown = await colleague.client.get(file[1])
    assert (shown.status_code, shown.content) == (200, PDF + directory_of(PDF))
    end = await colleague.client.get(file[1], headers={"range": f"bytes={len(PDF)}-"})
    assert (end.status_code, end.content) == (206, directory_of(PDF))
    address = file[1].removesuffix("?trang")
    whole = await colleague.client.get(address)
    assert (whole.status_code, whole.content) == (200, PDF)
    assert whole.headers["content-disposition"].startswith("attachment;")
    assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert (whole.headers["accept-ranges"], whole.headers["cache-control"]) == ("bytes", "no-store")
    part = await colleague.client.get(address, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, PDF[10:20], f"bytes 10-19/{len(PDF)}")
    last = await colleague.client.get(address, headers={"range": "bytes=-7"})
    assert (last.status_code, last.content) == (206, PDF[-7:])
    beyond = await colleague.client.get(address, headers={"range": f"bytes={len(PDF)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(PDF)}")
    other = await colleague.client.get(address, headers={"range": "bytes=10-19", "if-range": '"khac"'})
    assert (other.status_code, other.content) == (200, PDF)
    found = await colleague.client.get(f"{paper}/tim?q=TINH GIAN")
    assert [one["page"] for one in found.json()] == [2]
    assert f"{paper}#trang=2" in (await colleague.open(f"/phong-hop/{slug}/tai-lieu?q=bien che")).text


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("", Span(0, 100)),
        ("bytes=0-", Span(0, 100)),
        ("bytes=90-200", Span(90, 100)),
        ("bytes=-200", Span(0, 100)),
        ("bytes=0-9,20-29", Span(0, 100)),
        ("bytes=9-3", Span(0, 100)),
        ("bytes=-", Span(0, 100)),
        ("pages=1-2", Span(0, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
    ],
)
def test_a_range_is_the_part_it_names_the_whole_or_nothing(asked: str, span: Span | None) -> None:
    assert span_of(asked, 100) == span


async def test_papers_are_for_those_of_the_room_and_nobody_else(hall: Hall, editor: Browser, colleague: Browser) -> None:
    slug = await create(editor)
    paper = await upload(editor, slug, audience="all")
    ways = (f"/phong-hop/{slug}/tai-lieu", paper, f"{paper}/1.pdf", f"{paper}/tim?q=trinh")
    link = await guest_link(editor, slug)
    async with hall.official("co-quan-khac", ("moderator", await hall.agency("khac"))) as stranger, hall.browser() as visitor:
        for way in ways:
            assert await status(colleague, way) == 200
            assert await status(stranger, way) == 404
        assert await status(visitor, ways[2]) == 303, "a visitor is asked to sign in"
        # A guest who waits before the door, or whose meeting has not begun, is not inside.
        await visitor.open(link)
        await visitor.submit(link, name="Khách mời")
        assert [await status(visitor, way) for way in ways] == [404, 404, 404, 404]
    other = await create(editor, "Phòng khác")
    elsewhere = paper.replace(slug, other, 1)
    assert await status(editor, elsewhere) == 404 and await status(editor, f"{elsewhere}/1.pdf") == 404


async def test_who_may_not_know_an_item_knows_none_of_its_papers(hall: Hall, editor: Browser, colleague: Browser, pool: Pool) -> None:
    slug = await create(editor)
    own, open_to_all = await upload(editor, slug, "Nhân sự", "mine"), await upload(editor, slug, "Dự toán")
    assert (await status(colleague, own), await status(colleague, open_to_all)) == (404, 200)
    [room] = await pool.fetch("select room, added_by from room_papers where readers is not null")
    mine, theirs = (PaperId(int(one.rpartition("/")[2])) for one in (own, open_to_all))
    me = Who(room["added_by"])

    async def planned(*items: Item) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await room_papers.set_readers(connection, room["room"], readers_by_agenda(items))

    await planned(Item(ItemId(1), Plan("Nhân sự", papers=(mine, theirs), readers=(me,))))
    for paper in (own, open_to_all):
        assert (await status(editor, paper), await status(colleague, paper), await status(colleague, f"{paper}/1.pdf")) == (200, 404, 404)
    listed = says(await colleague.open(f"/phong-hop/{slug}/tai-lieu"))
    assert "Nhân sự" not in listed and "Dự toán" not in listed
    assert "Không tìm thấy" in says(await colleague.open(f"/phong-hop/{slug}/tai-lieu?q=bien che"))
    await planned()
    assert await status(colleague, open_to_all) == 404, "an item that is taken off opens nothing"
    await planned(Item(ItemId(2), Plan("Công khai", papers=(theirs,))))
    assert (await status(colleague, open_to_all), await status(colleague, own)) == (200, 404)


async def test_a_paper_is_put_on_items_of_the_agenda_and_taken_off(hall: Hall, editor: Browser, colleague: Browser, pool: Pool) -> None:
    slug = await create(editor)
    paper = await upload(editor, slug, audience="mine")
    viewer = await hall.person("bien-tap")
    await AgendaDesk(pool, hall.rooms).add(viewer, slug, Plan("Dự toán"))
    await editor.open(paper)
    placed = await editor.submit(f"{paper}/muc", item="1")
    assert "Đã lưu các mục" in says(placed) and 'value="1" checked' in placed.text
    assert await status(colleague, paper) == 200, "an item for everybody has it"
    assert 'value="1" checked' not in (await editor.submit(f"{paper}/muc")).text


async def test_the_agenda_leads_to_the_papers_of_its_items_and_an_item_takes_and_gives_back_papers(
    hall: Hall, editor: Browser, colleague: Browser, pool: Pool
) -> None:
    slug = await create(editor)
    agenda, one = f"/phong-hop/{slug}/chuong-trinh", f"/phong-hop/{slug}/chuong-trinh/1"
    own = await upload(editor, slug, "Chỉ của tôi", audience="mine")
    report = await upload(editor, slug, "Báo cáo")
    number = report.rpartition("/")[2]
    await editor.open(f"{agenda}/them")
    await editor.submit(f"{agenda}/them", title="Dự toán", paper=number, offered=number)
    assert f'href="{report}"' in (await colleague.open(agenda)).text and own not in colleague.page
    await AgendaDesk(pool, hall.rooms).place_paper(await hall.person("bien-tap"), slug, PaperId(int(own.rpartition("/")[2])), {ItemId(1)})
    assert f'value="{number}" checked' in (await editor.open(one)).text
    fields = {name: value for name, value in forms_of(editor.page)[one].items() if name == "csrf"} | {"title": "Dự toán"}
    kept = await editor.client.post(one, data=fields, headers={"origin": ORIGIN})
    assert kept.status_code == 303 and f'href="{report}"' in (await editor.open(agenda)).text, "what the form did not offer stays"
    await editor.open(one)
    taken = await editor.client.post(one, data=fields | {"offered": number}, headers={"origin": ORIGIN})
    assert taken.status_code == 303
    left = (await editor.open(agenda)).text
    assert f'href="{report}"' not in left and f'href="{own}"' in left


async def test_notes_are_read_by_who_wrote_them_alone(hall: Hall, editor: Browser, colleague: Browser) -> None:
    slug = await create(editor)
    paper = await upload(editor, slug)
    await colleague.open(paper)
    kept = await colleague.submit(f"{paper}/ghi-chu", page="2", text="Hỏi lại số liệu này")
    assert "Hỏi lại số liệu này" in says(kept)
    assert "Hỏi lại số liệu này" not in (await editor.open(paper)).text
    await editor.submit(f"{paper}/ghi-chu", page="2", text="Của tôi")
    again = says(await colleague.open(paper))
    assert "Hỏi lại số liệu này" in again and "Của tôi" not in again
    wrong = await colleague.submit(f"{paper}/ghi-chu", page="3", text="Không có trang này")
    assert wrong.status_code == 422 and "từ 1 đến 2" in says(wrong) and "Không có trang này" in wrong.text
    await colleague.open(paper)
    await colleague.submit(f"{paper}/ghi-chu", page="2", text="")
    assert "Hỏi lại số liệu này" not in (await colleague.open(paper)).text


async def test_who_prepares_the_meeting_sees_who_has_opened_which_version(hall: Hall, editor: Browser, colleague: Browser) -> None:
    slug = await create(editor)
    paper = await upload(editor, slug)
    assert "Chưa có ai mở" in says(await editor.open(paper))
    await colleague.client.get(f"{paper}/1.pdf", headers={"range": "bytes=5-9"})
    assert "Chưa có ai mở" in says(await editor.open(paper)), "who goes on reading has opened it before"
    await colleague.client.get(f"{paper}/1.pdf")
    assert "Mở lần đầu" in says(await editor.open(paper)) and "Mở lần đầu" not in says(await colleague.open(paper))
    assert (await send(editor, f"{paper}/phien-ban", "to-trinh-2.pdf", a_pdf("Chỉ một trang"))).status_code == 303
    changed = await editor.open(paper)
    assert "Các bản trước vẫn còn" in says(changed) and f"{paper}/2.pdf" in changed.text
    assert await status(colleague, f"{paper}/1.pdf") == 200
    assert (await colleague.client.get(f"{paper}/tim?q=bien che")).json() == []


async def test_only_who_prepares_adds_changes_or_takes_out_papers(hall: Hall, editor: Browser, colleague: Browser) -> None:
    slug = await create(editor)
    paper = await upload(editor, slug)
    home = f"/phong-hop/{slug}/tai-lieu"
    await colleague.open(paper)
    token = forms_of(colleague.page)[f"{paper}/ghi-chu"]["csrf"]
    for way in (home, f"{paper}/phien-ban", f"{paper}/bo"):
        fields = {"csrf": token, "id": str(uuid4()), "title": "Chen vào"}
        files = None if way.endswith("/bo") else {"file": ("a.pdf", PDF)}
        refused = await colleague.client.post(way, data=fields, headers={"origin": ORIGIN}, files=files)
        assert refused.status_code == 403, way
    await editor.open(paper)
    await editor.submit(f"{paper}/bo")
    assert await status(colleague, paper) == 404 and await status(colleague, f"{paper}/1.pdf") == 404


async def test_notes_and_versions_are_bounded_for_each_person_and_room(
    hall: Hall, editor: Browser, colleague: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper_shelf, "MOST_NOTES", 1)
    monkeypatch.setattr(paper_shelf, "VERSIONS_PER_DAY", 2)
    slug = await create(editor)
    paper = await upload(editor, slug)
    for text in ("Một", "Sửa lại"):
        await colleague.open(paper)
        assert text in says(await colleague.submit(f"{paper}/ghi-chu", page="1", text=text))
    full = await colleague.submit(f"{paper}/ghi-chu", page="2", text="Hai")
    assert full.status_code == 422 and "nhiều nhất 1 ghi chú" in says(full) and "Hai" in full.text
    await editor.open(paper)
    assert "Của tôi" in says(await editor.submit(f"{paper}/ghi-chu", page="2", text="Của tôi"))
    statuses = []
    for number in range(2):
        await editor.open(paper)
        statuses.append((await send(editor, f"{paper}/phien-ban", f"ban-{number}.pdf", PDF)).status_code)
    assert statuses == [303, 422] and "Quá nhiều yêu cầu" in editor.page
    monkeypatch.setattr(paper_shelf, "MOST_VERSIONS", 2)
    await editor.open(f"/phong-hop/{slug}/tai-lieu")
    assert (await send(editor, f"/phong-hop/{slug}/tai-lieu", "ban-khac.pdf", PDF)).status_code == 422
    assert "nhiều nhất 2 bản tài liệu" in editor.page


async def test_one_agency_never_holds_all_the_turns_of_heavy_work() -> None:
    turns, order, done = Turns(2), list[str](), asyncio.Event()

    async def work(agency: int, name: str) -> None:
        async with turns.of(AgencyId(agency)):
            order.append(name)
            await done.wait()

    async with asyncio.TaskGroup() as group:
        for agency, name in ((1, "first"), (1, "waits"), (2, "other"), (3, "waits, too")):
            group.create_task(work(agency, name))
        for _ in range(5):
            await asyncio.sleep(0)
        assert order == ["first", "other"]
        done.set()
    assert sorted(order[2:]) == ["waits", "waits, too"]


async def test_what_cannot_be_shown_is_refused_beside_its_field_with_what_was_typed(hall: Hall, editor: Browser) -> None:
    slug = await create(editor)
    home = f"/phong-hop/{slug}/tai-lieu"
    assert "chưa chuyển được tệp Word" in says(await editor.open(home))
    for name, data, sentence in (
        ("a.txt", b"chu", "Chỉ nhận tệp .pdf và .docx."),
        ("a.pdf", b"%PDF-1.7 hong", "không phải văn bản"),
    ):
        await editor.open(home)
        refused = await send(editor, home, name, data, title="Tên đã ghi")
        assert refused.status_code == 422 and sentence in says(refused) and 'value="Tên đã ghi"' in refused.text
    await editor.open(home)
    assert "Xin chọn một tệp." in says(await send(editor, home, title="Tên đã ghi"))
