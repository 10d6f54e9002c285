"""Groups and what is written to some only, over the live socket of the finished product, on real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from rooms.state import Private
from server.protocol import groups, live, motions, rooms
from server.store import meetings, record, rolls
from server.store.connection import Pool
from tests.peers.attendee import Attendee, new_id
from tests.peers.postgres import Database
from tests.realtime.halls import Hall, House, open_house

SECRET = "Câu này chỉ hai người biết"


class Listening(Attendee):
    """Keeps all that ever reaches the page."""

    def _take(self, message: live.FromServer) -> None:
        self.all_told = getattr(self, "all_told", "") + msgspec.json.encode(message).decode()
        super()._take(message)


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    return await Hall.open(pool, lobby=False)


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        yield house


async def part(host: Attendee, *others: Attendee) -> None:
    """Each of the others in a group of their own."""
    await host.do(groups.PlanGroups(new_id(), host.room, len(others)))
    for number, one in enumerate(others, start=1):
        await host.do(groups.PutInGroup(new_id(), host.room, one.who, number))
    await host.do(groups.OpenGroups(new_id(), host.room, 600))


async def test_each_is_told_where_they_are_and_reads_what_is_written_there(house: House) -> None:
    host, member, official = await house.person("host"), await house.person("member"), await house.person("official")
    await part(host, member, official)
    await member.sees(lambda: member.page.me.group == 1)
    await official.sees(lambda: official.page.me.group == 2)
    assert len({one.page.me.cell for one in (host, member, official)}) == 3
    await member.do(rooms.Say(new_id(), member.room, "Trong nhóm 1", "group"))
    await host.do(groups.VisitGroup(new_id(), host.room, 1))
    await host.sees(lambda: host.page.me.group == 1)
    await host.do(rooms.Say(new_id(), host.room, "Còn năm phút", "groups"))
    await official.sees(lambda: official.chat == ["Còn năm phút"])
    assert (member.letters, official.letters, host.letters) == (["Trong nhóm 1"], [], [])
    await host.do(groups.CallBack(new_id(), host.room, 0))
    for one in (host, member, official):
        await one.sees(lambda one=one: one.page.me.group == 0 and one.page.me.cell == host.page.me.cell)  # type: ignore[misc]


async def test_no_vote_is_opened_while_groups_meet(house: House) -> None:
    host, member = await house.person("host"), await house.person("member")
    drafted = await host.do(motions.DraftMotion(new_id(), host.room, None, "Thông qua kế hoạch"))
    assert drafted.motion is not None
    await part(host, member)
    assert await host.refused(motions.OpenMotion(new_id(), host.room, drafted.motion, 60)) == "groups_open"
    await host.do(groups.CallBack(new_id(), host.room, 0))
    await host.do(motions.OpenMotion(new_id(), host.room, drafted.motion, 60))


async def test_everybody_returns_on_time_though_the_server_died_meanwhile(
    hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        host, member = await house.person("host"), await house.person("member")
        await part(host, member)
        await host.do(groups.CallBack(new_id(), host.room, 1))
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        member = await house.person("member")
        await member.sees(lambda: member.page.groups.places == {member.who: 1} and member.page.groups.opened_at is None)
        assert member.page.me.group == 0


@pytest.mark.parametrize("kept", [False, True])
async def test_what_two_write_to_each_other_reaches_nobody_else_by_any_way(house: House, hall: Hall, pool: Pool, kept: bool) -> None:
    async with pool.acquire() as connection:
        await rolls.set_private(connection, hall.room, Private("all", kept=kept))
    host, member = await house.person("host"), await house.person("member")
    async with Listening(house.origin, hall.room, await hall.browser("official")) as official:
        await official.enter()
        await host.do(rooms.Say(new_id(), host.room, SECRET, "person", member.who))
        await member.do(rooms.Say(new_id(), host.room, f"{SECRET}: trả lời", "person", host.who))
        await host.say("Xong")
        await official.sees(lambda: official.chat == ["Xong"])
        for one in (host, member):
            await one.sees(lambda one=one: one.letters == [SECRET, f"{SECRET}: trả lời"])  # type: ignore[misc]
        await official.lose()
        await official.come_back()
        page = await official.ask(rooms.ReadChat(new_id(), host.room, 2**62))
        assert isinstance(page, rooms.ChatPage) and [line.text for line in page.lines] == ["Xong"]
        assert SECRET not in official.all_told
    again = await house.person("member")
    await again.sees(lambda: again.letters == [SECRET, f"{SECRET}: trả lời"])
    page = await again.ask(rooms.ReadChat(new_id(), host.room, 2**62))
    assert isinstance(page, rooms.ChatPage) and [line.private for line in page.lines] == [True, True, False]
    await host.do(rooms.EndMeeting(new_id(), host.room))
    assert await pool.fetchval("select count(*) from chat where readers is not null and position($1 in text) > 0", SECRET) == 2 * kept
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        [held] = await record.list_held(connection, hall.room, 2**62, 9)
        on_record = await record.read(connection, held.id)
        assert await meetings.load(connection, hall.room) is not None
    said = [link.body for link in on_record.links if b'"said"' in link.body]
    assert len(said) == 1 + 2 * kept and not any(SECRET.encode() in body or b'"person"' in body for body in said)
    assert [one.value for one in on_record.openings if one.path == "line/text"].count(SECRET) == kept
