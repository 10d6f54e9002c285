"""The technicians' board: who sees it, what it shows of each site, and how a site is checked from it."""

from collections.abc import AsyncIterator

import pytest

from server.protocol import sites
from server.store.connection import Pool
from server.web.desk import fresh_command
from tests.web.citizens import says
from tests.web.site import ORIGIN, Browser
from tests.web.test_halls import ROOM, TAB, Halls, halls

BOARD = f"{ROOM}/ky-thuat"


@pytest.fixture
async def site(pool: Pool) -> AsyncIterator[Halls]:
    async with halls(pool) as site:
        yield site


@pytest.fixture
async def chair(site: Halls) -> AsyncIterator[Browser]:
    async with site.citizen("chu-tri") as browser:
        yield browser


async def test_the_board_shows_each_site_and_what_its_last_check_has_found(site: Halls, chair: Browser) -> None:
    page = says(await chair.open(BOARD))
    assert "xa-a Điểm cầu" in page and "Chưa kiểm tra." in page and "không trả lời" in page, "there is no engine here"
    await chair.submit(BOARD, site=site.who("xa-a"))
    assert "Đang kiểm tra" in says(await chair.open(BOARD))
    found = sites.Findings(level=8, picture=True, heard=None, round_trip_ms=620, lost=3)
    await site.rooms.carry_out(site.persons["xa-a"], TAB, sites.TellCheck(fresh_command(), site.room, found))
    page = says(await chair.open(BOARD))
    for said in (
        "Chưa đạt: Micro: quá nhỏ, mức 8/100",
        "Đạt: Camera: có hình",
        "Chưa rõ: Loa: chưa ai xác nhận",
        "620 ms",
        "Mất gói: 0,3 %",
    ):
        assert said in page, said
    assert "Kiểm tra lại" in page and "Đang kiểm tra" not in page
    assert chair.page.count('class="site" data-outcome="bad"') == 1, "one line is enough"


async def test_all_sites_are_checked_one_after_the_other(site: Halls, chair: Browser) -> None:
    await chair.open(BOARD)
    page = says(await chair.submit(BOARD, site=""))
    assert "Đang kiểm tra" in page and "Chờ đến lượt: 1" in page


async def test_who_is_outside_learns_of_nobody_and_who_has_no_business_there_is_refused(site: Halls) -> None:
    await site.person("can-bo-sua", ("editor", await site.pool.fetchval("select agency from rooms")))
    async with site.citizen("can-bo-sua") as editor, site.citizen("xa-a") as hall, site.citizen("a1") as delegate:
        page = says(await editor.open(BOARD))
        assert "Xin vào phòng họp trước" in page and "xa-a" not in page
        refused = await editor.client.post(BOARD, data={"csrf": editor_token(editor), "id": fresh_command()}, headers={"origin": ORIGIN})
        assert "Ông/bà không ở trong phòng họp" in says(refused)
        assert (await hall.open(BOARD)).status_code == (await delegate.open(BOARD)).status_code == 403


def editor_token(browser: Browser) -> str:
    return browser.page.split('name="csrf" value="')[1].split('"')[0]
