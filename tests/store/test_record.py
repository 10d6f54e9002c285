"""The record of a meeting on real PostgreSQL: whole, in order, and with every change of a row found."""

import asyncio
from typing import get_args

import asyncpg
import pytest

from rooms import commands as c
from rooms import conclusions as k
from rooms import events as e
from rooms.chronicle import Entry, chronicle, read_log
from rooms.minutes import Kind, draft, reconcile
from rooms.record import Fault, check
from rooms.state import Line
from server.kernel.ids import ConclusionId, ItemId, MeetingId, RoomId, Who
from server.store import meetings, record
from server.store.connection import Pool
from server.store.record import Record
from server.verify import verified
from tests.peers.held import hold
from tests.peers.postgres import Database
from tests.realtime.halls import Hall
from tests.rooms.meeting import CHAIR, GUEST, MEMBER, ROLL, SECRETARY, Meeting, an_item
from tests.rooms.sitting import COVER, sitting


async def a_room(pool: Pool) -> RoomId:
    return (await Hall.open(pool)).room


async def on_record(pool: Pool, meeting: MeetingId) -> Record:
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        return await record.read(connection, meeting)


async def fault_in(pool: Pool, meeting: MeetingId) -> Fault | None:
    kept = await on_record(pool, meeting)
    return check(meeting, kept.links, kept.openings, kept.known)


async def test_a_meeting_of_commands_is_on_record_and_its_minutes_agree_with_it(pool: Pool) -> None:
    room = await a_room(pool)
    one = Meeting(lobby=True, roll=ROLL, agenda=(an_item(1, "Báo cáo"), an_item(2, "Kế hoạch")))
    log: list[Entry] = []

    def then(who: Who, command: c.Command) -> None:
        log.extend(Entry(0, one.now, event) for event in one.after(60).ask(who, command))

    for who in (CHAIR, SECRETARY, MEMBER, GUEST):
        then(who, c.Enter())
    then(CHAIR, c.Admit(GUEST))
    then(MEMBER, c.Attend())
    then(CHAIR, c.GoTo(ItemId(1)))
    then(MEMBER, c.RaiseHand())
    then(CHAIR, c.GiveFloor(MEMBER))
    then(MEMBER, c.Say("Tôi gửi số liệu sau"))
    then(MEMBER, c.YieldFloor())
    log.append(Entry(0, one.now, k.Concluded(k.Conclusion(ConclusionId(1), "Gửi số liệu", "Sở Tài chính", None, ItemId(1)), one.now)))
    then(CHAIR, c.GoTo(ItemId(2)))
    then(MEMBER, c.Leave())
    then(CHAIR, c.EndMeeting())
    meeting = await hold(pool, room, log)

    assert await fault_in(pool, meeting) is None
    kept = await on_record(pool, meeting)
    told = read_log(kept.links, kept.openings)
    assert [(entry.at, type(entry.event)) for entry in told] == [(entry.at, type(entry.event)) for entry in log]
    assert [entry.number for entry in told] == list(range(1, len(log) + 1))
    assert chronicle(told).ended is not None
    for kind in get_args(Kind):
        document = draft(kind, told, COVER, kept.links[-1].digest)
        assert reconcile(document, told) == []
        assert any("Gửi số liệu" in sentence.text for part in document.parts for sentence in part.sentences)
    [held] = await record.list_held(pool, room, 1 << 62, 10)
    assert (held.id, held.title, held.came, held.attended) == (meeting, "Họp giao ban", 4, 1)
    assert held.ended_at is not None and await record.read_held(pool, room, meeting) == held


async def test_names_and_words_are_kept_beside_the_chain_and_may_be_erased(pool: Pool) -> None:
    room, log = await a_room(pool), sitting().log[:6]
    meeting = await hold(pool, room, log)
    async with pool.acquire() as connection, connection.transaction():
        line = Line(await meetings.next_line_id(connection), CHAIR, "Chủ tịch", log[-1].at, "Lời riêng của tôi")
        await meetings.append(connection, room, meeting, log[-1].at, None, [e.Said(line)])
    kept = await on_record(pool, meeting)
    chain = b"".join(link.body for link in kept.links).decode()
    assert not any(words in chain for words in ("Chủ tịch", "Khách X", "Lời riêng"))
    assert {"Chủ tịch", "Khách X", "Lời riêng của tôi"} <= {one.value for one in kept.openings}
    await record.erase(pool, meeting, 7)
    after = await on_record(pool, meeting)
    assert after.links == kept.links and await fault_in(pool, meeting) is None
    assert "Lời riêng của tôi" not in {one.value for one in after.openings}


ALTERED = {
    "update record_links set body = convert_to(replace(convert_from(body, 'utf8'), 'statement', 'reply'), 'utf8') where number = 13": Fault(
        13, "altered"
    ),
    "update record_links set at = at + interval '1 microsecond' where number = 5": Fault(5, "altered"),
    "update record_links set digest = repeat('0', 64) where number = 9": Fault(9, "altered"),
    "update record_openings set value = '\"Người khác\"' where number = 2": Fault(2, "unsealed"),
    "update record_links set number = 100 where number = 30": Fault(30, "missing"),
    "with gone as (delete from record_openings where number >= 38) delete from record_links where number = 39": Fault(39, "missing"),
}
"""Statements of who owns the database, and what is found."""


async def test_a_row_that_was_altered_is_named(pool: Pool, database: Database) -> None:
    meeting = await hold(pool, await a_room(pool), sitting().log)
    assert await fault_in(pool, meeting) is None
    owner = await asyncpg.connect(database.owner_dsn)
    for statement, fault in ALTERED.items():
        change = owner.transaction()
        await change.start()
        assert (await owner.execute(statement)).rpartition(" ")[2] == "1"
        kept = await record.read(owner, meeting)
        assert check(meeting, kept.links, kept.openings, kept.known) == fault
        await change.rollback()
    await owner.close()


async def test_anybody_who_runs_the_server_may_have_a_record_checked(pool: Pool, database: Database) -> None:
    meeting = await hold(pool, await a_room(pool), sitting().log)
    said, whole = await verified(database.app_dsn, meeting)
    digest = (await on_record(pool, meeting)).links[-1].digest
    assert (said, whole) == (f"The record of meeting {meeting} is whole: 39 events in one chain; the digest of the last is {digest}.", True)
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("update record_links set at = now() where number = 13")
    await owner.close()
    assert await verified(database.app_dsn, meeting) == (
        f"The record of meeting {meeting} is not whole: event 13 is not as it was recorded.",
        False,
    )
    assert await verified(database.app_dsn, 999) == ("There is no meeting 999.", False)


async def test_the_application_may_add_to_a_record_and_change_nothing_in_it(pool: Pool) -> None:
    await hold(pool, await a_room(pool), sitting().log[:3])
    for statement in ("update record_links set number = 9", "delete from record_links", "update record_openings set value = '1'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_many_who_append_at_once_make_one_chain(pool: Pool) -> None:
    meeting = await hold(pool, await a_room(pool), sitting().log[:3])
    at = sitting().log[3].at

    async def conclude(number: int) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await record.append(connection, meeting, at, [k.Concluded(k.Conclusion(ConclusionId(number), "Một việc"), at)] * 2)

    await asyncio.gather(*(conclude(number) for number in range(20)))
    kept = await on_record(pool, meeting)
    assert len(kept.links) == 43 and check(meeting, kept.links, kept.openings, kept.known) is None
    told = chronicle(read_log(kept.links, kept.openings))
    assert all(second == first + 1 for _, (first, second) in told.conclusions.values())
