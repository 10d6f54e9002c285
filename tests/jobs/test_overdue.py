"""Moderators are told of what is overdue: each thing once, those who may decide it, in one letter of a morning, until they want none."""

from datetime import UTC, datetime

import pytest

from server.jobs.overdue import LOOK_JOB, OverdueLetters
from server.jobs.runner import Runner
from server.mail.post import Postman
from server.store.connection import Pool
from server.store.jobs import MAIL_JOB
from tests.web.open_site import OpenSite
from tests.web.site import plain

MORNING, NIGHT = datetime(2026, 3, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, 22, tzinfo=UTC)  # 8 and 5 o'clock in Viet Nam


@pytest.fixture
def site(pool: Pool) -> OpenSite:
    return OpenSite(pool)


async def at(site: OpenSite, moment: datetime) -> dict[str, str]:
    """Looks at the clock twice at this moment of a new day, and does what comes of it; the letters by their receiver."""
    site.mail.letters.clear()
    letters = OverdueLetters(site.pool, site.keys.reminders_link, clock=lambda: moment)
    postman = Postman(site.mail, "khong-tra-loi@example.vn", site.origin)
    site.runner = Runner(site.pool, {**letters.handlers(), MAIL_JOB: postman.deliver})
    await site.pool.execute("delete from jobs")
    for _ in range(2):
        await site.pool.execute("insert into jobs (kind, payload) values ($1, '{}')", LOOK_JOB)
        for _ in ("look", "round", "letter"):  # each adds the next
            await site.deliver()
    assert len({letter["To"] for letter in site.mail.letters}) == len(site.mail.letters), "one a day"
    return {str(letter["To"]).partition("@")[0]: str(plain(letter).get_content()) for letter in site.mail.letters}


async def later(site: OpenSite, days: int) -> None:
    """So many days pass for what waits and for appeals."""
    passed = "- make_interval(days => $1)"
    await site.pool.execute(f"update contributions set at = at {passed}, appealed_at = appealed_at {passed}", days)
    await site.pool.execute(f"update moderation_letters set told = told {passed}", days)


async def test_what_is_overdue_is_told_once_to_those_who_may_decide_it_until_they_want_no_letters(site: OpenSite) -> None:
    async with site.opened(moderation="before", title="Dự thảo Luật") as slug:
        agency = await site.pool.fetchval("select agency from consultations")
        for name in ("mot", "hai"):
            await site.person(name, ("moderator", agency))
        await site.person("bien-tap", ("editor", agency))
        await site.person("khac", ("moderator", await site.agency("khac", "Khác")))
        await site.contribute("dan", slug, "Lời không được có trong thư", "dieu-1")
        await site.contribute("mot", slug, "Lời của kiểm duyệt viên", "dieu-1")
        assert await at(site, MORNING) == {}, "nothing is overdue yet"
        await later(site, 3)
        assert await at(site, NIGHT) == {}, "not before the morning"
        told = await at(site, MORNING)
        assert set(told) == {"mot", "hai"}
        assert "Dự thảo Luật\n* Ý kiến chờ kiểm duyệt quá hạn: 1\n" in told["mot"].replace("\r\n", "\n"), "nobody rules on their own words"
        assert "kiểm duyệt quá hạn: 2" in told["hai"] and f"/kiem-duyet?muc=cho&dot={slug}" in told["hai"]
        assert "Lời" not in told["hai"] and "Khiếu nại" not in told["hai"]
        await later(site, 1)
        assert await at(site, MORNING) == {}, "each is told once"

        hidden = "state = 'hidden', rule = 'insult', ruled_at = now(), appeal = 'open', appealed_at = now()"
        ruled_by = "(select person from contacts where email = 'hai@example.vn')"
        await site.pool.execute(f"update contributions set {hidden}, ruled_by = {ruled_by} where text like '%trong thư'")
        assert await at(site, MORNING) == {}
        await later(site, 6)
        told = await at(site, MORNING)
        assert set(told) == {"mot"}, "another than who made the ruling"
        assert "* Khiếu nại chờ giải quyết quá hạn: 1" in told["mot"] and "/kiem-duyet/khieu-nai" in told["mot"]

        [letter] = site.mail.letters
        off = str(letter["List-Unsubscribe"]).strip("<>").removeprefix(site.origin)
        await later(site, 1)
        await site.pool.execute("update contributions set appealed_at = now() - interval '5 days' where appeal = 'open'")  # another one
        async with site.browser() as anybody:
            await anybody.open(off)
            assert "thôi nhận thư nhắc việc kiểm duyệt quá hạn" in anybody.page
            assert (await anybody.client.post(off[:-1] + "x")).status_code == 404
            assert (await anybody.client.post(off)).status_code == 200
        assert await at(site, MORNING) == {}, "one click ended them"
        async with site.citizen("mot") as me, site.citizen("dan") as citizen:
            await me.open("/theo-doi")
            assert "Không gửi." in me.page
            await me.submit("/theo-doi", reminders="on")
            await citizen.open("/theo-doi")
            assert "nhac-viec" not in citizen.page
        assert set(await at(site, MORNING)) == {"mot"}
