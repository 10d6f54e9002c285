"""The chat of a meeting that was held: who reads which line of it afterwards, without any script."""

import re
from collections.abc import Iterable
from pathlib import Path

import httpx
import msgspec
import pytest

from rooms import events as e
from rooms.chronicle import Entry
from rooms.state import Address, Line
from server.erase_again import erased_again
from server.kernel.ids import LineId, Who
from server.store.connection import Pool
from server.store.erasing import Erased
from server.verify import verified
from tests.peers.dump import dump
from tests.peers.held import among, hold
from tests.peers.postgres import Database
from tests.rooms.motion import CHAIR, MEMBER, OTHER, SECRETARY, SUBSTITUTE
from tests.web.citizens import says
from tests.web.office import HOSTILE
from tests.web.site import Browser
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


async def erase(browser: Browser, url: str, number: int, typed: str = "XÓA") -> httpx.Response:
    await browser.open(f"{url}/trao-doi/{number}/xoa")
    return await browser.submit(f"{url}/trao-doi/{number}/xoa", confirmation=typed)


async def test_an_author_has_a_line_erased_and_the_record_stays_whole_and_says_so(archive: Archive, database: Database) -> None:
    url, first = await held(archive, *LINES), LOG[END].number
    meeting = int(url.rpartition("/")[2])
    async with archive.citizen("chu-tri") as chair, archive.citizen("thanh-vien-a") as member:
        assert TO_ONE in dump(database.owner_dsn)
        assert "Xin gõ đúng chữ XÓA" in says(await erase(chair, url, first + 1, "không"))
        assert "Lời này đã được xóa." in says(await erase(chair, url, first + 1))
        page = says(await chair.open(f"{url}/trao-doi"))
        assert TO_ONE not in page and "Lời này đã được xóa." in page and PUBLIC in page
        assert (await chair.open(f"{url}/trao-doi/{first + 1}/xoa")).status_code == 409
        assert f"Một dòng trao đổi được xóa theo yêu cầu của người viết: số {first + 1}." in says(await member.open(url))
    assert TO_ONE not in dump(database.owner_dsn)
    assert await archive.pool.fetchval("select count(*) from erased where line is not null") == 1
    said, whole = await verified(database.app_dsn, meeting)
    assert whole, said


async def test_a_line_that_a_restored_backup_brought_back_is_erased_again(archive: Archive, database: Database, tmp_path: Path) -> None:
    url, pool = await held(archive, *LINES), archive.pool
    row = await pool.fetchrow("select id, at from chat where text = $1", PUBLIC)
    assert row is not None
    (tmp_path / "erased.jsonl").write_bytes(msgspec.json.encode(Erased(None, None, row["at"], row["at"], row["id"])) + b"\n")
    for number in (1, 0):
        said, _ = await erased_again(database.app_dsn, "k" * 32, tmp_path / "erased.jsonl")
        assert said.startswith(f"Erased again: {number} of "), said
        assert PUBLIC not in dump(database.owner_dsn)
    told, whole = await verified(database.app_dsn, int(url.rpartition("/")[2]))
    assert whole, told


async def test_who_keeps_the_record_erases_what_was_written_to_all_and_nobody_else_does(archive: Archive) -> None:
    url, first = await held(archive, *LINES), LOG[END].number
    async with archive.citizen("thanh-vien-a") as member, archive.citizen("chu-tri") as chair, archive.citizen("thu-ky") as secretary:
        assert f"{url}/trao-doi/{first}/xoa" not in (await member.open(f"{url}/trao-doi")).text
        assert (await member.open(f"{url}/trao-doi/{first}/xoa")).status_code == 403
        assert (await member.open(f"{url}/trao-doi/{first + 3}/xoa")).status_code == 404, "of another's letters nobody learns"
        assert (await secretary.open(f"{url}/trao-doi/{first + 2}/xoa")).status_code == 403, "a letter to the desk is its author's"
        assert "Chỉ xóa khi chính người viết yêu cầu." in says(await chair.open(f"{url}/trao-doi/{first}/xoa"))
        await erase(chair, url, first)
        assert PUBLIC not in says(await member.open(f"{url}/trao-doi"))


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
