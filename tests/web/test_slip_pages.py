"""Slips from outside: their list by deadline, and the count of each as a document."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO

import asyncpg
import docx
import pytest

from server.kernel.ids import MotionId
from server.kernel.vietnam import VIETNAM
from server.store.connection import Pool
from tests.store.voting import pass_deadline
from tests.web.citizens import says
from tests.web.office import HOSTILE
from tests.web.site import Browser
from tests.web.test_motions import HERE, Ballots, drafted, sent


@pytest.fixture
async def site(pool: Pool) -> Ballots:
    site = Ballots(pool)
    await site.furnish()
    return site


@pytest.fixture
async def chair(site: Ballots) -> AsyncIterator[Browser]:
    async with site.citizen("chu-tri") as browser:
        yield browser


@pytest.fixture
async def member(site: Ballots) -> AsyncIterator[Browser]:
    async with site.citizen("uy-vien") as browser:
        yield browser


async def test_the_count_of_a_slip_is_a_document_of_its_own(chair: Browser, member: Browser) -> None:
    slip = await sent(chair)
    sheet = f"{slip}/bien-ban"
    assert "Phiếu chưa được kiểm" in says(await member.open(sheet))
    assert (await member.client.get(f"{sheet}/tep.docx")).status_code == 409
    await member.open(slip)
    await member.submit(slip, choice="1", opinion=f"Cần rõ nguồn vốn {HOSTILE}")
    await chair.open(slip)
    assert f'href="{sheet}"' in (await chair.submit(f"{slip}/viec", act="closed")).text
    page = says(await member.open(f"{sheet}?ban=day-du"))
    assert "Kết quả chưa được người chủ trì công bố" in page and "Số phiếu thu về: 1." in page and "Không đồng ý: uy-vien." in page
    assert "nguồn vốn" not in page and "Xem bản đầy đủ" not in page and 'href="#su-kien-2"' in member.page
    page = says(await chair.open(sheet))
    assert "nguồn vốn" not in page and "Xem bản đầy đủ" in page
    whole = await chair.open(f"{sheet}?ban=day-du")
    assert f"Cần rõ nguồn vốn {HOSTILE}" in says(whole) and "<img" not in whole.text
    files = [await browser.client.get(f"{sheet}/tep.docx?ban=day-du") for browser in (member, chair)]
    words = ["\n".join(one.text for one in docx.Document(BytesIO(file.content)).paragraphs) for file in files]
    assert ["nguồn vốn" in text for text in words] == [False, True] and "Số phiếu gửi đi: 3." in words[0]
    again = await chair.client.get(f"{sheet}/tep.docx?ban=day-du", headers={"if-none-match": files[1].headers["etag"]})
    assert again.status_code == 304 and (await chair.client.get(f"{sheet}/tep.odt")).status_code == 404


async def test_the_list_is_ordered_by_deadline_and_marks_what_is_overdue(
    chair: Browser, member: Browser, owner: asyncpg.Connection
) -> None:
    """The last to be sent ends first; a draft comes last of what is not over, whenever it was written."""
    text = "Việc thứ {}.".format
    slips = {number: await drafted(chair, text=text(number)) for number in (1, 2, 3, 4)}
    for number, days in ((2, 9), (3, 2), (4, 5)):
        closes_day = (datetime.now(VIETNAM) + timedelta(days=days)).date().isoformat()
        await chair.open(slips[number])
        await chair.submit(f"{slips[number]}/viec", act="opened", closes_day=closes_day, closes_time="17:00")

    async def order(browser: Browser) -> list[int]:
        return [int(found) for found in re.findall(r"Việc thứ (\d)", says(await browser.open(HERE)))]

    assert await order(chair) == [3, 4, 2, 1] and await order(member) == [3, 4, 2]
    assert "Đã quá hạn" not in says(await member.open(HERE))
    await pass_deadline(owner, MotionId(int(slips[2].rpartition("/")[2])))
    page = says(await member.open(HERE))
    assert page.count("Đã quá hạn") == 1 and await order(member) == [2, 3, 4]
    await chair.open(slips[3])
    await chair.submit(f"{slips[3]}/viec", act="closed")
    assert "Đã kết thúc mà không nhận được phiếu của ông/bà" in says(await member.open(HERE)) and await order(member) == [2, 4, 3]
