"""Files to opinions, in the minutes of the meeting in which the vote was taken: on the page, as Word file and as PDF, and when approved."""

from io import BytesIO

import docx
import pytest
from pypdf import PdfReader

from server.kernel.ids import MotionId, person_in_room
from server.store import ballot_files
from server.store.connection import Pool
from server.store.room_papers import NewVersion
from tests.rooms.motion import CHAIR, OTHER
from tests.web.citizens import says
from tests.web.test_minutes import NAMES, Archive

_MOTION = "insert into motions (id, room, phase) overriding system value values ($1, $2, 'announced')"
TOLD = "Chủ tịch gửi kèm ý kiến 2 tệp: “góp ý <b>2026</b>.pdf”, “số liệu.pdf”."


@pytest.fixture
async def archive(pool: Pool) -> Archive:
    return await Archive(pool).furnish()


async def with_files(archive: Archive) -> str:
    """A meeting with files to opinions on its open vote; the address of its minutes."""
    url = await archive.hold()
    async with archive.pool.acquire() as connection, connection.transaction():
        await connection.execute(_MOTION, 1, archive.room)
        for who, name in ((CHAIR, "góp ý <b>2026</b>.pdf"), (OTHER, "của B.pdf"), (CHAIR, "số liệu.pdf")):
            member = person_in_room(await archive.id(NAMES[who]))
            await ballot_files.add_file(connection, MotionId(1), member, member, NewVersion(name, False, "", b"%PDF-", ["Một trang"]))
    return f"{url}/bien-ban"


async def test_the_minutes_name_the_files_to_each_opinion_in_every_form(archive: Archive) -> None:
    paper = await with_files(archive)
    async with archive.citizen("thanh-vien-b") as reader:
        page = says(await reader.open(paper))
        assert TOLD in page and "Thành viên B gửi kèm ý kiến 1 tệp: “của B.pdf”." in page and "khớp với nhật ký" in page
        word = (await reader.client.get(f"{paper}/tep.docx")).content
        assert TOLD in "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(word)).paragraphs)
        pdf = PdfReader(BytesIO((await reader.client.get(f"{paper}/tep.pdf")).content))
        assert "".join(TOLD.split()) in "".join("".join(page.extract_text().split()) for page in pdf.pages)
        assert "gửi kèm" not in says(await reader.open(paper.replace("bien-ban", "thong-bao")))


async def test_the_names_stay_in_minutes_that_were_approved(archive: Archive) -> None:
    paper = await with_files(archive)
    async with archive.citizen(NAMES[CHAIR]) as chair:
        await chair.open(paper)
        assert "Đã phê duyệt, bản thứ 1" in says(await chair.submit(f"{paper}/duyet"))
        await archive.pool.execute("delete from ballot_files")
        assert TOLD in says(await chair.open(paper))
