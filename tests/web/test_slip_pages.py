"""Slips from outside: the count of each as a document."""

from collections.abc import AsyncIterator
from io import BytesIO

import docx
import pytest

from server.store.connection import Pool
from tests.web.citizens import says
from tests.web.office import HOSTILE
from tests.web.site import Browser
from tests.web.test_motions import Ballots, sent


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
