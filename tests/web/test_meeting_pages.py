"""Roll, agenda and invitation of a room, as its secretary writes them and as those who are invited answer."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from rooms import events as e
from server.documents.apart import Reader
from server.kernel.ids import Who
from server.realtime.agenda_desk import AgendaDesk
from server.realtime.paper_shelf import PaperShelf
from server.realtime.roll_desk import RollDesk
from server.realtime.room_access import Access
from server.store import meetings, rolls
from server.store.connection import Pool
from server.web.agenda_pages import AgendaPages
from server.web.edge import Edge, Place, every_door
from server.web.roll_pages import RollPages
from tests.web.citizens import says
from tests.web.office import HOSTILE
from tests.web.site import HOST, ORIGIN, Browser, forms_of
from tests.web.test_rooms import Hall, create

LIST = """Thư điện tử;Nhiệm vụ;Họ và tên;Cơ quan;Số phiếu;Dự thay cho
bien-tap@example.vn;Chủ tọa;;Văn phòng;1;
thu-ky@example.vn;Thư ký;Thư ký cuộc họp;Văn phòng;0;
uy-vien@example.vn;;Ủy viên mẫu;Sở Mẫu;2;
thay@example.vn;;;Sở Mẫu;0;uy-vien@example.vn"""


class MeetingHall(Hall):
    """A site on which meetings are prepared."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        below = self.edge.doors
        self.rolls = RollDesk(pool, self.keys, self.rooms)
        shelf = PaperShelf(pool, Access(pool, self.sessions))
        roll_pages = RollPages(self.pages, self.rolls, Reader(), self.runner.wake)
        agenda_pages = AgendaPages(self.pages, AgendaDesk(pool, self.rooms), shelf, self.rolls, self.runner.wake)
        self.edge = Edge(
            every_door(lambda: below, roll_pages.doors, agenda_pages.doors),
            place=Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )


@pytest.fixture
def hall(pool: Pool) -> MeetingHall:
    return MeetingHall(pool)


@pytest.fixture
async def editor(hall: MeetingHall) -> AsyncIterator[Browser]:
    async with hall.official("bien-tap", ("editor", await hall.agency())) as browser:
        yield browser


async def read_list(editor: Browser, slug: str, words: str = LIST) -> str:
    """Pastes a list, looks at what it would change and writes it; what the page says then."""
    here = f"/phong-hop/{slug}/thanh-phan/nhap"
    await editor.open(here)
    await editor.submit(here, list=words)
    return says(await editor.submit(here, list=words, act="ghi"))


async def emails(hall: MeetingHall, slug: str) -> list[str]:
    room = await hall.pool.fetchval("select id from rooms where slug = $1", slug)
    return [one.email for one in await rolls.list_seats(hall.pool, room)]


# --- the roll ----------------------------------------------------------------------------------------------------------


async def test_a_list_is_read_only_from_who_may_change_the_roll(hall: MeetingHall, editor: Browser) -> None:
    async def never_sent() -> AsyncIterator[bytes]:
        raise AssertionError("the list of somebody who may not change the roll is read")
        yield b""

    slug = await create(editor)
    sent = {"origin": ORIGIN, "content-type": "multipart/form-data; boundary=x", "content-length": str(1 << 20)}
    async with hall.citizen("cong-dan") as citizen:
        answer = await citizen.client.post(f"/phong-hop/{slug}/thanh-phan/nhap", headers=sent, content=never_sent())
        assert answer.status_code == 404


async def test_a_list_is_seen_before_it_is_written(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    here = f"/phong-hop/{slug}/thanh-phan/nhap"
    await editor.open(here)
    seen = says(await editor.submit(here, list=LIST))
    assert "Sẽ thay đổi như sau" in seen and "uy-vien@example.vn" in seen
    assert await emails(hall, slug) == []
    written = says(await editor.submit(here, list=LIST, act="ghi"))
    assert "Đã ghi danh sách." in written and "Dự thay Ủy viên mẫu" in written and "2 phiếu" in written
    await editor.open(here)
    again = says(await editor.submit(here, list="moi@example.vn\nuy-vien@example.vn", whole="on"))
    assert all(f"{kind} " in again for kind in ("Thêm", "Sửa", "Bỏ"))


async def test_lines_that_cannot_be_read_are_named_and_nothing_is_written(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    here = f"/phong-hop/{slug}/thanh-phan/nhap"
    await editor.open(here)
    answer = await editor.submit(here, list=f"Thư điện tử;Nhiệm vụ\nmot@example.vn;Vua\n{HOSTILE};", act="ghi")
    assert answer.status_code == 422
    assert "Dòng 2, cột Nhiệm vụ (Vua)" in says(answer) and "Dòng 3, cột Thư điện tử" in says(answer)
    assert "<img src=x" not in answer.text
    two = await editor.submit(here, list="a@example.vn;chủ tọa\nb@example.vn;chủ tọa", act="ghi")
    assert "b@example.vn: Danh sách chỉ có một chủ tọa." in says(two)
    assert await emails(hall, slug) == []


async def test_a_line_is_added_changed_moved_and_taken_off(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    await read_list(editor, slug)
    here = f"/phong-hop/{slug}/thanh-phan"
    await editor.open(f"{here}/them")
    wrong = await editor.submit(f"{here}/them", email="uy-vien@example.vn", duty="Thành viên", weight="1")
    assert wrong.status_code == 422 and "Mỗi người chỉ có một dòng" in says(wrong)
    await editor.submit(f"{here}/them", email="khach@example.vn", duty="Khách mời", weight="0")
    assert (await emails(hall, slug))[-1] == "khach@example.vn"
    member = await hall.pool.fetchval("select person from contacts where email = 'uy-vien@example.vn'")
    form = says(await editor.open(f"{here}/{member}"))
    assert "Sửa một dòng" in form
    await editor.submit(f"{here}/{member}", email="khac@example.vn", duty="Thành viên", weight="1", principal="", hall="")
    room = await hall.pool.fetchval("select id from rooms where slug = $1", slug)
    stands_in = {one.email: one.seat.principal for one in await rolls.list_seats(hall.pool, room)}
    other = await hall.pool.fetchval("select person from contacts where email = 'khac@example.vn'")
    assert stands_in["thay@example.vn"] == f"p{other}"
    await editor.open(here)
    await editor.submit(f"{here}/{other}/chuyen", step="len")
    assert (await emails(hall, slug)).index("khac@example.vn") == 1
    await editor.open(f"{here}/{other}")
    await editor.submit(f"{here}/{other}/bo")
    assert await emails(hall, slug) == ["bien-tap@example.vn", "thu-ky@example.vn", "khach@example.vn"]


async def test_a_table_is_read_from_a_file(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    here = f"/phong-hop/{slug}/thanh-phan/nhap"
    await editor.open(here)
    seen = await editor.client.post(
        here, data=forms_of(editor.page)[here], files={"file": ("ds.csv", LIST.encode())}, headers={"origin": ORIGIN}
    )
    assert "thu-ky@example.vn" in says(seen) and "Sẽ thay đổi như sau" in says(seen)
    bad = await editor.client.post(
        here, data=forms_of(editor.page)[here], files={"file": ("ds.pdf", b"%PDF-1")}, headers={"origin": ORIGIN}
    )
    assert bad.status_code == 422


async def test_the_list_of_rooms_leads_who_runs_a_hall_to_its_page(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    roll = "Thư điện tử;Nhiệm vụ;Số phiếu;Điểm cầu\nxa@example.vn;Kỹ thuật viên;0;\nuy-vien@example.vn;;1;xa@example.vn"
    assert "Ngồi tại điểm cầu" in await read_list(editor, slug, roll)
    for name, leads in (("xa", True), ("uy-vien", False)):
        async with hall.official(name) as browser:
            listed = (await browser.open("/phong-hop")).text
            assert f'href="/phong-hop/{slug}"' in listed and (f'href="/phong-hop/{slug}/diem-cau"' in listed) == leads, name


# --- the invitation ----------------------------------------------------------------------------------------------------


async def test_letters_go_once_to_everybody_with_an_entry_for_the_calendar(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    await read_list(editor, slug)
    for said in ("Đã gửi giấy mời", "đều đã được gửi giấy mời"):
        await editor.open(f"/phong-hop/{slug}/thanh-phan")
        assert said in says(await editor.submit(f"/phong-hop/{slug}/thanh-phan/moi-hop"))
    await hall.deliver()
    letters: dict[str, EmailMessage] = {str(letter["To"]): letter for letter in hall.mail.letters if "Giấy mời" in str(letter["Subject"])}
    assert set(letters) == {f"{name}@example.vn" for name in ("bien-tap", "thu-ky", "uy-vien", "thay")}
    body, [entry] = letters["uy-vien@example.vn"].get_body(("plain",)), letters["uy-vien@example.vn"].iter_attachments()
    assert body is not None
    assert f"{ORIGIN}/phong-hop/{slug}/tra-loi" in body.get_content() and "09:00, 02/03/2099" in body.get_content()
    assert "Thành viên" in body.get_content()
    assert entry.get_content_type() == "text/calendar" and "DTSTART;TZID=Asia/Ho_Chi_Minh:20990302T090000" in str(entry.get_content())


async def test_who_is_invited_answers_and_the_secretary_sees_it(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    await read_list(editor, slug)
    async with hall.official("uy-vien") as member:
        here = f"/phong-hop/{slug}/tra-loi"
        assert "Tư cách dự họp: Thành viên." in says(await member.open(here))
        assert "Xin chọn một phương án" in says(await member.submit(here))
        assert "Đã ghi nhận" in says(await member.submit(here, answer="coming"))
        taken = await member.submit(here, answer="substitute", substitute="thu-ky@example.vn")
        assert taken.status_code == 422 and "chưa có tên trong danh sách" in says(taken)
        await member.submit(here, answer="substitute", substitute="Nguoi-Thay@example.vn")
        assert await emails(hall, slug) == [f"{name}@example.vn" for name in ("bien-tap", "thu-ky", "uy-vien", "nguoi-thay")]
        async with hall.official("nguoi-thay") as substitute:
            assert "Dự thay" in says(await substitute.open(here))
            assert "Cử người dự thay" not in says(await substitute.open(here))
            assert (await substitute.open(f"/phong-hop/{slug}")).status_code == 200
        seen = says(await editor.open(f"/phong-hop/{slug}/thanh-phan"))
        assert "Cử người dự thay 1" in seen and "Chưa trả lời 3" in seen
        await member.open(here)
        await member.submit(here, answer="absent")
        assert "nguoi-thay@example.vn" not in await emails(hall, slug)
    await hall.deliver()
    assert "/tra-loi" in str(hall.mail.letters[-1].get_body(("plain",)))
    async with hall.official("nguoi-ngoai") as stranger:
        assert (await stranger.open(here)).status_code == 404


# --- the agenda --------------------------------------------------------------------------------------------------------


async def test_items_are_planned_moved_and_taken_off(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    await read_list(editor, slug)
    here = f"/phong-hop/{slug}/chuong-trinh"
    await editor.open(f"{here}/them")
    for field, words, sentence in (
        ("title", " ", "Xin ghi nội dung."),
        ("minutes", "x", "Số phút là một số từ 1 đến 1440."),
        ("time", "25:00", "trong vòng một năm"),
    ):
        wrong = await editor.submit(f"{here}/them", follow=True, **({"title": "Khai mạc", "day": "2099-03-02"} | {field: words}))
        assert wrong.status_code == 422 and sentence in says(wrong) and f'href="#{field}"' in wrong.text
    today = str(await hall.pool.fetchval("select (now() at time zone 'Asia/Ho_Chi_Minh')::date::text"))
    for title in ("Khai mạc", "Báo cáo", HOSTILE):
        await editor.open(f"{here}/them")
        page = await editor.submit(f"{here}/them", title=title, day=today, time="09:30", minutes="20")
    assert "9 giờ 30" in says(page) and "20 phút" in says(page) and "<img src=x" not in page.text
    await editor.open(here)
    page = await editor.submit(f"{here}/2/chuyen", step="len")
    assert says(page).index("Báo cáo") < says(page).index("Khai mạc")
    await editor.open(f"{here}/1")
    page = await editor.submit(f"{here}/1", title="Khai mạc cuộc họp")
    assert "Khai mạc cuộc họp" in says(page)
    await editor.open(f"{here}/2")
    assert "Báo cáo" not in says(await editor.submit(f"{here}/2/bo"))


async def test_of_a_secret_item_nobody_knows_but_its_readers(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    await read_list(editor, slug)
    here = f"/phong-hop/{slug}/chuong-trinh"
    async with hall.official("thu-ky") as secretary, hall.official("uy-vien") as member:
        await secretary.open(f"{here}/them")
        chair = await hall.pool.fetchval("select person from contacts where email = 'bien-tap@example.vn'")
        page = await secretary.submit(f"{here}/them", title="Nhân sự", day="", secret="on", reader=f"p{chair}")
        assert "Mật" in says(page) and "Nhân sự" in says(page)
        assert "Nhân sự" in says(await editor.open(here))
        assert "Nhân sự" not in says(await member.open(here))
        assert (await member.open(f"{here}/1")).status_code == 403
    async with hall.official("bien-tap-khac", ("editor", await hall.pool.fetchval("select id from agencies limit 1"))) as colleague:
        assert "Nhân sự" not in says(await colleague.open(here))
        assert (await colleague.open(f"{here}/1")).status_code == 404


async def test_a_substitute_knows_of_a_secret_item_only_while_the_reader_is_not_in_the_meeting(hall: MeetingHall, editor: Browser) -> None:
    slug, now = await create(editor), datetime.now(UTC)
    await read_list(editor, slug)
    here = f"/phong-hop/{slug}/chuong-trinh"
    reader = await hall.pool.fetchval("select person from contacts where email = 'uy-vien@example.vn'")
    await editor.open(f"{here}/them")
    await editor.submit(f"{here}/them", title="Nhân sự", day="", secret="on", reader=f"p{reader}")
    async with hall.official("thay") as substitute:
        assert "Nhân sự" in says(await substitute.open(here)), "who would come in the place of the reader"
        async with hall.pool.acquire() as connection, connection.transaction():
            room = await connection.fetchval("select id from rooms where slug = $1", slug)
            kept, meeting = await rolls.read_prepared(connection, room), await meetings.next_meeting_id(connection)
            began = e.Started(meeting, "Họp", True, now, kept.roll, kept.agenda, True)
            await meetings.append(connection, room, None, now, None, [began, e.Entered(Who(f"p{reader}"), "A", "member", "tab")])
        assert "Nhân sự" not in says(await substitute.open(here))


async def test_while_a_meeting_runs_its_agenda_is_changed_inside(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    here = f"/phong-hop/{slug}/chuong-trinh"
    await editor.open(f"{here}/them")
    page = editor.page
    await hall.pool.execute("insert into meetings (room, first_seq, started_at) select id, 1, now() from rooms where slug = $1", slug)
    editor.page = page
    assert (await editor.submit(f"{here}/them", title="Muộn")).status_code == 409
    assert "sửa chương trình ngay trong phòng họp" in says(await editor.open(here))


async def test_while_a_meeting_runs_no_deputy_changes_the_list_and_the_secretary_does(hall: MeetingHall, editor: Browser) -> None:
    slug = await create(editor)
    here = f"/phong-hop/{slug}/thanh-phan/nhap"
    await read_list(editor, slug, f"{LIST}\npho-chu-toa@example.vn;Phó chủ tọa;;Văn phòng;1;")
    async with hall.citizen("pho-chu-toa") as deputy, hall.citizen("thu-ky") as secretary:
        assert "Đã ghi danh sách." in await read_list(deputy, slug, "uy-vien-khac@example.vn")
        await hall.pool.execute("insert into meetings (room, first_seq, started_at) select id, 1, now() from rooms where slug = $1", slug)
        await deputy.open(here)
        refused = await deputy.submit(here, list="pho-chu-toa@example.vn;Chủ tọa\nbien-tap@example.vn;Thành viên", act="ghi")
        assert refused.status_code == 409 and "phó chủ tọa không sửa" in says(refused)
        await deputy.open(f"/phong-hop/{slug}/xoa")
        assert (await deputy.submit(f"/phong-hop/{slug}/xoa")).status_code == 409
        assert "Đã ghi danh sách." in await read_list(secretary, slug, "them@example.vn")
    assert {"uy-vien-khac@example.vn", "them@example.vn"} <= set(await emails(hall, slug))
