"""Officials who were in a meeting without being on any list: what they read of it afterwards."""

import pytest

from rooms import events as e
from rooms.chronicle import Entry
from server.kernel.ids import person_in_room
from server.store.connection import Pool
from tests.peers.held import among, hold
from tests.rooms.motion import CHAIR
from tests.web.citizens import says
from tests.web.site import Browser
from tests.web.test_minutes import END, LOG, NAMES, Archive


@pytest.fixture
async def archive(pool: Pool) -> Archive:
    return await Archive(pool).furnish()


async def test_officials_who_were_in_a_meeting_read_what_was_issued_of_it_and_guests_nothing(archive: Archive) -> None:
    """One came and stayed, one was removed, one only waited, one came by a link with an account, one is still in a meeting."""
    elsewhere = await archive.agency("Sở khác")
    async with (
        archive.official("da-du", ("moderator", elsewhere)) as came,
        archive.official("bi-moi-ra", ("moderator", elsewhere)) as removed,
        archive.official("chi-cho", ("moderator", archive.agency_here)) as waited,
        archive.citizen("khach") as guest,
        archive.citizen(NAMES[CHAIR]) as chair,
    ):
        who = {name: person_in_room(await archive.id(name)) for name in ("da-du", "bi-moi-ra", "chi-cho", "khach")}
        at = LOG[END].at
        events: list[e.AnyEvent] = [e.Entered(who[name], name, "guest", "t") for name in ("da-du", "bi-moi-ra", "khach")]
        events += [e.Removed(who["bi-moi-ra"], at), e.Left(who["da-du"], False, at), e.Knocked(who["chi-cho"], "chi-cho", "guest", "t", at)]
        people = {name: await archive.id(by) for name, by in NAMES.items()}
        told = among(LOG, people)
        log = [*told[:END], *(Entry(0, at, event) for event in events), *told[END:]]
        url = f"/phong-hop/{archive.slug}/cuoc-hop/{await hold(archive.pool, archive.room, log)}"
        running = await hold(archive.pool, archive.room, [told[0], Entry(0, at, events[0])])

        async def statuses(browser: Browser) -> list[int]:
            pages = ("", "/ket-luan", "/bien-ban", "/bien-ban/tep.docx", "/trao-doi", "/bien-ban/sua?cau=venue")
            return [(await browser.client.get(url + page)).status_code for page in pages]

        assert await statuses(came) == [403, 200, 200, 403, 403, 403]
        assert [await statuses(one) for one in (removed, waited)] == [[403] * 6] * 2
        assert await statuses(guest) == [404] * 6
        assert "Văn bản chưa được phê duyệt" in says(await came.open(f"{url}/bien-ban"))
        page = await came.open(f"{url}/ket-luan")
        assert "Hoàn thiện, gửi báo cáo." in says(page) and "Kết luận mật" not in says(page)
        assert "su-kien" not in page.text and "/trao-doi" not in page.text
        page = await came.open(url.rpartition("/")[0])
        assert f"{url}/bien-ban" in page.text and f"/cuoc-hop/{running}/" not in page.text and f'"{url}"' not in page.text
        assert "Chưa có cuộc họp nào" in says(await waited.open(url.rpartition("/")[0]))

        await chair.open(f"{url}/bien-ban")
        await chair.submit(f"{url}/bien-ban/duyet")
        assert await statuses(came) == [403, 200, 200, 200, 403, 403]
        page = await came.open(f"{url}/bien-ban?ban=day-du")
        assert "Đã phê duyệt, bản thứ 1" in says(page) and "Nội dung mật" not in says(page) and "su-kien" not in page.text
        await chair.open(f"{url}/bien-ban")
        await chair.submit(f"{url}/bien-ban/mo-lai")
        assert await statuses(came) == [403, 200, 200, 403, 403, 403]
        assert "bien-ban?lan=1" in (await came.open(f"{url}/bien-ban")).text
