"""The chat of a meeting that was held: who reads which line of it afterwards, without any script."""

import re
from collections.abc import Iterable

import pytest

from rooms import events as e
from rooms.chronicle import Entry
from rooms.state import Address, Line
from server.kernel.ids import LineId, Who
from server.store import record
from server.store.connection import Pool
from tests.peers.held import among, hold
from tests.rooms.motion import CHAIR, MEMBER, OTHER, SECRETARY, SUBSTITUTE
from tests.web.citizens import says
from tests.web.office import HOSTILE
from tests.web.test_minutes import END, LOG, NAMES, Archive

EVERYBODY = (CHAIR, SECRETARY, MEMBER, OTHER, SUBSTITUTE)
PUBLIC, TO_ONE, TO_DESK, IN_GROUP, LOST = "Chào các đồng chí", "Chỉ hai người biết", "Xin bàn chủ tọa", "Trong nhóm hai", "Không lưu"


@pytest.fixture
async def archive(pool: Pool) -> Archive:
    return await Archive(pool).furnish()


def line(number: int, who: Who, text: str, to: Address | None = None, readers: Iterable[Who] | None = None, *, kept: bool = True) -> Line:
    return Line(LineId(900 + number), who, "Người viết", LOG[-1].at, text, to, None if readers is None else tuple(sorted(readers)), kept)


LINES = (
    line(1, SECRETARY, PUBLIC),
    line(2, CHAIR, TO_ONE, Address("person", who=MEMBER), (CHAIR, MEMBER)),
    line(3, OTHER, TO_DESK, Address("desk"), (OTHER, CHAIR, SECRETARY)),
    line(4, SUBSTITUTE, IN_GROUP, Address("group", group=2), (SUBSTITUTE, OTHER)),
    line(5, CHAIR, LOST, Address("person", who=SECRETARY), (CHAIR, SECRETARY), kept=False),
)


async def held(archive: Archive, *lines: Line) -> str:
    """A meeting in which this was written; the address of its record."""
    people = {who: await archive.id(name) for who, name in NAMES.items()}
    written = [Entry(LOG[END].number + place, LOG[END].at, e.Said(one)) for place, one in enumerate(lines)]
    log = [*LOG[:END], *written, *LOG[END:]]
    return f"/phong-hop/{archive.slug}/cuoc-hop/{await hold(archive.pool, archive.room, among(log, people))}"


async def test_a_private_line_is_read_by_its_writer_and_those_to_whom_it_was_and_by_nobody_else(archive: Archive) -> None:
    url, agency = f"{await held(archive, *LINES)}/trao-doi", archive.agency_here
    read: dict[str, set[str]] = {}
    for who in EVERYBODY:
        async with archive.citizen(NAMES[who]) as browser:
            page = says(await browser.open(url))
            read[NAMES[who]] = {one.text for one in LINES if one.text in page}
    # Who may change the room may read of its meetings, and of what was private no more than anybody.
    async with archive.official("bien-tap-khac", ("editor", agency)) as browser:
        page = says(await browser.open(url))
        read["bien-tap-khac"] = {one.text for one in LINES if one.text in page}
    assert read == {
        "chu-tri": {PUBLIC, TO_ONE, TO_DESK},
        "thu-ky": {PUBLIC, TO_DESK},
        "thanh-vien-a": {PUBLIC, TO_ONE},
        "thanh-vien-b": {PUBLIC, TO_DESK, IN_GROUP},
        "du-thay": {PUBLIC, IN_GROUP},
        "bien-tap-khac": {PUBLIC},
    }
    refused: dict[str, int] = {}
    for role in ("moderator", "administrator"):
        async with archive.official(f"{role}-khac", (role, agency)) as browser:
            refused[role] = (await browser.client.get(url)).status_code
    async with archive.citizen("cong-dan") as browser:
        refused["citizen"] = (await browser.client.get(url)).status_code
    async with archive.browser() as visitor:
        refused["visitor"] = (await visitor.client.get(url)).status_code
    assert refused == {"moderator": 403, "administrator": 403, "citizen": 404, "visitor": 303}


async def test_each_line_says_for_whom_it_was_and_is_shown_as_it_was_written(archive: Archive) -> None:
    url = await held(archive, *LINES, line(6, CHAIR, f"Hai\ndòng {HOSTILE}", Address("person", who=OTHER), (CHAIR, OTHER)))
    async with archive.citizen("chu-tri") as chair:
        page = says(await chair.open(f"{url}/trao-doi"))
        assert "Riêng với Thành viên B" in page and "Riêng với bàn thư ký và chủ tọa" in page and HOSTILE in page
        assert "<script" not in (await chair.open(f"{url}/trao-doi")).text.partition("<main")[2].partition("</main>")[0]
    async with archive.citizen("thanh-vien-b") as member:
        assert "Riêng với ông/bà" in says(await member.open(f"{url}/trao-doi"))
    async with archive.citizen("du-thay") as substitute:
        assert "Riêng trong nhóm 2" in says(await substitute.open(f"{url}/trao-doi"))


async def test_the_record_says_that_a_private_line_was_written_and_not_by_whom(archive: Archive) -> None:
    url = await held(archive, *LINES)
    async with archive.citizen("thanh-vien-a") as member:
        page = says(await member.open(url))
    assert page.count("Một tin riêng được viết.") == 3, "what is not kept is not on record"
    assert "Thư ký viết một dòng trao đổi." in page and "Chủ tịch viết" not in page


async def test_words_that_were_erased_are_gone_here_too(archive: Archive) -> None:
    url = await held(archive, *LINES)
    meeting = int(url.rpartition("/")[2])
    async with archive.citizen("chu-tri") as chair:
        assert TO_ONE in says(await chair.open(f"{url}/trao-doi"))
        await record.erase(archive.pool, meeting, [LOG[END].number + 1])  # type: ignore[arg-type]
        page = says(await chair.open(f"{url}/trao-doi"))
    assert TO_ONE not in page and "Lời này đã được xóa." in page and PUBLIC in page


async def test_a_long_chat_is_read_page_by_page(archive: Archive) -> None:
    url = await held(archive, *(line(number, SECRETARY, f"Tin thứ {number}.") for number in range(210)))
    async with archive.citizen("thu-ky") as secretary:
        first = await secretary.open(f"{url}/trao-doi")
        [later] = re.findall(r'rel="next" href="([^"]+)"', first.text)
        second = await secretary.open(later)
        [earlier] = re.findall(r'rel="prev" href="([^"]+)"', second.text)
        assert [says(page).count("Tin thứ") for page in (first, second, await secretary.open(earlier))] == [200, 10, 200]


async def test_a_meeting_in_which_nothing_was_written_says_so(archive: Archive) -> None:
    async with archive.citizen("thu-ky") as secretary:
        page = says(await secretary.open(f"{await archive.hold()}/trao-doi"))
    assert "Không có tin nào gửi mọi người hay gửi riêng ông/bà." in page
