"""Whoever presents turns a page and the others follow: over the live socket of the finished product, on real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.papers import ForWhom
from server.kernel.ids import PaperId, Who
from server.protocol import meeting, papers, rooms
from server.store import room_papers
from server.store.connection import Pool
from server.store.room_papers import NewVersion
from tests.peers.attendee import Attendee, new_id
from tests.peers.postgres import Database
from tests.realtime.halls import Hall, House, open_house


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    return await Hall.open(pool)


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        yield house


async def a_paper(hall: Hall, for_whom: ForWhom) -> PaperId:
    async with hall.pool.acquire() as connection, connection.transaction():
        paper = await room_papers.add_paper(connection, hall.room, "Tờ trình", for_whom, Who("p1"))
        await room_papers.add_version(connection, paper, NewVersion("to-trinh.pdf", False, "", b"%PDF-", ["Một", "Hai"]))
    return paper


async def show(presenter: Attendee, paper: PaperId, page: int) -> None:
    await presenter.do(papers.ShowPage(new_id(), presenter.room, paper, page))


def pages(one: Attendee) -> list[tuple[str, int, int]]:
    return [(shown.who, shown.paper, shown.page) for shown in one.shown]


async def admitted(house: House, host: Attendee) -> Attendee:
    guest = await house.guest()
    await guest.enter()
    await host.do(rooms.Admit(new_id(), host.room, guest.who))
    await guest.sees(lambda: guest.standing == "inside")
    return guest


async def test_a_page_is_shown_to_those_inside_who_may_read_the_paper_and_kept_nowhere(house: House, hall: Hall, pool: Pool) -> None:
    host, member = await house.person("host"), await house.person("member")
    guest, outside = await admitted(house, host), await house.person("official", enter=False)
    for_all, for_members = await a_paper(hall, ForWhom()), await a_paper(hall, ForWhom("members"))
    secret = await a_paper(hall, ForWhom("all", (Who(host.who), Who(guest.who))))
    events = await pool.fetchval("select count(*) from events")
    for paper in (for_all, for_members, secret):
        await show(host, paper, 2)
    await show(host, for_all, 0)
    for one in (member, guest):
        await one.sees(lambda one=one: (host.who, for_all, 0) in pages(one))  # type: ignore[misc]
    assert pages(member) == [(host.who, for_all, 2), (host.who, for_members, 2), (host.who, for_all, 0)]
    assert pages(guest) == [(host.who, for_all, 2), (host.who, secret, 2), (host.who, for_all, 0)]
    assert pages(outside) == []
    assert await pool.fetchval("select count(*) from events") == events


async def test_the_presenter_of_the_item_under_way_shows_its_papers_and_no_others(house: House, hall: Hall) -> None:
    host, member = await house.person("host"), await house.person("member")
    own, loose = await a_paper(hall, ForWhom()), await a_paper(hall, ForWhom())
    await host.do(meeting.AddItem(new_id(), host.room, meeting.Plan("Dự toán", presenter=member.who, papers=[own])))
    forged = papers.ShowPage(new_id(), member.room, own, 1)
    assert await member.refused(forged) == "not_allowed"
    await host.do(meeting.GoTo(new_id(), host.room, 1))
    await show(member, own, 1)
    assert await member.refused(papers.ShowPage(new_id(), member.room, loose, 1)) == "not_allowed"
    await host.sees(lambda: pages(host) == [(member.who, own, 1)])


async def test_nobody_shows_or_plans_a_paper_that_is_not_there_for_them(house: House, hall: Hall) -> None:
    host = await house.person("host")
    secret = await a_paper(hall, ForWhom("all", (Who("p999999"),)))
    elsewhere = await a_paper(await Hall.open(hall.pool), ForWhom())
    for paper in (secret, elsewhere, PaperId(999_999)):
        assert await host.refused(papers.ShowPage(new_id(), host.room, paper, 1)) == "not_found"
        plan = meeting.Plan("Mục chen vào", papers=[paper])
        assert await host.refused(meeting.AddItem(new_id(), host.room, plan)) == "not_found"


async def test_a_paper_of_a_secret_item_is_for_its_readers_and_stays_so_when_the_item_is_gone(house: House, hall: Hall) -> None:
    host, member = await house.person("host"), await house.person("member")
    official, paper = await house.person("official"), await a_paper(hall, ForWhom())
    plan = meeting.Plan("Nhân sự", papers=[paper], readers=[host.who, member.who])
    await host.do(meeting.AddItem(new_id(), host.room, plan))
    await host.do(meeting.RemoveItem(new_id(), host.room, 1))
    await show(host, paper, 1)
    await host.do(meeting.AddItem(new_id(), host.room, meeting.Plan("Công khai", papers=[paper])))
    await show(host, paper, 2)
    await official.sees(lambda: pages(official) == [(host.who, paper, 2)])
    await member.sees(lambda: pages(member) == [(host.who, paper, 1), (host.who, paper, 2)])
