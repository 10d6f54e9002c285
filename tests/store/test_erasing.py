"""Erasing on real PostgreSQL: afterwards no table has the words, and every number is as it was."""

from datetime import date

import asyncpg
import pytest

from consultations import commands as c
from consultations.report import Cover, build
from server.kernel.ids import NodeId
from server.kernel.refused import Refused
from server.store import contributions, dispositions, flags, lists, open_data, public_log, reading, reports
from server.store.reports import ReportFile
from tests.peers.dump import dump
from tests.peers.postgres import Database
from tests.store.scene import Scene, new_id, open_scene

CANARY = "hoàngyến"
"""Stands in every text of the person who demands to be erased, and in what others wrote about it."""
COVER = Cover("Sở", "Nghị định", (date(2026, 9, 1), date(2026, 10, 1)), "GIÁM ĐỐC")


@pytest.fixture
async def scene(pool: asyncpg.Pool) -> Scene:
    return await open_scene(pool)


async def test_no_text_of_it_is_found_in_a_dump_of_the_database(scene: Scene, database: Database) -> None:
    consulting, here = scene.consulting, scene.world.consultation
    said = c.Contribute(
        NodeId("n1.1"), f"Số của tôi: {CANARY}", f"Tên {CANARY}", suggestion=f"Lời khác {CANARY}", base="0" * 64, side="against"
    )
    one = (await consulting.speak(scene.citizen, new_id(), here, said)).contribution
    assert one is not None
    await consulting.change_own(scene.citizen, new_id(), c.Edit(one, f"Đã sửa {CANARY}", f"Câu chữ {CANARY}"))
    async with scene.world.pool.acquire() as connection:
        await flags.flag(connection, one, b"v" * 16, "insult", f"Người này viết {CANARY}")
    await consulting.rule(scene.moderator, new_id(), c.Rule(one, "hide", "insult", f"Không được nói {CANARY}"))
    await consulting.change_own(scene.citizen, new_id(), c.Appeal(one, f"Tôi chỉ nói {CANARY}"))
    await consulting.moderate(scene.colleague, new_id(), c.DecideAppeal(one, True, f"Nói {CANARY} là được"))
    assert CANARY in dump(database.owner_dsn)
    id = new_id()
    first = await consulting.change_own(scene.citizen, id, c.Erase(one))
    again = await consulting.change_own(scene.citizen, id, c.Erase(one))
    assert first == again and first.state == "visible"
    assert CANARY not in dump(database.owner_dsn)
    await scene.check_replay()
    async with scene.world.pool.acquire() as connection:
        row = await reading.read_contribution(connection, one)
        assert row is not None and (row.text, row.name, row.suggestion, row.state, row.side) == ("", "", None, "visible", "against")
        assert row.erased_at is not None
        assert await contributions.former_words(connection, one) == []
        assert await reading.visible_total(connection, here, NodeId("n1")) == 1
        [newest, *_] = await public_log.read_log(connection, here, public_log.NEWEST, 1)
    assert (newest.what, newest.detail) == ("erased", {"contribution": one})


async def test_the_answered_row_stays_in_the_report_and_no_file_keeps_the_words(scene: Scene, database: Database) -> None:
    here = scene.world.consultation
    first, second = await scene.contributed("Ý kiến 1"), (await scene.contribute("Ý kiến 2", viewer=scene.other)).contribution
    assert second is not None
    await scene.change(c.Dispose((first,), "not_accepted", "Luật đã quy định"))
    await scene.change(c.Dispose((second,), "accepted", ""))
    await scene.change(c.Close("Có văn bản mới"))
    async with scene.world.pool.acquire() as connection:
        early = await reports.ask(connection, here, COVER)
        assert early is not None and await reports.begin(connection, early) is not None
        await reports.finish(connection, early, [(ReportFile("docx", "1" * 64, 1), b"1")])
    await scene.change(c.PublishAnswers())
    async with scene.world.pool.acquire() as connection:
        asked = await reports.ask(connection, here, COVER)
        assert asked is not None and await reports.begin(connection, asked) is not None
        await reports.finish(connection, asked, [(ReportFile("pdf", "0" * 64, 1), b"0")])
        before = await dispositions.count_outcomes(connection, here), await open_data.read_margins(connection, here)
        await scene.consulting.change_own(scene.citizen, new_id(), c.Erase(first))
        assert (await dispositions.count_outcomes(connection, here), await open_data.read_margins(connection, here)) == before
        assert await connection.fetchval("select count(*) from report_files") == 0, "also of those that were never published"
        newest = await reports.newest(connection, here)
        assert newest is not None and (newest.state, newest.cover) == ("waiting", COVER)
        made = build(COVER, await reports.read_opinions(connection, here, ""))
    rows = [row for topic in made.opinions.topics for row in topic.rows]
    assert made.opinions.total == 2 and made.opinions.dispositions["not_accepted"] == 1
    [gone] = [row for row in rows if row.disposition == "not_accepted"]
    assert "xóa theo yêu cầu" in gone.words and gone.contributors[0].name == "Người góp ý" and gone.explanation == "Luật đã quy định"


async def test_moderators_have_nothing_to_look_at_any_more_and_copies_are_not_made_of_nothing(scene: Scene) -> None:
    one, two = await scene.contributed("Ý kiến 1"), await scene.contributed("Ý kiến 2")
    for id in (one, two):
        await scene.consulting.change_own(scene.citizen, new_id(), c.Erase(id))
    async with scene.world.pool.acquire() as connection:
        assert await reading.queue_counts(connection, None) == {}
        assert await reading.moderation_queue(connection, None, "visible", None, None, 10) == []
        assert await lists.texts_in(connection, scene.world.consultation, "visible") == []
        listed = await lists.page(connection, scene.world.consultation, NodeId("n1"), "newest", lists.BEGINNING, 10)
    assert [row.id for row in listed] == [two, one]
    with pytest.raises(Refused, match="already"):
        await scene.consulting.rule(scene.moderator, new_id(), c.Rule(one, "hide", "insult", "Xúc phạm"))


async def test_the_application_changes_no_reason_of_what_was_not_erased(scene: Scene) -> None:
    one = await scene.contributed()
    await scene.consulting.rule(scene.moderator, new_id(), c.Rule(one, "hide", "insult", "Xúc phạm"))
    await scene.world.pool.execute("select erase_reasons($1)", one)
    assert await scene.world.pool.fetchval("select body ->> 'reason' from events where type = 'ruled'") == "Xúc phạm"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await scene.world.pool.execute("update events set body = '{}'")
