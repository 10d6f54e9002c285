"""Conclusions are told to those inside as the secretary writes them, and by letter to their owners when the meeting ends."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from rooms.conclusions import Conclusion
from rooms.state import Item, Plan, Seat
from server.kernel.ids import ConclusionId, ItemId, Who
from server.protocol import meeting, rooms
from server.realtime.concluding import owns
from server.store import rolls
from server.store.connection import Pool
from tests.peers.attendee import new_id
from tests.peers.postgres import Database
from tests.realtime.halls import Hall, House, open_house

DUE = (datetime.now(UTC) + timedelta(days=30)).date()


@pytest.mark.parametrize(
    ("owner", "given"),
    [("Sở Tài chính", True), ("so tai chinh", True), ("Ủy viên A; Sở Y tế", True), ("Sở Tài chính và Sở Y tế", False), ("", False)],
)
def test_a_conclusion_is_owned_by_whom_it_names_alone_or_among_others(owner: str, given: bool) -> None:
    assert owns(Seat(Who("p1"), "member", "Sở Tài chính", name="Ủy viên A"), Conclusion(ConclusionId(1), "Gửi báo cáo", owner)) == given


@pytest.fixture
async def hall(pool: Pool) -> Hall:
    hall = await Hall.open(pool)
    await hall.seat(
        Seat(hall.who("host"), "chair", "Văn phòng"),
        Seat(hall.who("member"), "member", "Sở Tài chính"),
        Seat(hall.who("official"), "member"),
    )
    async with pool.acquire() as connection, connection.transaction():
        secret = Plan("Nhân sự", readers=tuple(sorted((hall.who("host"), hall.who("official")))))
        await rolls.replace_items(connection, hall.room, [Item(ItemId(1), Plan("Dự toán")), Item(ItemId(2), secret)])
    return hall


@pytest.fixture
async def house(hall: Hall, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with open_house(hall, database.app_dsn, tmp_path, monkeypatch) as house:
        yield house


async def test_conclusions_are_told_live_to_who_may_know_and_once_by_letter_to_who_is_to_act(house: House, hall: Hall, pool: Pool) -> None:
    chair, member = await house.person("host"), await house.person("member")
    await chair.sees(lambda: chair.inside == {chair.who, member.who})
    held = await pool.fetchval("select max(id) from meetings")
    page = f"/phong-hop/{hall.slug}/cuoc-hop/{held}/ket-luan"

    async def conclude(**typed: str) -> None:
        """The secretary's form."""
        headers = {"origin": house.origin}
        async with httpx.AsyncClient(base_url=house.origin, cookies=await hall.browser("host"), headers=headers, timeout=60) as browser:
            token = re.search(r'name="csrf" value="([^"]+)"', (await browser.get(page)).text)
            assert token is not None
            sent = {"csrf": token[1], "id": new_id(), "text": "", "owner": "", "due": "", "conclusion": "", "act": ""}
            assert (await browser.post(page, data=sent | typed)).status_code == 303

    await chair.do(meeting.GoTo(new_id(), hall.room, 1))
    await conclude(text="Gửi báo cáo", owner="Sở Tài chính", due=DUE.isoformat())
    await conclude(text="Bỏ sau", owner="Sở Tài chính")
    await conclude(conclusion="2", act="strike")
    for one in (chair, member):
        await one.sees(lambda one=one: one.conclusions == [("Gửi báo cáo", "Sở Tài chính")])  # type: ignore[misc]
    await chair.do(meeting.GoTo(new_id(), hall.room, 2))
    await conclude(text="Việc mật", owner="Sở Tài chính")
    await chair.sees(lambda: ("Việc mật", "Sở Tài chính") in chair.conclusions)
    await chair.do(meeting.FinishItem(new_id(), hall.room))
    late = await house.person("official")
    await late.sees(lambda: len(late.conclusions) == 2)
    await member.sees(lambda: member.standing == "inside")
    assert member.conclusions == [("Gửi báo cáo", "Sở Tài chính")]

    await chair.do(rooms.EndMeeting(new_id(), hall.room))
    kept = await pool.fetch("select idempotency_key, payload from jobs where idempotency_key like 'conclusions:%'")
    assert [row["idempotency_key"] for row in kept] == [f"conclusions:{held}:{member.who[1:]}"]
