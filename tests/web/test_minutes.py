"""Meetings that were held, on the site: who may read of them, and what the secretary makes of the record."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import asyncpg
import docx
import httpx
import pytest

from rooms import events as e
from rooms.chronicle import Entry
from rooms.state import Address, Line
from server.documents.minutes import Scribe
from server.identity.viewer import Viewer
from server.kernel.ids import AgencyId, CommandId, LineId, MeetingId, PersonId, RoomId
from server.realtime.minuting import Minuting
from server.realtime.room_desk import Details, RoomDesk
from server.store.connection import Pool
from server.web.edge import Edge, Place, every_door
from server.web.held import HeldPages
from server.web.minutes import MinutesPages
from server.web.past_chat import PastChatPages
from tests.peers.attendee import new_id
from tests.peers.held import among, hold
from tests.rooms.motion import CHAIR, MEMBER, OTHER, SECRETARY, SUBSTITUTE
from tests.rooms.sitting import sitting
from tests.web.citizens import says
from tests.web.office import HOSTILE, Office
from tests.web.site import HOST, ORIGIN, Browser

LOG = sitting().log
END = next(place for place, entry in enumerate(LOG) if isinstance(entry.event, e.Ended))
NAMES = {CHAIR: "chu-tri", SECRETARY: "thu-ky", MEMBER: "thanh-vien-a", OTHER: "thanh-vien-b", SUBSTITUTE: "du-thay"}


class Archive(Office):
    """A site with the meetings of one room, to whose list chair and secretary belong."""

    slug = ""
    room = RoomId(0)
    agency_here = AgencyId(0)
    editor = Viewer()

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        below, minuting = self.edge.doors, Minuting(pool)
        self.edge = Edge(
            every_door(
                lambda: below,
                HeldPages(self.pages, minuting).doors,
                PastChatPages(self.pages, minuting).doors,
                MinutesPages(self.pages, minuting, Scribe()).doors,
            ),
            place=Place(ORIGIN, frozenset({ORIGIN}), frozenset({HOST})),
            sessions=self.sessions,
            keys=self.keys,
            pages=self.pages,
        )

    async def furnish(self) -> "Archive":
        self.agency_here = await self.agency()
        self.editor = await self.person("bien-tap", ("editor", self.agency_here))
        details = Details("Phiên họp thường kỳ", members=("thu-ky@example.vn", "thanh-vien-b@example.vn", "du-thay@example.vn"))
        self.room, self.slug = await RoomDesk(self.pool, self.keys).create(
            self.editor, CommandId(new_id()), self.agency_here, details, "phien-hop"
        )
        return self

    async def hold(self, until: int = len(LOG)) -> str:
        """A meeting of which so many events happened; the address of its record."""
        people = {who: await self.id(name) for who, name in NAMES.items()}
        meeting: MeetingId = await hold(self.pool, self.room, among(LOG[:until], people))
        return f"/phong-hop/{self.slug}/cuoc-hop/{meeting}"

    async def id(self, name: str) -> PersonId:
        person = (await self.person(name)).person
        assert person is not None
        return person


@pytest.fixture
async def archive(pool: Pool) -> Archive:
    return await Archive(pool).furnish()


@pytest.fixture
async def secretary(archive: Archive) -> AsyncIterator[Browser]:
    async with archive.citizen("thu-ky") as browser:
        yield browser


async def write(browser: Browser, paper: str, key: str, **fields: Any) -> httpx.Response:
    """Opens the page of one sentence of a paper and sends it."""
    await browser.open(f"{paper}/sua?cau={key}")
    return await browser.submit(f"{paper}/sua", **fields)


# --- who may read ----------------------------------------------------------------------------------------------------------


async def test_meetings_concern_list_roll_and_editors_of_the_agency_and_nobody_else(archive: Archive) -> None:
    url, agency = await archive.hold(), archive.agency_here
    listed = url.rpartition("/")[0]
    read: dict[str, tuple[int, int, int]] = {}

    async def knock(browser: Browser, name: str) -> None:
        pages = [listed, url, f"{url}/bien-ban", f"{url}/thong-bao", f"{url}/ket-luan"]
        statuses = {path: (await browser.client.get(path)).status_code for path in pages}
        assert len(set(list(statuses.values())[1:])) == 1, statuses
        read[name] = (statuses[listed], statuses[url], (await browser.client.get(f"{url}/bien-ban/sua?cau=turn/13")).status_code)

    for name in ("thu-ky", "thanh-vien-b", "chu-tri", "cong-dan"):
        async with archive.citizen(name) as browser:
            await knock(browser, name)
    for role in ("editor", "moderator", "administrator"):
        async with archive.official(f"{role}-khac", (role, agency)) as browser:
            await knock(browser, role)
    async with archive.browser() as visitor:
        await knock(visitor, "visitor")
    assert read == {
        "thu-ky": (200, 200, 200),
        "thanh-vien-b": (200, 200, 403),
        "chu-tri": (404, 200, 200),  # on the roll of that meeting, and not of the room any more
        "cong-dan": (404, 404, 404),
        "editor": (200, 200, 403),
        "moderator": (403, 403, 403),
        "administrator": (403, 403, 403),
        "visitor": (303, 303, 303),
    }


async def test_a_meeting_of_another_room_is_not_found_under_this_one(archive: Archive, secretary: Browser) -> None:
    url = await archive.hold(3)
    assert (await secretary.client.get(re.sub(r"\d+$", "999", url))).status_code == 404
    _, other = await RoomDesk(archive.pool, archive.keys).create(
        archive.editor, CommandId(new_id()), archive.agency_here, Details("Phòng khác", members=("thu-ky@example.vn",)), "phong-khac"
    )
    assert (await secretary.client.get(url.replace(archive.slug, other))).status_code == 404


async def test_what_only_some_may_know_is_shown_to_them_alone_and_only_when_asked_for(archive: Archive, secretary: Browser) -> None:
    url = await archive.hold()
    whole = f"{url}/bien-ban?ban=day-du"
    async with archive.citizen("thanh-vien-b") as reader:
        page = says(await reader.open(f"{url}/bien-ban"))
        assert "Xem bản đầy đủ" in page and "Nội dung mật" not in page and "Kết luận mật" not in page
        page = says(await reader.open(whole))
        assert "Nội dung mật" in page and "Kết luận mật" in page
        assert "Trong nội dung có người dự riêng" not in says(await reader.open(f"{url}?su-kien=26.28"))
        assert "Kết luận mật" in says(await reader.open(f"{url}/ket-luan"))
        data = (await reader.client.get(f"{url}/bien-ban/tep.docx?ban=day-du")).content
        assert "Nội dung mật" in "".join(paragraph.text for paragraph in docx.Document(BytesIO(data)).paragraphs)
    for path in (whole, f"{url}/bien-ban", f"{url}/thong-bao?ban=day-du", f"{url}/ket-luan", url):
        page = says(await secretary.open(path))
        assert "Nội dung mật" not in page and "Kết luận mật" not in page and "Xem bản đầy đủ" not in page
    assert says(await secretary.open(f"{url}?su-kien=26.28")).count("Trong nội dung có người dự riêng") == 2
    assert (await secretary.client.get(f"{url}/bien-ban/sua?cau=conclusion/2&ban=day-du")).status_code == 404
    data = (await secretary.client.get(f"{url}/bien-ban/tep.docx?ban=day-du")).content
    assert "mật" not in "".join(paragraph.text for paragraph in docx.Document(BytesIO(data)).paragraphs)


async def test_a_private_line_that_is_kept_is_in_no_paper_and_on_no_page_but_that_of_the_chat(archive: Archive, secretary: Browser) -> None:
    secret, at = "Câu này chỉ hai người biết", LOG[-1].at
    line = Line(LineId(999), CHAIR, "Chủ tịch", at, secret, Address("person", who=MEMBER), (CHAIR, MEMBER), kept=True)
    people = {who: await archive.id(name) for who, name in NAMES.items()}
    log = [*LOG[:END], Entry(LOG[END].number, at, e.Said(line)), *LOG[END:]]
    url = f"/phong-hop/{archive.slug}/cuoc-hop/{await hold(archive.pool, archive.room, among(log, people))}"
    assert await archive.pool.fetchval("select count(*) from chat where position($1 in text) > 0", secret) == 1
    papers = [f"{url}/{paper}{rest}?ban=day-du" for paper in ("bien-ban", "thong-bao") for rest in ("", "/tep.docx")]
    async with archive.citizen("thanh-vien-b") as reader:
        for browser in (secretary, reader):
            for path in (url, f"{url}?su-kien={LOG[END].number}", f"{url}/ket-luan", *papers):
                answer = await browser.client.get(path)
                assert answer.status_code == 200, path
                assert secret not in _read(answer.content), path


def _read(content: bytes) -> str:
    """What is written in a page, or in the files of a paper."""
    if not content.startswith(b"PK"):
        return content.decode()
    with ZipFile(BytesIO(content)) as parts:
        return "".join(parts.read(name).decode(errors="replace") for name in parts.namelist())


# --- the list and the record -------------------------------------------------------------------------------------------------


async def test_a_room_lists_its_meetings_with_who_came_and_says_so_when_there_are_none(archive: Archive, secretary: Browser) -> None:
    listed = f"/phong-hop/{archive.slug}/cuoc-hop"
    assert "chưa có cuộc họp nào" in says(await secretary.open(listed))
    first = await archive.hold()
    second = await archive.hold(10)
    page = await secretary.open(listed)
    assert says(page).count("Phiên họp thường kỳ tháng 11") == 2 and "5 người dự · 4 người xác nhận có mặt" in says(page)
    assert page.text.index(f'"{second}/bien-ban"') < page.text.index(f'"{first}/bien-ban"')
    assert "Đang họp" in says(page)


async def test_the_record_says_whether_it_is_whole_and_names_the_first_altered_event(
    archive: Archive, secretary: Browser, owner: asyncpg.Connection
) -> None:
    url = await archive.hold()
    page = says(await secretary.open(url))
    assert "Nhật ký nguyên vẹn: 39 sự kiện" in page and "Thành viên B được mời phát biểu." in page
    assert "Bắt đầu một nội dung: “Báo cáo tình hình tháng 10”." in page and "Mở biểu quyết: “Thông qua báo cáo”." in page
    picked = says(await secretary.open(f"{url}?su-kien=13.14"))
    assert "Thành viên B được mời phát biểu." in picked and "Cuộc họp bắt đầu." not in picked
    await owner.execute("update record_links set at = at + interval '1 minute' where number = 14")
    assert "Sự kiện số 14 không còn như khi được ghi." in says(await secretary.open(url))
    page = says(await secretary.open(f"{url}/bien-ban"))
    assert "không còn nguyên vẹn" in page and "Tải bản Word" not in page and "Thông qua báo cáo" not in page
    assert (await secretary.client.get(f"{url}/bien-ban/tep.docx")).status_code == 409
    assert (await secretary.client.get(f"{url}/bien-ban/sua?cau=started")).status_code == 409


# --- conclusions -------------------------------------------------------------------------------------------------------------


async def test_the_secretary_writes_rewrites_and_strikes_out_conclusions_while_the_meeting_runs(
    archive: Archive, secretary: Browser
) -> None:
    url = await archive.hold(13)
    form = f"{url}/ket-luan"
    due = (datetime.now(UTC) + timedelta(days=30)).date()
    await secretary.open(form)
    page = says(await secretary.submit(form, text=f"Gửi báo cáo {HOSTILE}", owner="Sở A", due=due.isoformat()))
    assert "Đã ghi kết luận." in page and f"Gửi báo cáo {HOSTILE}" in page and f"{due.day}/{due.month}/{due.year}" in page
    await secretary.open(f"{form}?sua=1")
    page = says(await secretary.submit(form, text="Gửi báo cáo tháng", owner="", due="", conclusion="1"))
    assert "Gửi báo cáo tháng" in page and "Sở A" not in page
    assert "Gửi báo cáo tháng" in says(await secretary.open(f"{url}/thong-bao"))
    await secretary.open(form)
    assert "Đã bỏ kết luận." in says(await secretary.submit(form, act="strike"))
    assert "Gửi báo cáo tháng" not in says(await secretary.open(form))
    assert "Nhật ký nguyên vẹn: 16 sự kiện" in says(await secretary.open(url))


async def test_a_conclusion_sent_twice_is_written_once_and_a_wrong_one_keeps_what_was_typed(archive: Archive, secretary: Browser) -> None:
    url = await archive.hold(13)
    form = f"{url}/ket-luan"
    page = await secretary.open(form)
    for _again in range(2):
        secretary.page = page.text
        await secretary.submit(form, text="Một việc", owner="", due="")
    assert says(await secretary.open(form)).count("Một việc") == 1
    wrong = await secretary.submit(form, text="Việc khác", owner="Sở C", due="2020-01-01")
    assert wrong.status_code == 422 and "phải là hôm nay hoặc sau hôm nay" in says(wrong)
    assert "Sở C" in wrong.text and "Việc khác" in wrong.text
    assert (await secretary.submit(form, text=" ", owner="", due="")).status_code == 422


async def test_nobody_else_concludes_and_nobody_after_the_end(archive: Archive, secretary: Browser) -> None:
    running = await archive.hold(13)
    async with archive.citizen("thanh-vien-b") as member:
        page = await member.open(f"{running}/ket-luan")
        assert "Ghi kết luận mới" not in says(page)
        member.page = (await member.open("/tai-khoan")).text
        forged = await member.client.post(
            f"{running}/ket-luan", data=_with_token(member) | {"id": new_id(), "text": "Lời giả"}, headers={"origin": ORIGIN}
        )
        assert forged.status_code == 403
    await archive.pool.execute("update meetings set ended_at = now() where ended_at is null")
    over = await archive.hold()
    assert "Ghi kết luận mới" not in says(await secretary.open(f"{over}/ket-luan"))
    await secretary.open("/tai-khoan")
    late = await secretary.client.post(
        f"{over}/ket-luan", data=_with_token(secretary) | {"id": new_id(), "text": "Thêm sau"}, headers={"origin": ORIGIN}
    )
    assert late.status_code == 409


def _with_token(browser: Browser) -> dict[str, str]:
    found = re.search(r'name="csrf" value="([^"]+)"', browser.page)
    assert found is not None
    return {"csrf": found[1]}


# --- minutes -----------------------------------------------------------------------------------------------------------------


async def test_every_sentence_leads_to_its_events_and_agrees_with_them(archive: Archive, secretary: Browser) -> None:
    url = await archive.hold()
    for paper in ("bien-ban", "thong-bao"):
        page = await secretary.open(f"{url}/{paper}")
        assert "Mọi con số và thời điểm khớp với nhật ký." in says(page)
        links = set(re.findall(r'class="evidence" href="([^"]+)"', page.text))
        assert links
        for link in list(links)[:3]:
            assert "Không có sự kiện nào như vậy" not in says(await secretary.open(link.replace("&amp;", "&")))
    assert (await secretary.client.get(f"{url}/khac")).status_code == 404


async def test_the_secretary_corrects_strikes_out_adds_and_takes_back(archive: Archive, secretary: Browser) -> None:
    paper = f"{await archive.hold()}/bien-ban"
    drafted = "Thành viên B phát biểu ý kiến (tán thành) từ 08 giờ 11 phút đến 08 giờ 13 phút."
    page = says(
        await write(secretary, paper, "turn/13", text=drafted.replace("phát biểu ý kiến", f"trình bày {HOSTILE}").replace("{{ 7*7 }}", ""))
    )
    assert "Thư ký đã sửa" in page and drafted in page and "Đã sửa văn bản." in page and "khớp với nhật ký" in page
    page = says(await write(secretary, paper, "turn/13", act="add", added="Các đại biểu thảo luận."))
    assert "Thư ký viết thêm" in page and page.index("trình bày") < page.index("Các đại biểu thảo luận.")
    page = says(await write(secretary, paper, "venue", act="strike"))
    assert "Thư ký đã bỏ" in page
    page = says(await secretary.submit(f"{paper}/hoan-tac"))
    assert "Đã hoàn tác lần sửa gần nhất." in page and "Thư ký đã bỏ" not in page and "Các đại biểu thảo luận." in page
    page = says(await write(secretary, paper, "turn/13", act="restore"))
    assert "Thư ký đã sửa" not in page and "trình bày" not in page and "Các đại biểu thảo luận." in page
    wrong = says(await write(secretary, paper, "turn/13", text=drafted.replace("13 phút", "19 phút")))
    assert "1 chỗ không khớp với nhật ký" in wrong and "có con số khác với nhật ký" in wrong


async def test_two_who_correct_the_same_sentence_do_not_overwrite_each_other(archive: Archive, secretary: Browser) -> None:
    paper = f"{await archive.hold()}/bien-ban"
    seen = (await secretary.open(f"{paper}/sua?cau=venue")).text
    await write(secretary, paper, "started", text="Cuộc họp bắt đầu lúc 08 giờ 00 phút, ngày 02 tháng 11 năm 2026.")
    secretary.page = seen
    assert "Phòng họp số một" in says(await secretary.submit(f"{paper}/sua", text="Phòng họp số một"))
    secretary.page = seen.replace(re.findall(r'name="id" value="([^"]+)"', seen)[0], new_id())
    late = await secretary.submit(f"{paper}/sua", text="Phòng họp số hai")
    assert late.status_code == 409 and "Phòng họp số hai" in late.text and "Người khác vừa sửa" in says(late)
    assert "Phòng họp số hai" not in says(await secretary.open(paper))
    assert (await write(secretary, paper, "venue", text=" ")).status_code == 422
    assert (await secretary.client.get(f"{paper}/sua?cau=khong-co")).status_code == 404


async def test_the_files_bear_the_cover_and_what_was_corrected_and_stay_the_same_bytes(archive: Archive, secretary: Browser) -> None:
    paper = f"{await archive.hold()}/bien-ban"
    await secretary.open(f"{paper}/the-thuc")
    typed: dict[str, Any] = {
        "agency": "Ủy ban nhân dân tỉnh",
        "number": "x",
        "symbol": "BB-UBND",
        "day": "2026-11-02",
        "place": "Thành phố mẫu",
    }
    wrong = await secretary.submit(f"{paper}/the-thuc", **typed)
    assert wrong.status_code == 422 and "Số văn bản là một số lớn hơn 0." in says(wrong) and "Thành phố mẫu" in wrong.text
    unseen = {"place": "Thành phố\x01 mẫu\u202e", "recipients": "Các\x01 sở;\nLưu: VT."}
    await secretary.submit(f"{paper}/the-thuc", **(typed | {"number": "7"} | unseen))
    await write(secretary, paper, "venue", text="Địa điểm: phòng họp số một.")
    first = await secretary.client.get(f"{paper}/tep.docx")
    assert (
        first.headers["content-disposition"].endswith('.docx"')
        and first.content == (await secretary.client.get(f"{paper}/tep.docx")).content
    )
    document = docx.Document(BytesIO(first.content))
    words = "\n".join([p.text for p in document.paragraphs] + [c.text for t in document.tables for row in t.rows for c in row.cells])
    for text in ("Số: 07/BB-UBND", "Thành phố mẫu, ngày 02 tháng 11 năm 2026", "Địa điểm: phòng họp số một.", "- Các sở;", "Chủ tịch"):
        assert text in words
    digest = await archive.pool.fetchval("select record_digest from meetings")
    assert digest in words
    again = await secretary.client.get(f"{paper}/tep.docx", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    pdf = await secretary.client.get(f"{paper}/tep.pdf")
    assert (pdf.content[:5], pdf.headers["content-type"]) == (b"%PDF-", "application/pdf")
    assert (await secretary.client.get(f"{paper}/tep.txt")).status_code == 404


async def test_minutes_are_a_draft_while_the_meeting_goes_on(archive: Archive, secretary: Browser) -> None:
    url = await archive.hold(13)
    page = says(await secretary.open(f"{url}/bien-ban"))
    assert "Cuộc họp chưa kết thúc: đây là bản nháp" in page and "Thành viên B phát biểu ý kiến" in page
