"""Minutes and notices that were approved: kept as they were, whatever is written later, and compared with their digest."""

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from server.store.connection import Pool
from server.verify import verified
from tests.peers.postgres import Database
from tests.rooms.motion import CHAIR
from tests.web.citizens import says
from tests.web.site import Browser
from tests.web.test_minutes import NAMES, Archive, write


@pytest.fixture
async def archive(pool: Pool) -> Archive:
    return await Archive(pool).furnish()


@pytest.fixture
async def secretary(archive: Archive) -> AsyncIterator[Browser]:
    async with archive.citizen("thu-ky") as browser:
        yield browser


@pytest.fixture
async def chair(archive: Archive) -> AsyncIterator[Browser]:
    async with archive.citizen(NAMES[CHAIR]) as browser:
        yield browser


async def file(browser: Browser, paper: str, query: str = "") -> bytes:
    answer = await browser.client.get(f"{paper}/tep.docx{query}")
    assert answer.status_code == 200
    return answer.content


async def test_what_the_chair_approved_stays_word_for_word_and_another_version_is_marked_as_such(
    archive: Archive, secretary: Browser, chair: Browser, database: Database, owner: asyncpg.Connection
) -> None:
    url = await archive.hold()
    paper = f"{url}/bien-ban"
    await write(secretary, paper, "venue", text="Phòng họp số một")
    assert "Phê duyệt văn bản này" not in says(await secretary.open(paper)), "the secretary does not approve"
    seen = (await chair.open(paper)).text
    await write(secretary, paper, "venue", text="Phòng họp số hai")
    chair.page = seen
    assert (await chair.submit(f"{paper}/duyet")).status_code == 409, "something else is there than what was read"
    await chair.open(paper)
    page = says(await chair.submit(f"{paper}/duyet"))
    assert "Đã phê duyệt, bản thứ 1" in page and "Phòng họp số hai" in page and "Chủ tịch" in page

    approved = await file(secretary, paper)
    page = (await secretary.open(paper)).text
    digest = re.findall(r"[0-9a-f]{64}", page)[0]
    assert "/sua?cau=" not in page
    assert (await secretary.client.get(f"{paper}/sua?cau=venue")).status_code == 409
    assert "phê duyệt văn bản của cuộc họp" in says(await secretary.open(url))
    meeting = int(url.rpartition("/")[2])
    said, whole = await verified(database.app_dsn, meeting)
    assert whole and digest in said

    await chair.open(paper)
    assert "Bản sửa đổi, chưa được phê duyệt" in says(await chair.submit(f"{paper}/mo-lai"))
    assert "Phòng họp số ba" in says(await write(secretary, paper, "venue", text="Phòng họp số ba"))
    assert await file(secretary, paper, "?lan=1") == approved
    await chair.open(paper)
    page = says(await chair.submit(f"{paper}/duyet"))
    assert "Đã phê duyệt, bản thứ 2" in page and "(bản sửa đổi lần 1)" in page and "Phòng họp số ba" in page
    older = says(await secretary.open(f"{paper}?lan=1"))
    assert "Phòng họp số hai" in older and "Xem bản đang có hiệu lực" in older
    assert await file(secretary, paper, "?lan=1") == approved
    assert (await secretary.client.get(f"{paper}?lan=3")).status_code == 404

    await owner.execute("delete from record_openings where path like 'texts/%'")
    assert await verified(database.app_dsn, meeting) == (
        f"The paper of minutes of meeting {meeting}, version 1, is not kept as it was approved.",
        False,
    )
    assert (await secretary.client.get(f"{paper}/tep.docx")).status_code == 409


async def test_of_an_item_for_some_only_its_readers_see_what_was_approved(archive: Archive, secretary: Browser, chair: Browser) -> None:
    paper = f"{await archive.hold()}/bien-ban"
    await chair.open(paper)
    await chair.submit(f"{paper}/duyet")
    assert "Nội dung mật" not in says(await chair.open(paper)) and "Nội dung mật" in says(await chair.open(f"{paper}?ban=day-du"))
    assert "Nội dung mật" not in says(await secretary.open(f"{paper}?ban=day-du"))


async def test_nothing_is_approved_before_the_end_nor_what_does_not_agree_with_the_record(
    archive: Archive, secretary: Browser, chair: Browser
) -> None:
    assert "Phê duyệt văn bản này" not in says(await chair.open(f"{await archive.hold(13)}/bien-ban"))
    await archive.pool.execute("update meetings set ended_at = now() where ended_at is null")
    paper = f"{await archive.hold()}/bien-ban"
    seen = (await chair.open(paper)).text
    page = await write(secretary, paper, "turn/13", text="Thành viên B phát biểu 19 phút.")
    assert "không khớp với nhật ký" in says(page) and "Phê duyệt văn bản này" not in says(await chair.open(paper))
    chair.page = seen
    assert (await chair.submit(f"{paper}/duyet")).status_code == 409
